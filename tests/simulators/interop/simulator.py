"""What both apps share: switch, adapter and layer, the script, and a way to end all waiting."""

import threading
import time

from ..script import Player
from .access import Tokens
from .adapter import Adapter
from .layer import Layer
from .switch import Switch, now


class Simulator:
    """One scheme, with one layer and one adapter before it."""

    def __init__(self, ledger, executed, script):
        self.switch = Switch(ledger, executed)
        self.adapter = Adapter(self)
        self.layer = Layer(self)
        self.tokens = Tokens()
        self.violations = []
        self.refusals = []
        #: Every disbursementId that was sent and may have arrived.
        self.sent = set()
        #: For each transferId that was sent: whether the caller was told since that the switch does not know it.
        self.unknown = {}
        self._started = time.monotonic(), now()
        self._release = threading.Event()
        self.play(script)

    def play(self, script):
        """Take another script; calls are counted from 1 again."""
        self.script = script
        self.player = Player(script)
        self.release()

    def reset(self):
        """Forget transfers, counts and violations. The ledger stays, as what is paid is paid."""
        self.restart()
        self.switch.forget()
        self.layer.repeated = 0
        self.violations.clear()
        self.refusals.clear()
        self.sent.clear()
        self.unknown.clear()
        self.play(self.script)

    def restart(self):
        """Forget what layer and adapter have in memory; the switch goes on."""
        self.layer.forget()
        self.adapter.forget()

    def settle(self):
        """Bring every pending transfer to its end."""
        self.switch.settle_all()

    def expire(self):
        """Let every token made until now be expired."""
        self.tokens.expire()

    def release(self):
        """End every wait that goes on now."""
        waiting, self._release = self._release, threading.Event()
        waiting.set()

    def wait(self, seconds):
        """Wait, and tell whether the wait was ended from outside."""
        return seconds > 0 and self._release.wait(seconds)

    def refuse(self, reason, answer):
        """Note that a request was not taken, and return ``answer``."""
        self.refusals.append(reason)
        return answer

    def health(self):
        """Return what the layer says of itself; it looks at nothing that it depends on."""
        begun, moment = self._started
        return {
            "status": "OK",
            "uptime": time.monotonic() - begun,
            "startTime": moment,
            "versionNumber": "0.0.1",
            "services": [],
            "LoggerPresent": True,
        }

    def state(self):
        """Return counts, for tests."""
        return {
            "calls": {kind: self.player.calls[kind] for kind in self.script.fault_class.kinds},
            "refused": len(self.refusals),
            "refusals": list(self.refusals),
            "violations": list(self.violations),
            "tokens": self.tokens.made,
            **self.switch.state(),
            **self.adapter.state(),
            **self.layer.state(),
        }
