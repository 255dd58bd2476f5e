"""What rows tell of payments of several steps, and the watch over what was paid."""

from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch import sweep, worker
from odoo.addons.g2p_programs.dispatch.outcome import Row, RowResult

from .common import ENVELOPE
from .steps_case import StepsCase


class TestWatch(StepsCase):
    # ---- what rows tell ---------------------------------------------------------------------------------------
    def test_ids_of_pending_payments_are_kept_and_given_to_questions(self):
        made = self.make(payments=2)
        _envelope, first = made["submissions"]
        self.send_all(made)
        names = [row["name"] for row in self.read("g2p.payment", made["payments"], "name")]
        seen = []

        def look(submission):
            seen.append(dict(submission.external_references))
            return said.Found(
                rows=(Row(names[0], RowResult.PENDING, external_reference="another", code="slow"),)
            )

        self.rail.play("ask", look)
        self.ask(first)
        self.assertEqual(seen, [{name: f"id-{name}" for name in names}])
        row = self.read("g2p.payment", made["payments"][0], "external_reference", "status_code")
        self.assertEqual((row["external_reference"], row["status_code"]), (f"id-{names[0]}", "slow"))

    def test_details_go_into_the_fields_that_the_rail_names_and_into_no_others(self):
        made = self.make(payments=1)
        _envelope, first = made["submissions"]
        self.send_all(made)
        details = {"status_reason": "line 7 of statement 9", "amount_paid": "1000000"}
        self.rail.play("ask", lambda one: said.Found(rows=self.paid(one, details=details)))
        self.ask(first)
        row = self.read("g2p.payment", made["payments"][0], "status_reason", "amount_paid")
        self.assertEqual((row["status_reason"], row["amount_paid"]), ("line 7 of statement 9", 100.0))

    def test_a_payment_that_came_back_before_anybody_asked_is_paid_and_reversed(self):
        made = self.make(payments=1)
        _envelope, first = made["submissions"]
        self.send_all(made)
        self.rail.play(
            "ask",
            lambda one: said.Found(
                rows=self.paid(one, result=RowResult.REVERSED, paid_before=True, code="closed")
            ),
        )
        self.ask(first)
        self.assertEqual(self.payment_states(made), {("reconciled", "paid")})
        with self.committed() as env:
            payment = env["g2p.payment"].browse(made["payments"][0])
            self.assertEqual(payment.reversal_ids.mapped("reason_code"), ["closed"])
            self.assertFalse(payment.disputed)

    def test_a_reversal_without_a_payment_before_it_is_disputed(self):
        made = self.make(payments=1)
        _envelope, first = made["submissions"]
        self.send_all(made)
        self.rail.play("ask", lambda one: said.Found(rows=self.paid(one, result=RowResult.REVERSED)))
        self.ask(first)
        self.assertEqual(self.payment_states(made), {("sent", False)})
        self.assertTrue(self.read("g2p.payment", made["payments"][0], "disputed")["disputed"])

    def test_a_rail_calls_finance_once_for_each_new_code(self):
        made = self.make(payments=1)
        envelope, _first = made["submissions"]
        self.send_all(made)

        def summaries():
            with self.committed() as env:
                return env["g2p.payment.batch"].browse(made["batch"]).activity_ids.mapped("summary")

        for code, expected in (("dry", 1), ("dry", 1), ("blocked", 2)):
            self.rail.play("ask", said.Found(code=code, attention=f"the account is {code}"))
            self.ask(envelope)
            self.assertEqual(len(set(summaries())), expected)

    def test_a_rail_calls_finance_once_for_each_payment_and_code(self):
        made = self.make(payments=2)
        _envelope, first = made["submissions"]
        self.send_all(made)
        one, two = [row["name"] for row in self.read("g2p.payment", made["payments"], "name")]

        def summaries():
            with self.committed() as env:
                return set(env["g2p.payment.batch"].browse(made["batch"]).activity_ids.mapped("summary"))

        def told(*rows):
            with self.committed() as env:
                env["g2p.payment.batch"].browse(made["batch"]).activity_ids.unlink()
            self.rail.play("ask", said.Found(rows=rows))
            self.ask(first)
            return summaries()

        bad = {"code": "twice", "attention": "the bank has it twice"}
        self.assertEqual(told(Row(one, RowResult.PENDING, **bad)), {"1 payments: the bank has it twice"})
        self.assertEqual(told(Row(one, RowResult.PENDING, **bad)), set())
        both = Row(one, RowResult.PAID, **bad), Row(two, RowResult.PAID, **bad)
        self.assertEqual(told(*both), {"1 payments: the bank has it twice"})
        row = self.read("g2p.payment", made["payments"][1], "status", "status_code")
        self.assertEqual((row["status"], row["status_code"]), ("paid", "twice"))

    # ---- the watch --------------------------------------------------------------------------------------------
    def make_watched(self, days=30):
        made = self.make(payments=2, watch_days=days)
        _envelope, first = made["submissions"]
        self.send_all(made)
        self.rail.play("ask", lambda one: said.Found(rows=self.paid(one)))
        self.ask(first)
        self.jobs_of("_job_ask")
        return made

    def move_on(self, made, **columns):
        with self.committed() as env:
            for name, hours in columns.items():
                env.cr.execute(
                    f"UPDATE g2p_payment_submission SET {name} = {name} - %s * interval '1 hour' WHERE id = %s",
                    (hours, made["submissions"][1]),
                )

    def test_what_was_paid_is_asked_about_until_the_watch_is_over(self):
        made = self.make_watched()
        submission_id = made["submissions"][1]
        row = self.read("g2p.payment.submission", submission_id, "state", "watch_until", "next_question_at")
        self.assertEqual(row["state"], "done")
        self.assertGreater(row["watch_until"], row["next_question_at"])
        sweep.sweep(self.registry)
        self.assertNotIn(submission_id, self.jobs_of("_job_ask"), "not at once")
        self.move_on(made, next_question_at=7)
        sweep.sweep(self.registry)
        self.assertIn(submission_id, self.jobs_of("_job_ask"))
        self.rail.ASKED.clear()
        names = [one["name"] for one in self.read("g2p.payment", made["payments"], "name")]
        came_back = Row(names[0], RowResult.REVERSED, paid_before=True, code="closed")
        self.rail.play("ask", said.Found(rows=(came_back, Row(names[1], RowResult.PAID))))
        worker.ask(self.registry, submission_id)
        self.assertEqual(self.rail.ASKED, [tuple(names)])
        with self.committed() as env:
            reversal = env["g2p.payment"].browse(made["payments"]).reversal_ids
            self.assertEqual((reversal.payment_id.id, reversal.state), (made["payments"][0], "reported"))
        self.assertEqual(self.payment_states(made), {("reconciled", "paid")}, "paid until finance confirms")
        # What came back is not asked about again.
        self.move_on(made, next_question_at=7)
        worker.ask(self.registry, submission_id)
        self.assertEqual(self.rail.ASKED[1:], [(names[1],)])
        # And nothing is when it is over.
        self.move_on(made, next_question_at=7, watch_until=31 * 24)
        worker.ask(self.registry, submission_id)
        self.assertEqual(len(self.rail.ASKED), 2)
        row = self.read("g2p.payment.submission", submission_id, "next_question_at")
        self.assertFalse(row["next_question_at"])

    def test_what_people_said_never_to_have_been_executed_is_watched_too(self):
        made = self.make(payments=1, watch_days=30)
        _envelope, first = made["submissions"]
        self.send_all(made)
        for user in ("finance_one", "finance_two"):
            with self.committed(user) as env:
                decision = env["g2p.payment.decision"]
                if user == "finance_one":
                    decision.create(
                        {
                            "submission_id": first,
                            "verdict": "never_executed",
                            "reason": "they said so",
                            "evidence_reference": "letter 7",
                        }
                    )
                else:
                    decision.search([("submission_id", "=", first)]).action_confirm()
        self.assertEqual(self.payment_states(made), {("reconciled", "failed")})
        self.assertEqual(self.states(made), ["done", "done"], "the envelope with it")
        self.move_on(made, next_question_at=7)
        self.rail.play("ask", lambda one: said.Found(rows=self.paid(one)))
        worker.ask(self.registry, first)
        self.assertTrue(self.read("g2p.payment", made["payments"][0], "contradicted")["contradicted"])

    def test_a_watch_that_cannot_ask_is_told_once(self):
        made = self.make_watched()
        submission_id = made["submissions"][1]
        for _twice in range(2):
            self.move_on(made, next_question_at=7)
            self.rail.play("ask", said.Unreadable(code="not_sent"))
            worker.ask(self.registry, submission_id)
        with self.committed() as env:
            summaries = env["g2p.payment.batch"].browse(made["batch"]).activity_ids.mapped("summary")
        self.assertEqual(len({one for one in summaries if "Nobody can be asked" in one}), 1)

    def test_people_may_ask_at_once_while_it_is_watched(self):
        made = self.make_watched()
        self.act("action_ask_now", made["submissions"][1])
        self.assertIn(made["submissions"][1], self.jobs_of("_job_ask"))
        worker.ask(self.registry, made["submissions"][1])
        self.assertEqual(len(self.rail.ASKED), 2)

    def test_a_rail_that_does_not_watch_is_not_asked_any_more(self):
        made = self.make_watched(days=0)
        row = self.read("g2p.payment.submission", made["submissions"][1], "next_question_at", "watch_until")
        self.assertFalse(row["next_question_at"] or row["watch_until"])

    def test_a_watched_submission_keeps_no_setting_fixed(self):
        made = self.make_watched()
        with self.committed() as env:
            env[ENVELOPE].browse(made["manager"][1]).write({"endpoint": "elsewhere"})
        with self.committed() as env:
            submission = env["g2p.payment.submission"].browse(made["submissions"][1])
            self.assertEqual(submission.settings["endpoint"], "loopback", "it is asked where it was sent")
