from odoo import api, fields, models
from odoo.exceptions import UserError

from ..notify import notification
from ..sets import set_update
from . import constants


class G2PProgramMembership(models.Model):
    _name = "g2p.program_membership"
    _description = "Program Membership"
    _inherit = ["mail.thread", "mail.activity.mixin", "g2p.guarded.mixin"]
    _inherits = {"res.partner": "partner_id"}
    _order = "id desc"
    _guarded_fields = ("state", "enrollment_date", "deduplication_status")

    #: States that a person may set by hand; the others come of enrolling, checking and de-duplicating.
    _FREE_STATES = ("draft", "paused", "exited")

    partner_id = fields.Many2one(
        "res.partner",
        "Beneficiary",
        required=True,
        ondelete="cascade",
        bypass_search_access=True,
        index=True,
        domain=[("is_registrant", "=", True)],
    )
    program_id = fields.Many2one(
        "g2p.program", required=True, ondelete="cascade", bypass_search_access=True, index=True
    )
    state = fields.Selection(
        string="Membership State",
        selection=[
            ("draft", "Draft"),
            ("enrolled", "Enrolled"),
            ("paused", "Paused"),
            ("exited", "Exited"),
            ("not_eligible", "Not Eligible"),
            ("duplicated", "Duplicated"),
        ],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
    )
    enrollment_date = fields.Datetime(readonly=True, copy=False)
    last_deduplication = fields.Date("Last Deduplication Date")
    exit_date = fields.Date()
    registrant_id = fields.Integer(string="Registrant ID", related="partner_id.id")
    delivery_mechanism_value = fields.Char()
    deduplication_status = fields.Selection(
        [
            ("new", "New"),
            ("processing", "Processing"),
            ("verified", "Verified"),
            ("duplicated", "Duplicated"),
        ],
        default="new",
        copy=False,
    )

    _unique_partner_program = models.Constraint(
        "UNIQUE (partner_id, program_id)", "Beneficiary must be unique per program."
    )
    _by_program = models.Index("(program_id, state, id)")

    @api.constrains("partner_id", "program_id")
    def _check_registrant(self):
        wrong = self.filtered(
            lambda m: (
                not m.partner_id.is_registrant
                or m.partner_id.is_group != (m.program_id.target_type == "group")
            )
        )
        if wrong:
            raise UserError(
                self.env._(
                    "These are not registrants of the kind that their program is for: %s.",
                    ", ".join(wrong.partner_id.mapped("display_name")),
                )
            )

    @api.depends("partner_id.display_name")
    def _compute_display_name(self):
        for member in self:
            member.display_name = member.partner_id.display_name

    @api.model_create_multi
    def create(self, vals_list):
        if any(not vals.get("partner_id") for vals in vals_list) and not self.env.context.get(
            "default_partner_id"
        ):
            raise UserError(self.env._("Choose the registrant: a membership does not make a new one."))
        return super().create(vals_list)

    def _refuse_guarded(self, vals):
        if vals.get("state") in self._FREE_STATES:
            vals = {name: value for name, value in vals.items() if name != "state"}
        return super()._refuse_guarded(vals)

    # ---- buttons ----
    def verify_eligibility(self):
        """Check these members again; those that are not eligible any more are marked.

        :return: True
        :raise UserError: when a program has no eligibility manager
        """
        self.check_access("write")
        set_update(
            self - self._filter_eligible(), {"state": "not_eligible"}, legal_from=constants.ENROLLABLE_STATES
        )
        return True

    def enroll_eligible_registrants(self):
        """Enrol these members if they are eligible.

        :return: dict notification; True when all are enrolled already
        :raise UserError: when a program has no eligibility manager, or somebody took a member out
        """
        self.check_access("write")
        todo = self.filtered(lambda m: m.state != "enrolled")
        if not todo:
            return True
        if held := todo.filtered(lambda m: m.state not in constants.ENROLLABLE_STATES):
            raise UserError(
                self.env._(
                    "These members were paused, have left or are duplicates: %s. Set them back to draft first.",
                    ", ".join(held[:20].mapped("display_name")),
                )
            )
        eligible = todo._filter_eligible()
        count = todo._enrol(eligible)
        refused = todo - eligible
        set_update(refused, {"state": "not_eligible"})
        title = self.env._("Enrollment")
        if refused:
            names = ", ".join(refused[:20].mapped("display_name"))
            return notification(title, self.env._("%s: beneficiary is not eligible", names), kind="warning")
        return notification(title, self.env._("%s Beneficiaries enrolled.", count))

    def Back_to_draft(self):
        """Set members back to draft, so that they can be enrolled again.

        :return: True
        """
        return self.write({"state": "draft"})

    def action_pause(self):
        """Pause enrolled members: they get nothing new until they are set back to draft and enrolled.

        :return: True
        """
        return self._leave("paused", ("enrolled",), {})

    def action_exit(self):
        """Let members leave the program.

        :return: True
        """
        return self._leave("exited", ("enrolled", "paused"), {"exit_date": fields.Date.context_today(self)})

    def _leave(self, state, legal_from, values):
        self.check_access("write")
        if wrong := self.filtered(lambda m: m.state not in legal_from):
            names = ", ".join(wrong[:20].mapped("display_name"))
            raise UserError(self.env._("These members are not in a state that allows it: %s.", names))
        return self.write({"state": state, **values})

    def open_beneficiaries_form(self):
        """Open the membership.

        :return: dict action
        """
        self.ensure_one()
        return {
            "name": self.env._("Program Beneficiaries"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("g2p_programs.view_program_membership_form").id, "form")],
            "target": "new",
            "context": {"target_type": self.program_id.target_type, "default_program_id": self.program_id.id},
        }

    def open_registrant_form(self):
        """Open the registrant.

        :return: dict action
        """
        self.ensure_one()
        return self.partner_id._open_registrant_form()

    # ---- business ----
    def _filter_eligible(self):
        """Return those of these members that all eligibility managers of their program accept.

        :raise UserError: when a program has none
        """
        eligible = self.browse()
        for program, members in self.grouped("program_id").items():
            program._check_active()
            managers = program.get_managers(constants.MANAGER_ELIGIBILITY)
            if not managers:
                raise UserError(self.env._("%s: No Eligibility Manager defined.", program.display_name))
            for manager in managers:
                members = manager.enroll_eligible_registrants(members)
            eligible |= members
        return eligible

    def _enrol(self, eligible):
        """Enrol the eligible ones of these members; returns how many were not enrolled before."""
        new = (self & eligible).filtered(lambda m: m.state != "enrolled")
        values = {"state": "enrolled", "enrollment_date": fields.Datetime.now()}
        return set_update(new, values, legal_from=constants.ENROLLABLE_STATES)
