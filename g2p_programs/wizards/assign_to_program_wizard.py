from odoo import api, fields, models
from odoo.exceptions import UserError

from ..notify import notification


class G2PAssignToProgramWizard(models.TransientModel):
    _name = "g2p.assign.program.wizard"
    _description = "Add Registrants to Program Wizard"

    target_type = fields.Selection([("group", "Group"), ("individual", "Individual")], readonly=True)
    program_id = fields.Many2one(
        "g2p.program",
        required=True,
        domain="[('target_type', '=', target_type), ('state', '=', 'active')]",
    )
    partner_ids = fields.Many2many("res.partner", string="Registrants", readonly=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        ids = self.env.context.get("active_ids") or []
        if self.env.context.get("active_model", "res.partner") != "res.partner" or not ids:
            return values
        partners = self.env["res.partner"].browse(ids)
        if "partner_ids" in fields_list:
            values["partner_ids"] = [(6, 0, partners.ids)]
        if "target_type" in fields_list:
            values["target_type"] = "group" if partners[0].is_group else "individual"
        return values

    def open_wizard(self):
        """Open the wizard for the selected registrants.

        :return: dict action
        """
        return {
            "name": self.env._("Add to Program"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": self.env.context,
        }

    def assign_registrant(self):
        """Make the registrants draft members of the program; members, disabled ones and others are left out.

        :return: dict notification with both numbers
        :raise UserError: without registrants, or when the program has ended
        :raise AccessError: when the user may not create program memberships
        """
        self.ensure_one()
        if not self.partner_ids:
            raise UserError(self.env._("Select the registrants in their list first."))
        self.program_id._check_active()
        domain = [
            ("id", "in", self.partner_ids.ids),
            ("is_registrant", "=", True),
            ("disabled", "=", False),
            ("is_group", "=", self.program_id.target_type == "group"),
        ]
        query = self.program_id._leave_out_members(self.env["res.partner"]._search(domain))
        added = len(self.program_id._insert_members(query, "draft"))
        return notification(
            self.env._("Add to Program"),
            self.env._(
                "%(added)s registrants added to %(program)s. %(left)s left out: members already, disabled, "
                "or not of the kind that the program is for.",
                added=added,
                program=self.program_id.display_name,
                left=len(self.partner_ids) - added,
            ),
            kind="success" if added else "warning",
        )
