from datetime import date, datetime
from decimal import Decimal

from odoo.tests.common import BaseCase

from ..reconciliation.judge import Known, Told, get_lot, judge
from ..reconciliation.known import get_names

NOW = datetime(2026, 5, 10, 12)
REFERENCE = "0b5d6f0e-9c3e-4f7e-8a31-0d6c1f2a3b4c"


def known(**values):
    return Known(
        **{
            "id": 1,
            "reference": "a",
            "state": "sent",
            "status": "",
            "disputed": False,
            "amount": Decimal("100.00"),
            "currency": "EUR",
            "currency_id": 1,
            "submission_id": 1,
            "submission_state": "sent",
            "tries": 1,
            "sent_from": datetime(2026, 5, 5, 12),
            "by_file": True,
            **values,
        }
    )


def told(result="paid", **values):
    return Told(2, "a", result, **values)


class TestJudge(BaseCase):
    def assert_problem(self, told_row, payment, column, code):
        effect, problems = judge(told_row, payment, NOW)
        self.assertEqual((effect, [(one.column, one.code) for one in problems]), ("error", [(column, code)]))

    def test_effect_of_each_result_in_each_state(self):
        final = {"state": "reconciled", "submission_state": "done"}
        table = [
            ("paid", {}, "apply"),
            ("failed", {}, "apply"),
            ("paid", {"by_file": False}, "wait"),
            ("failed", {"by_file": False}, "wait"),
            ("paid", {"submission_state": "unknown"}, "apply"),
            ("paid", {"submission_state": "sending"}, "apply"),
            ("paid", {**final, "status": "paid"}, "final"),
            ("failed", {**final, "status": "failed"}, "final"),
            ("failed", {**final, "status": "paid"}, "contradicts"),
            ("paid", {**final, "status": "failed"}, "contradicts"),
            ("paid", {"state": "issued", "submission_state": "rejected"}, "contradicts"),
            ("paid", {"state": "sent", "submission_state": "queued"}, "contradicts"),
            ("paid", {"state": "cancelled", "submission_state": "cancelled"}, "contradicts"),
            ("pending", {}, "nothing"),
            ("pending", {**final, "status": "paid"}, "nothing"),
            ("pending", {"state": "issued", "tries": 0}, "nothing"),
        ]
        for result, values, effect in table:
            with self.subTest(result=result, **values):
                self.assertEqual(judge(told(result), known(**values), NOW), (effect, []))

    def test_what_was_never_given_to_whoever_pays_cannot_have_a_result(self):
        for values, code in (
            ({"state": "issued", "submission_state": "queued", "tries": 0}, "not_sent"),
            ({"state": "issued", "submission_id": None, "submission_state": "", "tries": 0}, "not_sent"),
            ({"state": "cancelled", "submission_state": "cancelled", "tries": 0}, "cancelled"),
            ({"disputed": True}, "disputed"),
        ):
            with self.subTest(**values):
                self.assert_problem(told(), known(**values), "status", code)

    def test_failed_of_what_was_taken_back_is_no_news(self):
        taken_back = known(state="issued", submission_state="rejected")
        self.assert_problem(told("failed"), taken_back, "status", "not_sent")

    def test_amount_and_currency_have_to_be_those_of_the_payment_or_empty(self):
        for result in ("paid", "pending"):
            with self.subTest(result):
                self.assert_problem(told(result, amount=Decimal(99)), known(), "amount", "amount_differs")
                self.assert_problem(told(result, currency="USD"), known(), "currency", "currency_differs")
        final = known(state="reconciled", status="paid")
        self.assert_problem(told(amount=Decimal("100.01")), final, "amount", "amount_differs")
        for amount in (None, Decimal(100), Decimal("100.000")):
            self.assertEqual(judge(told(amount=amount, currency="EUR"), known(), NOW), ("apply", []))

    def test_failed_may_say_that_nothing_was_paid_and_paid_may_not(self):
        self.assertEqual(judge(told("failed", amount=Decimal(0)), known(), NOW), ("apply", []))
        self.assert_problem(told(amount=Decimal(0)), known(), "amount", "amount_differs")

    def test_day_lies_between_sending_and_now_anywhere_on_earth(self):
        for day in (date(2026, 5, 5), date(2026, 5, 10), date(2026, 5, 11)):
            self.assertEqual(judge(told(day=day), known(), NOW), ("apply", []))
        self.assert_problem(told(day=date(2026, 5, 12)), known(), "date", "future")
        self.assert_problem(told(day=date(2026, 5, 4)), known(), "date", "before_sent")

    def test_day_of_what_changes_nothing_is_not_looked_at(self):
        final = known(state="reconciled", status="paid")
        self.assertEqual(judge(told(day=date(2020, 1, 1)), final, NOW), ("final", []))

    def test_all_problems_of_a_line_are_named(self):
        wrong = told(amount=Decimal(1), currency="USD", day=date(2030, 1, 1))
        _effect, problems = judge(wrong, known(), NOW)
        self.assertEqual([one.column for one in problems], ["amount", "currency", "date"])

    def test_one_person_is_enough_only_for_what_was_paid_by_file(self):
        for effect in ("apply", "wait", "contradicts"):
            self.assertEqual((get_lot(effect, True), get_lot(effect, False)), ("one", "two"))
        for effect in ("final", "nothing", "error"):
            self.assertEqual(get_lot(effect, True), "")

    def test_end_to_end_id_names_the_payment_in_any_case(self):
        for written in (REFERENCE, REFERENCE.replace("-", ""), REFERENCE.replace("-", "").upper()):
            with self.subTest(written):
                self.assertIn(REFERENCE, get_names(written))
        for written in ("x" * 32, "-" * 40, "", "0" * 33):
            with self.subTest(written):
                self.assertEqual(get_names(written), [written])
