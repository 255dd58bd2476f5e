from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from . import constants
from .resume_right import check_may_resume, with_right_to_pause

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

    payment_managers = fields.Many2many(
        "g2p.program.payment.manager", "g2p_program_payment_manager_rel", copy=False
    )
    dispatch_paused = fields.Boolean(
        "Sending Paused", copy=False, tracking=True, help="Nothing of this program is sent; questions go on."
    )

    sends_payments = fields.Boolean(
        compute="_compute_sends_payments", help="Its payment manager is connected to a payment system."
    )

    @api.constrains(*constants.MULTIPLE_MANAGER_FIELDS.values(), *constants.SINGLE_MANAGER_FIELDS.values())
    def _check_own_managers(self):
        """Refuse to plug in what belongs to another program.

        :raise ValidationError: naming programs and fields
        """
        # sudo: the other program may be one that the user must not see, and is then what this is about
        wrong = [
            f"{program.display_name}: {self._fields[name].string}"
            for program in self.sudo()
            for name in program._get_manager_fields()
            if program[name].program_id - program
        ]
        if wrong:
            raise ValidationError(
                self.env._("These managers belong to another program: %s. Make new ones.", ", ".join(wrong))
            )

    @api.depends("payment_managers.manager_ref_id")
    def _compute_sends_payments(self):
        for program in self:
            manager = program.get_manager(program.MANAGER_PAYMENT)
            program.sends_payments = bool(manager) and "dispatch_paused" in manager._fields

    def write(self, vals):
        if "dispatch_paused" in vals and not vals["dispatch_paused"]:
            check_may_resume(self.filtered("dispatch_paused"))
        if "payment_managers" not in vals:
            return super().write(vals)
        plugged = self.sudo().payment_managers  # sudo: what is unplugged counts whoever does it
        result = super().write(vals)
        self._check_unplugged(plugged)
        return result

    def _check_unplugged(self, plugged):
        """Refuse to unplug a manager through which money may be on its way.

        :param plugged: ``g2p.program.payment.manager`` records that were plugged in before, as the superuser
        """
        for wrapper in (plugged - self.sudo().payment_managers).exists():  # sudo: as in write
            if wrapper.manager_ref_id:
                wrapper.manager_ref_id._check_nothing_open(self.env._("unplugged"))

    def action_pause_dispatch(self):
        """Send nothing of these programs; questions about what is on its way go on.

        :return: True
        :raise AccessError: when the user may neither change these programs nor resume them
        """
        return with_right_to_pause(self).write({"dispatch_paused": True})

    def action_resume_dispatch(self):
        """Go on sending.

        :return: True
        :raise AccessError: when the user is neither of finance, nor a releaser, nor an administrator
        """
        check_may_resume(self)
        return with_right_to_pause(self).write({"dispatch_paused": False})

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
