from odoo import api, fields, models


class ChoosePaymentManagerWizard(models.TransientModel):
    """Which kind of payment manager a program gets; its settings are asked for next."""

    _name = "g2p.choose.payment.manager.wizard"
    _description = "Choose a Payment Manager"

    program_id = fields.Many2one("g2p.program", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection("_selection_kind", "Payment Manager", required=True)

    @api.model
    def _selection_kind(self):
        return self.env["g2p.program.payment.manager"]._selection_manager_ref_id()

    def action_continue(self):
        """Open the settings of a new payment manager; saving them puts it in its place in the program.

        :return: act_window
        """
        self.ensure_one()
        label = dict(self._selection_kind())[self.kind]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%(kind)s of %(program)s", kind=label, program=self.program_id.name),
            "res_model": self.kind,
            "view_mode": "form",
            "views": [(self.env[self.kind].get_manager_view_id(), "form")],
            "target": "new",
            "context": {
                "default_program_id": self.program_id.id,
                "default_name": label,
                "choose_payment_manager": True,
            },
        }
