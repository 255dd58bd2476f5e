"""From the results of a disbursement to news of payments. A result has no key and no order that is promised: it is
matched by all that a line says, and what can be meant by two is matched with neither."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from odoo.addons.g2p_programs.dispatch.outcome import Row, RowResult

from . import const
from .amounts import read_amount, read_currency
from .parsing import moment, plain, speaks_of
from .payload import Line
from .settings import Settings


@dataclass(frozen=True)
class Matched:
    """News of our payments, and what else stood there, for officers."""

    rows: tuple[Row, ...]
    code: str


@dataclass(frozen=True)
class Result:
    """One result; ``amount`` and ``currency`` are None where it does not say, and so is ``credited``.

    :param errors: all that it says of errors, None for nothing
    :param is_readable: whether no amount or currency is there that cannot be read
    """

    payee: tuple[str, str] = field(repr=False)
    word: str
    amount: Decimal | None
    currency: str | None
    credited: Decimal | None
    errors: Any = field(repr=False)
    when: datetime | None
    is_readable: bool

    def is_of(self, line: Line) -> bool:
        """Whether it says nothing that is not the line's."""
        return (
            self.payee == line.payee
            and self.is_readable
            and self.amount in (None, line.amount)
            and self.currency in (None, line.currency)
        )


def match(results: Sequence[Any], lines: Sequence[Line], settings: Settings) -> Matched:
    """Return what results say of our lines; what did not appear stays open.

    :param results: ``payeeResults`` of an answer
    :param lines: of the disbursement; no two have the same key
    """
    found, foreign = _assign(results, lines)
    rows = tuple(
        row
        for line in lines
        for row in dict.fromkeys(_row(one, line, settings) for one in found[line.reference])
    )
    codes = {
        "rows.missing": not all(found[line.reference] for line in lines),
        "rows.foreign": foreign,
        "rows.repeated": any(len(told) > 1 for told in found.values()),
    }
    return Matched(rows, " ".join(code for code, holds in codes.items() if holds))


def _assign(results, lines):
    """Return ({reference: results of its line}, whether there are results that are of no line, or may be of two)."""
    by_payee = defaultdict(list)
    for line in lines:
        by_payee[line.payee].append(line)
    found, left, foreign = defaultdict(list), [], False
    for told in map(read_result, results):
        candidates = by_payee.get(told.payee, ()) if told else ()
        meant = [line for line in candidates if told.is_of(line)]
        if len(meant) == 1:
            found[meant[0].reference].append(told)
        elif not meant and candidates:
            left.append(told)
        else:
            foreign = True
    open_lines = {
        payee: [line for line in ours if line.reference not in found] for payee, ours in by_payee.items()
    }
    for told in left:
        # Another amount for a payee who has one line that nothing else speaks of: then it is that one.
        meant = open_lines[told.payee]
        if len(meant) == 1:
            found[meant[0].reference].append(told)
        else:
            foreign = True
    return found, foreign


def read_result(item: Any) -> Result | None:
    """Return one result, None for what names no payee."""
    if not isinstance(item, dict):
        return None
    payee = plain(item.get("payeeIdType")), plain(item.get("payeeIdValue"))
    if not all(payee):
        return None
    try:
        amount, currency = read_amount(item.get("amount")), read_currency(item.get("currency"))
        credited, is_readable = read_amount(item.get("amountCredited")), True
    except ValueError:
        amount = currency = credited = None
        is_readable = False
    return Result(
        payee,
        plain(item.get("status")),
        amount,
        currency,
        credited,
        item.get("errors") or None,
        moment(item.get("timestamp")),
        is_readable,
    )


def _row(told, line, settings):
    result, code = _read_word(told.word, settings)
    if result is RowResult.PENDING:
        return Row(line.reference, result, code=code)
    if not told.is_readable:
        return Row(line.reference, RowResult.PENDING, code="unreadable.amount")
    if result is RowResult.FAILED:
        if not told.is_of(line):
            return Row(line.reference, RowResult.PENDING, code="other.amount")
        if told.errors and speaks_of(const.DOUBTFUL_ERRORS, told.errors):
            result, code = const.DOUBTFUL
        return Row(line.reference, result, code=code, when=told.when)
    if told.errors:
        return Row(line.reference, RowResult.PENDING, code="completed.with_error")
    # Another amount than ours goes to the engine, which disputes it.
    amount = told.credited if told.amount in (None, line.amount) else told.amount
    return Row(line.reference, result, amount, told.currency, code, when=told.when)


def _read_word(word, settings):
    if word in const.PIL_DOUBTFUL_WORDS:
        return const.TRUSTED_ABORT if settings.trust_aborted else const.DOUBTFUL
    if word in const.PIL_WORDS:
        return const.PIL_WORDS[word]
    result, code = const.UNKNOWN_WORD
    return result, word if len(word) <= const.MAX_WORD and const.WORD.fullmatch(word) else code
