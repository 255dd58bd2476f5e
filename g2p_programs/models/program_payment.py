from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: Entitlements all of whose payments failed or came back: their money is not spoken for until they are paid again.
_FINALLY_FAILED = """
SELECT ended.entitlement_id FROM g2p_payment ended
 WHERE (ended.status = 'failed' OR ended.reversal_confirmed)
   AND NOT EXISTS (SELECT 1 FROM g2p_payment live WHERE live.entitlement_id = ended.entitlement_id
                      AND live.state <> 'cancelled' AND live.status IS DISTINCT FROM 'failed'
                      AND live.reversal_confirmed IS NOT TRUE)
"""


class G2PProgram(models.Model):
    """How a program pays, and what its payments mean for its fund."""

    _inherit = "g2p.program"

    payment_managers = fields.Many2many("g2p.program.payment.manager", "g2p_program_payment_manager_rel")
    dispatch_paused = fields.Boolean(
        "Sending Paused", copy=False, tracking=True, help="Nothing of this program is sent; questions go on."
    )

    def _get_reserving_domain(self):
        return super()._get_reserving_domain() & Domain("id", "not in", SQL("(%s)", SQL(_FINALLY_FAILED)))
