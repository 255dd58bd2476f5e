from odoo import fields, models


class G2PPaymentBatch(models.Model):
    _inherit = "g2p.payment.batch"

    qrcode_ids = fields.One2many("g2p.payment.file.qrcode", "payment_batch_id", "QR Codes", readonly=True)
