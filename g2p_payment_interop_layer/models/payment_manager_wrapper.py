from odoo import api, models

from .constants import INTEROP


class ProgramPaymentManager(models.Model):
    """Offers the layer where a program chooses its payment manager."""

    _inherit = "g2p.program.payment.manager"

    @api.model
    def _selection_manager_ref_id(self):
        selection = super()._selection_manager_ref_id()
        new = (INTEROP, self.env._("Payments Interoperability Layer"))
        if new not in selection:
            selection.append(new)
        return selection
