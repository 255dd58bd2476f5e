"""The table of open payments that a bank or a pay point fills in and sends back."""

import csv
import io
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import xlsxwriter

from .cells import neutralise
from .xlsx_file import is_exact_number

_HEADERS = (
    "Reference", "Payee", "Amount", "Currency", "Batch", "Status", "Date", "Code", "Reason", "Bank Reference",
)  # fmt: skip
_AMOUNT, _STATUS, _DATE = (_HEADERS.index(name) for name in ("Amount", "Status", "Date"))
_WIDTHS = (38, 30, 14, 9, 20, 12, 12, 10, 30, 22)
_CHOICES = ["paid", "failed", "pending"]

# The same payments give the same bytes, whenever they are exported.
_CREATED = datetime(2000, 1, 1)
_SLICE = 1_000
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A payment whose result is not known yet.

    :param reference: ``g2p.payment.name``
    :param amount: decimal string with the currency's digits
    """

    reference: str
    payee: str
    amount: str
    currency: str
    batch: str


def write_template(rows, kind, stream):
    """Write the open payments as a table that :func:`~.results.read_results` reads when it is filled in.

    :param rows: iterable of :class:`OpenPayment`; a bounded number is held at a time
    :param str kind: ``csv`` or ``xlsx``
    :param stream: binary stream
    """
    if kind == "xlsx":
        _write_xlsx(rows, stream)
    elif kind == "csv":
        _write_csv(rows, stream)
    else:
        raise ValueError(f"{kind!r} is neither csv nor xlsx")


def _write_csv(rows, stream):
    # With a mark, or spreadsheets take UTF-8 for something else.
    stream.write(b"\xef\xbb\xbf")
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(_HEADERS)
    blanks = [""] * (len(_HEADERS) - _STATUS)
    for count, row in enumerate(rows, 1):
        texts = [
            neutralise(_clean(row.reference)),
            neutralise(_clean(row.payee)),
            _make_unambiguous(row.amount),
        ]
        writer.writerow([*texts, row.currency, neutralise(_clean(row.batch)), *blanks])
        if count % _SLICE == 0:
            _flush(buffer, stream)
    _flush(buffer, stream)


def _flush(buffer, stream):
    stream.write(buffer.getvalue().encode())
    buffer.seek(0)
    buffer.truncate()


def _make_unambiguous(amount):
    """Return an amount that nobody can take for thousands: ``1.2500`` for ``1.250``."""
    return f"{amount}0" if len(str(amount).partition(".")[2]) == 3 else str(amount)


def _write_xlsx(rows, stream):
    with tempfile.TemporaryDirectory() as folder:
        workbook = xlsxwriter.Workbook(
            stream,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": folder,
            },
        )
        workbook.set_properties({"created": _CREATED})
        sheet = workbook.add_worksheet("Payments")
        formats = _Formats(workbook)
        for place, (header, width) in enumerate(zip(_HEADERS, _WIDTHS, strict=True)):
            # The whole column, so that what is typed in stays as it is typed.
            sheet.set_column(place, place, width, formats.of_column(place))
            sheet.write_string(0, place, header, formats.bold)
        sheet.freeze_panes(1, 0)
        count = 0
        for count, row in enumerate(rows, 1):
            _write_row(sheet, count, row, formats)
        if count:
            sheet.data_validation(1, _STATUS, count, _STATUS, {"validate": "list", "source": _CHOICES})
        workbook.close()


class _Formats:
    def __init__(self, workbook):
        self.workbook = workbook
        self.bold = workbook.add_format({"bold": True})
        self.text = workbook.add_format({"num_format": "@"})
        self.date = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self.by_digits = {}

    def of_column(self, place):
        """Return the format of a whole column."""
        if place == _DATE:
            return self.date
        return None if place == _AMOUNT else self.text

    def of_amount(self, amount):
        """Return the format that shows all digits of an amount."""
        digits = len(amount.partition(".")[2])
        if digits not in self.by_digits:
            pattern = f"0.{'0' * digits}" if digits else "0"
            self.by_digits[digits] = self.workbook.add_format({"num_format": pattern})
        return self.by_digits[digits]


def _write_row(sheet, line, row, formats):
    for place, text in enumerate((row.reference, row.payee)):
        sheet.write_string(line, place, _clean(text), formats.text)
    amount = str(row.amount)
    if is_exact_number(amount):
        sheet.write_number(line, _AMOUNT, float(Decimal(amount)), formats.of_amount(amount))
    else:
        sheet.write_string(line, _AMOUNT, _make_unambiguous(amount), formats.text)
    for place, text in enumerate((row.currency, row.batch), _AMOUNT + 1):
        sheet.write_string(line, place, _clean(text), formats.text)


def _clean(text):
    """Return a text on one line, without what no file can hold."""
    return _UNPRINTABLE.sub(" ", text)
