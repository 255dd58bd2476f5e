from odoo import api, models


class ProgramPaymentManager(models.Model):
    """Offers paying by file where a program chooses its payment manager."""

    _inherit = "g2p.program.payment.manager"

    @api.model
    def _selection_manager_ref_id(self):
        selection = super()._selection_manager_ref_id()
        new = ("g2p.program.payment.manager.file", self.env._("File Payment Manager"))
        if new not in selection:
            selection.append(new)
        return selection
