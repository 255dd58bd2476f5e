from odoo import api, fields, models
from odoo.tools import formatLang


class PaymentReleaseWizard(models.TransientModel):
    """What a releaser signs: count, total and digest of each batch, as they were when it was made and shown."""

    _name = "g2p.payment.release.wizard"
    _description = "Release Payments"

    batch_ids = fields.Many2many("g2p.payment.batch", required=True, readonly=True)
    line_ids = fields.One2many("g2p.payment.release.wizard.line", "wizard_id", readonly=True)
    count = fields.Integer("Payments", compute="_compute_totals")
    totals = fields.Char("Total", compute="_compute_totals")
    findings_count = fields.Integer("To Check", compute="_compute_totals")
    send_now = fields.Boolean("Send at Once", default=True)

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            summary = wizard.batch_ids.get_release_summary()
            wizard.line_ids = [
                (
                    0,
                    0,
                    {
                        "batch_id": one["batch_id"],
                        "count": one["count"],
                        "total": one["total"],
                        "digest": one["digest"],
                    },
                )
                for one in summary
            ]
        return wizards

    @api.depends("line_ids")
    def _compute_totals(self):
        for wizard in self:
            totals = {}
            for line in wizard.line_ids:
                totals[line.currency_id] = totals.get(line.currency_id, 0.0) + line.total
            wizard.count = sum(wizard.line_ids.mapped("count"))
            wizard.totals = ", ".join(
                formatLang(self.env, total, currency_obj=currency) for currency, total in totals.items()
            )
            wizard.findings_count = self.env["g2p.payment.finding"].search_count(
                [("cycle_id", "in", wizard.batch_ids.cycle_id.ids), ("severity", "=", "warning")]
            )

    def action_confirm(self):
        """Release the batches as they were shown; any change since then refuses everything.

        :return: action (dict)
        """
        self.ensure_one()
        self.batch_ids.release_payments({line.batch_id.id: line.digest for line in self.line_ids})
        if self.send_now:
            return self.batch_ids.send_payment()
        return {"type": "ir.actions.act_window_close"}


class PaymentReleaseWizardLine(models.TransientModel):
    """One batch in a release."""

    _name = "g2p.payment.release.wizard.line"
    _description = "Release Payments Line"

    wizard_id = fields.Many2one("g2p.payment.release.wizard", required=True, ondelete="cascade")
    batch_id = fields.Many2one("g2p.payment.batch", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="batch_id.currency_id")
    count = fields.Integer("Payments", readonly=True)
    total = fields.Monetary(readonly=True)
    digest = fields.Char(readonly=True)
