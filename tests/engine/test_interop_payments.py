"""What a table of faults cannot say: doubtful words, people, equal payees, acceptance, proof of absence, lanes."""

import time

from odoo.addons.g2p_programs.dispatch import worker

from .interop_case import REFUSED, TRUE_WORDS, InteropCase
from .rail_case import Tally

REAL_WORDS = {"aborted_for_everything": True, "completed_over_everything": True}
#: Sent, not answered, and committed later: what the layer calls ABORTED then.
LATE = {"payee_suffixes": ["0"], "result": "pending", "after": 0.0}
DONE = ("done", Tally(paid=1))
UNKNOWN = ("unknown", Tally(sent=1))


class InteropPaymentsCase(InteropCase):
    def codes(self, made):
        """Return the codes of a batch's payments, in the order of their ids."""
        return [row["status_code"] for row in self.read("g2p.payment", made["payments"], "status_code")]

    def note(self, made, number=0):
        return self.read("g2p.payment.submission", made["submissions"][number], "layer_note")["layer_note"]

    def wait_for(self, condition):
        """Wait for something that happens at the payment system by itself."""
        ends = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), ends, "did not happen")
            time.sleep(0.05)

    def decide(self, payment_id, verdict):
        """Let two people of finance decide about one payment."""
        with self.committed("finance_one") as env:
            decision = env["g2p.payment.decision"].create(
                {
                    "payment_id": payment_id,
                    "submission_id": env["g2p.payment"].browse(payment_id).submission_id.id,
                    "verdict": verdict,
                    "reason": "The operator looked the transfer up at the switch",
                    "evidence_reference": "ticket 7",
                }
            )
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(decision.id).action_confirm()


