from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    dispatch_paused = fields.Boolean(
        "Sending of Payments Paused", help="Nothing of this company is sent; questions go on."
    )
