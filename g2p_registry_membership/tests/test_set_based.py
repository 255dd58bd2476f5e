from odoo.tests import tagged

from .common import MembershipCase


@tagged("post_install", "-at_install")
class TestSetBased(MembershipCase):
    def test_households_with_members_need_no_query_per_row(self):
        few_vals = [self.new_household(number) for number in range(20)]
        many_vals = [self.new_household(number) for number in range(100, 300)]
        self.env["res.partner"].create([self.new_household(1000)])
        few = self.count_queries(self.env["res.partner"].create, few_vals)
        many = self.count_queries(self.env["res.partner"].create, many_vals)
        # Odoo itself cuts inserts and updates into slices.
        self.assertLess(many - few, 30, f"{few} queries for 20 households, {many} for 200")

    def test_enabling_members_needs_no_query_per_row(self):
        groups = self.env["res.partner"].create([self.new_household(number) for number in range(75)])
        members = groups.group_membership_ids.individual
        few = self.count_queries(members[:20].write, {"disabled": False})
        many = self.count_queries(members[20:].write, {"disabled": False})
        self.assertLess(many - few, 20, f"{few} queries for 20 members, {many} for 205")
