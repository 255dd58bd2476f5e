from odoo.tests import tagged

from .common import RegistryCase


@tagged("post_install", "-at_install")
class TestSetBased(RegistryCase):
    """Our own part of creating registrants costs the same number of queries for any number."""

    def create_nested(self, first, count):
        vals_list = [self.prepare_nested_vals(first + number) for number in range(count)]
        for vals in vals_list:
            # Odoo's accounting searches and writes a message for each bank account.
            del vals["bank_ids"]
        return self.env["res.partner"].create(vals_list)

    def test_nested_creation_needs_no_query_per_row(self):
        self.national_id.unique_value = True
        self.env["ir.config_parameter"].set_param("g2p_registry.phone_regex", r"\d{10}")
        self.create_nested(0, 2)
        few = self.count_queries(self.create_nested, 100, 20)
        many = self.count_queries(self.create_nested, 1000, 200)
        # Odoo itself cuts inserts and updates into slices.
        self.assertLess(many - few, 30, f"{few} queries for 20 registrants, {many} for 200")

    def test_creating_plain_contacts_costs_the_same(self):
        def create(count):
            self.env["res.partner"].create([{"name": f"T Contact {number}"} for number in range(count)])

        create(2)
        few, many = self.count_queries(create, 20), self.count_queries(create, 200)
        self.assertLess(many - few, 20)

    def test_disabling_many_numbers_needs_no_query_per_row(self):
        numbers = self.create_nested(0, 220).phone_number_ids
        few = self.count_queries(numbers[:20].disable_phone)
        many = self.count_queries(numbers[20:].disable_phone)
        self.assertLess(many - few, 20, f"{few} queries for 20 numbers, {many} for 200")
