"""What the bridge takes in after its absence was believed is paid once, whatever people and the engine did meanwhile.

Each test is a way in which somebody was, or would be, paid twice: the ledger decides.
"""

from .g2p_bridge_case import DISBURSEMENTS, ENVELOPE
from .g2p_bridge_late_case import LATE, LOST, REFUSED, ROOM, STILL, TAKEN, LateCase
from .rail_case import Tally


class TestG2PBridgeLate(LateCase):
    # ---- Two whose absence is believed ------------------------------------------------------------------------
    def two_absent(self, **values):
        made = self.prepare(LATE, {**LOST, "calls": [2]}, **values)
        for number in (0, 1):
            self.lose(made, number)
        self.assertEqual(self.states(made), ["sent", "queued", "queued"])
        return made

    def test_of_two_none_is_sent_again_where_there_is_room_for_it_twice(self):
        for day in (0, 1):
            for lands_first in (False, True):
                with self.subTest(day=day, lands_first=lands_first):
                    self.simulator.reset()
                    made = self.two_absent(schedule_days_ahead=day)
                    if lands_first:
                        self.land()
                    self.send(made, 0)
                    self.send(made, 1)
                    self.assertEqual(self.calls("disbursements"), 2)
                    self.assertIn(ROOM, self.hold(made, 0))
                    if not lands_first:
                        self.land()
                    self.end(made, day)
                    self.abandon(made)

    def test_of_two_both_are_given_up_and_paid_in_another_envelope(self):
        made = self.two_absent(schedule_days_ahead=1)
        self.give_up(made, 0)
        self.give_up(made, 1)
        self.dispatch(made)
        self.assertEqual(self.calls("cancel"), 1)
        self.land()
        self.send_again_and_look(made, day=1)
        self.assertEqual(len(self.executed(made)), 4)

    # ---- Another one leaves room ------------------------------------------------------------------------------
    def test_it_is_not_sent_again_where_another_was_refused_and_given_up(self):
        for day in (0, 1):
            with self.subTest(day=day):
                self.simulator.reset()
                made = self.prepare(
                    LATE, {**REFUSED, "executed": False, "calls": [2]}, schedule_days_ahead=day
                )
                self.prove_absent(made)
                self.send(made, 1)
                self.give_up(made, 1)
                self.send(made, 0)
                self.assertIn(ROOM, self.hold(made, 0))
                self.land()
                self.end(made, day)
                self.abandon(made)

    # ---- People say that it never arrived ---------------------------------------------------------------------
    def test_what_people_send_again_goes_behind_the_others_too(self):
        for day in (0, 1):
            with self.subTest(day=day):
                self.simulator.reset()
                made = self.prepare(LATE, schedule_days_ahead=day)
                with self.deadline(1):
                    self.send(made, 0)
                self.decide("never_executed", submission_id=self.find(made, DISBURSEMENTS, 0))
                self.act("action_queue_again", self.find(made, DISBURSEMENTS, 0))
                self.send(made, 0)
                self.assertEqual(self.calls("disbursements"), 1, "its turn is behind the other")
                self.send(made, 1)
                self.send(made, 0)
                self.assertEqual(self.calls("disbursements"), 3)
                self.land()
                self.end(made, day)
                self.assertEqual(len(self.executed(made)), 4)
                self.abandon(made)

    # ---- It is given up ---------------------------------------------------------------------------------------
    def test_given_up_on_the_day_itself_it_is_sent_in_no_other_envelope(self):
        """The amendment is refused then, and the envelope would be complete with what comes late."""
        made = self.prepare(LATE)
        self.prove_absent(made)
        self.send(made, 1)
        self.give_up(made, 0)
        self.dispatch(made)
        self.land()
        self.pay(made)
        self.send_again_and_look(made)
        self.assert_held(made)

    def test_given_up_a_day_ahead_it_goes_into_another_envelope_when_the_first_is_amended(self):
        made = self.prepare(LATE, schedule_days_ahead=1)
        self.prove_absent(made)
        self.send(made, 1)
        self.give_up(made, 0)
        self.dispatch(made)
        self.assertEqual(self.calls("amend"), 1)
        self.land()
        self.send_again_and_look(made, day=1)
        self.assertEqual(len(self.executed(made)), 4)
        self.assert_promises(made)

    def test_given_up_it_waits_until_the_cancellation_of_its_envelope_has_arrived(self):
        made = self.single(
            LATE, {"on": "cancel", "play": "reset", "executed": False, "calls": [1]}, schedule_days_ahead=1
        )
        self.lose(made, 0)
        self.give_up(made, 0)
        self.dispatch(made)
        again = self.release_again(made)
        self.assert_held(made)
        for _time in range(3):
            self.go_on(made)
        self.assertEqual(self.calls("cancel"), 2)
        self.land()
        with self.on_day(1):
            self.pay(made, 1)
        self.go_on(again)
        self.assertNotEqual(self.states(again)[-1], "queued", "nothing is in its way any more")
        self.assertEqual(self.paid_twice(made), [])

    def test_refused_yet_taken_and_given_up_it_is_sent_in_no_other_envelope(self):
        made = self.prepare({**REFUSED, "executed": True, "calls": [2]})
        self.send(made, 0)
        self.send(made, 1)
        self.give_up(made, 1)
        self.dispatch(made)
        self.pay(made)
        self.send_again_and_look(made)
        self.assert_held(made)
        # The way out, when its operator has said that it is not in there, or was stopped.
        self.act("action_cancel_envelope", self.find(made, ENVELOPE))

    def test_cancelled_and_prepared_anew_it_waits_too(self):
        made = self.prepare({**REFUSED, "executed": True, "calls": [2]})
        self.send(made, 0)
        self.send(made, 1)
        self.give_up(made, 1)
        self.dispatch(made)
        self.pay(made)
        for id_ in made["payments"][2:]:
            with self.committed("officer") as env:
                env["g2p.payment"].browse(id_).action_cancel()
        again = self.prepare_again(made)
        with self.committed() as env:
            opener = env["g2p.payment"].browse(again["payments"]).submission_id.opener_id
            self.assertIn(STILL, opener.hold_reason)

    # ---- Finance is told --------------------------------------------------------------------------------------
    def test_counts_that_tell_nothing_are_told(self):
        made = self.prepare({**LOST, "calls": [1]}, {**TAKEN, "calls": [2]})
        self.lose(made, 0)
        self.send(made, 1)
        self.go_on(made)
        self.assertEqual(self.states(made), ["sent", "queued", "unknown"])
        self.assert_told(made, "does not tell whether a request is in it")

    def test_counts_that_can_never_be_read_are_told(self):
        made = self.prepare({"on": "envelope_status", "play": "status", "status": 404})
        for _time in range(3):
            self.go_on(made)
        self.assert_told(made, "nothing of it could be sent (counts.unread HTTP 404)")

    def test_activity_has_the_whole_text_and_the_name(self):
        made = self.prepare({**REFUSED, "executed": True, "calls": [1]}, schedule_days_ahead=1)
        self.send(made, 0)
        self.give_up(made, 0)
        self.send(made, 1)
        name = self.read("g2p.payment.submission", self.find(made, DISBURSEMENTS, 1), "name")["name"]
        with self.committed() as env:
            activities = env["g2p.payment.batch"].browse(made["batch"]).activity_ids
            notes = [str(one.note) for one in activities if "something else than Odoo" in one.summary]
        self.assertTrue(notes)
        for note in notes:
            self.assertIn("give up what was not sent, and release that again", note)
            self.assertIn(name, note)

    def test_envelope_that_is_complete_after_all_alarms_nobody_twice(self):
        made = self.prepare(LATE)
        self.prove_absent(made)
        self.send(made, 1)
        self.land()
        self.send(made, 0)
        self.go_on(made)
        self.pay(made)
        self.assertEqual(len(self.executed(made)), 4)
        self.assertEqual([note for note in self.notes(made) if "something else" in note], [])
        self.assert_told(made, "their ids were lost")

    # ---- People decide ----------------------------------------------------------------------------------------
    def test_nobody_decides_about_payments_that_wait_to_be_sent_again(self):
        from odoo.exceptions import UserError

        made = self.prepare(LATE)
        self.prove_absent(made)
        with self.assertRaisesRegex(UserError, "waits to be sent again"):
            self.decide("executed", payment_id=made["payments"][0])
        self.assert_is(made, ("sent queued queued", Tally(sent=2, issued=2)))
