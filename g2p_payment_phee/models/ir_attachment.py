from odoo import api, models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _get_frozen_attachments(self):
        return super()._get_frozen_attachments() | {("g2p.payment.phee.file", "content")}
