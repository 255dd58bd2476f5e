from odoo import api, fields, models
from odoo.exceptions import UserError

from ..bridge import const as bridge
from .constants import G2P_CONNECT
from .payment_manager_envelope import VOID_STATES


class G2PPaymentSubmission(models.Model):
    """An envelope of a bridge: the emergency stop, and the last that the bridge said of it."""

    _inherit = "g2p.payment.submission"

    is_envelope = fields.Boolean(compute="_compute_is_envelope", search="_search_is_envelope")
    can_cancel_envelope = fields.Boolean(compute="_compute_can_cancel_envelope")

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("purpose", "manager_model")
    def _compute_is_envelope(self):
        for submission in self:
            submission.is_envelope = (
                submission.manager_model == G2P_CONNECT and submission.purpose == bridge.ENVELOPE
            )

    @api.model
    def _search_is_envelope(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("manager_model", "=", G2P_CONNECT), ("purpose", "=", bridge.ENVELOPE)] * (True in value)

    @api.depends("is_envelope", "state", "correlation", "opened_ids.purpose", "opened_ids.state")
    def _compute_can_cancel_envelope(self):
        for submission in self:
            submission.can_cancel_envelope = not submission._find_cancel_problem()

    def _find_cancel_problem(self):
        """Return why this submission cannot be cancelled at the bridge ("" when it can)."""
        self.ensure_one()
        if not self.is_envelope:
            return self.env._("%s is no envelope of a bridge.", self.name)
        is_over = self.state != "sent" and not (self.state == "done" and self._has_given_up())
        if is_over or not self.correlation:
            return self.env._(
                "%s is not at the bridge, or settled there: there is nothing to cancel. What is queued can be given "
                "up.",
                self.name,
            )
        steps = self.opened_ids.filtered(
            lambda one: (
                one.purpose == bridge.CANCELLATION
                and one.state not in VOID_STATES
                and one.last_code != bridge.CANCELLATION_LATE
            )
        )
        if steps:
            return self.env._("%s is being cancelled, or was, already.", self.name)
        return ""

    def _has_given_up(self):
        """Return whether requests were tried and given up that may be in this envelope all the same."""
        return any(
            one.purpose == bridge.DISBURSEMENTS and one.state == "cancelled" and one.tries
            for one in self.opened_ids
        )

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_cancel_envelope(self):
        """Ask the bridge to stop envelopes; payments in them stay open until the bridge tells, or two people decide.

        :return: True
        :raise UserError: when the user may not release, or something is no envelope that can be cancelled
        """
        self.batch_id._check_release_right()
        submissions = self.sudo()  # sudo: the right was checked above
        submissions._apply_stored()
        submissions._lock()
        problems = [problem for one in submissions if (problem := one._find_cancel_problem())]
        if problems:
            raise UserError("\n".join(problems))
        for submission in submissions:
            manager = submission._get_manager()
            if manager is None:
                raise UserError(
                    self.env._(
                        "The payment manager of %s was removed. Call whoever runs the bridge.",
                        submission.name,
                    )
                )
            step = manager._plan_step(submission, 0, bridge.CANCELLATION)
            manager._queue_plans([(submission.batch_id, step)])
        return True
