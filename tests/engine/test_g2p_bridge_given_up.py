"""What was given up of an envelope goes into no other one before it is certain that the first does not pay it.

Each test is a way in which somebody was paid twice: the ledger decides.
"""

from odoo.exceptions import UserError

from .g2p_bridge_case import AMENDMENT, DISBURSEMENTS, ENVELOPE
from .g2p_bridge_late_case import LATE, LOST, REFUSED, STILL, LateCase


class TestG2PBridgeGivenUp(LateCase):
    def payees_paid_twice(self, *batches):
        """Return who was paid more than once, by whatever payment."""
        paid = {one.reference_id for one in self.simulator.ledger()}
        with self.committed() as env:
            ids = sorted({id_ for made in batches for id_ in made["payments"]})
            partners = [
                one.partner_id.id for one in env["g2p.payment"].browse(ids).exists() if one.name in paid
            ]
        return [one for one in set(partners) if partners.count(one) > 1]

    def refused_yet_taken(self, **values):
        """Return a batch whose second request was refused, taken all the same, and given up."""
        made = self.prepare({**REFUSED, "executed": True, "calls": [2]}, **values)
        self.send(made, 0)
        self.send(made, 1)
        self.give_up(made, 1)
        self.dispatch(made)
        return made

    # ---- The bridge cancels what it has paid ------------------------------------------------------------------
    def test_cancellation_that_comes_after_the_money_has_gone_frees_nothing(self):
        made = self.refused_yet_taken()
        self.pay(made)
        self.act("action_cancel_envelope", self.find(made, ENVELOPE))
        self.dispatch(made)
        self.assert_told(made, "whose money had gone already")
        again = self.release_again(made)
        self.pay(again)
        self.assert_held(made)
        self.assertEqual(self.paid_twice(made), [])

    def test_nor_does_it_where_one_request_was_all(self):
        for fault in ({**REFUSED, "executed": True, "calls": [1]}, LATE):
            with self.subTest(fault["play"]):
                self.simulator.reset()
                made = self.single(fault)
                with self.deadline(1):
                    self.send(made, 0)
                if fault is LATE:
                    self.ask_about(made, 0, times=2)
                    self.land()
                self.simulator.finish()
                self.give_up(made, 0)
                self.dispatch(made)
                again = self.release_again(made)
                self.go_on(again)
                self.pay(again)
                self.assertEqual(self.paid_twice(made), [])
                self.assert_told(made, "whose money had gone already")
                self.abandon(made)

    def test_cancellation_before_the_day_frees_it(self):
        made = self.single({**REFUSED, "executed": True, "calls": [1]}, schedule_days_ahead=1)
        self.send(made, 0)
        self.give_up(made, 0)
        self.dispatch(made)
        self.send_again_and_look(made, day=1)
        self.assertEqual(len(self.executed(made)), 2)

    def test_cancellation_whose_look_fails_is_said_again(self):
        made = self.single(
            {**REFUSED, "executed": False, "calls": [1]},
            {"on": "envelope_status", "play": "status", "status": 503, "calls": [2]},
            schedule_days_ahead=1,
        )
        self.send(made, 0)
        self.give_up(made, 0)
        self.dispatch(made)
        again = self.release_again(made)
        self.assert_held(made)
        for _time in range(3):
            self.go_on(made)
        self.go_on(again)
        self.assertEqual(self.calls("cancel"), 2)
        with self.on_day(1):
            self.pay(again, 1)
        self.assertEqual((len(self.executed(made)), self.paid_twice(made)), (2, []))

    # ---- What an amended envelope holds -----------------------------------------------------------------------
    def test_amendment_to_less_than_the_envelope_holds_frees_nothing(self):
        made = self.refused_yet_taken(schedule_days_ahead=1)
        self.assertEqual(self.calls("amend"), 1)
        self.assert_told(made, "holds something else than it declares")
        again = self.release_again(made)
        self.assert_held(made)
        # Whoever runs the bridge makes it fit, and the bridge pays what is cancelled there.
        self.cancel_there(made, [0, 1])
        with self.on_day(1):
            self.pay(made, 1)
            self.go_on(again)
        self.assertEqual(self.paid_twice(made), [])

    def test_what_was_given_up_does_not_pass_for_another_that_was_lost(self):
        for people in (False, True):
            with self.subTest(people=people):
                self.simulator.reset()
                made = self.prepare(LATE, {**LOST, "calls": [2]}, schedule_days_ahead=1)
                if people:
                    with self.deadline(1):
                        self.send(made, 0)
                    self.decide("never_executed", submission_id=self.find(made, DISBURSEMENTS, 0))
                else:
                    self.prove_absent(made)
                self.give_up(made, 0)
                with self.deadline(1):
                    self.send(made, 1)
                self.land()
                self.ask_about(made, 1, times=2)
                self.dispatch(made)
                self.assertEqual(self.states(made), ["sent", "cancelled", "unknown"])
                self.assert_told(made, "does not tell whether a request is in it")
                again = self.release_again(made)
                with self.on_day(1):
                    self.pay(made, 1)
                    self.ask(again)
                self.assertEqual(self.paid_twice(made), [])
                self.abandon(made)

    # ---- People's word ----------------------------------------------------------------------------------------
    def test_people_do_not_close_an_envelope_by_saying_that_it_was_amended(self):
        made = self.prepare(
            LATE, {"on": "amend", "play": "reset", "executed": False, "calls": [1]}, schedule_days_ahead=1
        )
        self.prove_absent(made)
        self.send(made, 1)
        self.give_up(made, 0)
        self.dispatch(made)
        self.decide("executed", submission_id=self.find(made, AMENDMENT))
        self.land()
        again = self.release_again(made)
        self.assert_held(made)
        with self.on_day(1):
            self.pay(made, 1)
            self.ask(again)
        self.assertEqual(self.paid_twice(made), [])

    def test_what_people_call_never_executed_is_paid_again_only_when_it_cannot_come_in(self):
        made = self.prepare(LATE)
        with self.deadline(1):
            self.send(made, 0)
        for id_ in made["payments"][:2]:
            self.decide("never_executed", payment_id=id_)
        self.send(made, 1)
        self.dispatch(made)
        self.post_fund(made, 30_000)
        again = self.prepare_again(made)
        self.land()
        self.pay(made)
        self.pay(again)
        with self.committed() as env:
            opener = env["g2p.payment"].browse(again["payments"]).submission_id.opener_id
            self.assertIn(STILL, opener.hold_reason)
        self.assertEqual(self.payees_paid_twice(made, again), [])

    # ---- Payments that are made anew --------------------------------------------------------------------------
    def test_manager_by_whose_word_it_is_held_cannot_be_deleted(self):
        made = self.refused_yet_taken()
        self.act("action_cancel", self.find(made, AMENDMENT))
        self.pay(made)
        self.assertEqual(set(self.states(made)), {"done", "cancelled"}, "nothing is open")
        with self.assertRaisesRegex(UserError, STILL), self.committed() as env:
            self.manager(env, made).unlink()

    def test_what_left_cannot_be_deleted(self):
        made = self.refused_yet_taken()
        with self.assertRaisesRegex(UserError, "cannot be deleted"), self.committed("officer") as env:
            env["g2p.payment"].browse(made["payments"][2:]).unlink()

    def test_entitlements_that_are_made_anew_wait_too(self):
        made = self.refused_yet_taken()
        self.pay(made)
        with self.committed() as env:
            entitlements = env["g2p.payment"].browse(made["payments"][2:]).entitlement_id
            values = [
                {
                    "partner_id": one.partner_id.id,
                    "cycle_id": made["cycle"],
                    "initial_amount": one.initial_amount,
                    "is_cash_entitlement": True,
                    "state": "approved",
                    "currency_id": one.currency_id.id,
                }
                for one in entitlements
            ]
            entitlements._set_cancelled()
            env["g2p.entitlement"]._guarded_create(values)
        again = self.prepare_again(made)
        self.pay(again)
        self.assertEqual(self.payees_paid_twice(made, again), [])
