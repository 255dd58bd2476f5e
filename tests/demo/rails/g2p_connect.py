"""G2P Connect: a payment system with an API, what goes wrong on the way to it, and how people deal with that."""

import socket
from pathlib import Path

from tests.environment.progress import SetupError
from tests.environment.server import HOST, free_port
from tests.simulators.g2p_connect.process import start_simulator
from tests.simulators.ledger import read_ledger

from .. import users
from ..people import CLOSED
from ..watch import Stuck
from .rail import Rail, Served

MANAGER = "g2p.program.payment.manager.g2p.connect"
LOOPBACK = "g2p_payment_g2p_connect.allow_loopback_http"
TICKET = "HARBOUR-OPS-2026-118"

#: Jobs that talk to the payment system at the same time; see :data:`FAULTS`.
CHANNELS = "root:4,root.g2p_dispatch:2"
PORT = 8070  # where it is free
API_TIMEOUT = 3  # seconds, of the payment manager
LATENCY = 0.25  # seconds that every call takes

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


def start(ledger, port=None):
    """Start the payment system as a process of its own.

    :param ledger: path of its ledger, kept and added to
    :param int port: where it was before, so that payment managers find it again; None for the usual or a free one
    :return: tests.simulators.g2p_connect.process.SimulatorHandle, to be stopped by the caller
    """
    try:
        return start_simulator(make_script(), ledger, port=port or choose_port())
    except RuntimeError as error:
        raise SetupError(f"{error}. Is port {port} taken?" if port else str(error)) from error


def choose_port():
    """Return the usual port, or another where somebody has taken it."""
    with socket.socket() as probe:
        # As the server will: a connection that has just ended does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError:
            return free_port()
        return PORT


class G2PConnectRail(Rail):
    """A payment system that does not deduplicate, times out after executing, and answers 503."""

    name = "g2p_connect"
    channels = CHANNELS

    def start(self):
        self.simulator = start(self.ledger_path)

    def stop(self):
        self.simulator.stop()

    def describe(self):
        return f"a payment system runs at {self.simulator.base_url}; its ledger is {self.ledger_path}"

    def notes(self):
        return {"simulator": {"port": self.simulator.port, "url": self.simulator.base_url}}

    def serve(self, demo):
        simulator = start(Path(demo["ledger"]), port=demo["simulator"]["port"])
        lines = (
            "The simulated payment system, for the form of a payment manager:",
            f"  payments {simulator.payment_url}",
            f"  status   {simulator.status_url}",
            f"  token    {simulator.token}",
            f"  ledger   {demo['ledger']}",
        )
        return Served(lines, simulator.stop)

    def ledger(self):
        return read_ledger(self.ledger_path)

    # ---- Before -------------------------------------------------------------------------------------------
    def choose_manager(self, story):
        """Replace the program's payment manager as its form does; only an administrator may enter the token."""
        self._allow_loopback(story)
        tag = story.officer.create(
            "g2p.payment.batch.tag", {"name": "All", "max_batch_size": self.batch_size}
        )
        manager = story.officer.create(
            MANAGER,
            {
                "name": "National switch",
                "program_id": story.program,
                "payment_endpoint_url": self.simulator.payment_url,
                "status_endpoint_url": self.simulator.status_url,
                "api_timeout": API_TIMEOUT,
                "sender_id": "ministry-of-social-protection",
                "receiver_id": "national-switch",
                "payer_fa": "account:7001002003@HARBOUR1",
                "payee_id_type": "bank_acc_no",
                "payee_prefix": "account:",
                "batch_tag_ids": [(6, 0, [tag])],
            },
        )
        story.use_manager(MANAGER, manager)
        story.officer.says(
            f"chooses the G2P Connect payment manager: {self.simulator.base_url}, batches of {self.batch_size}"
        )
        story.admin(MANAGER, "write", [manager], {"api_token": self.simulator.token})
        story.admin.says("enters the token of the payment system; nobody else can read it")
        self.manager = manager

    def _allow_loopback(self, story):
        story.admin("ir.config_parameter", "set_param", LOOPBACK, "1")
        story.admin.says("allows plain http to a payment system on this machine (developer setting)")

    # ---- After --------------------------------------------------------------------------------------------
    def follow(self, story):
        self._watch_sending(story)
        self._check_status(story)
        self._settle_what_is_unknown(story)

    def _watch_sending(self, story):
        story.watcher.until_sent()
        unknown = story.watcher.submissions("unknown")
        names = ", ".join(one["name"] for one in unknown)
        story.narrator.say(
            "Odoo", f"is not certain about {len(unknown)} submissions, and sends none again: {names}"
        )

    def _check_status(self, story):
        """Run the payment manager's own scheduled action, and the sweeper that is always there."""
        unknown = story.watcher.submissions("sent", "unknown")
        since = story.watcher.last_exchange()
        [cron] = story.admin(MANAGER, "read", [self.manager], ["status_check_cron_id"])
        cron_id, cron_name = cron["status_check_cron_id"]
        story.admin("ir.cron", "method_direct_trigger", [cron_id])
        sweeper = users.find_id(story.admin, "g2p_programs.ir_cron_sweep_submissions")
        story.admin("ir.cron", "method_direct_trigger", [sweeper])
        story.admin.says(f"runs the scheduled actions: “{cron_name}” and the sweeper")
        story.watcher.until_asked(unknown, since)

    def _settle_what_is_unknown(self, story):
        """No answer proves that a submission never arrived: two people of finance decide, and say how they know."""
        unknown = story.watcher.submissions("sent", "unknown")
        if not unknown:
            return
        names = ", ".join(one["name"] for one in unknown)
        story.narrator.say("Odoo", f"heard nothing of {names}: it stays unknown, nothing is guessed")
        for submission in unknown:
            self._ask_operator(story, submission)
            self._decide_never_executed(story, submission)
        ids = [one["id"] for one in unknown]
        story.approver("g2p.payment.submission", "action_queue_again", ids)
        story.approver.says(f"queues {names} again, under a new key")
        story.watcher.until_done()

    def _ask_operator(self, story, submission):
        """Look into the payment system's books.

        :raise Stuck: when it was executed: then "never executed" would be a lie
        """
        payments = story.finance(
            "g2p.payment", "search_read", [("submission_id", "=", submission["id"])], ["name"]
        )
        executed = {one.reference_id for one in self.ledger()}
        found = sum(payment["name"] in executed for payment in payments)
        story.narrator.say(
            "operator",
            f"of the payment system looks into the ledger for {submission['name']}: {found} of its"
            f" {len(payments)} payments were executed",
        )
        if found:
            raise Stuck(f"{submission['name']} was executed, and a question should have told")

    def _decide_never_executed(self, story, submission):
        decision = story.finance.create(
            "g2p.payment.decision",
            {
                "submission_id": submission["id"],
                "verdict": "never_executed",
                "reason": "The operator of the payment system looked into its ledger: none of these was executed.",
                "evidence_reference": TICKET,
            },
        )
        story.finance.says(f"proposes: {submission['name']} was never executed (ticket {TICKET})")
        story.finance_2("g2p.payment.decision", "action_confirm", [decision])
        story.finance_2.says("confirms it; one person alone could not")
