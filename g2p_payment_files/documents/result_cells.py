"""Cells of files that come back, as exact values; whatever is not beyond doubt is refused with the remedy."""

import re
from datetime import date, datetime, time
from decimal import Decimal

from .cells import restore
from .result_tables import Broken

PAID, FAILED, PENDING = "paid", "failed", "pending"

#: What banks and pay points write, in small letters and without anything between; a closed list. Those of ISO 20022
#: are from ExternalPaymentTransactionStatus1Code; all but ACSC, ACCC and RJCT say nothing final.
STATUSES = {
    PAID: (
        "paid", "executed", "success", "successful", "succeeded", "ok", "completed", "complete",
        "settled", "paidout", "acsc", "accc",
    ),
    FAILED: ("failed", "failure", "fail", "rejected", "reject", "returned", "return", "notpaid", "rjct"),
    PENDING: (
        "", "pending", "open", "inprogress", "processing", "inprocess", "accepted", "received", "queued", "waiting",
        "sent", "issued", "acsp", "actc", "accp", "acwc", "acwp", "rcvd", "pdng", "pact", "patc",
    ),
}  # fmt: skip
_STATUS_BY_NAME = {name: status for status, names in STATUSES.items() for name in names}

MAX_TEXT = 2_000

# No currency has more, and no sum of money is longer.
_MAX_FRACTION = 8
_MAX_WHOLE = 18
_SURE_DIGITS = 15

_SPACES = re.compile("[ \u00a0\u202f\u2009]")
_PLAIN = re.compile(r"\d+", re.ASCII)
_MARKED = re.compile(r"(\d*)([.,])(\d+)", re.ASCII)
_GROUPED = r"\d{{1,3}}(?:{0}\d{{2,3}})*{0}\d{{3}}"
_ISO_DATE = re.compile(
    r"(\d{4})([-/]?)(\d{2})\2(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)


class CellProblem(Exception):
    """A cell cannot be read: the text says why and what to do."""

    def __init__(self, text):
        self.text = text
        super().__init__(text)


def squeeze(text):
    """Return a header or status without case, blanks and marks, to compare it."""
    return "".join(one for one in str(text).casefold() if one.isalnum())


def read_text(value):
    """Return a cell as text.

    :raises CellProblem: where it cannot be sure what stood there
    """
    if isinstance(value, Broken):
        raise CellProblem(f"{value.reason}.")
    if value is None:
        return ""
    if isinstance(value, bool):
        raise CellProblem("it holds true or false; write it as text.")
    if isinstance(value, int | float):
        return _read_number_as_text(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    text = restore(str(value).strip())
    if len(text) > MAX_TEXT:
        raise CellProblem(f"it has more than {MAX_TEXT} characters; shorten it.")
    if any("\ud800" <= one <= "\udfff" for one in text):
        raise CellProblem("it holds half a character; correct it.")
    return text


def _read_number_as_text(value):
    if value != value or value in (float("inf"), float("-inf")):
        raise CellProblem("it holds no number; write it as text.")
    if abs(value) >= 10**_SURE_DIGITS:
        raise CellProblem(
            f"it is a number of more than {_SURE_DIGITS} digits, of which spreadsheets lose the last; "
            "format the cell as text and write it again."
        )
    return str(int(value)) if value == int(value) else repr(value)


def read_status(value):
    """Return ``paid``, ``failed`` or ``pending``; nothing says nothing, which is pending too."""
    text = read_text(value)
    status = _STATUS_BY_NAME.get(squeeze(text))
    if status is None or text and not squeeze(text):
        raise CellProblem("it is no known status; write paid, failed or pending.")
    return status


def read_currency(value):
    """Return a currency code in capitals, empty where there is none."""
    text = read_text(value).upper()
    if text and not re.fullmatch("[A-Z]{3}", text):
        raise CellProblem("it is no currency code; write three letters, e.g. EUR.")
    return text


def read_amount(value, decimal_mark=""):
    """Return an amount exactly as it stands in the file.

    :param value: cell
    :param str decimal_mark: ``.``, ``,`` or empty where nobody said
    :return: (Decimal, None where there is none; the decimal mark that the cell shows, empty where it shows none)
    :raises CellProblem: where it is no amount, or could be two different ones
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _check_amount(_read_number(value)), ""
    if isinstance(value, datetime | date | time):
        raise CellProblem("it is formatted as a date; format it as a number.")
    text = _SPACES.sub("", read_text(value)).replace("'", "").replace("\u2019", "")
    if not text:
        return None, ""
    if text.startswith("-") or text.startswith("("):
        raise CellProblem("it is negative; a payment never is.")
    if _PLAIN.fullmatch(text):
        return _check_amount(Decimal(text)), ""
    mark = decimal_mark or _find_mark(text)
    group = "," if mark == "." else "."
    whole, found, fraction = text.partition(mark)
    if group in whole and re.fullmatch(_GROUPED.format(re.escape(group)), whole, re.ASCII):
        whole = whole.replace(group, "")
    if not _PLAIN.fullmatch(whole + fraction) or (found and not fraction):
        raise CellProblem("it is no amount; write digits with a decimal mark only, e.g. 1250.00.")
    return _check_amount(Decimal(f"{whole or 0}.{fraction or 0}")), mark if found else ""


def _read_number(value):
    if value != value or value in (float("inf"), float("-inf")):
        raise CellProblem("it is no number; correct it.")
    if value < 0:
        raise CellProblem("it is negative; a payment never is.")
    # The shortest decimal that is this number: what was typed, wherever a spreadsheet kept it.
    return Decimal(value) if isinstance(value, int) else Decimal(repr(value))


def _find_mark(text):
    """Return the decimal mark of an amount that can be read in one way only."""
    if "." in text and "," in text:
        return max(".,", key=text.rindex)
    for mark in ".,":
        if text.count(mark) > 1:
            # Several of one kind part thousands.
            return "," if mark == "." else "."
    marked = _MARKED.fullmatch(text)
    if not marked:
        raise CellProblem("it is no amount; write digits with a decimal mark only, e.g. 1250.00.")
    whole, mark, fraction = marked.groups()
    if len(fraction) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0"):
        raise CellProblem(
            f"it can mean {whole}{fraction} or {whole} and a fraction; choose the decimal mark of the file."
        )
    return mark


def _check_amount(amount):
    if amount >= 10**_MAX_WHOLE:
        raise CellProblem(f"it has more than {_MAX_WHOLE} digits; correct it.")
    if -amount.as_tuple().exponent <= _MAX_FRACTION:
        return amount
    if amount != round(amount, _MAX_FRACTION):
        raise CellProblem(f"it has more than {_MAX_FRACTION} digits after the mark; write the exact amount.")
    return round(amount, _MAX_FRACTION)


def read_date(value, date_format=""):
    """Return a date, None where there is none.

    :param value: cell
    :param str date_format: as ``strptime`` has it, empty for year, month, day
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float | time):
        raise CellProblem("it is no date; format the cell as a date, or write it as text.")
    text = read_text(value)
    if not text:
        return None
    found = _ISO_DATE.fullmatch(text)
    try:
        if date_format:
            return datetime.strptime(text, date_format).date()
        if found:
            return date(int(found.group(1)), int(found.group(3)), int(found.group(4)))
    except (ValueError, OverflowError, re.error):
        raise CellProblem(
            "it is no date in the form that was chosen; correct it, or choose another form."
        ) from None
    raise CellProblem("it is no date as year-month-day; write it so, or choose the form of dates.")
