"""Right answers with something wrong in them."""

import base64
import json
import uuid

from flask import Response, request

from .. import plays
from . import refusals
from .jws import sign
from .knobs import ROW_PLAYS


def spoil_rows(fault, transfers):
    """Return ``transfers`` with what ``fault`` does to them; as they are when it does nothing to rows."""
    if fault is None or fault.play not in ROW_PLAYS:
        return transfers
    return _SPOILERS[fault.play](fault, [dict(transfer) for transfer in transfers])


def spoil_body(fault, body):
    """Return the JSON ``body`` with what ``fault`` does to the whole of it."""
    if fault and fault.play == "other_transaction":
        other = str(uuid.uuid4())
        if "PollingPath" in body:
            return {**body, "PollingPath": f"/batch/Summary/{other}"}
        if "content" in body:
            return {**body, "content": [{**row, "batchId": other} for row in body["content"]]}
        return {**body, **{name: other for name in ("batchId", "batch_id") if name in body}}
    if fault and fault.play == "bare_list":
        return next((body[name] for name in ("content", "data") if name in body), [body])
    return body


def play(simulator, fault, answer, kind):
    """Return ``answer`` (a Response) or what ``fault`` makes of it."""
    if fault and fault.play in ("wrong_signature", "no_signature"):
        return _badly_signed(fault, answer)
    if fault and fault.play in _OWN:
        return _OWN[fault.play](simulator, fault, kind)
    return plays.play(simulator, fault, answer, lambda: refusals.shaped(kind, fault.status, fault.code))


def _badly_signed(fault, answer):
    answer.headers.pop("X-SIGNATURE", None)
    if fault.play == "wrong_signature":
        answer.headers["X-SIGNATURE"] = base64.b64encode(b"\1" * 256).decode()
    return answer


def signed(simulator, answer):
    """Return ``answer`` with the hub's signature over its body."""
    text = answer.get_data(as_text=True)
    if text and simulator.hub.sign_responses:
        answer.headers["X-SIGNATURE"] = sign(simulator.keys.server_private, text)
    return answer


def _header_rjct(simulator, fault, kind):
    if kind == "submit":
        return refusals.canned(fault.code or "structure", simulator)
    if kind == "status":
        return refusals.unknown_batch(request.path.rpartition("/")[2])
    return refusals.shaped(kind, 400, fault.code)


def _error_200(simulator, fault, kind):
    body = {"errorCode": 500, "errorDescription": "Internal error", "developerMessage": fault.code}
    return Response(json.dumps(body), content_type="application/json")


_OWN = {"header_rjct": _header_rjct, "error_200": _error_200}


def _extra(fault, transfers):
    made = [
        {
            "id": 10**6 + number,
            "workflowInstanceKey": str(10**15 + number),
            "transactionId": f"UNHEARD-OF-{number}",
            "startedAt": 1763630102000,
            "completedAt": 1763630350000,
            "status": "COMPLETED",
            "payeePartyId": "0",
            "payerPartyId": None,
            "payeeDfspId": None,
            "payerDfspId": None,
            "amount": "1",
            "currency": fault.currency,
            "direction": "OUTGOING",
            "errorInformation": None,
            "batchId": None,
            "clientCorrelationId": f"UNHEARD-OF-{number}",
        }
        for number in range(1, fault.rows + 1)
    ]
    return made + transfers


def _contradictory(fault, transfers):
    opposite = {"COMPLETED": "FAILED", "FAILED": "COMPLETED"}
    first = transfers[: fault.rows]
    return transfers + [{**row, "status": opposite.get(row["status"], "COMPLETED")} for row in first]


def _with(changes):
    """Return a spoiler that changes each of the first rows by ``changes(fault, row)``."""

    def spoil(fault, transfers):
        for row in transfers[: fault.rows]:
            row.update(changes(fault, row))
        return transfers

    return spoil


_SPOILERS = {
    "missing_rows": lambda fault, rows: rows[fault.rows :],
    "extra_rows": _extra,
    "duplicated_rows": lambda fault, rows: rows + rows[: fault.rows],
    "contradictory_rows": _contradictory,
    "reordered_rows": lambda fault, rows: rows[::-1],
    "wrong_amount": _with(lambda fault, row: {"amount": fault.amount or str(int(row["amount"]) + 1)}),
    "wrong_currency": _with(lambda fault, row: {"currency": fault.currency}),
    "unknown_status": _with(lambda fault, row: {"status": fault.code or "REVERSED"}),
    "duplicate_reference": lambda fault, rows: [
        {**row, "status": "FAILED", "errorInformation": "Duplicate transaction."} for row in rows
    ],
}
