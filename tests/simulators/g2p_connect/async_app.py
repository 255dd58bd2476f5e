"""The asynchronous half: requests are acknowledged, their results are called back; and the token endpoint."""

import json
import uuid

from flask import Blueprint, Response, request

from . import answers
from .bank import FINANCIAL_ADDRESS, now
from .contract import ASYNC_DISBURSE, ASYNC_SEARCH, ASYNC_TXN_STATUS
from .gate import Refused
from .knobs import CONTENT_PLAYS
from .plays import answer
from .tokens import PATH as TOKEN
from .tokens import TokenRefused

#: Plays after which no callback comes, executed or not.
_SILENT = ("nack", "err", "never", "unknown_ack")


def async_routes(simulator) -> Blueprint:
    """Return the routes: disburse, search, status, token."""
    routes = Blueprint("asynchronous", __name__)

    @routes.post(ASYNC_DISBURSE)
    def disburse():
        return _serve(simulator, ASYNC_DISBURSE, _submit)

    @routes.post(ASYNC_SEARCH)
    def search():
        return _serve(simulator, ASYNC_SEARCH, _search)

    @routes.post(ASYNC_TXN_STATUS)
    def txn_status():
        return _serve(simulator, ASYNC_TXN_STATUS, _ask)

    @routes.post(TOKEN)
    def token():
        return _token(simulator)

    return routes


def _serve(simulator, path, perform):
    try:
        body = simulator.gate.open(path, request)
        problem = _header_error(simulator, body["header"])
        if problem:
            simulator.gate.refusals.append(problem)
            raise Refused(400, problem, "refused by the simulator")
    except Refused as refusal:
        if refusal.status == 401:
            error = answers.error(401, refusal.code, refusal.message)
            return _json(json.dumps(error), 401)
        return _ack(simulator, None, "ERR", "", refusal.code, refusal.message)
    simulator.wait(simulator.script.latency)
    return perform(simulator, body)


def _json(body, status=200, headers=None):
    return Response(body, status, headers, content_type="application/json")


def _header_error(simulator, header):
    """Return the error of the envelope in ``header``, or an empty text."""
    if header.get("version", "1.0.0") != "1.0.0":
        return "err.version.not_supported"
    return "" if simulator.callback_base(header) else "err.sender_uri.invalid"


def _count_error(simulator, header, total):
    """Return the reason of a refused header, or an empty text; it is told in the callback."""
    reason = ""
    if header["total_count"] != total:
        reason = "rjct.total_count.invalid"
    elif total > simulator.script.max_items:
        reason = "rjct.total_count.limit_exceeded"
    if reason:
        simulator.gate.violate(reason)
    return reason


def _ack(simulator, fault, status, correlation, code="", message="refused by the simulator"):
    """Answer with an acknowledgement, or with what ``fault`` makes of it."""
    # An error needs a correlation id too, though nothing is there to be correlated.
    told = answers.ack(status, correlation or str(uuid.uuid4()), simulator.moment(), code, message)
    if fault and fault.play == "unknown_ack":
        told["message"]["ack_status"] = fault.code or "OK"
    if fault and fault.play == "bare_ack":
        told["message"] = {"ack_status": status}
    response = answer(simulator, fault, json.dumps(told).encode())
    if status == "ERR" and response.status_code == 200:
        response.status_code = simulator.script.security.err_status
    return response


def _word(simulator, fault):
    """Return what is said to a request that is let in, and the code of an error."""
    if fault and fault.play in ("nack", "err"):
        word, code = fault.play.upper(), fault.code
    else:
        word, code = simulator.script.callbacks.ack, ""
    return word, (code or "err.request.bad") if word == "ERR" else ""


def _begin(simulator, kind, transaction, references):
    """Count a request; return its fault, the word for it and the code of an error."""
    fault = simulator.player.next_fault(kind, transaction, references)
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    return fault, *_word(simulator, fault)


def _calls_back(fault, word):
    """Tell whether a callback comes of a request."""
    if word != "ACK" or (fault and fault.play in _SILENT):
        return False
    return fault is None or fault.executed or fault.play in CONTENT_PLAYS


