from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import RegistryCase


@tagged("post_install", "-at_install")
class TestRegRel(RegistryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.new_group()
        cls.anna, cls.ben = cls.new_individual("T Anna"), cls.new_individual("T Ben")
        cls.neighbour = cls.env["g2p.relationship"].create(
            {
                "name": "T Neighbour",
                "name_inverse": "T Neighbour",
                "source_type": "i",
                "destination_type": "i",
            }
        )

    def new_relation(self, source, destination, **vals):
        return self.env["g2p.reg.rel"].create(
            {
                "source": source.id,
                "destination": destination.id,
                "relation": self.neighbour.id,
                **vals,
            }
        )

    def test_display_name_names_both(self):
        self.assertEqual(self.new_relation(self.anna, self.ben).display_name, "T Anna / T Ben")

    def test_relation_to_oneself_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "cannot be the same"):
            self.new_relation(self.anna, self.anna)

    def test_end_before_start_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "starting date cannot be after"):
            self.new_relation(self.anna, self.ben, start_date="2025-02-01", end_date="2025-01-01")

    def test_wrong_kind_of_registrant_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "not applicable for this relation type: T Household"):
            self.new_relation(self.anna, self.group)

    def test_overlapping_relation_is_refused(self):
        self.new_relation(self.anna, self.ben, end_date="2025-06-30")
        with self.assertRaisesRegex(ValidationError, "overlapping dates"):
            self.new_relation(self.anna, self.ben, start_date="2025-06-01")

    def test_following_relation_is_accepted(self):
        self.new_relation(self.anna, self.ben, end_date="2025-06-30")
        self.assertTrue(self.new_relation(self.anna, self.ben, start_date="2025-07-01").exists())

    def test_disabled_relation_makes_room_and_cannot_come_back(self):
        first = self.new_relation(self.anna, self.ben)
        first.disable_relationship()
        self.assertEqual(first.disabled_by, self.env.user)
        self.new_relation(self.anna, self.ben)
        with self.assertRaisesRegex(ValidationError, "overlapping dates"):
            first.enable_relationship()

    def test_all_errors_are_told(self):
        with self.assertRaises(ValidationError) as caught:
            self.env["g2p.reg.rel"].create(
                [
                    {"source": self.anna.id, "destination": self.anna.id},
                    {"source": self.ben.id, "destination": self.ben.id},
                ]
            )
        self.assertIn("T Anna / T Anna", str(caught.exception))
        self.assertIn("T Ben / T Ben", str(caught.exception))

    def test_form_actions_open_the_right_form(self):
        relation = self.new_relation(self.anna, self.ben)
        individual_form = self.env.ref("g2p_registry_base.view_individuals_form").id
        first, second = relation.open_relationship1_form(), relation.open_relationship2_form()
        self.assertEqual((first["res_id"], first["views"]), (self.anna.id, [(individual_form, "form")]))
        self.assertEqual((second["res_id"], second["name"]), (self.ben.id, "Other Related Registrant"))
