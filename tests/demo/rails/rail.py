"""What the story wants of a way to pay."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

from .. import notes
from ..watch import PAUSE


@dataclass(frozen=True)
class Served:
    """A payment system that runs beside the served database.

    :param lines: what somebody who pays by hand has to know (tuple of texts)
    :param stop: function that ends it
    """

    lines: tuple
    stop: Callable[[], None]


class Rail(ABC):
    """A payment system on the other side, and how the people of the story deal with it.

    Attributes:

    * name: as on the command line
    * mode: as on the command line; empty where the rail has no modes
    * channels: queue_job's channels and their capacity
    * users: tuple of ..users.User that only this story needs
    * batch_size: payments per batch
    * pause: seconds between two looks at what becomes of them
    * per_household, per_member: what the program owes
    * fate_of_closed: what becomes of a payment to an account that was closed, failed or reversed
    """

    name = ""
    mode = ""
    channels = "root:4"
    users = ()
    batch_size = 50
    pause = PAUSE
    per_household = 25.00
    per_member = 7.50
    fate_of_closed = "failed"

    def __init__(self):
        self.ledger_path = notes.ledger_path()

    # ---- The payment system -------------------------------------------------------------------------------
    @contextmanager
    def running(self, narrator):
        """Run the payment system with an empty ledger for a ``with`` block."""
        # With what other rails' payment systems have left beside theirs, such as keys.
        for old in self.ledger_path.parent.glob(f"{self.ledger_path.name}*"):
            old.unlink()
        self.start()
        try:
            narrator.say("environment", self.describe())
            yield self
        finally:
            self.stop()

    @abstractmethod
    def start(self):
        """Start the payment system."""

    @abstractmethod
    def stop(self):
        """End the payment system."""

    @abstractmethod
    def describe(self):
        """Return one sentence on what runs where."""

    def notes(self):
        """Return what ``make serve`` needs to have the payment system back (dict, JSON-able)."""
        return {}

    @abstractmethod
    def serve(self, demo):
        """Have the payment system of the last demo back, for ``make serve``.

        :param dict demo: contents of .g2p/demo.json
        :return: :class:`Served`
        """

    @abstractmethod
    def ledger(self):
        """Return what was really paid (list of tests.simulators.ledger.Executed), each with the key of its payment."""

    # ---- The story ----------------------------------------------------------------------------------------
    @abstractmethod
    def choose_manager(self, story):
        """Make the program's payment manager, and tell who does what.

        :param story: ..story.Story, whose :meth:`~..story.Story.use_manager` links it
        """

    def review(self, story):
        """Play what people look at between preparing and releasing; nothing where there is nothing to see."""
        return

    @abstractmethod
    def follow(self, story):
        """Play what comes after sending, until nothing is open."""

    def complaints(self):
        """Return what the payment system itself has to criticise at the end (list of texts)."""
        return []

    # ---- The comparison -----------------------------------------------------------------------------------
    def key(self, row):
        """Return the reference by which the ledger knows a payment.

        :param dict row: fields of a ``g2p.payment``
        """
        return row["name"]

    def payee(self, row):
        """Return who had to get the money, as the ledger writes it.

        :param dict row: fields of a ``g2p.payment``
        """
        return f"account:{row['payee_id_value']}@{row['payee_bank_code']}"
