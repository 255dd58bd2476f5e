"""Steps that open others, wait only until the lower ones are sent, are added later, and are watched when done."""

import json

from odoo.addons.g2p_programs.dispatch import follow_up, question, sweep, worker
from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction
from odoo.addons.g2p_programs.dispatch.outcome import Row, RowResult

from .common import ENVELOPE, EngineCase


class TestSteps(EngineCase):
    def make(self, payments=3, **manager):
        """Commit a queued batch: an envelope, and requests of two payments."""
        return self.make_queued(model=ENVELOPE, payments=payments, manager_vals=manager)

    def dispatch(self, submission_id):
        worker.dispatch(self.registry, submission_id)

    def ask(self, submission_id):
        with self.committed() as env:
            env["g2p.payment.submission"].browse(submission_id)._schedule_question()
        worker.ask(self.registry, submission_id)

    def open(self, made):
        """Send the envelope, which is called E1 from then on."""
        self.rail.play("submit", said.Accepted(correlation="E1"))
        self.dispatch(made["submissions"][0])

    def send_all(self, made):
        """Send envelope and requests; each payment gets an id of the payment system."""
        self.open(made)
        for submission_id in made["submissions"][1:]:
            self.rail.play("submit", lambda one: said.Accepted(rows=self.pending(one)))
            self.dispatch(submission_id)

    def pending(self, submission):
        return tuple(
            Row(name, RowResult.PENDING, external_reference=f"id-{name}") for name in submission.references
        )

    def paid(self, submission, **values):
        return self.rail.rows(submission, **values)

    def payload(self, submission_id):
        with self.committed() as env:
            return json.loads(env["g2p.payment.submission"].browse(submission_id).payload)

    def jobs_of(self, method):
        """Return the ids of submissions that a pending job of this method is left for, and forget the jobs."""
        with self.committed() as env:
            jobs = env["queue.job"].search([("method_name", "=", method), ("state", "=", "pending")])
            ids = [id_ for job in jobs for id_ in job.records.ids]
            env.cr.execute("DELETE FROM queue_job WHERE id = ANY(%s)", (jobs.ids,))
        return ids

    def act(self, method, submission_id, user="releaser"):
        with self.committed(user) as env:
            return getattr(env["g2p.payment.submission"].browse(submission_id), method)()

    # ---- order ------------------------------------------------------------------------------------------------
    def test_a_request_starts_when_the_one_before_is_sent(self):
        made = self.make()
        envelope, first, second = made["submissions"]
        self.jobs_of("_job_dispatch")
        for submission_id in (second, first):
            self.dispatch(submission_id)
        self.assertEqual(self.states(made), ["queued"] * 3)
        self.open(made)
        self.assertEqual(self.states(made), ["sent", "queued", "queued"], "an envelope lasts")
        self.assertEqual(self.jobs_of("_job_dispatch"), [first])
        self.dispatch(second)
        self.assertEqual(self.states(made)[2], "queued")
        self.dispatch(first)
        self.assertEqual(self.states(made)[1], "sent")
        self.assertEqual(self.jobs_of("_job_dispatch"), [second])
        self.dispatch(second)
        self.assertEqual(self.states(made), ["sent"] * 3)

    def test_a_request_waits_while_nobody_knows_of_the_one_before(self):
        made = self.make()
        _envelope, first, second = made["submissions"]
        self.open(made)
        self.rail.play("submit", said.Unknown())
        self.dispatch(first)
        self.dispatch(second)
        self.assertEqual(self.states(made), ["sent", "unknown", "queued"])
        with self.committed() as env:
            env["g2p.payment.submission"].browse(second)._guarded_write({"next_try_at": False})
        sweep.sweep(self.registry)
        self.assertNotIn(second, self.jobs_of("_job_dispatch"))

    def test_an_envelope_is_built_from_what_it_opens_and_pins_what_its_turn_brings(self):
        made = self.make()
        envelope, first, _second = made["submissions"]
        self.open(made)
        self.dispatch(first)
        told = self.payload(envelope)
        self.assertEqual(len(told["rows"]), 3)
        self.assertEqual((told["purpose"], told["settings"]["word"]), ("envelope", "first"))
        asked = self.payload(first)
        self.assertEqual((len(asked["rows"]), asked["settings"]["envelope"]), (2, "E1"))
        self.assertEqual(asked["settings"]["endpoint"], "loopback", "besides what was released")

    def test_a_step_that_cannot_be_settled_yet_is_held_with_the_reason(self):
        made = self.make()
        envelope, first, _second = made["submissions"]
        self.rail.play("submit", said.Accepted())
        self.dispatch(envelope)
        self.dispatch(first)
        row = self.read("g2p.payment.submission", first, "state", "hold_reason")
        self.assertEqual(row["state"], "queued")
        self.assertIn("the envelope has no id", row["hold_reason"])

    def test_an_envelope_with_a_payment_out_of_order_is_not_opened(self):
        made = self.make()
        with self.committed() as env:
            env.cr.execute("UPDATE res_partner SET disabled = now() WHERE id = %s", (made["partners"][2],))
        self.dispatch(made["submissions"][0])
        self.assertEqual(self.rail.CALLS, [])
        reason = self.read("g2p.payment.submission", made["submissions"][0], "hold_reason")["hold_reason"]
        self.assertIn(self.read("g2p.payment", made["payments"][2], "name")["name"], reason)

    # ---- lasting ----------------------------------------------------------------------------------------------
    def test_an_envelope_is_done_with_the_last_of_its_payments(self):
        made = self.make()
        envelope, first, second = made["submissions"]
        self.send_all(made)
        for submission_id, expected in ((first, ["sent", "done", "sent"]), (second, ["done"] * 3)):
            self.rail.play("ask", lambda one: said.Found(rows=self.paid(one)))
            self.ask(submission_id)
            self.assertEqual(self.states(made), expected)
        batch = self.read("g2p.payment.batch", made["batch"], "dispatch_state")
        self.assertEqual(batch["dispatch_state"], "done")

    def test_an_envelope_can_be_asked_about_while_its_requests_are_followed_up(self):
        made = self.make()
        envelope, first, _second = made["submissions"]
        self.send_all(made)
        with self.committed() as env:
            env["g2p.payment.submission"].browse(envelope)._schedule_question()
        with self.committed() as env:
            follow_up.follow_up(env, first)
            taken = run_in_own_transaction(self.registry, question.take, envelope)
        self.assertEqual(taken.submission_id, envelope)

    def test_an_envelope_that_nobody_closed_is_closed_when_it_is_asked_about(self):
        made = self.make(payments=1)
        envelope, first = made["submissions"]
        self.send_all(made)
        with self.committed() as env:
            env.cr.execute(
                "UPDATE g2p_payment SET state = 'reconciled', status = 'failed' WHERE id = %s",
                (made["payments"][0],),
            )
        self.rail.play("ask", said.Found())
        self.ask(envelope)
        self.assertEqual(self.states(made)[0], "done")

    def test_an_envelope_is_unknown_until_its_absence_is_proven_and_is_made_anew_when_it_is_stale(self):
        made = self.make(stale_word="first")
        envelope = made["submissions"][0]
        self.rail.play("submit", said.Unknown())
        self.dispatch(envelope)
        self.assertEqual(self.states(made)[0], "unknown")
        with self.committed() as env:
            env.cr.execute(
                "UPDATE g2p_payment_submission SET lease_until = lease_until - interval '1 hour' WHERE id = %s",
                (envelope,),
            )
            env[ENVELOPE].browse(made["manager"][1]).write({"word": "second"})
        for _twice in range(2):
            self.rail.play("ask", said.NeverHad())
            self.ask(envelope)
        self.assertEqual(self.states(made)[0], "queued")
        self.open(made)
        self.assertEqual(self.payload(envelope)["settings"]["word"], "second")
        self.assertEqual(self.states(made)[0], "sent")

    # ---- stale ------------------------------------------------------------------------------------------------
    def test_a_payload_that_never_left_is_made_anew_when_it_is_stale(self):
        made = self.make(payments=1, stale_word="first")
        envelope = made["submissions"][0]
        self.rail.play("submit", said.NotSent())
        self.dispatch(envelope)
        with self.committed() as env:
            env[ENVELOPE].browse(made["manager"][1]).write({"word": "second"})
        self.open(made)
        self.assertEqual(self.payload(envelope)["settings"]["word"], "second")

    def test_a_payload_that_may_have_left_stays_as_it_is(self):
        made = self.make(payments=1, stale_word="first")
        _envelope, first = made["submissions"]
        self.open(made)
        self.rail.play("submit", said.Unknown())
        self.dispatch(first)
        with self.committed() as env:
            env.cr.execute(
                "UPDATE g2p_payment_submission SET lease_until = lease_until - interval '1 hour' WHERE id = %s",
                (first,),
            )
            env[ENVELOPE].browse(made["manager"][1]).write({"word": "second"})
        for _twice in range(2):
            self.rail.play("ask", said.NeverHad())
            self.ask(first)
        self.dispatch(first)
        self.assertEqual(self.payload(first)["settings"]["word"], "first")
        sent = [payload for kind, _key, payload in self.rail.CALLS if kind == "submit"][1:]
        self.assertEqual(len(sent), 2)
        self.assertEqual(sent[0], sent[1])

    # ---- steps that are added ---------------------------------------------------------------------------------
    def test_a_closing_step_follows_when_a_request_is_given_up(self):
        made = self.make(adds_closing=True)
        envelope, first, second = made["submissions"]
        self.open(made)
        self.dispatch(first)
        self.rail.play("submit", said.Rejected(code="no"))
        self.dispatch(second)
        self.jobs_of("_job_dispatch")
        self.act("action_cancel", second)
        with self.committed() as env:
            closing = (
                env["g2p.payment.submission"]
                .browse(envelope)
                .opened_ids.filtered(lambda one: one.purpose == "closing")
            )
            self.assertEqual((len(closing), closing.state, closing.opener_id.id), (1, "queued", envelope))
        self.assertEqual(self.jobs_of("_job_dispatch"), closing.ids)
        # What became of the freed payment must not hold what only follows the one that was sent.
        with self.committed() as env:
            env.cr.execute("UPDATE res_partner SET disabled = now() WHERE id = %s", (made["partners"][2],))
            env.cr.execute(
                "UPDATE g2p_payment SET payee_id_value = 'X' WHERE id = %s", (made["payments"][2],)
            )
        self.dispatch(closing.id)
        self.assertEqual(self.read("g2p.payment.submission", closing.id, "state")["state"], "done")
        self.assertEqual(self.read("g2p.payment.submission", envelope, "state")["state"], "sent")
        self.rail.play("ask", lambda one: said.Found(rows=self.paid(one)))
        self.ask(first)
        self.assertEqual(self.states(made), ["done", "done", "cancelled"])

    def test_nothing_is_added_twice(self):
        made = self.make(adds_closing=True)
        envelope, first, second = made["submissions"]
        self.open(made)
        self.dispatch(first)
        self.act("action_cancel", second)
        for _twice in range(2):
            self.rail.play("ask", said.Found())
            self.ask(first)
        with self.committed() as env:
            opened = env["g2p.payment.submission"].browse(envelope).opened_ids
            self.assertEqual(opened.mapped("purpose").count("closing"), 1)

    def test_giving_up_an_envelope_gives_up_what_it_would_have_opened(self):
        made = self.make()
        self.rail.play("submit", said.Rejected(code="no"))
        self.dispatch(made["submissions"][0])
        self.act("action_cancel", made["submissions"][0])
        self.assertEqual(self.states(made), ["cancelled"] * 3)
        batch = self.read("g2p.payment.batch", made["batch"], "released", "dispatch_state")
        self.assertEqual((batch["released"], batch["dispatch_state"]), (False, "draft"))

    def test_a_step_that_only_stops_goes_out_while_sending_is_paused(self):
        for only_stops, expected in ((True, "done"), (False, "queued")):
            made = self.make(payments=1)
            self.open(made)
            with self.committed() as env:
                manager = env[ENVELOPE].browse(made["manager"][1])
                envelope = env["g2p.payment.submission"].browse(made["submissions"][0])
                manager.action_pause()
                added = env["g2p.payment.submission"]._guarded_create(
                    [
                        {
                            "batch_id": envelope.batch_id.id,
                            "step": 0,
                            "opener_id": envelope.id,
                            "only_stops": only_stops,
                            "manager_model": ENVELOPE,
                            "manager_res_id": manager.id,
                        }
                    ]
                )
            self.dispatch(added.id)
            self.assertEqual(
                self.read("g2p.payment.submission", added.id, "state")["state"], expected, only_stops
            )

    def test_a_step_beside_the_order_holds_nothing_up(self):
        made = self.make(payments=1)
        self.open(made)
        with self.committed() as env:
            envelope = env["g2p.payment.submission"].browse(made["submissions"][0])
            env["g2p.payment.submission"]._guarded_create(
                [
                    {
                        "batch_id": envelope.batch_id.id,
                        "step": 0,
                        "state": "rejected",
                        "opener_id": envelope.id,
                        "manager_model": ENVELOPE,
                        "manager_res_id": made["manager"][1],
                    }
                ]
            )
        self.dispatch(made["submissions"][1])
        self.assertEqual(self.states(made)[1], "sent")

    def test_what_is_given_up_of_a_batch_on_its_way_gets_a_batch_of_its_own(self):
        made = self.make()
        _envelope, first, second = made["submissions"]
        self.open(made)
        self.act("action_cancel", second)
        with self.committed() as env:
            old = env["g2p.payment.batch"].browse(made["batch"])
            new = env["g2p.payment.submission"].browse(second).payment_ids.batch_id
            self.assertNotEqual(new, old)
            self.assertEqual(
                (new.released, new.dispatch_state, new.prepared_by), (False, "draft", old.prepared_by)
            )
            self.assertEqual((old.released_count, old.released_total), (2, 200.0))
        # What is left is what was signed, so it goes out.
        self.dispatch(first)
        self.assertEqual(self.states(made)[1], "sent")
        with self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(new.id).release_payments()

    def test_nothing_is_signed_again_that_was_changed_after_the_release(self):
        made = self.make()
        self.open(made)
        with self.committed() as env:
            env.cr.execute(
                "UPDATE g2p_payment SET payee_id_value = 'X' WHERE submission_id = %s",
                (made["submissions"][1],),
            )
        self.act("action_cancel", made["submissions"][2])
        self.dispatch(made["submissions"][1])
        self.assertEqual(self.states(made)[1], "queued")
        self.assertEqual(len([one for one in self.rail.CALLS if one[0] == "submit"]), 1)

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
