import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..settings import Settings
from .ir_attachment import UNINDEXED


class G2PPaymentPHEEFile(models.Model):
    """A file for the hub, as it is attached to its batch: what is sent is this, byte for byte, or nothing."""

    _name = "g2p.payment.phee.file"
    _description = "Payment Hub EE File"
    _inherit = ["g2p.guarded.mixin"]
    _order = "id desc"

    name = fields.Char("File Name", compute="_compute_name", store=True)
    batch_id = fields.Many2one(
        "g2p.payment.batch", required=True, readonly=True, index=True, ondelete="cascade"
    )
    submission_id = fields.Many2one(
        "g2p.payment.submission", readonly=True, index="btree_not_null", ondelete="set null"
    )
    company_id = fields.Many2one(related="batch_id.company_id", store=True, index=True)
    part = fields.Integer(readonly=True, default=1, aggregator=None)
    content = fields.Binary("File", attachment=True, readonly=True, copy=False, required=True)
    sha256 = fields.Char("SHA-256", readonly=True, required=True)
    rows = fields.Integer("Payments", readonly=True)
    size = fields.Integer("Size (bytes)", readonly=True)
    replaced = fields.Boolean(
        readonly=True, help="The payments or settings changed afterwards, and it was made again."
    )

    @api.model
    def _get_guarded_fields(self):
        return self._all_stored_fields_but()

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("batch_id.name", "batch_id.released_settings", "submission_id.key", "part")
    def _compute_name(self):
        for file in self:
            # sudo: the name under which it is sent is no secret
            batch, submission = file.sudo().batch_id, file.sudo().submission_id
            settings = Settings.from_stored(batch._get_send_settings().get(batch.id) or {})
            name = settings.file_name(submission.key or f"{batch.name}-{file.part}")
            is_raw = settings.batch_type_header == "RAW"
            file.name = name.removesuffix(".csv") + ".json" if is_raw else name

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_guarded_call():
            raise UserError(self.env._("Files for the hub are made by preparing and sending, not by hand."))
        files = super(G2PPaymentPHEEFile, self.with_context(**{UNINDEXED: True})).create(vals_list)
        return files.with_env(self.env)

    @api.ondelete(at_uninstall=False)
    def _unlink_unsent(self):
        if self.batch_id.filtered("released") or self.submission_id:
            raise UserError(
                self.env._("Files of released batches are a record of what was sent: they cannot be deleted.")
            )

    # ---- Business ---------------------------------------------------------------------------------------------
    @api.model
    def _prepare_vals(self, batch, part, text, rows, submission):
        """Return the values of a new file (dict).

        :param str text: what will be sent
        :param int rows: payments in it
        """
        data = text.encode()
        return {
            "batch_id": batch.id,
            "submission_id": submission.id,
            "part": part,
            "content": base64.b64encode(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "rows": rows,
            "size": len(data),
        }

    def _is_current(self):
        """Return whether this file may still become what is sent: it was neither replaced nor tried."""
        submission = self.submission_id
        untried = submission.state in ("queued", "cancelled") and not submission.tries
        return not self.replaced and (not submission or untried)

    def _hash_content(self):
        """Return the SHA-256 of what is really attached; the stored one is for people."""
        self.ensure_one()
        # sudo: the claim compares, whoever it works for
        content = self.sudo().with_context(bin_size=False).content
        return hashlib.sha256(base64.b64decode(content or b"")).hexdigest()
