"""Workbooks for people who check, sign and forward: amounts are numbers, everything else is text."""

import json
import tempfile
from decimal import Decimal

import xlsxwriter

from .cells import get_header, get_text_problems
from .parts import pack, unpack
from .tables import check_columns, check_decimal_mark, make_rows, place_totals, raise_if_unfit

SHEET_NAME = "Payments"

# Limits of the file format.
_MAX_ROWS = 1_048_576
_MAX_COLUMNS = 16_384
_MAX_TEXT = 32_767

# What a spreadsheet keeps of a number.
_MAX_DIGITS = 15

_DEFAULT_WIDTH = 18


class XlsxFormat:
    """XLSX written row by row, so that memory stays flat, with the same bytes for the same payments.

    Nothing is ever a formula or a link. An amount that a spreadsheet cannot hold exactly is written as text.
    """

    extension = "xlsx"
    mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def check(self, layout):
        """Return what is wrong with a layout, as a list of sentences; empty where it can be used."""
        problems = check_columns(layout) + check_decimal_mark(layout)
        if len(layout.columns) > _MAX_COLUMNS:
            problems.append(f"A sheet holds {_MAX_COLUMNS} columns at most.")
        for column in layout.columns:
            problems += [
                f"The header {column.header!r}: {problem}."
                for problem in get_text_problems(get_header(column), "utf-8")
            ]
        return problems

    def part(self, layout, head, payments):
        """Return the rows of some payments as lines of JSON.

        :raises DocumentError: naming every payment that cannot be written, and why
        """
        raise_if_unfit(self.check(layout))

        def write(column, cell):
            problems = get_text_problems(cell.text, "utf-8")
            if len(cell.text) > _MAX_TEXT:
                problems.append(f"it has more than {_MAX_TEXT} characters; shorten it")
            return (cell.kind, cell.text), problems

        rows = make_rows(layout, head, payments, write)
        return pack(payments, "".join(json.dumps(row) + "\n" for row in rows).encode())

    def join(self, layout, head, parts, stream):
        """Write the whole workbook: header, all parts, totals.

        :param parts: iterable of bytes; only one is held at a time
        :param stream: binary stream
        """
        raise_if_unfit(self.check(layout))
        if head.count + 2 > _MAX_ROWS:
            raise_if_unfit([f"A sheet holds {_MAX_ROWS} rows at most: make several batches, or use CSV."])
        # Its own folder, so that nothing of a file that failed half-way stays behind.
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
            workbook.set_properties({"created": head.created_at.replace(tzinfo=None, microsecond=0)})
            _SheetWriter(workbook, layout, head).write_all(unpack(parts, head))
            workbook.close()


class _SheetWriter:
    def __init__(self, workbook, layout, head):
        self.layout = layout
        self.head = head
        self.sheet = workbook.add_worksheet(SHEET_NAME)
        self.row = 0
        self.bold = workbook.add_format({"bold": True})
        self.text = workbook.add_format({"num_format": "@"})
        digits = 0 if layout.minor_units else len(head.total.partition(".")[2])
        number = {"num_format": f"0.{'0' * digits}" if digits else "0"}
        self.number = workbook.add_format(number)
        self.bold_number = workbook.add_format({**number, "bold": True})

    def write_all(self, bodies):
        """Write everything, top down: rows that are written are gone from memory."""
        layout = self.layout
        for place, column in enumerate(layout.columns):
            self.sheet.set_column(place, place, column.width or _DEFAULT_WIDTH)
        if layout.header:
            self.sheet.freeze_panes(1, 0)
            for place, column in enumerate(layout.columns):
                self.sheet.write_string(0, place, get_header(column), self.bold)
            self.row = 1
        for body in bodies:
            for line in body.splitlines():
                for place, (kind, text) in enumerate(json.loads(line)):
                    self._write_cell(place, kind, text, self.text, self.number)
                self.row += 1
        if layout.totals:
            cells, homeless = place_totals(layout, self.head)
            for place, cell in enumerate(cells + homeless):
                self._write_cell(place, cell.kind, cell.text, self.bold, self.bold_number)

    def _write_cell(self, place, kind, text, text_format, number_format):
        if not text:
            return
        if kind == "integer":
            self.sheet.write_number(self.row, place, int(text))
        elif kind == "amount" and is_exact_number(text):
            self._write_amount(place, text, number_format)
        else:
            self.sheet.write_string(self.row, place, text, text_format)

    def _write_amount(self, place, text, number_format):
        if self.layout.minor_units:
            number = int(text.replace(".", ""))
        else:
            number = float(text)
        self.sheet.write_number(self.row, place, number, number_format)


def is_exact_number(text):
    """Tell whether a spreadsheet keeps an amount to the last digit.

    :param str text: decimal string
    """
    digits = text.replace(".", "").replace("-", "").lstrip("0")
    return len(digits) <= _MAX_DIGITS and Decimal(repr(float(text))) == Decimal(text)
