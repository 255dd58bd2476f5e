"""What a clerk can get wrong in a file of results. What was paid was paid all the same."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from ..script import Fault, Script


@dataclass(frozen=True)
class BankFault(Fault):
    """A mistake in the results of one file, in ``rows`` of them from the first; ``calls`` counts files."""

    plays: ClassVar = {
        "missing_rows": True,
        "extra_rows": True,  # of payments that nobody ordered
        "duplicated_rows": True,
        "contradictory_rows": True,
        "wrong_amount": True,  # ``amount``, or one more than was ordered
        "wrong_currency": True,
        "unknown_status": True,
    }
    kinds: ClassVar = ("submit",)


@dataclass(frozen=True)
class BankScript(Script):
    """A script for a bank without an API: all faults that match a file are played in its results."""

    fault_class: ClassVar = BankFault

    def spoil(self, ordinal, order, rows):
        """Return the rows with the faults that are meant for the ``ordinal``-th file.

        :param order: orders.Order
        :param rows: list of books.Row
        """
        references = [item.reference for item in order.items]
        for fault in self.faults:
            if fault.matches(ordinal, order.message_id, references):
                rows = _PLAYERS[fault.play](fault, rows)
        return rows


def _change(fault, rows, change):
    return [change(row) for row in rows[: fault.rows]] + rows[fault.rows :]


def _add_strangers(fault, rows):
    strangers = [replace(rows[0], reference=f"{number:032d}", result="paid") for number in range(fault.rows)]
    return rows + strangers


def _add_one(fault, row):
    return replace(row, amount=fault.amount or f"{Decimal(row.amount) + 1:.2f}")


def _contradict(row):
    return replace(row, result="refused" if row.result == "paid" else "paid")


_PLAYERS = {
    "missing_rows": lambda fault, rows: rows[fault.rows :],
    "extra_rows": _add_strangers,
    "duplicated_rows": lambda fault, rows: rows + rows[: fault.rows],
    "contradictory_rows": lambda fault, rows: rows + [_contradict(row) for row in rows[: fault.rows]],
    "wrong_amount": lambda fault, rows: _change(fault, rows, lambda row: _add_one(fault, row)),
    "wrong_currency": lambda fault, rows: _change(
        fault, rows, lambda row: replace(row, currency=fault.currency)
    ),
    "unknown_status": lambda fault, rows: _change(fault, rows, lambda row: replace(row, result="odd")),
}
