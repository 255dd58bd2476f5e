"""Workers that die while they send to the hub or ask it: nothing is sent twice, and nothing is lost."""

import os
import signal

from .phee_case import PHEECase
from .rail_case import Tally
from .test_kill import WorkersMixin

ISSUED, SENT = {("issued", False)}, {("sent", False)}


class TestPHEEKill(WorkersMixin, PHEECase):
    def killed(self, point, **vals):
        made = self.make_queued_here(**vals)
        self.play()
        self.run_until(made, "dispatch", point)
        return made

    def assert_left(self, made, state, payments, submits):
        self.assertEqual(
            (self.states(made), self.payment_states(made), self.count_submits()), ([state], payments, submits)
        )

    def test_killed_before_the_claim_is_committed_nothing_happened(self):
        made = self.killed("in_claim")
        self.assert_left(made, "queued", ISSUED, 0)
        self.dispatch(made)
        self.settle_later(made)
        self.assertEqual(self.count_submits(), 1)
        self.assert_settled(made)

    def test_killed_between_claim_and_call_stays_unknown_as_the_hub_cannot_prove_absence(self):
        made = self.killed("after_claim")
        self.assert_left(made, "sending", SENT, 0)
        self.settle_later(made)
        self.assert_left(made, "unknown", SENT, 0)
        self.assert_promises(made)

    def test_killed_in_the_call_is_found_by_its_correlation_id(self):
        made = self.make_queued_here(seconds=60)
        self.play({"play": "timeout", "executed": True, "seconds": 60})
        (pid,) = self.workers.start({"job": "dispatch", "submission": made["submissions"][0]})
        self.wait_for(lambda: len(self.executed(made)) == 2)
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.workers.wait([pid]), [-signal.SIGKILL])
        self.simulator.release()
        self.assert_left(made, "sending", SENT, 1)
        self.settle_later(made)
        self.assert_settled(made)

    def test_killed_between_call_and_store_is_found_by_its_correlation_id(self):
        for point in ("before_store", "in_store"):
            with self.subTest(point):
                made = self.killed(point)
                self.assert_left(made, "sending", SENT, 1)
                self.settle_later(made)
                self.assert_settled(made)

    def test_killed_between_store_and_apply_is_applied_from_the_store(self):
        for point in ("after_store", "in_apply_pending"):
            with self.subTest(point):
                made = self.killed(point)
                self.assert_left(made, "sending", SENT, 1)
                self.settle_later(made)
                self.assert_settled(made)

    def test_killed_while_asking_is_asked_again(self):
        for point in ("after_take", "before_store", "in_store", "after_store", "in_apply_pending"):
            with self.subTest(point):
                made = self.make_queued_here()
                self.play()
                self.dispatch(made)
                with self.committed() as env:
                    env["g2p.payment.submission"].browse(made["submissions"])._schedule_question()
                self.run_until(made, "ask", point)
                self.assert_left(made, "sent", SENT, 1)
                self.settle_later(made)
                self.assert_settled(made)

    def test_two_workers_at_once_send_once(self):
        for _time in range(3):
            made = self.make_queued_here()
            self.play()
            job = {"job": "dispatch", "submission": made["submissions"][0]}
            self.workers.wait(self.workers.start(job, job, job))
            self.assertEqual(self.count_submits(), 1)
            self.settle_later(made)
            self.assert_settled(made)

    def assert_settled(self, made):
        self.assertEqual((self.states(made), self.tally(made)), (["done"], Tally(paid=2, failed=1)))
        self.assertEqual(len(self.executed(made)), 2)
        self.assert_promises(made)
