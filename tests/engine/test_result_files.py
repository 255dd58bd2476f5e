"""Reconciliation by file: a bank's word through the engine's one door, and who has to vouch for it."""

import hashlib
from contextlib import contextmanager
from datetime import date, timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.g2p_programs.dispatch import claim, news, question, sweep, worker
from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction

from .common import SINGLE, STEPS
from .result_file_case import BY_FILE, IMPORT, LINE, ResultFileCase

PAID, FAILED = ("reconciled", "paid"), ("reconciled", "failed")
SENT = ("sent", "")


class TestPaidByFile(ResultFileCase):
    def test_results_of_a_batch_paid_by_file_settle_its_payments_through_the_door(self):
        made = self.make_taken(payments=3)
        one, two, three = made["names"]
        rows = [
            (one, "paid", "100", "", date.today().isoformat(), "", "", "B-1"),
            (two.replace("-", "").upper(), "failed", "", "", "", "AC04", "account closed"),
            (three, ""),
        ]
        content = self.make_file(*rows)
        import_id = self.upload(content=content)
        self.check(import_id)
        self.assertEqual(self.effects(import_id), [(2, "apply"), (3, "apply"), (4, "nothing")])
        self.assertEqual(self.results(made), [SENT] * 3, "a check changes nothing")
        self.apply(import_id)
        self.assertEqual(self.results(made), [PAID, FAILED, SENT])
        self.assertEqual((self.state(import_id), self.states(made)), ("done", ["sent"]))
        paid, failed = self.read(
            "g2p.payment", made["payments"][:2], "amount_paid", "status_code", "external_reference"
        )
        self.assertEqual((paid["amount_paid"], paid["external_reference"]), (100, "B-1"))
        self.assertEqual((failed["amount_paid"], failed["status_code"]), (0, "AC04"))
        (exchange,) = self.exchanges(made)
        self.assertEqual((exchange["outcome"], exchange["code"]), ("Found", f"import-{import_id}"))
        self.assertEqual(exchange["user_id"][0], self.users["finance_one"])
        self.assertEqual(exchange["payload_hash"], hashlib.sha256(content).hexdigest())
        self.assertEqual(exchange["payload_hash"], self.read(IMPORT, import_id, "sha256")["sha256"])

    def test_last_result_closes_the_batch_and_books_it(self):
        made = self.make_taken(payments=2)
        self.import_rows(*[(name, "paid") for name in made["names"]])
        self.assertEqual(self.states(made), ["done"])
        self.assertEqual(self.run_jobs(), ["_job_follow_up"])
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            self.assertEqual(batch.dispatch_state, "done")
            self.assertTrue(batch.settlement_move_id or batch.settlement_problem, "not booked")

    def test_whoever_released_imports_only_where_the_program_allows_it(self):
        made = self.make_taken(payments=1)
        self._release_by(made, "finance_releaser")
        import_id = self.upload((made["names"][0], "paid"), user="finance_releaser")
        self.check(import_id, "finance_releaser")
        with self.assertRaises(UserError):
            self.apply(import_id, "finance_releaser")
        with self.committed() as env:
            env["g2p.program"].browse(made["program"]).separate_duties = False
        self.apply(import_id, "finance_releaser")
        self.assertEqual(self.results(made), [PAID])

    def test_only_finance_imports_and_no_administrator(self):
        made = self.make_taken(payments=1)
        for user in ("officer", "releaser"):
            with self.subTest(user), self.assertRaises((UserError, AccessError)):
                self.upload((made["names"][0], "paid"), user=user)
        import_id = self.upload_and_check((made["names"][0], "paid"))
        for user in ("officer", "releaser", None):
            for method in ("action_check", "action_apply", "action_reset"):
                refused = self.assertRaises((UserError, AccessError))
                with self.subTest(user=user, method=method), refused, self.committed(user) as env:
                    getattr(env[IMPORT].browse(import_id), method)()

    def test_payments_whose_manager_is_gone_want_a_second_person_and_are_settled_all_the_same(self):
        made = self.make_taken(payments=1)
        with self.committed() as env:
            env.cr.execute(
                "UPDATE g2p_payment_batch SET manager_res_id = 0 WHERE id = %s", (made["batch"],)
            )
            env.cr.execute(
                "UPDATE g2p_payment_submission SET manager_model = 'g2p.no.such' WHERE id = ANY(%s)",
                (made["submissions"],),
            )
        import_id = self.import_rows((made["names"][0], "paid"))
        self.assertEqual((self.state(import_id), self.results(made)), ("waiting", [SENT]))
        self.confirm(import_id)
        self.assertEqual(self.results(made), [PAID])

    def _release_by(self, made, user):
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            batch._guarded_write({"released_by": self.users[user]})


