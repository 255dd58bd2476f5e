from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class ProgramEntitlementManager(models.Model):
    _name = "g2p.program.entitlement.manager"
    _description = "Entitlement Manager"
    _inherit = "g2p.manager.mixin"

    program_id = fields.Many2one("g2p.program", ondelete="cascade", index=True)

    @api.model
    def _selection_manager_ref_id(self):
        selection = super()._selection_manager_ref_id()
        new = ("g2p.program.entitlement.manager.default", self.env._("Default"))
        return selection if new in selection else [*selection, new]


class BaseEntitlementManager(models.AbstractModel):
    """What a member is owed, and who may say so."""

    _name = "g2p.base.program.entitlement.manager"
    _description = "Base Entitlement Manager"
    _inherit = "base.programs.manager"

    #: Whether what is owed is money.
    IS_CASH_ENTITLEMENT = True
    #: Who may approve entitlements where the manager names no group.
    _APPROVER_GROUPS = (
        "g2p_programs.g2p_program_cycle_approver",
        "g2p_programs.g2p_finance_validator",
        "g2p_registry_base.group_g2p_admin",
    )

    name = fields.Char("Manager Name", required=True)
    program_id = fields.Many2one("g2p.program", required=True, ondelete="cascade", index=True)
    entitlement_validation_group_id = fields.Many2one("res.groups")

    @api.private
    def prepare_entitlements(self, cycle, beneficiaries):
        """Prepare the entitlements of some members of a cycle.

        :param cycle: g2p.cycle record
        :param beneficiaries: g2p.cycle.membership records
        :return: the created records, or None
        """

    @api.private
    def set_pending_validation_entitlements(self, cycle):
        """Submit the cycle's draft entitlements."""

    @api.private
    def validate_entitlements(self, cycle):
        """Approve what the cycle has waiting.

        :return: dict notification
        """

    @api.private
    def approve_entitlements(self, entitlements):
        """Approve entitlements and reserve their money.

        :return: (int not approved, str message)
        """
        return 0, ""

    @api.private
    def cancel_entitlements(self, cycle):
        """Cancel what the cycle still owes."""

    @api.private
    def open_entitlements_form(self, cycle):
        """Open the cycle's entitlements.

        :return: dict action
        """

    @api.private
    def open_entitlement_form(self, rec):
        """Open one entitlement.

        :return: dict action
        """

    @api.private
    def mark_job_as_done(self, cycle, msg):
        """Release a cycle when the last part of work on its entitlements is done."""
        cycle.check_access("read")
        cycle._release_lock(msg)

    @api.private
    def check_fund_balance(self, program_id):
        """Return what the program's fund has left to promise.

        :param int program_id: id of g2p.program
        :return: float, posted funds less what approved entitlements reserve, in the program's currency
        """
        return float(self.env["g2p.program"].browse(program_id)._get_fund_balance())

    # ---- rights ----
    def _check_may_approve(self):
        """Refuse whoever may not approve entitlements here; superuser code may.

        :raise AccessError: naming the group that may
        """
        if not self._may_approve():
            raise AccessError(
                self.env._(
                    "You may not approve entitlements of %(program)s. Ask somebody of: %(groups)s.",
                    program=self.sudo().program_id.display_name,  # sudo: a name for a refusal
                    groups=", ".join(self._get_approver_groups().mapped("full_name")),
                )
            )

    def _may_approve(self):
        """Return whether the user may approve entitlements here; superuser code may."""
        return self.env.su or bool(self._get_approver_groups() & self.env.user.all_group_ids)

    def _get_approver_groups(self):
        """Return the groups whose members may approve entitlements here."""
        # sudo: which group approves has to be known to refuse the others.
        manager = self.sudo()
        if manager.entitlement_validation_group_id:
            return manager.entitlement_validation_group_id
        return manager.env["res.groups"].union(*map(manager.env.ref, self._APPROVER_GROUPS))

    def _check_not_preparer(self, entitlements):
        """Refuse to approve what one prepared oneself, where the program says so.

        :raise UserError: naming the program and how many
        """
        if self.env.su:
            return
        # sudo: who prepared has to be known to refuse, also to somebody who sees no settings.
        own = entitlements.sudo().search(
            [
                ("id", "in", entitlements.ids),
                ("prepared_by", "=", self.env.uid),
                ("program_id.separate_duties", "=", True),
            ]
        )
        if own:
            raise UserError(
                self.env._(
                    "You prepared %(count)s of these entitlements yourself (%(names)s), and %(programs)s wants another "
                    "person to approve them.",
                    count=len(own),
                    names=", ".join(own[:5].mapped("code")),
                    programs=", ".join(own.program_id.mapped("display_name")),
                )
            )
