"""The business payload: CSV or JSON exactly as it is sent, and what is read back from it.

A CSV has ``\\n`` between its lines and none at its end, so that the text that the hub's parser makes of it, and
verifies the signature over, is this one.
"""

import json
from collections.abc import Iterable, Iterator

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from . import const
from .row_rules import WireRow, wire_row
from .settings import Settings


def render(payments: list[PaymentData], settings: Settings) -> str:
    """Return the payload of payments that have no findings, in their order.

    The same payments and settings always make the same text: what was attached can be compared with what is sent.
    """
    if settings.batch_type_header == const.TYPE_RAW:
        rows = [wire_row(payment, settings) for payment in payments]
        return json.dumps([raw_item(row, settings) for row in rows], separators=(",", ":"))
    return "\n".join(",".join(cells) for cells in table(payments, settings))


def table(payments: list[PaymentData], settings: Settings) -> Iterator[tuple[str, ...]]:
    """Yield the cells of the CSV, the names of its columns first."""
    yield settings.columns
    for number, payment in enumerate(payments):
        yield csv_cells(number, wire_row(payment, settings), settings)


def csv_cells(number: int, row: WireRow, settings: Settings) -> tuple[str, ...]:
    """Return one row of the CSV; there is nothing to quote, and quoting would not help.

    :param number: running number, from 0
    """
    cells = {
        "id": str(number),
        "request_id": row.reference,
        "payment_mode": settings.mode,
        "payer_identifier_type": settings.payer_id_type,
        "payer_identifier": settings.payer_id,
        "payee_identifier_type": row.payee_type,
        "payee_identifier": row.payee,
        "amount": row.amount,
        "currency": row.currency,
        "note": settings.note,
        "program_shortcode": settings.program_shortcode,
        "cycle": settings.cycle,
        "payee_dfsp_id": row.payee_dfsp,
    }
    return tuple(cells.get(column, "") for column in settings.columns)


def raw_item(row: WireRow, settings: Settings) -> dict:
    """Return one payment of the JSON variant (its vocabulary of types is in small letters)."""
    item = {
        "requestId": row.reference,
        "creditParty": [{"key": row.payee_type.lower(), "value": row.payee}],
    }
    if settings.payer_id:
        item["debitParty"] = [{"key": settings.payer_id_type.lower(), "value": settings.payer_id}]
    return item | {
        "paymentMode": settings.mode,
        "amount": row.amount,
        "currency": row.currency,
        "descriptionText": settings.note,
    }


def row_bytes(row: WireRow, settings: Settings) -> int:
    """Return the bytes that a row takes at most, with what separates it from the next one.

    The hub makes a CSV of the JSON variant and measures that; it is never longer than the JSON.
    """
    if settings.batch_type_header == const.TYPE_RAW:
        return len(json.dumps(raw_item(row, settings), separators=(",", ":"))) + 1
    return len(",".join(csv_cells(settings.max_batch_size, row, settings))) + 1


def head_bytes(settings: Settings) -> int:
    """Return the bytes of a payload that has no row."""
    return 2 if settings.batch_type_header == const.TYPE_RAW else len(",".join(settings.columns))


def payees_of(payload: str, references: Iterable[str]) -> dict[str, str]:
    """Return who is paid under each reference, as far as a stored payload says so."""
    found = {}
    try:
        found = _raw_payees(payload) if payload.startswith("[") else _csv_payees(payload)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        # Nothing of ours: then there is nothing to compare with.
        return {}
    return {reference: found[reference] for reference in references if reference in found}


def _raw_payees(payload):
    return {item["requestId"]: item["creditParty"][0]["value"] for item in json.loads(payload)}


def _csv_payees(payload):
    head, *lines = payload.split("\n")
    columns = head.split(",")
    reference, payee = columns.index("request_id"), columns.index("payee_identifier")
    rows = (line.split(",") for line in lines)
    return {cells[reference]: cells[payee] for cells in rows}


def multipart(text: str, file_name: str, key: str) -> tuple[bytes, str]:
    """Return the body of a form with this one file, and its content type.

    The hub's parser takes a blank line for the end and any line with the boundary in it for a new part; a second
    part would replace the file or be lost.

    :param text: the CSV: no blank line, ASCII
    :param key: business key, for a boundary that stands nowhere in the CSV
    """
    boundary = f"g2p-boundary-{key}"
    while boundary in text:
        boundary += "-"
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{const.PART_NAME}"; filename="{file_name}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    body = f"{head}{text}\r\n--{boundary}--\r\n"
    return body.encode(), f"multipart/form-data; boundary={boundary}"
