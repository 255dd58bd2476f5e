"""G2P Connect that calls back: signed both ways, with callbacks that are lost, sent twice, or forged."""

from collections import Counter

from ..people import CLOSED
from .g2p_connect import API_TIMEOUT, LATENCY, SWEEPER, G2PConnectRail

#: By the ordinal of the submission; why they are so far apart is told in ``g2p_connect.py``.
TIMED_OUT = (2, 17)  # after executing: the callback comes all the same
BUSY_AFTER_EXECUTING = (5,)
BUSY_WITHOUT_EXECUTING = (13,)
NACK = (8,)  # valid, and no further word
NEVER = (10,)  # acknowledged, and no callback in spite of it
#: By the ordinal of the callback.
TWICE = (2,)
LOST = (4, 11)
TAMPERED = (6,)  # one row changed after signing
FORGED = (9,)  # signed by nobody's key
#: Submissions of which nothing that is believed is called back until somebody asks.
UNTOLD = len((*BUSY_WITHOUT_EXECUTING, *NACK, *NEVER, *LOST, *TAMPERED, *FORGED))

SECURITY = {"static_token": False, "signature": "http_signature", "callback_token": "token-of-our-callbacks"}


def make_script():
    """Return the script of the simulator: a dict as :mod:`tests.simulators.g2p_connect.knobs` describes it."""
    called = {"twice": TWICE, "lost": LOST, "tampered": TAMPERED, "wrong_signature": FORGED}
    return {
        "latency": LATENCY,
        "security": SECURITY,
        "callbacks": {"delay": 0.5, "tries": 2},
        "outcomes": [{"payee_suffixes": [CLOSED], "result": "refused", "code": "rjct.payee_fa.invalid"}],
        "faults": [
            {"play": "timeout", "calls": list(TIMED_OUT), "executed": True, "seconds": 2.0 * API_TIMEOUT},
            {"play": "status", "status": 503, "calls": list(BUSY_AFTER_EXECUTING), "executed": True},
            {"play": "status", "status": 503, "calls": list(BUSY_WITHOUT_EXECUTING), "executed": False},
            {"play": "nack", "calls": list(NACK)},
            {"play": "never", "calls": list(NEVER)},
            *({"on": "callback", "play": play, "calls": list(calls)} for play, calls in called.items()),
        ],
    }


class G2PConnectAsyncRail(G2PConnectRail):
    """A payment system that acknowledges, and says later what became of payments: not always, and not always itself."""

    mode = "async"

    def make_script(self):
        return make_script()

    def describe(self):
        return f"{super().describe()}; it signs, checks our signatures, and calls back"

    def urls(self, simulator):
        return simulator.async_payment_url, simulator.async_status_url

    def access(self, simulator):
        return f"client {simulator.client_id}, secret {simulator.client_secret}, at {simulator.token_url}"

    # ---- Before -------------------------------------------------------------------------------------------
    def manager_values(self):
        return {
            "api_mode": "async",
            "auth_type": "oauth2",
            "oauth2_token_url": self.simulator.token_url,
            "oauth2_client_id": self.simulator.client_id,
        }

    def enter_secrets(self, story):
        """Enter what authenticates both sides, as the payment system's letter has it."""
        keys = self.simulator.keys
        values = {
            "oauth2_client_secret": self.simulator.client_secret,
            "callback_base_url": story.server.url,
            "callback_token": SECURITY["callback_token"],
            "signer": SECURITY["signature"],
            "signing_key": keys.caller["ed25519"].private,
            "signing_key_id": keys.caller["ed25519"].id,
            "peer_key": keys.server["ed25519"].public,
            "peer_key_id": keys.server["ed25519"].id,
        }
        story.admin(self.model, "write", [self.manager], values)
        story.admin.says(
            "enters the client secret, both sides' keys and the token of callbacks; nobody else sees or changes these"
        )
        self.test_connection(story)

    # ---- After --------------------------------------------------------------------------------------------
    def follow(self, story):
        self.watch_sending(story)
        self._until_told(story, UNTOLD, "being called back")
        self._tell_callbacks(story)
        self.check_status(story, SWEEPER)
        self._until_told(story, len(BUSY_WITHOUT_EXECUTING), "being called back what was asked")
        self.settle_unknown(story)
        story.watcher.until_done()

    def _until_told(self, story, most, what):
        """Wait until at most so many submissions are left that nobody was told of."""
        story.watcher.until(lambda: len(story.watcher.submissions("sent", "unknown")) <= most, what)

    def _tell_callbacks(self, story):
        state = self.simulator.state()
        plays = Counter(one["play"] for one in state["callbacks"] if one["play"])
        shown = ", ".join(f"{count} {play.replace('_', ' ')}" for play, count in plays.items())
        answers = ", ".join(f"{count} × {name}" for name, count in sorted(state["acks"].items()))
        story.narrator.say(
            "operator", f"sees {len(state['callbacks'])} callbacks ({shown}); Odoo said: {answers}"
        )
        count = story.officer("g2p.payment.exchange", "search_count", [("kind", "=", "callback")])
        story.narrator.more(f"{count} callbacks were believed and are on record, each once")
