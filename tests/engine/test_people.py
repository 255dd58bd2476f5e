"""What people may do: release, decide, pause, and what nobody may write."""

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.g2p_programs.dispatch import news, worker
from odoo.addons.g2p_programs.dispatch import outcome as said

from .common import SINGLE, STEPS, EngineCase


class TestRelease(EngineCase):
    def _batches(self, env, made):
        return env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids

    def _prepared(self, **values):
        made = self.make_cycle(**values)
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        return made

    def test_summary_shows_count_total_and_digest_and_release_stores_them(self):
        made = self._prepared(payments=3, amount=12.5)
        with self.committed("releaser") as env:
            batch = self._batches(env, made)
            (summary,) = batch.get_release_summary()
            self.assertEqual((summary["count"], float(summary["total"])), (3, 37.5))
            batch.release_payments({str(batch.id): summary["digest"]})
        with self.committed() as env:
            batch = self._batches(env, made)
            self.assertEqual(batch.released_by.id, self.users["releaser"])
            self.assertEqual((batch.released_count, batch.released_digest), (3, summary["digest"]))

    def test_release_refuses_a_digest_that_is_not_what_was_seen(self):
        made = self._prepared()
        with self.assertRaises(UserError), self.committed("releaser") as env:
            batch = self._batches(env, made)
            batch.release_payments({batch.id: "0" * 64})
        with self.committed() as env:
            self.assertFalse(self._batches(env, made).released)

    def test_officer_without_the_right_cannot_release_nor_send(self):
        made = self._prepared()
        for method in ("release_payments", "send_payment"):
            with self.subTest(method), self.assertRaises(UserError), self.committed("officer") as env:
                getattr(self._batches(env, made), method)()

    def test_who_prepared_does_not_release_unless_the_program_says_so(self):
        made = self.make_cycle()
        with self.committed() as env:
            group = env.ref("g2p_programs.g2p_payment_releaser")
            env["res.users"].browse(self.users["officer"]).group_ids = [(4, group.id)]
        try:
            with self.committed("officer") as env:
                env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
            with self.assertRaises(UserError), self.committed("officer") as env:
                self._batches(env, made).release_payments()
            with self.committed() as env:
                env["g2p.program"].browse(made["program"]).separate_duties = False
            with self.committed("officer") as env:
                self._batches(env, made).release_payments()
        finally:
            with self.committed() as env:
                env["res.users"].browse(self.users["officer"]).group_ids = [(3, group.id)]

    def test_released_payment_cannot_be_cancelled_moved_or_deleted(self):
        made = self.make_released(payments=2)
        with self.committed("officer") as env:
            payment = self._batches(env, made).payment_ids[0]
            for attempt in (
                lambda: payment.action_cancel(),
                lambda: payment.write({"batch_id": False}),
                lambda: payment.unlink(),
            ):
                with self.assertRaises(UserError):
                    attempt()

    def test_withdrawn_release_frees_payments_that_nobody_claimed(self):
        made = self.make_queued(model=SINGLE, payments=2)
        with self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).withdraw_release()
        with self.committed("officer") as env:
            env["g2p.payment"].browse(made["payments"]).action_cancel()
        self.assertEqual(self.payment_states(made), {("cancelled", False)})
        worker.dispatch(self.registry, made["submissions"][0])
        self.assertEqual(self.rail.CALLS, [])

    def test_release_that_is_on_its_way_cannot_be_withdrawn(self):
        made = self.make_queued(model=SINGLE, payments=2)
        worker.dispatch(self.registry, made["submissions"][0])
        with self.assertRaises(UserError), self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).withdraw_release()
        self.assertEqual(self.states(made), ["sent", "queued"])

    def test_batches_of_an_automatic_manager_are_sent_when_they_are_released(self):
        made = self.make_released(manager_vals={"send_automatically": True})
        with self.committed() as env:
            self.assertEqual(set(self._batches(env, made).mapped("dispatch_state")), {"queued"})

    def test_sending_twice_makes_one_submission(self):
        made = self.make_queued(model=SINGLE, payments=1)
        with self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).send_payment()
        with self.committed() as env:
            self.assertEqual(len(env["g2p.payment.batch"].browse(made["batch"]).submission_ids), 1)


