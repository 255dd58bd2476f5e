"""Reading what a bank or a pay point sends back, and writing the table that it can fill in.

A file is read whole or not at all: all errors of all cells come at once, and none of them is ever guessed away.
"""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from . import result_cells
from .result_cells import CellProblem, squeeze
from .result_tables import FileError, iter_lines
from .result_template import OpenPayment, write_template

__all__ = [
    "CellError",
    "OpenPayment",
    "ReadOptions",
    "ResultRow",
    "ResultTable",
    "read_results",
    "write_template",
]

MAX_ERRORS = 10_000
_MAX_SHOWN = 80

#: Headers that are understood, without case, blanks and marks.
HEADERS = {
    "reference": ("reference", "paymentreference", "paymentid", "ourreference"),
    "end_to_end_id": ("endtoendid", "endtoendreference", "endtoend", "e2eid", "e2ereference"),
    "status": ("status", "paymentstatus", "transactionstatus", "txsts", "result"),
    "amount": ("amount", "amountpaid", "paidamount", "instructedamount", "instdamt"),
    "currency": ("currency", "ccy", "currencycode"),
    "date": ("date", "paymentdate", "executiondate", "valuedate", "bookingdate", "paidon", "datepaid"),
    "code": ("code", "reasoncode", "errorcode"),
    "reason": ("reason", "reasontext", "remark", "remarks", "additionalinformation"),
    "external_reference": (
        "bankreference", "externalreference", "transactionid", "transactionreference", "receipt", "receiptnumber",
    ),
}  # fmt: skip
_FIELD_BY_HEADER = {name: one for one, names in HEADERS.items() for name in names}


