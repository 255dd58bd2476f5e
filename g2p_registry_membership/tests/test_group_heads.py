from datetime import timedelta

from odoo.fields import Datetime
from odoo.tests import tagged
from odoo.tools import SQL

from .common import MembershipCase


@tagged("post_install", "-at_install")
class TestGroupHeads(MembershipCase):
    def test_head_is_found(self):
        self.join(self.group, self.ben)
        self.join(self.group, self.anna, self.spouse, self.head)
        self.assertEqual(self.group._g2p_group_heads(), {self.group.id: self.anna.id})

    def test_head_counts_only_while_in_force(self):
        now = Datetime.now()
        cases = {
            "ended": {"ended_date": now, "start_date": now - timedelta(days=5)},
            "not begun": {"start_date": now + timedelta(days=2)},
        }
        for title, vals in cases.items():
            with self.subTest(title):
                group = self.new_group(f"T {title}")
                self.join(group, self.anna, self.head, **vals)
                self.assertEqual(group._g2p_group_heads(), {})
                self.assertEqual(group._g2p_member_counts(), {group.id: 0})

    def test_head_who_leaves_later_still_counts(self):
        self.join(self.group, self.anna, self.head, ended_date=Datetime.now() + timedelta(days=1))
        self.assertEqual(self.group._g2p_group_heads(), {self.group.id: self.anna.id})

    def test_disabled_and_archived_members_do_not_count(self):
        self.join(self.group, self.anna, self.head)
        self.join(self.group, self.ben)
        self.anna.disabled = Datetime.now()
        self.assertEqual(self.group._g2p_group_heads(), {})
        self.assertEqual(self.group._g2p_member_counts(), {self.group.id: 1})
        self.ben.active = False
        self.assertEqual(self.group._g2p_member_counts(), {self.group.id: 0})

    def test_member_with_two_kinds_counts_once(self):
        self.join(self.group, self.anna, self.head, self.spouse)
        self.assertEqual(self.group._g2p_member_counts(), {self.group.id: 1})

    def test_member_who_came_back_counts_once(self):
        self.join(self.group, self.anna, start_date="2024-01-01", ended_date="2024-06-01")
        self.join(self.group, self.anna)
        self.assertEqual(self.group._g2p_member_counts(), {self.group.id: 1})

    def test_no_groups_give_no_answer(self):
        nobody = self.env["res.partner"]
        self.assertEqual((nobody._g2p_group_heads(), nobody._g2p_member_counts()), ({}, {}))

    def test_one_query_for_any_number_of_groups(self):
        groups = self.env["res.partner"].create([self.new_household(number) for number in range(30)])
        for few, many in ((groups[:2], groups),):
            self.env.flush_all()
            few._g2p_group_heads()
            with self.assertQueryCount(1):
                heads = many._g2p_group_heads()
            with self.assertQueryCount(1):
                counts = many._g2p_member_counts()
        self.assertEqual(len(heads), 30)
        self.assertEqual(set(counts.values()), {3})

    def test_unsaved_changes_are_seen(self):
        membership = self.join(self.group, self.anna, self.head)
        self.assertTrue(self.group._g2p_group_heads())
        membership.ended_date = Datetime.now()
        self.assertFalse(self.group._g2p_group_heads())

    def test_queries_can_be_joined(self):
        groups = self.env["res.partner"].create([self.new_household(number) for number in range(2)])
        self.join(self.group, self.anna)
        partners = self.env["res.partner"]
        rows = self.env.execute_query(
            SQL(
                "SELECT g.id, head.individual_id, members.n FROM res_partner g"
                " LEFT JOIN (%s) head ON head.group_id = g.id"
                " LEFT JOIN (%s) members ON members.group_id = g.id WHERE g.id IN %s",
                partners._g2p_group_heads_sql(),
                partners._g2p_member_counts_sql(),
                tuple((groups | self.group).ids),
            )
        )
        expected = [(self.group.id, None, 1)]
        expected += [
            (group.id, group.group_membership_ids.sorted("id")[0].individual.id, 3) for group in groups
        ]
        self.assertEqual(sorted(rows), sorted(expected))

    def test_queries_can_be_limited_to_a_query(self):
        self.join(self.group, self.anna, self.head)
        self.join(self.new_group("T Other"), self.ben, self.head)
        only = SQL("SELECT id FROM res_partner WHERE id = %s", self.group.id)
        partners = self.env["res.partner"]
        self.assertEqual(
            self.env.execute_query(partners._g2p_group_heads_sql(only)), [(self.group.id, self.anna.id)]
        )
        self.assertEqual(self.env.execute_query(partners._g2p_member_counts_sql(only)), [(self.group.id, 1)])
