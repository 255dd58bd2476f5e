"""Claim, call, store, apply: what each commits, and what a kill between any two of them leaves."""

from datetime import timedelta
from decimal import Decimal

import psycopg2

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.g2p_programs.dispatch import claim as claiming
from odoo.addons.g2p_programs.dispatch import news, sweep, worker
from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction

from .common import SINGLE, STEPS, EngineCase


class TestDispatch(EngineCase):
    def dispatch(self, submission_id):
        worker.dispatch(self.registry, submission_id)

    def ask(self, submission_id):
        with self.committed() as env:
            env["g2p.payment.submission"].browse(submission_id)._schedule_question()
        worker.ask(self.registry, submission_id)

    # ---- the two shapes ---------------------------------------------------------------------------------------
    def test_two_steps_are_sent_in_their_order(self):
        made = self.make_queued(model=STEPS)
        first, second = made["submissions"]
        self.dispatch(second)
        self.assertEqual(self.states(made), ["queued", "queued"], "a step waits for the lower one")
        self.dispatch(first)
        self.assertEqual(self.states(made), ["done", "queued"])
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)))
        self.dispatch(second)
        self.assertEqual(self.states(made), ["done", "done"])
        self.assertEqual(self.payment_states(made), {("reconciled", "paid")})
        batch = self.read("g2p.payment.batch", made["batch"], "dispatch_state", "batch_has_completed")
        self.assertEqual((batch["dispatch_state"], batch["batch_has_completed"]), ("done", True))

    def test_one_payment_each_is_settled_one_by_one(self):
        made = self.make_queued(model=SINGLE)
        self.assertEqual(len(made["submissions"]), 3)
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)))
        self.dispatch(made["submissions"][0])
        self.assertEqual(self.states(made), ["done", "queued", "queued"])
        self.assertEqual(self.payment_states(made), {("reconciled", "paid"), ("issued", False)})

    # ---- claim ------------------------------------------------------------------------------------------------
    def test_claim_commits_token_key_payload_and_payments_before_the_call(self):
        made = self.make_queued(model=SINGLE, payments=1)
        seen = {}

        def look(_submission):
            seen.update(
                self.read(
                    "g2p.payment.submission",
                    made["submissions"][0],
                    "state",
                    "claim_token",
                    "key",
                    "payload",
                    "lease_until",
                )
            )
            seen["payments"] = self.payment_states(made)
            return said.Unknown()

        self.rail.play("submit", look)
        self.dispatch(made["submissions"][0])
        self.assertEqual(seen["state"], "sending")
        self.assertTrue(seen["claim_token"] and seen["key"] and seen["payload"] and seen["lease_until"])
        self.assertEqual(seen["payments"], {("sent", False)})

    def test_claim_is_taken_once(self):
        made = self.make_queued(model=SINGLE, payments=1)
        first = run_in_own_transaction(self.registry, claiming.claim, made["submissions"][0])
        self.assertIsNotNone(first)
        self.assertIsNone(run_in_own_transaction(self.registry, claiming.claim, made["submissions"][0]))

    def test_claim_skips_what_another_worker_holds(self):
        made = self.make_queued(model=SINGLE, payments=1)
        with self.committed() as env:
            self.assertIsNotNone(claiming.claim(env, made["submissions"][0]))
            self.assertIsNone(run_in_own_transaction(self.registry, claiming.claim, made["submissions"][0]))

    def test_change_after_release_sends_nothing_and_names_the_batch(self):
        made = self.make_queued(model=SINGLE, payments=2)
        with self.committed() as env:
            env.cr.execute(
                "UPDATE g2p_payment SET payee_id_value = 'X' WHERE id = %s", (made["payments"][0],)
            )
        for submission_id in made["submissions"]:
            self.dispatch(submission_id)
        self.assertEqual(self.rail.CALLS, [])
        self.assertEqual(self.states(made), ["queued", "queued"])
        batch = self.read("g2p.payment.batch", made["batch"], "hold_reason", "name")
        self.assertIn(batch["name"], batch["hold_reason"])

    def test_every_row_that_is_out_of_order_is_named(self):
        made = self.make_queued(model=STEPS, payments=3)
        with self.committed() as env:
            env.cr.execute("UPDATE res_partner SET disabled = now() WHERE id = %s", (made["partners"][0],))
            env.cr.execute(
                "UPDATE g2p_cycle_membership SET state = 'paused' WHERE partner_id = %s",
                (made["partners"][1],),
            )
            env.cr.execute(
                "UPDATE g2p_entitlement SET state = 'draft' WHERE id = %s", (made["entitlements"][2],)
            )
        self.dispatch(made["submissions"][0])
        self.assertEqual(self.rail.CALLS, [])
        reason = self.read("g2p.payment.submission", made["submissions"][0], "hold_reason")["hold_reason"]
        for row in self.read("g2p.payment", made["payments"], "name"):
            self.assertIn(row["name"], reason)

    def test_pause_of_manager_program_or_company_holds_and_resume_sends(self):
        for model in ("manager", "g2p.program", "res.company"):
            with self.subTest(model):
                made = self.make_queued(model=SINGLE, payments=1)
                with self.committed() as env:
                    company = env["g2p.program"].browse(made["program"]).company_id or env.company
                    target = {
                        "manager": env[made["manager"][0]].browse(made["manager"][1]),
                        "g2p.program": env["g2p.program"].browse(made["program"]),
                        "res.company": company,
                    }[model]
                    target.dispatch_paused = True
                calls = len(self.rail.CALLS)
                self.dispatch(made["submissions"][0])
                self.assertEqual(len(self.rail.CALLS), calls)
                with self.committed() as env:
                    env[target._name].browse(target.id).dispatch_paused = False
                self.dispatch(made["submissions"][0])
                self.assertEqual(len(self.rail.CALLS), calls + 1)

    def test_neutralized_database_neither_sends_nor_asks(self):
        made = self.make_queued(model=SINGLE, payments=2)
        self.dispatch(made["submissions"][1])
        with self.committed() as env:
            env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        try:
            calls = len(self.rail.CALLS)
            self.dispatch(made["submissions"][0])
            self.ask(made["submissions"][1])
            self.assertEqual(len(self.rail.CALLS), calls)
        finally:
            with self.committed() as env:
                env["ir.config_parameter"].set_param("database.is_neutralized", False)

    # ---- what a try may mean ----------------------------------------------------------------------------------
    def test_rejected_frees_the_payments_and_a_new_key_is_used(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", said.Rejected(code="err.request.bad"))
        self.dispatch(made["submissions"][0])
        self.assertEqual(self.states(made), ["rejected"])
        self.assertEqual(self.payment_states(made), {("issued", False)})
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"]).action_queue_again()
        self.dispatch(made["submissions"][0])
        keys = [key for _kind, key, _payload in self.rail.CALLS]
        self.assertEqual(len(set(keys)), 2)

    def test_not_sent_is_queued_again_with_the_same_key_and_payload(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", said.NotSent())
        self.dispatch(made["submissions"][0])
        self.assertEqual(self.states(made), ["queued"])
        self.assertEqual(self.payment_states(made), {("issued", False)})
        self.assertTrue(
            self.read("g2p.payment.submission", made["submissions"][0], "next_try_at")["next_try_at"]
        )
        self.dispatch(made["submissions"][0])
        self.assertEqual(self.rail.CALLS[0], self.rail.CALLS[1])

    def test_rejection_after_an_unknown_try_proves_nothing(self):
        for outcome in (said.Rejected(), said.NotSent()):
            with self.subTest(outcome):
                made = self.make_queued(model=SINGLE, payments=1)
                self.set_submission(made["submissions"][0], ever_unknown=True)
                self.rail.play("submit", outcome)
                self.dispatch(made["submissions"][0])
                self.assertEqual(self.states(made), ["unknown"])
                self.assertEqual(self.payment_states(made), {("sent", False)})

    def test_unknown_is_asked_about_and_never_sent_again(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", said.Unknown())
        self.dispatch(made["submissions"][0])
        for _time in range(3):
            self.ask(made["submissions"][0])
        self.dispatch(made["submissions"][0])
        self.assertEqual([call[0] for call in self.rail.CALLS], ["submit", "ask", "ask", "ask"])
        self.assertEqual(self.states(made), ["unknown"])
        self.rail.play("ask", lambda s: said.Found(rows=self.rail.rows(s)))
        self.ask(made["submissions"][0])
        self.assertEqual(self.states(made), ["done"])
        self.assertEqual(self.payment_states(made), {("reconciled", "paid")})

    def test_rail_that_raises_is_unknown(self):
        made = self.make_queued(model=SINGLE, payments=1)

        def explode(_submission):
            raise RuntimeError("secret text")

        self.rail.play("submit", explode)
        self.dispatch(made["submissions"][0])
        self.assertEqual(self.states(made), ["unknown"])
        exchange = self.read("g2p.payment.submission", made["submissions"][0], "exchange_ids")["exchange_ids"]
        self.assertNotIn("secret", str(self.read("g2p.payment.exchange", exchange, "reason", "answer")))

    def test_answer_that_the_rail_cannot_read_is_unknown(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", "no outcome at all")
        self.dispatch(made["submissions"][0])
        self.assertEqual(self.states(made), ["unknown"])

    # ---- kills: what was committed is finished by the sweeper -------------------------------------------------
    def test_killed_after_claim_becomes_unknown_when_the_lease_ends(self):
        made, _claim = self._claim_and_lose_the_worker()
        self.assertEqual(self.states(made), ["unknown"])

    def _claim_and_lose_the_worker(self):
        made = self.make_queued(model=SINGLE, payments=1)
        claim = run_in_own_transaction(self.registry, claiming.claim, made["submissions"][0])
        sweep.sweep(self.registry)
        self.assertEqual(self.states(made), ["sending"], "the lease runs")
        self._end_lease(made)
        sweep.sweep(self.registry)
        return made, claim

    def test_late_answer_after_the_lease_comes_in_as_news(self):
        made, claim = self._claim_and_lose_the_worker()
        run_in_own_transaction(self.registry, news.store, claim, claim.make())
        run_in_own_transaction(self.registry, news.apply_pending, made["submissions"][0])
        self.assertEqual(self.states(made), ["sent"])

    def test_stored_answer_that_was_not_applied_is_applied_by_the_sweeper(self):
        made = self.make_queued(model=SINGLE, payments=1)
        claim = run_in_own_transaction(self.registry, claiming.claim, made["submissions"][0])
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)))
        run_in_own_transaction(self.registry, news.store, claim, claim.make())
        self.assertEqual(self.states(made), ["sending"])
        with self.committed() as env:
            env.cr.execute("UPDATE g2p_payment_exchange SET create_date = create_date - interval '1 minute'")
        sweep.sweep(self.registry)
        self.assertEqual(self.states(made), ["done"])
        self.assertEqual(len(self.rail.CALLS), 1, "applied from the store, not by calling again")

    def test_lost_job_is_enqueued_again(self):
        made = self.make_queued(model=SINGLE, payments=1)
        identity = f"g2p_dispatch_{made['submissions'][0]}"
        with self.committed() as env:
            env.cr.execute("DELETE FROM queue_job WHERE identity_key = %s", (identity,))
        sweep.sweep(self.registry)
        with self.committed() as env:
            self.assertEqual(env["queue.job"].search_count([("identity_key", "=", identity)]), 1)

    def _end_lease(self, made):
        with self.committed() as env:
            submission = env["g2p.payment.submission"].browse(made["submissions"][0])
            submission._guarded_write({"lease_until": submission.lease_until - timedelta(hours=1)})

    # ---- rows -------------------------------------------------------------------------------------------------
    def _settle(self, made, *rows):
        self.rail.play("submit", said.Accepted(rows=tuple(rows)))
        worker.dispatch(self.registry, made["submissions"][0])
        worker.dispatch(self.registry, made["submissions"][-1])

    def _references(self, made):
        return [row["name"] for row in self.read("g2p.payment", made["payments"], "name")]

    def test_rows_are_matched_by_key_whatever_their_order(self):
        made = self.make_queued(model=STEPS, payments=3)
        one, two, three = self._references(made)
        worker.dispatch(self.registry, made["submissions"][0])
        self.rail.play(
            "submit",
            said.Accepted(
                rows=(
                    said.Row(three, said.RowResult.FAILED, code="rjct"),
                    said.Row("stranger", said.RowResult.PAID),
                    said.Row(one, said.RowResult.PAID),
                    said.Row(one, said.RowResult.PAID),
                )
            ),
        )
        worker.dispatch(self.registry, made["submissions"][1])
        found = {
            row["name"]: row for row in self.read("g2p.payment", made["payments"], "name", "state", "status")
        }
        self.assertEqual(found[one]["status"], "paid")
        self.assertEqual(found[three]["status"], "failed")
        self.assertEqual(found[two]["state"], "sent", "a row that is missing stays open")
        self.assertEqual(self.states(made), ["done", "sent"])

    def test_wrong_amount_or_currency_is_disputed_and_stays_open(self):
        for values in ({"amount": Decimal("99.99")}, {"currency": "XXX"}):
            with self.subTest(values):
                made = self.make_queued(model=SINGLE, payments=1)
                self.rail.play("submit", lambda s, v=values: said.Accepted(rows=self.rail.rows(s, **v)))
                self.dispatch(made["submissions"][0])
                row = self.read("g2p.payment", made["payments"][0], "state", "status", "disputed")
                self.assertEqual((row["state"], row["status"], row["disputed"]), ("sent", False, True))
                self.ask(made["submissions"][0])
                self.assertEqual(self.states(made), ["sent"])

    def test_code_of_a_row_that_decides_nothing_shows_on_the_open_payment(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play(
            "submit",
            lambda s: said.Accepted(rows=self.rail.rows(s, said.RowResult.PENDING, code="unreadable.amount")),
        )
        self.dispatch(made["submissions"][0])
        row = self.read("g2p.payment", made["payments"][0], "state", "status_code")
        self.assertEqual((row["state"], row["status_code"]), ("sent", "unreadable.amount"))

    def test_rows_of_one_reference_that_disagree_are_disputed(self):
        made = self.make_queued(model=SINGLE, payments=1)
        (name,) = self._references(made)
        rows = (said.Row(name, said.RowResult.PAID), said.Row(name, said.RowResult.FAILED))
        self.rail.play("submit", said.Accepted(rows=rows))
        self.dispatch(made["submissions"][0])
        self.assertTrue(self.read("g2p.payment", made["payments"][0], "disputed")["disputed"])

    def test_news_never_moves_a_final_payment_and_holds_the_successor(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s, said.RowResult.FAILED)))
        self.dispatch(made["submissions"][0])
        self.assertEqual(self.payment_states(made), {("reconciled", "failed")})
        self.post_fund(made, 100)
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed() as env:
            old = env["g2p.payment"].browse(made["payments"][0])
            new = env["g2p.payment"].search([("predecessor_id", "=", old.id)])
            self.assertEqual(len(new), 1, "a failed one may be paid again, by a new payment that names it")
            news.process(old.submission_id, said.Found(rows=(said.Row(old.name, said.RowResult.PAID),)))
            new_id = new.id
        old = self.read("g2p.payment", made["payments"][0], "status", "contradicted")
        self.assertEqual((old["status"], old["contradicted"]), ("failed", True))
        self.assertTrue(self.read("g2p.payment", new_id, "disputed")["disputed"])

    # ---- absence ----------------------------------------------------------------------------------------------
    def test_absence_needs_two_agreeing_answers_after_the_lease(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", said.Unknown())
        self.dispatch(made["submissions"][0])
        self.rail.play("ask", *[said.NeverHad()] * 5)
        self.ask(made["submissions"][0])
        self.ask(made["submissions"][0])
        self.assertEqual(self.states(made), ["unknown"], "the lease runs still")
        self._end_lease(made)
        self.ask(made["submissions"][0])
        self.assertEqual(self.states(made), ["unknown"], "what was asked before does not count")
        self.ask(made["submissions"][0])
        self.assertEqual(self.states(made), ["queued"])
        self.dispatch(made["submissions"][0])
        submits = [call for call in self.rail.CALLS if call[0] == "submit"]
        self.assertEqual(submits[0], submits[1], "the same key and payload")

    def test_absence_that_contradicts_what_was_said_of_a_payment_frees_nothing(self):
        made = self.make_queued(model=STEPS, payments=2)
        worker.dispatch(self.registry, made["submissions"][0])
        self.rail.play("submit", said.Unknown())
        worker.dispatch(self.registry, made["submissions"][1])
        with self.committed() as env:
            payment = env["g2p.payment"].browse(made["payments"][0])
            vals = {"state": "reconciled", "status": "paid", "amount_paid": payment.amount_issued}
            payment._guarded_write(vals)
            submission = payment.submission_id
            submission._guarded_write({"lease_until": submission.lease_until - timedelta(hours=1)})
        self.rail.play("ask", *[said.NeverHad()] * 3)
        for _time in range(3):
            self.ask(made["submissions"][1])
        self.assertEqual(self.states(made), ["done", "unknown"])

    def test_what_was_proven_absent_can_be_withdrawn_and_is_issued_again(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", said.Unknown())
        self.dispatch(made["submissions"][0])
        self._end_lease(made)
        self.rail.play("ask", said.NeverHad(), said.NeverHad())
        self.ask(made["submissions"][0])
        self.ask(made["submissions"][0])
        self.assertEqual((self.states(made), self.payment_states(made)), (["queued"], {("sent", False)}))
        with self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).withdraw_release()
        self.assertEqual(self.payment_states(made), {("issued", False)})

    def test_refusal_of_a_call_whose_payments_turned_up_meanwhile_frees_nothing(self):
        made = self.make_queued(model=SINGLE, payments=1)

        def turn_up(submission):
            with self.committed() as env:
                found = env["g2p.payment.submission"].browse(made["submissions"][0])
                found._lock()
                news.process(found, said.Found(rows=self.rail.rows(submission, said.RowResult.PENDING)))
            return said.Rejected(code="err.request.bad")

        self.rail.play("submit", turn_up)
        self.dispatch(made["submissions"][0])
        self.assertEqual((self.states(made), self.payment_states(made)), (["unknown"], {("sent", False)}))

    def test_not_seen_leads_to_nothing_unless_declared(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", said.Unknown())
        self.dispatch(made["submissions"][0])
        self._end_lease(made)
        for _time in range(4):
            self.ask(made["submissions"][0])
        self.assertEqual(self.states(made), ["unknown"])
        with self.committed() as env:
            env[made["manager"][0]].browse(made["manager"][1]).refuses_repeated_key = True
        self.ask(made["submissions"][0])
        self.ask(made["submissions"][0])
        self.assertEqual(self.states(made), ["queued"])

    # ---- breaker ----------------------------------------------------------------------------------------------
    def test_three_unknown_in_a_row_pause_the_manager_and_tell_finance(self):
        made = self.make_queued(model=SINGLE, payments=4)
        self.rail.play("submit", said.Unknown(), said.Accepted(), said.Unknown(), said.Unknown())
        for submission_id in made["submissions"]:
            self.dispatch(submission_id)
        model, manager_id = made["manager"]
        self.assertFalse(self.read(model, manager_id, "dispatch_paused")["dispatch_paused"])
        more = self.make_queued(model=SINGLE, payments=3)
        self.rail.play("submit", *[said.Unknown()] * 3)
        for submission_id in more["submissions"]:
            self.dispatch(submission_id)
        self.assertTrue(self.read(model, more["manager"][1], "dispatch_paused")["dispatch_paused"])
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(more["batch"])
            self.assertIn(self.users["finance_one"], batch.activity_ids.user_id.ids)

    # ---- the database refuses doubles -------------------------------------------------------------------------
    def test_second_live_payment_of_an_entitlement_is_refused_by_the_database(self):
        made = self.make_queued(model=SINGLE, payments=1)
        refused = self.assertRaises(psycopg2.errors.UniqueViolation)
        with mute_logger("odoo.sql_db"), refused, self.committed() as env:
            # A copy of the row, whatever columns other addons have added.
            env.cr.execute(
                """INSERT INTO g2p_payment
                   SELECT (jsonb_populate_record(one, jsonb_build_object(
                              'id', nextval('g2p_payment_id_seq'), 'name', 'double'))).*
                     FROM g2p_payment AS one WHERE id = %s""",
                (made["payments"][0],),
            )

    def test_entitlement_with_a_payment_on_its_way_cannot_be_cancelled(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.dispatch(made["submissions"][0])
        with self.assertRaises(UserError), self.committed() as env:
            env["g2p.entitlement"].browse(made["entitlements"])._cancel_open_payments()
