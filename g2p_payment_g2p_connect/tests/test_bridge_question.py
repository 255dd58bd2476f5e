from dataclasses import replace

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Fault, Found, NeverHad, Unreadable

from ..bridge import const
from ..bridge.envelope_status import attention, read_envelope_status
from .bridge_case import (
    ENVELOPE_ID,
    IDS,
    answer,
    counts,
    echo,
    errors,
    make_client,
    read_question,
    said,
    submission,
)

ABSENT = (const.ENVELOPE, const.AMENDMENT, const.CANCELLATION)
NOT_FOUND = const.ENVELOPE_NOT_FOUND


@tagged("post_install", "-at_install")
class TestAbsence(BaseCase):
    def test_bridge_that_knows_no_such_envelope_never_had_it(self):
        for purpose in ABSENT:
            self.assertEqual(read_question(said(None, NOT_FOUND), purpose), NeverHad(code=NOT_FOUND))

    def test_nothing_else_is_proof(self):
        for purpose in ABSENT:
            for body, code in (
                (said(counts()), "found.unused"),
                (said(None), "found.unused"),
                (said({}, NOT_FOUND), NOT_FOUND),
                (said(counts(), NOT_FOUND), NOT_FOUND),
                (said(None, "INVALID_DISBURSEMENT_ID"), "INVALID_DISBURSEMENT_ID"),
                (said(None, "not found"), "unreadable.header"),
                (errors(NOT_FOUND), "unreadable.body"),
                ("", "unreadable.body"),
            ):
                with self.subTest(purpose=purpose, body=body):
                    self.assertEqual(read_question(body, purpose), Unreadable(code=code))

    def test_no_http_error_and_no_fault_is_proof(self):
        for purpose in ABSENT:
            for status in (301, 400, 404, 500, 503):
                self.assertEqual(
                    read_question(said(None, NOT_FOUND), purpose, status), Unreadable(code=f"http.{status}")
                )
            for fault in (Fault.TIMEOUT, Fault.NOT_SENT, Fault.CONNECTION):
                self.assertEqual(
                    read_question(said(None, NOT_FOUND), purpose, fault=fault), Unreadable(code=fault.value)
                )

    def test_unknown_purpose_is_unreadable(self):
        sent = replace(submission(), purpose="")
        for body in (said(None, NOT_FOUND), said(counts())):
            told = make_client().read_question(answer(body), sent, sent.references)
            self.assertEqual(told, Unreadable(code="unknown.purpose"))


@tagged("post_install", "-at_install")
class TestEnvelope(BaseCase):
    def told(self, body, **changes):
        return read_question(body, const.ENVELOPE, correlation=ENVELOPE_ID, **changes)

    def test_envelope_is_found_with_its_counts(self):
        outcome = self.told(said(counts(2, 300)))
        self.assertEqual(
            outcome,
            Found(
                reason="received=2 amount=300 funds=PENDING_CHECK blocked=PENDING_CHECK shipped=0 "
                "reconciled=0 reversed=0"
            ),
        )

    def test_envelope_that_was_there_is_not_never_had(self):
        outcome = self.told(said(None, NOT_FOUND), client=make_client(reasons={"envelope.lost": "fort"}))
        self.assertEqual(outcome, Unreadable(code=NOT_FOUND, attention="fort"))

    def test_counts_of_another_envelope_are_not_read(self):
        for body in (
            said(counts(disbursement_envelope_id="1795220601751")),
            said(counts(disbursement_envelope_id=None)),
            said(counts(number_of_disbursements_received="two")),
            said(None),
            said([]),
        ):
            self.assertEqual(self.told(body), Unreadable(code="unreadable.counts"))

    def test_what_finance_must_hear_of_is_told_worst_first(self):
        late = {"message_ts": "2026-11-28T00:00:00"}
        available = {"funds_available_with_bank": "FUNDS_AVAILABLE", "funds_available_attempts": 3}
        blocked = available | {"funds_blocked_with_bank": "FUNDS_BLOCK_SUCCESS", "funds_blocked_attempts": 3}
        for changes, header, expected in (
            ({}, {}, ""),
            ({"funds_available_attempts": 2}, {}, ""),
            (blocked, {}, ""),
            ({"funds_available_with_bank": "FUNDS_NOT_AVAILABLE"}, {}, "funds.not_available"),
            (available | {"funds_blocked_with_bank": "FUNDS_BLOCK_FAILURE"}, {}, "funds.not_blocked"),
            ({"funds_available_with_bank": "ERROR"}, {}, "funds.error"),
            (available | {"funds_blocked_with_bank": "ERROR"}, late, "funds.error"),
            ({"funds_available_attempts": 3}, {}, "funds.attempts"),
            (available | {"funds_blocked_attempts": 3}, {}, "funds.attempts"),
            (blocked, late, "shipment.none"),
            ({}, late, "shipment.none"),
            (blocked | {"number_of_disbursements_shipped": 1}, late, "shipment.incomplete"),
            (blocked | {"number_of_disbursements_shipped": 2}, late, ""),
        ):
            with self.subTest(expected=expected, changes=changes):
                outcome = self.told(said(counts(2, 300, **changes), **header))
                self.assertEqual((outcome.code, outcome.attention), (expected, expected))
                self.assertIn(expected, ("", *const.ATTENTIONS))

    def test_day_to_pay_is_over_a_whole_day_later_by_the_bridges_own_clock(self):
        status = read_envelope_status(answer(said(counts(2, 300))).body, ENVELOPE_ID)
        for schedule_date, sent_at, expected in (
            ("2026-11-26", "2026-11-26T23:59:59", ""),
            ("2026-11-26", "2026-11-27T23:59:59.999999", ""),
            ("2026-11-26", "2026-11-28T00:00:00", "shipment.none"),
            ("2026-11-26", "2026-11-28T00:00:00+14:00", "shipment.none"),
            ("2026-11-26", "", ""),
            ("2026-11-26", "later", ""),
            ("", "2026-11-28T00:00:00", ""),
            ("9999-12-31", "2026-11-28T00:00:00", ""),
        ):
            with self.subTest(schedule_date=schedule_date, sent_at=sent_at):
                self.assertEqual(attention(status, schedule_date, sent_at), expected)


