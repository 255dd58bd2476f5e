"""What a simulated payment system really paid: a file that only grows, one JSON line per executed payment."""

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Executed:
    """One payment that was really executed.

    :param amount: decimal string, as it was asked for
    :param timestamp: UTC moment of the execution, ISO 8601
    """

    transaction_id: str
    reference_id: str
    payee_fa: str
    amount: str
    currency: str
    timestamp: str


class Ledger:
    """Appends executed payments to a file, so that they survive a kill at any moment.

    A payment is executed when its line is whole. A line that a kill cut off is taken away when the file is
    opened again: that payment never happened.
    """

    def __init__(self, path):
        self._file = open(path, "a+b", buffering=0)
        self._file.seek(0)
        content = self._file.read()
        self._file.truncate(content.rfind(b"\n") + 1)

    def append(self, payments):
        """Write ``payments`` and return when they are on the disk."""
        lines = b"".join(json.dumps(asdict(payment)).encode() + b"\n" for payment in payments)
        while lines:
            lines = lines[self._file.write(lines) :]
        os.fsync(self._file.fileno())

    def close(self):
        self._file.close()


def read_ledger(path) -> list[Executed]:
    """Return every executed payment of the file, in order; none when there is no file yet."""
    path = Path(path)
    if not path.exists():
        return []
    whole, _newline, _cut_off = path.read_bytes().rpartition(b"\n")
    return [Executed(**json.loads(line)) for line in whole.splitlines()]


def totals(payments) -> dict[str, tuple[int, Decimal]]:
    """Return count and sum of ``payments`` by currency."""
    result = {}
    for payment in payments:
        count, total = result.get(payment.currency, (0, Decimal()))
        result[payment.currency] = (count + 1, total + Decimal(payment.amount))
    return result


def paid_twice(payments) -> list[str]:
    """Return the references that were executed more than once."""
    return sorted(ref for ref, times in Counter(p.reference_id for p in payments).items() if times > 1)
