from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..cut import plan
from ..payload import render
from ..row_rules import find_twins
from .common import payment, settings, thorough


@tagged("post_install", "-at_install")
class TestPlan(BaseCase):
    def test_nothing_makes_no_submission(self):
        self.assertEqual(plan([], settings()), [])

    def test_small_batches_are_one_submission_in_their_order(self):
        self.assertEqual(plan([payment(3), payment(1), payment(2)], settings()), [(3, 1, 2)])

    def test_batches_are_cut_by_rows(self):
        payments = [payment(number) for number in range(1, 8)]
        self.assertEqual(plan(payments, settings(max_batch_size=3)), [(1, 2, 3), (4, 5, 6), (7,)])

    def test_batches_are_cut_by_bytes(self):
        payments = [payment(number) for number in range(1, 41)]
        limited = settings(max_batch_bytes=1500)
        parts = plan(payments, limited)
        self.assertGreater(len(parts), 2)
        by_id = {one.id: one for one in payments}
        for part in parts:
            self.assertLessEqual(len(render([by_id[id_] for id_ in part], limited)), 1500)
        self.assertEqual([id_ for part in parts for id_ in part], [one.id for one in payments])

    def test_500_rows_of_the_usual_size_can_be_too_many_bytes(self):
        wide = settings(note="x" * 120)
        parts = plan([payment(number, reference=f"{number:036}") for number in range(1, 501)], wide)
        self.assertGreater(len(parts), 1)

    def test_twins_are_in_different_submissions(self):
        same = "500210004417"
        payments = [payment(number, payee_id_value=same) for number in (1, 2, 3)] + [payment(4)]
        self.assertEqual(plan(payments, settings()), [(1, 4), (2,), (3,)])

    def test_row_that_is_too_large_alone_stays_alone(self):
        self.assertEqual(plan([payment(1), payment(2)], settings(max_batch_bytes=10)), [(1,), (2,)])

    @thorough
    @given(
        st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["10.00", "20.00"])), max_size=40),
        st.integers(1, 9),
        st.integers(300, 1200),
        st.sampled_from(["CSV", "RAW"]),
    )
    def test_every_payment_is_sent_once_and_no_file_breaks_a_limit(self, drawn, rows, size, kind):
        limited = settings(max_batch_size=rows, max_batch_bytes=size, batch_type_header=kind)
        payments = [
            payment(number, payee_id_value=f"50021000{payee:04}", amount=amount)
            for number, (payee, amount) in enumerate(drawn, 1)
        ]
        by_id = {one.id: one for one in payments}
        parts = plan(payments, limited)
        self.assertEqual(sorted(id_ for part in parts for id_ in part), sorted(by_id))
        for part in parts:
            of_part = [by_id[id_] for id_ in part]
            self.assertEqual(find_twins(of_part, limited), set())
            self.assertLessEqual(len(part), rows)
            if len(part) > 1:
                self.assertLessEqual(len(render(of_part, limited)), size)
