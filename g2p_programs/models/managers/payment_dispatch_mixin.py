from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config

from ...dispatch.follow_up import open_submissions
from ...dispatch.timing import HOST_MARGIN
from ...sets import set_update_rows
from ..resume_right import check_may_resume, with_right_to_pause


class G2PPaymentDispatchMixin(models.AbstractModel):
    """A payment manager that is a rail: pause, breaker, pinned settings, and handing batches to the engine."""

    _name = "g2p.payment.dispatch.mixin"
    _description = "Payment Dispatch"
    _inherit = "g2p.base.program.payment.manager"

    dispatch_paused = fields.Boolean(
        "Paused", copy=False, help="Nothing new is sent while paused; questions go on."
    )
    dispatch_paused_reason = fields.Char("Paused Because", copy=False)
    dispatch_resumed_at = fields.Datetime(readonly=True, copy=False)
    refuses_repeated_key = fields.Boolean(
        "Payment System Refuses a Repeated Key",
        copy=False,
        groups="base.group_system",
        help="Declare this only with the payment system's word for it: it then counts as proof that a submission "
        "which it does not know may be sent again under the same key.",
    )
    send_automatically = fields.Boolean(
        "Send Released Batches Automatically", help="A released batch is sent without anybody pressing Send."
    )

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        managers = super().create(vals_list)
        # sudo: the field is for system administrators; whether it is set must be known whoever creates
        managers.sudo().filtered("refuses_repeated_key")._say_declared({"refuses_repeated_key": True})
        return managers

    def write(self, vals):
        resumes = "dispatch_paused" in vals and not vals["dispatch_paused"]
        if resumes or "dispatch_resumed_at" in vals:  # from that moment the breaker counts anew
            check_may_resume(self)
        self._check_pinned(vals)
        self._say_declared(vals)
        if resumes:
            vals = {**vals, "dispatch_paused_reason": False, "dispatch_resumed_at": fields.Datetime.now()}
        result = super().write(vals)
        if resumes:
            self._resume()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_nothing_open(self):
        self._check_nothing_open(self.env._("deleted"))

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_pause(self):
        """Stop sending new submissions; questions about those on their way go on.

        :return: True
        :raise AccessError: when the user may neither change these managers nor resume them
        """
        reason = self.env._("by %s", self.env.user.name)
        with_right_to_pause(self).write({"dispatch_paused": True, "dispatch_paused_reason": reason})
        return True

    def action_resume(self):
        """Go on sending.

        :return: True
        :raise AccessError: when the user is neither of finance, nor a releaser, nor an administrator
        """
        check_may_resume(self)
        with_right_to_pause(self).write({"dispatch_paused": False})
        return True

    # ---- Sending ----------------------------------------------------------------------------------------------
    def _send_payments(self, batches):
        """Release what is not released (when the user may), and queue it. The engine's jobs do the rest."""
        batches = self._filter_batches_to_send(batches)
        if not batches:
            return self._notify(
                self.env._(
                    "Nothing to send: the filter of batches to send of %s leaves all of them out.", self.name
                ),
                "warning",
            )
        batches.filtered(lambda batch: not batch.released).release_payments()
        batches._check_release_right()
        # sudo: the right to release was checked; nobody may write submissions in any other way.
        submissions = self.sudo()._queue_batches(batches.sudo())
        if not submissions:
            return self._notify(
                self.env._("Nothing to send: these batches are on their way already."), "warning"
            )
        return self._notify(
            self.env._(
                "%s batches are on their way. Their progress shows on the cycle.", len(submissions.batch_id)
            )
        )

    def _filter_batches_to_send(self, batches):
        """Return those of ``batches`` that this manager sends."""
        return batches

    def _queue_batches(self, batches):
        """Make submissions of released batches that have none, and leave jobs for them.

        :param batches: released ``g2p.payment.batch`` recordset, as the superuser
        :return: ``g2p.payment.submission`` recordset
        """
        self.ensure_one()
        batches._lock_for_queueing()
        foreign = batches.filtered(
            lambda one: (one.manager_model, one.manager_res_id) != (self._name, self.id)
        )
        if foreign:
            raise UserError(
                self.env._(
                    "%(names)s were prepared for another payment manager than %(manager)s.",
                    names=", ".join(foreign.mapped("name")),
                    manager=self.name,
                )
            )
        idle = batches._find_idle()
        plans = [
            (batch, planned)
            for batch in batches.filtered(lambda one: one.released and one.id in idle)
            for planned in self._plan_idle(batch)
        ]
        return self._queue_plans(plans)

    def _queue_plans(self, plans):
        """Make the submissions that were planned, and leave jobs for those that wait for no other.

        :param plans: list of (``g2p.payment.batch`` as the superuser, :class:`~...dispatch.rail.PlannedSubmission`)
        :return: ``g2p.payment.submission`` recordset
        """
        submission_model = self.env["g2p.payment.submission"]
        if not plans:
            return submission_model
        submissions = submission_model._guarded_create(
            [self._prepare_submission(batch, planned) for batch, planned in plans]
        )
        ids, owners = [], []
        for submission, (_batch, planned) in zip(submissions, plans, strict=True):
            ids += planned.payment_ids
            owners += [submission.id] * len(planned.payment_ids)
        for opener in submissions.filtered("lasts"):
            opened = submissions.filtered(
                lambda one, opener=opener: one.batch_id == opener.batch_id and one.step > opener.step
            )
            opened._guarded_write({"opener_id": opener.id})
        submissions._note_replaced(ids, owners)
        set_update_rows(
            self.env["g2p.payment"].browse(ids), {"submission_id": owners}, legal_from=("issued",)
        )
        # Of a plan the first step only, the others follow it; and what is added to an older plan.
        first = submissions.filtered(
            lambda one: one.step <= 1 or (one.opener_id and one.opener_id not in submissions)
        )
        first._enqueue_dispatch()
        return submissions

    def _prepare_submission(self, batch, planned):
        """Return the values of a submission of this manager (dict)."""
        return {
            "batch_id": batch.id,
            "step": planned.step,
            "purpose": planned.purpose,
            "starts_when": planned.starts_when,
            "lasts": planned.lasts,
            "only_stops": planned.only_stops,
            "opener_id": planned.opener_id or False,
            "on_demand": self._pays_by_file(),
            "manager_model": self._name,
            "manager_res_id": self.id,
            "manager_name": self.display_name,
        }

    def _plan_idle(self, batch):
        """Return the rail's plan for those payments of a batch that nothing carries yet."""
        idle = {
            payment.id
            for payment in batch.payment_ids
            if payment.state == "issued" and payment.submission_id.state in (False, "cancelled")
        }
        plan = []
        for planned in self._rail_plan(batch):
            kept = tuple(id_ for id_ in planned.payment_ids if id_ in idle)
            if kept or not planned.payment_ids:
                plan.append(replace(planned, payment_ids=kept))
        return plan

    def _get_pinned_settings(self):
        return self._rail_settings()

    # ---- Pause and breaker ------------------------------------------------------------------------------------
    def _pause_dispatch(self, reason):
        """Pause from within the engine, with its reason."""
        self.write({"dispatch_paused": True, "dispatch_paused_reason": reason})

    def _resume(self):
        """Look again at what was held back while paused."""
        held = open_submissions(self.env, self).filtered(lambda one: one.state == "queued")
        held._guarded_write({"next_try_at": False, "hold_reason": False})
        held._enqueue_dispatch()

    def _unlink_crons(self):
        """Remove the scheduled actions that belong to these managers; a rail that has some overrides this."""

    # ---- Pinned settings --------------------------------------------------------------------------------------
    def _check_pinned(self, vals):
        """Refuse changes of what open submissions were sent with."""
        pinned = [name for name in self._rail_pinned_fields() if name in vals]
        if not pinned:
            return
        changed = [
            self._fields[name].string
            for name in pinned
            if any(self._fields[name].convert_to_write(one[name], one) != vals[name] for one in self)
        ]
        if changed:
            self._check_nothing_open(self.env._("changed in %s", ", ".join(changed)))

    def _check_nothing_open(self, what):
        """Raise while money of these managers may be on its way.

        :param str what: what was about to be done, for the message
        """
        submissions = open_submissions(self.env, self)
        if submissions:
            raise UserError(
                self.env._(
                    "%(manager)s cannot be %(what)s while these submissions are open: %(names)s. They are asked about "
                    "and settled with the settings they were sent with. Settle or cancel them first.",
                    manager=", ".join(self.mapped("name")),
                    what=what,
                    names=", ".join(submissions[:20].mapped("name")),
                )
            )

    def _say_declared(self, vals):
        """Log on the program whoever declares that a repeated key is refused."""
        if "refuses_repeated_key" not in vals:
            return
        for manager in self:
            # sudo: the log is written whoever declares it
            manager.program_id.sudo().message_post(
                body=self.env._(
                    "Payment manager %(name)s: “refuses a repeated key” is now %(value)s.",
                    name=manager.name,
                    value=bool(vals["refuses_repeated_key"]),
                )
            )

    @api.model
    def _check_host_limit(self, name, seconds):
        """Return why a deadline does not fit the job host ("" when it does).

        :param str name: of the manager
        :param int seconds: the deadline
        """
        limit = config["limit_time_real"]
        if not limit or seconds <= limit - HOST_MARGIN:
            return ""
        return self.env._(
            "%(name)s: a time-out of %(seconds)s seconds is longer than the job host allows (limit_time_real %(limit)s "
            "seconds less %(margin)s). Use at most %(most)s, or raise limit_time_real.",
            name=name,
            seconds=seconds,
            limit=limit,
            margin=HOST_MARGIN,
            most=max(limit - HOST_MARGIN, 0),
        )
