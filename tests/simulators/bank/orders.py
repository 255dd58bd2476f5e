"""What a payment file asks for, whatever its format."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

#: Money with the two digits of the currencies that this bank pays in.
_AMOUNT = re.compile(r"[0-9]{1,15}\.[0-9]{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_REFERENCE = re.compile(r"[A-Za-z0-9/?:().,'+ -]+", re.ASCII)
#: Characters of a reference in what banks send each other.
LONGEST = 35


class Refused(Exception):
    """A file that was not taken; nothing of it was paid.

    :param list problems: texts for whoever brought it, all at once
    """

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Item:
    """One payment that a file asks for.

    :param place: where it stands, for people
    :param address: who gets it: ``account:NUMBER@BANK``, or ``cash:NAME`` at a pay point
    :param amount: decimal string
    :param longest: characters that the reference may have
    """

    place: str
    reference: str
    name: str
    address: str
    amount: str
    currency: str
    longest: int = LONGEST

    def problems(self):
        """Return what keeps this payment from being made (list of texts)."""
        found = []
        if not _REFERENCE.fullmatch(self.reference) or len(self.reference) > self.longest:
            found.append(
                f"the reference is missing, longer than {self.longest}, or holds what banks do not take"
            )
        if not self.name.strip():
            found.append("the payee's name is missing")
        if not self.address.partition(":")[2].partition("@")[0].strip():
            found.append("the payee's account is missing")
        if not _AMOUNT.fullmatch(self.amount) or not Decimal(self.amount):
            found.append(f"{self.amount!r} is no amount above zero with two digits")
        if not _CURRENCY.fullmatch(self.currency):
            found.append(f"{self.currency!r} is no currency")
        return [f"{self.place}: {problem}" for problem in found]


@dataclass(frozen=True)
class Order:
    """A whole payment file.

    :param message_id: the sender's name of it
    """

    message_id: str
    items: list[Item] = field(default_factory=list)

    @property
    def total(self):
        """The sum of all payments (Decimal)."""
        return sum((Decimal(item.amount) for item in self.items), Decimal())

    def check(self, count, total):
        """Refuse an order that does not add up, or cannot be made as a whole.

        :param count: how many payments the file says that it holds (text)
        :param total: what the file says that they sum up to (text)
        :raise Refused: with everything that is wrong
        """
        problems = [problem for item in self.items for problem in item.problems()]
        if not self.items:
            problems.append("there is no payment in the file")
        times = Counter(item.reference for item in self.items)
        problems += [
            f"{reference} stands in the file {count_} times"
            for reference, count_ in times.items()
            if count_ > 1
        ]
        if count != str(len(self.items)):
            problems.append(f"the file says {count!r} payments, and holds {len(self.items)}")
        if not problems:
            problems = check_sum(total, self.total)
        if problems:
            raise Refused(problems)


def check_sum(told, found):
    """Return what is wrong with a control sum (list of texts).

    :param str told: as the file says it
    :param Decimal found: of its payments
    """
    if re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,5})?", told, re.ASCII) and Decimal(told) == found:
        return []
    return [f"the file says a control sum of {told!r}, and its payments sum up to {found}"]


def is_ahead(day):
    """Whether a day is today or later, wherever on earth it was written."""
    try:
        return date.fromisoformat(day) >= (datetime.now(UTC) - timedelta(hours=12)).date()
    except ValueError:
        return False
