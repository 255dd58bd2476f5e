"""Right answers with something wrong in them."""

import copy
import uuid
from decimal import Decimal

from .. import plays
from .knobs import ROW_PLAYS
from .switch import plain


# ---- The layer ----------------------------------------------------------------------------------------------
def spoil_disbursement(fault, body):
    """Return the layer's answer with what ``fault`` does to it."""
    if fault is None:
        return body
    rows = [dict(row) for row in body["payeeResults"]]
    if fault.play in ROW_PLAYS:
        return {**body, "payeeResults": _ROW_SPOILERS[fault.play](fault, rows)}
    if fault.play == "bare_list":
        return rows
    if fault.play == "other_transaction":
        return {**body, "disbursementId": str(uuid.uuid4())}
    return body


def _another(fault, amount):
    return fault.amount or plain(Decimal(amount) + 1)


def _stranger(fault, number):
    return {
        "payeeIdType": "MSISDN",
        "payeeIdValue": f"0000{number}",
        "amount": "1",
        "currency": fault.currency,
        "timestamp": "2026-11-20T09:30:00.000Z",
        "status": "COMPLETED",
        "amountDebited": "1",
        "amountCredited": "1",
        "isPayable": True,
    }


def _opposite(row):
    if "isPayable" in row:
        return {**row, "isPayable": not row["isPayable"]}
    return {**row, "status": "REJECTED" if row["status"] == "COMPLETED" else "COMPLETED"}


def _with(changes):
    """Return a spoiler that changes each of the first rows by ``changes(fault, row)``."""

    def spoil(fault, rows):
        for row in rows[: fault.rows]:
            row.update(changes(fault, row))
        return rows

    return spoil


def _amounts(*names):
    return lambda fault, row: {name: _another(fault, row[name]) for name in names if name in row}


_ROW_SPOILERS = {
    "missing_rows": lambda fault, rows: rows[fault.rows :],
    "extra_rows": lambda fault, rows: [_stranger(fault, number) for number in range(fault.rows)] + rows,
    "duplicated_rows": lambda fault, rows: rows + rows[: fault.rows],
    "contradictory_rows": lambda fault, rows: rows + [_opposite(row) for row in rows[: fault.rows]],
    "reordered_rows": lambda fault, rows: rows[::-1],
    "wrong_amount": _with(_amounts("amount", "amountDebited", "amountCredited")),
    "credited_amount": _with(_amounts("amountCredited")),
    "wrong_currency": _with(lambda fault, row: {"currency": fault.currency}),
    "unknown_status": _with(lambda fault, row: {"status": fault.code or "REVERSED"}),
    "duplicate_reference": lambda fault, rows: [
        {**row, "status": "REJECTED", "errors": ["Duplicate disbursement"]} for row in rows
    ],
}


# ---- The adapter --------------------------------------------------------------------------------------------
def spoil_transfer(fault, body):
    """Return the adapter's answer with what ``fault`` does to it. One transfer is one row."""
    spoil = _TRANSFER_SPOILERS.get(fault.play) if fault else None
    return spoil(fault, copy.deepcopy(body)) if spoil else body


def _without_fulfil(fault, body):
    body.pop("fulfil", None)
    return body


def _turned_over(fault, body):
    fulfil = body.get("fulfil", {}).get("body", {})
    if fulfil:
        fulfil["transferState"] = "ABORTED" if fulfil["transferState"] == "COMMITTED" else "COMMITTED"
    return body


def _unheard_of(fault, body):
    if "fulfil" in body:
        body["fulfil"]["body"]["transferState"] = fault.code or "REVERSED"
    elif "currentState" in body:
        body["currentState"] = fault.code or "REVERSED"
    return body


def _paid_otherwise(everywhere):
    def spoil(fault, body):
        told = body.get("quoteResponse", {}).get("body", {}).get("payeeReceiveAmount")
        if told:
            told["amount"] = _another(fault, told["amount"])
        if everywhere and "amount" in body:
            body["amount"] = _another(fault, body["amount"])
        return body

    return spoil


def _other_currency(fault, body):
    quote = body.get("quoteResponse", {}).get("body", {})
    for place in (body, quote.get("transferAmount", {}), quote.get("payeeReceiveAmount", {})):
        if "currency" in place:
            place["currency"] = fault.currency
    return body


_TRANSFER_SPOILERS = {
    "missing_rows": _without_fulfil,
    "extra_rows": lambda fault, body: [{"transferId": str(uuid.uuid4())}, body],
    "duplicated_rows": lambda fault, body: [body, body],
    "contradictory_rows": _turned_over,
    "reordered_rows": lambda fault, body: dict(reversed(body.items())),
    "wrong_amount": _paid_otherwise(everywhere=True),
    "credited_amount": _paid_otherwise(everywhere=False),
    "wrong_currency": _other_currency,
    "unknown_status": _unheard_of,
    "other_transaction": lambda fault, body: {**body, "transferId": str(uuid.uuid4())},
    "bare_list": lambda fault, body: [body],
}


# ---- Both ---------------------------------------------------------------------------------------------------
def play(simulator, fault, answer, error):
    """Return ``answer`` (a Response) or what ``fault`` makes of it.

    :param error: returns the error that the fault wants, in the API's own shape
    """
    if fault and fault.play in ("header_rjct", "error_200"):
        return error()
    return plays.play(simulator, fault, answer, error)
