"""Compares what Odoo says of each payment with what the payment system really paid. No Odoo, no network."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from tests.simulators.ledger import paid_twice


@dataclass(frozen=True)
class Payment:
    """One payment as Odoo has it.

    :param fate: paid, failed or open; reversed where it was paid, and the money has come back
    :param household: name of the group that it is for
    """

    reference: str
    batch: str
    fate: str
    amount: Decimal
    amount_paid: Decimal
    currency: str
    payee_fa: str
    household: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the comparison found.

    :param differences: texts, empty where both sides agree
    :param twice: references that were executed more than once
    """

    fates: Counter
    differences: list
    twice: list

    @property
    def agrees(self):
        return not self.differences and not self.twice

    @property
    def last_line(self):
        """The last line of the demo."""
        issued = sum(self.fates.values())
        back = f" + {self.fates['reversed']} paid and reversed" if self.fates["reversed"] else ""
        return (
            f"demo: {issued} issued = {self.fates['paid']} paid{back} + {self.fates['failed']} failed"
            f" + {self.fates['open']} open; ledger {'agrees' if self.agrees else 'DISAGREES'};"
            f" {len(self.twice)} paid twice"
        )


def compare(payments, ledger):
    """Compare payment by payment, from both sides.

    :param payments: list of :class:`Payment`
    :param ledger: list of tests.simulators.ledger.Executed
    :return: :class:`Verdict`
    """
    twice = paid_twice(ledger)
    executed = {one.reference_id: one for one in ledger}
    differences = [f"{reference} was executed more than once" for reference in twice]
    for payment in payments:
        differences += _compare_one(payment, executed.pop(payment.reference, None))
    differences += [f"{reference} was executed, and Odoo knows no such payment" for reference in executed]
    return Verdict(Counter(payment.fate for payment in payments), differences, twice)


def compare_sets(what, expected, found):
    """Return how two sets of people differ, as texts.

    :param str what: what they are, for the text
    """
    lines = [f"{one} should be among the {what} and is not" for one in sorted(expected - found)]
    return lines + [f"{one} is among the {what} and should not be" for one in sorted(found - expected)]


def _compare_one(payment, executed):
    name = payment.reference
    if payment.fate == "open":
        return [f"{name} is open"]
    if payment.fate == "failed":
        return [f"{name} failed in Odoo and was executed"] if executed else []
    if executed is None:
        return [f"{name} is paid in Odoo and was never executed"]
    sides = (
        ("amount", payment.amount, Decimal(executed.amount)),
        ("amount paid", payment.amount_paid, Decimal(executed.amount)),
        ("currency", payment.currency, executed.currency),
        ("payee", payment.payee_fa, executed.payee_fa),
    )
    return [
        f"{name}: {what} is {ours} in Odoo, {theirs} in the ledger"
        for what, ours, theirs in sides
        if ours != theirs
    ]
