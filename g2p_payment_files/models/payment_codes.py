from odoo import fields, models


class G2PPayment(models.Model):
    _inherit = "g2p.payment"

    qrcode_ids = fields.One2many("g2p.payment.file.qrcode", "payment_id", "QR Codes", readonly=True)
