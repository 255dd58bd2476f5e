"""The Mojaloop rail in both modes against its simulator, on committed data: builders."""

import tempfile
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

from odoo.addons.g2p_programs.dispatch import worker

from tests.simulators.interop.by_payment import named
from tests.simulators.interop.process import start_simulator

from .rail_case import RailCase

INTEROP = "g2p.program.payment.manager.payment.interop.layer"
LOOPBACK = "g2p_payment_interop_layer.allow_loopback_http"

#: Account 10000002 is refused by its bank, so that "failed" is always among what is told.
REFUSED = {"payee_suffixes": ["2"], "result": "refused", "how": "transfer"}
#: A layer that keeps to its contract: it says REJECTED where nothing was paid.
TRUE_WORDS = {"aborted_for_everything": False, "completed_over_everything": False}


class InteropCase(RailCase):
    """One simulator a class; one program, manager and batch a case."""

    mode = "pil"
    #: Whether layer and adapter speak TLS, with certificates of their own.
    papers = False
    mutual = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="g2p_engine_")
        cls.addClassCleanup(folder.cleanup)
        cls.simulator = start_simulator(
            {},
            Path(folder.name, "ledger.jsonl"),
            papers=Path(folder.name, "papers") if cls.papers else None,
            mutual=cls.mutual,
        )
        cls.addClassCleanup(lambda: cls.simulator.stop())
        with cls.committed() as env:
            env["ir.config_parameter"].set_param(LOOPBACK, "True")

    # ---- Builders ---------------------------------------------------------------------------------------------
    def make_queued_here(self, payments=None, amount=100, **manager_vals):
        """Commit a released and queued batch whose manager pays through the simulator.

        :param int payments: three by the layer, of which the third is refused by :data:`REFUSED`; one direct
        """
        return self.make_queued(
            model=INTEROP,
            payments=payments or (3 if self.mode == "pil" else 1),
            amount=amount,
            manager_vals=self.manager_vals(**manager_vals),
        )

    def manager_vals(self, **values):
        """Return the settings of a manager that pays through the simulator."""
        direct = {
            "mode": "sdk",
            "payment_endpoint_url": self.simulator.transfers_url,
            "payer_id_type": "BUSINESS",
            "payer_id_value": "ministry-7",
            "payer_name": "Ministry of Care",
        }
        layer = {"mode": "pil", "payment_endpoint_url": self.simulator.payment_url}
        return {**(layer if self.mode == "pil" else direct), **values}

    def play(self, *faults, outcomes=(REFUSED,), **script):
        """Give the simulator a script; its calls are counted from 1 again."""
        script.setdefault("scheme", TRUE_WORDS)
        self.simulator.play({"outcomes": list(outcomes), "faults": list(faults), **script})

    # ---- The engine -------------------------------------------------------------------------------------------
    @contextmanager
    def deadline(self, seconds):
        """Let calls end after so many seconds, which no manager's form would take."""
        from odoo.addons.g2p_payment_interop_layer.models import payment_manager

        model = payment_manager.G2PPaymentInteropLayerManager
        with patch.object(model, "_rail_deadline_seconds", lambda _self: seconds):
            yield

    def dispatch(self, made):
        """Do what the jobs of a batch's submissions do, one after another."""
        for submission_id in made["submissions"]:
            worker.dispatch(self.registry, submission_id)

    def ask(self, made):
        """Ask about all submissions at once, as the button does; nothing is asked where nothing may be."""
        with self.committed() as env:
            submissions = env["g2p.payment.submission"].browse(made["submissions"])
            submissions.filtered(lambda one: one.state in ("sent", "unknown"))._schedule_question()
        for submission_id in made["submissions"]:
            worker.ask(self.registry, submission_id)

    def manager(self, env, made):
        model, id_ = made["manager"]
        return env[model].browse(id_)

    def forget_tokens(self):
        """Let this process have no token in its memory."""
        from odoo.addons.g2p_payment_interop_layer.models import payment_manager

        payment_manager.TOKENS.clear()

    # ---- What must hold always --------------------------------------------------------------------------------
    def ledger(self, made):
        """Return what was really paid of a batch, each line under the reference of its payment."""
        with self.committed() as env:
            submissions = env["g2p.payment.submission"].browse(made["submissions"])
            keys = {*submissions.mapped("key"), *submissions.exchange_ids.mapped("key")}
            payments = {
                one.name: (one.payee_id_value, Decimal(str(one.amount_issued)), one.currency_id.name)
                for one in env["g2p.payment"].browse(made["payments"])
            }
        lines = [
            line
            for line in self.simulator.ledger()
            if line.transaction_id in keys or line.reference_id in payments
        ]
        return named(lines, payments)

    def assert_is(self, made, expected, when=""):
        """Assert (states of the submissions, tally)."""
        self.assertEqual((set(self.states(made)), self.tally(made)), ({expected[0]}, expected[1]), when)

    def assert_no_violation(self):
        """Assert that nothing was sent that a careful caller would not send."""
        self.assertEqual(self.simulator.state()["violations"], [])
