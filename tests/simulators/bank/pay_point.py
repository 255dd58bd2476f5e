"""A pay point: people come with a voucher, get cash, and the clerk fills the list in that came from the office."""

import hashlib
import io
from datetime import datetime

import openpyxl

from .orders import Item, Order, Refused

#: What the clerk reads, and what the clerk fills in; by header, whatever stands between.
READ = ("reference", "payee", "amount", "currency")
FILLED = ("status", "date", "reason")
#: Characters of a reference: no bank's message carries it.
LONGEST = 64
WORDS = {"paid": "paid", "refused": "failed", "pending": "", "odd": "perhaps"}


class PayPointList:
    """A list of open payments, as a workbook that is filled in and sent back.

    :param bytes data: the workbook
    :raise Refused: where it is not one
    """

    def __init__(self, data):
        self._workbook = _open(data)
        self._sheet = self._workbook.worksheets[0]
        rows = self._sheet.iter_rows(min_row=1, max_row=1, values_only=True)
        headers = [str(cell or "").strip().lower() for cell in next(rows, ())]
        missing = [name for name in (*READ, *FILLED) if name not in headers]
        if missing:
            raise Refused([f"the list has no column {', '.join(missing)}"])
        self._places = {name: headers.index(name) + 1 for name in (*READ, *FILLED)}
        self._row_of = {}
        for row in range(2, self._sheet.max_row + 1):
            if reference := self._get(row, "reference"):
                self._row_of.setdefault(reference, row)
        items = [
            self._read_item(row) for row in range(2, self._sheet.max_row + 1) if self._get(row, "reference")
        ]
        self.order = Order(hashlib.sha256(data).hexdigest()[:32], items)
        self.order.check(str(len(items)), f"{self.order.total if self._is_readable() else 0}")

    def _is_readable(self):
        return not any(item.problems() for item in self.order.items)

    def _read_item(self, row):
        amount = self._get(row, "amount")
        return Item(
            place=f"row {row}",
            reference=self._get(row, "reference"),
            name=self._get(row, "payee"),
            address=f"cash:{self._get(row, 'payee')}",
            amount=f"{float(amount):.2f}" if _is_number(amount) else amount,
            currency=self._get(row, "currency"),
            longest=LONGEST,
        )

    def _get(self, row, name):
        value = self._sheet.cell(row, self._places[name]).value
        return "" if value is None else str(value).strip()

    def fill_in(self, rows):
        """Return the workbook with what became of each payment.

        :param rows: list of books.Row; those of strangers are added below
        :return: bytes
        """
        for row in rows:
            place = self._row_of.get(row.reference) or self._add(row)
            self._set(place, "amount", float(row.amount))
            self._set(place, "currency", row.currency)
            self._set(place, "status", WORDS[row.result])
            self._set(place, "date", datetime.fromisoformat(row.date) if WORDS[row.result] else None)
            self._set(place, "reason", row.reason)
        stream = io.BytesIO()
        self._workbook.save(stream)
        return stream.getvalue()

    def _add(self, row):
        place = self._sheet.max_row + 1
        self._set(place, "reference", row.reference)
        return place

    def _set(self, row, name, value):
        self._sheet.cell(row, self._places[name]).value = value


def _open(data):
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(data))
    except Exception as error:
        raise Refused(["no workbook (XLSX)"]) from error
    if len(workbook.worksheets) != 1:
        raise Refused(["one list is one sheet"])
    return workbook


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
