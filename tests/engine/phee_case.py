"""The Payment Hub EE rail against its simulator, on committed data: builders."""

import tempfile
from pathlib import Path

from tests.simulators.phee.process import start_simulator

from .rail_case import RailCase

PHEE = "g2p.program.payment.manager.phee"
LOOPBACK = "g2p_payment_phee.allow_loopback_http"

#: Account 10000002 is refused by the hub, so that "failed" is always among what is told.
REFUSED = {"payee_suffixes": ["2"], "result": "refused", "code": "PayeeNotFound"}


class PHEECase(RailCase):
    """One simulator a class; one program, manager and batch a case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="g2p_engine_")
        cls.addClassCleanup(folder.cleanup)
        cls.simulator = start_simulator({}, Path(folder.name, "ledger.jsonl"))
        cls.addClassCleanup(lambda: cls.simulator.stop())
        with cls.committed() as env:
            env["ir.config_parameter"].set_param(LOOPBACK, "True")

    # ---- Builders ---------------------------------------------------------------------------------------------
    def make_queued_here(self, payments=3, seconds=20, **manager_vals):
        """Commit a released and queued batch whose manager pays through the simulator.

        :param int payments: the third one is refused by scripts that have :data:`REFUSED`
        :param int seconds: time-out of a call
        """
        return self.make_queued(
            model=PHEE, payments=payments, manager_vals=self.manager_vals(seconds, **manager_vals)
        )

    def manager_vals(self, seconds=20, **values):
        """Return the settings of a manager that pays through the simulator."""
        return {
            "payment_endpoint_url": self.simulator.payment_url,
            "status_endpoint_url": self.simulator.status_url,
            "tenant_id": self.simulator.tenant,
            "payment_mode": "closedloop",
            "payer_id": "900100007781",
            "signing_key": self.simulator.keys.client_key,
            "batch_request_timeout": seconds,
            **values,
        }

    def play(self, *faults, outcomes=(REFUSED,), **script):
        """Give the simulator a script; its calls are counted from 1 again."""
        self.simulator.play({"outcomes": list(outcomes), "faults": list(faults), **script})

    def forget_tokens(self):
        """Let this process have no token in its memory."""
        from odoo.addons.g2p_payment_phee.models import (
            payment_manager,
        )  # importable only once it is installed

        payment_manager.TOKENS.clear()
