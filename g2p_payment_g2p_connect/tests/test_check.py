import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import AUTH_OAUTH2, AccessSecrets, AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault

from .. import check, const
from ..client import G2PConnectClient
from ..settings import Credentials
from .protection_case import pair_of_protections
from .test_acks import ack
from .test_client import SETTINGS
from .test_reading import disburse, errors, row, told

KEY = "7d3c0a52-never-used"
NOT_KNOWN = told(row(KEY, "rjct", "rjct.reference_id.invalid"), key=KEY, inner=KEY)


class Network:
    """Answers each request in turn, the last one again and again; remembers all of them."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def send(self, request):
        self.requests.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def answer(body="", status=200, ahead=None, **kwargs):
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {}
    if ahead is not None:
        headers["date"] = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
    return Answer(status=status, body=text, headers=headers, **kwargs)


@tagged("post_install", "-at_install")
class TestCheckConnection(BaseCase):
    def setUp(self):
        super().setUp()
        names = patch("socket.getaddrinfo", return_value=[])
        self.names = names.start()
        self.addCleanup(names.stop)

    def look(self, *answers, settings=SETTINGS, credentials=None):
        """Return {name: code} of what was looked at; the checks and the network are kept."""
        self.network = Network(*answers)
        client = G2PConnectClient(settings, credentials or Credentials("secret-token"))
        self.checks = {one.name: one for one in check.check_connection(client, settings, self.network, KEY)}
        self.assertLessEqual(set(self.checks), set(const.CHECKS))
        return {name: one.code for name, one in self.checks.items() if not one.is_good}

    def test_all_is_well_and_no_payment_was_sent(self):
        self.assertEqual(self.look(answer(NOT_KNOWN, ahead=0, duration_ms=12)), {})
        self.assertEqual(
            list(self.checks),
            ["settings", "keys", "name", "connection", "token", "message", "answer", "clock"],
        )
        self.assertEqual(self.checks["connection"].milliseconds, 12)
        self.assertEqual(self.checks["connection"].host, "pay.example.org")
        (request,) = self.network.requests
        self.assertEqual(request.url, SETTINGS.status_endpoint_url)
        self.assertEqual(json.loads(request.body)["message"]["transaction_id"], KEY)
        self.assertNotIn("disbursements", json.loads(request.body)["message"])

    def test_another_host_for_payments_is_reached_without_token_and_body(self):
        settings = replace(SETTINGS, payment_endpoint_url="https://bank.example.org/disburse")
        found = self.look(answer(NOT_KNOWN), answer("", 405, duration_ms=7), settings=settings)
        self.assertEqual(found, {})
        request = self.network.requests[-1]
        self.assertEqual((request.method, request.url), ("GET", "https://bank.example.org/disburse"))
        self.assertEqual((request.body, request.headers), (b"", {"Accept": "application/json"}))
        self.assertEqual(self.checks["payment_host"].milliseconds, 7)
        gone = Answer(Fault.NOT_SENT, note="ConnectionError")
        self.assertEqual(
            self.look(answer(NOT_KNOWN), gone, settings=settings), {"payment_host": "connection.refused"}
        )

    def test_name_that_nobody_knows_is_told_and_nothing_sent(self):
        self.names.side_effect = OSError
        self.assertEqual(self.look(answer(NOT_KNOWN)), {"name": "name.unknown"})
        self.assertEqual(self.network.requests, [])
        for url in ("", "no url", "https://["):
            found = self.look(
                answer(), settings=replace(SETTINGS, status_endpoint_url=url, payment_endpoint_url=url)
            )
            self.assertEqual(found, {"name": "name.missing"})

    def test_name_server_that_does_not_answer_is_told(self):
        self.names.side_effect = lambda *_args: time.sleep(0.5)
        with patch.object(check, "NAME_SECONDS", 0.01):
            self.assertEqual(self.look(answer(NOT_KNOWN)), {"name": "name.timeout"})

    def test_what_went_wrong_with_the_connection_is_told(self):
        for fault, note, code in (
            (Fault.NOT_SENT, "SSLError", "tls.refused"),
            (Fault.NOT_SENT, "ConnectionError", "connection.refused"),
            (
                Fault.NOT_SENT,
                "own certificate authority cannot be read",
                "own certificate authority cannot be read",
            ),
            (Fault.TIMEOUT, "deadline passed", "timeout"),
            (Fault.CONNECTION, "ConnectionError", "connection"),
            (Fault.REDIRECT, "redirects are not followed", "redirect"),
            (Fault.TOO_LARGE, "answer too large", "too_large"),
        ):
            with self.subTest(note):
                self.assertEqual(self.look(Answer(fault, note=note)), {"connection": code})

    def test_token_that_is_missing_is_told_and_the_host_still_reached(self):
        found = self.look(answer("", 405), credentials=Credentials(""))
        self.assertEqual(found, {"token": "no token"})
        self.assertEqual([request.method for request in self.network.requests], ["GET"])
        settings = replace(
            SETTINGS,
            access=AccessSettings(
                AUTH_OAUTH2, oauth2_token_url="https://auth.example.org/token", oauth2_client_id="spp"
            ),
        )
        credentials = Credentials(access=AccessSecrets(oauth2_client_secret="canary-secret"))
        found = self.look(answer("", 401), answer("", 405), settings=settings, credentials=credentials)
        self.assertEqual(found, {"token": "no token: HTTP 401"})
        self.assertNotIn("canary", repr(self.checks))

    def test_what_the_payment_system_has_against_the_message_is_told(self):
        for body, status, code in (
            (errors("err.request.unauthorized"), 401, "err.request.unauthorized"),
            ("", 401, "http.401"),
            ("<html>", 404, "http.404"),
            ("", 503, "http.503"),
            (errors("err.signature.invalid"), 401, "err.signature.invalid"),
            (ack("ERR", "err.signature.missing"), 200, "err.signature.missing"),
            (ack("ERR", "err.receiver_id.invalid"), 400, "err.receiver_id.invalid"),
            (ack("ERR", "err.encryption.invalid"), 200, "err.encryption.invalid"),
            (disburse(status="rjct", code="rjct.action.not_supported"), 200, "rjct.action.not_supported"),
            (disburse(status="rjct", code="rjct.message_ts.invalid"), 200, "rjct.message_ts.invalid"),
        ):
            with self.subTest(code):
                self.assertEqual(self.look(answer(body, status)), {"message": code})

    def test_refusal_of_what_there_is_not_is_as_it_should_be(self):
        for body in (
            NOT_KNOWN,
            told(key=KEY, inner=KEY),
            disburse(status="rjct", code="rjct.reference_id.invalid"),
            disburse(status="rjct", code="rjct.srch_transaction_id.not_found"),
            ack(),
            ack("NACK"),
        ):
            with self.subTest(body):
                self.assertEqual(self.look(answer(body)), {})

    def test_payment_that_never_was_must_not_be_known(self):
        body = told(row(KEY), key=KEY, inner=KEY)
        self.assertEqual(self.look(answer(body)), {"answer": "found.unused"})

    def test_answer_that_means_nothing_is_told(self):
        for body, code in (
            ("", "unreadable.body"),
            ("<html>", "unreadable.body"),
            ({}, "unreadable.header"),
            (told(key="OTHER", inner="OTHER"), "other.transaction"),
        ):
            self.assertEqual(self.look(answer(body)), {"answer": code})

    def test_bridge_that_does_not_understand_is_told_in_its_words(self):
        for status, code in const.REFUSING_ERRORS.items():
            self.assertEqual(self.look(answer(errors(code), status)), {"message": code})

    def test_answer_that_is_not_signed_is_told(self):
        ours, _theirs = pair_of_protections()
        credentials = Credentials("secret-token", protection=ours)
        self.assertEqual(
            self.look(answer(NOT_KNOWN), credentials=credentials), {"answer": "signature.missing"}
        )
        self.assertLessEqual({"signature.missing", "encryption.invalid"}, set(const.CHECK_CODES))

    def test_keys_and_settings_that_cannot_work_are_told_at_once(self):
        ours, _theirs = pair_of_protections()
        broken = replace(ours, signing_key="", peer_keys=())
        found = self.look(
            answer(NOT_KNOWN),
            settings=replace(SETTINGS, api_mode="async"),
            credentials=Credentials("t", protection=broken),
        )
        self.assertEqual(found["settings"], "sender_uri")
        self.assertEqual(found["keys"], "signing_key:our-key peer_keys")
        self.assertEqual(found["connection"], "private key cannot be read")

    def test_clocks_are_compared_by_header_or_message(self):
        for ahead, code in ((0, ""), (-50, ""), (50, ""), (-300, "clock.behind"), (300, "clock.ahead")):
            told_time = (datetime.now(UTC) + timedelta(seconds=ahead)).isoformat()
            by_message = NOT_KNOWN | {"header": NOT_KNOWN["header"] | {"message_ts": told_time}}
            for said in (answer(NOT_KNOWN, ahead=ahead), answer(by_message)):
                with self.subTest(ahead, headers=said.headers):
                    self.look(said)
                    self.assertEqual(self.checks["clock"].code, code)
                    self.assertAlmostEqual(self.checks["clock"].seconds, ahead, delta=20)

    def test_time_that_cannot_be_read_is_not_looked_at(self):
        for value in ("", "yesterday", "Fri, 99 Nov 2026 09:30:00 GMT"):
            self.look(Answer(status=200, body=json.dumps(NOT_KNOWN), headers={"date": value}))
            self.assertNotIn("clock", self.checks)
