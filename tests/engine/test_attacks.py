"""Ways in which money could have gone out twice, or been lost, each tried once and held here for good."""

import contextlib
import dataclasses
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.g2p_programs.dispatch import claim as claiming
from odoo.addons.g2p_programs.dispatch import news, question, sweep, worker
from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction

from .common import SINGLE, STEPS, EngineCase

PAID, FAILED = said.RowResult.PAID, said.RowResult.FAILED


class AttackCase(EngineCase):
    def store(self, call, answer):
        run_in_own_transaction(self.registry, news.store, call, answer)

    def apply(self, made):
        run_in_own_transaction(self.registry, news.apply_pending, made["submissions"][0])

    def claim(self, made):
        return run_in_own_transaction(self.registry, claiming.claim, made["submissions"][0])

    def due(self, made):
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"][0])._schedule_question()
        return run_in_own_transaction(self.registry, question.take, made["submissions"][0])

    def unknown(self, payments=1):
        made = self.make_queued(model=SINGLE, payments=payments)
        self.rail.play("submit", said.Unknown())
        worker.dispatch(self.registry, made["submissions"][0])
        return made

    def decide(self, made, verdict, payment=None):
        with self.committed("finance_one") as env:
            decision = env["g2p.payment.decision"].create(
                {
                    "submission_id": made["submissions"][0] if not payment else False,
                    "payment_id": payment,
                    "verdict": verdict,
                    "reason": "The operator looked",
                    "evidence_reference": "7",
                }
            )
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(decision.id).action_confirm()

    def queue_again(self, made):
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"][0]).action_queue_again()

    def payment(self, id_, *names):
        return self.read("g2p.payment", id_, *names)


class TestEarlierTries(AttackCase):
    def test_answer_about_an_old_key_does_not_fail_the_new_try(self):
        made = self.unknown()
        old = self.due(made)
        self.decide(made, "never_executed")
        self.queue_again(made)
        worker.dispatch(self.registry, made["submissions"][0])
        self.rail.play("ask", lambda s: said.Found(rows=self.rail.rows(s, FAILED)))
        self.store(old, old.make())
        self.apply(made)
        row = self.payment(made["payments"][0], "state", "status", "disputed")
        self.assertEqual((row["state"], row["status"], row["disputed"]), ("sent", False, True))

    def test_paid_that_was_stored_for_the_old_key_is_applied_before_anything_is_queued_again(self):
        made = self.make_queued(model=SINGLE, payments=1)
        call = self.claim(made)
        self.set_submission(made["submissions"][0], state="rejected")
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)))
        self.store(call, call.make())
        # What was stored speaks first: it contradicts the rejection, and then there is nothing to queue again.
        with contextlib.suppress(UserError):
            self.queue_again(made)
        worker.dispatch(self.registry, made["submissions"][0])
        self.assertEqual(len([one for one in self.rail.CALLS if one[0] == "submit"]), 1)

    def test_paid_of_a_cancelled_submission_holds_the_payment_that_was_freed(self):
        made = self.unknown()
        late = self.due(made)
        self.decide(made, "never_executed")
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"][0]).action_cancel()
        self.rail.play("ask", lambda s: said.Found(rows=self.rail.rows(s)))
        self.store(late, late.make())
        self.apply(made)
        row = self.payment(made["payments"][0], "state", "disputed")
        self.assertEqual((row["state"], row["disputed"]), ("issued", True))
        with self.assertRaises(UserError), self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).release_payments()

    def test_worker_that_wakes_after_its_deadline_does_not_call(self):
        made = self.make_queued(model=SINGLE, payments=1, manager_vals={})
        call = self.claim(made)
        late = dataclasses.replace(call, ends=0.0)
        answer = late.make()
        self.assertEqual(answer.fault, said.Fault.NOT_SENT)
        self.assertEqual(self.rail.CALLS, [])

    def test_nothing_is_claimed_while_an_answer_waits_to_be_applied(self):
        made = self.make_queued(model=SINGLE, payments=1)
        call = self.claim(made)
        self.rail.play("submit", said.NotSent())
        self.store(call, call.make())
        self.set_submission(made["submissions"][0], state="queued")
        self.assertIsNone(self.claim(made))


