"""Workers that die while they send to the bridge or ask it: nobody is paid twice, and nothing is lost."""

import os
import signal

from odoo.addons.g2p_programs.dispatch import worker

from .g2p_bridge_case import AMENDMENT, DISBURSEMENTS, ENVELOPE, BridgeCase
from .rail_case import Tally
from .test_kill import WorkersMixin

ASKING_POINTS = ("after_take", "before_store", "in_store", "after_store", "in_apply_pending")
STORED_POINTS = ("before_store", "in_store", "after_store", "in_apply_pending")
DONE3 = ("done done done", Tally(paid=3))
#: Nobody will ever tell the ids of what is in the envelope.
IDS_LOST = ("sent sent done", Tally(paid=1, sent=2))
REFUSED = {"play": "header_rjct", "on": "disbursements", "code": "INVALID_DISBURSEMENT_PAYLOAD", "calls": [1]}


class TestBridgeKill(WorkersMixin, BridgeCase):
    # ---- how ----------------------------------------------------------------------------------------------------
    def prepare(self, purpose, *faults, **vals):
        """Return (batch, id of its first submission for ``purpose``, which is the next to go out)."""
        made = self.make_queued_here(**vals)
        self.simulator.reset()
        self.play(*faults)
        if purpose == DISBURSEMENTS:
            worker.dispatch(self.registry, self.find(made, ENVELOPE))
        if purpose == AMENDMENT:
            self.dispatch(made)
            self.act("action_cancel", self.find(made, DISBURSEMENTS))
            worker.dispatch(self.registry, self.find(made, DISBURSEMENTS, 1))
        return made, self.find(made, purpose)

    def kill(self, submission_id, job, point):
        self.run_until({"submissions": [submission_id]}, job, point)

    def killed(self, purpose, point, *faults, **vals):
        """Return (batch, id) of a submission whose worker died at ``point`` while it sent it."""
        made, submission_id = self.prepare(purpose, *faults, **vals)
        self.kill(submission_id, "dispatch", point)
        return made, submission_id

    def state(self, submission_id):
        return self.read("g2p.payment.submission", submission_id, "state")["state"]

    def assert_settled(self, made, expected=DONE3, **calls):
        """Let everybody go on and the day come; compare the end, and how often what was called."""
        self.go_on(made)
        self.pay(made)
        self.assert_is(made, expected)
        self.assertEqual(len(self.executed(made)), 3)
        told = self.calls()
        self.assertEqual({kind: told[kind] for kind in calls}, calls)
        self.assert_promises(made)
        self.assert_no_violation()
        self.abandon(made)

    # ---- the envelope -------------------------------------------------------------------------------------------
    def test_killed_before_the_claim_is_committed_nothing_happened(self):
        for purpose in (ENVELOPE, DISBURSEMENTS):
            with self.subTest(purpose):
                made, submission_id = self.killed(purpose, "in_claim")
                self.assertEqual(self.state(submission_id), "queued")
                self.assertEqual(self.tally(made), Tally(issued=3))
                self.assert_settled(made, envelope=1, disbursements=2)

    def test_envelope_between_claim_and_call_is_opened_once_its_absence_is_proven(self):
        made, submission_id = self.killed(ENVELOPE, "after_claim")
        self.assertEqual((self.state(submission_id), self.calls("envelope")), ("sending", 0))
        self.assert_settled(made, envelope=1, disbursements=2)

    def test_envelope_whose_id_died_with_the_worker_is_followed_by_another(self):
        for point in ("before_store", "in_store"):
            with self.subTest(point):
                made, submission_id = self.killed(ENVELOPE, point)
                self.assertEqual((self.state(submission_id), self.calls("envelope")), ("sending", 1))
                self.assert_settled(made, envelope=2, disbursements=2)
                received = sorted(one["received"] for one in self.simulator.state()["envelopes"])
                self.assertEqual(received, [0, 3], "the first stays empty, and pays nobody")

    def test_envelope_whose_answer_is_stored_is_opened_once(self):
        for point in ("after_store", "in_apply_pending"):
            with self.subTest(point):
                made, submission_id = self.killed(ENVELOPE, point)
                self.assertEqual((self.state(submission_id), self.calls("envelope")), ("sending", 1))
                self.assert_settled(made, envelope=1, disbursements=2)

    # ---- a request ----------------------------------------------------------------------------------------------
    def test_request_between_claim_and_call_is_sent_once_the_counts_prove_that_it_never_came(self):
        made, submission_id = self.killed(DISBURSEMENTS, "after_claim")
        self.assertEqual((self.state(submission_id), self.calls("disbursements")), ("sending", 0))
        with self.assert_no_submit():
            self.dispatch(made)
            self.ask(made)
        self.assert_settled(made, envelope=1, disbursements=2)

    def test_request_that_the_bridge_took_from_a_worker_who_died_in_the_call_is_never_sent_again(self):
        hang = {"play": "timeout", "executed": True, "seconds": 60, "calls": [1]}
        made, submission_id = self.prepare(DISBURSEMENTS, hang)
        (pid,) = self.workers.start({"job": "dispatch", "submission": submission_id})
        self.wait_for(lambda: self.simulator.state()["known"] == 2)
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.workers.wait([pid]), [-signal.SIGKILL])
        self.wait_until_gone()
        self.simulator.release()
        self.assertEqual(self.state(submission_id), "sending")
        self.assert_settled(made, IDS_LOST, envelope=1, disbursements=2)

    def test_request_whose_ids_died_with_the_worker_is_never_sent_again(self):
        for point in ("before_store", "in_store"):
            with self.subTest(point):
                made, submission_id = self.killed(DISBURSEMENTS, point)
                self.assertEqual((self.state(submission_id), self.calls("disbursements")), ("sending", 1))
                self.assert_settled(made, IDS_LOST, envelope=1, disbursements=2)

    def test_request_whose_answer_is_stored_has_its_ids(self):
        for point in ("after_store", "in_apply_pending"):
            with self.subTest(point):
                made, submission_id = self.killed(DISBURSEMENTS, point)
                self.assertEqual((self.state(submission_id), self.calls("disbursements")), ("sending", 1))
                self.assert_settled(made, envelope=1, disbursements=2)

    def test_killed_before_the_next_step_is_enqueued_it_goes_out_all_the_same(self):
        for purpose in (ENVELOPE, DISBURSEMENTS):
            with self.subTest(purpose):
                made, submission_id = self.killed(purpose, "in_follow_up")
                self.assertEqual(self.state(submission_id), "sent")
                with self.committed() as env:
                    env["queue.job"].search([("model_name", "=", "g2p.payment.submission")]).unlink()
                for _time in range(3):
                    self.sweep()
                self.assertEqual(self.states(made), ["sent"] * 3)
                self.assert_settled(made, envelope=1, disbursements=2)

    # ---- an amendment -------------------------------------------------------------------------------------------
    def test_amendment_is_made_whenever_its_worker_died(self):
        for point, calls in (("in_claim", 1), ("after_claim", 1), *((one, 2) for one in STORED_POINTS[:2])):
            with self.subTest(point):
                made, _id = self.killed(AMENDMENT, point, REFUSED, schedule_days_ahead=2)
                self.go_on(made)
                with self.on_day(2):
                    self.pay(made, 2)
                self.assert_is(made, ("done cancelled done done", Tally(paid=1, issued=2)))
                self.assertEqual((len(self.executed(made)), self.calls("amend")), (1, calls))
                self.assert_promises(made)
                self.assert_no_violation()
                self.abandon(made)

    def test_killed_before_an_amendment_was_added_it_is_added_later(self):
        made, _id = self.prepare(DISBURSEMENTS, REFUSED, schedule_days_ahead=2)
        self.dispatch(made)
        self.act("action_cancel", self.find(made, DISBURSEMENTS))
        self.kill(self.find(made, DISBURSEMENTS, 1), "dispatch", "in_follow_up")
        self.assert_is(made, ("sent cancelled sent", Tally(sent=1, issued=2)))
        self.go_on(made)
        self.assertEqual(self.calls("amend"), 1)
        with self.on_day(2):
            self.pay(made, 2)
        self.assert_is(made, ("done cancelled done done", Tally(paid=1, issued=2)))
        self.assert_promises(made)
        self.assert_no_violation()

    # ---- questions ----------------------------------------------------------------------------------------------
    def test_killed_while_asking_it_is_asked_again(self):
        for purpose in (ENVELOPE, DISBURSEMENTS):
            for point in ASKING_POINTS:
                with self.subTest(point, purpose=purpose):
                    made, _id = self.prepare(purpose)
                    self.dispatch(made)
                    self.simulator.finish()
                    with self.committed() as env:
                        submission = env["g2p.payment.submission"].browse(self.find(made, purpose))
                        submission._schedule_question()
                    self.kill(submission.id, "ask", point)
                    self.assertEqual(self.states(made), ["sent"] * 3)
                    self.assert_settled(made, envelope=1, disbursements=2)

    # ---- many at once -------------------------------------------------------------------------------------------
    def test_several_workers_at_once_send_each_step_once_and_one_after_the_other(self):
        for _time in range(2):
            made = self.make_queued_here(payments=5)
            self.simulator.reset()
            self.play(latency=0.1)
            jobs = [
                {"job": "dispatch", "submission": one} for one in made["submissions"] for _twice in (1, 2)
            ]
            for _step in made["submissions"]:
                self.workers.wait(self.workers.start(*jobs))
            self.assertEqual(self.states(made), ["sent"] * 4)
            self.pay(made)
            self.assert_is(made, ("done done done done", Tally(paid=5)))
            self.assertEqual((self.calls("envelope"), self.calls("disbursements")), (1, 3))
            self.assert_promises(made)
            self.assert_no_violation()
