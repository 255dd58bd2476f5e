"""Before payments go into an envelope it is looked into: only one that holds what it should gets them."""

import json
from dataclasses import replace

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import Accepted, Answer, Fault, NotSent, Unknown
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .. import const as connect
from ..bridge import const
from ..settings import Credentials
from .bridge_case import (
    ENVELOPE_ID,
    HOST,
    Bridge,
    answer,
    counts,
    echo,
    errors,
    make_client,
    said,
    submission,
)
from .protection_case import key_pair, pair_of_protections, signed, their_bridge


@tagged("post_install", "-at_install")
class TestLook(BaseCase):
    """Before two payments of 300 go into an envelope: it should hold 5 of 900, and perhaps another 2 of 300."""

    BEFORE = {"disbursements_before": 5, "amount_before": 900}
    PERHAPS = {"disbursements_perhaps": 2, "amount_perhaps": 300}
    DIFFERS = "the envelope holds something else"

    def submit(self, bridge, **changes):
        """Return the answer to a request, and what is made of it."""
        values = {
            **self.BEFORE,
            "reasons": {const.COUNTS_DIFFER: self.DIFFERS, "envelope.lost": "it is lost"},
        }
        client, sent = make_client(**{**values, **changes}), submission()
        told = client.submit(bridge, sent)
        return told, client.read_submission(told, sent)

    def assert_kept_back(self, bridge, told, note, look):
        self.assertEqual(len(bridge.looks), 1)
        self.assertEqual(bridge.requests, [], "nothing goes to the payment URL")
        self.assertEqual(told, replace(look, fault=Fault.NOT_SENT, note=note))

    def test_envelope_is_asked_for_what_it_holds_before_every_list_and_nothing_else(self):
        for purpose in (const.ENVELOPE, const.DISBURSEMENTS, const.AMENDMENT, const.CANCELLATION):
            bridge, client, sent = Bridge(), make_client(), submission(purpose)
            for tries in (1, 2):
                client.submit(bridge, sent)
                self.assertEqual(len(bridge.requests), tries)
                self.assertEqual(len(bridge.looks), tries if purpose == const.DISBURSEMENTS else 0)
            for look in bridge.looks:
                body = json.loads(look.body)
                self.assertEqual(
                    (look.method, look.url), ("POST", f"{HOST}/get_disbursement_envelope_status")
                )
                self.assertEqual(body["message"], ENVELOPE_ID)
                header = body["header"]
                self.assertEqual(
                    (header["action"], header["total_count"]), ("get_disbursement_envelope_status", 1)
                )

    def test_list_is_sent_into_an_envelope_that_holds_what_it_should(self):
        for received, perhaps in (
            ((5, 900), {}),
            ((5, 900.0), {}),
            ((5, 900), self.PERHAPS),
            ((6, 1000), self.PERHAPS),
            ((7, 1200), self.PERHAPS),
        ):
            with self.subTest(received=received, perhaps=perhaps):
                bridge = Bridge(answer(said(echo())), received=received)
                told, outcome = self.submit(bridge, **perhaps)
                self.assertEqual((len(bridge.looks), len(bridge.requests)), (1, 1))
                self.assertEqual(bridge.url, f"{HOST}/create_disbursements")
                self.assertEqual(told, answer(said(echo())), "of the request, and not of the look")
                self.assertIsInstance(outcome, Accepted)

    def test_nothing_is_sent_into_an_envelope_that_holds_anything_else(self):
        few = [(4, 900), (5, 899), (4, 800), (0, 0), (4, 901), (6, 899), (0, 900), (5, 0)]
        more = [(6, 900), (5, 901), (6, 1000), (7, 1200), (10, 1800)]
        too_many = [(8, 1200), (7, 1201), (8, 1300), (4, 1200), (7, 899), (10, 1800)]
        for received, perhaps in (
            *((one, {}) for one in (*few, *more)),
            *((one, self.PERHAPS) for one in (*few, *too_many)),
        ):
            with self.subTest(received=received, perhaps=perhaps):
                look = answer(said(counts(*received)), headers={"date": "today"}, duration_ms=7)
                bridge = Bridge(look=look)
                told, outcome = self.submit(bridge, **perhaps)
                self.assert_kept_back(bridge, told, "counts.differ", look)
                number, amount = received
                reason = (
                    f"received={number} amount={amount} funds=PENDING_CHECK blocked=PENDING_CHECK shipped=0 "
                    "reconciled=0 reversed=0 expected=5 amount=900"
                )
                self.assertEqual(outcome, NotSent("counts.differ", reason, attention=self.DIFFERS))

    def test_nothing_is_sent_while_it_cannot_be_told_what_an_envelope_holds(self):
        good = answer(said(counts(5, 900)))
        others = answer(said(counts(5, 900, disbursement_envelope_id="1795220601751")))
        for look in (
            *(replace(good, status=status) for status in (300, 400, 401, 403, 404, 429, 500, 503)),
            replace(good, headers={connect.VERDICT_HEADER: "signature.invalid"}),
            others,
            answer(said(None)),
            answer(said(counts(5, 900), "INVALID_DISBURSEMENT_ENVELOPE_ID")),
            answer(said(None, "INVALID_DISBURSEMENT_ENVELOPE_ID")),
            answer(said(None, const.ENVELOPE_NOT_FOUND), 503),
            answer(
                said(None, const.ENVELOPE_NOT_FOUND), headers={connect.VERDICT_HEADER: "signature.missing"}
            ),
            answer(said(counts("5", 900))),
            answer(said(counts(5, None))),
            answer(said(counts(5, 900.5))),
            answer(said(counts(-5, 900))),
            answer(said(counts(5, 900, funds_available_with_bank=None))),
            answer(said([counts(5, 900)])),
            answer(errors("G2P-REQ-102"), 400),
        ):
            with self.subTest(look):
                bridge = Bridge(look=look)
                told, outcome = self.submit(bridge, **self.PERHAPS)
                self.assert_kept_back(bridge, told, "counts.unread", look)
                self.assertEqual(outcome, NotSent("counts.unread", f"HTTP {look.status}"))
        for text in ("", "<html>", "{", "null"):
            bridge = Bridge(look=answer(text))
            told, outcome = self.submit(bridge)
            doubted = answer(text, headers={connect.VERDICT_HEADER: "unreadable.body"})
            self.assert_kept_back(bridge, told, "counts.unread", doubted)
            self.assertEqual(outcome, NotSent("counts.unread", "HTTP 200"))

    def test_why_the_look_failed_is_kept(self):
        good = answer(said(counts(5, 900)))
        for look, reason in (
            (replace(good, fault=Fault.TOO_LARGE, status=0), "too_large"),
            (replace(good, fault=Fault.REDIRECT), "redirect"),
            (Answer(Fault.CONNECTION), "connection"),
            (Answer(Fault.TIMEOUT, note="deadline passed"), "timeout: deadline passed"),
        ):
            with self.subTest(reason):
                bridge = Bridge(look=look)
                told, outcome = self.submit(bridge)
                self.assert_kept_back(bridge, told, f"counts.unread: {reason}", look)
                self.assertEqual(outcome, NotSent("counts.unread", reason))

    def test_look_that_never_left_says_so_itself(self):
        look = Answer(Fault.NOT_SENT, note="no token")
        bridge = Bridge(look=look)
        told, outcome = self.submit(bridge)
        self.assert_kept_back(bridge, told, "no token", look)
        self.assertEqual(outcome, NotSent("not_sent"))

    def test_envelope_that_is_lost_is_called_to_attention(self):
        look = answer(said(None, const.ENVELOPE_NOT_FOUND))
        bridge = Bridge(look=look)
        told, outcome = self.submit(bridge)
        self.assert_kept_back(bridge, told, "envelope.lost", look)
        self.assertEqual(outcome, NotSent("envelope.lost", attention="it is lost"))

    def test_without_the_id_of_an_envelope_nothing_is_sent(self):
        for nothing in ("", "1795220601751"):
            look = answer(said(counts(5, 900)))
            bridge, client, sent = Bridge(look=look), make_client(**self.BEFORE), submission()
            settings = replace(client._settings, disbursement_envelope_id=nothing)
            told = make_client(settings).submit(bridge, sent)
            self.assert_kept_back(bridge, told, "counts.unread", look)

    def test_without_an_address_to_look_at_nothing_is_sent(self):
        client, sent = make_client(envelope_status_url=""), submission()
        told = client.submit(Transport(5), sent)
        self.assertIs(told.fault, Fault.NOT_SENT)
        self.assertEqual(client.read_submission(told, sent), NotSent("not_sent"))

    def test_look_is_authenticated_and_hides_what_it_was_told_of_it(self):
        secret = "canary-token-of-ours"
        access = {"credentials": Credentials(secret), "access": AccessSettings("bearer")}
        bridge = Bridge(received=(5, 900))
        self.submit(bridge, **access)
        (look,), (request,) = bridge.looks, bridge.requests
        for one in (look, request):
            self.assertEqual(one.headers["Authorization"], f"Bearer {secret}")
            self.assertNotIn(secret, repr(one))
        for told_back in (
            answer(said(counts(4, 800, funds_blocked_reference_number=secret)), headers={"x": secret}),
            answer(f"who is {secret}?", 401, headers={"x": secret}),
        ):
            bridge = Bridge(look=told_back)
            told, outcome = self.submit(bridge, **access)
            self.assertEqual(bridge.requests, [])
            self.assertIs(told.fault, Fault.NOT_SENT)
            self.assertTrue(told.body)
            self.assertNotIn(secret, f"{told}{outcome}")

    def test_look_is_signed_and_what_it_brings_is_verified(self):
        ours, theirs = pair_of_protections()
        access = {"credentials": Credentials(protection=ours)}
        bridge = Bridge(look=signed(theirs, counts(5, 900)))
        self.submit(bridge, **access)
        (look,), (request,) = bridge.looks, bridge.requests
        for one in (look, request):
            opened = their_bridge(theirs).open(one.body.decode(), one.headers)
            self.assertEqual(opened.header["action"], one.url.rpartition("/")[2])
        strangers = replace(theirs, signing_key=key_pair("ed25519", "stranger")[0])
        for untrue, code in (
            (answer(said(counts(5, 900))), "signature.missing"),
            (signed(strangers, counts(5, 900)), "signature.invalid"),
        ):
            bridge = Bridge(look=untrue)
            told, outcome = self.submit(bridge, **access)
            believed = replace(untrue, headers={connect.VERDICT_HEADER: code})
            self.assert_kept_back(bridge, told, "counts.unread", believed)
            self.assertEqual(outcome, NotSent("counts.unread", "HTTP 200"))

    def test_look_that_cannot_be_signed_is_not_made(self):
        ours, _theirs = pair_of_protections()
        bridge = Bridge(received=(5, 900))
        told, outcome = self.submit(bridge, credentials=Credentials(protection=replace(ours, signing_key="")))
        self.assertEqual((bridge.looks, bridge.requests), ([], []))
        self.assertEqual((told.fault, outcome), (Fault.NOT_SENT, NotSent("not_sent")))

    def test_why_nothing_was_sent_is_read_from_what_was_stored(self):
        """With the answer's note only: whatever else is not sent says so, and never why an envelope kept it back."""
        for purpose in (const.ENVELOPE, const.DISBURSEMENTS, const.AMENDMENT, const.CANCELLATION):
            for note in ("", "deadline passed before the call", "no token", "counts.unchanged"):
                told = answer(said(counts(4, 800)), fault=Fault.NOT_SENT, note=note)
                outcome = make_client().read_submission(told, submission(purpose))
                self.assertEqual(outcome, NotSent("not_sent"))
        for fault in (Fault.NONE, Fault.TIMEOUT, Fault.CONNECTION):
            told = answer(said(echo()), fault=fault, note=const.COUNTS_DIFFER)
            outcome = make_client().read_submission(told, submission())
            self.assertIsInstance(outcome, Unknown if fault else Accepted)

    def test_what_was_stored_and_can_no_longer_be_read_still_says_what_was_expected(self):
        client = make_client(**self.BEFORE)
        for body in (
            "",
            said(counts(4, 800, disbursement_envelope_id="1")),
            said(None, const.ENVELOPE_NOT_FOUND),
        ):
            told = answer(body, fault=Fault.NOT_SENT, note=const.COUNTS_DIFFER)
            self.assertEqual(
                client.read_submission(told, submission()),
                NotSent("counts.differ", "expected=5 amount=900", attention="counts.differ"),
            )
