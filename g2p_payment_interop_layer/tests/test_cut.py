from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import const
from ..cut import plan
from ..payload import render_disbursement
from ..row_rules import wire_row
from .common import KEY, PIL, SDK, make_client, payment, submission, thorough


@tagged("post_install", "-at_install")
class TestPlan(BaseCase):
    def test_adapter_takes_each_payment_by_itself(self):
        self.assertEqual(plan([payment(1), payment(2)], SDK), [(1,), (2,)])

    def test_layer_takes_as_many_as_the_setting_says(self):
        five = [payment(number) for number in range(1, 6)]
        self.assertEqual(plan(five, replace(PIL, max_batch_size=2)), [(1, 2), (3, 4), (5,)])

    def test_equal_keys_are_never_in_one_disbursement(self):
        same = payment(1).payee_id_value
        payments = [
            payment(1),
            payment(2, payee_id_value=f"+{same}", amount="100"),
            payment(3),
            payment(4, payee_id_value=same, amount="100.0"),
            payment(5, payee_id_value=same, amount="200"),
        ]
        self.assertEqual(plan(payments, PIL), [(1, 3, 5), (2,), (4,)])

    def test_layer_is_cut_at_a_mebibyte(self):
        long = [
            payment(number, payee_id_type="reg_id", payee_id_value=f"{number:04}" + "ж" * 124)
            for number in range(1, 5001)
        ]
        settings = replace(
            PIL, payee_id_type="reg_id", payee_id_type_to_send="ALIAS", max_batch_size=1000, note="ж" * 128
        )
        cut = plan(long, replace(settings, max_batch_size=5000))
        self.assertEqual([len(ids) for ids in cut], [1000] * 5)
        with_limit = const.MAX_BYTES
        try:
            const.MAX_BYTES = 100_000
            cut = plan(long, settings)
        finally:
            const.MAX_BYTES = with_limit
        self.assertEqual([id_ for ids in cut for id_ in ids], list(range(1, 5001)))
        for ids in cut:
            body = render_disbursement("x" * 64, [long[id_ - 1] for id_ in ids], settings).encode()
            self.assertLessEqual(len(body), 100_000)
        self.assertGreater(len(body), 1)

    def test_no_disbursement_of_thousand_long_lines_passes_the_limit(self):
        long = [payment(number, payee_id_value=f"{number:04}" + "𐍈" * 124) for number in range(1, 1001)]
        body = render_disbursement("x" * 64, long, replace(PIL, note="𐍈" * 128))
        self.assertLess(len(body.encode()), const.MAX_BYTES)

    @thorough
    @given(
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["1", "1.0", "2"])), max_size=40),
        st.integers(1, 5),
    )
    def test_every_payment_is_planned_once_and_every_plan_can_be_built(self, drawn, size):
        payments = [
            payment(number, payee_id_value=f"987654321{payee}", amount=amount)
            for number, (payee, amount) in enumerate(drawn, 1)
        ]
        settings = replace(PIL, max_batch_size=size)
        cut = plan(payments, settings)
        self.assertEqual(Counter(id_ for ids in cut for id_ in ids), Counter(range(1, len(payments) + 1)))
        for ids in cut:
            part = [payments[id_ - 1] for id_ in ids]
            self.assertLessEqual(len(part), size)
            self.assertEqual(len({wire_row(one, settings).twin_key for one in part}), len(part))
            make_client(settings).build(submission(key=KEY), part)
