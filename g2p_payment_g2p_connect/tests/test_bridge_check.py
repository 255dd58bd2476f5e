from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault

from .. import const as connect
from ..bridge import check, const
from ..settings import Credentials
from .bridge_case import HOST, SETTINGS, Wire, answer, counts, errors, make_client, said
from .protection_case import pair_of_protections

KEY = "7d3c0a52-never-used"
NOT_FOUND = said(None, const.ENVELOPE_NOT_FOUND)


@tagged("post_install", "-at_install")
class TestCheckConnection(BaseCase):
    def setUp(self):
        super().setUp()
        names = patch("socket.getaddrinfo", return_value=[])
        self.names = names.start()
        self.addCleanup(names.stop)

    def look(self, *answers, settings=SETTINGS, credentials=None):
        """Return {name: code} of what was not in order; the checks and the wire are kept."""
        self.wire = Wire(*answers)
        client = make_client(settings, credentials)
        self.checks = check.check_connection(client, settings, self.wire, KEY)
        self.assertLessEqual({one.name for one in self.checks}, set(connect.CHECKS))
        return {one.name: one.code for one in self.checks if not one.is_good}

    def test_all_is_well_and_no_payment_was_sent(self):
        told = replace(answer(NOT_FOUND), headers={"date": format_datetime(datetime.now(UTC), usegmt=True)})
        self.assertEqual(self.look(told), {})
        self.assertEqual(
            [one.name for one in self.checks],
            ["settings", "keys", "name", "connection", "token", "message", "answer", "clock"],
        )
        (request,) = self.wire.requests
        self.assertEqual(request.url, SETTINGS.envelope_status_url)
        self.assertEqual(self.wire.body["message"], KEY)

    def test_every_other_host_is_reached_once_without_token_and_body(self):
        settings = replace(
            SETTINGS,
            payment_endpoint_url="https://pay.example.org/a",
            status_endpoint_url="https://pay.example.org/b",
            envelope_amend_url="https://amend.example.org/c",
        )
        self.assertEqual(self.look(answer(NOT_FOUND), answer("", 405), settings=settings), {})
        reached = self.wire.requests[1:]
        self.assertEqual(
            [(one.method, one.url, one.body) for one in reached],
            [("GET", "https://pay.example.org/a", b""), ("GET", "https://amend.example.org/c", b"")],
        )
        self.assertEqual(
            [one.host for one in self.checks if one.name == "payment_host"],
            ["pay.example.org", "amend.example.org"],
        )

    def test_what_the_bridge_has_against_the_message_is_told(self):
        for body, status, code in (
            (errors("G2P-REQ-102"), 400, "G2P-REQ-102"),
            (errors("G2P-REQ-404"), 404, "G2P-REQ-404"),
            ("<html>", 404, "http.404"),
            ("", 401, "http.401"),
            (errors("G2P-REQ-100"), 500, "http.500"),
            (said(None, "INVALID_DISBURSEMENT_ENVELOPE_ID"), 200, "INVALID_DISBURSEMENT_ENVELOPE_ID"),
        ):
            with self.subTest(code):
                self.assertEqual(self.look(answer(body, status)), {"message": code})
        self.assertLessEqual({"G2P-REQ-102", "G2P-REQ-404"}, set(const.CHECK_CODES))

    def test_answer_that_means_nothing_is_told(self):
        for body, code in (
            ("<html>", "unreadable.body"),
            (said(counts()), "found.unused"),
            (said(None, "not a code"), "unreadable.header"),
        ):
            self.assertEqual(self.look(answer(body)), {"answer": code})

    def test_answer_that_is_not_signed_is_told(self):
        ours, _theirs = pair_of_protections()
        credentials = Credentials(protection=ours)
        self.assertEqual(
            self.look(answer(NOT_FOUND), credentials=credentials), {"answer": "signature.missing"}
        )

    def test_settings_that_cannot_work_are_told_at_once(self):
        settings = replace(SETTINGS, benefit_program_mnemonic="", envelope_creation_url=f"{HOST}/x")
        found = self.look(answer(NOT_FOUND), settings=settings)
        self.assertEqual(found, {"settings": "envelope_amend_url envelope_cancel_url mnemonic"})
        ours, _theirs = pair_of_protections(encrypts="rsa")
        found = self.look(answer(NOT_FOUND), credentials=Credentials(protection=ours))
        self.assertEqual(found["settings"], "encryption")

    def test_missing_address_is_told_and_nothing_is_asked(self):
        found = self.look(answer(NOT_FOUND), settings=replace(SETTINGS, envelope_status_url=""))
        self.assertEqual(found["name"], "name.missing")
        self.assertEqual([request.method for request in self.wire.requests], ["GET"])

    def test_token_that_is_missing_is_told(self):
        settings = replace(SETTINGS, access=AccessSettings("bearer"))
        self.assertEqual(self.look(answer("", 405), settings=settings), {"token": "no token"})

    def test_what_went_wrong_with_the_connection_is_told(self):
        self.assertEqual(self.look(Answer(Fault.TIMEOUT)), {"connection": "timeout"})
        self.names.side_effect = OSError
        self.assertEqual(self.look(answer(NOT_FOUND)), {"name": "name.unknown"})
        self.assertEqual(self.wire.requests, [])

    def test_clock_is_compared_by_http_as_the_bridge_writes_no_zone(self):
        late = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
        told = replace(answer(NOT_FOUND), headers={"date": late})
        self.assertEqual(self.look(told), {"clock": "clock.ahead"})
        self.assertEqual(self.look(answer(NOT_FOUND)), {})
        self.assertNotIn("clock", [one.name for one in self.checks])