@tagged("post_install", "-at_install")
class TestCounts(BaseCase):
    """Disbursements whose ids nobody knows: two payments of 300 in all, in an envelope that had 5 of 900."""

    def told(self, number, amount, message=None, **changes):
        client = make_client(disbursements_before=5, amount_before=900)
        body = said(counts(number, amount) if message is None else message)
        return read_question(body, client=client, **changes)

    def test_envelope_as_it_was_before_never_had_them(self):
        self.assertEqual(self.told(5, 900), NeverHad(code="counts.unchanged"))
        self.assertEqual(self.told(5, 900.0), NeverHad(code="counts.unchanged"))

    def test_both_number_and_amount_must_be_as_before(self):
        for number, amount in (
            *((5, 901), (5, 1200), (5, 0), (5, 899), (6, 900), (7, 900), (4, 900), (0, 0), (6, 1100)),
            *((7, 1199), (6, 1200), (4, 1200)),
        ):
            with self.subTest(number=number, amount=amount):
                outcome = self.told(number, amount)
                self.assertIsInstance(outcome, Unreadable)
                self.assertEqual(outcome.code, "counts.unclear")

    def test_envelope_that_has_them_keeps_their_ids_to_itself(self):
        for number, amount in ((7, 1200), (8, 1200), (7, 1300), (9, 5000)):
            outcome = self.told(number, amount)
            self.assertIsInstance(outcome, Found)
            self.assertEqual((outcome.code, outcome.attention, outcome.rows), ("ids.lost", "ids.lost", ()))

    def test_what_may_be_there_besides_is_neither_absence_nor_ours(self):
        """Another two of 300 may be in it: they are told from ours only where all are there, or none."""
        client = make_client(
            disbursements_before=5, amount_before=900, disbursements_perhaps=2, amount_perhaps=300
        )
        summary = "received={} amount={} funds=PENDING_CHECK blocked=PENDING_CHECK shipped=0 reconciled=0 reversed=0"
        never, found, unclear = (
            NeverHad(code="counts.unchanged"),
            Found(code="ids.lost", attention="ids.lost"),
            Unreadable(code="counts.unclear", attention="counts.unclear"),
        )
        for number, amount, expected in (
            *((5, 900, never), (9, 1500, found), (10, 1500, found), (9, 1501, found), (20, 9000, found)),
            *((7, 1200, unclear), (6, 1000, unclear), (8, 1500, unclear), (9, 1499, unclear)),
            *((7, 1500, unclear), (9, 1200, unclear), (5, 901, unclear), (6, 900, unclear)),
            *((4, 900, unclear), (5, 899, unclear), (0, 0, unclear), (3, 600, unclear)),
        ):
            with self.subTest(number=number, amount=amount):
                reason = "" if expected is never else summary.format(number, amount)
                told = read_question(said(counts(number, amount)), client=client)
                self.assertEqual(told, replace(expected, reason=reason))

    def test_counts_that_cannot_be_read_prove_nothing(self):
        for changes in (
            {"number_of_disbursements_received": "5"},
            {"number_of_disbursements_received": None},
            {"number_of_disbursements_received": True},
            {"number_of_disbursements_received": -5},
            {"number_of_disbursements_received": 5.5},
            {"total_disbursement_amount_received": 900.01},
            {"total_disbursement_amount_received": "900"},
            {"total_disbursement_amount_received": [900]},
            {"funds_available_with_bank": None},
            {"number_of_disbursements_shipped": None},
            {"disbursement_envelope_id": "1795220601751"},
            {"disbursement_envelope_id": None},
            {"disbursement_envelope_id": int(ENVELOPE_ID)},
        ):
            with self.subTest(changes):
                outcome = self.told(0, 0, counts(5, 900) | changes)
                self.assertEqual(outcome, Unreadable(code="unreadable.counts"))
        for key in counts():
            short = {name: value for name, value in counts(5, 900).items() if name != key}
            self.assertEqual(self.told(0, 0, short), Unreadable(code="unreadable.counts"))

    def test_refused_question_proves_nothing(self):
        for code in (NOT_FOUND, "INVALID_DISBURSEMENT_ENVELOPE_ID"):
            for message in (None, counts(5, 900)):
                outcome = read_question(
                    said(message, code), client=make_client(disbursements_before=5, amount_before=900)
                )
                self.assertEqual(outcome, Unreadable(code=code))

    def test_payments_that_have_an_id_were_had(self):
        outcome = self.told(5, 900, external_references={"PAY-1": IDS["PAY-1"]})
        self.assertEqual(outcome.code, "counts.unclear")

    def test_without_what_was_sent_nothing_is_proven(self):
        for text in ("", "{", "[]", submission(const.ENVELOPE).payload):
            self.assertEqual(self.told(5, 900, payload=text), Unreadable(code="counts.unclear"))

    def test_without_an_envelope_nothing_is_proven(self):
        client = make_client(disbursement_envelope_id="")
        for told in ("", ENVELOPE_ID):
            body = said(counts(disbursement_envelope_id=told))
            self.assertEqual(read_question(body, client=client), Unreadable(code="unreadable.counts"))

    def test_numbers_below_nothing_are_no_past(self):
        client = make_client(disbursements_before=-1, amount_before=-1)
        self.assertEqual(read_question(said(counts()), client=client), Unreadable(code="counts.unclear"))

    def test_other_messages_are_unreadable(self):
        for message in (None, {}, "x"):
            self.assertEqual(read_question(said(message)), Unreadable(code="unreadable.rows"))
        self.assertEqual(read_question(said(echo())), Unreadable(code="other.references"))


