"""A Mojaloop scheme, by either way into it: payees are looked up before anything is released, and nobody is guessed."""

import time
from collections import Counter
from pathlib import Path

from tests.environment.progress import SetupError
from tests.simulators.interop.process import start_simulator
from tests.simulators.ledger import read_ledger

from ..money import exact
from ..people import make_households
from ..watch import LIMIT, PAUSE, Stuck
from .online import OnlineRail, choose_port
from .rail import Served

PORT, SDK_PORT = 8073, 8074  # where they are free
LATENCY = 0.002  # seconds that every call takes
TRANSFER_SECONDS = 0.002  # of one transfer; a real one takes about a second
SWEEPER = "g2p_programs.ir_cron_sweep_submissions"

# Places among the heads whose accounts are open, in the order of their payments.
#: Their bank has merged, and nobody has told the registry the new numbers of their accounts.
MOVED = (40, 333, 610, 881)
#: Their bank knows them under another name.
RENAMED = (90, 500, 777)
#: Their bank takes the money, and is too slow to say so.
SLOW_TO_TELL = (120, 268, 455, 648, 930)


def new_number(account):
    """Return the number of a moved account at its new bank."""
    return f"9{account}"


class Cast:
    """Who of the story's households is what to the scheme."""

    def __init__(self):
        heads = [household.head for household in make_households() if household.head.account]
        opened = [head for head in heads if not head.is_closed]
        self.closed = [head.account for head in heads if head.is_closed]
        self.moved = [opened[place].account for place in MOVED]
        self.slow = [opened[place].account for place in SLOW_TO_TELL]
        self.renamed = [opened[place].account for place in RENAMED]
        self._heads = heads

    def parties(self):
        """Return whom the scheme knows, and under which name (list of plain values)."""
        return [
            {
                "id_value": new_number(head.account) if head.account in self.moved else head.account,
                "name": self._name_of(head),
            }
            for head in self._heads
        ]

    def _name_of(self, head):
        family = f"{head.family_name}-Bai" if head.account in self.renamed else head.family_name
        return f"{head.given_name} {family}"


def start(script, ledger, ports=None):
    """Start layer, adapter and scheme as a process of its own.

    :param dict script: of the simulator
    :param ledger: path of its ledger, kept and added to
    :param ports: (layer, adapter) as they were before, so that payment managers find them again
    :return: tests.simulators.interop.process.SimulatorHandle, to be stopped by the caller
    """
    port, sdk_port = ports or (choose_port(PORT), choose_port(SDK_PORT))
    try:
        return start_simulator(script, ledger, port, sdk_port)
    except RuntimeError as error:
        raise SetupError(f"{error}. Are the ports {port} and {sdk_port} taken?") from error


