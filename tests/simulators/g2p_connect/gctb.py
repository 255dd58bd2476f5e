"""The profile ``gctb``: OpenG2P's Cash Transfer Bridge 0.1.0 instead of a payment system by the book, as strict and as
odd as the real one (contract, section 2.1). It looks at neither tokens nor signatures, and serves two paths.

What is against the official API, and is taken here all the same, is a violation.
"""

import json
import uuid
from dataclasses import replace
from datetime import datetime

from flask import Response, request
from pydantic import BaseModel

from ..g2p_bridge.schemas import Unreadable, read
from . import answers
from .contract import DISBURSE, TXN_STATUS, contract
from .gctb_books import RECEIVED, moment
from .knobs import ACK_PLAYS
from .plays import answer

PROFILE = "gctb"
#: What an answer of this bridge cannot have wrong in it.
FOREIGN_PLAYS = {*ACK_PLAYS, "bare_list", "header_rjct"}
#: Its own code of what it does not serve.
NOT_SERVED = "GCTB-PMS-350"
BROKEN = "G2P-REQ-100"


class Header(BaseModel):
    """Types only, but for the moment: a zone may be missing."""

    version: str | None = "1.0.0"
    message_id: str
    message_ts: datetime
    action: str
    sender_id: str
    sender_uri: str | None = ""
    receiver_id: str | None = ""
    total_count: int
    is_msg_encrypted: bool | None = False
    meta: dict = {}


class Disbursement(BaseModel):
    """One payment; unlike the API, it always has a moment at which it is to be paid."""

    reference_id: str
    payer_fa: str | None = ""
    payee_fa: str
    amount: str
    scheduled_timestamp: datetime
    payer_name: str | None = None
    payee_name: str | None = None
    note: str | None = None
    purpose: str | None = None
    instruction: str | None = None
    currency_code: str | None = None
    locale: str | None = None


class Payments(BaseModel):
    transaction_id: str
    disbursements: list[Disbursement]


class Question(BaseModel):
    reference_id: str
    txn_type: str
    attribute_type: str
    attribute_value: str | list[str]
    locale: str | None = None


class Questions(BaseModel):
    transaction_id: str
    txnstatus_request: Question


class _Request(BaseModel):
    #: Must be there; what is in it is not looked at.
    signature: str | None
    header: Header


class DisburseRequest(_Request):
    message: Payments


class StatusRequest(_Request):
    message: Questions


def respond(simulator) -> Response:
    """Answer the present request, whatever its path is."""
    if request.path not in _ENDPOINTS:
        return _refuse(simulator, 404, "Not Found")
    if request.method != "POST":
        return _refuse(simulator, 405, "Method Not Allowed")
    schema, perform = _ENDPOINTS[request.path]
    try:
        body = request.get_json(silent=True)
        if body is None:
            raise Unreadable(["JSON decode error"])
        told = read(schema, body)
    except Unreadable as error:
        return _refuse(simulator, 400, *(f"Invalid Input. {problem}" for problem in error.problems))
    if problem := contract().request_error(request.path, body):
        simulator.gate.violate(problem)
    simulator.wait(simulator.script.latency)
    return perform(simulator, told)


def _refuse(simulator, status, *texts, code=""):
    code = code or f"G2P-REQ-{102 if status == 400 else status}"
    simulator.gate.refusals.append(code)
    errors = [{"code": code, "message": text} for text in texts]
    return Response(json.dumps({"errors": errors}), status, content_type="application/json")


def _submit(simulator, told):
    message = told.message
    items = [one.model_dump() for one in message.disbursements]
    fault = _next_fault(simulator, "submit", message.transaction_id, [one["reference_id"] for one in items])
    if fault is None or fault.executed:
        simulator.cash_transfers.take(simulator.script, message.transaction_id, items)
    # Nothing is paid yet when it answers, and nothing refused.
    rows = [
        {
            "reference_id": item["reference_id"],
            "timestamp": moment(),
            "status": RECEIVED,
            "status_reason_code": None,
            "status_reason_message": "",
            "instruction": None,
            **{name: item[name] for name in _ECHOED},
        }
        for item in items
    ]
    header = _header(told.header, told.header.message_id, RECEIVED, "", len(items))
    return _answer(
        simulator,
        fault,
        rows,
        lambda rows: {
            "signature": "",
            "header": header,
            "message": {"transaction_id": message.transaction_id, "disbursements_status": rows},
        },
    )


def _ask(simulator, told):
    message, question = told.message, told.message.txnstatus_request
    value = question.attribute_value
    fault = _next_fault(
        simulator, "status", message.transaction_id, value if isinstance(value, list) else [value]
    )
    if question.attribute_type == "transaction_id":
        broken = "local variable 'ref_ids' referenced before assignment"
        return _refuse(simulator, 500, broken, code=BROKEN)
    is_served = question.txn_type == "disburse" and question.attribute_type == "reference_id_list"
    if not is_served or not isinstance(value, list):
        return _refuse(simulator, 400, "Invalid Input. This question is not served", code=NOT_SERVED)
    rows = simulator.cash_transfers.ask(value)
    header = _header(told.header, str(uuid.uuid4()), "succ", None, 0)
    return _answer(
        simulator,
        fault,
        rows,
        lambda rows: {
            "signature": "",
            "header": header,
            "message": {
                "transaction_id": message.transaction_id,
                "correlation_id": str(uuid.uuid4()),
                "txnstatus_response": {"txn_type": "disburse", "txn_status": rows},
            },
        },
    )


def _next_fault(simulator, kind, transaction, references):
    fault = simulator.player.next_fault(kind, transaction, references)
    if fault is None:
        return None
    if fault.play in FOREIGN_PLAYS:
        simulator.gate.violate(f"the script plays {fault.play}, which the profile {PROFILE} has not")
    if fault.play == "late":
        simulator.wait(fault.seconds)
    if fault.play == "status" and fault.shape and not fault.code:
        return replace(fault, code=_CODES.get(fault.status, BROKEN))
    return fault


def _header(asked, message_id, status, text, total):
    return {
        "version": "1.0.0",
        "message_id": message_id,
        "message_ts": moment(),
        "action": asked.action,
        "status": status,
        "status_reason_code": None,
        "status_reason_message": text,
        "sender_id": "g2p.cash.transfer.bridge.openg2p",
        "receiver_id": asked.sender_id,
        "total_count": total,
        "completed_count": 0,
        "is_msg_encrypted": False,
        "meta": {},
    }


def _answer(simulator, fault, rows, tell):
    """Answer with ``tell(rows)``, or with what ``fault`` makes of it."""
    if fault is None:
        return answer(simulator, None, json.dumps(tell(rows)).encode())
    told = tell(answers.spoil_rows(fault, rows))
    if fault.play not in FOREIGN_PLAYS:
        told = answers.spoil_answer(fault, told)
    return answer(simulator, fault, json.dumps(told).encode())


_ECHOED = ("amount", "payer_fa", "payer_name", "payee_fa", "payee_name", "currency_code", "locale")
_CODES = {400: "G2P-REQ-102", 404: "G2P-REQ-404", 405: "G2P-REQ-405"}
_ENDPOINTS = {DISBURSE: (DisburseRequest, _submit), TXN_STATUS: (StatusRequest, _ask)}
