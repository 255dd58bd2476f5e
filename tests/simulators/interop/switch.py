"""The switch and the payees' banks behind it: who is found, what it costs, what is transferred, what is remembered."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from ..ledger import Executed
from .knobs import SchemeOutcome


def now():
    """Return the present moment as both APIs write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(amount):
    """Return a Decimal as both APIs write amounts: no zeros at the end, no exponent."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass
class Transfer:
    """One transfer that is prepared, or about to be.

    :param transaction: for the ledger and the script: transferId, or disbursementId where the layer sent it
    :param reference: for the ledger and the script
    :param decided: what the script says of it; ``outcome`` is what has become of that by now
    :param state: RECEIVED, RESERVED, COMMITTED or ABORTED; empty before the switch has it
    """

    transfer_id: str
    transaction: str
    reference: str
    id_value: str
    amount: str
    currency: str
    decided: SchemeOutcome = field(default_factory=SchemeOutcome)
    outcome: SchemeOutcome = field(init=False)
    state: str = ""
    questions: int = 0
    completed: str = ""

    def __post_init__(self):
        self.outcome = self.decided

    @property
    def settled(self):
        return self.state in ("COMMITTED", "ABORTED")


class Switch:
    """All transfers that were prepared. Safe to use from several threads.

    Transfers committed before a restart are known from the ledger; nothing else is.
    """

    def __init__(self, ledger, executed=()):
        self._ledger = ledger
        self._lock = threading.RLock()
        self._timers = []
        self.forget()
        for line in executed:
            if not line.reference_id.startswith(f"{line.transaction_id}/"):
                moment = datetime.fromisoformat(line.timestamp).isoformat(timespec="milliseconds")
                self._transfers[line.transaction_id] = Transfer(
                    line.transaction_id,
                    line.transaction_id,
                    line.reference_id,
                    line.payee_fa,
                    line.amount,
                    line.currency,
                    state="COMMITTED",
                    completed=moment.replace("+00:00", "Z"),
                )

    def forget(self):
        """Forget all transfers. The ledger stays."""
        with self._lock:
            for timer in self._timers:
                timer.cancel()
            self._timers = []
            self._transfers = {}
            self._homes = {}
            self.executed = 0
            self.repeated = 0

    def find(self, transfer_id):
        """Return the transfer that the switch knows under this id, or None."""
        with self._lock:
            return self._transfers.get(transfer_id)

    def sent_before(self, reference, transfer_id):
        """Whether money of this reference has moved, or may move, under another transferId."""
        with self._lock:
            others = (
                self._transfers.get(one) for one in self._homes.get(reference, ()) if one != transfer_id
            )
            return any(other and other.state != "ABORTED" for other in others)

    def prepare(self, transfer, state):
        """Take a transfer, always as a new one, which is in ``state`` by now; a pending one may settle by itself."""
        with self._lock:
            self.repeated += transfer.transfer_id in self._transfers
            self._transfers[transfer.transfer_id] = transfer
            self._homes.setdefault(transfer.reference, []).append(transfer.transfer_id)
            transfer.questions = transfer.outcome.questions
            self._enter(transfer, state)

    def ask(self, transfer):
        """Count one question to a pending transfer, which is settled by the last."""
        with self._lock:
            if transfer.settled:
                return
            if transfer.questions > 0:
                transfer.questions -= 1
                return
            self._settle(transfer)

    def settle_all(self):
        """Bring every pending transfer to its end."""
        with self._lock:
            for transfer in self._transfers.values():
                while not transfer.settled:
                    self._settle(transfer)

    def state(self):
        """Return counts, for tests."""
        with self._lock:
            return {
                "known": len(self._transfers),
                "waiting": sum(not one.settled for one in self._transfers.values()),
                "executed": self.executed,
                "repeated": self.repeated,
            }

    def _enter(self, transfer, state):
        transfer.state = state
        if transfer.settled:
            transfer.completed = now()
        if state == "COMMITTED":
            self._execute(transfer)
        after = transfer.outcome.after
        if not transfer.settled and after == 0:
            self._settle(transfer)
        elif not transfer.settled and after > 0:
            timer = threading.Timer(after, self._settle_late, [transfer])
            timer.daemon = True
            self._timers.append(timer)
            timer.start()

    def _settle_late(self, transfer):
        with self._lock:
            if self._transfers.get(transfer.transfer_id) is transfer and not transfer.settled:
                self._settle(transfer)

    def _settle(self, transfer):
        """Let a pending transfer become what comes ``then``, which is paid where nothing else is said."""
        transfer.outcome = transfer.outcome.then or SchemeOutcome()
        transfer.questions = transfer.outcome.questions
        states = {"paid": "COMMITTED", "refused": "ABORTED"}
        self._enter(transfer, states.get(transfer.outcome.result, pending_state(transfer.outcome)))

    def _execute(self, transfer):
        self._ledger.append(
            [
                Executed(
                    transfer.transaction,
                    transfer.reference,
                    transfer.id_value,
                    transfer.amount,
                    transfer.currency,
                    now(),
                )
            ]
        )
        self.executed += 1


def pending_state(outcome):
    """Return the state in which the switch has a pending transfer."""
    return "RECEIVED" if outcome.how == "RECEIVED" else "RESERVED"


def amounts(scheme, amount_type, amount):
    """Return what leaves the payer and what reaches the payee, as texts."""
    asked = Decimal(amount)
    if amount_type == "RECEIVE":
        return plain(asked + Decimal(scheme.receive_fee)), amount
    return amount, plain(max(asked - Decimal(scheme.send_fee), Decimal()))
