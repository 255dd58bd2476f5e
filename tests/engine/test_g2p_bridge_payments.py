"""Whole lives of envelopes: opened, filled, paid on their day, and what bank statements tell of them later."""

import threading

from odoo.addons.g2p_programs.dispatch import worker

from tests.simulators.g2p_bridge.process import start_simulator

from .g2p_bridge_case import DISBURSEMENTS, ENVELOPE, BridgeCase
from .rail_case import Tally

SENT3 = ("sent sent sent", Tally(sent=3))
DONE3 = ("done done done", Tally(paid=3))
#: Account 10000002 is the third, alone in the second request.
THIRD = {"payee_suffixes": ["2"]}


class TestBridgePayments(BridgeCase):
    def payment(self, made, number, *names):
        return self.read("g2p.payment", made["payments"][number], *names)

    def only_envelope(self):
        """Return the state of the one envelope that the bridge has."""
        (envelope,) = self.simulator.state()["envelopes"]
        return envelope

    # ---- the whole way ----------------------------------------------------------------------------------------
    def test_envelope_is_opened_filled_and_paid_on_its_day(self):
        made = self.make_queued_here(schedule_days_ahead=2)
        self.play()
        self.dispatch(made)
        self.pay(made)
        self.assert_is(made, SENT3, "its day has not come")
        self.assertEqual(self.executed(made), {})
        with self.on_day(2):
            self.pay(made, 2)
        self.assert_is(made, DONE3)
        self.assertEqual((self.calls("envelope"), self.calls("disbursements")), (1, 2))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_payments_show_what_the_bridge_calls_them_and_which_line_of_a_statement_they_are(self):
        made = self.make_queued_here()
        self.play()
        self.dispatch(made)
        self.pay(made)
        envelope = self.only_envelope()["disbursement_envelope_id"]
        names = ("disbursement_id", "disbursement_envelope_id", "remittance_statement_id", "dispatch_status")
        rows = [self.payment(made, number, *names) for number in range(3)]
        self.assertEqual(len({row["disbursement_id"] for row in rows}), 3)
        self.assertEqual({row["disbursement_envelope_id"] for row in rows}, {envelope})
        self.assertTrue(all(row["remittance_statement_id"] for row in rows))
        self.assertEqual({row["dispatch_status"] for row in rows}, {"sent"})

    def test_jobs_of_the_queue_and_the_sweeper_do_the_same(self):
        made = self.make_queued_here()
        self.play(bridge={"step_seconds": 0.0})
        for _time in range(6):
            self.move_time_on(made)
            self.sweep()
        self.assert_is(made, DONE3)
        self.assertEqual((self.calls("envelope"), self.calls("disbursements")), (1, 2))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_one_person_twice_is_never_in_one_request(self):
        made = self.make_queued_here(twins=2)
        self.play()
        self.dispatch(made)
        self.pay(made)
        self.assert_is(made, DONE3)
        envelope = self.only_envelope()
        self.assertEqual((envelope["declared"], envelope["declared_beneficiaries"]), (3, 2))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_one_person_three_times_needs_three_requests(self):
        made = self.make_queued_here(twins=3)
        self.play()
        self.dispatch(made)
        self.assertEqual(self.only_envelope()["requests"], 3)
        self.pay(made)
        self.assert_is(made, ("done done done done", Tally(paid=3)))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_three_requests_go_in_their_order_and_never_two_of_them_at_the_same_time(self):
        made = self.make_queued_here(payments=5)
        self.play(latency=0.2)
        _envelope, *requests = made["submissions"]
        for submission_id in reversed(made["submissions"]):
            worker.dispatch(self.registry, submission_id)
        self.assertEqual(self.calls("disbursements"), 0, "each waits for those before it")
        for _time in range(3):
            threads = [
                threading.Thread(target=worker.dispatch, args=(self.registry, one)) for one in requests
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.dispatch(made)
        taken = [one["disbursements"] for one in self.simulator.state()["requests"]]
        self.assertEqual((taken, self.calls("disbursements")), ([2, 2, 1], 3))
        before = [
            row["settings"]["disbursements_before"]
            for row in self.read("g2p.payment.submission", requests, "settings")
        ]
        self.assertEqual(before, [0, 2, 4])
        self.pay(made)
        self.assert_is(made, ("done done done done", Tally(paid=5)))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_job_that_runs_twice_sends_once(self):
        made = self.make_queued_here()
        self.play()
        for _time in range(2):
            for submission_id in made["submissions"]:
                with self.committed() as env:
                    env["g2p.payment.submission"].browse(submission_id)._job_dispatch()
        self.assertEqual((self.calls("envelope"), self.calls("disbursements")), (1, 2))
        self.assert_is(made, SENT3)

    # ---- what statements tell ---------------------------------------------------------------------------------
    def test_money_that_came_back_before_anybody_asked_was_paid_and_is_reversed(self):
        made = self.make_queued_here()
        self.play(
            outcomes=[{**THIRD, "result": "reversed", "code": "ACCOUNT_CLOSED", "reversal_questions": 0}]
        )
        self.dispatch(made)
        self.pay(made)
        self.assert_is(made, DONE3)
        row = self.payment(made, 2, "reversal_reason", "reversal_confirmed", "reversal_ids")
        self.assertEqual((row["reversal_reason"], row["reversal_confirmed"]), ("ACCOUNT_CLOSED", False))
        self.assertEqual(len(row["reversal_ids"]), 1)
        self.assert_told(made, "1 payments were reversed")
        self.assert_promises(made)

    def test_money_that_comes_back_when_all_is_done_is_seen_and_payable_again_once_finance_says_so(self):
        made = self.make_queued_here()
        self.play(outcomes=[{**THIRD, "result": "reversed", "code": "ACCOUNT_CLOSED"}])
        self.dispatch(made)
        self.pay(made)
        self.assert_is(made, DONE3)
        self.assertEqual(self.payment(made, 2, "reversal_ids")["reversal_ids"], [])
        for _time in range(2):
            self.watch(made)
        self.assert_is(made, DONE3, "paid stays paid")
        self.assertEqual(len(self.payment(made, 2, "reversal_ids")["reversal_ids"]), 1)
        self.assertIsNone(self.prepare_again(made), "not before finance has confirmed it")
        with self.committed("finance_one") as env:
            env["g2p.payment"].browse(made["payments"][2]).reversal_ids.action_confirm()
        self.post_fund(made, 300)
        self.play()
        again = self.prepare_again(made)
        self.pay(again)
        self.assert_is(again, ("done done", Tally(paid=1)))
        for one in (made, again):
            self.assert_promises(one)
        self.assertEqual(len(self.executed(made)) + len(self.executed(again)), 4, "and one of them came back")
        self.assert_no_violation()

    def test_line_that_a_bank_tells_twice_is_paid_and_told_to_finance(self):
        made = self.make_queued_here()
        self.play(outcomes=[{**THIRD, "result": "duplicate_line"}])
        self.dispatch(made)
        self.pay(made)
        self.assert_is(made, DONE3)
        self.assertEqual(self.payment(made, 2, "status_code")["status_code"], "bank.duplicate_disbursement")
        self.assert_told(made, "the bank tells of a payment twice")
        self.assert_promises(made)

    def test_lines_that_fit_nothing_leave_a_payment_open_and_are_told_to_finance(self):
        for result, words in (
            ("invalid_reversal", "came back that it never told as made"),
            ("invalid_id", "the bridge does not know"),
        ):
            with self.subTest(result):
                made = self.make_queued_here()
                self.play(outcomes=[{**THIRD, "result": result}])
                self.dispatch(made)
                self.pay(made)
                self.assert_is(made, ("sent done sent", Tally(paid=2, sent=1)))
                self.assert_told(made, words)
                self.assertEqual(len(self.executed(made)), 2)
                self.assert_promises(made)
                self.decide("never_executed", payment_id=made["payments"][2])
                self.ask(made)
                self.assert_is(made, ("done done done", Tally(paid=2, failed=1)))
                self.assert_promises(made)

    def test_payment_that_the_bank_makes_later_is_paid_later(self):
        made = self.make_queued_here()
        self.play(outcomes=[{**THIRD, "result": "pending", "questions": 2, "then": {}}])
        self.dispatch(made)
        self.pay(made)
        self.assert_is(made, ("sent done sent", Tally(paid=2, sent=1)))
        for _time in range(2):
            self.ask(made)
        self.assert_is(made, DONE3)
        self.assert_promises(made)

    def test_payee_whom_nobody_finds_stays_open_grows_old_visibly_and_is_decided_by_people(self):
        made = self.make_queued_here()
        self.play(outcomes=[{**THIRD, "result": "unresolved"}])
        self.dispatch(made)
        self.pay(made)
        self.assert_is(made, ("sent done sent", Tally(paid=2, sent=1)))
        self.assertFalse(
            [note for note in self.notes(made) if "day to pay is over" in note], "it is not over"
        )
        with self.assert_no_submit():
            self.pay(made, 3)
            self.go_on(made)
        self.assert_is(made, ("sent done sent", Tally(paid=2, sent=1)))
        self.assert_told(made, "has not given all payments to the bank")
        with self.committed("officer") as env:
            cycle = env["g2p.cycle"].browse(made["cycle"])
            summary = env["g2p.cycle.envelope.summary"].search(cycle.action_open_envelopes()["domain"])
            self.assertEqual(summary.number_of_disbursements_shipped, 2)
            self.assertIn("has not given all payments to the bank", summary.problems)
        self.move_time_on(made, hours=24 * 30)
        with self.committed() as env:
            env.cr.execute(
                """
                UPDATE g2p_payment_submission SET claimed_at = claimed_at - interval '30 days'
                 WHERE id = ANY(%s)
                """,
                (made["submissions"],),
            )
            env["g2p.payment.batch"]._tell_of_old_submissions()
        self.assert_told(made, "days ago and is not settled")
        self.decide("never_executed", payment_id=made["payments"][2])
        self.ask(made)
        self.assert_is(made, ("done done done", Tally(paid=2, failed=1)))
        self.assert_promises(made)

    # ---- a bridge that is not there ---------------------------------------------------------------------------
    def test_envelope_that_waited_overnight_for_the_bridge_is_made_anew_with_the_new_day(self):
        made = self.make_queued_here()
        port, ledger = self.simulator.port, self.simulator.ledger_path
        self.simulator.stop()
        try:
            self.dispatch(made)
        finally:
            type(self).simulator = start_simulator({}, ledger, port)
        self.simulator.reset()
        self.assert_is(made, ("queued queued queued", Tally(issued=3)))
        envelope = made["submissions"][0]
        before = self.read("g2p.payment.submission", envelope, "payload", "key")
        self.play()
        with self.on_day(1):
            self.move_time_on(made)
            self.go_on(made)
            after = self.read("g2p.payment.submission", envelope, "payload", "key")
            self.assertNotEqual(before["payload"], after["payload"])
            self.pay(made, 1)
        self.assert_is(made, DONE3)
        self.assertEqual(self.only_envelope()["received"], 3)
        self.assert_promises(made)
        self.assert_no_violation()

    def test_bridge_that_is_killed_goes_on_with_what_it_had(self):
        made = self.make_queued_here()
        self.play()
        for purpose in (ENVELOPE, DISBURSEMENTS):
            worker.dispatch(self.registry, self.find(made, purpose))
        port, ledger = self.simulator.port, self.simulator.ledger_path
        self.simulator.kill()
        try:
            self.dispatch(made)
            self.ask(made)
        finally:
            type(self).simulator = start_simulator({}, ledger, port)
        self.assert_is(made, ("sent sent queued", Tally(sent=2, issued=1)))
        self.play()
        self.go_on(made)
        self.pay(made)
        self.assert_is(made, DONE3)
        self.assert_promises(made)

    # ---- connection test --------------------------------------------------------------------------------------
    def test_connection_test_reaches_the_bridge_without_a_payment(self):
        made = self.make_queued_here()
        self.play()
        with self.committed() as env:
            self.manager(env, made)._job_test_connection()
        with self.committed() as env:
            manager = self.manager(env, made)
            self.assertTrue(manager.connection_is_good, manager.connection_result)
        calls = self.calls()
        self.assertEqual((self.count_submits(), calls["envelope_status"]), (0, 1))
