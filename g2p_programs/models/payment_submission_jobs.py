from odoo import fields, models

from ..dispatch import lane, worker
from ..dispatch.called_back import apply_job_key

#: Seconds until what another job may have missed is looked for.
APPLY_PAUSE = 2


class G2PPaymentSubmission(models.Model):
    """The jobs of submissions: one each, or one for all of a manager that sends many at once."""

    _inherit = "g2p.payment.submission"

    def _enqueue_dispatch(self):
        """Leave one job per submission, or one per lane, that jobs may claim; one too many or too few does no harm."""
        for submission in self.filtered(lambda one: not one.on_demand)._enqueue_lanes():
            submission.with_delay(
                channel="root.g2p_dispatch",
                description=self.env._("Send %s", submission.name),
                identity_key=f"g2p_dispatch_{submission.id}",
            )._job_dispatch()

    def _enqueue_question(self):
        """Leave one job per submission, or one per lane, to be asked about."""
        for submission in self._enqueue_lanes():
            submission.with_delay(
                channel="root.g2p_dispatch",
                description=self.env._("Ask about %s", submission.name),
                identity_key=f"g2p_question_{submission.id}",
            )._job_ask()

    def _enqueue_lanes(self):
        """Leave one job for each manager that sends many at once; return the submissions of the others."""
        others = self.browse()
        for submissions in self.grouped(lambda one: (one.manager_model, one.manager_res_id)).values():
            manager = submissions[0]._get_manager()
            if manager is not None and manager._rail_at_once() > 1:
                submissions[0]._enqueue_lane()
            else:
                others |= submissions
        return others

    def _enqueue_lane(self):
        """Leave one job for everything that is due of this submission's manager."""
        self.with_delay(
            channel="root.g2p_dispatch",
            description=self.env._("Send and ask about what is due of %s", self.manager_name),
            identity_key=self._get_lane_key(),
        )._job_lane()

    def _enqueue_apply(self, eta=None):
        """Leave one job that applies whatever was called back of this submission's manager.

        One for all of them, as hundreds may come in a second; what it comes too early for, the sweeper applies.

        :param eta: seconds to wait
        """
        self.with_delay(
            channel="root.g2p_dispatch",
            eta=eta,
            description=self.env._("Apply what was told of %s", self.manager_name),
            identity_key=apply_job_key((self.manager_model, self.manager_res_id)),
        )._job_apply()

    def _get_lane_key(self):
        return f"g2p_lane_{self.manager_model}_{self.manager_res_id}"

    def _job_dispatch(self):
        """Job: claim, call, store, apply, each in the engine's own transactions."""
        for submission_id in self.ids:
            worker.dispatch(self.env.registry, submission_id)

    def _job_ask(self):
        """Job: ask about a submission, store and apply, each in the engine's own transactions."""
        for submission_id in self.ids:
            worker.ask(self.env.registry, submission_id)

    def _job_lane(self):
        """Job: send and ask about everything that is due of this submission's manager, many at once.

        One at a time over all processes: the job's own transaction, open while the job runs, holds the lane. What is
        left when the time is over gets a new job in the same transaction, so that it starts when the lane is free.
        """
        submission = self.exists()[:1]
        manager = submission._get_manager() if submission else None
        if manager is None:
            return
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (submission._get_lane_key(),)
        )
        if not self.env.cr.fetchone()[0]:
            return
        left = lane.run(
            self.env.registry,
            (manager._name, manager.id),
            max(1, manager._rail_at_once()),
            lane.seconds_for(manager._rail_deadline_seconds()),
        )
        if left:
            submission._enqueue_lane()

    def _job_apply(self):
        """Job: apply what was told of this submission's manager, each submission in transactions of the engine's own.

        One at a time over all processes, as two would be in each other's way. What is left when the time is over, or
        came too late for the one that is at work, gets a new job.
        """
        submission = self.exists()[:1]
        if not submission:
            return
        key = (submission.manager_model, submission.manager_res_id)
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (apply_job_key(key),)
        )
        if not self.env.cr.fetchone()[0]:
            submission._enqueue_apply(eta=APPLY_PAUSE)
        elif worker.apply_stored(self.env.registry, key, lane.seconds_for(0)):
            submission._enqueue_apply()

    def _schedule_question(self):
        """Make a question due now and leave a job for it."""
        self._guarded_write({"next_question_at": fields.Datetime.now(), "questions": 0})
        self._enqueue_question()
