"""Workers that die while a payment system calls back: nothing twice, nothing lost."""

from .g2p_connect_async_case import G2PConnectAsyncCase
from .rail_case import Tally
from .test_g2p_connect_faults import ALL_OPEN, DONE
from .test_kill import WorkersMixin


class TestG2PConnectAsyncKill(WorkersMixin, G2PConnectAsyncCase):
    def settle(self, made):
        for _time in range(2):
            self.move_time_on(made)
            self.sweep()
            self.run_apply_jobs()
            self.ask_and_hear(made)

    def assert_settled(self, made):
        self.assert_is(made, DONE)
        self.assertEqual((len(self.executed(made)), self.count_submits()), (2, 1))
        self.assert_promises(made)
        self.assertEqual(self.simulator.state()["violations"], [])

    def test_killed_around_storing_the_acknowledgement_is_settled_by_the_callback(self):
        for point in ("before_store", "in_store", "after_store", "in_apply_pending"):
            with self.subTest(point):
                made = self.make_queued_here()
                self.play()
                self.run_until(made, "dispatch", point)
                self.assertEqual(self.states(made), ["sending"])
                self.hear(made)
                self.assertEqual(
                    self.tally(made), Tally(paid=2, failed=1), "told while nobody knew of an answer"
                )
                self.settle(made)
                self.assert_settled(made)

    def test_killed_between_claim_and_call_stays_unknown(self):
        made = self.make_queued_here()
        self.play()
        self.run_until(made, "dispatch", "after_claim")
        self.settle(made)
        self.assert_is(made, ("unknown", ALL_OPEN))
        self.assertEqual((self.count_submits(), len(self.executed(made))), (0, 0))
        self.assert_promises(made)

    def test_killed_while_applying_what_was_called_back_is_applied_again(self):
        for point in ("before_apply_pending", "in_apply_pending", "after_apply_pending", "in_follow_up"):
            with self.subTest(point):
                made = self.make_queued_here()
                self.play(callbacks={"delay": 1})
                self.dispatch(made)
                self.wait_for_messages(made, 1)
                self.run_until(made, "apply", point)
                self.settle(made)
                self.assert_settled(made)
