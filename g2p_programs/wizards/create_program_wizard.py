from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models import constants


class G2PCreateProgramWizard(models.TransientModel):
    _name = "g2p.program.create.wizard"
    _description = "Create a New Program Wizard"
    _inherit = ["base.programs.manager", "g2p.cycle.recurrence.mixin"]

    name = fields.Char("Program Name", required=True)
    target_type = fields.Selection(
        [("group", "Group"), ("individual", "Individual")], default="group", required=True
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, required=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    eligibility_domain = fields.Text(string="Filter", default="[]", required=True)

    auto_approve_entitlements = fields.Boolean("Auto-approve Entitlements")
    approver_group_id = fields.Many2one(
        "res.groups",
        default=lambda self: self.env.ref(
            "g2p_programs.g2p_program_cycle_approver", raise_if_not_found=False
        ),
    )

    entitlement_kind = fields.Selection(
        [("default", "Default")], string="Manager", default="default", required=True
    )
    amount_per_cycle = fields.Monetary(default=0.0)
    amount_per_individual_in_group = fields.Monetary(default=0.0)
    max_individual_in_group = fields.Integer(
        default=0, string="Maximum number of individual in group", help="0 means no limit"
    )
    transfer_fee_pct = fields.Float("Transfer Fee(%)", digits=(5, 2), default=0.0)
    transfer_fee_amt = fields.Monetary("Transfer Fee Amount", default=0.0)
    entitlement_validation_group_id = fields.Many2one("res.groups")

    import_beneficiaries = fields.Selection(
        [("yes", "Yes"), ("no", "No")], default="no", required=True, string="Import Eligible Registrants"
    )
    state = fields.Selection(
        [("step1", "Set Defaults"), ("step2", "Import Registrants")], default="step1", readonly=True
    )

    @api.onchange("transfer_fee_pct")
    def on_transfer_fee_pct_change(self):
        """A percentage takes the place of a fixed fee."""
        if self.transfer_fee_pct > 0:
            self.transfer_fee_amt = 0.0

    @api.onchange("transfer_fee_amt")
    def on_transfer_fee_amt_change(self):
        """A fixed fee takes the place of a percentage."""
        if self.transfer_fee_amt > 0:
            self.transfer_fee_pct = 0.0

    # ---- buttons ----
    def next_step(self):
        """Go on to the import, once the settings make sense.

        :return: dict action
        :raise UserError: naming what is missing
        """
        self._check_required_fields()
        self.state = "step2"
        return self._reopen_self()

    def prev_step(self):
        """Go back to the settings.

        :return: dict action
        """
        self.state = "step1"
        return self._reopen_self()

    def close_wizard(self):
        """Close without making anything.

        :return: dict action
        """
        return {"type": "ir.actions.act_window_close"}

    def create_program(self):
        """Create the program with its journal, accounts and managers, and import registrants where wanted.

        :return: dict action that opens the program; RPC callers read its res_id
        :raise UserError: naming what is missing
        :raise AccessError: when the user may not create programs
        """
        self.ensure_one()
        self._check_required_fields()
        program = self.env["g2p.program"].create(self.get_program_vals())
        program._ensure_settlement_accounts()
        values = {}
        values.update(self._get_eligibility_manager(program.id))
        values.update(self._get_cycle_manager(program.id))
        values.update(self._get_entitlement_manager(program.id) or {})
        program.write(values)
        if self.import_beneficiaries == "yes":
            self.program_wizard_import_beneficiaries(program)
        action = self.env["ir.actions.act_window"]._for_xml_id("g2p_programs.action_program_list")
        form = self.env.ref("g2p_programs.view_program_list_form")
        action.update(
            {"view_mode": "form", "views": [(form.id, "form")], "res_id": program.id, "target": "current"}
        )
        return action

    # ---- business ----
    def _reopen_self(self):
        """Return the action that shows the wizard again."""
        return {
            "name": self.env._("Create Program"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _check_required_fields(self):
        """Refuse settings that can pay nobody.

        :raise UserError: naming all that is wrong
        """
        problems = []
        if self.entitlement_kind == "default":
            if self.amount_per_cycle <= 0 and self.amount_per_individual_in_group <= 0:
                problems.append(
                    self.env._("The amount per cycle or the amount per member of a group has to be set.")
                )
            if self.amount_per_cycle <= 0 and self.target_type == "individual":
                problems.append(self.env._("A program for individuals needs an amount per cycle."))
        if self.cycle_duration < 1:
            problems.append(self.env._("A cycle lasts at least one unit of its recurrence."))
        if problems:
            raise UserError("\n".join(problems))
        self._parse_domain(self.eligibility_domain, "res.partner")

    @api.private
    def get_program_vals(self):
        """Return the values of the program; creates its journal.

        :return: dict
        """
        return {
            "name": self.name,
            "target_type": self.target_type,
            "company_id": self.company_id.id,
            "journal_id": self.create_journal(self.name, self.currency_id.id),
        }

    @api.private
    def create_journal(self, name, currency_id):
        """Create the program's journal, in its currency and with an account of its own.

        :param str name: name of the program
        :param int currency_id: id of res.currency
        :return: int, id of account.journal
        :raise AccessError: when the user may not create programs
        """
        self.env["g2p.program"].check_access("create")
        currency = self.env["res.currency"].browse(currency_id)
        return self.env["account.journal"]._create_beneficiary_journal(name, self.company_id, currency).id

    def _get_eligibility_manager(self, program_id):
        wrapper = self.env["g2p.program"]._create_manager(
            program_id,
            "g2p.eligibility.manager",
            "g2p.program_membership.manager.default",
            {"eligibility_domain": self.eligibility_domain},
        )
        return {"eligibility_managers": [(4, wrapper.id)]}

    @api.private
    def get_cycle_manager_default_val(self, program_id):
        """Return the values of the cycle manager.

        :param int program_id: id of g2p.program
        :return: dict
        """
        return {
            **self._get_recurrent_field_values(),
            "auto_approve_entitlements": self.auto_approve_entitlements,
            "approver_group_id": self.approver_group_id.id,
        }

    def _get_cycle_manager(self, program_id):
        wrapper = self.env["g2p.program"]._create_manager(
            program_id,
            "g2p.cycle.manager",
            "g2p.cycle.manager.default",
            self.get_cycle_manager_default_val(program_id),
        )
        return {"cycle_managers": [(4, wrapper.id)]}

    def _get_entitlement_manager(self, program_id):
        """Create the entitlement manager of the chosen kind; those who add a kind extend this.

        :param int program_id: id of g2p.program
        :return: dict of commands on g2p.program
        """
        if self.entitlement_kind != "default":
            return {}
        names = (
            "amount_per_cycle",
            "amount_per_individual_in_group",
            "max_individual_in_group",
            "transfer_fee_pct",
            "transfer_fee_amt",
        )
        wrapper = self.env["g2p.program"]._create_manager(
            program_id,
            "g2p.program.entitlement.manager",
            "g2p.program.entitlement.manager.default",
            {
                **{name: self[name] for name in names},
                "entitlement_validation_group_id": self.entitlement_validation_group_id.id,
            },
        )
        return {"entitlement_managers": [(4, wrapper.id)]}

    @api.private
    def program_wizard_import_beneficiaries(self, program):
        """Import the registrants that are eligible, as enrolled.

        :param program: g2p.program record
        """
        for manager in program.get_managers(constants.MANAGER_ELIGIBILITY):
            manager.import_eligible_registrants("enrolled")
