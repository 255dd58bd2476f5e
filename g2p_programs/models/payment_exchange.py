from odoo import api, fields, models
from odoo.exceptions import UserError


class G2PPaymentExchange(models.Model):
    """One thing that was said to, or by, a payment system or a person. Append-only for everybody."""

    _name = "g2p.payment.exchange"
    _description = "Payment Exchange"
    _order = "id desc"
    _rec_name = "key"

    submission_id = fields.Many2one(
        "g2p.payment.submission", required=True, index=True, ondelete="restrict", readonly=True
    )
    batch_id = fields.Many2one(related="submission_id.batch_id", store=True, index=True)
    company_id = fields.Many2one(related="submission_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("submit", "Submit"),
            ("question", "Question"),
            ("callback", "Callback"),
            ("file", "File"),
            ("decision", "Decision"),
        ],
        required=True,
        readonly=True,
    )
    key = fields.Char("Business Key", readonly=True)
    claim_token = fields.Char(readonly=True, groups="base.group_system")
    payload_hash = fields.Char("SHA-256 of the Payload", readonly=True)
    http_status = fields.Integer("HTTP Status", readonly=True, aggregator=None)
    outcome = fields.Char(readonly=True)
    code = fields.Char(readonly=True)
    reason = fields.Char(readonly=True)
    duration_ms = fields.Integer("Duration (ms)", readonly=True, aggregator="avg")
    user_id = fields.Many2one(
        "res.users", "Who", readonly=True, ondelete="restrict", default=lambda self: self.env.uid
    )
    asked_at = fields.Datetime("Sent or Asked At", readonly=True)
    settings = fields.Json(
        "Sent or Asked With", readonly=True, groups="g2p_programs.g2p_payment_auditor,base.group_system"
    )
    references = fields.Json(
        "Payments Asked About", readonly=True, groups="g2p_programs.g2p_payment_auditor,base.group_system"
    )
    answer = fields.Json(
        "Stored Answer", readonly=True, groups="g2p_programs.g2p_payment_auditor,base.group_system"
    )
    answer_text = fields.Text(
        "Answer", compute="_compute_answer_text", groups="g2p_programs.g2p_payment_auditor,base.group_system"
    )

    _callback_once = models.UniqueIndex("(submission_id, payload_hash) WHERE kind = 'callback'")
    _submit_key = models.Index("(key) WHERE kind = 'submit'")

    @api.depends("answer")
    def _compute_answer_text(self):
        for exchange in self:
            exchange.answer_text = (exchange.answer or {}).get("body", "")

    # Nothing is ever written, so there is nothing to call. pylint: disable-next=method-required-super
    def write(self, vals):
        """Refuse: what was said stays as it was said."""
        raise UserError(self.env._("Exchanges are a record of what was said: they cannot be changed."))

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self.env._("Exchanges are a record of what was said: they cannot be deleted."))

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse everybody but the engine, which writes exchanges as the superuser."""
        if not self.env.su:
            raise UserError(self.env._("Exchanges are written by the dispatch engine only."))
        return super().create(vals_list)
