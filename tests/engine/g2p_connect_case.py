"""The G2P Connect rail against its simulator, on committed data: builders, time travel, and what must hold always."""

import tempfile
from pathlib import Path

from tests.simulators.g2p_connect.process import start_simulator

from .rail_case import RailCase

G2P_CONNECT = "g2p.program.payment.manager.g2p.connect"
LOOPBACK = "g2p_payment_g2p_connect.allow_loopback_http"
TOKEN = "canary-token-9f2c71"

#: Account 10000002 is refused by the payment system for good, so that "failed" is always among what is told.
REFUSED = {"payee_suffixes": ["2"], "result": "refused", "code": "rjct.payee_fa.invalid"}


class G2PConnectCase(RailCase):
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
