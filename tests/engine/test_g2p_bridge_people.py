"""What people do when an envelope or a request is refused, when money is missing, when a day passes, and to stop it."""

from odoo.addons.g2p_programs.dispatch import worker

from .g2p_bridge_case import AMENDMENT, DISBURSEMENTS, ENVELOPE, BridgeCase
from .rail_case import Tally

SENT3 = ("sent sent sent", Tally(sent=3))
DONE3 = ("done done done", Tally(paid=3))
#: Refused as a whole, for something in it: nothing of it was taken.
REFUSED = {"play": "header_rjct", "code": "INVALID_DISBURSEMENT_PAYLOAD"}


class BridgePeopleCase(BridgeCase):
    def make_refused(self, *faults, **vals):
        """Return a batch whose first request, of two payments, was refused; the second, of one, waits behind it."""
        made = self.make_queued_here(**vals)
        self.play({**REFUSED, "calls": [1]}, *faults)
        self.dispatch(made)
        self.assert_is(made, ("sent rejected queued", Tally(issued=3)))
        return made

    def give_up(self, made, number):
        self.act("action_cancel", self.find(made, DISBURSEMENTS, number))

    def code(self, made, purpose):
        return self.read("g2p.payment.submission", self.find(made, purpose), "last_code")["last_code"]


class TestRefusedEnvelopes(BridgePeopleCase):
    def test_envelope_of_a_program_that_the_bridge_does_not_know_is_sent_again_when_it_does(self):
        made = self.make_queued_here()
        self.play(bridge={"programs": ["OTHER"]})
        self.dispatch(made)
        self.assert_is(made, ("rejected queued queued", Tally(issued=3)))
        self.assertEqual(self.code(made, ENVELOPE), "INVALID_PROGRAM_MNEMONIC")
        with self.assert_no_submit():
            self.go_on(made)
        self.assert_is(made, ("rejected queued queued", Tally(issued=3)))
        self.play()
        self.act("action_queue_again", self.find(made, ENVELOPE))
        self.dispatch(made)
        self.pay(made)
        self.assert_is(made, DONE3)
        self.assert_promises(made)
        self.assert_no_violation()

    def test_envelope_whose_day_is_over_at_the_bridge_is_refused_and_names_another_when_it_is_sent_again(
        self,
    ):
        made = self.make_queued_here()
        self.play()
        self.simulator.day(1)
        self.dispatch(made)
        self.assert_is(made, ("rejected queued queued", Tally(issued=3)))
        self.assertEqual(self.code(made, ENVELOPE), "INVALID_DISBURSEMENT_SCHEDULE_DATE")
        with self.on_day(1):
            self.act("action_queue_again", self.find(made, ENVELOPE))
            self.dispatch(made)
            self.pay(made, 1)
        self.assert_is(made, DONE3)
        self.assert_promises(made)

    def test_envelope_that_is_given_up_takes_its_requests_with_it(self):
        made = self.make_queued_here()
        self.play({**REFUSED, "on": "envelope", "code": "INVALID_DISBURSEMENT_FREQUENCY"})
        self.dispatch(made)
        self.act("action_cancel", self.find(made, ENVELOPE))
        self.assert_is(made, ("cancelled cancelled cancelled", Tally(issued=3)))
        self.play()
        self.send_again(made)
        self.assert_is(made, ("cancelled cancelled cancelled done done done", Tally(paid=3)))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_envelope_under_an_id_that_nobody_knows_is_given_up_and_everything_goes_into_another(self):
        made = self.make_queued_here()
        self.play({"play": "other_ids", "on": "envelope", "calls": [1]})
        self.dispatch(made)
        self.assert_is(made, ("sent queued queued", Tally(issued=3)))
        self.assertEqual(self.code(made, DISBURSEMENTS), "envelope.lost")
        self.assert_told(made, "does not know an envelope any more that it gave an id")
        for number in (0, 1):
            self.give_up(made, number)
        self.dispatch(made)
        self.assert_told(made, "did not let the envelope be cancelled")
        self.send_again(made)
        self.assertEqual(self.tally(made), Tally(paid=3))
        self.assertEqual(self.simulator.state()["envelopes"][0]["received"], 0, "the first stays empty")
        self.assert_promises(made)
        self.assert_no_violation()


