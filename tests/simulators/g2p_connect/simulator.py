"""What all endpoints share: the bank, the script, tokens and keys, the courier, and a way to end all waiting."""

import threading
import time
from datetime import UTC, datetime

from ..script import Player
from .callbacks import Courier
from .gate import Gate
from .keys import Keys
from .knobs import ConnectScript
from .posting import loopback
from .tokens import Tokens


class Simulator:
    """One payment system.

    :param token: static bearer token of callers
    :param cash_transfers: books of the profile gctb
    :param keys: keys.Keys; new ones when not given
    """

    def __init__(self, bank, script, token, cash_transfers, keys=None):
        self.bank = bank
        self.cash_transfers = cash_transfers
        self.token = token
        self.keys = keys or Keys.made()
        self.tokens = Tokens(self.keys)
        self.gate = Gate(self)
        self.courier = Courier(self)
        self.callers = {}
        self.searches = {}
        self._release = threading.Event()
        self.play(script)

    def play(self, script: ConnectScript):
        """Take another script; calls are counted from 1 again."""
        self.script = script
        self.player = Player(script)
        self.release()

    def reset(self):
        """Forget payments, counts, violations and callbacks. The ledger stays, as what is paid is paid."""
        self.courier.forget()
        self.bank.forget()
        self.cash_transfers.forget()
        self.gate.forget()
        self.callers.clear()
        self.searches.clear()
        self.play(self.script)

    def expire(self):
        """Let every token made until now be expired."""
        self.tokens.expire()

    def release(self):
        """End every wait that goes on now."""
        waiting, self._release = self._release, threading.Event()
        waiting.set()

    def wait(self, seconds):
        """Wait, and tell whether the wait was ended from outside."""
        return self._release.wait(seconds)

    def clock(self):
        """Return what our clock says, in epoch seconds; it may be wrong."""
        return time.time() + self.script.security.clock_offset

    def moment(self):
        """Return what our clock says, as the API writes it."""
        return datetime.fromtimestamp(self.clock(), UTC).isoformat(timespec="seconds")

    def callback_base(self, header):
        """Return where the sender of ``header`` is called back, without a slash at its end, or an empty text."""
        base = header.get("sender_uri") or self.script.callbacks.default_uri
        return base.rstrip("/") if loopback(base) else ""

    def state(self):
        """Return counts, for tests."""
        calls = self.player.calls
        books = self.bank if not self.script.profile else self.cash_transfers
        kinds = ("submit", "status", *(kind for kind in ("search", "callback", "token") if calls[kind]))
        return {
            "calls": {kind: calls[kind] for kind in kinds},
            "refused": len(self.gate.refusals),
            "refusals": list(self.gate.refusals),
            "violations": list(self.gate.violations),
            "encrypted": dict(self.gate.forms),
            "tokens": self.tokens.made,
            **self.courier.state(),
            **books.state(),
        }
