"""By the Mojaloop SDK scheme adapter directly: each payment is a transfer of its own, and the switch is asked."""

from tests.simulators.ledger import read_ledger

from .. import users
from ..watch import Stuck
from .interop import SWEEPER, InteropRail

API_TIMEOUT = 3  # seconds, of the payment manager
AT_ONCE = 8
#: By the ordinal of the transfer, and far apart: the engine pauses a manager after three tries in a row without a
#: certain answer.
TIMED_OUT_BEFORE = (155, 700)
BUSY_BEFORE = (400,)
#: By the ordinal of the acceptance of a quote, which has the transfer executed.
TIMED_OUT_AFTER = (60, 310, 830)
BUSY_AFTER = (555,)
#: Until the switch's "never heard of it" counts, no call of ours can live any more: a minute and ten.
MINUTES_LATER = 12
_BACK = f"- interval '{MINUTES_LATER} minutes'"
LATER = f"""
    UPDATE g2p_payment_submission
       SET claimed_at = claimed_at {_BACK}, deadline_at = deadline_at {_BACK}, lease_until = lease_until {_BACK}
     WHERE cycle_id = %s AND state = 'unknown'
"""


class AdapterRail(InteropRail):
    """An adapter behind a gateway with OAuth 2.0, that stops at every quote and asks whether it is accepted."""

    mode = "sdk"
    secret_name = "client secret"
    #: Payments settle one by one: looking more often would mostly slow them down.
    pause = 2.5

    def describe(self):
        return (
            f"a Mojaloop SDK scheme adapter runs at {self.simulator.sdk_url}, before a scheme whose ledger is"
            f" {self.ledger_path}"
        )

    # ---- The payment system -------------------------------------------------------------------------------
    def scheme(self):
        return {"auth": "oauth2", "auto_accept_quotes": False}

    def refusals(self):
        """Half of the closed accounts are found at the quote, which proves it; half at the transfer, which does not."""
        half = len(self.cast.closed) // 2
        return [
            {"payees": self.cast.closed[:half], "result": "refused", "how": "quote"},
            {"payees": self.cast.closed[half:], "result": "refused", "how": "transfer"},
        ]

    def faults(self):
        wait = {"play": "timeout", "seconds": 2.0 * API_TIMEOUT}
        busy = {"play": "status", "status": 503, "shape": False}
        return [
            {**wait, "on": "submit", "calls": list(TIMED_OUT_BEFORE), "executed": False},
            {**busy, "on": "submit", "calls": list(BUSY_BEFORE), "executed": False},
            {**wait, "on": "accept", "calls": list(TIMED_OUT_AFTER), "executed": True},
            {**busy, "on": "accept", "calls": list(BUSY_AFTER), "executed": True},
        ]

    def access(self, scheme):
        return f"OAuth 2.0 at {scheme.token_url}: client {scheme.client_id}, secret {scheme.client_secret}"

    # ---- Before -------------------------------------------------------------------------------------------
    def manager_values(self, story):
        tag = story.officer.create(
            "g2p.payment.batch.tag", {"name": "All", "max_batch_size": self.batch_size}
        )
        return {
            "payment_endpoint_url": self.simulator.transfers_url,
            "api_timeout": API_TIMEOUT,
            "transfers_at_once": AT_ONCE,
            "auth_type": "oauth2",
            "oauth2_token_url": self.simulator.token_url,
            "oauth2_client_id": self.simulator.client_id,
            "payer_id_type": "ACCOUNT_ID",
            "payer_id_value": "7001002003",
            "payer_name": "Ministry of Social Protection",
            "batch_tag_ids": [(6, 0, [tag])],
        }

    @property
    def choice(self):
        return (
            f"chooses the manager of the scheme adapter: {self.simulator.transfers_url}, one transfer a payment,"
            f" {AT_ONCE} at once; quotes are accepted"
        )

    def secret(self):
        return {"oauth2_client_secret": self.simulator.client_secret}

    # ---- The comparison -----------------------------------------------------------------------------------
    def compare_books(self, executed):
        """Return which lines of the scheme's books are not our payment under our own transferId."""
        keys = self.read_keys()
        ours = {(keys[one["submission_id"][0]], one["name"]) for one in self.read_payments()}
        return [
            f"{one.transaction_id}, {one.reference_id} is no transfer of ours"
            for one in executed
            if (one.transaction_id, one.reference_id) not in ours
        ]

    # ---- After --------------------------------------------------------------------------------------------
    def follow(self, story):
        self.watch_sending(story)
        self._tell_accepted(story)
        self.tell_open(story)
        tokens = self.simulator.expire_tokens()["tokens"]
        story.narrator.say("gateway", "lets all its tokens expire; Odoo still holds one")
        self.check_status(story)
        if self.simulator.state()["tokens"] <= tokens:
            raise Stuck("No other token was fetched")
        story.narrator.say("Odoo", "fetched another token and asked again by itself")
        self.tell_open(story)
        self._send_again_what_never_was(story)
        story.watcher.until_done()
        self._end(story)

    def _tell_accepted(self, story):
        calls = self.simulator.state()["calls"]
        story.narrator.say(
            "adapter",
            f"took {calls['submit']} transfers and stopped each at its quote; {calls['accept']} quotes were accepted"
            " by the setting",
        )

    def _send_again_what_never_was(self, story):
        """The switch never had some: told twice, and late enough, that is proof.

        The one thing that is not done as people do it: nobody would watch a demo that waits for so long.

        :raise Stuck: when anything is sent again under another id
        """
        unknown = {one["id"] for one in story.watcher.submissions("unknown")}
        if len(unknown) != len(TIMED_OUT_BEFORE) + len(BUSY_BEFORE):
            raise Stuck(f"{len(unknown)} submissions are unknown")
        keys = self.read_keys()
        story.server.environment.server.query(LATER, [story.cycle], story.server.database)
        story.narrator.say(
            "demo", f"does not wait: it moves the moments of these tries {MINUTES_LATER} minutes back"
        )
        self.check_status(story)
        self.check_status(story, SWEEPER)
        story.watcher.until(
            lambda: not unknown & {one["id"] for one in story.watcher.submissions("unknown")},
            "believing the switch",
        )
        if any(self.read_keys()[one] != keys[one] for one in unknown):
            raise Stuck("A transfer was sent again under another id")
        story.narrator.say(
            "Odoo",
            f"was told twice that the switch never had these {len(unknown)}: it sends them again, under the same ids",
        )
        # It comes by itself, every minute.
        self.run_action(story, users.find_id(story.admin, SWEEPER))

    def _end(self, story):
        state = self.simulator.state()
        if state["repeated"] or len(read_ledger(self.ledger_path)) != state["executed"]:
            raise Stuck("The switch has paid something again")
        story.narrator.say(
            "switch", f"knows {state['known']} transfers, {state['executed']} COMMITTED, none of them twice"
        )
