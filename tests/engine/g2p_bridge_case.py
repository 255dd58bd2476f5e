"""The bridge mode against its simulator, on committed data: builders, days, people, and what must hold always."""

import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields

from odoo.addons.g2p_programs.dispatch import worker

from tests.simulators.g2p_bridge.process import start_simulator

from .g2p_connect_case import G2P_CONNECT, LOOPBACK
from .rail_case import RailCase

ENVELOPE, DISBURSEMENTS, AMENDMENT, CANCELLATION = "envelope", "disbursements", "amendment", "cancellation"
#: Kinds of the simulator's calls that change something there.
CHANGING = ("envelope", "disbursements", "amend", "cancel")
#: A bridge that makes a step only when a test says so.
BY_HAND = {"step_seconds": -1.0}


class BridgeCase(RailCase):
    """One simulator a class; one program, manager and batch a case.

    Three payments are an envelope and two requests, of two payments and of one.
    """

    #: Payments of one request, so that a few show what thousands do.
    at_most = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="g2p_engine_")
        cls.addClassCleanup(folder.cleanup)
        cls.simulator = start_simulator({}, Path(folder.name, "ledger.jsonl"))
        cls.addClassCleanup(lambda: cls.simulator.stop())
        with cls.committed() as env:
            env["ir.config_parameter"].set_param(LOOPBACK, "True")

    def setUp(self):
        super().setUp()
        from odoo.addons.g2p_payment_g2p_connect.bridge import const

        few = patch.object(const, "MAX_DISBURSEMENTS_PER_REQUEST", self.at_most)
        few.start()
        self.addCleanup(few.stop)

    # ---- Builders ---------------------------------------------------------------------------------------------
    def make_queued_here(self, payments=3, amount=100, twins=0, **manager_vals):
        """Commit a released and queued batch whose manager pays through the simulator.

        :param int twins: so many of the payees, from the first, are paid on one account
        """
        self.twins = twins
        made = self.make_queued(
            model=G2P_CONNECT,
            payments=payments,
            amount=amount,
            manager_vals=self.manager_vals(**manager_vals),
        )
        self.addCleanup(self.abandon, made)
        return made

    def make_cycle(self, **values):
        made = super().make_cycle(**values)
        if self.twins:
            with self.committed() as env:
                people = env["res.partner"].browse(made["partners"][: self.twins])
                people.bank_ids.write({"acc_number": people[0].bank_ids.acc_number})
        return made

    def manager_vals(self, **values):
        """Return the settings of a manager that pays through the simulator, today."""
        return {
            "api_mode": "bridge",
            "envelope_creation_url": self.simulator.envelope_creation_url,
            "envelope_status_url": self.simulator.envelope_status_url,
            "payment_endpoint_url": self.simulator.payment_url,
            "status_endpoint_url": self.simulator.status_url,
            "auth_type": "none",
            "api_timeout": 20,
            "sender_id": "g2p-payments-test",
            "payee_prefix": "token:",
            "benefit_program_mnemonic": self.simulator.program,
            "schedule_date_source": "sending_day",
            "schedule_days_ahead": 0,
            **values,
        }

    def play(self, *faults, outcomes=(), bridge=None, bugs=None, **script):
        """Give the simulator a script; its calls are counted from 1 again, and it is today there."""
        self.simulator.play(
            {
                "outcomes": list(outcomes),
                "faults": list(faults),
                "bridge": {**BY_HAND, **(bridge or {})},
                "bugs": bugs or {},
                **script,
            }
        )

    # ---- The engine -------------------------------------------------------------------------------------------
    def refresh(self, made):
        """Look which submissions a batch has by now, as they were made; return them as (id, purpose)."""
        with self.committed() as env:
            found = env["g2p.payment.submission"].search([("batch_id", "=", made["batch"])], order="id")
            made["submissions"] = found.ids
            return [(one.id, one.purpose) for one in found]

    def in_turn(self, made):
        """Return the ids of a batch's submissions in the order in which they are sent."""
        self.refresh(made)
        rows = self.read("g2p.payment.submission", made["submissions"], "turn")
        return [row["id"] for row in sorted(rows, key=lambda row: (row["turn"], row["id"]))]

    def find(self, made, purpose, number=0):
        """Return the id of a batch's submission for ``purpose``, the ``number``-th of them."""
        return [id_ for id_, told in self.refresh(made) if told == purpose][number]

    def dispatch(self, made):
        """Do what the jobs of a batch's submissions do, each in its turn, those that are added meanwhile too."""
        done = set()
        while todo := [one for one in self.in_turn(made) if one not in done]:
            for submission_id in todo:
                worker.dispatch(self.registry, submission_id)
            done.update(todo)

    def ask(self, made):
        """Ask about all submissions at once, as the button does; nothing is asked where nothing may be."""
        self.refresh(made)
        with self.committed() as env:
            submissions = env["g2p.payment.submission"].browse(made["submissions"])
            submissions.filtered(lambda one: one.state in ("sent", "unknown"))._schedule_question()
        for submission_id in made["submissions"]:
            worker.ask(self.registry, submission_id)

    def watch(self, made):
        """Ask about submissions that are done as the watch does, as if its pause were over."""
        with self.committed() as env:
            done = env["g2p.payment.submission"].browse(made["submissions"])
            done.filtered("is_watched")._schedule_question()
        for submission_id in made["submissions"]:
            worker.ask(self.registry, submission_id)

    def go_on(self, made):
        """Let time pass, let the sweeper come, ask by hand, let stray jobs come."""
        for _time in range(2):
            self.move_time_on(made)
            self.sweep()
            self.ask(made)
            self.dispatch(made)

    def pay(self, made, day=0):
        """Let the bridge do all that it does on a day, and ask it."""
        self.simulator.day(day)
        self.simulator.finish()
        self.ask(made)

    def abandon(self, made):
        """Let what is left of a batch be nobody's business any more, so that no later sweep meets it."""
        self.refresh(made)
        with self.committed() as env:
            env.cr.execute(
                """
                UPDATE g2p_payment_submission SET next_question_at = NULL, next_try_at = now() + interval '9 days'
                 WHERE id = ANY(%s)
                """,
                (made["submissions"],),
            )
            env["queue.job"].search([("model_name", "=", "g2p.payment.submission")]).unlink()

    @contextmanager
    def deadline(self, seconds):
        """Let calls end after so many seconds."""
        with patch.object(self.registry[G2P_CONNECT], "_rail_deadline_seconds", lambda _self: seconds):
            yield

    @contextmanager
    def on_day(self, days):
        """Let it be so many days later, at the bridge too."""
        later = fields.Datetime.now().date() + timedelta(days=days)
        self.simulator.day(days)
        with patch.object(self.registry[G2P_CONNECT], "_get_bridge_day", lambda _self: later):
            yield
        self.simulator.day(0)

    def manager(self, env, made):
        model, id_ = made["manager"]
        return env[model].browse(id_)

    # ---- People -----------------------------------------------------------------------------------------------
    def act(self, method, submission_id, user="releaser"):
        """Let somebody press a button of a submission."""
        with self.committed(user) as env:
            return getattr(env["g2p.payment.submission"].browse(submission_id), method)()

    def decide(self, verdict, **subject):
        """Let two people of finance decide about a ``submission_id`` or a ``payment_id``."""
        with self.committed("finance_one") as env:
            decision = env["g2p.payment.decision"].create(
                {
                    **subject,
                    "verdict": verdict,
                    "reason": "The bank's statement was looked through",
                    "evidence_reference": "ticket 7",
                }
            )
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(decision.id).action_confirm()

    def prepare_again(self, made):
        """Prepare and send what may be paid again; return it as a batch of its own, None if nothing may."""
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed() as env:
            known = env["g2p.payment"].browse(made["payments"])
            new = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.payment_ids - known
            batch_id = new.batch_id.id
        return self.send_batch(made, batch_id) if batch_id else None

    def send_again(self, made, day=0):
        """Send what was given up of a batch with other envelopes, each batch that it is in now, and let it be paid."""
        with self.committed() as env:
            payments = env["g2p.payment"].browse(made["payments"])
            batch_ids = payments.filtered(lambda one: one.state == "issued").batch_id.ids
        for batch_id in batch_ids:
            again = self.send_batch(made, batch_id)
            self.pay(again, day)
            self.assert_promises(again)

    def send_batch(self, made, batch_id):
        """Release a batch, where that was not done, and send it; return it with its submissions and payments."""
        with self.committed("releaser") as env:
            batch = env["g2p.payment.batch"].browse(batch_id)
            if not batch.released:
                batch.release_payments()
            batch.send_payment()
        again = {**made, "batch": batch_id}
        with self.committed() as env:
            again["payments"] = env["g2p.payment.batch"].browse(batch_id).payment_ids.sorted("id").ids
        self.addCleanup(self.abandon, again)
        self.dispatch(again)
        return again

    def notes(self, made):
        """Return what finance was told of a batch."""
        with self.committed() as env:
            return set(env["g2p.payment.batch"].browse(made["batch"]).activity_ids.mapped("summary"))

    def assert_told(self, made, words):
        """Assert that finance was told something with these words."""
        notes = self.notes(made)
        self.assertTrue([note for note in notes if words in note], notes)

    # ---- What must hold always --------------------------------------------------------------------------------
    def calls(self, kind=None):
        """Return how often the bridge was called since its last script, in all or for one kind."""
        calls = self.simulator.state()["calls"]
        return calls[kind] if kind else calls

    def count_submits(self):
        calls = self.calls()
        return sum(calls[kind] for kind in CHANGING)

    def assert_is(self, made, expected, when=""):
        """Assert (states of the submissions as they were made, as one text; tally)."""
        self.refresh(made)
        self.assertEqual((" ".join(self.states(made)), self.tally(made)), expected, when)

    def assert_no_violation(self):
        """Assert that nothing was sent that a careful caller would not send."""
        self.assertEqual(self.simulator.state()["violations"], [])

    def assert_promises(self, made):
        """Besides what holds for every payment system: nothing was ever cancelled payment by payment."""
        super().assert_promises(made)
        self.assertEqual(self.calls("cancel_disbursements"), 0)