class InteropRail(OnlineRail):
    """What both modes of the payment manager have in common."""

    name = "interop"
    model = "g2p.program.payment.manager.payment.interop.layer"
    loopback = "g2p_payment_interop_layer.allow_loopback_http"
    ticket = "SCHEME-OPS-2026-077"
    #: Jobs that talk to the scheme at the same time.
    channels = "root:4,root.g2p_dispatch:2"

    def __init__(self):
        super().__init__()
        self.cast = Cast()

    # ---- The payment system -------------------------------------------------------------------------------
    def make_script(self):
        """Return the script of the simulator: a dict as :mod:`tests.simulators.interop.knobs` describes it."""
        return {
            "latency": LATENCY,
            "scheme": {
                "parties": self.cast.parties(),
                "transfer_seconds": TRANSFER_SECONDS,
                **self.scheme(),
            },
            "outcomes": [
                {"payees": self.cast.moved, "result": "refused", "how": "party"},
                {"payees": self.cast.slow, "result": "pending", "how": "no_answer", "after": 0.0},
                *self.refusals(),
            ],
            "faults": self.faults(),
        }

    def start(self):
        self.simulator = start(self.make_script(), self.ledger_path)

    def stop(self):
        self.simulator.stop()

    def notes(self):
        scheme = self.simulator
        ports = {"port": scheme.port, "sdk_port": scheme.sdk_port}
        return {"simulator": {**ports, "url": scheme.pil_url, "sdk_url": scheme.sdk_url}}

    def serve(self, demo):
        ports = demo["simulator"]
        scheme = start(self.make_script(), Path(demo["ledger"]), (ports["port"], ports["sdk_port"]))
        lines = (
            "The simulated Mojaloop scheme, for the form of a payment manager:",
            f"  layer    {scheme.payment_url}",
            f"  adapter  {scheme.transfers_url}",
            f"  access   {self.access(scheme)}",
            f"  ledger   {demo['ledger']}",
        )
        return Served(lines, scheme.stop)

    # ---- The comparison -----------------------------------------------------------------------------------
    def payee(self, row):
        return row["payee_id_value"]

    def complaints(self):
        """Return what the scheme had to criticise of us, and what in its books names nothing of ours."""
        said = Counter(self.simulator.state()["violations"])
        lines = [f"the scheme criticises, {count} times: {what}" for what, count in said.items()]
        return lines + self.compare_books(read_ledger(self.ledger_path))

    # ---- Before -------------------------------------------------------------------------------------------
    def choose_manager(self, story):
        """Make the program's payment manager; only an administrator may enter what authenticates."""
        self.story = story
        self.allow_loopback(story)
        values = {
            "name": "National payments scheme",
            "program_id": story.program,
            "mode": self.mode,
            "payee_id_type": "bank_acc_no",
            "validate_before_sending": True,
            **self.manager_values(story),
        }
        self.manager = story.officer.create(self.model, values)
        story.use_manager(self.model, self.manager)
        story.officer.says(self.choice)
        sent = story.officer.read(self.model, self.manager, "payee_id_type_to_send")
        story.narrator.more(f"accounts of the registry are sent as {sent}; payees are checked before sending")
        self._enter_secret(story)
        self.test_connection(story)
        story.narrator.more(f"the scheme executed {len(read_ledger(self.ledger_path))} payments for it")

    def _enter_secret(self, story):
        story.narrator.say("Odoo", f"says: {story.officer.read(self.model, self.manager, 'access_problems')}")
        story.admin(self.model, "write", [self.manager], self.secret())
        story.admin.says(f"enters the {self.secret_name}; nobody can read it, nor the officer enter it")

    def review(self, story):
        """Payees that the scheme does not know are found, and put right, before any money moves."""
        self._until_checked(story)
        unknown = self._find_unknown(story)
        batches = story.approver("g2p.payment.batch", "search", [("cycle_id", "=", story.cycle)])
        refused = story.refusal_of(story.approver, "g2p.payment.batch", "release_payments", batches)
        story.approver.says(f"would release, and Odoo refuses: {' '.join(refused.splitlines()[:2])}")
        self._correct(story, unknown)
        self._until_checked(story)
        self._tell_names(story)

    def _until_checked(self, story):
        """Wait until every payee was looked up, which preparing has ordered.

        :raise Stuck: when it takes too long
        """
        domain = [("cycle_id", "=", story.cycle), ("state", "=", "issued")]
        left = [*domain, ("payee_check_state", "in", ("not_checked", "unclear"))]
        limit = time.monotonic() + LIMIT
        while count := story.officer("g2p.payment", "search_count", left):
            if time.monotonic() > limit:
                raise Stuck(f"{count} payees were not looked up after {LIMIT} s")
            time.sleep(PAUSE / 2)
        groups = Counter(
            one["payee_check_state"]
            for one in story.officer("g2p.payment", "search_read", domain, ["payee_check_state"])
        )
        shown = ", ".join(f"{count} {state}" for state, count in groups.most_common())
        calls = self.simulator.state()["calls"]["check"]
        story.narrator.say("job runner", f"has looked all payees up, in {calls} calls until now: {shown}")

    def _find_unknown(self, story):
        """Read the list that the screen shows in red.

        :raise Stuck: when these are not the accounts that moved, or money has
        """
        unknown = story.officer(
            "g2p.payment",
            "search_read",
            [("cycle_id", "=", story.cycle), ("payee_check_state", "=", "unknown")],
            ["name", "partner_id", "payee_id_value"],
        )
        if {one["payee_id_value"] for one in unknown} != set(self.cast.moved):
            raise Stuck(f"Others than expected are unknown: {unknown}")
        if read_ledger(self.ledger_path):
            raise Stuck("Money has moved before anything was released")
        story.officer.says(
            f"sees {len(unknown)} payees that the scheme does not know, before any money has moved"
        )
        for one in unknown:
            story.narrator.more(f"{one['partner_id'][1]}: account {one['payee_id_value']}")
        return unknown

    def _correct(self, story, unknown):
        """Cancel the payments, correct the accounts, and prepare again."""
        story.officer("g2p.payment", "action_cancel", [one["id"] for one in unknown])
        for one in unknown:
            number = one["payee_id_value"]
            accounts = story.officer("res.partner.bank", "search", [("acc_number", "=", number)])
            story.officer("res.partner.bank", "write", accounts, {"acc_number": new_number(number)})
        story.officer.says(
            f"cancels these {len(unknown)} payments, asks the households, and corrects their accounts"
        )
        story.officer.press("g2p.cycle", "prepare_payment", [story.cycle], "prepares again")

    def _tell_names(self, story):
        """Compare the names that the scheme knows with ours.

        :raise Stuck: when others differ than have another name there
        """
        payments = story.officer(
            "g2p.payment",
            "search_read",
            [("cycle_id", "=", story.cycle), ("state", "=", "issued")],
            ["payee_id_value", "payee_name", "payee_check_name", "payee_names_differ", "payee_check_state"],
        )
        others = [one for one in payments if one["payee_names_differ"]]
        known = all(one["payee_check_state"] == "payable" for one in payments)
        if not known or {one["payee_id_value"] for one in others} != set(self.cast.renamed):
            raise Stuck(f"{len(others)} names differ, or not all payees are known")
        story.officer.says(f"compares names: {len(payments) - len(others)} agree, {len(others)} do not")
        for one in others:
            story.narrator.more(f"ours {one['payee_name']}, theirs {one['payee_check_name']}")

    # ---- After --------------------------------------------------------------------------------------------
    def tell_open(self, story):
        """Tell what Odoo says of the submissions that are not settled."""
        rows = story.finance(
            "g2p.payment.submission",
            "search_read",
            [("cycle_id", "=", story.cycle), ("state", "in", ("sent", "unknown"))],
            ["state", "layer_note", "last_code"],
        )
        said = Counter(
            (row["state"], row["last_code"] or "", (row["layer_note"] or "").partition(". ")[0])
            for row in rows
        )
        for (state, code, note), count in said.most_common():
            story.narrator.more(f"{count} {state}: {' '.join(filter(None, (code, note))) or 'no word'}")

    def read_payments(self):
        """Return the payments of the story that were not cancelled, with exact amounts (list of dicts)."""
        payments = self.story.finance(
            "g2p.payment",
            "search_read",
            [("cycle_id", "=", self.story.cycle), ("state", "!=", "cancelled")],
            ["name", "payee_id_value", "amount_issued", "currency_id", "submission_id", "status_code"],
        )
        return [{**one, "amount_issued": exact(one["amount_issued"])} for one in payments]

    def read_keys(self):
        """Return the business keys of the story's submissions (dict {submission id: key})."""
        rows = self.story.finance(
            "g2p.payment.submission", "search_read", [("cycle_id", "=", self.story.cycle)], ["key"]
        )
        return {row["id"]: row["key"] for row in rows}
