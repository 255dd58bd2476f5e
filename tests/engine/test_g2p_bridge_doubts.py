"""What people decide, and what the bridge says later: neither makes the other's money move twice, or vanish."""

import threading

from odoo.addons.g2p_programs.dispatch import worker

from .g2p_bridge_case import DISBURSEMENTS, ENVELOPE, BridgeCase
from .rail_case import Tally

SECONDS = 6


class TestG2PBridgeDoubts(BridgeCase):
    def test_payments_that_people_say_never_arrived_do_not_count_as_taken(self):
        made = self.make_queued_here(payments=4)
        self.play(
            {"play": "reset", "executed": False, "calls": [1]},
            {"play": "reset", "executed": True, "calls": [2]},
        )
        for purpose in (ENVELOPE, DISBURSEMENTS):
            worker.dispatch(self.registry, self.find(made, purpose))
        for id_ in made["payments"][:2]:
            self.decide("never_executed", payment_id=id_)
        self.assert_is(made, ("sent done queued", Tally(failed=2, issued=2)))
        # Of the same count and amount as the one that never arrived, and lost after it was executed.
        worker.dispatch(self.registry, self.find(made, DISBURSEMENTS, 1))
        self.assert_is(made, ("sent done unknown", Tally(failed=2, sent=2)))
        for _twice in range(2):
            self.go_on(made)
        self.pay(made)
        self.assert_promises(made)
        self.assertEqual(self.calls("disbursements"), 2, "sent a second time though it had arrived")

    def test_envelope_is_amended_when_people_say_that_a_request_never_arrived(self):
        made = self.make_queued_here(payments=4, schedule_days_ahead=2)
        self.play({"play": "reset", "executed": False, "calls": [1]})
        for purpose in (ENVELOPE, DISBURSEMENTS):
            worker.dispatch(self.registry, self.find(made, purpose))
        for id_ in made["payments"][:2]:
            self.decide("never_executed", payment_id=id_)
        self.dispatch(made)
        self.go_on(made)
        self.assertEqual(self.calls("amend"), 1, "the envelope waits for two payments that will not come")
        declared = self.simulator.state()["envelopes"][0]
        self.assertEqual((declared["declared"], declared["declared_amount"]), (2, 200))

    def test_a_stop_after_the_money_has_gone_is_seen_when_the_bank_tells_later(self):
        made = self.make_queued_here()
        self.play()
        self.dispatch(made)
        self.simulator.finish()
        self.act("action_cancel_envelope", self.find(made, ENVELOPE))
        self.dispatch(made)
        for number in (0, 1):
            self.decide("never_executed", submission_id=self.find(made, DISBURSEMENTS, number))
        self.assertEqual(self.tally(made), Tally(failed=3), "people were wrong")
        self.watch(made)
        rows = self.read("g2p.payment", made["payments"], "contradicted")
        self.assertTrue(all(row["contradicted"] for row in rows), "the bank says that it paid")

    def test_a_stop_goes_out_while_somebody_works_on_the_registrants(self):
        made = self.make_queued_here()
        self.play()
        self.dispatch(made)
        self.act("action_cancel_envelope", self.find(made, ENVELOPE))
        stop = self.find(made, "cancellation")
        with self.registry.cursor() as cr:
            cr.execute("UPDATE res_partner SET write_date = now() WHERE id = %s", (made["partners"][0],))
            thread = threading.Thread(target=worker.dispatch, args=(self.registry, stop), daemon=True)
            thread.start()
            thread.join(SECONDS)
            is_stuck = thread.is_alive()
            cr.rollback()
        thread.join()
        self.assertFalse(is_stuck, "the emergency stop waits for a lock that it does not need")
        self.assertEqual(self.calls("cancel"), 1)
