from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    mode_of_payment = fields.Selection(
        [("cash", "Cash"), ("voucher", "Voucher"), ("digital", "Digital")],
        help="How this registrant is to be paid, for filters and reports; it decides nothing by itself.",
    )
