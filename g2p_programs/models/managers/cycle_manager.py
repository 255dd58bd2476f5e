from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...sets import set_update
from .. import constants


class CycleManager(models.Model):
    _name = "g2p.cycle.manager"
    _description = "Cycle Manager"
    _inherit = "g2p.manager.mixin"

    program_id = fields.Many2one("g2p.program", ondelete="cascade", index=True)

    @api.model
    def _selection_manager_ref_id(self):
        selection = super()._selection_manager_ref_id()
        new = ("g2p.cycle.manager.default", self.env._("Default"))
        return selection if new in selection else [*selection, new]


class BaseCycleManager(models.AbstractModel):
    """The life of a cycle."""

    _name = "g2p.base.cycle.manager"
    _description = "Base Cycle Manager"
    _inherit = "base.programs.manager"

    name = fields.Char("Manager Name", required=True)
    program_id = fields.Many2one("g2p.program", required=True, ondelete="cascade", index=True)
    auto_approve_entitlements = fields.Boolean("Auto-approve Entitlements")
    approver_group_id = fields.Many2one(
        "res.groups",
        default=lambda self: self.env.ref(
            "g2p_programs.g2p_program_cycle_approver", raise_if_not_found=False
        ),
    )

    # ---- filling a cycle ----
    @api.private
    def check_eligibility(self, cycle, beneficiaries=None):
        """Check the members of a draft cycle again; those not eligible lose their entitlement of it."""

    @api.private
    def prepare_entitlements(self, cycle):
        """Prepare what each member of a draft cycle is owed.

        :return: dict notification
        """

    @api.private
    def new_cycle(self, name, new_start_date, sequence):
        """Open a cycle.

        :param str name: its name
        :param date new_start_date: the earliest day on which it may begin
        :param int sequence: its number
        :return: g2p.cycle record
        """

    @api.private
    def copy_beneficiaries_from_program(self, cycle, state="enrolled"):
        """Add the program's enrolled members to a draft cycle.

        :return: dict notification
        """

    @api.private
    def add_beneficiaries(self, cycle, beneficiaries, state="draft"):
        """Add members of the program to a draft cycle.

        :param list beneficiaries: ids of res.partner
        :param str state: cycle membership state to give
        :return: dict notification
        """

    @api.private
    def on_start_date_change(self, cycle):
        """Set the end that goes with the cycle's start."""

    @api.private
    def validate_entitlements(self, cycle, cycle_memberships):
        """Approve the entitlements of these cycle memberships.

        :return: (int not approved, str message)
        """
        entitlements = self.env["g2p.entitlement"].search(
            [
                ("cycle_id", "=", cycle.id),
                ("partner_id", "in", cycle_memberships.partner_id.ids),
                ("state", "in", ("draft", "pending_validation")),
            ]
        )
        manager = cycle.program_id._require_manager(constants.MANAGER_ENTITLEMENT)
        return manager.approve_entitlements(entitlements)

    # ---- states ----
    @api.private
    def approve_cycle(self, cycle, auto_approve=False, entitlement_manager=None):
        """Approve a cycle that was submitted, and its entitlements where the cycle says so.

        :param cycle: g2p.cycle record
        :param bool auto_approve: approve its entitlements too
        :param entitlement_manager: the program's
        :return: dict notification, or True
        :raise ValidationError: when the user is not of the approver group
        :raise UserError: when the user prepared the cycle, or the cycle is not waiting for approval
        """
        cycle._check_not_locked()
        self.on_state_change(cycle)
        cycle._check_other_person()
        # sudo: approving is a right of its own, checked just above; approvers need no right to write on cycles.
        cycle = cycle.sudo()
        set_update(
            cycle,
            {
                "state": constants.STATE_APPROVED,
                "approved_date": fields.Datetime.now(),
                "approved_by": self.env.uid,
            },
            legal_from=(constants.STATE_TO_APPROVE,),
        )
        cycle.message_post(body=self.env._("Cycle approved."))
        if not auto_approve or not entitlement_manager:
            return True
        return entitlement_manager.validate_entitlements(cycle.sudo(self.env.su))

    @api.private
    def on_state_change(self, cycle):
        """Check that the user may approve cycles; the name is upstream's.

        :raise ValidationError: when no group is set, or the user is not of it
        """
        if self._may_approve_cycles():
            return
        # sudo: which group approves has to be known to refuse the others.
        group = self.sudo().approver_group_id
        if not group:
            raise ValidationError(
                self.env._(
                    "The cycle approver group is not specified! Set it in the cycle manager of %s.",
                    cycle.program_id.display_name,
                )
            )
        raise ValidationError(
            self.env._(
                "You are not allowed to approve this cycle! Ask somebody of the group %s.", group.full_name
            )
        )

    def _may_approve_cycles(self):
        """Return whether the user is of the approver group; superuser code is."""
        group = self.sudo().approver_group_id  # sudo: see on_state_change
        return self.env.su or bool(group and group in self.env.user.all_group_ids)

    @api.private
    def mark_distributed(self, cycle):
        """Say that an approved cycle has been distributed."""
        cycle._move_to(constants.STATE_DISTRIBUTED, (constants.STATE_APPROVED,))

    @api.private
    def mark_ended(self, cycle):
        """End a cycle that has been distributed."""
        cycle._move_to(constants.STATE_ENDED, (constants.STATE_DISTRIBUTED,))

    @api.private
    def mark_cancelled(self, cycle):
        """Cancel a cycle and what it still owes."""
        legal = (constants.STATE_DRAFT, constants.STATE_TO_APPROVE, constants.STATE_APPROVED)
        for one in cycle:
            if manager := one.program_id.get_manager(constants.MANAGER_ENTITLEMENT):
                manager._cancel_entitlements(
                    one.get_entitlements(["draft", "pending_validation", "approved"])
                )
        cycle._move_to(constants.STATE_CANCELLED, legal)

    # ---- ends of long work ----
    def _finish(self, cycle, message):
        """Release a cycle: called by jobs, so the message is theirs."""
        cycle.check_access("read")
        cycle._release_lock(message)

    @api.private
    def mark_import_as_done(self, cycle, msg):
        """Release a cycle when the last part of filling it is done."""
        self._finish(cycle, msg)

    @api.private
    def mark_prepare_entitlement_as_done(self, cycle, msg):
        """Release a cycle when the last part of preparing its entitlements is done."""
        self._finish(cycle, msg)

    @api.private
    def mark_check_eligibility_as_done(self, cycle):
        """Release a cycle when the last part of checking its members is done."""
        self._finish(cycle, self.env._("Eligibility check finished."))

    def _ensure_can_edit_cycle(self, cycle):
        """Refuse to change the members and entitlements of a cycle that is no draft.

        :raise UserError: naming the cycle
        """
        cycle._check_draft()
        cycle.program_id._check_active()
