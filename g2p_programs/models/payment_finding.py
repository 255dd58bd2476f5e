from odoo import fields, models


class G2PPaymentFinding(models.Model):
    """Why an entitlement got no payment when payments were prepared, or what an officer should look at first."""

    _name = "g2p.payment.finding"
    _description = "Payment Finding"
    _order = "severity, cycle_id, partner_id, id"

    cycle_id = fields.Many2one("g2p.cycle", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one("res.company", related="cycle_id.company_id", store=True)
    entitlement_id = fields.Many2one("g2p.entitlement", index=True, ondelete="cascade", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", index=True, ondelete="cascade", readonly=True, string="Registrant"
    )
    severity = fields.Selection(
        [("blocked", "Blocked"), ("warning", "To Check")],
        required=True,
        readonly=True,
        help="Blocked: no payment was made. To check: a payment was made, and somebody should look before release.",
    )
    code = fields.Char(required=True, readonly=True)
    message = fields.Char(required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    def action_open_registrant(self):
        """Open whom the money would go to, where the reason can be mended: the head of a group that has one.

        :return: act_window
        """
        self.ensure_one()
        partner = self.partner_id
        if partner.is_group:
            partner = partner.browse(partner._g2p_group_heads().get(partner.id)) or partner
        form = (
            "g2p_registry_base.view_groups_form"
            if partner.is_group
            else "g2p_registry_base.view_individuals_form"
        )
        return {
            "type": "ir.actions.act_window",
            "name": partner.display_name,
            "res_model": "res.partner",
            "res_id": partner.id,
            "view_mode": "form",
            "views": [(self.env.ref(form).id, "form")],
            "target": "current",
        }