class TestErrors(ResultFileCase):
    def test_all_wrong_cells_are_named_at_once_and_nothing_is_written(self):
        made = self.make_taken(payments=4)
        one, two, three, four = made["names"]
        tomorrow = (date.today() + timedelta(days=3)).isoformat()
        import_id = self.upload_and_check(
            ("nobody", "paid"),
            (one, "paid", "99.99", "XXX"),
            (two, "paid", "", "", tomorrow),
            (two, "failed"),
            (three, "paid", "", "", "2020-01-01"),
            (four, "paid"),
        )
        self.assertEqual(
            self.errors(import_id),
            [
                (2, "reference", "nobody"),
                (3, "amount", "99.99"),
                (3, "currency", "XXX"),
                (4, "date", tomorrow),
                (5, "reference", two),
                (6, "date", "2020-01-01"),
            ],
        )
        with self.assertRaises(UserError):
            self.apply(import_id)
        self.assertEqual(self.results(made), [SENT] * 4)
        self.assertFalse(self.exchanges(made))

    def test_amount_that_a_failed_row_gives_as_nothing_is_no_error(self):
        made = self.make_taken(payments=2)
        self.import_rows((made["names"][0], "failed", "0.00"), (made["names"][1], "paid", "100.00"))
        self.assertEqual(self.results(made), [FAILED, PAID])

    def test_amount_of_a_line_that_says_nothing_is_looked_at_too(self):
        made = self.make_taken(payments=1)
        import_id = self.upload_and_check((made["names"][0], "", "1"))
        self.assertEqual(self.errors(import_id), [(2, "amount", "1")])

    def test_payment_that_was_not_sent_or_was_cancelled_or_is_disputed_is_an_error(self):
        queued = self.name_payments(self.make_queued(model=BY_FILE, payments=1))
        disputed = self.make_taken(payments=1)
        with self.committed() as env:
            env["g2p.payment"].browse(disputed["payments"])._guarded_write({"disputed": True})
        cancelled = self.make_cycle(model=BY_FILE, payments=1)
        with self.committed("officer") as env:
            cycle = env["g2p.cycle"].browse(cancelled["cycle"])
            cycle.prepare_payment()
            payment = cycle.payment_batch_ids.payment_ids
            payment.action_cancel()
            name = payment.name
        import_id = self.upload_and_check(
            (queued["names"][0], "paid"), (disputed["names"][0], "failed"), (name, "paid")
        )
        self.assertEqual([one[:2] for one in self.errors(import_id)], [(n, "status") for n in (2, 3, 4)])
        with self.committed() as env:
            messages = env[IMPORT].browse(import_id).error_ids.sorted("line").mapped("message")
        for word, message in zip(("not sent", "disputed", "cancelled"), messages, strict=True):
            self.assertIn(word, message)

    def test_payment_of_another_company_is_nobodys(self):
        made = self.make_taken(payments=1)
        with self.committed() as env:
            other = env["res.company"].create({"name": f"Other {made['batch']}"})
            user = env["res.users"].create(
                {
                    "name": "Far",
                    "login": f"far_{made['batch']}",
                    "company_id": other.id,
                    "company_ids": [(6, 0, other.ids)],
                    "group_ids": [
                        (4, env.ref("base.group_user").id),
                        (4, env.ref("g2p_programs.g2p_finance_validator").id),
                    ],
                }
            )
            self.users["far"] = user.id
        import_id = self.upload((made["names"][0], "paid"), user="far")
        self.check(import_id, "far")
        self.assertEqual(self.errors(import_id), [(2, "reference", made["names"][0])])
        with self.committed("finance_one") as env:
            self.assertFalse(env[IMPORT].search([("id", "=", import_id)]))
            self.assertFalse(env[LINE].search([("import_id", "=", import_id)]))

    def test_one_payment_named_twice_in_other_words_is_counted_once(self):
        made = self.make_taken(payments=1)
        (name,) = made["names"]
        import_id = self.import_rows((name, "paid", "100"), (name.replace("-", ""), "paid", "100"))
        self.assertEqual(self.effects(import_id), [(2, "apply"), (3, "nothing")])
        self.assertEqual(self.results(made), [PAID])