class TestInteropPILPayments(InteropPaymentsCase):
    # ---- doubtful words ---------------------------------------------------------------------------------------
    def test_aborted_is_to_be_confirmed_until_two_people_know(self):
        made = self.make_queued_here()
        self.play(outcomes=[LATE, REFUSED], scheme=REAL_WORDS)
        self.dispatch(made)
        self.assert_is(made, ("sent", Tally(paid=1, sent=2)))
        self.assertEqual(len(self.ledger(made)), 2, "one of the two that it calls aborted was paid")
        self.assertEqual(self.codes(made), ["to.be.confirmed", "layer.completed", "to.be.confirmed"])
        batch = self.read("g2p.payment.batch", made["batch"], "to_be_confirmed_count")
        self.assertEqual(batch["to_be_confirmed_count"], 2)
        with self.assert_no_submit():
            self.move_time_on(made)
            self.sweep()
            self.ask(made)
            self.assert_is(made, ("sent", Tally(paid=1, sent=2)), "it never says anything else")
            self.decide(made["payments"][0], "executed")
            self.decide(made["payments"][2], "never_executed")
        self.assert_is(made, ("done", Tally(paid=2, failed=1)))
        self.assert_promises(made)

    def test_aborted_of_a_trusted_layer_has_failed(self):
        made = self.make_queued_here(trust_aborted=True)
        self.play(scheme={**REAL_WORDS, "completed_over_everything": False})
        self.dispatch(made)
        self.assert_is(made, ("done", Tally(paid=2, failed=1)))
        self.assertEqual(self.codes(made)[2], "layer.aborted")
        self.assert_promises(made)

    def test_every_doubtful_word_is_to_be_confirmed(self):
        for word in ("ABORTED", "ABORETED", "ERROR_OCCURRED"):
            with self.subTest(word):
                made = self.make_queued_here()
                self.play(outcomes=[{"payee_suffixes": ["2"], "result": "refused", "status": word}])
                self.dispatch(made)
                self.assertEqual(self.codes(made)[2], "to.be.confirmed")
                self.assert_is(made, ("sent", Tally(paid=2, sent=1)))

    def test_words_of_the_document_end_where_it_says(self):
        table = {
            "REJECTED": ("done", Tally(paid=2, failed=1)),
            "FAILED": ("done", Tally(paid=2, failed=1)),
            "RECEIVED": ("sent", Tally(paid=2, sent=1)),
            "PENDING": ("sent", Tally(paid=2, sent=1)),
            "WAITING_FOR_PARTY_ACCEPTANCE": ("sent", Tally(paid=2, sent=1)),
            "SOMETHING_NEW": ("sent", Tally(paid=2, sent=1)),
        }
        for word, expected in table.items():
            with self.subTest(word):
                made = self.make_queued_here()
                self.play(outcomes=[{"payee_suffixes": ["2"], "result": "refused", "status": word}])
                self.dispatch(made)
                self.assert_is(made, expected)
                self.assert_promises(made)

    def test_what_is_paid_on_the_layers_word_alone_can_be_listed(self):
        made = self.make_queued_here()
        reserved = {"payee_suffixes": ["1"], "result": "pending", "how": "RESERVED", "questions": 99}
        self.play(outcomes=[reserved], scheme=REAL_WORDS)
        self.dispatch(made)
        self.assert_is(made, ("done", Tally(paid=3)))
        self.assertEqual(len(self.ledger(made)), 2, "the layer calls completed what the switch only reserved")
        with self.committed() as env:
            arch = env.ref("g2p_payment_interop_layer.payment_filter_interop").arch
            self.assertIn("('status_code', '=', 'layer.completed')", arch)
            domain = [("status_code", "=", "layer.completed"), ("id", "in", made["payments"])]
            self.assertEqual(env["g2p.payment"].search_count(domain), 3)
            self.assertIn("on the layer's word", env["g2p.payment"].browse(made["payments"][0]).layer_note)

    # ---- matching ---------------------------------------------------------------------------------------------
    def test_equal_payees_go_out_apart_and_each_is_paid_once(self):
        made = self.make_released_equals()
        self.assertEqual(len(made["submissions"]), 3)
        self.play(outcomes=[])
        self.dispatch(made)
        self.assert_is(made, ("done", Tally(paid=3)))
        self.assertEqual(len(self.ledger(made)), 3)
        self.assert_promises(made)
        self.assert_no_violation()

    def make_released_equals(self):
        """Commit a queued batch of three payments to one account."""
        made = self.make_cycle(
            model="g2p.program.payment.manager.payment.interop.layer",
            payments=3,
            manager_vals=self.manager_vals(),
        )
        with self.committed() as env:
            env["res.partner"].browse(made["partners"]).bank_ids.write({"acc_number": "20000000"})
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed("releaser") as env:
            batch = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids
            batch.send_payment()
            made["batch"] = batch.id
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            made["submissions"] = batch.submission_ids.ids
            made["payments"] = batch.payment_ids.sorted("id").ids
        return made

    # ---- long answers -----------------------------------------------------------------------------------------
    def test_time_out_of_a_long_answer_is_ordinary_and_settled_by_asking(self):
        made = self.make_queued_here(payments=5)
        self.play(outcomes=[], scheme={**TRUE_WORDS, "transfer_seconds": 0.4})
        with self.deadline(1):
            self.dispatch(made)
        self.assert_is(made, ("unknown", Tally(sent=5)))
        self.ask(made)
        self.assert_is(made, ("unknown", Tally(sent=5)), "an empty answer, while it pays")
        self.wait_for(lambda: self.simulator.state()["disbursements"][-1]["done"] == 5)
        self.ask(made)
        self.assert_is(made, ("done", Tally(paid=5)))
        self.assertEqual(self.count_submits(), 1)
        self.assert_promises(made)

    def test_refused_disbursement_says_why_and_goes_out_again_under_another_id(self):
        made = self.make_queued_here()
        self.play({"play": "header_rjct", "calls": [1]}, outcomes=[])
        self.dispatch(made)
        self.assert_is(made, ("rejected", Tally(issued=3)))
        self.assertIn("refused the whole request", self.note(made))
        key = self.read("g2p.payment.submission", made["submissions"][0], "key")["key"]
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"]).action_queue_again()
        self.dispatch(made)
        self.assert_is(made, ("done", Tally(paid=3)))
        self.assertNotIn(key, {line.transaction_id for line in self.ledger(made)})
        self.assert_promises(made)
        self.assert_no_violation()


