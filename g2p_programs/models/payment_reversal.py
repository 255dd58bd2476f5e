from odoo import api, fields, models
from odoo.exceptions import UserError


class G2PPaymentReversal(models.Model):
    """Money of a paid payment that came back. The payment stays paid; finance confirms, then it may be paid again."""

    _name = "g2p.payment.reversal"
    _description = "Payment Reversal"
    _inherit = ["g2p.guarded.mixin"]
    _order = "id desc"
    _rec_name = "payment_id"

    payment_id = fields.Many2one("g2p.payment", required=True, index=True, ondelete="restrict", readonly=True)
    company_id = fields.Many2one(related="payment_id.company_id", store=True)
    currency_id = fields.Many2one(related="payment_id.currency_id")
    amount = fields.Monetary(related="payment_id.amount_paid")
    reason_code = fields.Char(readonly=True)
    reported_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("reported", "Reported"), ("confirmed", "Confirmed"), ("refused", "Refused")],
        required=True,
        default="reported",
        readonly=True,
    )
    decided_by = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_at = fields.Datetime(readonly=True)
    account_move_id = fields.Many2one(
        "account.move", readonly=True, ondelete="restrict", string="Journal Entry"
    )

    _guarded_fields = (
        "payment_id",
        "reason_code",
        "reported_at",
        "state",
        "decided_by",
        "decided_at",
        "account_move_id",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Reversals are a record of money: they cannot be deleted."))

    def action_confirm(self):
        """Confirm that the money is back: from now on the entitlements may be paid again.

        :return: True
        :raise UserError: when the user is not of finance or a reversal was decided already
        """
        self._decide("confirmed")
        # sudo: the right was checked in _decide; finance may not write payments in any other way.
        self.sudo().payment_id._guarded_write({"reversal_confirmed": True})
        self.sudo()._post_reversal()
        return True

    def action_refuse(self):
        """Refuse a report: the money did not come back.

        :return: True
        :raise UserError: when the user is not of finance or a reversal was decided already
        """
        self._decide("refused")
        return True

    def _decide(self, state):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("g2p_programs.g2p_finance_validator"):
            raise UserError(self.env._("Only finance may decide about reversals."))
        decided = self.filtered(lambda reversal: reversal.state != "reported")
        if decided:
            raise UserError(self.env._("Decided already: %s.", ", ".join(decided.payment_id.mapped("name"))))
        # sudo: the right was checked above
        self.sudo()._guarded_write(
            {"state": state, "decided_by": self.env.uid, "decided_at": fields.Datetime.now()}
        )

    def _post_reversal(self):
        """Undo the booking of each payment with a move of its own, where the batch was booked."""
        for reversal in self:
            payment = reversal.payment_id
            if payment.settlement_move_id:
                move = payment.batch_id._make_settlement_move(
                    -payment.amount_paid, -payment.payment_fee, payment.name
                )
                reversal._guarded_write({"account_move_id": move.id})
