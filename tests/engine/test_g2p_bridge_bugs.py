"""The real bridge's bugs, one by one mended and all of them: nobody is paid twice, and nothing is lost, either way."""

from dataclasses import fields

from odoo.addons.g2p_programs.dispatch import worker

from tests.simulators.g2p_bridge.knobs import Bugs
from tests.simulators.g2p_bridge.messages import Caller

from .g2p_bridge_case import DISBURSEMENTS, ENVELOPE, BridgeCase
from .rail_case import Tally

BUGS = tuple(one.name for one in fields(Bugs))
#: Each bug mended alone, and all of them.
VARIANTS = [*({name: False} for name in BUGS), dict.fromkeys(BUGS, False)]
#: Those that something depends on where an answer is lost.
WHERE_LOST = [{"takes_again": False}, {"refuses_in_200": False}, VARIANTS[-1]]
SENT3 = ("sent sent sent", Tally(sent=3))
DONE3 = ("done done done", Tally(paid=3))
IDS_LOST = ("sent sent done", Tally(paid=1, sent=2))
NO_ENVELOPE = ("unknown queued queued", Tally(issued=3))
LOST = {"play": "reset", "calls": [1]}


class TestBridgeBugs(BridgeCase):
    def live(self, *faults, bugs, **vals):
        """Return a batch that was sent through a bridge with these bugs, and what became of it in the end."""
        self.simulator.reset()
        made = self.make_queued_here(**vals)
        self.play(*faults, bugs=bugs)
        self.dispatch(made)
        self.go_on(made)
        self.pay(made)
        self.assert_promises(made)
        return made

    def cancel_there(self):
        """Let whoever runs the bridge cancel the envelope, which nobody tells us."""
        (envelope,) = self.simulator.state()["envelopes"]
        Caller(self.simulator).cancel(envelope["disbursement_envelope_id"])

    # ---- whatever is mended -----------------------------------------------------------------------------------
    def test_everybody_is_paid_once(self):
        for bugs in VARIANTS:
            with self.subTest(bugs=bugs):
                made = self.live(bugs=bugs, twins=2)
                self.assert_is(made, DONE3)
                self.assertEqual(len(self.executed(made)), 3)
                self.assert_no_violation()

    def test_request_that_was_taken_and_not_answered_is_never_sent_again(self):
        for bugs in WHERE_LOST:
            with self.subTest(bugs=bugs):
                made = self.live({**LOST, "executed": True}, bugs=bugs)
                self.assert_is(made, IDS_LOST)
                self.assertEqual((len(self.executed(made)), self.calls("disbursements")), (3, 2))
                self.assert_no_violation()

    def test_request_that_was_not_taken_is_sent_again(self):
        for bugs in WHERE_LOST:
            with self.subTest(bugs=bugs):
                made = self.live({**LOST, "executed": False}, bugs=bugs)
                self.assert_is(made, DONE3)
                self.assertEqual((len(self.executed(made)), self.calls("disbursements")), (3, 3))
                self.assert_no_violation()

    def test_envelope_without_an_answer_is_opened_anew_or_stays_unknown(self):
        for bugs in WHERE_LOST:
            # Refusals that do not come in HTTP 200 are none of this bridge's: they prove nothing.
            silent = bugs.get("refuses_in_200", True) is False
            with self.subTest(bugs=bugs):
                made = self.live({**LOST, "on": "envelope", "executed": True}, bugs=bugs)
                self.assert_is(made, NO_ENVELOPE if silent else DONE3)
                self.assertEqual(len(self.executed(made)), 0 if silent else 3)
                self.assert_no_violation()

    # ---- what some of them change -----------------------------------------------------------------------------
    def test_refusals_are_believed_in_the_bridges_own_words_alone(self):
        for refuses_in_200, expected in (
            (True, ("rejected queued queued", Tally(issued=3))),
            (False, NO_ENVELOPE),
        ):
            with self.subTest(refuses_in_200=refuses_in_200):
                self.simulator.reset()
                made = self.make_queued_here()
                self.play(bridge={"programs": ["OTHER"]}, bugs={"refuses_in_200": refuses_in_200})
                self.dispatch(made)
                with self.assert_no_submit():
                    self.go_on(made)
                self.assert_is(made, expected)
                self.assert_promises(made)

    def test_envelope_that_somebody_cancelled_there_pays_nobody_and_that_is_told(self):
        for takes, expected in (
            (True, SENT3),
            (False, ("sent sent rejected", Tally(sent=2, issued=1))),
        ):
            with self.subTest(takes_into_cancelled=takes):
                self.simulator.reset()
                made = self.make_queued_here()
                self.play(bugs={"takes_into_cancelled": takes})
                for purpose in (ENVELOPE, DISBURSEMENTS):
                    worker.dispatch(self.registry, self.find(made, purpose))
                self.cancel_there()
                self.dispatch(made)
                self.pay(made)
                self.assert_is(made, expected)
                with self.on_day(2):
                    self.pay(made, 2)
                self.assertEqual(self.executed(made), {})
                self.assert_told(made, "the bridge has given no payment to the bank")
                self.assert_promises(made)
                self.decide("never_executed", submission_id=self.find(made, DISBURSEMENTS))
                if takes:
                    self.decide("never_executed", submission_id=self.find(made, DISBURSEMENTS, 1))
                self.ask(made)
                self.assertEqual(self.tally(made).sent, 0)
                self.assert_promises(made)

    def test_stop_that_comes_too_late_is_done_or_refused_and_the_payments_are_paid(self):
        for takes, state in ((True, "done"), (False, "rejected")):
            with self.subTest(cancels_after_payment=takes):
                self.simulator.reset()
                made = self.make_queued_here()
                self.play(bugs={"cancels_after_payment": takes})
                self.dispatch(made)
                self.simulator.finish()
                self.act("action_cancel_envelope", self.find(made, ENVELOPE))
                self.dispatch(made)
                self.assert_is(made, (f"sent sent sent {state}", Tally(sent=3)))
                if not takes:
                    self.assert_told(made, "did not let the envelope be cancelled")
                self.pay(made)
                self.assert_is(made, (f"done done done {state}", Tally(paid=3)))
                self.assert_promises(made)

    def test_what_the_bridge_would_pay_twice_is_not_given_to_it_twice(self):
        """A list that is sent again is taken again: two jobs, two people, two workers send each list once."""
        self.simulator.reset()
        made = self.make_queued_here(payments=4)
        self.play()
        for _time in range(3):
            self.dispatch(made)
            for submission_id in made["submissions"]:
                with self.committed() as env:
                    env["g2p.payment.submission"].browse(submission_id)._job_dispatch()
        self.pay(made)
        self.assert_is(made, ("done done done", Tally(paid=4)))
        self.assertEqual((self.simulator.state()["repeated"], self.calls("disbursements")), ([], 2))
        self.assert_promises(made)
        self.assert_no_violation()
