"""The synchronous mode pays through a Cash Transfer Bridge 0.1.0, which pays twice what it gets twice: we never do."""

from tests.simulators.g2p_connect.process import start_simulator

from .g2p_connect_case import TOKEN, G2PConnectCase
from .rail_case import Tally

#: Account 10000002; the bridge says that it failed "with unknown reason".
REFUSED = {"payee_suffixes": ["2"], "result": "refused"}
ALL_OPEN, SETTLED = Tally(sent=3), Tally(paid=2, failed=1)


class TestCashTransferBridge(G2PConnectCase):
    def setUp(self):
        super().setUp()
        self.play()

    def play(self, *faults, outcomes=(REFUSED,), **script):
        super().play(*faults, outcomes=outcomes, profile="gctb", **script)

    def make_queued_here(self, **kwargs):
        return super().make_queued_here(**{"cash_transfer_bridge": True, **kwargs})

    def assert_is(self, made, state, tally, when):
        self.assertEqual((self.states(made)[0], self.tally(made)), (state, tally), when)
        self.assert_promises(made)

    def payload(self, made):
        return self.read("g2p.payment.submission", made["submissions"][0], "payload")["payload"]

    def come_back(self, made, times=2):
        """Let time pass, let the sweeper ask, ask by hand, let a stray job come: nothing of it may send anything."""
        with self.assert_no_submit():
            for _time in range(times):
                self.move_time_on(made)
                self.sweep()
                self.ask(made)
                self.dispatch(made)
        self.assert_promises(made)

    def take_back(self, made):
        with self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).withdraw_release()

    def release_again(self, made, **settings):
        """Let people take a batch back, change its manager, and release and send it again."""
        model, manager_id = made["manager"]
        self.take_back(made)
        with self.committed() as env:
            env[model].browse(manager_id).write(settings)
        with self.committed("releaser") as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            batch.release_payments()
            batch.send_payment()
        with self.committed() as env:
            live = env["g2p.payment.batch"].browse(made["batch"]).submission_ids
            made["submissions"] = live.filtered(lambda one: one.state == "queued").ids

    # ---- lives ------------------------------------------------------------------------------------------------
    def test_a_batch_is_paid_and_a_refused_payee_fails(self):
        made = self.make_queued_here()
        self.dispatch(made)
        self.assert_is(made, "sent", ALL_OPEN, "it says only that it received them")
        with self.assert_no_submit():
            self.ask(made)
        self.assert_is(made, "done", SETTLED, "after the question")
        self.assertEqual(len(self.executed(made)), 2)
        state = self.simulator.state()
        self.assertEqual((state["refusals"], state["violations"]), ([], []))
        rows = self.read("g2p.payment", made["payments"], "status", "status_code")
        (failed,) = [row for row in rows if row["status"] == "failed"]
        self.assertEqual(failed["status_code"], "rjct.payment.failed")

    def test_what_failed_for_now_stays_open_until_it_is_paid(self):
        failing = {"payee_suffixes": ["1"], "result": "pending", "status": "fail", "questions": 2, "then": {}}
        made = self.make_queued_here()
        self.play(outcomes=[failing, REFUSED])
        self.dispatch(made)
        for _time in range(2):
            self.ask(made)
            self.assert_is(made, "sent", Tally(paid=1, failed=1, sent=1), "it is tried again there")
        self.come_back(made)
        self.assert_is(made, "done", SETTLED, "at the end")
        self.assertEqual(len(self.executed(made)), 2)

    def test_without_the_setting_the_bridge_takes_nothing_and_the_payments_are_free(self):
        made = self.make_queued_here(cash_transfer_bridge=False)
        self.dispatch(made)
        self.assert_is(made, "rejected", Tally(issued=3), "refused before it was looked at")
        self.assertEqual(self.simulator.state()["refusals"], ["G2P-REQ-102"])
        self.assertEqual(self.executed(made), {})
        self.release_again(made, cash_transfer_bridge=True)
        self.dispatch(made)
        self.ask(made)
        self.assert_is(made, "done", SETTLED, "with the setting")

    def test_connection_is_tested_without_a_payment(self):
        for switch in (True, False):
            made = self.make_queued_here(cash_transfer_bridge=switch)
            model, manager_id = made["manager"]
            with self.committed() as env:
                env[model].browse(manager_id)._job_test_connection()
            manager = self.read(model, manager_id, "connection_is_good", "connection_result")
            self.assertEqual(manager["connection_is_good"], switch, manager["connection_result"])
            self.assertEqual((self.count_submits(), self.executed(made)), (0, {}))
            # No sweeper of another test shall send what waits here.
            self.take_back(made)
        self.assertIn("OpenG2P Cash Transfer Bridge where it is one", manager["connection_result"])

    # ---- faults -----------------------------------------------------------------------------------------------
    def test_time_out_after_execution_is_found_by_asking(self):
        made = self.make_queued_here(seconds=1)
        self.play({"play": "timeout", "executed": True})
        self.dispatch(made)
        self.assert_is(made, "unknown", ALL_OPEN, "nobody knows")
        self.play()
        self.come_back(made)
        self.assert_is(made, "done", SETTLED, "at the end")
        self.assertEqual(len(self.executed(made)), 2)
        self.assertEqual(self.simulator.state()["known"], 3)

    def test_time_out_without_execution_stays_unknown_and_is_never_sent_again(self):
        made = self.make_queued_here(seconds=1)
        self.play({"play": "timeout", "executed": False})
        self.dispatch(made)
        self.assert_is(made, "unknown", ALL_OPEN, "nobody knows")
        self.play()
        self.come_back(made, times=4)
        self.assert_is(made, "unknown", ALL_OPEN, "what is left out proves nothing")
        self.assertEqual((self.executed(made), self.simulator.state()["known"]), ({}, 0))

    def test_lost_answers_never_pay_twice(self):
        for play, executed in (
            ("reset", True), ("reset", False), ("empty", True), ("truncated", True), ("rubbish", True), ("html", True),
            ("redirect", False), ("drip_body", True), ("other_transaction", True),
        ):  # fmt: skip
            with self.subTest(play, executed=executed):
                made = self.make_queued_here(seconds=1 if play == "drip_body" else 20)
                self.play({"play": play, "executed": executed})
                self.dispatch(made)
                self.assert_is(made, "unknown", ALL_OPEN, "nobody knows")
                self.play()
                self.come_back(made)
                end = ("done", SETTLED) if executed else ("unknown", ALL_OPEN)
                self.assert_is(made, *end, "at the end")
                self.assertEqual(len(self.executed(made)), 2 * executed)

    def test_errors_of_its_own_leave_everything_open(self):
        for status, executed in ((500, True), (500, False), (503, True)):
            with self.subTest(status, executed=executed):
                made = self.make_queued_here()
                self.play({"play": "status", "status": status, "executed": executed})
                self.dispatch(made)
                self.assert_is(made, "unknown", ALL_OPEN, "nobody knows")
                self.play()
                self.come_back(made)
                end = ("done", SETTLED) if executed else ("unknown", ALL_OPEN)
                self.assert_is(made, *end, "at the end")

    def test_question_that_goes_wrong_changes_nothing(self):
        for fault in (
            {"play": "timeout", "executed": False, "seconds": 3},
            {"play": "status", "status": 500},
            {"play": "status", "status": 400},
            {"play": "missing_rows", "rows": 3},
            {"play": "unknown_status", "rows": 3},
            {"play": "other_transaction"},
            {"play": "empty"},
        ):
            with self.subTest(fault):
                made = self.make_queued_here(seconds=1 if fault["play"] == "timeout" else 20)
                self.play({"on": "status", "calls": [1], **fault})
                self.dispatch(made)
                with self.assert_no_submit():
                    self.ask(made)
                self.assert_is(made, "sent", ALL_OPEN, "after the fault")
                self.come_back(made)
                self.assert_is(made, "done", SETTLED, "at the end")
                self.assertEqual(len(self.executed(made)), 2)

    def test_every_try_sends_the_very_same_payments(self):
        made = self.make_queued_here()
        port, ledger = self.simulator.port, self.simulator.ledger_path
        self.simulator.stop()
        try:
            self.dispatch(made)
        finally:
            type(self).simulator = start_simulator({}, ledger, TOKEN, port)
        self.play()
        self.assert_is(made, "queued", Tally(issued=3), "nothing left this machine")
        stored = self.payload(made)
        self.assertIn('"scheduled_timestamp":', stored)
        self.move_time_on(made)
        self.dispatch(made)
        self.assertEqual(self.payload(made), stored)
        self.ask(made)
        self.assert_is(made, "done", SETTLED, "at the end")
        self.assertEqual((self.count_submits(), len(self.executed(made))), (1, 2))
