from datetime import timedelta

from psycopg2.errors import ExclusionViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MembershipCase


@tagged("post_install", "-at_install")
class TestGroupMembership(MembershipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yesterday = Datetime.now() - timedelta(days=1)
        cls.tomorrow = Datetime.now() + timedelta(days=1)

    def test_member_twice_is_refused(self):
        self.join(self.group, self.anna)
        with self.assertRaisesRegex(ValidationError, "T Household: Duplication of Member .*T Anna"):
            self.join(self.group, self.anna)

    def test_member_twice_by_change_of_group_is_refused(self):
        self.join(self.group, self.anna)
        other = self.join(self.new_group("T Other"), self.anna)
        with self.assertRaisesRegex(ValidationError, "Duplication of Member"):
            other.group = self.group

    def test_member_who_left_may_come_back(self):
        self.join(self.group, self.anna, start_date="2024-01-01", ended_date=self.yesterday)
        self.assertTrue(self.join(self.group, self.anna).exists())

    def test_member_whose_end_is_to_come_is_still_a_member(self):
        self.join(self.group, self.anna, ended_date=self.tomorrow)
        with self.assertRaisesRegex(ValidationError, "Duplication of Member"):
            self.join(self.group, self.anna)

    def test_database_refuses_a_member_twice(self):
        self.join(self.group, self.anna)
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(ExclusionViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                'INSERT INTO g2p_group_membership ("group", individual) VALUES (%s, %s)',
                (self.group.id, self.anna.id),
            )
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_second_head_is_refused_on_create(self):
        self.join(self.group, self.anna, self.head)
        with self.assertRaisesRegex(ValidationError, "T Household: Only one Head is allowed per group"):
            self.join(self.group, self.ben, self.head)

    def test_second_head_is_refused_on_write(self):
        self.join(self.group, self.anna, self.head)
        member = self.join(self.group, self.ben)
        with self.assertRaisesRegex(ValidationError, "Only one Head"):
            member.kind = self.head

    def test_second_head_is_refused_through_the_group(self):
        self.join(self.group, self.anna, self.head)
        with self.assertRaisesRegex(ValidationError, "Only one Head"):
            self.group.group_membership_ids = [
                Command.create({"individual": self.ben.id, "kind": [Command.link(self.head.id)]})
            ]

    def test_second_head_is_refused_on_import(self):
        result = self.env["g2p.group.membership"].load(
            ["group/.id", "individual/.id", "kind/.id"],
            [
                [str(self.group.id), str(self.anna.id), str(self.head.id)],
                [str(self.group.id), str(self.ben.id), str(self.head.id)],
            ],
        )
        self.assertFalse(result["ids"])
        self.assertIn("Only one Head", str(result["messages"]))

    def test_all_groups_with_two_heads_are_told(self):
        groups = self.group | self.new_group("T Second")
        with self.assertRaises(ValidationError) as caught:
            self.env["g2p.group.membership"].create(
                [
                    {"group": group.id, "individual": person.id, "kind": [Command.link(self.head.id)]}
                    for group in groups
                    for person in (self.anna, self.ben)
                ]
            )
        self.assertIn("T Household", str(caught.exception))
        self.assertIn("T Second", str(caught.exception))

    def test_new_head_may_follow_one_who_left(self):
        first = self.join(self.group, self.anna, self.head)
        first.ended_date = Datetime.now()
        self.join(self.group, self.ben, self.head)
        with self.assertRaisesRegex(ValidationError, "Only one Head"):
            first.ended_date = False

    def test_new_head_may_follow_one_who_was_disabled(self):
        self.join(self.group, self.anna, self.head)
        self.anna.disabled = Datetime.now()
        self.join(self.group, self.ben, self.head)
        with self.assertRaisesRegex(ValidationError, "Only one Head"):
            self.anna.enable_registrant()

    def test_several_groups_with_heads_can_be_written_at_once(self):
        groups = self.env["res.partner"].create([self.new_household(1), self.new_household(2)])
        groups.write({"district": self.env["g2p.district"].create({"name": "T District"}).id})
        groups.action_archive()
        self.assertFalse(any(groups.mapped("active")))

    def test_wrong_sides_are_refused(self):
        contact = self.env["res.partner"].create({"name": "T Contact"})
        with self.assertRaisesRegex(ValidationError, "T Anna is not a group"):
            self.join(self.anna, self.ben)
        for partner in (self.new_group("T Other"), contact):
            with self.subTest(partner.name), self.assertRaisesRegex(ValidationError, "not an individual"):
                self.join(self.group, partner)

    def test_end_before_start_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "End Date cannot be earlier than Start Date"):
            self.join(self.group, self.anna, start_date="2025-02-01", ended_date="2025-01-01")

    def test_end_without_start_is_accepted(self):
        self.assertTrue(self.join(self.group, self.anna, start_date=False, ended_date="2025-01-01").is_ended)

    def test_membership_ends_by_itself(self):
        membership = self.join(self.group, self.anna, ended_date=self.tomorrow)
        self.assertEqual((membership.is_ended, membership.status), (False, "active"))
        self.env.cr.execute(
            "UPDATE g2p_group_membership SET start_date = NULL, ended_date = %s WHERE id = %s",
            (self.yesterday, membership.id),
        )
        membership.invalidate_recordset()
        self.assertEqual((membership.is_ended, membership.status), (True, "inactive"))

    def test_search_by_end(self):
        open_ended = self.join(self.group, self.anna)
        to_end = self.join(self.group, self.ben, ended_date=self.tomorrow)
        ended = self.join(
            self.group, self.new_individual("T Cleo"), start_date="2024-01-01", ended_date=self.yesterday
        )
        cases = [
            ([("is_ended", "=", True)], ended),
            ([("is_ended", "=", False)], open_ended | to_end),
            ([("is_ended", "!=", True)], open_ended | to_end),
            ([("status", "=", "inactive")], ended),
            ([("status", "!=", "inactive")], open_ended | to_end),
            ([("status", "in", ["active", "inactive"])], open_ended | to_end | ended),
        ]
        for domain, expected in cases:
            with self.subTest(domain):
                found = self.env["g2p.group.membership"].search([("group", "=", self.group.id), *domain])
                self.assertEqual(found, expected.sorted("id", reverse=True))

    def test_display_name_is_the_group(self):
        membership = self.join(self.group, self.anna)
        self.assertEqual(membership.display_name, "T Household")
        self.assertIn(membership.id, dict(self.env["g2p.group.membership"].name_search("T Household")))

    def test_form_actions_open_the_partner(self):
        membership = self.join(self.group, self.anna)
        self.assertEqual(membership.open_individual_form()["res_id"], self.anna.id)
        action = membership.open_group_form()
        self.assertEqual(action["res_id"], self.group.id)
        self.assertTrue(action["context"]["default_is_group"])

    def test_group_form_takes_members(self):
        with Form(self.group, "g2p_registry_base.view_groups_form") as form:
            with form.group_membership_ids.new() as line:
                line.individual = self.anna
                line.kind.add(self.head)
        self.assertEqual(self.group._g2p_group_heads(), {self.group.id: self.anna.id})

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_registrar_adds_members_but_does_not_delete(self):
        registrar = self.new_user("t_registrar_member", "group_g2p_registrar")
        memberships = self.env["g2p.group.membership"].with_user(registrar)
        membership = memberships.create({"group": self.group.id, "individual": self.anna.id})
        membership.ended_date = self.tomorrow
        with self.assertRaises(AccessError):
            membership.unlink()

    def test_memberships_of_disabled_registrants_are_hidden(self):
        registrar = self.new_user("t_registrar_hidden", "group_g2p_registrar")
        membership = self.join(self.group, self.anna)
        found = self.env["g2p.group.membership"].with_user(registrar).search
        domain = [("id", "=", membership.id)]
        self.assertTrue(found(domain))
        for partner in (self.anna, self.group):
            with self.subTest(partner.name):
                partner.disabled = Datetime.now()
                self.assertFalse(found(domain))
                partner.enable_registrant()

    def test_memberships_of_another_company_are_hidden(self):
        registrar = self.new_user("t_registrar_company", "group_g2p_registrar")
        other = self.env["res.company"].create({"name": "T Other Company"})
        membership = self.join(self.new_group("T Far", company_id=other.id), self.anna)
        found = self.env["g2p.group.membership"].with_user(registrar).search([("id", "=", membership.id)])
        self.assertFalse(found)

    def test_membership_goes_with_its_group(self):
        membership = self.join(self.group, self.anna, self.head)
        self.group.unlink()
        self.assertFalse(membership.exists())
