from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class G2PEntitlement(models.Model):
    """What has become of the money of an entitlement."""

    _inherit = "g2p.entitlement"

    payment_ids = fields.One2many("g2p.payment", "entitlement_id", readonly=True)
    # Whether and when something was paid may be read by whoever reads the entitlement; where to, may not.
    payment_status = fields.Selection(
        [("paid", "Paid"), ("notpaid", "Not Paid")], compute="_compute_payment_status", compute_sudo=True
    )
    payment_date = fields.Date(compute="_compute_payment_status", compute_sudo=True)

    @api.depends("payment_ids.status", "payment_ids.payment_datetime", "payment_ids.reversal_confirmed")
    def _compute_payment_status(self):
        groups = self.env["g2p.payment"]._read_group(
            [("entitlement_id", "in", self.ids), ("status", "=", "paid"), ("reversal_confirmed", "=", False)],
            ["entitlement_id"],
            ["payment_datetime:max"],
        )
        paid = dict(groups)
        for entitlement in self:
            found = entitlement._origin in paid
            entitlement.payment_status = "paid" if found else "notpaid"
            entitlement.payment_date = paid.get(entitlement._origin) or False

    def _cancel_open_payments(self):
        """Cancel the issued payments of entitlements that are about to be cancelled or to expire.

        Locks payments, then entitlements, each by id, as the engine does.

        :raise UserError: naming the entitlements of which a payment is released, on its way or paid
        """
        self.env.flush_all()
        cr = self.env.cr
        ids = list(self.ids)
        cr.execute("SELECT id FROM g2p_payment WHERE entitlement_id = ANY(%s) ORDER BY id FOR UPDATE", (ids,))
        cr.execute("SELECT id FROM g2p_entitlement WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (ids,))
        # sudo: whether money is on its way must be known whoever cancels
        payments = (
            self.env["g2p.payment"]
            .sudo()
            .search([("entitlement_id", "in", ids), ("state", "!=", "cancelled")])
        )
        payments.invalidate_recordset(flush=False)
        started = payments.filtered(self._is_beyond_recall)
        if started:
            raise UserError(
                self.env._(
                    "These entitlements cannot be cancelled or expire, because a payment of them is released, on its "
                    "way or paid: %(names)s. Withdraw the release, or wait for the payment system.",
                    names=", ".join(started[:20].entitlement_id.mapped("code")),
                )
            )
        payments.filtered(lambda payment: payment.state == "issued")._cancel()

    def _get_expirable_domain(self):
        """Leave out what was released, is on its way or was paid: such an entitlement does not expire."""
        recall = SQL(
            """(SELECT p.entitlement_id FROM g2p_payment p LEFT JOIN g2p_payment_batch b ON b.id = p.batch_id
                 WHERE p.state <> 'cancelled' AND p.status IS DISTINCT FROM 'failed'
                   AND p.reversal_confirmed IS NOT TRUE AND (p.state <> 'issued' OR b.released))"""
        )
        return super()._get_expirable_domain() & Domain("id", "not in", recall)

    @api.model
    def _is_beyond_recall(self, payment):
        """Return whether a payment stands in the way of cancelling: a failed or returned one does not."""
        if payment.state == "issued":
            return payment._is_bound()
        return payment.status != "failed" and not payment.reversal_confirmed