class TestInteropSDKPayments(InteropPaymentsCase):
    mode = "sdk"

    # ---- what the switch says ---------------------------------------------------------------------------------
    def test_only_committed_is_paid(self):
        table = [
            ({"result": "paid"}, DONE, 1),
            ({"result": "refused", "how": "aborted"}, ("done", Tally(failed=1)), 0),
            ({"result": "refused", "how": "party"}, ("done", Tally(failed=1)), 0),
            ({"result": "refused", "how": "quote"}, ("done", Tally(failed=1)), 0),
            ({"result": "pending", "how": "RESERVED", "questions": 99}, ("sent", Tally(sent=1)), 0),
            ({"result": "pending", "how": "RECEIVED", "questions": 99}, ("sent", Tally(sent=1)), 0),
            ({"result": "pending", "how": "no_answer", "after": 0.0}, UNKNOWN, 1),
            ({"result": "refused", "how": "transfer"}, UNKNOWN, 0),
            ({"result": "refused", "how": "party_silent"}, UNKNOWN, 0),
            ({"result": "refused", "how": "quote_silent"}, UNKNOWN, 0),
            ({"result": "paid", "how": "bad_fulfilment"}, UNKNOWN, 1),
        ]
        for outcome, expected, paid in table:
            with self.subTest(**outcome):
                made = self.make_queued_here()
                self.play(outcomes=[outcome])
                self.dispatch(made)
                self.assert_is(made, expected)
                self.assertEqual(len(self.ledger(made)), paid)
                self.assert_promises(made)

    def test_transfer_that_was_sent_and_not_answered_is_settled_by_the_switch(self):
        for then, expected, paid in (
            ({"result": "paid"}, DONE, 1),
            ({"result": "refused", "how": "aborted"}, ("done", Tally(failed=1)), 0),
        ):
            with self.subTest(**then):
                made = self.make_queued_here()
                self.play(outcomes=[{"result": "pending", "after": 0.0, "then": then}])
                self.dispatch(made)
                self.assert_is(made, UNKNOWN)
                self.ask(made)
                self.assert_is(made, expected)
                self.assertEqual((len(self.ledger(made)), self.count_submits()), (paid, 1))
                self.assert_promises(made)

    def test_refused_after_a_quote_has_failed_only_when_the_switch_says_aborted(self):
        made = self.make_queued_here()
        self.play(outcomes=[{"result": "refused", "how": "transfer", "code": "4001"}])
        self.dispatch(made)
        self.assert_is(made, UNKNOWN)
        self.assertIn("payer's side refused", self.note(made))
        self.ask(made)
        self.assert_is(made, ("done", Tally(failed=1)))
        self.assert_promises(made)

    def test_payee_receives_the_amount_and_fees_come_on_top_or_are_disputed(self):
        made = self.make_queued_here()
        self.play(scheme={**TRUE_WORDS, "receive_fee": "0.5"})
        self.dispatch(made)
        self.assert_is(made, DONE)
        self.assert_promises(made)
        made = self.make_queued_here(amount_type="SEND")
        self.play(scheme={**TRUE_WORDS, "send_fee": "0.5"})
        self.dispatch(made)
        self.assert_is(made, ("sent", Tally(sent=1, disputed=1)), "99.5 is not the 100 that was owed")

    # ---- acceptance -------------------------------------------------------------------------------------------
    def test_waiting_transfers_are_accepted_or_declined_by_the_settings(self):
        waits = {**TRUE_WORDS, "auto_accept_party": False, "auto_accept_quotes": False}
        for vals, conversion, expected in (
            ({}, False, DONE),
            ({}, True, DONE),
            ({"accept_parties": False}, False, ("done", Tally(failed=1))),
        ):
            with self.subTest(conversion=conversion, **vals):
                made = self.make_queued_here(**vals)
                self.play(scheme={**waits, "conversion": conversion})
                self.dispatch(made)
                self.assert_is(made, expected)
                self.assertEqual(self.simulator.state()["to_be_accepted"], [])
                self.assert_promises(made)

    def test_declined_quote_moves_no_money_and_is_never_sent_again_by_itself(self):
        made = self.make_queued_here(accept_quotes=False)
        self.play(scheme={**TRUE_WORDS, "auto_accept_quotes": False})
        self.dispatch(made)
        self.assert_is(made, ("done", Tally(failed=1)))
        self.assertEqual(self.ledger(made), [])
        self.assert_promises(made)
        self.assertEqual(self.count_submits(), 1)

    # ---- proof of absence -------------------------------------------------------------------------------------
    def test_unknown_to_the_switch_counts_after_the_settle_time_and_twice(self):
        made = self.make_queued_here()
        self.play({"play": "reset", "executed": False, "calls": [1]})
        self.dispatch(made)
        key = self.read("g2p.payment.submission", made["submissions"][0], "key")["key"]
        for _time in range(3):
            self.ask(made)
        self.assert_is(made, UNKNOWN, "the first call may still live")
        self.assertIn("does not know the transfer", self.note(made))
        self.move_time_on(made)
        self.ask(made)
        self.assert_is(made, UNKNOWN, "once is not enough")
        self.ask(made)
        self.assertEqual(self.states(made), ["queued"])
        self.dispatch(made)
        self.assert_is(made, DONE)
        self.assertEqual([line.transaction_id for line in self.ledger(made)], [key], "under the same id")
        self.assertEqual(self.count_submits(), 2)
        self.assert_no_violation()
        self.assert_promises(made)

    def test_first_call_that_lives_on_against_all_expectation_is_not_paid_twice(self):
        """The switch says 3208 twice, and then the first transfer comes: it refuses the second (3106), and is asked."""
        made = self.make_queued_here()
        late = {"play": "late", "calls": [1], "seconds": 60}
        self.play(late, scheme={**TRUE_WORDS, "modified": "3106"})
        with self.deadline(1):
            self.dispatch(made)
        self.move_time_on(made)
        self.ask(made)
        self.ask(made)
        self.assertEqual(self.states(made), ["queued"])
        self.simulator.release()
        self.wait_for(lambda: self.ledger(made))
        self.dispatch(made)
        self.assert_is(made, UNKNOWN)
        self.assertIn("earlier transfer under this id", self.note(made))
        self.ask(made)
        self.assert_is(made, DONE)
        self.assertEqual((len(self.ledger(made)), self.count_submits()), (1, 2))
        self.assert_promises(made)

    # ---- many -------------------------------------------------------------------------------------------------
    def test_lane_pays_many_at_once_each_once(self):
        made = self.make_queued_here(payments=24, transfers_at_once=6)
        self.play(
            {"every": 5, "play": "reset", "executed": True}, scheme={**TRUE_WORDS, "transfer_seconds": 0.05}
        )
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"][0])._job_lane()
        for _time in range(2):
            with self.committed() as env:
                self.manager(env, made).action_resume()
            with self.committed() as env:
                env["g2p.payment.submission"].browse(made["submissions"])._guarded_write(
                    {"next_try_at": False}
                )
            self.move_time_on(made)
            with self.committed() as env:
                env["g2p.payment.submission"].browse(made["submissions"][0])._job_lane()
        self.ask(made)
        tally = self.tally(made)
        self.assertEqual((tally.sent, tally.issued, tally.disputed), (0, 0, 0))
        self.assertEqual((len(self.ledger(made)), self.count_submits()), (tally.paid, 24))
        self.assert_promises(made)
        self.assert_no_violation()

    def test_one_job_sends_one_transfer(self):
        made = self.make_queued_here(payments=3)
        self.play(outcomes=[])
        worker.dispatch(self.registry, made["submissions"][1])
        self.assertEqual(self.tally(made), Tally(paid=1, issued=2))
        self.assertEqual(self.count_submits(), 1)
