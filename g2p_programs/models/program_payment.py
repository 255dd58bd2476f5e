from odoo import api, fields, models
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

    sends_payments = fields.Boolean(
        compute="_compute_sends_payments", help="Its payment manager is connected to a payment system."
    )

    @api.depends("payment_managers.manager_ref_id")
    def _compute_sends_payments(self):
        for program in self:
            manager = program.get_manager(program.MANAGER_PAYMENT)
            program.sends_payments = bool(manager) and "dispatch_paused" in manager._fields

    def action_choose_payment_manager(self):
        """Ask which kind of payment manager the program gets.

        :return: act_window of the wizard
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose a Payment Manager"),
            "res_model": "g2p.choose.payment.manager.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_program_id": self.id},
        }

    def action_open_payment_manager(self):
        """Open the settings of the program's payment manager.

        :return: dict action
        """
        self.ensure_one()
        return self.payment_managers.open_manager_form()

    def _put_payment_manager(self, manager):
        """Let ``manager`` be the payment manager of its program.

        :param manager: a concrete payment manager
        """
        self.ensure_one()
        values = {"program_id": self.id, "manager_ref_id": f"{manager._name},{manager.id}"}
        if self.payment_managers:
            self.payment_managers.write(values)
        else:
            self.payment_managers = self.payment_managers.create(values)

    def _get_reserving_domain(self):
        return super()._get_reserving_domain() & Domain("id", "not in", SQL("(%s)", SQL(_FINALLY_FAILED)))
