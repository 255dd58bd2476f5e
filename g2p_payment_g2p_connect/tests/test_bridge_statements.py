from datetime import UTC, datetime

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Found, Row, Unreadable

from ..bridge import const
from .bridge_case import (
    IDS,
    LINE,
    PAID,
    PENDING,
    REVERSAL,
    REVERSED,
    bank_error,
    entry,
    make_client,
    read_question,
    read_statements,
    record,
    said,
)

FIRST, SECOND = IDS.values()
KEPT = {name: value for name, value in LINE.items() if name != "remittance_value_date"}
VALUE_DAY = datetime(2026, 11, 21, tzinfo=UTC)


@tagged("post_install", "-at_install")
class TestStatements(BaseCase):
    def row(self, *records, wrong=(), **changes):
        outcome = read_statements(entry(*records, wrong=wrong), **changes)
        self.assertIsInstance(outcome, Found)
        (row,) = outcome.rows
        return row

    def assert_open(self, row, code, attention=""):
        expected = Row("PAY-1", PENDING, code=code, external_reference=FIRST, attention=attention)
        self.assertEqual(row, expected)

    def test_record_pays(self):
        self.assertEqual(
            self.row(record()),
            Row("PAY-1", PAID, when=VALUE_DAY, external_reference=FIRST, details=KEPT),
        )

    def test_day_is_that_of_value_or_of_entry(self):
        for changes, when in (
            ({"remittance_value_date": None}, datetime(2026, 11, 20, tzinfo=UTC)),
            (
                {"remittance_value_date": "soon", "remittance_entry_date": "2026-11-19"},
                datetime(2026, 11, 19, tzinfo=UTC),
            ),
            ({"remittance_value_date": "2026-11-21T05:30:00+05:30"}, VALUE_DAY),
            ({"remittance_value_date": "0001-01-01T00:00:00+14:00", "remittance_entry_date": None}, None),
            ({"remittance_value_date": 20261121, "remittance_entry_date": None}, None),
        ):
            self.assertEqual(self.row(record(**changes)).when, when)

    def test_reversal_is_told_with_the_proof_that_it_was_paid(self):
        row = self.row(record(**REVERSAL))
        details = KEPT | {name: value for name, value in REVERSAL.items() if name != "reversal_found"}
        self.assertEqual(
            row,
            Row(
                "PAY-1",
                REVERSED,
                code="ACCOUNT_CLOSED",
                when=VALUE_DAY,
                external_reference=FIRST,
                paid_before=True,
                details=details,
            ),
        )

    def test_reason_of_a_reversal_is_a_code_or_none(self):
        for reason in (
            None,
            "",
            "account of Aminata Kargbo closed",
            "GB29NWBK60161331926819",
            "4455667788",
            17,
        ):
            row = self.row(record(**REVERSAL | {"reversal_reason": reason}))
            self.assertEqual(row.code, const.REVERSED)
        self.assertEqual(self.row(record(**REVERSAL | {"reversal_reason": "AC04"})).code, "AC04")

    def test_details_are_upstreams_and_can_be_stored(self):
        row = self.row(
            record(
                remittance_statement_id="x" * 200,
                remittance_entry_sequence=7,
                remittance_reference_number="a\x00b\n\ud800c ",
                remittance_entry_date=None,
            )
        )
        self.assertEqual(
            row.details,
            {
                "remittance_statement_id": "x" * 128,
                "remittance_entry_sequence": "7",
                "remittance_reference_number": "abc",
            },
        )
        self.assertLessEqual(set(row.details), set(const.DETAILS))

    def test_payees_name_at_the_bank_goes_nowhere(self):
        outcome = read_statements(
            entry(record(), wrong=[bank_error("DUPLICATE_DISBURSEMENT")]),
            entry(record(SECOND, **REVERSAL), told=SECOND),
        )
        self.assertNotIn("Canary", repr(outcome))

    def test_nothing_found_is_open(self):
        self.assert_open(self.row(), "")
        for inside in (
            None,
            {},
            {"disbursement_recon_payloads": None, "disbursement_error_recon_payloads": None},
        ):
            outcome = read_statements({"disbursement_id": FIRST, "disbursement_recon_records": inside})
            self.assert_open(outcome.rows[0], "")

    def test_error_lines_alone_settle_nothing_and_are_told_to_finance(self):
        for reasons, code in (
            (["DUPLICATE_DISBURSEMENT"], "bank.duplicate_disbursement"),
            (["INVALID_REVERSAL"], "bank.invalid_reversal"),
            (["INVALID_DISBURSEMENT_ID"], "bank.invalid_disbursement_id"),
            (["INVALID_ACCOUNT_NUMBER"], "bank.error"),
            (["SOMETHING_NEW"], "bank.error"),
            ([None], "bank.error"),
            ([["INVALID_REVERSAL"]], "bank.error"),
            (["SOMETHING_NEW", "INVALID_REVERSAL", "DUPLICATE_DISBURSEMENT"], "bank.duplicate_disbursement"),
        ):
            with self.subTest(reasons):
                wrong = [bank_error(reason) for reason in reasons]
                outcome = read_statements(entry(wrong=wrong), client=make_client(reasons={code: "Bank!"}))
                self.assert_open(outcome.rows[0], code, "Bank!")

    def test_payment_that_the_bank_told_twice_is_paid_and_told_to_finance(self):
        outcome = read_statements(entry(record(), wrong=[bank_error("DUPLICATE_DISBURSEMENT")]))
        self.assertEqual(
            (outcome.rows[0].result, outcome.rows[0].code), (PAID, "bank.duplicate_disbursement")
        )
        self.assertEqual(outcome.rows[0].attention, "bank.duplicate_disbursement")

    def test_reversal_keeps_its_reason_when_the_bank_has_errors_too(self):
        outcome = read_statements(entry(record(**REVERSAL), wrong=[bank_error("DUPLICATE_DISBURSEMENT")]))
        self.assertEqual((outcome.rows[0].result, outcome.rows[0].code), (REVERSED, "ACCOUNT_CLOSED"))
        self.assertEqual(outcome.rows[0].attention, "bank.duplicate_disbursement")

    def test_finance_hears_of_each_payment(self):
        outcome = read_statements(
            entry(wrong=[bank_error("INVALID_REVERSAL")]),
            entry(wrong=[bank_error("DUPLICATE_DISBURSEMENT", SECOND)], told=SECOND),
        )
        expected = ["bank.invalid_reversal", "bank.duplicate_disbursement"]
        self.assertEqual([row.code for row in outcome.rows], expected)
        self.assertEqual([row.attention for row in outcome.rows], expected)

    def test_error_line_of_another_payment_is_not_ours(self):
        row = self.row(wrong=[bank_error("DUPLICATE_DISBURSEMENT", SECOND)])
        self.assert_open(row, "bank.error", "bank.error")

    def test_record_of_another_payment_or_envelope_is_not_believed(self):
        for changes, code in (
            ({"disbursement_id": SECOND}, "other.disbursement"),
            ({"disbursement_id": None}, "other.disbursement"),
            ({"disbursement_id": int(FIRST)}, "other.disbursement"),
            ({"disbursement_envelope_id": "1795220601751"}, "other.envelope"),
            ({"disbursement_envelope_id": ""}, "other.envelope"),
        ):
            for reversal in ({}, REVERSAL):
                with self.subTest(changes):
                    row = self.row(record(**reversal | changes))
                    self.assert_open(row, code)

    def test_record_need_not_name_the_envelope(self):
        self.assertIs(self.row(record(disbursement_envelope_id=None)).result, PAID)

    def test_record_that_does_not_say_whether_it_came_back_settles_nothing(self):
        for value in (None, "false", "", 0, 1, [], "true"):
            self.assert_open(self.row(record(reversal_found=value)), "unreadable.records")

    def test_record_of_no_statement_settles_nothing(self):
        for value in (None, "", " ", "None", "null", 7, ["x"]):
            nothing = {"remittance_reference_number": value, "remittance_statement_id": value}
            for reversal in ({}, REVERSAL):
                self.assert_open(self.row(record(**nothing | reversal)), "unreadable.records")

    def test_records_that_differ_are_not_believed(self):
        for other in (
            record(**REVERSAL),
            record(remittance_reference_number="other"),
            {},
            record(reversal_found=None),
        ):
            self.assert_open(self.row(record(), other), "contradictory.rows")
        self.assertIs(self.row(record(), record()).result, PAID)

    def test_entries_that_differ_are_not_believed(self):
        for other in (entry(), entry(record(**REVERSAL)), entry(record(remittance_entry_sequence="2"))):
            outcome = read_statements(entry(record()), other)
            self.assert_open(outcome.rows[0], "contradictory.rows")
        self.assertEqual(len(read_statements(entry(record()), entry(record())).rows), 1)

    def test_lists_that_are_none_settle_nothing(self):
        for name in ("disbursement_recon_payloads", "disbursement_error_recon_payloads"):
            for value in ("x", {}, [None], [1], [record(), []]):
                told = entry(record())
                told["disbursement_recon_records"][name] = value
                self.assert_open(read_statements(told).rows[0], "unreadable.records")

    def test_entries_are_matched_by_id_and_never_by_place(self):
        outcome = read_statements(
            {"disbursement_id": "unknown"},
            None,
            [],
            entry(told=SECOND),
            entry(record()),
        )
        self.assertEqual(
            {row.reference: row.result for row in outcome.rows}, {"PAY-2": PENDING, "PAY-1": PAID}
        )

    def test_id_that_two_payments_share_is_believed_of_neither(self):
        outcome = read_statements(entry(record()), ids=dict.fromkeys(IDS, FIRST))
        self.assertEqual(outcome, Unreadable(code="other.references"))

    def test_answer_about_others_is_unreadable_and_never_not_seen(self):
        for message in ([], [entry(told="1")], [entry(told=int(FIRST))], [None]):
            outcome = read_question(said(message), external_references=IDS)
            self.assertEqual(outcome, Unreadable(code="other.references"))

    def test_refused_question_says_nothing(self):
        outcome = read_question(said([entry(record())], "INVALID_DISBURSEMENT_ID"), external_references=IDS)
        self.assertEqual(outcome, Unreadable(code="INVALID_DISBURSEMENT_ID"))
