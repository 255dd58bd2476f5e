"""An envelope is looked into before anything is put into it: what makes its counts lie makes nobody be paid twice.

The bridge pays an envelope when it is complete, so what it holds of unknown origin must never be made complete. Four
payments are two requests of the same number and amount, the worst case for proofs by counting.
"""

from unittest.mock import patch

from .g2p_bridge_case import DISBURSEMENTS
from .g2p_bridge_late_case import LATE, REFUSED, TAKEN, LateCase
from .rail_case import Tally

TOLD = "something else than Odoo knows of"


class TestG2PBridgeCounts(LateCase):
    # ---- Somebody cancels there -------------------------------------------------------------------------------
    def test_nothing_is_put_into_an_envelope_of_which_something_was_cancelled_there(self):
        made = self.prepare(schedule_days_ahead=1)
        self.send(made, 0)
        self.cancel_there(made, [0, 1])
        self.send(made, 1)
        self.assert_is(made, ("sent sent queued", Tally(sent=2, issued=2)))
        self.assertEqual(self.calls("disbursements"), 1)
        self.assert_told(made, TOLD)
        row = self.read(
            "g2p.payment.submission", self.find(made, DISBURSEMENTS, 1), "last_code", "last_reason"
        )
        self.assertEqual(row["last_code"], "counts.differ")
        self.assertIn("received=0 amount=0", row["last_reason"])
        self.assertIn("expected=2 amount=200", row["last_reason"])
        for _time in range(2):
            self.go_on(made)
        with self.on_day(1):
            self.pay(made, 1)
        self.assertEqual(self.calls("disbursements"), 1, "nor later")
        self.assertEqual(self.executed(made), {}, "an envelope that is not complete pays nobody")

    # ---- The bridge says no and means yes ---------------------------------------------------------------------
    def test_nothing_is_put_into_an_envelope_that_holds_what_was_refused(self):
        made = self.prepare(
            {**REFUSED, "executed": True, "calls": [1]},
            schedule_days_ahead=1,
        )
        self.send(made, 0)
        self.act("action_cancel", self.find(made, DISBURSEMENTS, 0))
        self.send(made, 1)
        self.assertEqual(self.states(made), ["sent", "cancelled", "queued"])
        self.assert_told(made, TOLD)
        self.assertEqual(self.calls("disbursements"), 1)
        self.act("action_cancel", self.find(made, DISBURSEMENTS, 1))
        self.go_on(made)
        self.assertEqual(self.calls("cancel"), 1, "nothing of ours is in it, as far as we know")
        self.send_again(made, day=1)
        self.assert_promises(made)
        self.assertEqual(len(self.executed(made)), 4)

    def test_what_people_call_never_executed_and_is_there_keeps_the_rest_out(self):
        made = self.prepare({**TAKEN, "calls": [1]})
        self.send(made, 0)
        for id_ in made["payments"][:2]:
            self.decide("never_executed", payment_id=id_)
        self.send(made, 1)
        self.assertEqual(self.calls("disbursements"), 1)
        self.assert_told(made, TOLD)
        self.pay(made)
        self.assertEqual(self.executed(made), {}, "people were wrong, and nobody was paid by that")

    def test_what_people_call_executed_lets_the_rest_go_out(self):
        made = self.prepare({**TAKEN, "calls": [1]})
        self.send(made, 0)
        self.decide("executed", submission_id=self.find(made, DISBURSEMENTS, 0))
        self.send(made, 1)
        self.pay(made)
        self.assert_is(made, ("done done done", Tally(paid=4)))
        self.assert_promises(made)

    # ---- The bridge takes in what nobody waits for any more ---------------------------------------------------
    def finish(self, made, calls):
        for _time in range(2):
            self.go_on(made)
        self.pay(made)
        self.assert_promises(made)
        self.assertEqual(len(self.executed(made)), 4, "each is paid, and once")
        self.assertEqual(self.calls("disbursements"), calls)

    def test_one_that_never_arrived_is_sent_again_behind_the_others(self):
        made = self.prepare({**LATE, "play": "reset", "executed": False})
        self.prove_absent(made)
        self.send(made, 0)
        self.assertEqual(self.calls("disbursements"), 1, "its turn is behind the other")
        self.send(made, 1)
        self.send(made, 0)
        self.assert_is(made, ("sent sent sent", Tally(sent=4)))
        self.finish(made, calls=3)
        self.assert_is(made, ("done done done", Tally(paid=4)))

    def test_it_comes_in_before_the_others_are_sent(self):
        made = self.prepare(LATE)
        self.prove_absent(made)
        self.let_it_come(2)
        self.send(made, 1)
        self.assert_is(made, ("sent queued sent", Tally(sent=4)))
        self.send(made, 0)
        self.assertEqual(self.states(made), ["sent", "unknown", "sent"])
        self.ask_about(made, 0)
        self.assertEqual(self.states(made), ["sent", "sent", "sent"])
        self.assert_told(made, "their ids were lost")
        self.finish(made, calls=2)

    def test_it_comes_in_after_the_others(self):
        made = self.prepare(LATE)
        self.prove_absent(made)
        self.send(made, 1)
        self.let_it_come(4)
        self.send(made, 0)
        self.finish(made, calls=2)
        self.assert_told(made, "their ids were lost")

    def test_it_comes_in_between_the_look_and_the_request(self):
        from odoo.addons.g2p_payment_g2p_connect.bridge.client import BridgeClient

        made = self.prepare(LATE)
        self.prove_absent(made)
        self.send(made, 1)
        look = BridgeClient._look_into_envelope

        def look_and_be_overtaken(client, transport):
            kept_back = look(client, transport)
            self.let_it_come(4)
            return kept_back

        with patch.object(BridgeClient, "_look_into_envelope", look_and_be_overtaken):
            self.send(made, 0)
        self.assertEqual(self.states(made), ["sent", "unknown", "sent"])
        self.finish(made, calls=3)

    def test_it_comes_in_after_it_was_sent_again(self):
        made = self.prepare(LATE)
        self.prove_absent(made)
        self.send(made, 1)
        self.send(made, 0)
        self.simulator.release()
        self.finish(made, calls=3)
        self.assert_is(made, ("done done done", Tally(paid=4)))

    # ---- The look itself --------------------------------------------------------------------------------------
    def test_nothing_is_sent_while_the_counts_cannot_be_read(self):
        made = self.prepare({"on": "envelope_status", "play": "status", "status": 503, "calls": [1]})
        self.send(made, 0)
        self.assert_is(made, ("sent queued queued", Tally(issued=4)))
        self.assertEqual(self.calls("disbursements"), 0)
        self.finish(made, calls=2)
        self.assert_is(made, ("done done done", Tally(paid=4)))
