from odoo import api, fields, models


class G2PCycleEnvelopeSummary(models.TransientModel):
    """What a bridge said last of one envelope of a cycle, beside what was declared; made anew whenever it is opened."""

    _name = "g2p.cycle.envelope.summary"
    _description = "Envelope Summary"
    _order = "id"

    cycle_id = fields.Many2one("g2p.cycle", required=True, readonly=True, ondelete="cascade")
    submission_id = fields.Many2one(
        "g2p.payment.submission", "Envelope", required=True, readonly=True, ondelete="cascade"
    )
    batch_id = fields.Many2one(related="submission_id.batch_id")
    currency_id = fields.Many2one(related="submission_id.currency_id")
    envelope_state = fields.Selection(related="submission_id.state", string="State")
    disbursement_envelope_id = fields.Char(related="submission_id.correlation", string="Envelope ID")
    disbursement_schedule_date = fields.Date("Paid On", readonly=True)
    asked_at = fields.Datetime(
        "Told At", readonly=True, help="When the bridge said this; empty when it never did."
    )

    number_of_disbursements_declared = fields.Integer("Payments Declared", readonly=True)
    total_disbursement_amount_declared = fields.Monetary("Total Declared", readonly=True)
    number_of_disbursements_received = fields.Integer("Payments Received", readonly=True)
    total_disbursement_amount_received = fields.Monetary("Total Received", readonly=True)
    funds_available_with_bank = fields.Char("Funds Available", readonly=True)
    funds_available_latest_timestamp = fields.Char("Funds Looked For At", readonly=True)
    funds_available_latest_error_code = fields.Char("Error When Looking for Funds", readonly=True)
    funds_available_attempts = fields.Integer("Times Looked for Funds", readonly=True, aggregator=None)
    funds_blocked_with_bank = fields.Char("Funds Blocked", readonly=True)
    funds_blocked_latest_timestamp = fields.Char("Funds Blocked At", readonly=True)
    funds_blocked_latest_error_code = fields.Char("Error When Blocking Funds", readonly=True)
    funds_blocked_attempts = fields.Integer("Times Tried to Block Funds", readonly=True, aggregator=None)
    funds_blocked_reference_number = fields.Char("Reference of the Blocked Funds", readonly=True)
    id_mapper_resolution_required = fields.Boolean("ID Mapper Needed", readonly=True)
    number_of_disbursements_shipped = fields.Integer("Payments Given to the Bank", readonly=True)
    number_of_disbursements_reconciled = fields.Integer("Payments on Statements", readonly=True)
    number_of_disbursements_reversed = fields.Integer("Payments Reversed", readonly=True)
    problems = fields.Text(readonly=True, help="What is wrong, or not yet as it has to be, in words.")
    is_good = fields.Boolean(compute="_compute_is_good")

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("problems")
    def _compute_is_good(self):
        for summary in self:
            summary.is_good = not summary.problems

    @api.depends("submission_id")
    def _compute_display_name(self):
        for summary in self:
            summary.display_name = self.env._("Envelope %s", summary.disbursement_envelope_id)

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_ask_again(self):
        """Have the bridge asked about these envelopes; the answers show when the summary is opened again.

        :return: notification action (dict)
        :raise UserError: naming those that are settled, or not at the bridge
        """
        self.check_access("read")
        return self.submission_id.action_ask_now()

    def action_open_submission(self):
        """Open an envelope's submission, where it can be cancelled.

        :return: act_window
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "g2p.payment.submission",
            "res_id": self.submission_id.id,
            "view_mode": "form",
        }