class TestDisputed(AttackCase):
    def disputed(self):
        made = self.unknown()
        late = self.due(made)
        self.decide(made, "never_executed")
        self.rail.play("ask", lambda s: said.Found(rows=self.rail.rows(s)))
        self.store(late, late.make())
        self.apply(made)
        self.assertTrue(self.payment(made["payments"][0], "disputed")["disputed"])
        return made

    def test_disputed_payment_cannot_be_cancelled_removed_moved_or_freed(self):
        made = self.disputed()
        with self.committed("officer") as env:
            payment = env["g2p.payment"].browse(made["payments"][0])
            for attempt in (
                payment.action_cancel,
                payment.unlink,
                lambda: payment.write({"batch_id": False}),
            ):
                with self.assertRaises(UserError):
                    attempt()
        with self.assertRaises(UserError), self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"][0]).action_cancel()

    def test_two_people_settle_a_disputed_payment_either_way(self):
        made = self.disputed()
        self.decide(made, "executed", made["payments"][0])
        self.assertEqual(self.payment_states(made), {("reconciled", "paid")})
        made = self.disputed()
        self.decide(made, "never_executed", made["payments"][0])
        row = self.payment(made["payments"][0], "state", "disputed")
        self.assertEqual((row["state"], row["disputed"]), ("issued", False))

    def test_paid_news_of_any_earlier_payment_holds_the_live_one_however_many_lie_between(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.post_fund(made, 1000)
        first = made["payments"][0]
        for _time in range(2):
            self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s, FAILED)))
            worker.dispatch(self.registry, made["submissions"][-1])
            with self.committed("officer") as env:
                env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
            with self.committed("releaser") as env:
                env["g2p.cycle"].browse(made["cycle"]).send_payment()
            with self.committed() as env:
                made["submissions"] = (
                    env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.submission_ids.ids
                )
                made["submissions"].sort()
        with self.committed() as env:
            old = env["g2p.payment"].browse(first)
            news.process(old.submission_id, said.Found(rows=(said.Row(old.name, PAID),)))
        calls = len(self.rail.CALLS)
        worker.dispatch(self.registry, made["submissions"][-1])
        self.assertEqual(len(self.rail.CALLS), calls)
        with self.committed() as env:
            live = env["g2p.payment"].search(
                [("entitlement_id", "in", made["entitlements"]), ("state", "=", "issued")]
            )
            self.assertEqual(live.mapped("disputed"), [True])

    def test_contradiction_that_two_people_clear_lets_the_next_payment_go(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.post_fund(made, 1000)
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s, FAILED)))
        worker.dispatch(self.registry, made["submissions"][0])
        with self.committed() as env:
            old = env["g2p.payment"].browse(made["payments"][0])
            news.process(old.submission_id, said.Found(rows=(said.Row(old.name, PAID),)))
        self.assertEqual(self._prepared_again(made), 1)
        self.decide(made, "never_executed", made["payments"][0])
        self.assertEqual(self._prepared_again(made), 2)

    def _prepared_again(self, made):
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed() as env:
            return env["g2p.payment"].search_count([("entitlement_id", "in", made["entitlements"])])


class TestSignature(AttackCase):
    def test_what_was_released_is_sent_where_it_was_released_to(self):
        made = self.make_released(model=SINGLE, payments=1)
        model, manager_id = made["manager"]
        with self.committed() as env:
            env[model].browse(manager_id).endpoint = "elsewhere"
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).send_payment()
        with self.committed() as env:
            submission = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.submission_ids
            made["submissions"] = submission.ids
        worker.dispatch(self.registry, made["submissions"][0])
        settings = self.read("g2p.payment.submission", made["submissions"][0], "settings")["settings"]
        self.assertEqual(settings, {"endpoint": "loopback"})

    def test_batches_are_sent_by_the_manager_they_were_released_for(self):
        made = self.make_released(model=SINGLE, payments=1)
        with self.committed() as env:
            other = env[STEPS].create({"name": "Other", "program_id": made["program"]})
            wrapper = env["g2p.program"].browse(made["program"]).payment_managers
            wrapper.manager_ref_id = f"{STEPS},{other.id}"
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).send_payment()
        with self.committed() as env:
            submission = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.submission_ids
            self.assertEqual(submission.mapped("manager_model"), [SINGLE])
            with self.assertRaises(UserError):
                env[STEPS].browse(other.id)._queue_batches(submission.batch_id)

    def test_no_stored_column_of_batch_or_payment_is_written_by_hand(self):
        made = self.make_released(model=SINGLE, payments=1)
        with self.committed() as env:
            batch = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids
            payment = batch.payment_ids
            program = env["g2p.program"].create({"name": "Other"})
            for record, vals in (
                (batch, {"program_id": program.id}),
                (payment, {"program_id": program.id}),
                (payment, {"issuance_date": "2020-01-01"}),
                (batch, {"released_settings": {}}),
                (batch, {"edited_by_ids": [(5,)]}),
            ):
                with self.subTest(vals), self.assertRaises(UserError):
                    record.write(vals)

    def test_pause_that_was_committed_before_the_claim_commits_is_seen(self):
        made = self.make_queued(model=SINGLE, payments=1)
        for name in ("program", "partner"):
            with self.subTest(name), mute_logger("odoo.sql_db"):
                with self.assertRaises(SerializationFailure), self.committed() as env:
                    env.cr.execute("SELECT 1")
                    with self.committed() as other:
                        if name == "program":
                            other["g2p.program"].browse(made["program"]).dispatch_paused = True
                        else:
                            other.cr.execute(
                                "UPDATE res_partner SET disabled = now() WHERE id = ANY(%s)",
                                (made["partners"],),
                            )
                    claiming.claim(env, made["submissions"][0])