def _submit(simulator, body):
    message = body["message"]
    transaction, items = message["transaction_id"], message["disbursements"]
    fault, word, code = _begin(simulator, "submit", transaction, [item["reference_id"] for item in items])
    refusal = "" if word == "ERR" else _count_error(simulator, body["header"], len(items))
    executed = not refusal and (fault.executed if fault else word != "ERR")
    rows = simulator.bank.submit(simulator.script, message, execute=executed)
    simulator.callers[transaction] = body["header"]
    if _calls_back(fault, word):
        simulator.courier.disbursed(body, rows, executed, fault, refusal)
    return _ack(simulator, fault, word, simulator.bank.correlation_of(transaction), code)


def _ask(simulator, body):
    message, bank = body["message"], simulator.bank
    question = message["txnstatus_request"]
    kind, value = question["attribute_type"], question["attribute_value"]
    transaction = message["transaction_id"]
    if isinstance(value, list) != (kind == "reference_id_list"):
        simulator.gate.violate("attribute_value does not fit attribute_type")
        return _ack(simulator, None, "ERR", "", "err.request.bad", "attribute_value does not fit")
    references = value if kind == "reference_id_list" else None
    fault, word, code = _begin(simulator, "status", transaction, references or [])
    refusal = "" if word == "ERR" else _count_error(simulator, body["header"], 1)
    if kind != "reference_id_list":
        transaction = value if kind == "transaction_id" else bank.transaction_of(value)
    correlation = bank.correlation_of(transaction)
    if word != "ERR" and not refusal:
        simulator.courier.asked(transaction)
    if _calls_back(fault, word):
        if question["txn_type"] == "search":
            rows, told_type = _search_again(simulator, transaction, question), "on-search"
        else:
            rows = [] if refusal else bank.ask(simulator.script, transaction, references)
            told_type = "on-disburse"
        action = simulator.script.callbacks.status_action
        simulator.courier.answered(
            body,
            lambda told: answers.txn_status(body, told, correlation, action, told_type),
            rows,
            fault,
            refusal,
        )
    return _ack(simulator, fault, word, correlation, code)


def _search(simulator, body):
    message = body["message"]
    criteria = message["search_criteria"]
    transaction = message["transaction_id"]
    fault, word, code = _begin(simulator, "search", transaction, [one["reference_id"] for one in criteria])
    refusal = "" if word == "ERR" else _count_error(simulator, body["header"], len(criteria))
    if word != "ERR" and not refusal:
        simulator.searches[transaction] = criteria
    if _calls_back(fault, word):
        simulator.courier.found(body, _found(simulator, criteria), fault, refusal)
    return _ack(simulator, fault, word, simulator.bank.correlation_of(transaction), code)


def _found(simulator, criteria):
    """Return a row for each payment that fits; for a criterion that none fits, one that refuses it."""
    rows = []
    for one in criteria:
        attribute, address = one["attribute_type"], one["attribute_value"]
        found = simulator.bank.search(attribute, address) if FINANCIAL_ADDRESS.fullmatch(address) else []
        rows += [{name: row[name] for name in ("reference_id", "timestamp", "status")} for row in found]
        if not found:
            rows.append(_not_found(one["reference_id"], f"rjct.srch_{attribute}.invalid"))
    return rows


def _search_again(simulator, transaction, question):
    if transaction not in simulator.searches:
        return [_not_found(question["reference_id"], "rjct.srch_transaction_id.not_found")]
    return _found(simulator, simulator.searches[transaction])


def _not_found(reference, code):
    return {"reference_id": reference, "timestamp": now(), "status": "rjct", "status_reason_code": code}


def _token(simulator):
    fault = simulator.player.next_fault("token", "", [])
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    try:
        told = simulator.tokens.give(simulator.script.security, request.headers, request.form)
    except TokenRefused as refusal:
        status = 401 if str(refusal) == "invalid_client" else 400
        return _json(json.dumps({"error": str(refusal)}), status, {"Cache-Control": "no-store"})
    response = answer(simulator, fault, json.dumps(told).encode())
    response.headers["Cache-Control"] = "no-store"
    return response
