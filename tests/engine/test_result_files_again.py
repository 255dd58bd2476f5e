"""Reconciliation by file: what changed meanwhile, the same file again, kills, and long files."""

from contextlib import contextmanager
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.g2p_programs.dispatch import claim, news, question, sweep
from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction

from .common import SINGLE
from .result_file_case import FAILED, IMPORT, PAID, SENT, ResultFileCase


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
        made = self.make_sent(payments=2)
        import_id = self.import_rows((made["names"][0], "paid"), (made["names"][1], "paid"))
        with self.committed() as env:
            submission = env["g2p.payment"].browse(made["payments"][0]).submission_id
            self.assertEqual(submission.id, max(made["submissions"]), "it would be told last")
            submission._schedule_question()
        call = run_in_own_transaction(self.registry, question.take, max(made["submissions"]))
        self.rail.play("ask", lambda s: said.Found(rows=self.rail.rows(s, said.RowResult.FAILED)))
        run_in_own_transaction(self.registry, news.store, call, call.make())
        self.confirm(import_id)
        self.assertEqual(self.effects(import_id), [(2, "contradicts"), (3, "wait")])
        self.assertEqual(self.results(made), [FAILED, SENT], "all is told, or nothing")

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
        # The second one's snapshot is older than the first one's commit: the server runs it again, and it finds out.
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
        broken = patch("odoo.addons.g2p_programs.dispatch.follow_up.follow_up", side_effect=ZeroDivisionError)
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
            patch(f"{path}MANY_LINES", 1),
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

    def test_line_that_changed_on_the_way_leaves_the_rest_of_its_submission_told(self):
        made = self.make_taken(payments=4)
        import_id = self.upload(*[(name, "paid") for name in made["names"]])
        with self.small():
            self.check(import_id)
            self.run_jobs()
            self.apply(import_id)
            self.take_job(import_id, "_job_apply")
            self.decide_by_rail(made, said.RowResult.FAILED, index=1)
            self.run_jobs()
        self.assertEqual((self.state(import_id), self.results(made)), ("checked", [PAID, FAILED, PAID, PAID]))
        self.assertEqual(self.effects(import_id)[1], (3, "contradicts"))
        self.assertEqual(len(self.exchanges(made)), 3, "some lines at once")
        self.apply(import_id)
        self.assertEqual(self.state(import_id), "done")
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
