"""Payment Hub EE: a hub that takes files, tells later and on another host, and never knows a batch it had before."""

import hashlib
import time
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tests.environment.progress import SetupError
from tests.simulators.phee.process import start_simulator

from .. import notes
from ..money import exact, show
from ..people import CLOSED
from ..watch import Stuck
from .online import OnlineRail, choose_port
from .rail import Served

FILE = "g2p.payment.phee.file"
PROFILE = "v1.13.1"
#: Jobs that talk to the hub at the same time; see below.
CHANNELS = "root:4,root.g2p_dispatch:2"
PORT, OPS_PORT = 8071, 8072  # where they are free
TIMEOUT = 3  # seconds, of the payment manager
LATENCY = 0.05  # seconds that every call takes
IMPORT_SECONDS = 1.5  # until the operations app knows of a batch
#: The hub takes whole numbers only. The story's amounts have cents, so they go in cents: 57.50 as 5750.
DIGITS = 2
#: The hub splits larger batches and tells of each part by itself; only the last batch of the story is smaller.
SUB_BATCH_SIZE = 40
ENDING_IN_PROGRESS = "7"  # accounts whose payments are still in progress at the first look
ENDING_LATE = "31"  # accounts whose payments the hub shows at the third look only
CHECK_PAUSE = 0.3  # seconds between two runs of the scheduled action
MOST_CHECKS = 12

#: By the ordinal of the submission; why they are so far apart is told in ``g2p_connect.py``.
TIMED_OUT_AFTER_EXECUTING = (2, 17)
TIMED_OUT_WITHOUT_EXECUTING = (9,)
BUSY_AFTER_EXECUTING = (5,)
BUSY_WITHOUT_EXECUTING = (13,)


def make_script():
    """Return the script of the simulator: a dict as :mod:`tests.simulators.phee.knobs` describes it."""
    wait = {"play": "timeout", "seconds": 2.0 * TIMEOUT}
    busy = {"play": "status", "status": 503}
    return {
        "latency": LATENCY,
        "hub": {
            "bulk_gateway": "apikey",
            "rest_auth": True,
            "import_seconds": IMPORT_SECONDS,
            "sub_batch_size": SUB_BATCH_SIZE,
        },
        "outcomes": [
            {"payee_suffixes": [CLOSED], "result": "refused", "code": "PayeeNotFound"},
            {"payee_suffixes": [ENDING_LATE], "hidden": 2},
            {"payee_suffixes": [ENDING_IN_PROGRESS], "result": "pending", "questions": 1},
        ],
        "faults": [
            {**wait, "calls": list(TIMED_OUT_AFTER_EXECUTING), "executed": True},
            {**wait, "calls": list(TIMED_OUT_WITHOUT_EXECUTING), "executed": False},
            {**busy, "calls": list(BUSY_AFTER_EXECUTING), "executed": True},
            {**busy, "calls": list(BUSY_WITHOUT_EXECUTING), "executed": False},
        ],
    }


def start(ledger, ports=None):
    """Start the hub as a process of its own.

    :param ledger: path of its ledger, kept and added to; its keys lie beside
    :param ports: (bulk processor, operations app) as they were before, so that payment managers find them again
    :return: tests.simulators.phee.process.SimulatorHandle, to be stopped by the caller
    """
    port, ops_port = ports or (choose_port(PORT), choose_port(OPS_PORT))
    try:
        return start_simulator(make_script(), ledger, PROFILE, port, ops_port)
    except RuntimeError as error:
        raise SetupError(f"{error}. Are the ports {port} and {ops_port} taken?") from error


