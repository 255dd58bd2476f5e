"""The G2P Connect rail against its simulator, on committed data: builders, time travel, and what must hold always."""

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from odoo.addons.g2p_programs.dispatch import sweep, worker

from tests.simulators.g2p_connect.process import start_simulator
from tests.simulators.ledger import paid_twice

from .common import EngineCase

G2P_CONNECT = "g2p.program.payment.manager.g2p.connect"
LOOPBACK = "g2p_payment_g2p_connect.allow_loopback_http"
TOKEN = "canary-token-9f2c71"

#: Account 10000002 is refused by the payment system for good, so that "failed" is always among what is told.
REFUSED = {"payee_suffixes": ["2"], "result": "refused", "code": "rjct.payee_fa.invalid"}


@dataclass(frozen=True)
class Tally:
    """How many payments of one batch are what."""

    paid: int = 0
    failed: int = 0
    sent: int = 0
    issued: int = 0
    disputed: int = 0


class G2PConnectCase(EngineCase):
    """One simulator a class; one program, manager and batch a case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="g2p_engine_")
        cls.addClassCleanup(folder.cleanup)
        cls.simulator = start_simulator({}, Path(folder.name, "ledger.jsonl"), TOKEN)
        cls.addClassCleanup(lambda: cls.simulator.stop())
        with cls.committed() as env:
            env["ir.config_parameter"].set_param(LOOPBACK, "True")

    def setUp(self):
        super().setUp()
        self.simulator.play({})
        self.simulator.reset()

    # ---- Builders ---------------------------------------------------------------------------------------------
    def make_queued_here(self, payments=3, seconds=20, **manager_vals):
        """Commit a released and queued batch whose manager pays through the simulator.

        :param int payments: the third one is refused by scripts that have :data:`REFUSED`
        :param int seconds: time-out of a call
        """
        return self.make_queued(
            model=G2P_CONNECT, payments=payments, manager_vals=self.manager_vals(seconds, **manager_vals)
        )

    def manager_vals(self, seconds=20, **values):
        """Return the settings of a manager that pays through the simulator."""
        return {
            "payment_endpoint_url": self.simulator.payment_url,
            "status_endpoint_url": self.simulator.status_url,
            "api_token": TOKEN,
            "api_timeout": seconds,
            "sender_id": "g2p-payments-test",
            "payer_fa": "account:7001002003@central-bank",
            **values,
        }

    def play(self, *faults, outcomes=(REFUSED,), **script):
        """Give the simulator a script; its calls are counted from 1 again."""
        self.simulator.play({"outcomes": list(outcomes), "faults": list(faults), **script})

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

    def executed(self, made):
        """Return {reference: amount} of what the payment system really paid of a batch."""
        names = {row["name"] for row in self.read("g2p.payment", made["payments"], "name")}
        return {
            one.reference_id: Decimal(one.amount)
            for one in self.simulator.ledger()
            if one.reference_id in names
        }

    def assert_promises(self, made):
        """Nobody is paid twice and no payment is lost from sight: Odoo and the ledger, payment by payment."""
        self.assertEqual(paid_twice(self.simulator.ledger()), [], "the ledger has a reference twice")
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
