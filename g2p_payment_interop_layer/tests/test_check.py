from unittest.mock import patch
from uuid import uuid4

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault
from odoo.addons.g2p_programs.dispatch.tls import TLS_FAULTS
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .. import check
from ..check import check_connection
from .common import OAUTH2, PIL, SDK, Replies, make_client, result, sample, transfer

KEY = str(uuid4())
HEALTHY = (200, {"status": "OK", "uptime": 1.5, "services": []})
NOT_SEEN = (200, "")
NEVER_HAD = sample("sdk_get_unknown")[1]


def look(settings, *replies, transport=None, **changes):
    """Return ({name: code}, calls) of a look at a connection that answers so."""
    transport = transport or Replies(*replies)
    client = make_client(settings, **changes)
    checks = check_connection(client, client._settings, transport, KEY)
    return {one.name: one.code for one in checks}, transport


def fault(kind=Fault.NOT_SENT, note="ConnectionError", **fields):
    return Answer(fault=kind, note=note, **fields)


@tagged("post_install", "-at_install")
class TestCheck(BaseCase):
    def test_good_layer_answers_with_nothing_for_a_fresh_id(self):
        found, transport = look(PIL, HEALTHY, NOT_SEEN)
        self.assertEqual(found, {"settings": "", "service": "", "status": ""})
        base = "GET https://layer.example.org"
        self.assertEqual(transport.lines, [f"{base}/health", f"{base}/disbursement/{KEY}"])

    def test_good_adapter_lets_the_switch_say_that_it_knows_nothing(self):
        found, transport = look(SDK, (200, ""), NEVER_HAD)
        self.assertEqual(found, {"settings": "", "service": "", "status": ""})
        base = "GET https://adapter.example.org"
        self.assertEqual(transport.lines, [f"{base}/", f"{base}/transfers/{KEY}"])

    def test_nothing_is_posted_or_put_whatever_is_answered(self):
        odd = transfer(None, "WAITING_FOR_PARTY_ACCEPTANCE", transferId=KEY, homeTransactionId="-")
        for settings, replies in (
            (PIL, [(200, {"disbursementId": KEY, "payeeResults": [result()]})] * 3),
            (SDK, [(200, transfer(transferId=KEY, homeTransactionId=None))] * 3),
            (SDK, [(200, odd)] * 3),
        ):
            found, transport = look(settings, *replies)
            self.assertEqual({line.split()[0] for line in transport.lines}, {"GET"})
            self.assertTrue(found["status"])

    def test_each_fault_has_its_own_code(self):
        table = (
            (fault(), "connection"),
            (fault(note="SSLError"), "tls"),
            (fault(note=TLS_FAULTS["pair"]), "tls.settings"),
            (fault(note="deadline passed before the call"), "timeout"),
            (fault(Fault.TIMEOUT), "timeout"),
            (fault(Fault.CONNECTION), "connection"),
            (fault(Fault.REDIRECT, status=302), "redirect"),
            (Answer(status=401), "http.401"),
            (Answer(status=403, body="<html>"), "http.403"),
            (Answer(status=404, body="<html>"), "http.404"),
            (Answer(status=504), "http.504"),
        )
        for settings in (PIL, SDK):
            for answer, code in table:
                with (
                    self.subTest(mode=settings.mode, code=code),
                    patch.object(check, "_has_address", return_value=True),
                ):
                    found, _transport = look(settings, answer, answer)
                    self.assertEqual((found["service"], found["status"]), (code, code))

    def test_name_that_is_not_known_is_told_from_a_closed_door(self):
        with patch.object(check.socket, "getaddrinfo", side_effect=OSError):
            self.assertEqual(look(PIL, fault(), fault())[0]["service"], "dns")

    def test_connection_that_nobody_takes_is_a_timeout(self):
        class Slow(Replies):
            def send(self, request):
                self.requests.append(request)
                return fault(duration_ms=10_000)

        self.assertEqual(look(PIL, transport=Slow())[0]["service"], "timeout")

    def test_closed_door_is_seen_through_the_real_transport(self):
        url = "http://127.0.0.1:9/disbursement"
        found, _transport = look(PIL, transport=Transport(5, KEY), payment_endpoint_url=url)
        self.assertEqual((found["service"], found["status"]), ("connection", "connection"))

    def test_health_proves_no_access(self):
        found, _transport = look(PIL, HEALTHY, (401, ""))
        self.assertEqual((found["service"], found["status"]), ("", "http.401"))

    def test_missing_secret_is_told(self):
        found, transport = look(PIL, access=AccessSettings(auth_type="basic"))
        self.assertEqual((found["status"], transport.lines), ("no.access", []))
        refused = look(PIL, (401, "x"), (401, "x"), access=OAUTH2)[0]
        self.assertEqual((refused["service"], refused["status"]), ("no.access", "no.access"))

    def test_page_of_somebody_else_is_no_health(self):
        for body in ("<html>", {"status": "DOWN"}, {}, ""):
            self.assertEqual(look(PIL, (200, body), NOT_SEEN)[0]["service"], "health.bad")

    def test_health_is_left_out_where_its_address_is_not_known(self):
        found, transport = look(PIL, NOT_SEEN, payment_endpoint_url="https://gw.example.org/pay")
        self.assertEqual(found, {"settings": "", "status": ""})
        self.assertEqual(len(transport.lines), 1)

    def test_settings_are_looked_at_first(self):
        found, transport = look(PIL, payment_endpoint_url="")
        self.assertEqual((found, transport.lines), ({"settings": "url"}, []))
        self.assertIn("mode", look(PIL, HEALTHY, NOT_SEEN, mode="x")[0]["settings"])