class TestFinal(ResultFileCase):
    def test_what_is_final_and_the_same_is_skipped_and_counted(self):
        made = self.make_taken(payments=2)
        self.import_rows((made["names"][0], "paid"))
        before = self.read("g2p.payment", made["payments"], "write_date", "payment_datetime")
        import_id = self.import_rows((made["names"][0], "paid", "100"), (made["names"][1], ""))
        self.assertEqual(self.effects(import_id), [(2, "final"), (3, "nothing")])
        self.assertEqual(self.read(IMPORT, import_id, "count_final")["count_final"], 1)
        self.assertEqual(self.state(import_id), "done")
        self.assertEqual(len(self.exchanges(made)), 1)
        self.assertEqual(
            self.read("g2p.payment", made["payments"], "write_date", "payment_datetime"), before
        )

    def test_what_is_final_and_not_the_same_is_marked_and_stays(self):
        for first, second, status in (("paid", "failed", PAID), ("failed", "paid", FAILED)):
            with self.subTest(first):
                made = self.make_taken(payments=1)
                self.import_rows((made["names"][0], first))
                import_id = self.import_rows((made["names"][0], second))
                self.assertEqual(self.effects(import_id), [(2, "contradicts")])
                self.assertEqual(self.results(made), [status])
                row = self.read("g2p.payment", made["payments"][0], "contradicted", "dispute_reason")
                self.assertEqual((row["contradicted"], row["dispute_reason"]), (True, f"later_{second}"))
                self.run_jobs()
                with self.committed() as env:
                    users = env["g2p.payment.batch"].browse(made["batch"]).activity_ids.user_id
                    self.assertIn(self.users["finance_two"], users.ids, "finance was not told")

    def test_paid_of_a_failed_payment_holds_the_one_that_pays_again(self):
        made = self.make_taken(payments=1)
        self.post_fund(made, 1000)
        self.import_rows((made["names"][0], "failed"))
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        self.import_rows((made["names"][0], "paid"))
        with self.committed() as env:
            live = env["g2p.payment"].search(
                [("entitlement_id", "in", made["entitlements"]), ("state", "=", "issued")]
            )
            self.assertEqual(live.mapped("disputed"), [True])

    def test_paid_of_a_payment_that_was_taken_back_is_not_lost(self):
        made = self.name_payments(self.make_queued(model=SINGLE, payments=1))
        self.rail.play("submit", said.Rejected(code="refused"))
        worker.dispatch(self.registry, made["submissions"][0])
        self.assertEqual((self.states(made), self.results(made)), (["rejected"], [("issued", "")]))
        import_id = self.upload_and_check((made["names"][0], "failed"))
        self.assertEqual([one[:2] for one in self.errors(import_id)], [(2, "status")])
        import_id = self.import_rows((made["names"][0], "paid"))
        self.assertEqual(self.effects(import_id), [(2, "contradicts")])
        self.assertFalse(self.read("g2p.payment", made["payments"][0], "disputed")["disputed"])
        self.confirm(import_id)
        self.assertTrue(self.read("g2p.payment", made["payments"][0], "disputed")["disputed"])


