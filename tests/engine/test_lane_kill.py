"""A lane's process dies: what was settled stays settled, what was in flight is asked about, the rest is sent."""

import os
import signal

from odoo.addons.g2p_programs.dispatch import sweep

from .lane_case import LANE, LaneCase
from .test_kill import WorkersMixin


class TestLaneKilled(WorkersMixin, LaneCase):
    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.workers.wait([pid]), [-signal.SIGKILL])
        self.wait_until_gone()

    def start_lane(self, made):
        (pid,) = self.workers.start({"job": "lane", "submission": made["submissions"][0]})
        return pid

    def finish(self, made):
        """Let time pass; do what the sweeper finds and the jobs it leaves."""
        for _round in range(4):
            self.move_time_on(made)
            sweep.sweep(self.registry)
            if self.take_jobs(made):
                self.run_lane(made)

    def test_killed_in_mid_flight_loses_at_most_what_was_in_flight(self):
        made = self.make_queued_here(payments=9, at_once=2)
        names = {row["name"] for row in self.read("g2p.payment", made["payments"][4:], "name")}
        self.take_jobs(made)
        with self.server.hold(lambda reference: reference in names):
            pid = self.start_lane(made)
            self.server.wait_for(lambda: len(self.server.paid) == 6 and self.server.inside == 2)
            self.wait_for(lambda: self.count_states(made).get("done") == 4)
            self.kill(pid)
        self.assertEqual(self.count_states(made), {"done": 4, "sending": 2, "queued": 3})
        self.run_lane(made)
        self.assertEqual(self.count_states(made), {"done": 7, "sending": 2}, "the lock died with its process")
        self.move_time_on(made)
        sweep.sweep(self.registry)
        self.assertEqual(self.count_states(made), {"done": 7, "unknown": 2})
        self.assertEqual(self.batch_state(made), "unknown")
        self.finish(made)
        self.assertEqual(set(self.server.asked.values()), {1})
        self.assertEqual(len(self.server.asked), 2)
        self.assert_all_paid(made)

    def test_kill_of_many_in_flight_pauses_the_manager_and_they_are_asked_about(self):
        made = self.make_queued_here(payments=8, at_once=4)
        self.take_jobs(made)
        with self.server.hold():
            pid = self.start_lane(made)
            self.server.wait_for(lambda: len(self.server.paid) == 4)
            self.kill(pid)
        self.finish(made)
        self.assertEqual(self.count_states(made), {"done": 4, "queued": 4})
        self.assertTrue(self.read(LANE, made["manager"][1], "dispatch_paused")["dispatch_paused"])
        with self.committed() as env:
            env[LANE].browse(made["manager"][1]).action_resume()
        self.run_lane(made)
        self.assert_all_paid(made)

    def test_killed_while_asking_is_asked_again(self):
        made = self.make_unknown(payments=5, at_once=2)
        self.move_time_on(made)
        with self.server.hold():
            pid = self.start_lane(made)
            self.server.wait_for(lambda: len(self.server.asked) == 2)
            self.kill(pid)
        self.assertEqual(self.count_states(made), {"unknown": 5})
        self.finish(made)
        self.assertEqual(sorted(self.server.asked.values()), [1, 1, 1, 2, 2])
        self.assert_all_paid(made)

    def test_two_lanes_in_two_processes_send_each_payment_once(self):
        made = self.make_queued_here(payments=10, at_once=2)
        job = {"job": "lane", "submission": made["submissions"][0]}
        self.assertEqual(self.workers.wait(self.workers.start(job, job)), [0, 0])
        self.assertLessEqual(self.server.most_inside, 2, "one of them had the lane")
        self.assert_all_paid(made)
