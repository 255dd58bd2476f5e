"""Steps that open others, wait only until the lower ones are sent, and are added later."""

from odoo.addons.g2p_programs.dispatch import follow_up, question, sweep
from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction

from .common import ENVELOPE
from .steps_case import StepsCase


class TestSteps(StepsCase):
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