class TestSecondPerson(ResultFileCase):
    def test_results_of_an_api_rail_wait_and_free_nothing_before(self):
        for model in (SINGLE, STEPS):
            with self.subTest(model):
                made = self.make_sent(model=model, payments=2)
                before = self.states(made)
                import_id = self.import_rows((made["names"][0], "paid"), (made["names"][1], "failed"))
                self.assertEqual(self.effects(import_id), [(2, "wait"), (3, "wait")])
                self.assertEqual((self.state(import_id), self.results(made)), ("waiting", [SENT, SENT]))
                self.assertEqual((self.states(made), self.exchanges(made)), (before, []))
                with self.committed("officer") as env:
                    env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
                    payments = env["g2p.payment"].search([("entitlement_id", "in", made["entitlements"])])
                    self.assertEqual(len(payments), 2, "a failed that nobody confirmed frees nothing")
                self.confirm(import_id)
                self.assertEqual((self.state(import_id), self.results(made)), ("done", [PAID, FAILED]))
                self.assertEqual(self.states(made), ["done", "done"])
                whose = {one["user_id"][0] for one in self.exchanges(made)}
                self.assertEqual(whose, {self.users["finance_two"]})

    def test_second_person_is_somebody_else_of_finance_who_did_not_release(self):
        made = self.make_sent(payments=1)
        import_id = self.import_rows((made["names"][0], "paid"))
        with self.committed() as env:
            env["g2p.payment.batch"].browse(made["batch"])._guarded_write(
                {"released_by": self.users["finance_releaser"]}
            )
        for user in ("finance_one", "finance_releaser", "officer", "releaser", None):
            with self.subTest(user), self.assertRaises((UserError, AccessError)):
                self.confirm(import_id, user)
        with self.assertRaises((UserError, AccessError)), self.committed() as env:
            env[IMPORT].with_user(env.ref("base.user_admin")).browse(import_id).action_confirm()
        self.assertEqual((self.state(import_id), self.results(made)), ("waiting", [SENT]))

    def test_who_uploaded_is_not_the_second_person_of_who_applied(self):
        made = self.make_sent(payments=1)
        import_id = self.upload((made["names"][0], "paid"), user="finance_two")
        self.check(import_id, "finance_two")
        self.apply(import_id, "finance_one")
        for user in ("finance_one", "finance_two"):
            with self.subTest(user), self.assertRaises(UserError):
                self.confirm(import_id, user)

    def test_whoever_released_cannot_even_be_the_first_person(self):
        made = self.make_sent(payments=1)
        with self.committed() as env:
            env["g2p.program"].browse(made["program"]).separate_duties = False
            env["g2p.payment.batch"].browse(made["batch"])._guarded_write(
                {"released_by": self.users["finance_releaser"]}
            )
        import_id = self.upload((made["names"][0], "paid"), user="finance_releaser")
        self.check(import_id, "finance_releaser")
        with self.assertRaises(UserError):
            self.apply(import_id, "finance_releaser")

    def test_refused_results_change_nothing_and_may_be_imported_again(self):
        made = self.make_sent(payments=1)
        import_id = self.import_rows((made["names"][0], "paid"))
        with self.committed("finance_two") as env:
            env[IMPORT].browse(import_id).action_refuse()
        self.assertEqual((self.state(import_id), self.results(made)), ("refused", [SENT]))
        with self.assertRaises(UserError):
            self.confirm(import_id)
        self.assertEqual(self.state(self.import_rows((made["names"][0], "paid"))), "waiting")

    def test_file_about_both_kinds_is_applied_in_two_steps(self):
        by_file, by_rail = self.make_taken(payments=1), self.make_sent(payments=1)
        import_id = self.import_rows((by_file["names"][0], "paid"), (by_rail["names"][0], "paid"))
        self.assertEqual((self.results(by_file), self.results(by_rail)), ([PAID], [SENT]))
        with self.committed() as env:
            users = env[IMPORT].browse(import_id).activity_ids.user_id.ids
        self.assertIn(self.users["finance_two"], users)
        self.assertNotIn(self.users["finance_one"], users)
        self.confirm(import_id)
        self.assertEqual((self.results(by_file), self.results(by_rail)), ([PAID], [PAID]))

    def test_unknown_submission_is_settled_by_what_two_people_say(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", said.Unknown())
        worker.dispatch(self.registry, made["submissions"][0])
        self.name_payments(made)
        self.confirm(self.import_rows((made["names"][0], "paid", "100")))
        self.assertEqual((self.states(made), self.results(made)), (["done"], [PAID]))

    def test_contradiction_of_an_api_rail_wants_two_people_as_well(self):
        made = self.make_sent(payments=1)
        self.decide_by_rail(made, said.RowResult.FAILED)
        import_id = self.import_rows((made["names"][0], "paid"))
        self.assertEqual((self.state(import_id), self.effects(import_id)), ("waiting", [(2, "contradicts")]))
        self.assertFalse(self.read("g2p.payment", made["payments"][0], "contradicted")["contradicted"])
        self.confirm(import_id)
        self.assertTrue(self.read("g2p.payment", made["payments"][0], "contradicted")["contradicted"])
        self.assertEqual(self.results(made), [FAILED])


class TestSendingAndFound(ResultFileCase):
    def test_results_while_the_call_still_runs_settle_and_a_refusal_proves_nothing_then(self):
        made = self.name_payments(self.make_queued(model=SINGLE, payments=1))
        call = run_in_own_transaction(self.registry, claim.claim, made["submissions"][0])
        self.confirm(self.import_rows((made["names"][0], "paid")))
        self.assertEqual((self.states(made), self.results(made)), (["sending"], [PAID]))
        self.rail.play("submit", said.Rejected())
        run_in_own_transaction(self.registry, news.store, call, call.make())
        run_in_own_transaction(self.registry, news.apply_pending, made["submissions"][0])
        self.assertEqual((self.states(made), self.results(made)), (["done"], [PAID]))


class TestStale(ResultFileCase):
    def test_what_changed_since_the_check_is_listed_and_nothing_is_written(self):
        made = self.make_taken(payments=3)
        import_id = self.upload_and_check(*[(name, "paid") for name in made["names"]])
        other = self.import_rows((made["names"][1], "failed"))
        self.assertEqual(self.state(other), "done")
        action = self.apply(import_id)
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual((self.state(import_id), self.results(made)), ("checked", [SENT, FAILED, SENT]))
        self.assertEqual(self.effects(import_id), [(2, "apply"), (3, "contradicts"), (4, "apply")])
        with self.committed() as env:
            record = env[IMPORT].browse(import_id)
            self.assertEqual(record.changed_ids.mapped("line"), [3])
            self.assertEqual((record.count_contradicts, record.count_apply), (1, 2))
            self.assertFalse(record.applied_by or record.applied_at)
        self.apply(import_id)
        self.assertEqual((self.state(import_id), self.results(made)), ("done", [PAID, FAILED, PAID]))

    def test_what_the_payment_system_said_while_the_second_person_slept_is_listed(self):
        made = self.make_sent(payments=2)
        import_id = self.import_rows((made["names"][0], "paid"), (made["names"][1], "paid"))
        self.decide_by_rail(made, said.RowResult.PAID)
        self.confirm(import_id)
        self.assertEqual((self.state(import_id), self.results(made)), ("waiting", [PAID, SENT]))
        self.assertEqual(self.effects(import_id), [(2, "final"), (3, "wait")])
        self.confirm(import_id)
        self.assertEqual((self.state(import_id), self.results(made)), ("done", [PAID, PAID]))

    def test_answer_that_was_stored_and_not_applied_speaks_first(self):
        made = self.make_sent(payments=1)
        import_id = self.import_rows((made["names"][0], "paid"))
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"][0])._schedule_question()
        call = run_in_own_transaction(self.registry, question.take, made["submissions"][0])
        self.rail.play("ask", lambda s: said.Found(rows=self.rail.rows(s, said.RowResult.FAILED)))
        run_in_own_transaction(self.registry, news.store, call, call.make())
        self.confirm(import_id)
        self.assertEqual((self.effects(import_id), self.results(made)), ([(2, "contradicts")], [FAILED]))

    def test_payment_that_became_disputed_stops_the_import_for_good(self):
        made = self.make_taken(payments=1)
        import_id = self.upload_and_check((made["names"][0], "paid"))
        with self.committed() as env:
            env["g2p.payment"].browse(made["payments"])._guarded_write({"disputed": True})
        self.apply(import_id)
        self.assertEqual(self.errors(import_id), [(2, "status", "")])
        with self.assertRaises(UserError):
            self.apply(import_id)
        self.assertEqual(self.results(made), [SENT])


class TestAgain(ResultFileCase):
    def test_same_file_is_refused_and_names_the_earlier_import(self):
        made = self.make_taken(payments=2)
        first = self.import_rows((made["names"][0], "paid"))
        second = self.upload((made["names"][0], "paid"))
        with self.assertRaises(UserError) as caught:
            self.check(second)
        self.assertIn(f"import {first}", str(caught.exception))

    def test_same_file_checked_twice_is_applied_once(self):
        made = self.make_taken(payments=1)
        first, second = (self.upload_and_check((made["names"][0], "paid")) for _time in range(2))
        self.apply(first)
        with self.assertRaises((UserError, ValidationError)):
            self.apply(second)
        self.assertEqual(len(self.exchanges(made)), 1)

    def test_applying_again_changes_nothing(self):
        made = self.make_taken(payments=1)
        import_id = self.import_rows((made["names"][0], "paid"))
        for call in (self.apply, self.confirm, self.check):
            with self.subTest(call.__name__), self.assertRaises(UserError):
                call(import_id)
        self.assertEqual(len(self.exchanges(made)), 1)

    def test_two_people_at_once_tell_it_once(self):
        """The second one's snapshot is older than the first one's commit: the server runs it again, and it finds out."""
        made = self.make_taken(payments=1)
        first = self.upload_and_check((made["names"][0], "paid", "100"))
        second = self.upload((made["names"][0], "paid"), user="finance_two")
        self.check(second, "finance_two")
        serialized = self.assertRaises(SerializationFailure)
        with mute_logger("odoo.sql_db"), serialized, self.committed("finance_two") as env:
            env.cr.execute("SELECT 1")
            self.apply(first)
            env[IMPORT].browse(second).action_apply()
        self.apply(second, "finance_two")
        self.assertEqual((self.results(made), self.effects(second)), ([PAID], [(2, "final")]))
        self.assertEqual(len(self.exchanges(made)), 1)

    def test_killed_between_store_and_apply_is_applied_by_the_sweeper(self):
        made = self.make_taken(payments=2)
        with self.committed() as env:
            submission = env["g2p.payment.submission"].browse(made["submissions"][0])
            submission._lock()
            rows = [(2, said.Row(made["names"][0], said.RowResult.PAID))]
            news.store_file(env, submission, rows, "import-1", "0" * 64, self.users["finance_one"])
        self.assertEqual(self.results(made), [SENT, SENT])
        with self.committed() as env:
            env.cr.execute(
                "UPDATE g2p_payment_exchange SET create_date = create_date - interval '1 minute'"
                " WHERE submission_id = %s",
                (made["submissions"][0],),
            )
        sweep.sweep(self.registry)
        self.assertEqual(self.results(made), [PAID, SENT])
        pending = self.read("g2p.payment.submission", made["submissions"][0], "pending_exchange_ids")
        self.assertFalse(pending["pending_exchange_ids"])

    def test_stored_file_about_an_earlier_claim_settles_nothing_any_more(self):
        made = self.make_sent(payments=1)
        with self.committed() as env:
            submission = env["g2p.payment.submission"].browse(made["submissions"][0])
            rows = [(2, said.Row(made["names"][0], said.RowResult.FAILED))]
            news.store_file(env, submission, rows, "import-1", "0" * 64, self.users["finance_one"])
            submission._guarded_write({"claim_token": "another"})
            news.apply_pending(env, submission.id)
        self.assertEqual(self.results(made), [SENT])

    def test_import_stands_when_what_follows_fails(self):
        made = self.make_taken(payments=1)
        import_id = self.import_rows((made["names"][0], "paid"))
        broken = patch(
            "odoo.addons.g2p_programs.dispatch.follow_up.follow_up", side_effect=ZeroDivisionError
        )
        with broken, self.assertLogs("odoo.addons.g2p_payment_files", "ERROR"):
            self.run_jobs()
        self.assertEqual((self.state(import_id), self.results(made)), ("done", [PAID]))
        sweep.sweep(self.registry)
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            self.assertTrue(batch.settlement_move_id or batch.settlement_problem, "not booked")


class TestJobs(ResultFileCase):
    @contextmanager
    def small(self):
        """Let anything be too much for a request."""
        path = "odoo.addons.g2p_payment_files.reconciliation.stages."
        with (
            patch(f"{path}MANY_BYTES", 1),
            patch(f"{path}MANY_LINES", 0),
            patch(f"{path}SLICE", 2),
            patch(f"{path}PER_JOB", 2),
        ):
            yield

    def test_long_import_is_checked_and_applied_by_jobs(self):
        by_rail, by_file = self.make_sent(payments=5), self.make_taken(payments=3)
        rows = [(name, "paid") for name in by_rail["names"] + by_file["names"]]
        with self.small():
            import_id = self.upload(*rows)
            self.check(import_id)
            self.assertEqual(self.state(import_id), "checking")
            self.assertEqual(self.run_jobs(), ["_job_check"])
            self.assertEqual(self.state(import_id), "checked")
            self.assertEqual(self.read(IMPORT, import_id, "checked_count")["checked_count"], 8)
            self.apply(import_id)
            self.assertEqual((self.state(import_id), self.results(by_file)), ("applying", [SENT] * 3))
            self.assertEqual(self.run_jobs(), ["_job_apply", "_job_tell"])
            self.assertEqual((self.state(import_id), self.results(by_file)), ("waiting", [PAID] * 3))
            self.confirm(import_id)
            self.assertEqual(self.run_jobs(), ["_job_apply", "_job_tell", "_job_tell", "_job_tell"])
        self.assertEqual((self.state(import_id), self.results(by_rail)), ("done", [PAID] * 5))
        self.assertEqual(len(self.exchanges(by_rail)), 5)

    def test_job_that_was_lost_goes_on_where_it_was_and_tells_nothing_twice(self):
        made = self.make_sent(payments=5)
        import_id = self.import_rows(*[(name, "paid") for name in made["names"]])
        with self.small():
            self.confirm(import_id)
            with self.committed() as env:
                jobs = env["queue.job"].search([("model_name", "=", IMPORT)])
                lot, token = jobs.args
                jobs.unlink()
            with self.committed() as env:
                env[IMPORT].browse(import_id)._job_tell(lot, token, made["submissions"][:2])
            self.assertEqual(self.state(import_id), "confirming")
            with self.committed("finance_two") as env:
                self.assertIn("3", env[IMPORT].browse(import_id).progress)
                env[IMPORT].browse(import_id).action_continue()
            with self.committed() as env:  # the lost one comes back
                env[IMPORT].browse(import_id)._job_tell(lot, token, made["submissions"])
            self.assertEqual(len(self.exchanges(made)), 2)
            self.run_jobs()
        self.assertEqual((self.state(import_id), self.results(made)), ("done", [PAID] * 5))
        self.assertEqual(len(self.exchanges(made)), 5)

    def test_submission_that_changed_on_the_way_is_left_out_and_listed(self):
        made = self.make_sent(payments=3)
        import_id = self.import_rows(*[(name, "paid") for name in made["names"]])
        with self.small():
            self.confirm(import_id)
            self.take_job(import_id, "_job_apply")
            self.decide_by_rail(made, said.RowResult.FAILED, index=1)
            self.run_jobs()
        self.assertEqual(self.state(import_id), "waiting")
        self.assertEqual(self.results(made), [PAID, FAILED, PAID])
        self.assertEqual(self.effects(import_id), [(2, "wait"), (3, "contradicts"), (4, "wait")])
        self.confirm(import_id)
        self.assertEqual((self.state(import_id), self.results(made)), ("done", [PAID, FAILED, PAID]))
        self.assertTrue(self.read("g2p.payment", made["payments"][1], "contradicted")["contradicted"])

    def test_change_before_the_first_line_is_told_stops_everything(self):
        made = self.make_sent(payments=3)
        import_id = self.import_rows(*[(name, "paid") for name in made["names"]])
        with self.small():
            self.confirm(import_id)
            self.decide_by_rail(made, said.RowResult.FAILED, index=2)
            self.assertEqual(self.run_jobs(), ["_job_apply"])
        self.assertEqual((self.state(import_id), self.results(made)), ("waiting", [SENT, SENT, FAILED]))

    def test_part_of_an_import_that_was_applied_is_not_read_anew_nor_deleted(self):
        made = self.make_taken(payments=1)
        other = self.make_taken(payments=1)
        with self.small():
            import_id = self.upload((made["names"][0], "paid"), (other["names"][0], "paid"))
            self.check(import_id)
            self.run_jobs()
            self.apply(import_id)
            self.take_job(import_id, "_job_apply")
            self.import_rows_now(other, "failed")
            self.run_jobs()
        self.assertEqual(self.state(import_id), "checked")
        for method in ("action_check", "action_reset", "unlink"):
            refused = self.assertRaises(UserError)
            with self.subTest(method), refused, self.committed("finance_one") as env:
                getattr(env[IMPORT].browse(import_id), method)()

    def take_job(self, import_id, method):
        """Run the one pending job of an import."""
        with self.committed() as env:
            job = env["queue.job"].search([("model_name", "=", IMPORT), ("state", "=", "pending")])
            self.assertEqual(job.mapped("method_name"), [method])
            args = job.args
            job.unlink()
        with self.committed() as env:
            getattr(env[IMPORT].browse(import_id), method)(*args)

    def import_rows_now(self, made, status):
        """Let the books hear something else of one payment."""
        with self.committed() as env:
            payment = env["g2p.payment"].browse(made["payments"][0])
            row = said.Row(payment.name, said.RowResult(status))
            news.process(payment.submission_id, said.Found(rows=(row,)))
