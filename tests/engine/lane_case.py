"""Lanes on committed data: builders, the job runner's part, and what reached the payment system."""

import threading
from contextlib import contextmanager
from unittest.mock import patch

from .common import EngineCase, copy_engine_database, drop_database
from .lane_server import LaneServer

LANE = "g2p.program.payment.manager.test.lane"


class LaneCase(EngineCase):
    """One payment system and one database a class; one program, manager and batch a case.

    Of its own, for what is changed here behind the engine's back would make others stumble, and what others leave due
    would be counted here.
    """

    @classmethod
    def make_database(cls):
        name = copy_engine_database(cls.__name__.lower())
        cls.addClassCleanup(drop_database, name)
        return name

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = LaneServer()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        super().setUp()
        self.server.reset()

    # ---- Builders ---------------------------------------------------------------------------------------------
    def make_queued_here(self, payments=6, at_once=4, **manager_vals):
        """Commit a released and queued batch whose manager sends ``at_once`` payments at the same time.

        :return: as ``make_queued``, its payments in the order of their submissions
        """
        vals = {"endpoint": self.server.url, "at_once": at_once, **manager_vals}
        made = self.make_queued(model=LANE, payments=payments, manager_vals=vals)
        made["submissions"].sort()
        rows = self.read("g2p.payment.submission", made["submissions"], "payment_ids")
        made["payments"] = [payment for row in rows for payment in row["payment_ids"]]
        return made

    def make_unknown(self, payments, at_once):
        """Commit a batch of which every payment was executed, and answered with an error."""
        made = self.make_queued_here(payments=payments, at_once=at_once)
        self.server.status = lambda reference: 500
        with patch("odoo.addons.g2p_programs.dispatch.follow_up.trip_breaker"):
            self.run_lane(made)
        self.server.status = lambda reference: 200
        self.assertEqual(self.count_states(made), {"unknown": payments})
        self.take_jobs(made)
        return made

    # ---- The job runner ---------------------------------------------------------------------------------------
    def run_lane(self, made):
        """Do what the lane's job does, in a transaction as a job has it."""
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"][0])._job_lane()

    @contextmanager
    def lane_running(self, made):
        """Run the lane's job beside the block, and wait for its end; what it raised is raised here."""
        raised = []

        def work():
            try:
                self.run_lane(made)
            except BaseException as error:
                raised.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield thread
        finally:
            thread.join(60)
        self.assertFalse(thread.is_alive(), "the lane never ended")
        if raised:
            raise raised[0]

    def count_jobs(self, made):
        """Return how many jobs of a manager's lane wait."""
        with self.committed() as env:
            key = env["g2p.payment.submission"].browse(made["submissions"][0])._get_lane_key()
            jobs = env["queue.job"].search([("identity_key", "=", key), ("state", "=", "pending")])
            self.assertLessEqual(set(jobs.mapped("method_name")), {"_job_lane"})
            return len(jobs)

    def take_jobs(self, made):
        """Take a lane's waiting jobs away, as the job runner does when it starts them; return how many there were."""
        count = self.count_jobs(made)
        with self.committed() as env:
            env.cr.execute("DELETE FROM queue_job")
        return count

    def move_time_on(self, made, hours=1):
        """Let leases, pauses and questions of a batch become due."""
        with self.committed() as env:
            env.cr.execute(
                """
                UPDATE g2p_payment_submission SET
                       lease_until = lease_until - %(hours)s * interval '1 hour',
                       next_try_at = next_try_at - %(hours)s * interval '1 hour',
                       next_question_at = next_question_at - %(hours)s * interval '1 hour'
                 WHERE id = ANY(%(ids)s)
                """,
                {"hours": hours, "ids": made["submissions"]},
            )

    # ---- Reading ----------------------------------------------------------------------------------------------
    def count_states(self, made):
        """Return {state: number} of a batch's submissions."""
        states = self.states(made)
        return {state: states.count(state) for state in set(states)}

    def held(self, made):
        """Return the reasons that are written down on a batch's submissions."""
        rows = self.read("g2p.payment.submission", made["submissions"], "hold_reason")
        return [row["hold_reason"] for row in rows if row["hold_reason"]]

    def batch_state(self, made):
        return self.read("g2p.payment.batch", made["batch"], "dispatch_state")["dispatch_state"]

    def wait_until(self, condition):
        """Wait for something that only the database tells; every call of the server is over by then."""
        pause = threading.Event()
        for _time in range(600):
            if condition():
                return
            pause.wait(0.05)
        self.fail("did not happen")

    def assert_each_sent_once(self, made, count):
        self.assertEqual(sum(self.server.paid.values()), count)
        self.assertEqual(len(self.server.paid), count, "a key was sent twice")
        self.assertEqual(len(set(self.server.references)), count, "a payment was sent twice")

    def assert_all_paid(self, made):
        self.assertEqual(self.count_states(made), {"done": len(made["submissions"])})
        self.assertEqual(self.payment_states(made), {("reconciled", "paid")})
        self.assert_each_sent_once(made, len(made["submissions"]))
        self.assertEqual(self.batch_state(made), "done")
        with self.committed() as env:
            wrong = [batch.id for batch, _note in env["g2p.payment.batch"]._check_conservation()]
            self.assertNotIn(made["batch"], wrong)
