"""Lanes: many submissions of one manager at once, bounded, each exactly once, committed as they come."""

import threading
from unittest.mock import patch

from odoo.tools import mute_logger

from odoo.addons.g2p_programs.dispatch import claim, follow_up, lane, news, sweep

from .lane_case import LANE, LaneCase


class Gauge:
    """Stands in for a function and counts its calls, and how many there are at the same time."""

    def __init__(self, function, seconds=0):
        self._function, self._seconds = function, seconds
        self._lock = threading.Lock()
        self.calls = self.most = self._now = 0

    def __call__(self, *args):
        with self._lock:
            self.calls += 1
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            threading.Event().wait(self._seconds)
            return self._function(*args)
        finally:
            with self._lock:
                self._now -= 1


class TestLane(LaneCase):
    def test_as_many_at_once_as_the_manager_says_and_no_more(self):
        made = self.make_queued_here(payments=12, at_once=4)
        with self.lane_running(made), self.server.hold():
            self.server.wait_for(lambda: self.server.inside == 4)
        self.assertEqual(self.server.most_inside, 4)
        self.assertLessEqual(self.server.connections, 4, "connections are used again")
        self.assert_all_paid(made)

    def test_results_are_committed_as_they_come(self):
        made = self.make_queued_here(payments=6, at_once=3)
        slow = self.read("g2p.payment", made["payments"][0], "name")["name"]
        with self.lane_running(made), self.server.hold(lambda reference: reference == slow):
            self.server.wait_for(lambda: len(self.server.paid) == 6 and self.server.inside == 1)
            self.wait_until(lambda: self.count_states(made) == {"sending": 1, "done": 5})
        self.assert_all_paid(made)

    def test_second_lane_of_a_manager_ends_at_once(self):
        made = self.make_queued_here(payments=4, at_once=2)
        with self.lane_running(made), self.server.hold():
            self.server.wait_for(lambda: self.server.inside == 2)
            with patch.object(lane, "run") as run:
                self.run_lane(made)
            run.assert_not_called()
        self.assert_all_paid(made)

    def test_lanes_of_two_managers_run_beside_each_other(self):
        one, two = (self.make_queued_here(payments=2, at_once=2) for _time in range(2))
        with self.lane_running(one), self.lane_running(two), self.server.hold():
            self.server.wait_for(lambda: self.server.inside == 4)
        self.assertEqual((self.count_states(one), self.count_states(two)), ({"done": 2}, {"done": 2}))

    def test_two_lanes_at_once_send_each_payment_once(self):
        # As after a lost lock: only the claim excludes.
        made = self.make_queued_here(payments=12, at_once=3)
        together = threading.Barrier(2)

        def work():
            together.wait()
            lane.run(self.registry, made["manager"], 3, 60)

        threads = [threading.Thread(target=work) for _number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assert_all_paid(made)

    def test_time_over_leaves_the_rest_to_a_new_job(self):
        made = self.make_queued_here(payments=5, at_once=2)
        rounds = []
        with patch.object(lane, "seconds_for", return_value=0):
            while self.take_jobs(made):
                self.run_lane(made)
                rounds.append(len(self.server.paid))
        self.assertEqual(rounds, [2, 4, 5], "at least one round, and no more")
        self.assert_all_paid(made)

    def test_time_of_a_run_leaves_room_for_the_last_call(self):
        for limit, deadline, expected in (
            (120, 60, 30),
            (120, 90, 0),
            (60, 60, 0),
            (9999, 60, 120),
            (0, 60, 120),
        ):
            config = patch.object(lane, "config", {"limit_time_real": limit})
            with self.subTest(limit=limit, deadline=deadline), config:
                self.assertEqual(lane.seconds_for(deadline), expected)

    def test_worker_process_that_computed_for_long_starts_no_more(self):
        made = self.make_queued_here(payments=5, at_once=2)
        config = {"workers": 2, "limit_time_cpu": 0, "limit_time_real": 120}
        with patch.object(lane, "config", config):
            self.run_lane(made)
        self.assert_each_sent_once(made, 2)

    def test_what_becomes_due_while_the_lane_runs_is_taken_by_it(self):
        made = self.make_queued_here(payments=3, at_once=2)
        self.set_submission(made["submissions"][2], next_try_at="2099-01-01 00:00:00")
        with self.lane_running(made), self.server.hold():
            self.server.wait_for(lambda: self.server.inside == 2)
            self.set_submission(made["submissions"][2], next_try_at=False)
        self.assert_all_paid(made)

    def test_what_became_due_as_the_lane_ended_is_left_to_the_sweeper(self):
        made = self.make_queued_here(payments=2, at_once=2)
        self.take_jobs(made)
        with patch.object(lane._Lane, "_look", return_value=False):
            self.run_lane(made)
        self.assertEqual((self.count_jobs(made), self.states(made)), (0, ["queued"] * 2))
        sweep.sweep(self.registry)
        self.assertEqual(self.count_jobs(made), 1)

    def test_few_transactions_are_open_however_many_calls_are(self):
        made = self.make_queued_here(payments=24, at_once=12)
        gauge = Gauge(lane.run_in_own_transaction)
        with patch.object(lane, "run_in_own_transaction", gauge), self.lane_running(made), self.server.hold():
            self.server.wait_for(lambda: self.server.inside == 12)
        self.assertLessEqual(
            gauge.most, lane.TRANSACTIONS + 1, "the threads', and the one that derives batches"
        )
        self.assert_all_paid(made)

    def test_what_finance_is_told_is_told_one_after_the_other(self):
        made = self.make_queued_here(payments=8, at_once=4)
        # As long as a call of finance takes: two at once would not see each other's activity.
        gauge = Gauge(follow_up.follow_submission, seconds=0.05)
        with patch.object(follow_up, "follow_submission", gauge), self.lane_running(made), self.server.hold():
            self.server.wait_for(lambda: self.server.inside == 4)
        self.assertEqual((gauge.calls, gauge.most), (8, 1))

    def test_submission_that_another_worker_holds_is_tried_once(self):
        made = self.make_queued_here(payments=3, at_once=2)
        self.take_jobs(made)
        with self.committed() as env, patch.object(claim, "claim_or_hold", wraps=claim.claim_or_hold) as take:
            env.cr.execute(
                "SELECT 1 FROM g2p_payment_submission WHERE id = %s FOR UPDATE", (made["submissions"][0],)
            )
            self.run_lane(made)
        tried = [call.args[1] for call in take.call_args_list]
        self.assertEqual(sorted(tried), made["submissions"])
        self.assertEqual(self.count_states(made), {"queued": 1, "done": 2})
        self.assertEqual(self.count_jobs(made), 0, "nobody can do more now")

    def test_failure_of_one_stops_no_other_and_names_nobody(self):
        made = self.make_queued_here(payments=4, at_once=2)
        store, bad = news.store, made["submissions"][1]

        def fail(env, call, answer):
            if call.submission_id == bad:
                raise ValueError("Payee 1")
            store(env, call, answer)

        logger = "odoo.addons.g2p_programs.dispatch.lane"
        with patch.object(news, "store", fail), self.assertLogs(logger, "ERROR") as logs:
            self.run_lane(made)
        self.assertEqual(self.count_states(made), {"done": 3, "sending": 1})
        self.assertIn("ValueError", logs.output[0])
        self.assertNotIn("Payee", "".join(logs.output))

    def test_lane_of_a_manager_that_is_gone_does_nothing(self):
        made = self.make_queued_here(payments=2)
        with patch.object(self.registry["g2p.payment.submission"], "_get_manager", return_value=None):
            self.run_lane(made)
        self.assertEqual(self.states(made), ["queued"] * 2)

    # ---- questions --------------------------------------------------------------------------------------------
    def test_questions_are_asked_in_the_lane(self):
        made = self.make_unknown(payments=8, at_once=3)
        self.assertEqual(self.batch_state(made), "unknown")
        self.run_lane(made)
        self.assertFalse(self.server.asked, "none was due")
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"])._schedule_question()
        self.assertEqual(self.take_jobs(made), 1)
        self.server.most_inside = 0
        with self.lane_running(made), self.server.hold():
            self.server.wait_for(lambda: self.server.inside == 3)
        self.assertEqual(self.server.most_inside, 3)
        self.assertEqual(set(self.server.asked.values()), {1})
        self.assert_all_paid(made)

    def test_questions_go_on_while_the_manager_is_paused(self):
        made = self.make_unknown(payments=4, at_once=2)
        with self.committed() as env:
            env[LANE].browse(made["manager"][1]).action_pause()
        self.move_time_on(made)
        sweep.sweep(self.registry)
        self.assertEqual(self.take_jobs(made), 1)
        self.run_lane(made)
        self.assert_all_paid(made)

    # ---- kills and the batch's state --------------------------------------------------------------------------
    def test_state_that_a_kill_left_underived_is_derived_by_the_sweeper(self):
        made = self.make_queued_here(payments=2)
        with patch.object(lane._Lane, "report"):
            self.run_lane(made)
        self.assertEqual((self.states(made), self.batch_state(made)), (["done"] * 2, "queued"))
        sweep.sweep(self.registry)
        self.assert_all_paid(made)
        batch = self.read("g2p.payment.batch", made["batch"], "settlement_move_id", "settlement_problem")
        self.assertTrue(batch["settlement_move_id"] or batch["settlement_problem"], "not booked")

    @mute_logger("odoo.addons.g2p_programs.dispatch.lane")
    def test_batch_that_cannot_be_derived_stops_no_payment(self):
        made = self.make_queued_here(payments=3)
        with patch("odoo.addons.g2p_programs.dispatch.follow_up.follow_batch", side_effect=ValueError):
            self.run_lane(made)
        self.assertEqual(self.states(made), ["done"] * 3)
