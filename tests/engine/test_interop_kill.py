"""Workers that die while they send to the layer, to the scheme adapter, or ask them: nothing twice, nothing lost."""

import os
import signal

from .interop_case import InteropCase
from .rail_case import Tally
from .test_kill import WorkersMixin

ISSUED, SENT = {("issued", False)}, {("sent", False)}
ASKING_POINTS = ("after_take", "before_store", "in_store", "after_store", "in_apply_pending")


class InteropKillCase(WorkersMixin, InteropCase):
    #: What a batch ends as, and how many of its payments are really paid.
    done, paid = None, 0

    def killed(self, point):
        made = self.make_queued_here()
        self.play()
        self.run_until(made, "dispatch", point)
        return made

    def killed_in_call(self):
        """Return a batch whose worker died while the payment system was at work, which went on."""
        made = self.make_queued_here()
        self.play({"play": "timeout", "executed": True, "seconds": 60})
        (pid,) = self.workers.start({"job": "dispatch", "submission": made["submissions"][0]})
        self.wait_for(lambda: len(self.ledger(made)) == self.paid)
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.workers.wait([pid]), [-signal.SIGKILL])
        self.wait_until_gone()
        self.simulator.release()
        return made

    def killed_while_asking(self, point):
        """Return a batch whose answer was lost, and whose asking worker died."""
        made = self.make_queued_here()
        self.play({"play": "reset", "executed": True})
        self.dispatch(made)
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"])._schedule_question()
        self.run_until(made, "ask", point)
        return made

    def settle(self, made):
        """Let time pass, and everybody who may, ask."""
        for _time in range(2):
            self.move_time_on(made)
            self.sweep()
            self.ask(made)

    def assert_left(self, made, state, payments, submits):
        self.assertEqual(
            (self.states(made), self.payment_states(made), self.count_submits()), ([state], payments, submits)
        )

    def assert_settled(self, made, submits=1):
        self.assert_is(made, ("done", self.done))
        self.assertEqual((len(self.ledger(made)), self.count_submits()), (self.paid, submits))
        self.assert_promises(made)
        self.assert_no_violation()

    def check_before_the_claim(self):
        made = self.killed("in_claim")
        self.assert_left(made, "queued", ISSUED, 0)
        self.dispatch(made)
        self.assert_settled(made)

    def check_in_the_call(self):
        made = self.killed_in_call()
        self.assert_left(made, "sending", SENT, 1)
        self.settle(made)
        self.assert_settled(made)

    def check_around_the_store(self):
        for point in ("before_store", "in_store", "after_store", "in_apply_pending"):
            with self.subTest(point):
                made = self.killed(point)
                self.assert_left(made, "sending", SENT, 1)
                self.settle(made)
                self.assert_settled(made)

    def check_while_asking(self):
        for point in ASKING_POINTS:
            with self.subTest(point):
                made = self.killed_while_asking(point)
                self.assert_left(made, "unknown", SENT, 1)
                self.settle(made)
                self.assert_settled(made)

    def check_several_workers(self):
        for _time in range(3):
            made = self.make_queued_here()
            self.play()
            job = {"job": "dispatch", "submission": made["submissions"][0]}
            self.workers.wait(self.workers.start(job, job, job))
            self.assert_settled(made)


class TestInteropPILKill(InteropKillCase):
    done, paid = Tally(paid=2, failed=1), 2

    def test_killed_before_the_claim_is_committed_nothing_happened(self):
        self.check_before_the_claim()

    def test_killed_between_claim_and_call_stays_unknown_as_the_layer_cannot_prove_absence(self):
        made = self.killed("after_claim")
        self.assert_left(made, "sending", SENT, 0)
        self.settle(made)
        self.dispatch(made)
        self.assert_left(made, "unknown", SENT, 0)
        self.assert_promises(made)

    def test_killed_in_the_call_is_found_under_its_id(self):
        self.check_in_the_call()

    def test_killed_around_storing_the_answer_is_found_or_applied_from_the_store(self):
        self.check_around_the_store()

    def test_killed_while_asking_is_asked_again(self):
        self.check_while_asking()

    def test_several_workers_at_once_send_once(self):
        self.check_several_workers()

    def test_layer_that_restarts_while_it_pays_leaves_it_open_for_people(self):
        made = self.make_queued_here()
        self.play({"play": "breaks_off", "rows": 1})
        self.dispatch(made)
        self.simulator.restart()
        self.settle(made)
        self.dispatch(made)
        self.assert_left(made, "unknown", SENT, 1)
        self.assertEqual(len(self.ledger(made)), 1)
        self.assert_promises(made)


class TestInteropSDKKill(InteropKillCase):
    mode = "sdk"
    done, paid = Tally(paid=1), 1

    def test_killed_before_the_claim_is_committed_nothing_happened(self):
        self.check_before_the_claim()

    def test_killed_between_claim_and_call_is_sent_again_once_the_switch_says_it_never_had_it(self):
        made = self.killed("after_claim")
        key = self.read("g2p.payment.submission", made["submissions"][0], "key")["key"]
        self.assert_left(made, "sending", SENT, 0)
        self.settle(made)
        self.dispatch(made)
        self.dispatch(made)
        self.assert_settled(made)
        self.assertEqual([line.transaction_id for line in self.ledger(made)], [key], "under the same id")

    def test_killed_in_the_call_is_asked_about_by_its_transfer_id(self):
        self.check_in_the_call()

    def test_killed_around_storing_the_answer_is_found_or_applied_from_the_store(self):
        self.check_around_the_store()

    def test_killed_while_asking_is_asked_again(self):
        self.check_while_asking()

    def test_several_workers_at_once_send_once(self):
        self.check_several_workers()

    def test_killed_between_accepting_the_payee_and_the_quote_is_not_sent_again_by_itself(self):
        made = self.make_queued_here()
        waits = {"auto_accept_party": False, "auto_accept_quotes": False}
        self.play({"play": "timeout", "on": "accept", "executed": True, "seconds": 60}, scheme=waits)
        (pid,) = self.workers.start({"job": "dispatch", "submission": made["submissions"][0]})
        self.wait_for(lambda: self.simulator.state()["calls"]["accept"])
        os.kill(pid, signal.SIGKILL)
        self.workers.wait([pid])
        self.wait_until_gone()
        self.simulator.release()
        self.settle(made)
        self.dispatch(made)
        self.assert_left(made, "sent", SENT, 1)
        self.assertEqual(self.ledger(made), [])
        self.assert_promises(made)
