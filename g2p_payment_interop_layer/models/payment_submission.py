from odoo import api, fields, models

from .constants import INTEROP


class G2PPaymentSubmission(models.Model):
    """What the payment system's codes mean to people."""

    _inherit = "g2p.payment.submission"

    layer_note = fields.Char("What the Payment System Says", compute="_compute_layer_note")

    @api.depends("manager_model", "last_code", "state")
    def _compute_layer_note(self):
        manager = self.env[INTEROP]
        for submission in self:
            is_told = submission.manager_model == INTEROP and submission.state not in ("done", "cancelled")
            submission.layer_note = is_told and manager._explain_codes(submission.last_code)
