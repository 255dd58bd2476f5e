"""How the bulk processor reads what it is given (contract, sections 3.2 and 3.3)."""

import csv
import io
import json
import re
import uuid
from dataclasses import dataclass, field

from .profiles import COLUMNS

_JAVA_INT = re.compile(r"[+-]?[0-9]{1,10}")
_JAVA_DOUBLE = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[dDfF]?\s*")
_JAVA_LONG = re.compile(r"[+-]?[0-9]{1,19}")


class Unreadable(ValueError):
    """The body cannot be taken apart."""


@dataclass
class Submission:
    """One batch as the hub understood it.

    :param lines: data lines as they stand in the file
    :param rows: the same by header name; None where a line has no such cell
    :param sha256: of the file, or the JSON text, as the hub found it in the body
    :param cautions: what a careful caller would not have sent
    """

    tenant: str
    correlation: str
    kind: str
    file_name: str = ""
    institution: str | None = None
    program: str | None = None
    callback_url: str | None = None
    sha256: str = ""
    header: tuple = ()
    lines: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    cautions: list = field(default_factory=list)


def file_content(body, boundary, charset, cautions):
    """Return the file in a multipart ``body`` as the hub's home-made parser finds it.

    It reads every second part, ends at the first blank line and strips what is around the content.

    :raise Unreadable: when there are no parts
    """
    text = body.decode(charset, errors="replace").replace("\r\n", "\n")
    pieces = text.split(f"--{boundary}") if boundary else []
    if len(pieces) < 3:
        raise Unreadable("no parts")
    parts = pieces[1:-1]
    if len(parts) > 1:
        cautions.append("more than one part")
    contents = []
    for part in parts[::2]:
        content = part.partition("\n\n")[2].removesuffix("\n")
        before, blank, after = ("\n" + content).partition("\n\n")
        if blank and after.strip():
            cautions.append("a blank line ends the file before its end")
        contents.append(before[1:])
    if b"\r" in body.partition(b"\r\n\r\n")[2].partition(f"\r\n--{boundary}".encode())[0]:
        cautions.append("lines end with CR LF")
    return "\n".join(contents).strip()


def header_names(content):
    """Return the names in the first line, split at bare commas as the hub does."""
    return tuple(content.partition("\n")[0].split(","))


def read_rows(content):
    """Return the data lines of ``content``, and its rows by name.

    :raise ValueError: where an id is no integer or an amount no number
    """
    lines = [line for line in content.split("\n")[1:] if line]
    names = header_names(content)
    rows = []
    try:
        for cells in csv.reader(io.StringIO("\n".join(lines))):
            row = dict.fromkeys(COLUMNS)
            row.update(zip(names, cells, strict=False))
            rows.append(row)
    except csv.Error as error:
        raise ValueError("cells") from error
    for row in rows:
        number = row["id"] or ""
        if not _JAVA_INT.fullmatch(number) or not -(2**31) <= int(number) < 2**31:
            raise ValueError("id")
        if not _JAVA_DOUBLE.fullmatch(row["amount"] or ""):
            raise ValueError("amount")
    return lines, rows


def by_position(line):
    """Return the row in ``line`` by the hub's own order of columns, as it is read when a batch is split.

    :raise ValueError: where the amount is no whole number, which ends the whole workflow
    """
    row = dict.fromkeys(COLUMNS)
    row.update(zip(COLUMNS, line.split(","), strict=False))
    if not _JAVA_LONG.fullmatch(row["amount"] or ""):
        raise ValueError("amount")
    return row


def is_long(amount):
    """Whether Java's ``Long.parseLong`` takes ``amount``."""
    return bool(_JAVA_LONG.fullmatch(amount or ""))


def file_of_json(text):
    """Return the CSV file that the hub makes of a RAW body.

    :raise Unreadable: where it is not what the hub expects
    """
    try:
        given = json.loads(text)
        given = given if isinstance(given, list) else [given]
        rows = [_row_of_json(number, payment) for number, payment in enumerate(given)]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise Unreadable(f"Cannot deserialize value: {error}") from error
    lines = [",".join(COLUMNS), *(",".join(jackson_cell(row[name]) for name in COLUMNS) for row in rows)]
    return "\n".join(lines)


def jackson_cell(value):
    """Return ``value`` as the hub's CSV writer writes it: long texts in quotes whatever is in them."""
    if value is None:
        return ""
    if len(value) > 24 or any(sign in value for sign in ',"\n\r'):
        return '"' + value.replace('"', '""') + '"'
    return value


def _row_of_json(number, payment):
    credit = payment["creditParty"][0]
    debit = (payment.get("debitParty") or [{}])[0]
    row = dict.fromkeys(COLUMNS)
    row.update(
        id=str(number),
        request_id=_text(payment.get("requestId")) or str(uuid.uuid4()),
        payment_mode=_text(payment.get("paymentMode")),
        payer_identifier_type=_text(debit.get("key")),
        payer_identifier=_text(debit.get("value")),
        payee_identifier_type=_text(credit.get("key")),
        payee_identifier=_text(credit.get("value")),
        amount=_text(payment.get("amount")),
        currency=_text(payment.get("currency")),
        note=_text(payment.get("descriptionText")),
    )
    return row


def _text(value):
    if isinstance(value, dict | list):
        raise TypeError("a plain value is wanted")
    return value if value is None or isinstance(value, str) else json.dumps(value)
