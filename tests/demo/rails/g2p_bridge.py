"""An OpenG2P G2P Bridge: envelopes that must be full, refusals that look like answers, ids that get lost, and money
that comes back. Everything goes out a day before it is paid, so that there is time to mend it."""

from pathlib import Path

from ..people import make_households
from ..watch import Stuck
from .g2p_bridge_after import PAYMENT, BridgeAfter
from .g2p_bridge_script import (
    BUSY,
    DAYS_AHEAD,
    NEVER_ARRIVED,
    PROGRAM,
    TOKEN,
    choose_lost_ids,
    make_script,
    start,
)
from .g2p_connect import API_TIMEOUT, CHANNELS
from .rail import Served

#: Places among the heads with an account, in the order of their payments: one person collects for two households.
COLLECTOR, HOUSEHOLD_OF_COLLECTOR = 60, 61


class BridgeRail(BridgeAfter):
    """A bridge that refuses with HTTP 200, times out before and after taking, answers 503, and takes all again."""

    name = "g2p_connect"
    mode = "bridge"
    channels = CHANNELS
    model = "g2p.program.payment.manager.g2p.connect"
    loopback = "g2p_payment_g2p_connect.allow_loopback_http"
    ticket = "BRIDGE-OPS-2026-031"
    #: The bridge pays whole amounts only.
    per_member = 8.00
    fate_of_closed = "reversed"

    def __init__(self):
        super().__init__()
        heads = [household.head for household in make_households() if household.head.account]
        self.collector, self.collected = heads[COLLECTOR], heads[HOUSEHOLD_OF_COLLECTOR]

    # ---- The payment system -------------------------------------------------------------------------------
    def start(self):
        self.simulator = start(make_script(), self.ledger_path)

    def stop(self):
        self.simulator.stop()

    def describe(self):
        return (
            f"a G2P Bridge 1.0.2 runs at {self.simulator.base_url}, behind a gateway; its bank's ledger is"
            f" {self.ledger_path}"
        )

    def notes(self):
        return {"simulator": {"port": self.simulator.port, "url": self.simulator.base_url}}

    def serve(self, demo):
        # There it is tomorrow already: what is sent for tomorrow is paid at once.
        script = make_script(days_ahead=DAYS_AHEAD) | {"faults": []}
        bridge = start(script, Path(demo["ledger"]), demo["simulator"]["port"])
        lines = (
            "The simulated G2P Bridge, for the form of a payment manager:",
            f"  envelopes {bridge.envelope_creation_url}, status {bridge.envelope_status_url}",
            f"  payments  {bridge.payment_url}, status {bridge.status_url}",
            f"  access    bearer token {TOKEN}; program {PROGRAM}",
            f"  day       {DAYS_AHEAD} ahead of here: what is scheduled for that day is paid at once",
            f"  ledger    {demo['ledger']}",
        )
        return Served(lines, bridge.stop)

    # ---- The comparison -----------------------------------------------------------------------------------
    def complaints(self):
        """Return what the bridge had to criticise of us, and where its books and ours differ."""
        state = self.simulator.state()
        lines = [f"the bridge criticises: {what}" for what in state["violations"]]
        lines += [f"{name} was taken more than once" for name in state["repeated"]]
        back = self.story.finance(
            PAYMENT,
            "search_read",
            [("cycle_id", "=", self.story.cycle), ("reversal_confirmed", "=", True)],
            ["name"],
        )
        differing = {one["name"] for one in back} ^ set(state["reversed"])
        return lines + [f"{name} has come back on one side only" for name in sorted(differing)]

    # ---- Before -------------------------------------------------------------------------------------------
    def choose_manager(self, story):
        """Make the program's payment manager; only an administrator may enter the gateway's token."""
        self.story = story
        self.allow_loopback(story)
        tag = story.officer.create(
            "g2p.payment.batch.tag", {"name": "All", "max_batch_size": self.batch_size}
        )
        bridge = self.simulator
        values = {
            "name": "National bridge",
            "program_id": story.program,
            "api_mode": self.mode,
            "envelope_creation_url": bridge.envelope_creation_url,
            "envelope_status_url": bridge.envelope_status_url,
            "payment_endpoint_url": bridge.payment_url,
            "status_endpoint_url": bridge.status_url,
            "api_timeout": API_TIMEOUT,
            "sender_id": "ministry-of-social-protection",
            "benefit_program_mnemonic": PROGRAM,
            "disbursement_frequency": "Quarterly",
            "schedule_date_source": "sending_day",
            "schedule_days_ahead": DAYS_AHEAD,
            "payee_id_type": "bank_acc_no",
            "payee_prefix": "account:",
            "note": "Harvest season",
            "batch_tag_ids": [(6, 0, [tag])],
        }
        self.manager = story.officer.create(self.model, values)
        story.use_manager(self.model, self.manager)
        story.officer.says(
            f"chooses the G2P Connect payment manager in its mode G2P Bridge: {bridge.base_url}, an envelope for each"
            f" {self.batch_size} payments"
        )
        story.narrator.more(
            "envelopes are paid on the day after they are sent, so that there is time to mend them; the bridge pays"
            " whole amounts only, so here a member counts 8.00 and not 7.50"
        )
        story.admin(self.model, "write", [self.manager], {"api_token": TOKEN})
        story.admin.says("enters the token of the gateway before the bridge; nobody else can read it")
        self.test_connection(story)
        self._let_one_collect_for_two(story)

    def _let_one_collect_for_two(self, story):
        """Pay two households to one account: to the bridge that is one beneficiary."""
        accounts = story.officer(
            "res.partner.bank",
            "search_read",
            [("acc_number", "in", [self.collector.account, self.collected.account])],
            ["acc_number", "bank_id"],
        )
        of = {one["acc_number"]: one for one in accounts}
        kept = of[self.collector.account]
        values = {"acc_number": kept["acc_number"], "bank_id": kept["bank_id"][0]}
        story.officer("res.partner.bank", "write", [of[self.collected.account]["id"]], values)
        story.officer.says(
            f"has {self.collector.given_name} {self.collector.family_name} collect for a neighbour's household too"
        )

    def review(self, story):
        """Decide, by payments, what goes wrong at the bridge; people see nothing of it yet."""
        rows = story.officer(
            PAYMENT,
            "search_read",
            [("cycle_id", "=", story.cycle), ("state", "=", "issued")],
            ["name", "batch_id", "payee_id_value"],
            order="id",
        )
        batches = {}
        for row in rows:
            batches.setdefault(row["batch_id"][0], []).append(row)
        batches = list(batches.values())
        twins = [row for row in rows if row["payee_id_value"] == self.collector.account]
        if len(twins) != 2 or len({row["batch_id"][0] for row in twins}) != 1:
            raise Stuck(f"One person should have two payments of one batch, and has {twins}")
        lost_ids = choose_lost_ids(batches, twins)
        if not lost_ids:
            raise Stuck("In each batch an account was closed, so none may lose its ids")
        lost, arrived, busy = (
            [batches[place][0]["name"] for place in places] for places in (NEVER_ARRIVED, lost_ids, BUSY)
        )
        # The first payment to one beneficiary is in the envelope's first request, the second in one of its own.
        self.simulator.play(make_script([twins[-1]["name"]], lost, arrived, busy))
        story.narrator.more(
            "one person is in one batch twice: her second payment goes in a request of its own"
        )