@tagged("post_install", "-at_install")
class TestEnvelopeStatus(BaseCase):
    def test_everything_is_read_under_the_names_of_the_api(self):
        told = counts(
            3,
            350,
            funds_available_latest_timestamp="2026-11-21T00:23:21.753398",
            funds_available_latest_error_code="",
            funds_blocked_latest_error_code=None,
            funds_blocked_reference_number="BLK-1",
            id_mapper_resolution_required=True,
        )
        status = read_envelope_status(answer(said(told)).body, ENVELOPE_ID)
        for name, value in told.items():
            self.assertEqual(getattr(status, name), value or type(getattr(status, name))())
        self.assertEqual(status.received, (3, 350))

    def test_status_that_may_not_be_believed_is_none(self):
        for body in (
            "",
            "<html>",
            said(None),
            said(counts(), NOT_FOUND),
            said(counts(funds_blocked_with_bank="free text of a bank")),
            said(counts(number_of_disbursements_received=10**20)),
        ):
            self.assertIsNone(read_envelope_status(answer(body).body, ENVELOPE_ID))
        good = answer(said(counts())).body
        self.assertIsNone(read_envelope_status(good, "1"))
        self.assertIsNone(read_envelope_status(answer(said(counts(disbursement_envelope_id=""))).body, ""))