class TestDecisions(EngineCase):
    def _unknown(self, payments=2):
        made = self.make_queued(model=STEPS, payments=payments)
        worker.dispatch(self.registry, made["submissions"][0])
        self.rail.play("submit", said.Unknown())
        worker.dispatch(self.registry, made["submissions"][1])
        self.assertEqual(self.states(made), ["done", "unknown"])
        return made

    def _propose(self, made, verdict, user="finance_one", payment=None, **values):
        with self.committed(user) as env:
            vals = {
                "submission_id": made["submissions"][1],
                "payment_id": payment,
                "verdict": verdict,
                "reason": "The operator looked into its books",
                "evidence_reference": "ticket 7",
                **values,
            }
            return env["g2p.payment.decision"].create(vals).id

    def _confirm(self, decision_id, user="finance_two"):
        with self.committed(user) as env:
            env["g2p.payment.decision"].browse(decision_id).action_confirm()

    def test_executed_by_two_people_pays_every_open_payment(self):
        made = self._unknown()
        self._confirm(self._propose(made, "executed"))
        self.assertEqual(self.states(made), ["done", "done"])
        self.assertEqual(self.payment_states(made), {("reconciled", "paid")})
        rows = self.read("g2p.payment", made["payments"], "amount_paid", "amount_issued")
        self.assertTrue(all(row["amount_paid"] == row["amount_issued"] for row in rows))
        exchanges = self.read("g2p.payment.submission", made["submissions"][1], "exchange_ids")[
            "exchange_ids"
        ]
        self.assertIn(
            "decision", [row["kind"] for row in self.read("g2p.payment.exchange", exchanges, "kind")]
        )

    def test_never_executed_by_two_people_rejects_and_allows_a_new_key(self):
        made = self._unknown()
        key = self.read("g2p.payment.submission", made["submissions"][1], "key")["key"]
        self._confirm(self._propose(made, "never_executed"))
        self.assertEqual(self.states(made), ["done", "rejected"])
        self.assertEqual(self.payment_states(made), {("issued", False)})
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"][1]).action_queue_again()
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)))
        worker.dispatch(self.registry, made["submissions"][1])
        self.assertEqual(self.payment_states(made), {("reconciled", "paid")})
        self.assertNotEqual(self.rail.CALLS[-1][1], key)

    def test_one_payment_can_be_decided_by_itself(self):
        made = self._unknown()
        self._confirm(self._propose(made, "executed", payment=made["payments"][0]))
        self._confirm(self._propose(made, "never_executed", payment=made["payments"][1]))
        self.assertEqual(self.payment_states(made), {("reconciled", "paid"), ("reconciled", "failed")})
        self.assertEqual(self.states(made), ["done", "done"])

    def test_submission_of_which_a_payment_is_settled_is_not_freed_as_a_whole(self):
        made = self._unknown()
        self._confirm(self._propose(made, "executed", payment=made["payments"][0]))
        decision = self._propose(made, "never_executed")
        with self.assertRaises(UserError):
            self._confirm(decision)
        self.assertEqual(self.states(made), ["done", "unknown"])
        self.assertEqual(self.payment_states(made), {("reconciled", "paid"), ("sent", False)})

    def test_one_person_is_not_enough(self):
        made = self._unknown()
        decision = self._propose(made, "executed")
        with self.assertRaises(UserError):
            self._confirm(decision, "finance_one")
        self.assertEqual(self.states(made), ["done", "unknown"])

    def test_whoever_released_does_not_decide_and_no_administrator_either(self):
        made = self._unknown()
        with self.committed() as env:
            env["g2p.payment.batch"].browse(made["batch"])._guarded_write(
                {"released_by": self.users["finance_releaser"]}
            )
        with self.assertRaises(UserError):
            self._propose(made, "executed", user="finance_releaser")
        decision = self._propose(made, "executed")
        with self.assertRaises(UserError):
            self._confirm(decision, "finance_releaser")
        with self.assertRaises((UserError, AccessError)), self.committed() as env:
            admin = env.ref("base.user_admin")
            env["g2p.payment.decision"].with_user(admin).browse(decision).action_confirm()
        with self.assertRaises(UserError), self.committed() as env:
            env["g2p.payment.decision"].browse(decision).action_confirm()

    def test_reason_and_evidence_are_both_asked_for_at_once(self):
        made = self._unknown()
        with self.assertRaises(ValidationError) as caught:
            self._propose(made, "executed", reason=" ", evidence_reference=False)
        self.assertEqual(len(str(caught.exception).splitlines()), 2)

    def test_proposal_cannot_be_changed_or_confirmed_by_writing(self):
        made = self._unknown()
        decision = self._propose(made, "executed")
        for vals in (
            {"state": "confirmed"},
            {"verdict": "never_executed"},
            {"proposed_by": self.users["finance_two"]},
        ):
            with self.subTest(vals), self.assertRaises(UserError), self.committed("finance_one") as env:
                env["g2p.payment.decision"].browse(decision).write(vals)

    def test_decision_that_came_too_late_writes_nothing(self):
        made = self._unknown()
        decision = self._propose(made, "never_executed")
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"][1])._schedule_question()
        self.rail.play("ask", lambda s: said.Found(rows=self.rail.rows(s)))
        worker.ask(self.registry, made["submissions"][1])
        with self.assertRaises(UserError):
            self._confirm(decision)
        self.assertEqual(self.payment_states(made), {("reconciled", "paid")})

    def test_payment_that_is_sent_far_too_long_is_settled_in_the_same_way(self):
        made = self.make_queued(model=STEPS, payments=1)
        for submission_id in made["submissions"]:
            worker.dispatch(self.registry, submission_id)
        self.assertEqual(self.states(made), ["done", "sent"])
        self._confirm(self._propose(made, "never_executed"))
        self.assertEqual(self.payment_states(made), {("reconciled", "failed")})
        self.assertEqual(self.states(made), ["done", "done"])


