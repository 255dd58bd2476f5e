from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError

from ..notify import notification
from ..sets import set_update
from . import constants


class G2PCycle(models.Model):
    """The way of a cycle: who may move it, from where to where, and what moves with it."""

    _inherit = "g2p.cycle"

    # ---- buttons: filling ----
    def copy_beneficiaries_from_program(self):
        """Add the program's enrolled members.

        :return: dict notification
        :raise UserError: without a cycle manager, when the cycle is no draft, or while it is locked
        """
        return self._run_on_cycle_manager("copy_beneficiaries_from_program")

    def check_eligibility(self, beneficiaries=None):
        """Check the members again; those not eligible lose their entitlement.

        :param beneficiaries: ids of g2p.cycle.membership to look at, None for all
        :return: dict notification
        :raise UserError: see copy_beneficiaries_from_program
        """
        if beneficiaries is not None:
            beneficiaries = self.env["g2p.cycle.membership"].browse(
                getattr(beneficiaries, "ids", beneficiaries)
            )
        return self._run_on_cycle_manager("check_eligibility", beneficiaries)

    def prepare_entitlement(self):
        """Prepare what each enrolled member is owed.

        :return: dict notification
        :raise UserError: see copy_beneficiaries_from_program
        """
        return self._run_on_cycle_manager("prepare_entitlements")

    # ---- buttons: states ----
    def to_approve(self):
        """Submit draft cycles, with their entitlements, to whoever approves.

        :return: dict notification when one is no draft, else True
        :raise UserError: while the cycle is locked
        """
        self.check_access("write")
        if self.filtered(lambda cycle: cycle.state != constants.STATE_DRAFT):
            message = self.env._("Only 'draft' cycles can be set for approval.")
            return notification(self.env._("Cycle"), message, kind="danger")
        self._check_not_locked()
        self.program_id._check_active()
        for cycle in self:
            if manager := cycle.program_id.get_manager(constants.MANAGER_ENTITLEMENT):
                manager.set_pending_validation_entitlements(cycle)
        values = {"state": constants.STATE_TO_APPROVE, "submitted_by": self.env.uid}
        set_update(self, values, legal_from=(constants.STATE_DRAFT,))
        self._say(self.env._("Submitted for approval."))
        return True

    def reset_draft(self):
        """Take submitted cycles, with their entitlements, back.

        :return: dict notification when one is not submitted, else True
        """
        self.check_access("write")
        if self.filtered(lambda cycle: cycle.state != constants.STATE_TO_APPROVE):
            message = self.env._("Only 'to approve' cycles can be reset to draft.")
            return notification(self.env._("Cycle"), message, kind="danger")
        self._check_not_locked()
        set_update(
            self.get_entitlements(["pending_validation"]),
            {"state": "draft"},
            legal_from=("pending_validation",),
        )
        self.invalidate_recordset(self._get_sum_fields(), flush=False)
        self._move_to(constants.STATE_DRAFT, (constants.STATE_TO_APPROVE,))
        return True

    def approve(self):
        """Approve submitted cycles, and their entitlements where the cycle says so.

        :return: dict notification, or True
        :raise ValidationError: when the user is not of the approver group
        :raise UserError: when the user prepared the cycle, or the cycle is not waiting for approval
        """
        self.check_access("read")
        result = None
        for cycle in self:
            manager = cycle._require_manager(constants.MANAGER_CYCLE)
            result = manager.approve_cycle(
                cycle,
                auto_approve=cycle.auto_approve_entitlements,
                entitlement_manager=cycle._require_manager(constants.MANAGER_ENTITLEMENT),
            )
        return result

    def validate_entitlement(self):
        """Approve what the cycle has waiting.

        :return: dict notification
        :raise AccessError: when the user may not approve here
        :raise UserError: when the user prepared some of it
        """
        self.check_access("read")
        result = None
        for cycle in self:
            result = cycle._require_manager(constants.MANAGER_ENTITLEMENT).validate_entitlements(cycle)
        return result

    def mark_distributed(self):
        """Say that approved cycles have been distributed.

        :return: True
        :raise UserError: when one is not approved, or locked
        """
        self._run_on_cycle_manager("mark_distributed")
        return True

    def mark_ended(self):
        """End distributed cycles.

        :return: True
        :raise UserError: when one is not distributed, or locked
        """
        self._run_on_cycle_manager("mark_ended")
        return True

    def mark_cancelled(self):
        """Cancel cycles and what they still owe.

        :return: True
        :raise UserError: when a payment is on its way or made, or a cycle is over or locked
        """
        self._run_on_cycle_manager("mark_cancelled")
        return True

    # ---- buttons: screens ----
    def open_cycle_form(self):
        """Open the cycle.

        :return: dict action
        """
        self.ensure_one()
        manager = self.program_id.get_manager(constants.MANAGER_ENTITLEMENT)
        cash = bool(manager and manager.IS_CASH_ENTITLEMENT)
        return {
            "name": self.env._("Cycle"),
            "type": "ir.actions.act_window",
            "res_model": "g2p.cycle",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("g2p_programs.view_cycle_form").id, "form")],
            "context": {"hide_cash": not cash},
        }

    def open_members_form(self):
        """Open the members of the cycle.

        :return: dict action
        """
        self.ensure_one()
        return {
            "name": self.env._("Cycle Members"),
            "type": "ir.actions.act_window",
            "res_model": "g2p.cycle.membership",
            "view_mode": "list,form",
            "domain": [("cycle_id", "=", self.id)],
            "context": {"create": False, "default_cycle_id": self.id},
        }

    def open_entitlements_form(self):
        """Open what the cycle owes.

        :return: dict action
        """
        self.ensure_one()
        return self._require_manager(constants.MANAGER_ENTITLEMENT).open_entitlements_form(self)

    # ---- business ----
    def _require_manager(self, kind):
        return self.program_id._require_manager(kind)

    def _run_on_cycle_manager(self, method, *args):
        """Let the manager of each cycle do something that needs the right to write on cycles."""
        self.check_access("write")
        result = None
        for cycle in self:
            result = getattr(cycle._require_manager(constants.MANAGER_CYCLE), method)(cycle, *args)
        return result

    def _move_to(self, state, legal_from):
        """Move cycles to ``state``: the caller has checked who moves them.

        :param str state: where to
        :param tuple legal_from: states they may be in now
        :raise UserError: naming those that are in another state, or locked
        """
        self._check_not_locked()
        set_update(self, {"state": state}, legal_from=legal_from)
        label = dict(self._fields["state"]._description_selection(self.env))[state]
        self._say(self.env._("Cycle set to: %s.", label))

    def _check_other_person(self):
        """Refuse to approve what one prepared or submitted oneself, where the program says so; superuser code may.

        :raise UserError: naming the cycles
        """
        if self.env.su:
            return
        # sudo: who prepared has to be known to refuse, also to somebody who sees neither users nor settings.
        mine = self.sudo().filtered(
            lambda c: c.program_id.separate_duties and self.env.user in (c.prepared_by, c.submitted_by)
        )
        own = (
            self.env["g2p.entitlement"]
            .sudo()
            ._read_group([("cycle_id", "in", self.ids), ("prepared_by", "=", self.env.uid)], ["cycle_id"])
        )
        mine |= self.sudo().browse([c.id for (c,) in own if c.program_id.separate_duties])
        if mine:
            raise UserError(
                self.env._(
                    "You prepared %s yourself, and the program wants another person to approve it.",
                    ", ".join(mine.mapped("display_name")),
                )
            )

    def _say(self, message):
        for cycle in self.sudo():  # sudo: whoever may move a cycle may have it written down
            cycle.message_post(body=message)

    def _post_lines(self, head, lines):
        body = Markup("<p>%s</p><ul>%s</ul>") % (
            head,
            Markup("").join(Markup("<li>%s</li>") % line for line in lines),
        )
        self._say(body)
