"""What all endpoints share: books, works, clock, the script, and a way to end all waiting."""

import threading

from ..script import Player
from .books import Books
from .cautions import Cautions
from .clock import Clock
from .works import Works


class Simulator:
    """One bridge, with its mapper and its bank.

    :param ledger: ledger.Ledger
    :param executed: what it has already
    :param journal: journal.Journal
    """

    def __init__(self, ledger, executed, journal, script):
        self._release = threading.Event()
        self.clock = Clock()
        self.books = Books(journal)
        self.cautions = Cautions(self)
        self.works = Works(self, ledger, executed)
        self.refusals = []
        self.play(script)
        self.works.start()

    def play(self, script):
        """Take another script, its day too; calls are counted from 1 again."""
        self.script = script
        self.player = Player(script)
        self.clock.days_ahead = script.bridge.days_ahead
        self.release()
        self.works.wake()

    def reset(self):
        """Forget everything that was taken and counted. The ledger stays, as what is paid is paid."""
        with self.books.lock:
            self.books.forget()
            self.cautions.forget()
            self.works.executed = 0
            self.refusals.clear()
        self.play(self.script)

    def step(self):
        """Do one step of each envelope."""
        self.works.step()

    def finish(self):
        """Do all steps that there are to do today."""
        self.works.finish()

    def statement(self):
        """Let a bank statement come in that tells of every disbursement."""
        self.works.statement()

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

    def state(self):
        """Return counts, for tests."""
        with self.books.lock:
            return {
                "calls": {kind: self.player.calls[kind] for kind in self.script.fault_class.kinds},
                "refused": len(self.refusals),
                "refusals": list(self.refusals),
                "violations": self.cautions.state(),
                "today": self.clock.today().isoformat(),
                "executed": self.works.executed,
                **self.books.state(),
            }
