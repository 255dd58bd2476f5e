from odoo import fields, models


class G2PProgram(models.Model):
    _inherit = "g2p.program"

    payment_managers = fields.Many2many("g2p.program.payment.manager", "g2p_program_payment_manager_rel")
    dispatch_paused = fields.Boolean(
        "Sending Paused", copy=False, tracking=True, help="Nothing of this program is sent; questions go on."
    )