class TestReversals(EngineCase):
    def test_reversed_payment_stays_paid_until_finance_confirms_and_may_then_be_paid_again(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)))
        worker.dispatch(self.registry, made["submissions"][0])
        with self.committed() as env:
            payment = env["g2p.payment"].browse(made["payments"][0])
            row = said.Row(payment.name, said.RowResult.REVERSED, code="closed")
            for _time in range(2):
                news.process(payment.submission_id, said.Found(rows=(row,)))
            self.assertEqual(len(payment.reversal_ids), 1)
            self.assertEqual((payment.status, payment.reversal_confirmed), ("paid", False))
        self._prepare(made, expected=1)
        with self.committed("finance_one") as env:
            env["g2p.payment"].browse(made["payments"][0]).reversal_ids.action_confirm()
        self.post_fund(made, 100)
        self._prepare(made, expected=2)

    def _prepare(self, made, expected):
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed() as env:
            count = env["g2p.payment"].search_count([("entitlement_id", "in", made["entitlements"])])
            self.assertEqual(count, expected)


class TestGuards(EngineCase):
    """State, status, dispatch and approval fields are refused in create, write, load, copy and x2many commands."""

    def test_guarded_fields_are_refused_for_everybody_even_the_superuser(self):
        made = self.make_queued(model=SINGLE, payments=1)
        cases = [
            ("g2p.payment", made["payments"][0], {"state": "reconciled"}),
            ("g2p.payment", made["payments"][0], {"status": "paid"}),
            ("g2p.payment", made["payments"][0], {"amount_issued": 1000000}),
            ("g2p.payment", made["payments"][0], {"payee_id_value": "mine"}),
            ("g2p.payment.batch", made["batch"], {"released_digest": "x"}),
            ("g2p.payment.batch", made["batch"], {"released_by": 1}),
            (
                "g2p.payment.batch",
                made["batch"],
                {"payment_ids": [(1, made["payments"][0], {"state": "sent"})]},
            ),
            ("g2p.payment.submission", made["submissions"][0], {"state": "done"}),
            ("g2p.payment.submission", made["submissions"][0], {"claim_token": "x"}),
            ("g2p.cycle", made["cycle"], {"state": "draft"}),
            ("g2p.entitlement", made["entitlements"][0], {"state": "cancelled"}),
        ]
        for user in (None, "officer"):
            for model, record_id, vals in cases:
                with self.subTest(model=model, vals=vals, user=user):
                    with self.assertRaises((UserError, AccessError)), self.committed(user) as env:
                        env[model].browse(record_id).write(vals)

    def test_load_and_create_and_copy_cannot_make_payments(self):
        made = self.make_queued(model=SINGLE, payments=1)
        with self.committed() as env:
            payment = env["g2p.payment"].browse(made["payments"][0])
            with self.assertRaises(UserError):
                payment.copy()
            with self.assertRaises(UserError):
                env["g2p.payment"].create({"entitlement_id": made["entitlements"][0], "state": "sent"})
            loaded = env["g2p.payment"].load(
                ["entitlement_id/.id", "state"], [[str(made["entitlements"][0]), "reconciled"]]
            )
            self.assertFalse(loaded["ids"])
            self.assertTrue(loaded["messages"])

    def test_context_key_does_not_open_the_guard(self):
        made = self.make_queued(model=SINGLE, payments=1)
        with self.assertRaises(UserError), self.committed() as env:
            env["g2p.payment"].browse(made["payments"]).with_context(_g2p_guard=True).write(
                {"state": "cancelled"}
            )

    def test_exchanges_cannot_be_changed_or_deleted_by_anybody(self):
        made = self.make_queued(model=SINGLE, payments=1)
        worker.dispatch(self.registry, made["submissions"][0])
        with self.committed() as env:
            exchange = env["g2p.payment.submission"].browse(made["submissions"][0]).exchange_ids
            with self.assertRaises(UserError):
                exchange.write({"reason": "nothing happened"})
            with self.assertRaises(UserError):
                exchange.unlink()

    def test_what_an_open_submission_needs_cannot_be_deleted(self):
        made = self.make_queued(model=SINGLE, payments=1)
        model, manager_id = made["manager"]
        for name, record_id in (
            (model, manager_id),
            ("g2p.program", made["program"]),
            ("g2p.cycle", made["cycle"]),
            ("g2p.entitlement", made["entitlements"][0]),
            ("res.partner", made["partners"][0]),
        ):
            refused = self.assertRaises((UserError, psycopg2.IntegrityError))
            with self.subTest(name), mute_logger("odoo.sql_db"), refused, self.committed() as env:
                env[name].browse(record_id).unlink()
                env.flush_all()

    def test_registrant_with_money_on_its_way_is_not_merged_away(self):
        made = self.make_queued(model=SINGLE, payments=2)
        with self.assertRaises(UserError), self.committed() as env:
            env["base.partner.merge.automatic.wizard"]._merge(made["partners"])
        with self.committed() as env:
            self.assertEqual(len(env["res.partner"].browse(made["partners"]).exists()), 2)

    def test_who_moved_cancelled_or_removed_payments_does_not_release_what_is_left(self):
        edits = {
            "move": lambda payment: payment.write({"batch_id": False}),
            "cancel": lambda payment: payment.action_cancel(),
            "remove": lambda payment: payment.unlink(),
        }
        for name, edit in edits.items():
            with self.subTest(name):
                made = self.make_cycle(model=SINGLE, payments=2)
                with self.committed("officer") as env:
                    cycle = env["g2p.cycle"].browse(made["cycle"])
                    cycle.prepare_payment()
                    batch = cycle.payment_batch_ids
                    batch.sudo()._guarded_write({"prepared_by": self.users["finance_one"]})
                    edit(batch.payment_ids[0])
                    batch.write({})
                with self.committed() as env:
                    batch = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids
                    self.assertEqual(batch.edited_by_ids.ids, [self.users["officer"]])
                    self.assertEqual(batch.prepared_by.id, self.users["finance_one"])
                    officer = env["res.users"].browse(self.users["officer"])
                    officer.group_ids = [(4, env.ref("g2p_programs.g2p_payment_releaser").id)]
                try:
                    with self.assertRaises(UserError), self.committed("officer") as env:
                        env["g2p.payment.batch"].browse(batch.id).release_payments()
                finally:
                    with self.committed() as env:
                        officer = env["res.users"].browse(self.users["officer"])
                        officer.group_ids = [(3, env.ref("g2p_programs.g2p_payment_releaser").id)]

    def test_settings_of_an_open_submission_are_pinned(self):
        made = self.make_queued(model=SINGLE, payments=1)
        model, manager_id = made["manager"]
        with self.assertRaises(UserError), self.committed() as env:
            env[model].browse(manager_id).endpoint = "elsewhere"
        with self.committed() as env:
            env[model].browse(manager_id).write({"endpoint": "loopback", "name": "New name"})

    def test_payload_and_answers_are_for_auditors_and_administrators(self):
        made = self.make_queued(model=SINGLE, payments=1)
        worker.dispatch(self.registry, made["submissions"][0])
        with self.committed("officer") as env:
            with self.assertRaises(AccessError):
                env["g2p.payment.submission"].browse(made["submissions"][0]).read(["payload"])
            exchange = env["g2p.payment.submission"].browse(made["submissions"][0]).exchange_ids
            with self.assertRaises(AccessError):
                exchange.read(["answer"])
