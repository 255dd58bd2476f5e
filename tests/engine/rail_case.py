"""A rail against its simulator, on committed data: time travel, and what must hold always."""

from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from odoo.addons.g2p_programs.dispatch import sweep, worker

from tests.simulators.ledger import paid_twice

from .common import EngineCase


@dataclass(frozen=True)
class Tally:
    """How many payments of one batch are what."""

    paid: int = 0
    failed: int = 0
    sent: int = 0
    issued: int = 0
    disputed: int = 0


class RailCase(EngineCase):
    """Whoever builds on it starts ``cls.simulator`` and has a builder for a queued batch of one submission."""

    def setUp(self):
        super().setUp()
        self.simulator.play({})
        self.simulator.reset()

    # ---- The engine -------------------------------------------------------------------------------------------
    def dispatch(self, made):
        """Do what the job of a batch's one submission does."""
        worker.dispatch(self.registry, made["submissions"][0])

    def ask(self, made):
        """Ask at once, as the button does; nothing is asked where nothing may be."""
        with self.committed() as env:
            submission = env["g2p.payment.submission"].browse(made["submissions"])
            if submission.state in ("sent", "unknown"):
                submission._schedule_question()
        worker.ask(self.registry, made["submissions"][0])

    def move_time_on(self, made, hours=1):
        """Let leases, pauses and stored answers of a batch grow old."""
        with self.committed() as env:
            env.cr.execute(
                """
                UPDATE g2p_payment_submission SET
                       lease_until = lease_until - %(hours)s * interval '1 hour',
                       next_try_at = next_try_at - %(hours)s * interval '1 hour',
                       next_question_at = next_question_at - %(hours)s * interval '1 hour',
                       write_date = write_date - %(hours)s * interval '1 hour'
                 WHERE id = ANY(%(ids)s);
                UPDATE g2p_payment_exchange SET create_date = create_date - %(hours)s * interval '1 hour'
                 WHERE submission_id = ANY(%(ids)s)
                """,
                {"hours": hours, "ids": made["submissions"]},
            )

    def sweep(self):
        """Run the sweeper, and every job of the engine that is pending then, as the job runner would.

        :return: names of the job methods that ran
        """
        sweep.sweep(self.registry)
        with self.committed() as env:
            domain = [("model_name", "=", "g2p.payment.submission"), ("state", "=", "pending")]
            jobs = env["queue.job"].search(domain, order="id")
            todo = [(job.method_name, job.records.ids) for job in jobs]
            env.cr.execute("DELETE FROM queue_job WHERE id = ANY(%s)", (jobs.ids,))
        for method, ids in todo:
            with self.committed() as env:
                getattr(env["g2p.payment.submission"].browse(ids), method)()
        return [method for method, _ids in todo]

    # ---- What must hold always --------------------------------------------------------------------------------
    def tally(self, made):
        """Count what the payments of a batch are."""
        rows = self.read("g2p.payment", made["payments"], "state", "status", "disputed")
        count = {
            "paid": sum(row["status"] == "paid" for row in rows),
            "failed": sum(row["status"] == "failed" for row in rows),
            "sent": sum(row["state"] == "sent" for row in rows),
            "issued": sum(row["state"] == "issued" for row in rows),
            "disputed": sum(row["disputed"] for row in rows),
        }
        return Tally(**count)

    def ledger(self, made):
        """Return what the payment system really paid, with the payments' own references; others' lines may be in it."""
        return self.simulator.ledger()

    def executed(self, made):
        """Return {reference: amount} of what the payment system really paid of a batch."""
        names = {row["name"] for row in self.read("g2p.payment", made["payments"], "name")}
        return {
            one.reference_id: Decimal(one.amount) for one in self.ledger(made) if one.reference_id in names
        }

    def assert_promises(self, made):
        """Nobody is paid twice and no payment is lost from sight: Odoo and the ledger, payment by payment."""
        self.assertEqual(paid_twice(self.ledger(made)), [], "the ledger has a reference twice")
        ledger = self.executed(made)
        rows = self.read(
            "g2p.payment", made["payments"], "name", "state", "status", "amount_issued", "amount_paid"
        )
        for row in rows:
            amount = Decimal(str(row["amount_issued"]))
            if row["status"] == "paid":
                self.assertEqual(ledger.get(row["name"]), amount, "paid in Odoo, and not so in the ledger")
                self.assertEqual(Decimal(str(row["amount_paid"])), amount)
            if row["status"] == "failed":
                self.assertNotIn(row["name"], ledger, "failed in Odoo, and paid in the ledger")
        tally = self.tally(made)
        self.assertEqual(len(rows), tally.paid + tally.failed + tally.sent + tally.issued)
        with self.committed() as env:
            self.assertEqual(env["g2p.payment.batch"]._check_conservation(), [])

    def count_submits(self):
        """Return how many submissions reached the simulator since its last script."""
        return self.simulator.state()["calls"]["submit"]

    @contextmanager
    def assert_no_submit(self):
        """Assert that nothing is sent within the block."""
        before = self.count_submits()
        yield
        self.assertEqual(self.count_submits(), before, "something was sent again by itself")
