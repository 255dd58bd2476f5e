from odoo import api, models


class ProgramPaymentManager(models.Model):
    _inherit = "g2p.program.payment.manager"

    @api.model
    def _selection_manager_ref_id(self):
        selection = super()._selection_manager_ref_id()
        selection.append(("g2p.program.payment.manager.test.steps", "Two Steps"))
        selection.append(("g2p.program.payment.manager.test.single", "One Payment Each"))
        selection.append(("g2p.program.payment.manager.test.file", "Carried by Hand"))
        selection.append(("g2p.program.payment.manager.test.lane", "Many at Once"))
        selection.append(("g2p.program.payment.manager.test.envelope", "Envelope and Requests"))
        return selection
