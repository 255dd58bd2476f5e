import threading

from psycopg2 import IntegrityError
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ProgramCase


@tagged("post_install", "-at_install")
class TestMoney(ProgramCase):
    def test_an_approval_reserves_amount_and_fee(self):
        program = self.make_program(2, fund=1000.0, transfer_fee_amt=5.0)
        manager = program.get_manager(program.MANAGER_ENTITLEMENT)
        self.make_cycle(program, "prepared")
        self.assertEqual(manager.check_fund_balance(program.id), 1000.0)
        self.make_cycle(program, "approved")
        self.assertEqual(manager.check_fund_balance(program.id), 790.0)
        self.assertEqual(program.fund_balance, 790.0)

    def test_a_fund_that_is_too_small_approves_nothing_and_says_the_sums(self):
        program = self.make_program(3, fund=250.0)
        cycle = self.make_cycle(program, "to_approve").with_user(self.approver)
        cycle.approve()
        action = cycle.validate_entitlement()
        self.assertEqual(action["params"]["type"], "danger")
        for amount in ("250", "300", "50"):
            self.assertIn(amount, action["params"]["message"])
        self.assertEqual(set(cycle.entitlement_ids.mapped("state")), {"pending_validation"})
        self.make_fund(program, 50.0)
        self.assertEqual(cycle.validate_entitlement()["params"]["type"], "success")

    def test_approve_entitlements_returns_an_error_and_a_message(self):
        program = self.make_program(2, fund=100.0)
        cycle = self.make_cycle(program, "to_approve").with_user(self.approver)
        cycle.approve()
        manager = program.get_manager(program.MANAGER_ENTITLEMENT).with_user(self.approver)
        err, message = manager.approve_entitlements(cycle.entitlement_ids)
        self.assertEqual((err, bool(message)), (2, True))
        self.assertEqual(manager.approve_entitlements(cycle.entitlement_ids[0]), (0, ""))
        self.assertEqual(manager.approve_entitlements(cycle.entitlement_ids[0])[0], 1)

    def test_what_cannot_be_approved_is_named_and_the_rest_is_approved(self):
        cycle = self.make_cycle(self.make_program(3, fund=300.0), "to_approve")
        cycle.with_user(self.approver).approve()
        first, second, third = cycle.entitlement_ids
        first.partner_id.sudo().disabled = "2020-01-01"
        cycle.program_id.get_beneficiaries().filtered(
            lambda m: m.partner_id == second.partner_id
        ).action_pause()
        action = cycle.with_user(self.approver).validate_entitlement()
        self.assertIn(first.partner_id.name, action["params"]["message"])
        self.assertIn(second.partner_id.name, action["params"]["message"])
        self.assertEqual([e.state for e in (first, second, third)], ["pending_validation"] * 2 + ["approved"])

    def test_an_entitlement_of_a_draft_cycle_is_not_approved(self):
        cycle = self.make_cycle(self.make_program(1, fund=100.0), "prepared")
        action = cycle.entitlement_ids.with_user(self.approver).approve_entitlement()
        self.assertIn("its cycle is not approved", action["params"]["message"])
        self.assertEqual(cycle.entitlement_ids.state, "draft")

    def test_cancelling_gives_the_money_back(self):
        program = self.make_program(1, fund=100.0)
        cycle = self.make_cycle(program, "approved")
        self.assertEqual(program.fund_balance, 0.0)
        cycle.mark_cancelled()
        program.invalidate_recordset(["fund_balance"])
        self.assertEqual(program.fund_balance, 100.0)

    def test_expiring_gives_the_money_back_and_keeps_the_ern(self):
        program = self.make_program(1, fund=100.0)
        owed = self.make_cycle(program, "approved").entitlement_ids
        ern = owed.ern
        owed.sudo()._guarded_write({"valid_from": "2020-01-01", "valid_until": "2020-01-31"})
        self.env["g2p.entitlement"]._gc_mark_expired_entitlement()
        self.assertEqual((owed.state, owed.ern), ("expired", ern))
        self.assertEqual(program.fund_balance, 100.0)

    def test_erns_are_all_different(self):
        make = self.env["g2p.entitlement"]._make_ern
        erns = {make(id_) for id_ in range(1, 20001)} | {make(2**31 - 1 - id_) for id_ in range(20000)}
        self.assertEqual(len(erns), 40000)
        self.assertEqual({len(ern) for ern in erns}, {10})

    def test_bad_amounts_block_only_their_rows_and_are_listed_together(self):
        program = self.make_program(4)
        cycle = self.make_cycle(program)
        partners = cycle.cycle_membership_ids.partner_id
        amounts = dict(zip(partners.ids, (0.0, -5.0, 10.001, 10.0), strict=True))
        manager = program.get_manager(program.MANAGER_ENTITLEMENT)
        self.patch(type(manager), "_calculate_amount", lambda self, partner, count: amounts[partner.id])
        action = cycle.prepare_entitlement()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual(cycle.entitlement_ids.partner_id, partners[3])
        body = cycle.message_ids.filtered(lambda m: "have no entitlement" in m.body).body
        for partner in partners[:3]:
            self.assertIn(partner.name, body)
        self.assertIn("more digits", body)

    def test_an_amount_with_more_digits_than_the_currency_is_refused_by_hand_too(self):
        cycle = self.make_cycle(self.make_program(1), "prepared")
        with self.assertRaisesRegex(ValidationError, "more than zero"):
            cycle.entitlement_ids.initial_amount = 0.0

    def test_amounts_are_exact(self):
        program = self.make_program(3, amount_per_cycle=0.1, fund=0.3)
        cycle = self.make_cycle(program, "approved")
        self.assertEqual(set(cycle.entitlement_ids.mapped("state")), {"approved"})
        self.assertEqual(program.get_manager(program.MANAGER_ENTITLEMENT).check_fund_balance(program.id), 0.0)

    def test_the_database_refuses_a_second_live_entitlement(self):
        cycle = self.make_cycle(self.make_program(1), "prepared")
        values = {
            "cycle_id": cycle.id,
            "partner_id": cycle.entitlement_ids.partner_id.id,
            "initial_amount": 1.0,
        }
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            cycle.env["g2p.entitlement"].create(values)

    def test_an_entitlement_by_hand_is_for_an_enrolled_member_of_a_draft_cycle(self):
        cycle = self.make_cycle(self.make_program(1))
        stranger = self.make_registrants(1)
        entitlements = cycle.env["g2p.entitlement"]
        with self.assertRaisesRegex(ValidationError, "Only members enrolled"):
            entitlements.create({"cycle_id": cycle.id, "partner_id": stranger.id, "initial_amount": 1.0})
        partner = cycle.cycle_membership_ids.partner_id
        owed = entitlements.create({"cycle_id": cycle.id, "partner_id": partner.id, "initial_amount": 1.0})
        self.assertEqual((owed.state, owed.currency_id), ("draft", cycle.currency_id))
        cycle.to_approve()
        with self.assertRaisesRegex(UserError, "draft"):
            owed.initial_amount = 1000.0

    def test_guarded_fields_are_refused_for_everybody(self):
        cycle = self.make_cycle(self.make_program(1), "prepared")
        owed = cycle.entitlement_ids
        attempts = (
            (cycle, {"state": "approved"}),
            (cycle, {"approved_by": self.officer.id}),
            (cycle, {"prepared_by": self.approver.id}),
            (cycle, {"locked": True}),
            (owed, {"state": "approved"}),
            (owed, {"ern": "1234567890"}),
            (owed, {"currency_id": self.env.ref("base.KES").id}),
            (owed, {"prepared_by": self.approver.id}),
            (cycle.program_id, {"state": "ended"}),
            (cycle.program_id.program_membership_ids, {"state": "enrolled"}),
            (cycle.cycle_membership_ids, {"state": "enrolled"}),
            (cycle, {"entitlement_ids": [(1, owed.id, {"state": "approved"})]}),
        )
        for user in (self.officer, self.env.user):
            for records, values in attempts:
                with self.subTest(user=user.login, values=values), self.assertRaises(UserError):
                    records.with_user(user).write(values)
        with self.assertRaises(UserError):
            self.env["g2p.program.fund"].create(
                {"program_id": cycle.program_id.id, "amount": 1, "state": "posted"}
            )

    def test_copies_begin_as_drafts(self):
        program = self.make_program(1, fund=100.0)
        cycle = self.make_cycle(program, "approved")
        copy = cycle.copy({"name": "T Copy"})
        self.assertEqual((copy.state, copy.approved_by.ids, copy.prepared_by), ("draft", [], self.officer))

    def test_the_currency_under_money_stays(self):
        program = self.make_program(1, fund=100.0)
        kes = self.env.ref("base.KES")
        kes.active = True
        other = self.make_program(name="T Other", currency_id=kes.id)
        with self.assertRaisesRegex(UserError, "currency"):
            program.journal_id = other.journal_id

    def test_the_currency_of_the_journal_under_money_stays(self):
        program = self.make_program(1, fund=100.0)
        kes = self.env.ref("base.KES")
        kes.active = True
        with self.assertRaisesRegex(UserError, "currency"):
            program.journal_id.sudo().currency_id = kes

    def test_a_program_in_another_currency_owes_in_it(self):
        kes = self.env.ref("base.KES")
        kes.active = True
        program = self.make_program(1, fund=100.0, currency_id=kes.id)
        cycle = self.make_cycle(program, "approved")
        self.assertEqual((cycle.currency_id, cycle.entitlement_ids.currency_id), (kes, kes))
        self.assertEqual(cycle.entitlement_ids.state, "approved")

    # ---- funds ----
    def test_only_finance_posts_funds(self):
        program = self.make_program()
        fund = (
            self.env["g2p.program.fund"]
            .with_user(self.officer)
            .create({"program_id": program.id, "amount": 10.0})
        )
        with self.assertRaises(AccessError):
            fund.post_fund()
        fund.with_user(self.finance).post_fund()
        self.assertEqual((fund.state, fund.date_posted), ("posted", self.today))
        self.assertRegex(fund.name, r"^PF-\d{4}-\d{6}$")

    def test_all_selected_funds_are_posted(self):
        program = self.make_program()
        values = [{"program_id": program.id, "amount": amount} for amount in (1.0, 2.0)]
        funds = self.env["g2p.program.fund"].with_user(self.finance).create(values)
        funds.post_fund()
        self.assertEqual(funds.mapped("state"), ["posted", "posted"])
        self.assertEqual(program.fund_balance, 3.0)

    def test_a_posted_fund_stays(self):
        fund = self.make_fund(self.make_program(), 10.0)
        with self.assertRaisesRegex(UserError, "stay as they are"):
            fund.amount = 1000.0
        with self.assertRaisesRegex(ValidationError, "cannot be deleted"):
            fund.with_user(self.g2padmin).unlink()
        self.assertEqual(fund.post_fund()["params"]["type"], "danger")
        self.assertEqual(fund.reset_draft()["params"]["type"], "danger")

    def test_a_fund_of_nothing_is_refused(self):
        for amount in (0.0, -5.0):
            with self.subTest(amount), self.assertRaises(ValidationError):
                self.make_fund(self.make_program(), amount)


@tagged("post_install", "-at_install")
class TestFundClaim(ProgramCase):
    """Of two transactions that promise money of one fund, the second has to start again."""

    def test_a_second_approval_sees_the_first_one_or_starts_again(self):
        registry = self.registry
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            program_id = env["g2p.program"].create({"name": "T Claimed"}).id
        try:
            with registry.cursor() as first, registry.cursor() as second:
                one = api.Environment(first, SUPERUSER_ID, {})["g2p.program"].browse(program_id)
                two = api.Environment(second, SUPERUSER_ID, {})["g2p.program"].browse(program_id)
                two.read(["name"])  # its snapshot is taken now
                one._claim_fund()
                timer = threading.Timer(0.2, first.commit)
                timer.start()
                with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                    two._claim_fund()
                timer.join()
                second.rollback()
        finally:
            with registry.cursor() as cr:
                api.Environment(cr, SUPERUSER_ID, {})["g2p.program"].browse(program_id).unlink()
