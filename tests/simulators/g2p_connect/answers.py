"""Answers of the API: the right ones, and the same with something wrong in them."""

import uuid
from decimal import Decimal, InvalidOperation

from .bank import now

_ERROR_CODES = {
    401: "err.request.unauthorized",
    403: "err.request.forbidden",
    404: "err.request.not_found",
    408: "err.request.timeout",
    429: "err.request.too_many_requests",
}


def error(status, code="", message="refused by the simulator"):
    """Return the API's own shape of an HTTP error."""
    if not code:
        code = _ERROR_CODES.get(status, "err.service.unavailable" if status >= 500 else "err.request.bad")
    return {"errors": [{"code": code, "message": message}]}


def header(request_header, action, status, total, completed, reason=""):
    """Return the header of an answer."""
    result = {
        "version": "1.0.0",
        "message_id": str(uuid.uuid4()),
        "message_ts": now(),
        "action": action,
        "status": status,
        "total_count": total,
        "completed_count": completed,
        "sender_id": request_header.get("receiver_id", "simulator"),
        "receiver_id": request_header["sender_id"],
        "is_msg_encrypted": False,
        "meta": {},
    }
    if reason:
        result["status_reason_code"] = reason
    return result


def ack(status, correlation, timestamp, code="", message="refused by the simulator"):
    """Return an acknowledgement.

    :param status: ACK, NACK or ERR
    :param code: of the error, where there is one
    """
    told = {"ack_status": status, "timestamp": timestamp, "correlation_id": correlation}
    if code:
        told["error"] = {"code": code, "message": message[:999]}
    return {"message": told}


def refusal(request_header, action, reason):
    """Return an answer that refuses the request as a whole."""
    total = request_header["total_count"]
    return {"header": header(request_header, action, "rjct", total, 0, reason)}


def disburse(request, rows):
    """Return the answer to a disbursement."""
    final = sum(row["status"] in ("succ", "rjct") for row in rows)
    status = "succ" if final == len(rows) else "pdng"
    return {
        "header": header(request["header"], "on-disburse", status, len(rows), final),
        "message": {
            "transaction_id": request["message"]["transaction_id"],
            "disbursements_status": rows,
        },
    }


def search(request, rows):
    """Return the answer to a search."""
    total = request["header"]["total_count"]
    return {
        "header": header(request["header"], "on-search", "succ", total, total),
        "message": {
            "transaction_id": request["message"]["transaction_id"],
            "disbursements_status": rows,
        },
    }


def txn_status(request, rows, correlation, action="txn-on-status", kind="on-disburse"):
    """Return the answer to a question about a disbursement or (``kind`` on-search) a search."""
    transaction = request["message"]["transaction_id"]
    return {
        "header": header(request["header"], action, "succ", 1, 1),
        "message": {
            "transaction_id": transaction,
            "correlation_id": correlation,
            "txnstatus_response": {
                "txn_type": kind,
                "txn_status": {"transaction_id": transaction, "disbursements_status": rows},
            },
        },
    }


def spoil_rows(fault, rows):
    """Return ``rows`` with what ``fault`` does to them; as they are when it does nothing to rows."""
    spoil = _SPOILERS.get(fault.play)
    return spoil(fault, [dict(row) for row in rows]) if spoil else rows


def spoil_answer(fault, answer):
    """Change the ``answer`` as a whole as ``fault`` says, and return it."""
    if fault.play == "other_transaction":
        answer["message"]["transaction_id"] = f"OTHER-{uuid.uuid4()}"
    if fault.play == "bare_list" and "txnstatus_response" in answer["message"]:
        response = answer["message"]["txnstatus_response"]
        response["txn_status"] = response["txn_status"]["disbursements_status"]
    return answer


def foreign_rows(number, currency="XXX"):
    """Return so many rows of payments that nobody asked for."""
    return [
        {
            "reference_id": f"UNHEARD-OF-{each}",
            "timestamp": now(),
            "status": "succ",
            "amount": "1.00",
            "currency_code": currency,
        }
        for each in range(1, number + 1)
    ]


def _contradictory(fault, rows):
    opposite = {"succ": "rjct", "rjct": "succ"}
    first = rows[: fault.rows]
    return rows + [{**row, "status": opposite.get(row["status"], "succ")} for row in first]


def _with(changes):
    """Return a spoiler that changes each of the first rows by ``changes(fault, row)``."""

    def spoil(fault, rows):
        for row in rows[: fault.rows]:
            row.update(changes(fault, row))
        return rows

    return spoil


def _wrong_amount(fault, row):
    try:
        return {"amount": fault.amount or str(Decimal(row["amount"]) + 1)}
    except (KeyError, InvalidOperation):
        return {"amount": "1.00"}


_SPOILERS = {
    "missing_rows": lambda fault, rows: rows[fault.rows :],
    "extra_rows": lambda fault, rows: foreign_rows(fault.rows, fault.currency) + rows,
    "duplicated_rows": lambda fault, rows: rows + rows[: fault.rows],
    "contradictory_rows": _contradictory,
    "reordered_rows": lambda fault, rows: rows[::-1],
    "wrong_amount": _with(_wrong_amount),
    "wrong_currency": _with(lambda fault, row: {"currency_code": fault.currency}),
    "unknown_status": _with(lambda fault, row: {"status": fault.code or "fail"}),
    "duplicate_reference": lambda fault, rows: [
        {**row, "status": "rjct", "status_reason_code": "rjct.reference_id.duplicate"} for row in rows
    ],
}
