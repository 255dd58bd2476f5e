from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import ProgramCase

MODELS = (
    "g2p.program",
    "g2p.program_membership",
    "g2p.cycle",
    "g2p.cycle.membership",
    "g2p.entitlement",
    "g2p.program.fund",
    "g2p.program.create.wizard",
    "g2p.assign.program.wizard",
    "g2p.eligibility.manager",
    "g2p.program_membership.manager.default",
    "g2p.program.manager",
    "g2p.program.manager.default",
    "g2p.cycle.manager",
    "g2p.cycle.manager.default",
    "g2p.program.entitlement.manager",
    "g2p.program.entitlement.manager.default",
)


@tagged("post_install", "-at_install")
class TestAccess(ProgramCase):
    def test_a_user_without_a_group_sees_nothing(self):
        for name in MODELS:
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(model=name, operation=operation):
                    self.assertFalse(self.env[name].with_user(self.nobody).has_access(operation))

    def test_no_access_row_is_for_everybody(self):
        rows = self.env["ir.model.data"].search(
            [("module", "=", "g2p_programs"), ("model", "=", "ir.model.access")]
        )
        access = self.env["ir.model.access"].browse(rows.mapped("res_id"))
        self.assertTrue(access)
        self.assertFalse(access.filtered(lambda row: not row.group_id))

    def test_only_the_officer_and_the_administrator_write(self):
        expected = {
            "officer": True,
            "g2padmin": True,
            "approver": False,
            "validator": False,
            "finance": False,
            "releaser": False,
            "auditor": False,
            "registrar": False,
        }
        for name in ("g2p.program", "g2p.cycle", "g2p.entitlement"):
            for role, allowed in expected.items():
                with self.subTest(model=name, role=role):
                    model = self.env[name].with_user(getattr(self, role))
                    self.assertEqual(model.has_access("write"), allowed)
                    self.assertTrue(model.has_access("read"))

    def test_readers_cannot_move_anything(self):
        program = self.make_program(1, fund=100.0)
        cycle = self.make_cycle(program, "prepared")
        member = program.program_membership_ids
        for role in ("approver", "finance", "releaser", "registrar"):
            user = getattr(self, role)
            calls = (
                program.with_user(user).enroll_eligible_registrants,
                program.with_user(user).create_new_cycle,
                program.with_user(user).create_journal,
                program.with_user(user).end_program,
                member.with_user(user).enroll_eligible_registrants,
                member.with_user(user).action_pause,
                cycle.with_user(user).prepare_entitlement,
                cycle.with_user(user).to_approve,
                cycle.with_user(user).mark_cancelled,
                cycle.with_user(user).mark_distributed,
            )
            for call in calls:
                with self.subTest(role=role, call=call.__name__), self.assertRaises(AccessError):
                    call()

    def test_the_officer_approves_nothing(self):
        cycle = self.make_cycle(self.make_program(1, fund=100.0), "to_approve")
        with self.assertRaises(ValidationError):
            cycle.approve()
        cycle.with_user(self.approver).approve()
        for call in (cycle.validate_entitlement, cycle.entitlement_ids.approve_entitlement):
            with self.assertRaises(AccessError):
                call()

    def test_finance_may_approve_entitlements_and_read_their_cycle(self):
        cycle = self.make_cycle(self.make_program(1, fund=100.0), "to_approve")
        cycle.with_user(self.approver).approve()
        self.assertTrue(cycle.with_user(self.finance).can_approve_entitlements)
        self.assertFalse(cycle.with_user(self.finance).can_approve)
        self.assertIs(cycle.entitlement_ids.with_user(self.finance).approve_entitlement(), True)
        self.assertEqual(cycle.entitlement_ids.state, "approved")

    def test_every_role_opens_its_screens(self):
        program = self.make_program(2, fund=1000.0)
        cycle = self.make_cycle(program, "approved")
        for role in ("officer", "approver", "finance", "g2padmin", "releaser"):
            user = getattr(self, role)
            with self.subTest(role=role):
                Form(program.with_user(user), "g2p_programs.view_program_list_form")
                Form(cycle.with_user(user), "g2p_programs.view_cycle_form")
                Form(cycle.entitlement_ids[0].with_user(user), "g2p_programs.view_entitlement_form")
                Form(
                    program.program_membership_ids[0].with_user(user),
                    "g2p_programs.view_program_membership_form",
                )
                menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
                self.assertIn(self.env.ref("g2p_programs.menu_program_list").id, menus)

    def test_the_wizard_form_makes_a_program(self):
        wizard = Form(self.env["g2p.program.create.wizard"].with_user(self.officer))
        wizard.name = "T By Hand"
        wizard.target_type = "individual"
        wizard.amount_per_cycle = 5.0
        record = wizard.save()
        self.assertEqual(record.next_step()["res_id"], record.id)
        self.assertEqual(record.state, "step2")
        action = record.create_program()
        self.assertEqual(action["res_model"], "g2p.program")
        self.assertEqual(self.env["g2p.program"].browse(action["res_id"]).name, "T By Hand")

    def test_another_company_sees_nothing(self):
        program = self.make_program(2, fund=1000.0)
        cycle = self.make_cycle(program, "approved")
        company = self.env["res.company"].create({"name": "T Elsewhere"})
        self.officer.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        program, cycle = program.with_env(self.env), cycle.with_env(self.env)
        records = (
            program,
            program.program_membership_ids,
            cycle,
            cycle.cycle_membership_ids,
            cycle.entitlement_ids,
            program.fund_ids,
            program.cycle_managers,
            program.cycle_managers.manager_ref_id,
            program.entitlement_managers.manager_ref_id,
            program.eligibility_managers.manager_ref_id,
        )
        self.env.invalidate_all()
        for found in records:
            with self.subTest(found._name):
                ids = self.env[found._name].with_user(self.officer).search([]).ids
                self.assertFalse(set(found.ids) & set(ids))

    def test_registrants_of_another_company_are_not_eligible(self):
        company = self.env["res.company"].create({"name": "T Elsewhere"})
        self.officer.company_ids += company
        people = self.make_registrants(2, name="T Far", company_id=company.id) + self.make_registrants(1)
        domain = str([("id", "in", people.ids)])
        program = self.make_program(eligibility_domain=domain).with_context(
            allowed_company_ids=[self.env.company.id, company.id]
        )
        program.import_eligible_registrants()
        self.assertEqual(program.program_membership_ids.partner_id, people[2])

    def test_only_an_administrator_lets_preparers_approve(self):
        program = self.make_program()
        with self.assertRaisesRegex(AccessError, "Administrator"):
            program.separate_duties = False
        with self.assertRaisesRegex(AccessError, "Administrator"):
            program.create({"name": "T Alone", "separate_duties": False})
        program.with_user(self.g2padmin).separate_duties = False
        self.assertFalse(program.separate_duties)

    def test_dates_of_an_approved_entitlement_stay(self):
        owed = self.make_approved_cycle(1).entitlement_ids
        with self.assertRaisesRegex(UserError, "draft only"):
            owed.valid_until = "2090-01-01"

    def test_a_typed_domain_is_parsed_and_not_run(self):
        program = self.make_program(1)
        manager = program.get_managers(program.MANAGER_ELIGIBILITY)[0]
        texts = (
            "user.env['res.users'].sudo().search([])",
            "[('id', 'in', user.ids)]",
            "[('no_such_field', '=', 1)]",
            "__import__('os')",
            "{",
            "{'a': 1}",
            "[('id', '=', 1)",
        )
        for text in texts:
            with self.subTest(text), self.assertRaises(UserError):
                manager.eligibility_domain = text

    def test_disabled_members_are_hidden(self):
        program = self.make_program(2)
        program.program_membership_ids[0].partner_id.sudo().disabled = "2020-01-01"
        self.env.invalidate_all()
        self.assertEqual(program.beneficiaries_count, 1)

    def test_managers_are_limited_and_found_with_a_blank_in_the_reference(self):
        program = self.make_program(1)
        manager = program.get_manager(program.MANAGER_CYCLE)
        wrapper = program.cycle_managers
        extra = wrapper.create({"manager_ref_id": f"{manager._name}, {manager.id}", "program_id": program.id})
        with self.assertRaisesRegex(UserError, "only one manager"):
            program.cycle_managers += extra
        manager.with_user(self.g2padmin).unlink()
        self.assertFalse(extra.exists() or wrapper.exists())

    def test_manager_forms_open_from_the_wrapper(self):
        program = self.make_program(1)
        for name in ("eligibility", "cycle", "entitlement", "program"):
            with self.subTest(name):
                wrapper = program[f"{name}_managers"]
                action = wrapper.open_manager_form()
                view = self.env["ir.ui.view"].browse(action["views"][0][0])
                self.assertEqual(view.model, wrapper.manager_ref_id._name)
                Form(wrapper.manager_ref_id, view)
