from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..sets import check_rows, set_update
from .common import ProgramCase


@tagged("post_install", "-at_install")
class TestSetRights(ProgramCase):
    """A set is written with the rights of who writes it, checked in one query."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cycle = cls.make_cycle(cls.make_program(5), "prepared")
        cls.entitlements = cls.cycle.entitlement_ids

    def move_to_other_company(self, entitlement):
        other = self.env["res.company"].create({"name": "T Other Company"})
        self.env.cr.execute(
            "UPDATE g2p_entitlement SET company_id = %s WHERE id = %s", (other.id, entitlement.id)
        )
        self.env.invalidate_all()

    def test_own_rows_are_written(self):
        written = set_update(self.as_user(self.officer, self.entitlements), {"transfer_fee": 1.0})
        self.assertEqual(written, 5)
        self.assertEqual(self.entitlements.mapped("transfer_fee"), [1.0] * 5)
        self.assertEqual(self.entitlements.write_uid, self.officer)

    def test_one_row_of_another_company_refuses_all(self):
        self.move_to_other_company(self.entitlements[3])
        with self.assertRaises(AccessError):
            set_update(self.as_user(self.officer, self.entitlements), {"transfer_fee": 1.0})
        self.assertEqual(self.entitlements.sudo().mapped("transfer_fee"), [0.0] * 5)

    def test_the_right_on_the_model_is_needed(self):
        with self.assertRaises(AccessError):
            set_update(self.as_user(self.auditor, self.entitlements), {"transfer_fee": 1.0})
        with self.assertRaises(AccessError):
            set_update(self.as_user(self.nobody, self.entitlements), {"transfer_fee": 1.0})

    def test_rights_cost_one_query_whatever_the_number(self):
        entitlements = self.as_user(self.officer, self.entitlements)
        check_rows(entitlements, "write")  # rules are in the cache from here on
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            check_rows(entitlements, "write")
