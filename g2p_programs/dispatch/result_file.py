"""Results that people import from a file: how the engine writes them down, and reads them again.

They belong to no rail: what a bank said on paper is read in the same way whether the payment manager that sent the
payments speaks to a payment system or not, and also when it does not exist any more. The body of the stored answer is
a canonical JSON list of rows; whatever else is found there is Unreadable, and moves nothing.
"""

import json
import re
from datetime import datetime
from decimal import Decimal

from . import outcome as said

#: What a person may import. A reversal needs a payment system's own word, or a decision.
RESULTS = (said.RowResult.PAID, said.RowResult.FAILED, said.RowResult.PENDING)
#: Characters of a text that is kept of a file; the reader of the file has cut them before.
MAX_TEXT = 500

_TEXTS = ("reference", "code", "reason", "external_reference")
_NAMES = frozenset((*_TEXTS, "result", "amount", "currency", "when", "line"))
_AMOUNT = re.compile(r"\d{1,18}(\.\d{1,9})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
#: What PostgreSQL cannot store: NUL, and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def write(rows):
    """Return rows as canonical JSON: the same rows give the same text.

    :param rows: iterable of (line of the file (int), :class:`~.outcome.Row`)
    :raise ValueError: for rows that could not be read again
    """
    stored = [
        {
            "line": line,
            "reference": row.reference,
            "result": row.result.value,
            "amount": None if row.amount is None else format(row.amount, "f"),
            "currency": row.currency,
            "code": row.code,
            "reason": row.reason,
            "when": row.when.isoformat() if row.when else None,
            "external_reference": row.external_reference,
        }
        for line, row in rows
    ]
    for one in stored:
        _read_row(one)
    return json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read(answer):
    """Tell what a stored answer says. Pure: may run again later.

    :param answer: :class:`~.outcome.Answer` whose body is what :func:`write` returned, and whose note names the import
    :return: :class:`~.outcome.Found`, or :class:`~.outcome.Unreadable` for anything else
    """
    try:
        rows = json.loads(answer.body, parse_constant=_refuse, object_pairs_hook=_without_repeats)
        if answer.fault or not isinstance(rows, list) or not rows:
            return said.Unreadable(code="unreadable")
        return said.Found(code=answer.note, rows=tuple(_read_row(row) for row in rows))
    except (ValueError, TypeError, RecursionError):
        return said.Unreadable(code="unreadable")


def _read_row(stored):
    """Return one :class:`~.outcome.Row`, or raise ValueError or TypeError."""
    if not isinstance(stored, dict) or set(stored) != _NAMES:
        raise ValueError("not a row")
    for name in _TEXTS:
        _check_text(stored[name])
    if not stored["reference"] or type(stored["line"]) is not int or stored["line"] < 0:
        raise ValueError("a row without reference or line")
    result = said.RowResult(stored["result"])
    if result not in RESULTS:
        raise ValueError("a result that cannot be imported")
    return said.Row(
        reference=stored["reference"],
        result=result,
        amount=_read_amount(stored["amount"]),
        currency=_read_currency(stored["currency"]),
        code=stored["code"],
        reason=stored["reason"],
        when=_read_moment(stored["when"]),
        external_reference=stored["external_reference"],
    )


def _check_text(text):
    if not isinstance(text, str) or len(text) > MAX_TEXT or _UNSTORABLE.search(text):
        raise ValueError("not a text that can be stored")


def _read_amount(text):
    if text is None:
        return None
    if not _AMOUNT.fullmatch(text):
        raise ValueError("not an amount")
    return Decimal(text)


def _read_currency(text):
    if text is not None and not _CURRENCY.fullmatch(text):
        raise ValueError("not a currency")
    return text


def _read_moment(text):
    """Return a naive moment in UTC, or None."""
    moment = None if text is None else datetime.fromisoformat(text)
    if moment is not None and moment.tzinfo is not None:
        raise ValueError("moments are stored in UTC, without a zone")
    return moment


def _refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def _without_repeats(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found
