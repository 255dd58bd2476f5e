from dataclasses import replace

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault

from .. import check, jws
from ..client import PHEEClient
from .common import CREDENTIALS, KEY, Replies, batches, sample, settings, signing_key

REFUSED = (400, sample("submit_400_extension.json"))


def run(*replies, credentials=CREDENTIALS, **changes):
    """Return ({name: code}, the transport)."""
    pinned = settings(**changes)
    transport = Replies(*replies)
    checks = check.check_connection(PHEEClient(pinned, credentials), pinned, transport, KEY)
    return {one.name: one.code for one in checks}, transport


@tagged("post_install", "-at_install")
class TestCheck(BaseCase):
    def test_good_connection_has_nothing_wrong(self):
        found, transport = run((200, batches()), REFUSED)
        self.assertEqual(found, {"settings": "", "status_host": "", "payment_host": ""})
        self.assertEqual([request.method for request in transport.requests], ["GET", "POST"])

    def test_probe_can_pay_nobody(self):
        """No extension, no known column and no row."""
        _found, transport = run((200, batches()), REFUSED)
        probe = transport.requests[1]
        self.assertFalse(probe.headers["filename"].endswith(".csv"))
        content = probe.body.decode().split("\r\n\r\n")[1].split("\r\n")[0]
        self.assertEqual(content, "connection_check")

    def test_probe_is_signed(self):
        credentials = replace(CREDENTIALS, signing_key=signing_key()[0])
        _found, transport = run((200, batches()), REFUSED, credentials=credentials, sign_requests=True)
        signature = transport.requests[1].headers["X-SIGNATURE"]
        self.assertTrue(jws.verify(signing_key()[1], signature, "connection_check", KEY, "gorilla"))

    def test_each_thing_that_can_be_wrong_is_named(self):
        for replies, changes, expected in (
            ([(500, ""), REFUSED], {}, {"status_host": "tenant.unknown"}),
            ([(401, {"error": "unauthorized"}), REFUSED], {}, {"status_host": "http.401"}),
            ([(200, "<html>"), REFUSED], {}, {"status_host": "unreadable.body"}),
            ([Answer(fault=Fault.TIMEOUT), REFUSED], {}, {"status_host": "timeout"}),
            (
                [(200, batches()), (400, sample("submit_400_jws_mismatch.json"))],
                {},
                {"payment_host": "InvalidJsonWebSignature"},
            ),
            ([(200, batches()), (200, "")], {}, {"payment_host": "empty.body"}),
            ([(200, batches()), (202, sample("submit_202_v1.9plus.json"))], {}, {"payment_host": "accepted"}),
            (
                [(200, batches()), Answer(fault=Fault.NOT_SENT, note="gaierror")],
                {},
                {"payment_host": "gaierror"},
            ),
            ([(200, batches())], {"sign_requests": True}, {"payment_host": "signing key cannot be read"}),
            (
                [(401, ""), REFUSED],
                {"status_auth": "hub"},
                {"status_host": "no token: HTTP 401"},
            ),
            ([(200, batches()), REFUSED], {"tenant_id": ""}, {"settings": "tenant"}),
            ([(200, batches())], {"server_version": "x"}, {"settings": "version", "payment_host": "version"}),
        ):
            with self.subTest(**expected):
                found, _transport = run(*replies, **changes)
                self.assertEqual({name: code for name, code in found.items() if code}, expected)

    def test_versions_that_sign_nothing_are_asked_for_their_health(self):
        found, transport = run((200, batches()), (200, {"status": "UP"}), server_version="v1.6")
        self.assertEqual(found["payment_host"], "")
        self.assertEqual(transport.urls[1], "https://bulk.example.org/actuator/health")
        self.assertEqual(transport.requests[1].method, "GET")

    def test_each_host_gets_its_own_key(self):
        _found, transport = run((200, batches()), REFUSED, payment_auth="api_key", status_auth="api_key")
        keys = [request.headers["X-API-KEY"] for request in transport.requests]
        self.assertEqual(keys, ["status-key-secret", "payment-key-secret"])