class TestRefusedRequests(BridgePeopleCase):
    def test_request_that_is_sent_again_is_paid_with_the_others(self):
        made = self.make_refused()
        self.act("action_queue_again", self.find(made, DISBURSEMENTS))
        self.dispatch(made)
        self.pay(made)
        self.assert_is(made, DONE3)
        self.assert_promises(made)
        self.assert_no_violation()

    def test_envelope_is_amended_to_what_is_in_it_and_that_is_paid(self):
        made = self.make_refused(schedule_days_ahead=2)
        self.give_up(made, 0)
        self.dispatch(made)
        self.assertEqual(self.calls("amend"), 1)
        self.assert_is(made, ("sent cancelled sent done", Tally(sent=1, issued=2)))
        envelope = self.simulator.state()["envelopes"][0]
        self.assertEqual(
            [envelope[name] for name in ("declared", "declared_beneficiaries", "declared_amount")],
            [1, 1, 100],
        )
        with self.on_day(2):
            self.pay(made, 2)
        self.assert_is(made, ("done cancelled done done", Tally(paid=1, issued=2)))
        self.assert_promises(made)
        # What was given up is paid through an envelope of its own.
        self.play()
        self.send_again(made, 2)
        self.assertEqual(self.tally(made), Tally(paid=3))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_amendment_that_comes_too_late_is_told_to_finance_and_people_find_the_way_out(self):
        made = self.make_refused()
        self.give_up(made, 0)
        self.dispatch(made)
        self.assert_is(made, ("sent cancelled sent rejected", Tally(sent=1, issued=2)))
        self.assertEqual(self.code(made, AMENDMENT), "DISBURSEMENT_ENVELOPE_DATE_PASSED")
        self.assert_told(made, "did not let the envelope be amended")
        with self.assert_no_submit():
            self.go_on(made)
            self.pay(made)
        self.assertEqual(self.executed(made), {}, "it waits for payments that will not come")
        self.act("action_cancel_envelope", self.find(made, ENVELOPE))
        self.dispatch(made)
        self.assertEqual(self.calls("cancel"), 1)
        self.assertTrue(self.simulator.state()["envelopes"][0]["cancelled"])
        self.decide("never_executed", payment_id=made["payments"][2])
        self.ask(made)
        self.assert_is(made, ("done cancelled done rejected done", Tally(failed=1, issued=2)))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_amendment_that_was_refused_can_be_sent_again(self):
        late = {"play": "header_rjct", "on": "amend", "code": "INVALID_NO_OF_BENEFICIARIES", "calls": [1]}
        made = self.make_refused(late, schedule_days_ahead=2)
        self.give_up(made, 0)
        self.dispatch(made)
        self.assert_is(made, ("sent cancelled sent rejected", Tally(sent=1, issued=2)))
        self.act("action_queue_again", self.find(made, AMENDMENT))
        self.dispatch(made)
        with self.on_day(2):
            self.pay(made, 2)
        self.assert_is(made, ("done cancelled done done", Tally(paid=1, issued=2)))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_envelope_with_nothing_in_it_is_cancelled(self):
        made = self.make_refused()
        self.give_up(made, 0)
        self.give_up(made, 1)
        self.dispatch(made)
        self.assertEqual((self.calls("disbursements"), self.calls("cancel"), self.calls("amend")), (1, 1, 0))
        self.assertTrue(self.simulator.state()["envelopes"][0]["cancelled"])
        self.assert_is(made, ("done cancelled cancelled done", Tally(issued=3)))
        self.send_again(made)
        self.assertEqual(self.tally(made), Tally(paid=3))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_lost_ids_are_settled_by_two_people_both_ways(self):
        for verdict, tally in (("executed", Tally(paid=3)), ("never_executed", Tally(paid=1, failed=2))):
            with self.subTest(verdict):
                made = self.make_queued_here()
                outcomes = [{"payee_suffixes": ["0", "1"], "result": "unresolved"}]
                self.play(
                    {"play": "reset", "executed": True, "calls": [1]},
                    outcomes=() if verdict == "executed" else outcomes,
                )
                self.dispatch(made)
                self.assert_is(made, ("sent unknown queued", Tally(sent=2, issued=1)))
                self.go_on(made)
                self.assert_told(made, "their ids were lost")
                self.pay(made)
                self.assert_is(made, ("sent sent done", Tally(paid=1, sent=2)))
                self.assertEqual(self.calls("disbursements"), 2)
                self.decide(verdict, submission_id=self.find(made, DISBURSEMENTS))
                self.ask(made)
                self.assert_is(made, ("done done done", tally))
                self.assert_promises(made)
                self.assert_no_violation()


