"""Builders for a rail of an envelope and requests."""

import json

from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch import worker
from odoo.addons.g2p_programs.dispatch.outcome import Row, RowResult

from .common import ENVELOPE, EngineCase


class StepsCase(EngineCase):
    """A rail that announces a batch, then sends it in requests of two payments."""

    def make(self, payments=3, **manager):
        """Commit a queued batch: an envelope, and requests of two payments."""
        return self.make_queued(model=ENVELOPE, payments=payments, manager_vals=manager)

    def dispatch(self, submission_id):
        worker.dispatch(self.registry, submission_id)

    def ask(self, submission_id):
        with self.committed() as env:
            env["g2p.payment.submission"].browse(submission_id)._schedule_question()
        worker.ask(self.registry, submission_id)

    def open(self, made):
        """Send the envelope, which is called E1 from then on."""
        self.rail.play("submit", said.Accepted(correlation="E1"))
        self.dispatch(made["submissions"][0])

    def send_all(self, made):
        """Send envelope and requests; each payment gets an id of the payment system."""
        self.open(made)
        for submission_id in made["submissions"][1:]:
            self.rail.play("submit", lambda one: said.Accepted(rows=self.pending(one)))
            self.dispatch(submission_id)

    def pending(self, submission):
        return tuple(
            Row(name, RowResult.PENDING, external_reference=f"id-{name}") for name in submission.references
        )

    def paid(self, submission, **values):
        return self.rail.rows(submission, **values)

    def payload(self, submission_id):
        with self.committed() as env:
            return json.loads(env["g2p.payment.submission"].browse(submission_id).payload)

    def jobs_of(self, method):
        """Return the ids of submissions that a pending job of this method is left for, and forget the jobs."""
        with self.committed() as env:
            jobs = env["queue.job"].search([("method_name", "=", method), ("state", "=", "pending")])
            ids = [id_ for job in jobs for id_ in job.records.ids]
            env.cr.execute("DELETE FROM queue_job WHERE id = ANY(%s)", (jobs.ids,))
        return ids

    def act(self, method, submission_id, user="releaser"):
        with self.committed(user) as env:
            return getattr(env["g2p.payment.submission"].browse(submission_id), method)()
