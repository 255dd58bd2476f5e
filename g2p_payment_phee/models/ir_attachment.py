from odoo import api, models

#: Key of the context under which what is written is not indexed.
UNINDEXED = "g2p_payment_phee_unindexed"


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _get_frozen_attachments(self):
        return super()._get_frozen_attachments() | {("g2p.payment.phee.file", "content")}

    @api.model
    def _index(self, bin_data, file_type, checksum=None):
        # Else the database would hold each payee once more, in clear, for searching.
        if self.env.context.get(UNINDEXED):
            return None
        return super()._index(bin_data, file_type, checksum=checksum)
