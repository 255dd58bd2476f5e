from odoo import api, fields, models
from odoo.exceptions import ValidationError


class G2PCycleMembership(models.Model):
    _name = "g2p.cycle.membership"
    _description = "Cycle Membership"
    _inherit = "g2p.guarded.mixin"
    _order = "partner_id asc, id desc"
    _guarded_fields = ("state",)

    #: States that a person may set by hand; the others come of filling and checking a cycle.
    _FREE_STATES = ("draft", "paused", "exited")

    partner_id = fields.Many2one("res.partner", "Registrant", required=True, index=True, ondelete="restrict")
    cycle_id = fields.Many2one("g2p.cycle", required=True, index=True, ondelete="restrict")
    enrollment_date = fields.Date(default=fields.Date.context_today)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("enrolled", "Enrolled"),
            ("paused", "Paused"),
            ("exited", "Exited"),
            ("not_eligible", "Not Eligible"),
        ],
        default="draft",
        required=True,
        copy=False,
    )

    _unique_partner_cycle = models.Constraint(
        "UNIQUE (partner_id, cycle_id)", "Beneficiary must be unique per cycle."
    )
    _by_cycle = models.Index("(cycle_id, state, id)")

    @api.depends("cycle_id.name", "partner_id.name")
    def _compute_display_name(self):
        for member in self:
            member.display_name = f"[{member.cycle_id.name}] {member.partner_id.name}"

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members.cycle_id._check_draft()
        return members

    def unlink(self):
        self._find_entitlements("draft").unlink()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        problems = []
        if wrong := self.filtered(lambda m: m.cycle_id.state != "draft"):
            text = self.env._("Members can be removed from draft cycles only: %s.")
            problems.append(text % ", ".join(wrong.mapped("display_name")))
        if kept := self._find_entitlements("pending_validation", "approved", "trans2FSP", "rdpd2ben"):
            text = self.env._(
                "These members have an entitlement that is no draft any more: %s. Cancel it first."
            )
            problems.append(text % ", ".join(kept.partner_id.mapped("display_name")))
        if problems:
            raise ValidationError("\n".join(problems))

    def _find_entitlements(self, *states):
        """Return what these members are owed in their cycles, in some states."""
        pairs = {(member.cycle_id, member.partner_id) for member in self}
        owed = self.env["g2p.entitlement"].search(
            [
                ("cycle_id", "in", self.cycle_id.ids),
                ("partner_id", "in", self.partner_id.ids),
                ("state", "in", states),
            ]
        )
        return owed.filtered(lambda one: (one.cycle_id, one.partner_id) in pairs)

    def _refuse_guarded(self, vals):
        if vals.get("state") in self._FREE_STATES:
            vals = {name: value for name, value in vals.items() if name != "state"}
        return super()._refuse_guarded(vals)

    def open_cycle_membership_form(self):
        """Open the membership.

        :return: dict action
        """
        self.ensure_one()
        return {
            "name": self.env._("Cycle Membership"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def open_registrant_form(self):
        """Open the registrant.

        :return: dict action
        """
        self.ensure_one()
        return self.partner_id._open_registrant_form()

    def _filter_enrolled_in_program(self):
        """Return those of these members that are enrolled in the cycle's program and not disabled."""
        enrolled = {
            program: program._get_enrolled_partner_ids(members.partner_id.ids)
            for program, members in self.grouped(lambda member: member.cycle_id.program_id).items()
        }
        return self.filtered(lambda member: member.partner_id.id in enrolled[member.cycle_id.program_id])