class PHEERail(OnlineRail):
    """A hub on two hosts that imports late, splits batches, times out before and after executing, and answers 503."""

    name = "phee"
    channels = CHANNELS
    model = "g2p.program.payment.manager.phee"
    loopback = "g2p_payment_phee.allow_loopback_http"
    ticket = "HUB-OPS-2026-204"

    def start(self):
        self.folder = notes.files_path()
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.iterdir():
            old.unlink()
        self.simulator = start(self.ledger_path)

    def stop(self):
        self.simulator.stop()

    def describe(self):
        return (
            f"Payment Hub EE {PROFILE} runs: bulk processor at {self.simulator.base_url}, operations app at"
            f" {self.simulator.ops_url}; its ledger is {self.ledger_path}"
        )

    def notes(self):
        hub = self.simulator
        ports = {"port": hub.port, "ops_port": hub.ops_port}
        return {"simulator": {**ports, "url": hub.base_url, "ops_url": hub.ops_url}}

    def serve(self, demo):
        ports = demo["simulator"]
        hub = start(Path(demo["ledger"]), (ports["port"], ports["ops_port"]))
        lines = (
            f"The simulated Payment Hub EE {PROFILE}, for the form of a payment manager:",
            f"  payment  {hub.payment_url} (API key {hub.api_key})",
            f"  status   {hub.status_url} (token of the hub)",
            f"  token    {hub.auth_url} (user {hub.username}, password {hub.password}, {hub.authorization})",
            f"  tenant   {hub.tenant}",
            f"  ledger   {demo['ledger']}; keys {demo['ledger']}.keys.json",
        )
        return Served(lines, hub.stop)

    # ---- The comparison -----------------------------------------------------------------------------------
    def ledger(self):
        """Return what was really paid, with amounts in whole units as Odoo has them."""
        return [replace(one, amount=str(Decimal(one.amount).scaleb(-DIGITS))) for one in super().ledger()]

    def payee(self, row):
        return row["payee_id_value"]

    # ---- Before -------------------------------------------------------------------------------------------
    def choose_manager(self, story):
        """Make the program's payment manager; only an administrator may enter what authenticates and signs."""
        self.allow_loopback(story)
        self.manager = story.officer.create(self.model, self._manager_values(story))
        story.use_manager(self.model, self.manager)
        story.officer.says(
            f"chooses the Payment Hub EE manager: tenant “{self.simulator.tenant}”, mode CLOSEDLOOP, batches of"
            f" {self.batch_size}"
        )
        story.narrator.more(
            f"the hub takes whole numbers only: with {DIGITS} digits of the minor unit 57.50 is sent as 5750"
        )
        story.admin(self.model, "write", [self.manager], self._credentials())
        story.admin.says(
            "enters API key, password, authorization and signing key; nobody can read them, nor the officer enter them"
        )
        self.test_connection(story)
        self._tell_tested(story)

    def _manager_values(self, story):
        hub = self.simulator
        return {
            "name": "National payment hub",
            "program_id": story.program,
            "server_version": "v1.13",
            "tenant_id": hub.tenant,
            "payment_endpoint_url": hub.payment_url,
            "payment_auth": "api_key",
            "status_endpoint_url": hub.status_url,
            "status_auth": "hub",
            "auth_endpoint_url": hub.auth_url,
            "username": hub.username,
            "hub_certificate": hub.keys.server_certificate,
            "batch_request_timeout": TIMEOUT,
            "payment_mode": "closedloop",
            "payer_id": "7001002003",
            "payee_id_type": "bank_acc_no",
            "minor_unit_digits": DIGITS,
            "batch_purpose_header": "Harvest season",
            "program_shortcode": "HARVEST",
            "max_batch_size": self.batch_size,
            "make_csv_at_prepare": True,
        }

    def _credentials(self):
        hub = self.simulator
        return {
            "payment_api_key": hub.api_key,
            "password": hub.password,
            "authorization": hub.authorization,
            "signing_key": hub.keys.client_key,
        }

    def _tell_tested(self, story):
        executed, state = self.ledger(), self.simulator.state()
        story.narrator.more(
            f"the hub saw {len(state['batches'])} batches and paid {len(executed)} payments for it"
        )

    def review(self, story):
        """Download one file before anything is released, and look at it."""
        files = story.officer(
            FILE,
            "search_read",
            [("batch_id.cycle_id", "=", story.cycle)],
            ["name", "sha256", "rows", "size", "batch_id"],
            order="id",
        )
        story.officer.says(
            f"sees {len(files)} CSV files, made at prepare: {sum(file['rows'] for file in files)} payments,"
            f" {sum(file['size'] for file in files):,} bytes"
        )
        self.reviewed = files[0]
        data = story.officer.download(f"/web/content/{FILE}/{files[0]['id']}/content?download=true")
        (self.folder / files[0]["name"]).write_bytes(data)
        self._look_into(story, data)

    def _look_into(self, story, data):
        """Compare a downloaded file with what Odoo says of it.

        :raise Stuck: where they differ
        """
        file = self.reviewed
        head, *lines = data.decode("ascii").split("\n")
        columns = head.split(",")
        total = sum(int(line.split(",")[columns.index("amount")]) for line in lines)
        [batch] = story.officer("g2p.payment.batch", "read", [file["batch_id"][0]], ["stats_issued_amount"])
        owed = exact(batch["stats_issued_amount"])
        digest = hashlib.sha256(data).hexdigest()
        if (digest, len(lines), Decimal(total).scaleb(-DIGITS)) != (file["sha256"], file["rows"], owed):
            raise Stuck(f"{file['name']} is not what Odoo says of it")
        story.officer.says(
            f"downloads {file['name']}: {len(columns)} columns, {len(lines)} rows, amounts add up to {total:,},"
            f" which is {show(owed)}; SHA-256 {digest[:12]}…"
        )
        story.narrator.more(head)
        story.narrator.more(lines[0])

    # ---- After --------------------------------------------------------------------------------------------
    def follow(self, story):
        self.watch_sending(story)
        self._lose_tokens(story)
        self._check_until_told(story)
        self._tell_tokens(story)
        if story.watcher.submissions("unknown"):
            self.settle_unknown(story)
            story.watcher.until_sent()
            self._check_until_told(story)
        story.watcher.until_done()
        self._end_checks(story)
        self._compare_files(story)

    def _lose_tokens(self, story):
        """Have the hub forget every token it gave, as after a restart."""
        self.tokens = self.simulator.expire_tokens()["tokens"]
        story.narrator.say("hub", "lets all its tokens expire; Odoo still holds one")

    def _tell_tokens(self, story):
        state = self.simulator.state()
        refused = state["refusals"].count("operations app: 401")
        if not refused or state["tokens"] <= self.tokens:
            raise Stuck("No token was refused, or no other one was fetched")
        story.narrator.say(
            "Odoo",
            f"was refused {refused} times with the old token, fetched another and asked again by itself",
        )

    def _check_until_told(self, story):
        """Run the scheduled action again and again, until the hub has told all that it will.

        A submission that is not found stays unknown; two checks in a row that change nothing are enough.
        """
        before = None
        for _turn in range(MOST_CHECKS):
            self.check_status(story)
            self._tell_notes(story)
            left = [(one["id"], one["state"]) for one in story.watcher.submissions("sent", "unknown")]
            if not left or (left == before and all(state == "unknown" for _id, state in left)):
                return
            before = left
            time.sleep(CHECK_PAUSE)
        raise Stuck(f"The hub has not told everything after {MOST_CHECKS} checks: {left}")

    def _tell_notes(self, story):
        """Tell what the hub says of submissions that are not settled."""
        rows = story.finance(
            "g2p.payment.submission",
            "search_read",
            [("cycle_id", "=", story.cycle), ("state", "in", ("sent", "unknown"))],
            ["state", "hub_note", "last_code"],
        )
        said = Counter((row["state"], row["hub_note"] or row["last_code"] or "no word") for row in rows)
        for (state, note), count in said.most_common():
            # The rest says what to do when it goes on, which it does not here.
            story.narrator.more(f"{count} {state}: {note.partition('. ')[0]}")

    def _end_checks(self, story):
        """Run the scheduled action once more: with nothing open it stops itself."""
        self.check_status(story)
        if story.admin.read(self.model, self.manager, "status_check_cron_active"):
            raise Stuck("Nothing is open, and the status check runs on")
        story.narrator.more("nothing is open: the scheduled action has switched itself off")

    def _compare_files(self, story):
        """Compare what the hub was sent with what people could read: attached to the batches, byte for byte.

        :raise Stuck: where anything else was sent, or the hub had anything to criticise
        """
        state = self.simulator.state()
        files = story.officer(
            FILE,
            "search_read",
            [("batch_id.cycle_id", "=", story.cycle), ("replaced", "=", False)],
            ["sha256", "submission_id"],
        )
        taken = {batch["sha256"] for batch in state["batches"]}
        if taken != {file["sha256"] for file in files} or self.reviewed["sha256"] not in taken:
            raise Stuck("What the hub was sent is not what is attached")
        if len(state["batches"]) != len(files) or state["repeated"] or state["violations"]:
            raise Stuck(f"The hub took {len(state['batches'])} batches; it says {state['violations']}")
        split = sum(bool(batch["sub_batches"]) for batch in state["batches"])
        story.narrator.say(
            "hub",
            f"took {len(state['batches'])} batches in {state['calls']['submit']} tries, and split {split} of them;"
            " each file is one that is attached in Odoo, byte for byte, also the one that was reviewed",
        )
