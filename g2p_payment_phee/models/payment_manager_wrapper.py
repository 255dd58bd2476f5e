from odoo import api, models

from .payment_manager import PHEE


class ProgramPaymentManager(models.Model):
    """Offers Payment Hub EE where a program chooses its payment manager."""

    _inherit = "g2p.program.payment.manager"

    @api.model
    def _selection_manager_ref_id(self):
        selection = super()._selection_manager_ref_id()
        new = (PHEE, self.env._("Payment Hub EE"))
        if new not in selection:
            selection.append(new)
        return selection