@dataclass(frozen=True)
class ReadOptions:
    """How people said that a file is to be read; empty where it is to be found out.

    :param encoding: of CSV; a byte order mark in the file goes before it
    :param delimiter: of CSV
    :param decimal_mark: ``.`` or ``,``
    :param date_format: as ``strptime`` has it
    """

    encoding: str = ""
    delimiter: str = ""
    decimal_mark: str = ""
    date_format: str = ""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What one line says of one payment.

    :param line: of the file, from 1 with the header
    :param reference: the payment's reference or end-to-end ID, as it stands there
    :param status: ``paid``, ``failed``, or ``pending``, which says nothing
    :param amount: exactly as it stands there; None where it does not say
    """

    line: int
    reference: str
    status: str
    amount: Decimal | None = None
    currency: str = ""
    date: datetime.date | None = None
    code: str = ""
    reason: str = ""
    external_reference: str = ""


@dataclass(frozen=True, slots=True)
class CellError:
    """One cell that cannot be read, or a line, or the file.

    :param line: 0 for the file as a whole
    :param column: header as it stands in the file, empty for a whole line
    :param value_shown: what stood there, shortened; never from a column that is not read, as the payee's is not
    :param message: what is wrong, and what to do
    """

    line: int
    column: str
    value_shown: str
    message: str


@dataclass
class ResultTable:
    """What a file says, and what is wrong with it; the rows count only where there are no errors.

    :param headers: {field: its header as it stands in the file}
    :param ignored: headers of columns that are not read
    :param repeated: how many lines said the same once more; they are counted once
    """

    rows: list[ResultRow] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict, compare=False)
    ignored: list[str] = field(default_factory=list)
    repeated: int = 0


def read_results(data, options=None):
    """Read a CSV or XLSX file; which one it is shows its content.

    :param bytes data: the file
    :param ReadOptions options: how it is to be read
    :return: :class:`ResultTable`; no file whatever makes it raise
    """
    reader = _Reader(options or ReadOptions())
    try:
        for line, cells in iter_lines(data, reader.options, _count_known):
            reader.take(line, cells)
            if len(reader.table.errors) >= MAX_ERRORS:
                raise FileError(f"There are more errors than these {MAX_ERRORS}: mend these first.", line)
        reader.finish()
    except FileError as error:
        reader.table.errors.append(CellError(error.line, "", "", error.text))
    return reader.table


def _count_known(cells):
    return sum(_find_field(cell) is not None for cell in cells)


def _find_field(header):
    return _FIELD_BY_HEADER.get(squeeze(header)) if isinstance(header, str) else None


class _Reader:
    def __init__(self, options):
        self.options = options
        self.table = ResultTable()
        self.headers = None
        self.places = {}
        self.first_rows = {}
        self.marks = {}

    def take(self, line, cells):
        """Read the next line that is not blank; the first is the header."""
        if self.headers is None:
            self._take_header(line, cells)
        else:
            self._take_row(line, cells)

    def finish(self):
        """Say what a file without a table lacks."""
        if self.headers is None:
            raise FileError("The file holds no table: its first line must name the columns.")

    # ---- Header -----------------------------------------------------------------------------------------------
    def _take_header(self, line, cells):
        self.headers = [_show(cell) if isinstance(cell, str) else "" for cell in cells]
        while self.headers and not self.headers[-1]:
            self.headers.pop()
        for place, header in enumerate(self.headers):
            name = _find_field(header)
            if name is None:
                if header:
                    self.table.ignored.append(header)
            elif name in self.places:
                self._add_error(
                    line,
                    header,
                    "",
                    f"It means the same as {self.headers[self.places[name]]!r}: leave only one of them.",
                )
            else:
                self.places[name] = place
                self.table.headers[name] = header
        if "reference" not in self.places and "end_to_end_id" not in self.places:
            raise FileError(
                'No column is called "Reference" or "End to End ID": name it so in the first line.', line
            )
        if "status" not in self.places:
            raise FileError('No column is called "Status": name it so in the first line.', line)

    # ---- Rows -------------------------------------------------------------------------------------------------
    def _take_row(self, line, cells):
        values = self._fit(line, cells)
        if values is None:
            return
        before = len(self.table.errors)
        reference = self._read_reference(line, values)
        row = ResultRow(
            line=line,
            reference=reference,
            status=self._read(line, values, "status", result_cells.read_status) or "",
            amount=self._read_amount(line, values),
            currency=self._read(line, values, "currency", result_cells.read_currency) or "",
            date=self._read(line, values, "date", self._read_date),
            code=self._read(line, values, "code", result_cells.read_text) or "",
            reason=self._read(line, values, "reason", result_cells.read_text) or "",
            external_reference=self._read(line, values, "external_reference", result_cells.read_text) or "",
        )
        if len(self.table.errors) == before:
            self._add_row(row)

    def _fit(self, line, cells):
        """Return a line's cells, as many as there are headers; a line of another length has lost its columns."""
        width = len(self.headers)
        if any(cell not in (None, "") for cell in cells[width:]):
            self._add_error(
                line,
                "",
                "",
                f"It has more cells than the {width} headers: put quotes around a delimiter within a text.",
            )
            return None
        if len(cells) < width:
            self._add_error(
                line,
                "",
                "",
                f"It has only {len(cells)} cells for {width} headers: add the delimiters of empty cells.",
            )
            return None
        return cells

    def _read(self, line, values, name, read):
        """Return what a cell says, None where there is no such column or it cannot be read."""
        place = self.places.get(name)
        if place is None:
            return None
        try:
            return read(values[place])
        except CellProblem as problem:
            self._add_error(line, self.headers[place], _show(values[place]), problem.text)
            return None

    def _read_date(self, value):
        return result_cells.read_date(value, self.options.date_format)

    def _read_amount(self, line, values):
        found = self._read(
            line, values, "amount", lambda value: result_cells.read_amount(value, self.options.decimal_mark)
        )
        if found is None:
            return None
        amount, mark = found
        if mark:
            self.marks.setdefault(mark, line)
            if len(self.marks) > 1:
                other = self.marks["," if mark == "." else "."]
                place = self.places["amount"]
                self._add_error(
                    line,
                    self.headers[place],
                    _show(values[place]),
                    f"its decimal mark is another than in line {other}; write all amounts in the same way.",
                )
        return amount

    def _read_reference(self, line, values):
        before = len(self.table.errors)
        found = [
            (name, text)
            for name in ("reference", "end_to_end_id")
            if (text := self._read(line, values, name, result_cells.read_text))
        ]
        if len(self.table.errors) > before:
            return ""
        if not found:
            place = min(self.places[name] for name in ("reference", "end_to_end_id") if name in self.places)
            self._add_error(
                line,
                self.headers[place],
                "",
                "the reference is missing; write it, or remove a line of totals.",
            )
            return ""
        if len({_get_key(text) for _name, text in found}) > 1:
            name, text = found[1]
            self._add_error(
                line,
                self.headers[self.places[name]],
                _show(text),
                "it names another payment than the reference; correct one.",
            )
        return found[0][1]

    def _add_row(self, row):
        key = _get_key(row.reference)
        first = self.first_rows.setdefault(key, row)
        if first is row:
            self.table.rows.append(row)
        elif _get_said(first) == _get_said(row):
            self.table.repeated += 1
        else:
            name = "reference" if "reference" in self.places else "end_to_end_id"
            self._add_error(
                row.line,
                self.headers[self.places[name]],
                _show(row.reference),
                f"line {first.line} names the same payment and says something else; leave only the right one.",
            )

    def _add_error(self, line, column, value, message):
        self.table.errors.append(CellError(line, column, value, message[:1].upper() + message[1:]))


def _get_key(reference):
    """Return a reference as end-to-end ID, so that both name the same payment."""
    return reference.replace("-", "").casefold()


def _get_said(row):
    return (
        row.status, row.amount, row.currency, row.date, row.code, row.reason, row.external_reference,
    )  # fmt: skip


def _show(value):
    """Return a cell's beginning as one printable line."""
    if isinstance(value, result_cells.Broken) or value is None:
        return ""
    text = "".join(one if one.isprintable() else " " for one in str(value)[: 2 * _MAX_SHOWN]).strip()
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."
