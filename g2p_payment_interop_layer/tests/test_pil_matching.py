from decimal import Decimal
from itertools import permutations

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import RowResult

from .common import make_client, payment, result, results, submission

SENT = submission(payment(1), payment(2), payment(3))
PAID, FAILED, PENDING = RowResult.PAID, RowResult.FAILED, RowResult.PENDING


def read(*told, sent=SENT, **changes):
    return make_client(**changes).read_submission(results(*told), sent)


def brief(outcome):
    return [(row.reference, row.result) for row in outcome.rows]


@tagged("post_install", "-at_install")
class TestMatching(BaseCase):
    def test_order_means_nothing(self):
        """Upstream fault 5: results were matched by position."""
        told = [result(1), result(2, "REJECTED"), result(3, "PENDING")]
        for order in permutations(told):
            outcome = read(*order)
            self.assertEqual(brief(outcome), [("PAY-1", PAID), ("PAY-2", FAILED), ("PAY-3", PENDING)])
            self.assertEqual(outcome.code, "")

    def test_short_answer_leaves_the_others_open(self):
        outcome = read(result(2))
        self.assertEqual((brief(outcome), outcome.code), ([("PAY-2", PAID)], "rows.missing"))
        self.assertEqual((read().rows, read().code), ((), "rows.missing"))

    def test_foreign_results_settle_nothing_and_are_told(self):
        for foreign in (
            result(9),
            result(1, payeeIdType="ALIAS"),
            {},
            None,
            5,
            "x",
            result(1, payeeIdValue=7),
        ):
            with self.subTest(foreign):
                outcome = read(result(1), result(2), result(3), foreign)
                self.assertEqual(len(outcome.rows), 3)
                self.assertEqual(outcome.code, "rows.foreign")

    def test_equal_results_of_one_line_count_once(self):
        outcome = read(result(1), result(1), result(2), result(3))
        self.assertEqual(brief(outcome), [("PAY-1", PAID), ("PAY-2", PAID), ("PAY-3", PAID)])
        self.assertEqual(outcome.code, "rows.repeated")

    def test_different_results_of_one_line_are_a_quarrel(self):
        for other in ("REJECTED", "ABORTED", "PENDING"):
            with self.subTest(other):
                outcome = read(result(1), result(1, other), result(2), result(3))
                first, second = outcome.rows[:2]
                self.assertEqual((first.reference, second.reference), ("PAY-1", "PAY-1"))
                self.assertNotEqual(first.result, second.result)

    def test_same_payee_with_two_amounts_is_two_lines(self):
        same = payment(1).payee_id_value
        sent = submission(payment(1), payment(2, payee_id_value=same, amount="777.00"))
        told = [result(1, "REJECTED", amount="777"), result(1)]
        self.assertEqual(brief(read(*told, sent=sent)), [("PAY-1", PAID), ("PAY-2", FAILED)])

    def test_amounts_are_matched_by_value(self):
        for amount in ("100", "100.00", 100):
            with self.subTest(amount):
                self.assertEqual(brief(read(result(2, amount=amount)))[0], ("PAY-2", PAID))

    def test_other_amount_of_a_payees_only_line_goes_to_the_engine(self):
        (row,) = read(result(1, amount="250")).rows
        self.assertEqual((row.reference, row.result, row.amount), ("PAY-1", PAID, Decimal(250)))
        (row,) = read(result(1, currency="USD")).rows
        self.assertEqual((row.result, row.currency), (PAID, "USD"))

    def test_other_amount_never_fails_a_payment(self):
        for fields in ({"amount": "250"}, {"currency": "USD"}):
            (row,) = read(result(1, "REJECTED", **fields)).rows
            self.assertEqual((row.result, row.code), (PENDING, "other.amount"))

    def test_other_amount_that_can_be_meant_by_two_lines_settles_neither(self):
        same = payment(1).payee_id_value
        sent = submission(payment(1), payment(2, payee_id_value=same, amount="777"))
        outcome = read(result(1, amount="250"), sent=sent)
        self.assertEqual((outcome.rows, outcome.code), ((), "rows.missing rows.foreign"))
        outcome = read(result(1, amount="250"), result(1), sent=sent)
        self.assertEqual(
            [(row.reference, row.amount) for row in outcome.rows], [("PAY-1", None), ("PAY-2", 250)]
        )

    def test_missing_amount_is_matched_where_the_payee_has_one_line(self):
        (row,) = read(result(1, amount=None, currency=None)).rows
        self.assertEqual((row.reference, row.result, row.amount, row.currency), ("PAY-1", PAID, None, None))
        same = payment(1).payee_id_value
        sent = submission(payment(1), payment(2, payee_id_value=same, amount="777"))
        self.assertEqual(read(result(1, amount=None), sent=sent).rows, ())

    def test_credited_amount_is_what_was_paid(self):
        (row,) = read(result(1, amountCredited="99.5")).rows
        self.assertEqual(row.amount, Decimal("99.5"))
        (row,) = read(result(1)).rows
        self.assertIsNone(row.amount)

    def test_unreadable_amount_settles_nothing(self):
        for fields in ({"amount": "abc"}, {"amountCredited": "-1"}, {"currency": "rupees"}, {"amount": [1]}):
            for word in ("COMPLETED", "REJECTED"):
                with self.subTest(word=word, **fields):
                    (row,) = read(result(1, word, **fields)).rows
                    self.assertEqual((row.result, row.code), (PENDING, "unreadable.amount"))

    def test_unknown_members_are_ignored(self):
        (row,) = read(result(1, externalId="x", payeeList=[])).rows
        self.assertEqual(row.result, PAID)
