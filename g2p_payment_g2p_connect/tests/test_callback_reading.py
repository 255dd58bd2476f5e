import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, Found, RowResult, Unreadable

from .. import const
from ..callbacks import read
from .test_callbacks import called, stored, take
from .test_client import SUBMISSION, make_client
from .test_reading import FAILED, PAID, PENDING, disburse, results, row, told
from .test_reading_anything import near_answers, thorough, values


def read_callback(body, kind=const.ON_DISBURSE, references=("PAY-1", "PAY-2"), declared=""):
    client = make_client(final_refusal_codes=declared)
    return client.read_callback(stored(take(called(body), kind)), SUBMISSION, references)


@tagged("post_install", "-at_install")
class TestReadCallback(BaseCase):
    def test_rows_of_a_disbursement_are_found(self):
        outcome = read_callback(
            disburse(row(amount="10.50", currency_code="SLE"), row("PAY-2", "pdng"), status="pdng")
        )
        self.assertIsInstance(outcome, Found)
        self.assertEqual(results(outcome), {"PAY-1": (PAID, ""), "PAY-2": (PENDING, "")})

    def test_rows_of_a_status_are_found(self):
        for as_list in (False, True):
            outcome = read_callback(told(row(), as_list=as_list), const.ON_STATUS)
            self.assertEqual(results(outcome), {"PAY-1": (PAID, "")})
            self.assertEqual(outcome.correlation, "C-1")

    def test_parts_and_strangers_beside_ours_are_no_problem(self):
        self.assertEqual(results(read_callback(disburse(row("PAY-2")))), {"PAY-2": (PAID, "")})
        outcome = read_callback(disburse(row("UNHEARD-OF"), row()))
        self.assertEqual(results(outcome)["PAY-1"], (PAID, ""))

    def test_disbursement_without_rows_is_known_there(self):
        for body in (disburse(status="rcvd"), disburse(status="pdng", disbursements_status=None)):
            self.assertEqual(read_callback(body), Found())

    def test_news_of_another_transaction_is_not_ours(self):
        for key in ("OTHER", None, 7):
            self.assertEqual(read_callback(disburse(row(), key=key)), Unreadable("other.transaction"))
            body = told(row(), key=key)
            self.assertEqual(read_callback(body, const.ON_STATUS), Unreadable("other.transaction"))
        body = told(row(), inner="OTHER")
        self.assertEqual(read_callback(body, const.ON_STATUS), Unreadable("other.transaction"))

    def test_only_foreign_references_say_nothing(self):
        self.assertEqual(read_callback(disburse(row("UNHEARD-OF"))), Unreadable("other.references"))

    def test_search_says_nothing_of_payments(self):
        body = called(disburse(row()), action="on-search")
        callback = take(body, const.ON_SEARCH)
        outcome = make_client().read_callback(stored(callback), SUBMISSION, ("PAY-1",))
        self.assertEqual(outcome, Unreadable("other.kind"))

    def test_answer_that_is_no_callback_says_nothing(self):
        answer = Answer(status=200, body=json.dumps(called(disburse(row()))))
        self.assertEqual(read(answer, "BATCH-1", {"PAY-1"}), Unreadable("other.kind"))
        answer = replace(answer, fault=Fault.TIMEOUT)
        self.assertEqual(read(answer, "BATCH-1", {"PAY-1"}), Unreadable("timeout"))

    def test_payment_that_is_not_known_proves_nothing(self):
        for body in (
            told(row(status="rjct", code="rjct.reference_id.invalid")),
            told(row("UNHEARD-OF")),
            told(),
        ):
            self.assertEqual(read_callback(body, const.ON_STATUS), Unreadable("not_seen.callback"))

    def test_refused_whole_leaves_everything_open(self):
        for code in (*const.HEADER_REFUSALS, "rjct.message_id.duplicate", None):
            for rows in ((), (row(),), (row(status="rjct"),), (row("PAY-1", "pdng"), row("PAY-2", "rjct"))):
                outcome = read_callback(disburse(*rows, status="rjct", code=code))
                with self.subTest(code, rows=rows):
                    self.assertEqual(outcome, Unreadable(code or "rjct"))

    def test_refused_whole_and_each_by_itself_is_refused(self):
        rows = [row(name, "rjct", "rjct.payee_fa.invalid") for name in ("PAY-1", "PAY-2")]
        outcome = read_callback(disburse(*rows, status="rjct"))
        self.assertEqual({one.result for one in outcome.rows}, {FAILED})
        self.assertEqual(
            read_callback(disburse(*rows, status="rjct", code="rjct.message_id.duplicate")),
            Unreadable("rjct.message_id.duplicate"),
        )

    def test_every_reason_of_a_payment_is_final_or_open_as_in_the_table(self):
        for code in (
            *const.PAYMENT_REFUSALS,
            *const.UNKNOWN_REFERENCE_CODES,
            "rjct.reference_id.duplicate",
            "rjct.funds.insufficient",
        ):
            expected = FAILED if code in const.PAYMENT_REFUSALS else PENDING
            with self.subTest(code):
                outcome = read_callback(disburse(row(status="rjct", code=code)))
                self.assertEqual(results(outcome), {"PAY-1": (expected, code)})
        outcome = read_callback(
            disburse(row(status="rjct", code="rjct.funds.insufficient")), declared="rjct.funds.insufficient"
        )
        self.assertEqual(results(outcome), {"PAY-1": (FAILED, "rjct.funds.insufficient")})

    def test_refusal_without_a_reason_leaves_the_payment_open(self):
        # An earlier request may have paid it, and this is the answer to a later one.
        self.assertEqual(results(read_callback(disburse(row(status="rjct")))), {"PAY-1": (PENDING, "rjct")})

    def test_every_status_of_a_payment_is_as_in_the_table(self):
        for status, expected in const.ROW_RESULTS.items():
            item = row(status=status, code="rjct.amount.invalid" if status == "rjct" else None)
            self.assertEqual(read_callback(disburse(item)).rows[0].result, expected)
        for status in ("fail", "SUCC", "", None, 7, ["succ"]):
            self.assertEqual(read_callback(disburse(row(status=status))).rows[0].result, PENDING)

    def test_header_that_says_nothing_is_not_believed(self):
        for status in ("SUCC", "ok", None, 1, ["succ"]):
            self.assertEqual(read_callback(disburse(row(), status=status)), Unreadable("unreadable.header"))
        body = disburse(row()) | {"errors": [{"code": "err.request.bad"}]}
        self.assertEqual(read_callback(body), Unreadable("contradictory.answer"))
        self.assertEqual(
            read_callback(disburse(disbursements_status={"PAY-1": "succ"})), Unreadable("unreadable.rows")
        )

    @thorough
    @given(near_answers | values, st.sampled_from([*const.CALLBACK_PATHS.values(), "other", ""]))
    def test_whatever_was_stored_is_found_or_unreadable(self, body, kind):
        answer = Answer(body=json.dumps(body), headers={const.KIND_HEADER: kind})
        outcome = make_client().read_callback(answer, SUBMISSION, ("PAY-1",))
        self.assertIsInstance(outcome, Found | Unreadable)
        for one in getattr(outcome, "rows", ()):
            if one.result is RowResult.FAILED:
                self.assertIn(one.code, const.PAYMENT_REFUSALS)