class TestStuck(AttackCase):
    def test_reversed_and_confirmed_payment_is_really_sent_again(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.post_fund(made, 1000)
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)))
        worker.dispatch(self.registry, made["submissions"][0])
        with self.committed() as env:
            payment = env["g2p.payment"].browse(made["payments"][0])
            row = said.Row(payment.name, said.RowResult.REVERSED)
            news.process(payment.submission_id, said.Found(rows=(row,)))
            payment.reversal_ids.action_confirm()
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).send_payment()
        with self.committed() as env:
            submissions = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.submission_ids
            new = submissions.filtered(lambda one: one.state == "queued").id
        calls = len(self.rail.CALLS)
        worker.dispatch(self.registry, new)
        self.assertEqual(len(self.rail.CALLS), calls + 1)

    def test_executed_on_a_step_without_payments_lets_the_next_step_go(self):
        made = self.make_queued(model=STEPS, payments=1)
        self.rail.play("submit", said.Unknown())
        worker.dispatch(self.registry, made["submissions"][0])
        self.decide(made, "executed")
        self.assertEqual(self.states(made), ["done", "queued"])
        worker.dispatch(self.registry, made["submissions"][1])
        self.assertEqual(self.states(made), ["done", "sent"])

    def test_payment_of_a_given_up_submission_keeps_its_batch_open_and_can_be_sent_again(self):
        made = self.make_queued(model=SINGLE, payments=2)
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)), said.Rejected())
        for submission_id in made["submissions"]:
            worker.dispatch(self.registry, submission_id)
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"][1]).action_cancel()
        batch = self.read("g2p.payment.batch", made["batch"], "dispatch_state", "batch_has_completed")
        self.assertEqual((batch["dispatch_state"], batch["batch_has_completed"]), ("draft", False))
        with self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).send_payment()
        with self.committed() as env:
            queued = (
                env["g2p.payment.batch"]
                .browse(made["batch"])
                .submission_ids.filtered(lambda one: one.state == "queued")
            )
            given_up = env["g2p.payment.submission"].browse(made["submissions"][1])
            self.assertEqual(given_up.state, "cancelled")
            self.assertEqual((len(queued), queued.payment_ids.state), (1, "issued"))
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)))
        worker.dispatch(self.registry, queued.id)
        self.assertEqual(self.payment_states(made), {("reconciled", "paid")})
        self.assertTrue(
            self.read("g2p.payment.batch", made["batch"], "batch_has_completed")["batch_has_completed"]
        )

    def test_cancelling_the_last_open_payment_completes_the_batch(self):
        made = self.make_queued(model=SINGLE, payments=2)
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)), said.Rejected())
        for submission_id in made["submissions"]:
            worker.dispatch(self.registry, submission_id)
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"][1]).action_cancel()
        with self.committed("officer") as env:
            env["g2p.payment.submission"].browse(made["submissions"][1]).payment_ids.action_cancel()
        self.assertEqual(
            self.read("g2p.payment.batch", made["batch"], "dispatch_state")["dispatch_state"], "done"
        )

    def test_rail_that_cannot_build_a_request_is_held_without_telling_the_payee(self):
        made = self.make_queued(model=SINGLE, payments=1)

        def explode(_self, _submission, payments):
            raise ValueError(f"cannot encode {payments[0].payee_name}")

        original, self.rail.ScriptedClient.build = self.rail.ScriptedClient.build, explode
        try:
            with mute_logger("odoo.addons.g2p_programs.dispatch.claim"):
                worker.dispatch(self.registry, made["submissions"][0])
        finally:
            self.rail.ScriptedClient.build = original
        row = self.read(
            "g2p.payment.submission", made["submissions"][0], "state", "hold_reason", "next_try_at"
        )
        self.assertEqual(row["state"], "queued")
        self.assertIn("ValueError", row["hold_reason"])
        self.assertNotIn("Payee 0", row["hold_reason"])
        self.assertTrue(row["next_try_at"])

    def test_workers_that_die_trip_the_breaker(self):
        made = self.make_queued(model=SINGLE, payments=3)
        for submission_id in made["submissions"]:
            run_in_own_transaction(self.registry, claiming.claim, submission_id)
        with self.committed() as env:
            for submission in env["g2p.payment.submission"].browse(made["submissions"]):
                submission._guarded_write({"lease_until": submission.lease_until - timedelta(hours=1)})
        sweep.sweep(self.registry)
        self.assertEqual(set(self.states(made)), {"unknown"})
        model, manager_id = made["manager"]
        self.assertTrue(self.read(model, manager_id, "dispatch_paused")["dispatch_paused"])

    def test_answer_that_cannot_be_applied_is_told_and_keeps_no_later_news_out(self):
        made = self.unknown()
        bad, good = self.due(made), self.due(made)
        self.rail.play("ask", said.Found(rows=(said.Row("a\x00b", PAID),)))
        self.store(bad, bad.make())
        self.rail.play("ask", lambda s: said.Found(rows=self.rail.rows(s)))
        self.store(good, good.make())
        with mute_logger("odoo.addons.g2p_programs.dispatch.news", "odoo.sql_db"):
            self.apply(made)
        self.assertEqual(self.states(made), ["done"])
        self.assertTrue(self.read("g2p.payment.submission", made["submissions"][0], "attention")["attention"])
