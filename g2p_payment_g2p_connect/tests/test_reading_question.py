from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Fault, Found, NotSeen, Unreadable

from .. import const
from .test_reading import PAID, disburse, errors, read_question, results, row, told


@tagged("post_install", "-at_install")
class TestReadQuestion(BaseCase):
    def test_rows_are_found_in_an_object_and_in_a_bare_list(self):
        for as_list in (False, True):
            with self.subTest(as_list=as_list):
                outcome = read_question(told(row(), as_list=as_list, txn_type="disburse"))
                self.assertIsInstance(outcome, Found)
                self.assertEqual((results(outcome), outcome.correlation), ({"PAY-1": (PAID, "")}, "C-1"))

    def test_other_payment_of_the_submission_is_found_too(self):
        self.assertIsInstance(read_question(told(row("PAY-2")), references=("PAY-1",)), Found)

    def test_answer_without_our_payments_is_not_seen(self):
        for rows in ((), (row("PAY-77"),)):
            with self.subTest(rows=rows):
                self.assertEqual(read_question(told(*rows)), NotSeen())

    def test_row_that_does_not_know_the_reference_is_no_failure(self):
        for code in const.UNKNOWN_REFERENCE_CODES:
            with self.subTest(code=code):
                self.assertEqual(read_question(told(row(status="rjct", code=code))), NotSeen())
        both = told(row(status="rjct", code="rjct.reference_id.invalid"), row("PAY-2"))
        self.assertEqual(results(read_question(both)), {"PAY-2": (PAID, "")})

    def test_absence_that_was_asked_about_in_part_proves_nothing(self):
        references = tuple(f"PAY-{number}" for number in range(const.MAX_REFERENCES_PER_QUESTION + 1))
        self.assertEqual(read_question(told(), references=references), Unreadable(code="not_seen.in_part"))
        self.assertEqual(read_question(told(), references=references[1:]), NotSeen())
        found = read_question(told(row("PAY-7")), references=references)
        self.assertEqual(results(found), {"PAY-7": (PAID, "")})

    def test_refused_and_failed_questions_are_unreadable(self):
        for fault in Fault:
            if fault is not Fault.NONE:
                self.assertIsInstance(read_question(told(row()), fault=fault), Unreadable)
        for status in (0, 204, 301, 400, 401, 403, 404, 408, 409, 429, 500, 503):
            with self.subTest(status=status):
                self.assertIsInstance(read_question(errors("err.request.not_found"), status), Unreadable)
        self.assertIsInstance(read_question(told(row(), status="rjct")), Unreadable)

    def test_answer_about_something_else_is_unreadable(self):
        for body in (
            told(row(), key="BATCH-2"),
            told(row(), inner="BATCH-2"),
            told(row(), key=[]),
            told(row(), txn_type="on-search"),
            told(row(), txn_type=None),
            told(row()) | errors("err.request.bad"),
            disburse(row()),
        ):
            with self.subTest(body=body):
                self.assertIsInstance(read_question(body), Unreadable)

    def test_unreadable_bodies_are_unreadable(self):
        rows = told(row())
        rows["message"]["txnstatus_response"]["txn_status"] = "succ"
        for body in ("", "<html>", "null", "[]", {}, {"header": {"status": "succ"}}, rows, "[" * 100_000):
            with self.subTest(body=str(body)[:30]):
                self.assertIsInstance(read_question(body), Unreadable)
