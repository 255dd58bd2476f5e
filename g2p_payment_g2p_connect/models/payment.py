from odoo import api, fields, models
from odoo.fields import Domain

#: A bridge has taken what is in these.
TAKEN_STATES = ("sent", "done")


class G2PPayment(models.Model):
    """What a bridge tells of a payment. The engine alone writes it, out of stored answers."""

    _inherit = "g2p.payment"

    disbursement_envelope_id = fields.Char(
        "Disbursement Envelope", related="submission_id.opener_id.correlation"
    )
    # The suite's own name of it is external_reference, for every payment system; this is upstream's.
    disbursement_id = fields.Char("Disbursement ID", related="external_reference")
    dispatch_status = fields.Selection(
        [("pending", "Pending"), ("sent", "Sent")],
        compute="_compute_dispatch_status",
        search="_search_dispatch_status",
        help="Sent: the payment system has taken it. Pending: it has not, or nobody knows.",
    )
    remittance_reference_number = fields.Char(readonly=True, copy=False)
    remittance_statement_id = fields.Char(readonly=True, copy=False)
    remittance_entry_sequence = fields.Char(readonly=True, copy=False)
    remittance_entry_date = fields.Char(readonly=True, copy=False)
    reversal_statement_id = fields.Char(readonly=True, copy=False)
    reversal_entry_sequence = fields.Char(readonly=True, copy=False)
    reversal_entry_date = fields.Char(readonly=True, copy=False)
    reversal_reason = fields.Char(readonly=True, copy=False)

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("state", "submission_id.state")
    def _compute_dispatch_status(self):
        for payment in self:
            taken = payment.state in ("sent", "reconciled") and payment.submission_id.state in TAKEN_STATES
            payment.dispatch_status = "sent" if taken else "pending"

    @api.model
    def _search_dispatch_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        taken = Domain("state", "in", ("sent", "reconciled")) & Domain(
            "submission_id.state", "in", TAKEN_STATES
        )
        wanted = Domain.FALSE
        if "sent" in value:
            wanted |= taken
        if "pending" in value:
            wanted |= ~taken
        return wanted
