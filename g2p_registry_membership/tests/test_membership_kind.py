from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import MembershipCase


@tagged("post_install", "-at_install")
class TestMembershipKind(MembershipCase):
    def test_head_cannot_be_changed(self):
        with self.assertRaisesRegex(UserError, "Can't edit default kinds: Head"):
            (self.spouse | self.head).write({"name": "T Chief"})

    def test_head_cannot_be_deleted_along_with_others(self):
        for kinds in (self.head, self.spouse | self.head, self.head | self.spouse):
            with self.subTest(kinds.mapped("name")):
                with self.assertRaisesRegex(UserError, "Can't delete default kinds: Head"):
                    kinds.unlink()

    def test_own_kinds_can_be_changed_and_deleted(self):
        admin = self.new_user("t_kind_admin", "group_g2p_admin")
        kind = self.spouse.with_user(admin)
        kind.name = "T Partner"
        kind.unlink()
        self.assertFalse(self.spouse.exists())

    def test_kind_with_two_external_ids_can_be_changed(self):
        for number in range(2):
            self.env["ir.model.data"].create(
                {
                    "module": "t_module",
                    "name": f"t_kind_{number}",
                    "model": self.spouse._name,
                    "res_id": self.spouse.id,
                }
            )
        self.spouse.name = "T Partner"
        self.assertEqual(self.spouse.name, "T Partner")

    def test_names_are_unique(self):
        with self.assertRaisesRegex(ValidationError, '"Head" already exists'):
            self.env["g2p.group.membership.kind"].create({"name": "head"})

    def test_kind_cannot_become_unique_while_held_twice(self):
        self.join(self.group, self.anna, self.spouse)
        self.join(self.group, self.ben, self.spouse)
        with self.assertRaisesRegex(ValidationError, "T Household: Only one T Spouse"):
            self.spouse.is_unique = True

    def test_kind_can_become_unique_while_held_once_per_group(self):
        self.join(self.group, self.anna, self.spouse)
        self.join(self.new_group("T Other"), self.ben, self.spouse)
        self.spouse.is_unique = True
        with self.assertRaisesRegex(ValidationError, "Only one T Spouse"):
            self.join(self.group, self.new_individual("T Cleo"), self.spouse)
