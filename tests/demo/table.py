"""The table at the end: what became of the money, batch by batch."""

from dataclasses import dataclass, field
from decimal import Decimal

from .money import show

COLUMNS = ("issued", "blocked", "paid", "reversed", "failed", "open")
#: Shown only where there are any: most payment systems refuse a payment, and do not pay it first.
RARE = ("reversed",)


@dataclass
class Row:
    """Counts and amounts of one batch, by column."""

    name: str
    counts: dict = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))
    amounts: dict = field(default_factory=lambda: dict.fromkeys(COLUMNS, Decimal()))

    def add(self, column, amount, count=1):
        self.counts[column] += count
        self.amounts[column] += amount


def make_rows(payments, blocked):
    """Sort payments and blocked entitlements into rows.

    :param payments: list of :class:`.ledger_check.Payment`
    :param blocked: amounts of the entitlements that got no payment
    :return: list of :class:`Row`: the batches by name, the blocked, the total
    """
    batches = {}
    for payment in payments:
        row = batches.setdefault(payment.batch, Row(payment.batch))
        row.add("issued", payment.amount)
        row.add(payment.fate, payment.amount_paid if payment.fate in ("paid", "reversed") else payment.amount)
    rows = [batches[name] for name in sorted(batches)]
    without = Row("(no batch)")
    for amount in blocked:
        without.add("blocked", amount)
    total = Row("total")
    for row in [*rows, without]:
        for column in COLUMNS:
            total.add(column, row.amounts[column], row.counts[column])
    return [*rows, without, total]


def format_table(rows):
    """Return the table as lines."""
    shown = [column for column in COLUMNS if column not in RARE or rows[-1].counts[column]]
    head = f"{'batch':<12}" + "".join(f"{column:>18}" for column in shown)
    rule = "─" * len(head)
    lines = [f"{row.name:<12}" + "".join(f"{_cell(row, column):>18}" for column in shown) for row in rows]
    return [head, rule, *lines[:-1], rule, lines[-1]]


def _cell(row, column):
    count = row.counts[column]
    return f"{count:,} {show(row.amounts[column]):>11}" if count else "·"
