from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import ProgramCase


@tagged("post_install", "-at_install")
class TestCycleOfWork(ProgramCase):
    """The whole way from an empty database to approved entitlements, by the people who do it."""

    def test_wizard_makes_a_program_that_can_work(self):
        program = self.make_program(2, name="T Winter Aid")
        self.assertEqual(program.state, "active")
        self.assertTrue(program.journal_id.currency_id)
        self.assertTrue(program.journal_id.default_account_id)
        self.assertTrue(program.expense_account_id and program.fee_account_id and program.clearing_account_id)
        for name in ("eligibility", "cycle", "program", "entitlement"):
            self.assertEqual(len(program[f"{name}_managers"]), 1, name)
        self.assertEqual(program.beneficiaries_count, 2)

    def test_two_programs_of_one_name_get_journals_of_their_own(self):
        first, second = self.make_program(name="T Twin"), self.make_program(name="T Twin")
        self.assertNotEqual(first.journal_id, second.journal_id)
        self.assertEqual(first.expense_account_id, second.expense_account_id)

    def test_wizard_refuses_amounts_of_zero(self):
        with self.assertRaisesRegex(UserError, "amount per cycle"):
            self.make_program(amount_per_cycle=0.0)

    def test_wizard_imports_the_eligible_as_enrolled(self):
        people = self.make_registrants(3, name="T Import")
        people[0].disabled = "2020-01-01"
        domain = str([("id", "in", people.ids)])
        program = self.make_program(eligibility_domain=domain, import_beneficiaries="yes")
        self.assertEqual(program.get_beneficiaries("enrolled").partner_id, people[1:])
        self.assertTrue(all(program.program_membership_ids.mapped("enrollment_date")))

    def test_enrolling_takes_the_eligible_and_marks_the_others(self):
        people = self.make_registrants(3)
        domain = str([("id", "in", people[:2].ids)])
        program = self.make_program(people, enroll=False, eligibility_domain=domain)
        action = program.enroll_eligible_registrants()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual(program.get_beneficiaries("enrolled").partner_id, people[:2])
        self.assertEqual(program.get_beneficiaries("not_eligible").partner_id, people[2])

    def test_enrolling_leaves_paused_and_exited_members_alone(self):
        program = self.make_program(3)
        members = program.get_beneficiaries(order="id")
        members[0].action_pause()
        members[1].action_exit()
        members[2].state = "draft"
        program.enroll_eligible_registrants()
        self.assertEqual(members.mapped("state"), ["paused", "exited", "enrolled"])

    def test_enrollment_date_is_kept_when_enrolled_again(self):
        program = self.make_program(1)
        member = program.program_membership_ids
        member._guarded_write({"enrollment_date": "2020-01-01 00:00:00"})
        program.enroll_eligible_registrants()
        self.assertEqual(str(member.enrollment_date), "2020-01-01 00:00:00")

    def test_verifying_marks_who_is_not_eligible_any_more(self):
        program = self.make_program(2)
        manager = program.get_managers(program.MANAGER_ELIGIBILITY)[0]
        first = program.get_beneficiaries(order="id")[0]
        manager.eligibility_domain = str([("id", "=", first.partner_id.id)])
        program.verify_eligibility()
        self.assertEqual(program.get_beneficiaries("not_eligible", count=True), 1)
        self.assertEqual(first.state, "enrolled")

    def test_new_cycle_has_the_enrolled_members_only(self):
        program = self.make_program(3)
        program.program_membership_ids[0].action_pause()
        cycle = self.make_cycle(program)
        self.assertEqual(cycle.members_count, 2)
        self.assertEqual(cycle.name, "Cycle 1")
        self.assertEqual(set(cycle.cycle_membership_ids.mapped("state")), {"enrolled"})

    def test_next_cycle_begins_the_day_after_the_last_one(self):
        program = self.make_program(1)
        first, second = self.make_cycle(program), self.make_cycle(program)
        self.assertEqual((second.start_date - first.end_date).days, 1)
        self.assertEqual(second.sequence, 2)

    def test_a_renamed_cycle_does_not_stand_in_the_way_of_the_next(self):
        program = self.make_program(1)
        self.make_cycle(program).name = "Cycle 2"
        self.assertEqual(self.make_cycle(program).name, "Cycle 2 (2)")

    def test_start_date_can_be_edited_in_the_form(self):
        cycle = self.make_cycle(self.make_program(1))
        with Form(cycle, "g2p_programs.view_cycle_form") as form:
            form.start_date = "2030-01-01"
        self.assertEqual(str(cycle.end_date), "2030-01-31")

    def test_copying_twice_adds_nobody_twice(self):
        cycle = self.make_cycle(self.make_program(2))
        cycle.copy_beneficiaries_from_program()
        self.assertEqual(cycle.members_count, 2)

    def test_checking_a_cycle_touches_that_cycle_only(self):
        program = self.make_program(2)
        first, second = self.make_cycle(program), self.make_cycle(program)
        outside = first.cycle_membership_ids[0]
        outside.state = "exited"
        second.check_eligibility()
        self.assertEqual(outside.state, "exited")

    def test_checking_cancels_what_the_not_eligible_were_owed(self):
        cycle = self.make_cycle(self.make_program(2), "prepared")
        member = cycle.program_id.program_membership_ids[0]
        member.action_pause()
        cycle.check_eligibility()
        owed = cycle.entitlement_ids.filtered(lambda e: e.partner_id == member.partner_id)
        self.assertEqual(owed.state, "cancelled")
        self.assertEqual(cycle.total_amount, 100.0)

    def test_entitlements_carry_what_the_program_says(self):
        program = self.make_program(1, amount_per_cycle=12.5, transfer_fee_pct=2.0)
        cycle = self.make_cycle(program, "prepared")
        owed = cycle.entitlement_ids
        self.assertEqual((owed.initial_amount, owed.transfer_fee), (12.5, 0.25))
        self.assertEqual(owed.currency_id, program.journal_id.currency_id)
        self.assertEqual((owed.company_id, owed.journal_id), (program.company_id, program.journal_id))
        self.assertEqual((owed.valid_from, owed.valid_until), (cycle.start_date, cycle.end_date))
        self.assertEqual(owed.prepared_by, self.officer)
        self.assertEqual(len(owed.code), 21)

    def test_a_household_gets_an_amount_for_each_member_up_to_the_limit(self):
        groups = self.make_households(2, size=3)
        program = self.make_program(
            groups,
            target_type="group",
            amount_per_cycle=10.0,
            amount_per_individual_in_group=0.1,
            max_individual_in_group=2,
        )
        cycle = self.make_cycle(program, "prepared")
        self.assertEqual(cycle.entitlement_ids.mapped("initial_amount"), [10.2, 10.2])
        program.get_manager(program.MANAGER_ENTITLEMENT).max_individual_in_group = 0
        cycle.entitlement_ids.unlink()
        cycle.prepare_entitlement()
        self.assertEqual(cycle.entitlement_ids.mapped("initial_amount"), [10.3, 10.3])

    def test_preparing_twice_owes_nothing_twice(self):
        cycle = self.make_cycle(self.make_program(2), "prepared")
        cycle.prepare_entitlement()
        self.assertEqual(len(cycle.entitlement_ids), 2)

    def test_a_cancelled_entitlement_can_be_prepared_again(self):
        cycle = self.make_cycle(self.make_program(1), "prepared")
        cycle.entitlement_ids._set_cancelled()
        cycle.prepare_entitlement()
        self.assertEqual(sorted(cycle.entitlement_ids.mapped("state")), ["cancelled", "draft"])

    def test_disabled_and_paused_members_are_not_entitled(self):
        cycle = self.make_cycle(self.make_program(3))
        members = cycle.program_id.get_beneficiaries(order="id")
        members[0].partner_id.sudo().disabled = "2020-01-01"
        members[1].action_pause()
        cycle.prepare_entitlement()
        self.assertEqual(cycle.entitlement_ids.partner_id, members[2].partner_id)

    def test_submitting_resetting_and_submitting_again(self):
        cycle = self.make_cycle(self.make_program(1), "to_approve")
        self.assertEqual((cycle.state, cycle.entitlement_ids.state), ("to_approve", "pending_validation"))
        cycle.reset_draft()
        self.assertEqual((cycle.state, cycle.entitlement_ids.state), ("draft", "draft"))
        cycle.to_approve()
        self.assertEqual(cycle.submitted_by, self.officer)

    def test_submitting_a_cycle_that_is_no_draft_says_so(self):
        cycle = self.make_cycle(self.make_program(1), "to_approve")
        self.assertEqual(cycle.to_approve()["params"]["type"], "danger")

    def test_approving_records_who_and_when(self):
        cycle = self.make_cycle(self.make_program(1, fund=100.0), "approved")
        self.assertEqual((cycle.state, cycle.approved_by), ("approved", self.approver))
        owed = cycle.entitlement_ids
        self.assertEqual((owed.state, owed.approved_by), ("approved", self.approver))
        self.assertTrue(cycle.approved_date and owed.date_approved)
        self.assertRegex(owed.ern, r"^\d{10}$")

    def test_auto_approval_approves_both_at_once(self):
        program = self.make_program(2, fund=200.0, auto_approve_entitlements=True)
        cycle = self.make_cycle(program, "to_approve")
        cycle.with_user(self.approver).approve()
        self.assertEqual(set(cycle.entitlement_ids.mapped("state")), {"approved"})

    def test_changing_the_manager_leaves_a_cycle_approvable(self):
        program = self.make_program(1, fund=100.0)
        cycle = self.make_cycle(program, "to_approve")
        program.get_manager(program.MANAGER_CYCLE).auto_approve_entitlements = True
        approving = cycle.with_user(self.approver)
        approving.approve()
        self.assertFalse(approving.show_approve_entitlements_button)
        approving.validate_entitlement()
        self.assertTrue(approving.show_approve_entitlements_button)

    def test_who_prepared_cannot_approve(self):
        self.officer.group_ids += self.env.ref("g2p_programs.g2p_program_cycle_approver")
        cycle = self.make_cycle(self.make_program(1, fund=100.0), "to_approve")
        with self.assertRaisesRegex(UserError, "another person"):
            cycle.approve()
        cycle.with_user(self.approver).approve()
        with self.assertRaisesRegex(UserError, "another person"):
            cycle.entitlement_ids.approve_entitlement()

    def test_who_changed_an_amount_prepared_it(self):
        other = self.g2padmin
        cycle = self.make_cycle(self.make_program(1, fund=500.0), "prepared")
        cycle.entitlement_ids.with_user(other).initial_amount = 200.0
        self.assertEqual(cycle.entitlement_ids.prepared_by, other)

    def test_separate_duties_can_be_switched_off_and_that_is_logged(self):
        self.officer.group_ids += self.env.ref("g2p_programs.g2p_program_cycle_approver")
        program = self.make_program(1, fund=100.0)
        self.cr.flush()
        program.with_user(self.g2padmin).separate_duties = False
        self.cr.flush()
        tracked = program.message_ids.sudo().tracking_value_ids.field_id.mapped("name")
        self.assertIn("separate_duties", tracked)
        cycle = self.make_cycle(program, "to_approve")
        cycle.approve()
        cycle.validate_entitlement()
        self.assertEqual(cycle.entitlement_ids.state, "approved")

    def test_an_approver_of_another_group_is_refused(self):
        program = self.make_program(1, fund=100.0)
        group = self.env["res.groups"].create({"name": "T Committee"})
        program.get_manager(program.MANAGER_CYCLE).approver_group_id = group
        program.get_manager(program.MANAGER_ENTITLEMENT).entitlement_validation_group_id = group
        cycle = self.make_cycle(program, "to_approve")
        with self.assertRaisesRegex(ValidationError, "T Committee"):
            cycle.with_user(self.approver).approve()
        self.validator.group_ids += group
        cycle.with_user(self.validator).approve()
        with self.assertRaisesRegex(AccessError, "T Committee"):
            cycle.with_user(self.approver).validate_entitlement()
        cycle.with_user(self.validator).validate_entitlement()
        self.assertEqual(cycle.entitlement_ids.state, "approved")

    def test_a_cycle_without_approver_group_is_approved_by_nobody(self):
        program = self.make_program(1)
        program.get_manager(program.MANAGER_CYCLE).approver_group_id = False
        cycle = self.make_cycle(program, "to_approve")
        with self.assertRaisesRegex(ValidationError, "not specified"):
            cycle.with_user(self.approver).approve()

    def test_distributing_and_ending(self):
        cycle = self.make_cycle(self.make_program(1, fund=100.0), "approved")
        with self.assertRaises(UserError):
            cycle.mark_ended()
        cycle.mark_distributed()
        cycle.mark_ended()
        self.assertEqual(cycle.state, "ended")
        with self.assertRaises(UserError):
            cycle.mark_cancelled()
        self.assertEqual(cycle.entitlement_ids.state, "approved")

    def test_archiving_cancels_open_cycles_and_what_they_owe(self):
        program = self.make_program(1, fund=1000.0)
        ended = self.make_cycle(program, "approved")
        ended.mark_distributed()
        approved, draft = self.make_cycle(program, "approved"), self.make_cycle(program, "prepared")
        program.action_archive()
        self.assertEqual(
            [c.state for c in (ended, approved, draft)], ["distributed", "cancelled", "cancelled"]
        )
        self.assertEqual(
            [c.entitlement_ids.state for c in (ended, approved, draft)], ["approved"] + ["cancelled"] * 2
        )

    def test_ending_a_program_stops_the_work(self):
        program = self.make_program(1)
        cycle = self.make_cycle(program)
        self.assertIs(program.end_program(), True)
        self.assertEqual((program.state, program.date_ended), ("ended", self.today))
        for work in (
            program.create_new_cycle,
            program.enroll_eligible_registrants,
            cycle.prepare_entitlement,
        ):
            with self.assertRaisesRegex(UserError, "ended"):
                work()
        self.assertEqual(program.end_program()["params"]["type"], "danger")
        program.reactivate_program()
        self.assertEqual(program.create_new_cycle()["params"]["type"], "success")

    def test_single_enrolment_speaks_as_before(self):
        program = self.make_program(1, enroll=False)
        member = program.program_membership_ids
        self.assertEqual(member.enroll_eligible_registrants()["params"]["type"], "success")
        self.assertIs(member.enroll_eligible_registrants(), True)
        program.get_managers(program.MANAGER_ELIGIBILITY)[0].eligibility_domain = "[('id', '=', 0)]"
        member.Back_to_draft()
        self.assertEqual(member.enroll_eligible_registrants()["params"]["type"], "warning")
        self.assertEqual(member.state, "not_eligible")

    def test_registrants_are_added_from_their_list(self):
        program = self.make_program(1)
        people = self.make_registrants(2) + program.program_membership_ids.partner_id
        people[0].disabled = "2020-01-01"
        wizard = (
            self.env["g2p.assign.program.wizard"]
            .with_user(self.officer)
            .with_context(active_model="res.partner", active_ids=people.ids)
        )
        self.assertEqual(wizard.open_wizard()["res_model"], "g2p.assign.program.wizard")
        wizard.create({"program_id": program.id}).assign_registrant()
        self.assertEqual(program.get_beneficiaries("draft").partner_id, people[1])

    def test_a_program_can_be_deleted_with_its_managers(self):
        program = self.env["g2p.program"].create({"name": "T Bare"})
        manager = program.get_manager(program.MANAGER_PROGRAM)
        program.unlink()
        self.assertFalse(manager.exists())
        full = self.make_program(1).with_user(self.g2padmin)
        managers = (
            full.get_managers(full.MANAGER_ELIGIBILITY)[0]
            + self.env["g2p.program_membership.manager.default"]
        )
        full.unlink()
        self.assertFalse(managers.exists())

    def test_a_cycle_with_something_in_it_is_not_deleted(self):
        program = self.make_program(1, fund=100.0)
        cases = {
            "draft": "beneficiaries are present",
            "prepared": "Entitlements have been added",
            "approved": "entitlements have been approved",
        }
        for state, message in cases.items():
            with self.subTest(state), self.assertRaisesRegex(ValidationError, message):
                self.make_cycle(program, state).unlink()

    def test_an_empty_draft_cycle_is_deleted(self):
        cycle = self.make_cycle(self.make_program(1))
        cycle.cycle_membership_ids.unlink()
        cycle.unlink()
        self.assertFalse(cycle.exists())
