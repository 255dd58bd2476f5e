"""Section 5 of the contract, the rows that speak of the bridge ("C"): each is a test, in its order.

Where ENGINE.md says otherwise, it wins: "failed" is never said here, as the bridge has no word for it.
"""

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Fault,
    Found,
    NeverHad,
    Rejected,
    RowResult,
    Unknown,
)

from ..bridge import const, row_rules
from .bridge_case import (
    ENVELOPE_ID,
    IDS,
    PAID,
    PENDING,
    REVERSAL,
    REVERSED,
    SETTINGS,
    bank_error,
    counts,
    echo,
    entry,
    errors,
    make_client,
    payment,
    read,
    read_question,
    read_statements,
    record,
    said,
)


@tagged("post_install", "-at_install")
class TestMapping(BaseCase):
    def test_no_usable_payee_address_is_found_before_anything_is_declared(self):
        found = row_rules.findings([payment(1), payment(2, payee_id_value="")], SETTINGS)
        self.assertEqual(found, {"PAY-2": ("beneficiary",)})

    def test_http_400_and_header_rjct_reject_and_keep_the_code(self):
        outcome = read(errors("G2P-REQ-102"), status=400)
        self.assertEqual((type(outcome), outcome.code, outcome.reason), (Rejected, "G2P-REQ-102", "HTTP 400"))
        outcome = read(said(echo(ids={}), "INVALID_DISBURSEMENT_PAYLOAD"))
        self.assertEqual((type(outcome), outcome.code), (Rejected, "INVALID_DISBURSEMENT_PAYLOAD"))

    def test_timeout_connection_lost_and_5xx_are_unknown(self):
        for outcome in (
            read("", fault=Fault.TIMEOUT),
            read("", fault=Fault.CONNECTION),
            *(read(errors("G2P-REQ-100"), status=status) for status in (500, 502, 503, 504)),
        ):
            self.assertIsInstance(outcome, Unknown)

    def test_unknown_is_settled_by_the_counts_of_the_envelope(self):
        client = make_client(disbursements_before=1, amount_before=50)
        for received, expected, code in (
            ((1, 50), NeverHad, "counts.unchanged"),
            ((3, 350), Found, "ids.lost"),
        ):
            outcome = read_question(said(counts(*received)), client=client)
            self.assertEqual((type(outcome), outcome.code), (expected, code))

    def test_succ_leaves_payments_sent_and_stores_their_ids(self):
        outcome = read(said(echo()))
        self.assertIsInstance(outcome, Accepted)
        self.assertEqual({row.reference: row.external_reference for row in outcome.rows}, IDS)
        self.assertEqual({row.result for row in outcome.rows}, {PENDING})
        envelope = read(said({"disbursement_envelope_id": ENVELOPE_ID}), const.ENVELOPE)
        self.assertEqual(envelope.correlation, ENVELOPE_ID)

    def test_record_without_reversal_is_paid_on_the_value_date_of_what_was_sent(self):
        (row,) = read_statements(entry(record())).rows
        self.assertEqual((row.result, row.amount, row.currency), (PAID, None, None))
        self.assertEqual(row.when.date().isoformat(), "2026-11-21")

    def test_record_with_reversal_stays_paid_with_a_reversal(self):
        (row,) = read_statements(entry(record(**REVERSAL))).rows
        self.assertEqual((row.result, row.paid_before, row.code), (REVERSED, True, "ACCOUNT_CLOSED"))

    def test_only_error_records_change_nothing(self):
        for reason in ("DUPLICATE_DISBURSEMENT", "INVALID_REVERSAL", "INVALID_DISBURSEMENT_ID"):
            (row,) = read_statements(entry(wrong=[bank_error(reason)])).rows
            self.assertEqual((row.result, row.code), (PENDING, f"bank.{reason.lower()}"))

    def test_both_lists_empty_change_nothing_and_the_envelope_is_looked_at(self):
        (row,) = read_statements(entry()).rows
        self.assertEqual((row.result, row.code), (PENDING, ""))
        for changes, header, expected in (
            ({"funds_available_with_bank": "FUNDS_NOT_AVAILABLE"}, {}, "funds.not_available"),
            ({"funds_blocked_attempts": 3}, {}, "funds.attempts"),
            (
                {"number_of_disbursements_shipped": 1},
                {"message_ts": "2026-12-24T00:00:00"},
                "shipment.incomplete",
            ),
        ):
            body = said(counts(2, 300, **changes), **header)
            outcome = read_question(body, const.ENVELOPE, correlation=ENVELOPE_ID)
            self.assertEqual((type(outcome), outcome.attention), (Found, expected))

    def test_nothing_that_the_bridge_says_is_failed(self):
        for outcome in (
            read(said(echo())),
            read_statements(entry()),
            read_statements(entry(record(**REVERSAL))),
            read_statements(entry(wrong=[bank_error("INVALID_REVERSAL")])),
        ):
            self.assertNotIn(RowResult.FAILED, {row.result for row in outcome.rows})
