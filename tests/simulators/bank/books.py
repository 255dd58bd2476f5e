"""What a bank remembers: files and messages that it took, and, in the ledger, what it paid."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..ledger import Executed
from .orders import Refused


@dataclass(frozen=True)
class Row:
    """What became of one payment, as the bank says it.

    :param result: paid, refused or pending
    :param date: ISO date of the booking
    :param own_reference: the bank's own number of the payment, empty where it was not made
    """

    reference: str
    result: str
    amount: str
    currency: str
    date: str
    code: str = ""
    reason: str = ""
    own_reference: str = ""


class Books:
    """Survive a restart, so that yesterday's file is refused today.

    :param ledger: ..ledger.Ledger
    :param path: file of what was taken, kept and added to
    """

    def __init__(self, ledger, path):
        self.ledger = ledger
        self._path = Path(path)
        taken = [json.loads(line) for line in self._read_lines()]
        self._hashes = {one["sha256"] for one in taken}
        self._messages = {one["message_id"]: [Row(**row) for row in one["rows"]] for one in taken}

    def _read_lines(self):
        """Return whole lines; one that a kill cut off was never taken."""
        if not self._path.exists():
            return []
        whole, _newline, _cut_off = self._path.read_bytes().rpartition(b"\n")
        return whole.splitlines()

    def check_new(self, sha256, message_id=None):
        """Refuse a file or message that was taken before.

        :raise Refused: naming it
        """
        if sha256 in self._hashes:
            raise Refused([f"this very file was taken before (SHA-256 {sha256[:16]}…)"])
        if message_id in self._messages:
            raise Refused([f"message {message_id} was taken before"])

    def rows(self, message_id):
        """Return what became of a message's payments (list of :class:`Row`).

        :raise Refused: when there is no such message
        """
        if message_id not in self._messages:
            raise Refused([f"no message {message_id} was taken"])
        return self._messages[message_id]

    def book(self, sha256, order, rows):
        """Keep an order as taken, and pay what is to be paid.

        :param rows: list of :class:`Row`, one for each of the order's items
        """
        entry = {"sha256": sha256, "message_id": order.message_id, "rows": [asdict(row) for row in rows]}
        with open(self._path, "ab") as file:
            file.write(json.dumps(entry).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._hashes.add(sha256)
        self._messages[order.message_id] = rows
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.ledger.append(
            Executed(order.message_id, item.reference, item.address, item.amount, item.currency, now)
            for item, row in zip(order.items, rows, strict=True)
            if row.result == "paid"
        )