class TestMoneyAndDays(BridgePeopleCase):
    def test_missing_funds_are_told_to_finance_and_paid_from_when_they_come(self):
        made = self.make_queued_here()
        self.play(bridge={"funds": "not_available"})
        self.dispatch(made)
        for _step in ("mapper", "funds"):
            self.simulator.step()
        self.ask(made)
        self.assert_is(made, SENT3)
        self.assert_told(made, "not enough money in the program's account")
        self.play()
        self.pay(made)
        self.assert_is(made, DONE3)
        self.assert_promises(made)

    def test_what_a_bank_says_of_money_is_told_to_finance(self):
        for bridge, words in (
            ({"funds": "not_available"}, "not enough money"),
            ({"funds": "error"}, "could not ask the bank about the money"),
            ({"block": "failure"}, "did not block the money"),
            ({"block": "error"}, "could not ask the bank about the money"),
        ):
            with self.subTest(**bridge):
                made = self.make_queued_here()
                self.play(bridge=bridge)
                self.dispatch(made)
                self.pay(made)
                self.assert_is(made, SENT3)
                self.assert_told(made, words)
                self.assertEqual(self.executed(made), {})
                self.assert_promises(made)
                self.abandon(made)

    def test_day_that_is_over_before_everything_arrived_is_told_and_ends_with_people(self):
        made = self.make_queued_here()
        self.play()
        for purpose in (ENVELOPE, DISBURSEMENTS):
            worker.dispatch(self.registry, self.find(made, purpose))
        self.assert_is(made, ("sent sent queued", Tally(sent=2, issued=1)))
        with self.on_day(1):
            with self.assert_no_submit():
                self.go_on(made)
            second = self.find(made, DISBURSEMENTS, 1)
            reason = self.read("g2p.payment.submission", second, "hold_reason")["hold_reason"]
            self.assertIn("the only day on which the bridge pays", reason)
            self.give_up(made, 1)
            self.dispatch(made)
            self.assert_is(made, ("sent sent cancelled rejected", Tally(sent=2, issued=1)))
            self.assert_told(made, "did not let the envelope be amended")
            self.act("action_cancel_envelope", self.find(made, ENVELOPE))
            self.dispatch(made)
            self.decide("never_executed", submission_id=self.find(made, DISBURSEMENTS))
            self.ask(made)
            self.assert_is(made, ("done done cancelled rejected done", Tally(failed=2, issued=1)))
            self.assertEqual(self.executed(made), {})
            self.assert_promises(made)
            self.play()
            self.simulator.day(1)
            self.send_again(made, 1)
            self.assertEqual(self.tally(made), Tally(paid=1, failed=2))
            # The two that failed are paid by payments of their own.
            self.post_fund(made, 300)
            again = self.prepare_again(made)
            self.pay(again, 1)
            self.assert_is(again, ("done done", Tally(paid=2)))
        for one in (made, again):
            self.assert_promises(one)
        self.assertEqual(len(self.executed(made)) + len(self.executed(again)), 3)

    def test_emergency_stop_goes_out_while_sending_is_paused_and_nobody_is_paid(self):
        made = self.make_queued_here()
        self.play()
        for purpose in (ENVELOPE, DISBURSEMENTS):
            worker.dispatch(self.registry, self.find(made, purpose))
        with self.committed() as env:
            self.manager(env, made).action_pause()
        self.act("action_cancel_envelope", self.find(made, ENVELOPE))
        self.dispatch(made)
        self.assert_is(made, ("sent sent queued done", Tally(sent=2, issued=1)), "the stop goes out")
        with self.committed() as env:
            self.manager(env, made).action_resume()
        self.go_on(made)
        self.pay(made)
        self.assertEqual((self.calls("disbursements"), self.calls("cancel")), (1, 1))
        self.assertEqual(self.executed(made), {})
        self.assert_is(made, ("sent sent queued done", Tally(sent=2, issued=1)))
        self.give_up(made, 1)
        self.dispatch(made)
        self.assertEqual(self.calls("amend"), 0, "what is cancelled is not amended")
        self.decide("never_executed", submission_id=self.find(made, DISBURSEMENTS))
        self.ask(made)
        self.assert_is(made, ("done done cancelled done", Tally(failed=2, issued=1)))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_stop_that_comes_after_the_money_has_gone_changes_nothing_about_it(self):
        made = self.make_queued_here()
        self.play()
        self.dispatch(made)
        self.simulator.finish()
        self.act("action_cancel_envelope", self.find(made, ENVELOPE))
        self.dispatch(made)
        self.assert_is(made, ("sent sent sent done", Tally(sent=3)), "it stays open until the bridge tells")
        self.pay(made)
        self.assert_is(made, ("done done done done", Tally(paid=3)))
        self.assert_promises(made)
        self.assert_no_violation()
