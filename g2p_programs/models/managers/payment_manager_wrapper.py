from odoo import api, fields, models


class ProgramPaymentManager(models.Model):
    """The place of a program where its one payment manager is plugged in."""

    _name = "g2p.program.payment.manager"
    _description = "Payment Manager"
    _inherit = "g2p.manager.mixin"

    program_id = fields.Many2one("g2p.program", ondelete="cascade", index=True)

    @api.model
    def _selection_manager_ref_id(self):
        selection = super()._selection_manager_ref_id()
        new = ("g2p.program.payment.manager.default", self.env._("Default"))
        if new not in selection:
            selection.append(new)
        return selection

    def write(self, vals):
        if "manager_ref_id" in vals or "program_id" in vals:
            for wrapper in self.filtered("manager_ref_id"):
                wrapper.manager_ref_id._check_nothing_open(self.env._("replaced"))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_nothing_open(self):
        for wrapper in self.filtered("manager_ref_id"):
            wrapper.manager_ref_id._check_nothing_open(self.env._("removed"))
