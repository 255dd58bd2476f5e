from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    program_membership_ids = fields.One2many("g2p.program_membership", "partner_id", "Program Memberships")
    cycle_ids = fields.One2many("g2p.cycle.membership", "partner_id", "Cycle Memberships")
    entitlement_ids = fields.One2many("g2p.entitlement", "partner_id", "Entitlements")
    program_membership_count = fields.Integer("# Program Memberships", compute="_compute_program_counts")
    cycles_count = fields.Integer("# Cycles", compute="_compute_program_counts")
    entitlements_count = fields.Integer("# Cash Entitlements", compute="_compute_program_counts")

    def _compute_program_counts(self):
        # Not stored: storing them would read and write every registrant whenever somebody is enrolled.
        self.program_membership_count = self.cycles_count = self.entitlements_count = 0
        for model, name, extra in (
            ("g2p.program_membership", "program_membership_count", []),
            ("g2p.cycle.membership", "cycles_count", []),
            ("g2p.entitlement", "entitlements_count", [("is_cash_entitlement", "=", True)]),
        ):
            if not self.env[model].has_access("read"):
                continue
            groups = self.env[model]._read_group(
                [("partner_id", "in", self.ids), *extra], ["partner_id"], ["__count"]
            )
            for partner, count in groups:
                self.browse(partner.id)[name] = count

    def _open_registrant_form(self):
        """Return the action that opens the registrant in its own form."""
        self.ensure_one()
        return {
            "name": self.env._("Registrant"),
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self._get_registrant_view_id(), "form")],
            "target": "new",
            "context": {"create": False},
        }

    def _get_registrant_view_id(self):
        name = "view_groups_form" if self.is_group else "view_individuals_form"
        view = self.env.ref(f"g2p_registry_base.{name}", raise_if_not_found=False)
        return view.id if view else False
