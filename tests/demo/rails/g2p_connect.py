"""G2P Connect: a payment system with an API, what goes wrong on the way to it, and how people deal with that."""

from pathlib import Path

from tests.environment.progress import SetupError
from tests.simulators.g2p_connect.process import start_simulator

from ..people import CLOSED
from .online import OnlineRail, choose_port
from .rail import Served

#: Jobs that talk to the payment system at the same time; see below.
CHANNELS = "root:4,root.g2p_dispatch:2"
PORT = 8070  # where it is free
API_TIMEOUT = 3  # seconds, of the payment manager
LATENCY = 0.25  # seconds that every call takes
SWEEPER = "g2p_programs.ir_cron_sweep_submissions"

#: By the ordinal of the submission. The engine pauses a manager after three tries in a row without a certain
#: answer. With two workers, at most one is waiting for an earlier time-out when a submission is made, so three
#: others between any two of these keep the answers apart, in whatever order they are stored.
TIMED_OUT = (2, 9, 17)  # after executing
BUSY_AFTER_EXECUTING = (5,)
BUSY_WITHOUT_EXECUTING = (13,)


def make_script():
    """Return the script of the simulator: a dict as :mod:`tests.simulators.script` describes it."""
    return {
        "latency": LATENCY,
        "outcomes": [{"payee_suffixes": [CLOSED], "result": "refused", "code": "rjct.payee_fa.invalid"}],
        "faults": [
            {"play": "timeout", "calls": list(TIMED_OUT), "executed": True, "seconds": 2.0 * API_TIMEOUT},
            {"play": "status", "status": 503, "calls": list(BUSY_AFTER_EXECUTING), "executed": True},
            {"play": "status", "status": 503, "calls": list(BUSY_WITHOUT_EXECUTING), "executed": False},
        ],
    }


def start(script, ledger, port=None):
    """Start the payment system as a process of its own.

    :param dict script: of the simulator
    :param ledger: path of its ledger, kept and added to
    :param int port: where it was before, so that payment managers find it again; None for the usual or a free one
    :return: tests.simulators.g2p_connect.process.SimulatorHandle, to be stopped by the caller
    """
    try:
        return start_simulator(script, ledger, port=port or choose_port(PORT))
    except RuntimeError as error:
        raise SetupError(f"{error}. Is port {port} taken?" if port else str(error)) from error


class G2PConnectRail(OnlineRail):
    """A payment system that does not deduplicate, times out after executing, and answers 503."""

    name = "g2p_connect"
    mode = "sync"
    channels = CHANNELS
    model = "g2p.program.payment.manager.g2p.connect"
    loopback = "g2p_payment_g2p_connect.allow_loopback_http"
    ticket = "HARBOUR-OPS-2026-118"

    def make_script(self):
        """Return the script of the simulator (dict)."""
        return make_script()

    def urls(self, simulator):
        """Return where payments and questions go."""
        return simulator.payment_url, simulator.status_url

    def access(self, simulator):
        """Return what authenticates, for people."""
        return f"token {simulator.token}"

    def start(self):
        self.simulator = start(self.make_script(), self.ledger_path)

    def stop(self):
        self.simulator.stop()

    def describe(self):
        return f"a payment system runs at {self.simulator.base_url}; its ledger is {self.ledger_path}"

    def notes(self):
        return {"simulator": {"port": self.simulator.port, "url": self.simulator.base_url}}

    def serve(self, demo):
        simulator = start(self.make_script(), Path(demo["ledger"]), port=demo["simulator"]["port"])
        payments, status = self.urls(simulator)
        lines = (
            "The simulated payment system, for the form of a payment manager:",
            f"  payments {payments}",
            f"  status   {status}",
            f"  access   {self.access(simulator)}",
            f"  ledger   {demo['ledger']}",
        )
        return Served(lines, simulator.stop)

    # ---- Before -------------------------------------------------------------------------------------------
    def choose_manager(self, story):
        """Replace the program's payment manager as its form does; only an administrator may enter the secrets."""
        self.allow_loopback(story)
        payments, status = self.urls(self.simulator)
        tag = story.officer.create(
            "g2p.payment.batch.tag", {"name": "All", "max_batch_size": self.batch_size}
        )
        self.manager = story.officer.create(
            self.model,
            {
                "name": "National switch",
                "program_id": story.program,
                "payment_endpoint_url": payments,
                "status_endpoint_url": status,
                "api_timeout": API_TIMEOUT,
                "sender_id": "ministry-of-social-protection",
                "receiver_id": "national-switch",
                "payer_fa": "account:7001002003@HARBOUR1",
                "payee_id_type": "bank_acc_no",
                "payee_prefix": "account:",
                "batch_tag_ids": [(6, 0, [tag])],
                **self.manager_values(),
            },
        )
        story.use_manager(self.model, self.manager)
        story.officer.says(
            f"chooses the G2P Connect payment manager: {self.simulator.base_url}, batches of {self.batch_size}"
        )
        self.enter_secrets(story)

    def manager_values(self):
        """Return what this half of the API needs besides (dict)."""
        return {}

    def enter_secrets(self, story):
        story.admin(self.model, "write", [self.manager], {"api_token": self.simulator.token})
        story.admin.says("enters the token of the payment system; nobody else can read it")

    # ---- After --------------------------------------------------------------------------------------------
    def follow(self, story):
        self.watch_sending(story)
        self.check_status(story, SWEEPER)
        if story.watcher.submissions("unknown"):
            self.settle_unknown(story)
            story.watcher.until_done()
