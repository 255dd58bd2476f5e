"""Facts as cells: what a column shows, and what must never reach a spreadsheet or a bank as it is."""

import codecs
import re
import unicodedata
from dataclasses import dataclass

from .errors import DocumentError

#: What a column can show, with the English name that a person chooses it by.
COLUMN_SOURCES = {
    "number": "Line Number",
    "reference": "Payment Reference",
    "end_to_end_id": "End-to-End ID",
    "payee_name": "Payee Name",
    "payee_id_type": "Payee ID Type",
    "payee_id_value": "Payee Account or ID",
    "payee_bank_code": "Payee Bank Code",
    "amount": "Amount",
    "fee": "Fee",
    "currency": "Currency",
    "entitlement_code": "Entitlement Code",
    "registrant_name": "Registrant Name",
    "registrant_id": "Registrant ID",
    "registrant_phone": "Registrant Phone",
    "registrant_address": "Registrant Address",
    "valid_from": "Valid From",
    "valid_until": "Valid Until",
    "message_id": "Message ID",
    "created_at": "Created At",
    "count": "Number of Payments",
    "total": "Control Sum",
    "batch": "Batch",
    "program": "Program",
    "cycle": "Cycle",
    "company": "Company",
    "payer_name": "Payer Name",
    "payer_account": "Payer Account",
    "payer_bank_code": "Payer Bank Code",
    "execution_date": "Execution Date",
    "replaces": "Replaces",
    "constant": "Fixed Text",
    "empty": "Empty",
}

AMOUNT_SOURCES = ("amount", "fee", "total")
INTEGER_SOURCES = ("number", "count")
DATE_SOURCES = ("valid_from", "valid_until", "created_at", "execution_date")
HEAD_SOURCES = (
    "message_id", "created_at", "count", "total", "batch", "program", "cycle", "company", "payer_name",
    "payer_account", "payer_bank_code", "execution_date", "replaces",
)  # fmt: skip

#: Characters that make a spreadsheet take a text for a formula, or run into the next cell; full-width forms too.
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠﹢﹣﹦﹫−")

# Codecs that Python counts among text encodings, but that no bank reads.
_NO_FILE_ENCODINGS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"}
_ENCODINGS_WITH_MARK = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
_AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,8})?", re.ASCII)


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table.

    :param kind: ``text``, ``amount`` (``text`` is the canonical decimal string) or ``integer``
    """

    kind: str
    text: str


EMPTY = Cell("text", "")


@dataclass(frozen=True)
class Encoding:
    """A codec that gives the same bytes for the same text wherever in the file it stands, and the mark before all."""

    name: str
    mark: bytes


def get_label(column):
    """Return what a person calls a column: its header, else the name of what it shows."""
    return column.header or COLUMN_SOURCES.get(column.source, column.source)


def get_header(column):
    """Return what stands above a column; fixed and empty ones may stay without."""
    return column.header or ("" if column.source in ("constant", "empty") else get_label(column))


def get_cell(column, layout, head, payment):
    """Return what one column shows of one payment.

    :param Column column: which one
    :param Layout layout: for the form of dates
    :param FileFacts head: the document as a whole
    :param PaymentFacts payment: the line's
    :return: :class:`Cell`
    """
    if column.source == "constant":
        return Cell("text", column.text)
    if column.source == "empty":
        return EMPTY
    value = getattr(head if column.source in HEAD_SOURCES else payment, column.source)
    if column.source in AMOUNT_SOURCES:
        return Cell("amount", value) if value else EMPTY
    if column.source in INTEGER_SOURCES:
        return Cell("integer", str(value))
    if column.source in DATE_SOURCES:
        return Cell("text", value.strftime(layout.date_format) if value else "")
    if column.source == "replaces":
        return Cell("text", " ".join(value))
    return Cell("text", value or "")


def format_amount(amount, layout):
    """Return an amount as the layout writes it, digit for digit.

    :param str amount: canonical decimal string, e.g. ``"1250.00"``
    :return: ``"1250.00"``, ``"1250,00"``, or ``"125000"`` in minor units
    """
    whole, dot, digits = amount.partition(".")
    if layout.minor_units:
        sign, unsigned = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        return sign + ((unsigned + digits).lstrip("0") or "0")
    return f"{whole}{layout.decimal_mark}{digits}" if dot else whole


def format_cell(cell, layout):
    """Return a cell's text as the layout writes it, not neutralised."""
    return format_amount(cell.text, layout) if cell.kind == "amount" else cell.text


def looks_like_formula(text):
    """Tell whether a spreadsheet might take a text for a formula; blanks before it do not help."""
    bare = text.lstrip("'").lstrip(" \u00a0\u200b\ufeff\u3000")
    return bool(bare) and bare[0] in FORMULA_STARTS


def neutralise(text):
    """Return a text that no spreadsheet takes for a formula: with an apostrophe before it where needed."""
    return f"'{text}" if looks_like_formula(text) else text


def restore(text):
    """Take off what :func:`neutralise` put on."""
    return text[1:] if text.startswith("'") and looks_like_formula(text) else text


def find_encoding(layout):
    """Return the :class:`Encoding` of a layout.

    :raises DocumentError: where Python has no such encoding, or it cannot have a byte order mark
    """
    try:
        info = codecs.lookup(layout.encoding)
    except (LookupError, ValueError):
        info = None
    if info is None or not info._is_text_encoding or info.name.replace("-", "_") in _NO_FILE_ENCODINGS:
        raise DocumentError(
            text=f"The encoding {layout.encoding!r} is not known: choose utf-8, cp1252 or another."
        )
    name = _ENCODINGS_WITH_MARK.get(info.name, info.name)
    marked = layout.bom or name != info.name
    if marked and name not in _MARKS:
        raise DocumentError(
            text=f"The encoding {layout.encoding} has no byte order mark: switch the mark off."
        )
    return Encoding(name, _MARKS[name] if marked else b"")


def get_text_problems(text, encoding, allow_tab=True):
    """Return what keeps a text out of a file, with the remedy; empty where nothing does.

    :param str encoding: codec
    :param bool allow_tab: whether a tab may stand in it
    """
    if text.isascii() and text.isprintable():
        return []
    problems = []
    kinds = {unicodedata.category(one) for one in text if one != "\t" or not allow_tab}
    if any(one in text for one in "\n\r\u2028\u2029\x0b\x0c\x85"):
        problems.append("it holds a line break; write it on one line")
    elif "Cc" in kinds:
        problems.append("it holds a control character; take it out")
    missing = _get_missing_characters(text, encoding)
    if missing:
        problems.append(
            f"the encoding {encoding} has no {', '.join(missing)}; choose an encoding that has, e.g. utf-8, "
            "or correct the text"
        )
    return problems


def _get_missing_characters(text, encoding):
    missing = []
    for one in dict.fromkeys(text):
        try:
            one.encode(encoding)
        except UnicodeError:
            shown = f" ({one})" if one.isprintable() else ""
            missing.append(f"U+{ord(one):04X}{shown}")
    return missing


def is_canonical(amount):
    """Tell whether an amount is a plain decimal string, as facts hold them."""
    return bool(_AMOUNT.fullmatch(amount))
