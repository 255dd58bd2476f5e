"""The bank: takes a file at the counter, pays what it asks for, and gives results back."""

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..ledger import Ledger
from .books import Books, Row
from .csv_file import read_csv
from .faults import BankScript
from .orders import Refused
from .pain001 import read_pain001
from .pay_point import PayPointList

RESULT_COLUMNS = (
    "End-to-End ID", "Status", "Amount", "Currency", "Booking Date", "Reason Code", "Reason", "Bank Reference",
)  # fmt: skip
WORDS = {"paid": "EXECUTED", "refused": "REJECTED", "pending": "PENDING", "odd": "IN CLARIFICATION"}
CLOSED = "AC04"
REASONS = {CLOSED: "Account closed", "AC01": "No such account", "MS03": "No reason given"}


@dataclass(frozen=True)
class Reply:
    """What comes back for a file.

    :param message_id: the bank's name of the order, for asking again
    :param content: the file of results
    :param paid: how many payments were made
    """

    message_id: str
    name: str
    content: bytes
    paid: int
    refused: int
    pending: int


class Bank:
    """A bank with a counter, and a pay point beside it.

    :param ledger_path: file of what was really paid; what was taken is remembered beside it
    :param script: faults.BankScript, or a dict as :mod:`tests.simulators.script` describes it
    """

    def __init__(self, ledger_path, script=None):
        self._books = Books(Ledger(ledger_path), Path(f"{ledger_path}.taken"))
        self.play(script)

    def play(self, script=None):
        """Give another script; files are counted from 1 again.

        :param script: faults.BankScript, or a dict; nobody is refused when None
        """
        self.script = script if isinstance(script, BankScript) else BankScript.parse(script or {})
        self._files = 0

    def close(self):
        """Close the ledger."""
        self._books.ledger.close()

    def take(self, name, data):
        """Take one file and pay what it asks for.

        :param str name: of the file, for the name of the reply
        :param bytes data: a workbook is a pay point's list, XML is pain.001, all else the bank's CSV
        :return: :class:`Reply`
        :raise Refused: with everything that is wrong; nothing is paid then
        """
        sha256 = hashlib.sha256(data).hexdigest()
        self._books.check_new(sha256)
        list_ = PayPointList(data) if data.startswith(b"PK") else None
        order = list_.order if list_ else _read(data)
        self._books.check_new(sha256, order.message_id)
        if len(order.items) > self.script.max_items:
            raise Refused([f"more than {self.script.max_items} payments in one file"])
        rows = [self._decide(order, item) for item in order.items]
        self._books.book(sha256, order, rows)
        self._files += 1
        told = self.script.spoil(self._files, order, rows)
        return _reply(name, order.message_id, told, rows, list_)

    def ask_again(self, message_id, name="again.csv"):
        """Return the results of an order once more, as the books have them; nothing is paid.

        :raise Refused: when there is no such order
        """
        rows = self._books.rows(message_id)
        return _reply(name, message_id, rows, rows)

    def correct(self, data, message_id):
        """Fill a pay point's list in once more, as the books have it; nothing is paid.

        :param bytes data: the list as it came
        :raise Refused: when there is no such order
        """
        rows = self._books.rows(message_id)
        return _reply("corrected.xlsx", message_id, rows, rows, PayPointList(data))

    def _decide(self, order, item):
        outcome = self.script.outcome_of(order.message_id, item.reference, item.address)
        result, code = outcome.result, outcome.code
        if self.script.currencies and item.currency not in self.script.currencies:
            result, code = "refused", "AM03"
        own = hashlib.sha256(f"{order.message_id} {item.reference}".encode()).hexdigest()[:12].upper()
        return Row(
            reference=item.reference,
            result=result,
            amount=item.amount,
            currency=item.currency,
            date=datetime.now(UTC).date().isoformat(),
            code=code,
            reason=REASONS.get(code, code and outcome.status),
            own_reference=own if result == "paid" else "",
        )


def _read(data):
    return read_pain001(data) if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else read_csv(data)


def _reply(name, message_id, told, rows, list_=None):
    results = [row.result for row in rows]
    return Reply(
        message_id=message_id,
        name=f"{Path(name).stem}-results.{'xlsx' if list_ else 'csv'}",
        content=list_.fill_in(told) if list_ else _write(told),
        paid=results.count("paid"),
        refused=results.count("refused"),
        pending=results.count("pending"),
    )


def _write(rows):
    """Return the results as the bank sends them: semicolons, and its own words."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(RESULT_COLUMNS)
    for row in rows:
        date = "" if row.result == "pending" else row.date
        writer.writerow(
            [
                row.reference,
                WORDS[row.result],
                row.amount,
                row.currency,
                date,
                row.code,
                row.reason,
                row.own_reference,
            ]  # fmt: skip
        )
    return stream.getvalue().encode()
