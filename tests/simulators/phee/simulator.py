"""What both apps share: the engine, the script, the keys, and a way to end all waiting."""

import threading

from ..script import Player
from .callbacks import Callbacks
from .engine import Engine
from .knobs import HubScript
from .tokens import Tokens


class Simulator:
    """One hub.

    :param profile: name of the version, where the script names none
    """

    def __init__(self, ledger, executed, script, keys, profile):
        self.keys = keys
        self.default_profile = profile
        self.engine = Engine(ledger, executed)
        self.tokens = Tokens(keys)
        self.callbacks = Callbacks(self)
        self.violations = []
        self.refusals = []
        self.files = {}
        self._release = threading.Event()
        self.play(script)

    @property
    def hub(self):
        return self.script.hub

    @property
    def profile(self):
        return self.hub.version(self.default_profile)

    @property
    def jws(self):
        """Whether the bulk processor checks and signs."""
        return self.profile.jws if self.hub.jws is None else self.hub.jws

    def certificate_of(self, tenant):
        """Return the certificate that a tenant's signatures are checked with."""
        own = (one.certificate for one in self.hub.tenant_certificates if one.tenant == tenant)
        return next(own, self.keys.client_certificate)

    def play(self, script: HubScript):
        """Take another script; calls are counted from 1 again."""
        self.script = script
        self.player = Player(script)
        self.release()

    def reset(self):
        """Forget batches, counts, violations and callbacks. The ledger stays, as what is paid is paid."""
        self.engine.forget()
        self.callbacks.forget()
        self.violations.clear()
        self.refusals.clear()
        self.files.clear()
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

    def state(self):
        """Return counts, for tests."""
        return {
            "profile": self.profile.name,
            "calls": {kind: self.player.calls[kind] for kind in self.script.fault_class.kinds},
            "refused": len(self.refusals),
            "refusals": list(self.refusals),
            "violations": list(self.violations),
            "tokens": self.tokens.made,
            "callbacks": self.callbacks.made(),
            **self.engine.state(),
        }
