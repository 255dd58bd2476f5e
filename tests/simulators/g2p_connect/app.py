"""The HTTP side of the simulated payment system: the synchronous half, and the application of both."""

import json

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from ..control import ROOT
from . import answers, gctb
from .async_app import async_routes
from .contract import DISBURSE, TXN_STATUS
from .control import control
from .gate import Refused
from .knobs import ACK_PLAYS
from .plays import answer
from .sealing import seal


def create_app(simulator) -> Flask:
    """Return the WSGI application."""
    app = Flask("g2p_connect_simulator")
    # Flask would make an answer of what says that a connection was dealt with on the socket.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.config["simulator"] = simulator
    app.register_blueprint(async_routes(simulator))
    app.register_blueprint(control(simulator))

    @app.before_request
    def stand_in():
        is_ours = simulator.script.profile == gctb.PROFILE and not request.path.startswith(ROOT)
        return gctb.respond(simulator) if is_ours else None

    @app.post(DISBURSE)
    def disburse():
        return _serve(simulator, DISBURSE, _submit)

    @app.post(TXN_STATUS)
    def txn_status():
        return _serve(simulator, TXN_STATUS, _ask)

    @app.errorhandler(HTTPException)
    def http_error(error):
        return _error(error.code, message=error.name)

    return app


def _error(status, code="", message=""):
    body = json.dumps(answers.error(status, code, message))
    return Response(body, status, content_type="application/json")


def _serve(simulator, path, perform):
    """Let a request in, then perform it."""
    try:
        body = simulator.gate.open(path, request)
    except Refused as refusal:
        return _error(refusal.status, refusal.code, refusal.message)
    simulator.wait(simulator.script.latency)
    return perform(simulator, body)


def _header_problem(header, total, limit):
    """Return the reason code of what is wrong in the header, or an empty text."""
    if header.get("version", "1.0.0") != "1.0.0":
        return "rjct.version.invalid"
    if header["total_count"] != total:
        return "rjct.total_count.invalid"
    return "rjct.total_count.limit_exceeded" if total > limit else ""


def _next_fault(simulator, kind, transaction, references):
    fault = simulator.player.next_fault(kind, transaction, references)
    if fault and fault.play in ACK_PLAYS:
        # Told here, as nobody knows the half when the script is read.
        simulator.gate.violate(f"the script plays {fault.play}, and this half has no acknowledgements")
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    return fault


def _submit(simulator, body):
    message, script = body["message"], simulator.script
    items = message["disbursements"]
    problem = _header_problem(body["header"], len(items), script.max_items)
    if problem:
        simulator.gate.violate(problem)
        return _refusal(simulator, body, "on-disburse", problem)
    references = [item["reference_id"] for item in items]
    fault = _next_fault(simulator, "submit", message["transaction_id"], references)
    rows = simulator.bank.submit(script, message, execute=fault is None or fault.executed)
    if fault and fault.play == "header_rjct":
        return _refusal(simulator, body, "on-disburse", fault.code or "rjct.action.not_supported")
    return _answer(simulator, fault, rows, lambda told: answers.disburse(body, told))


def _ask(simulator, body):
    message, script = body["message"], simulator.script
    problem = _header_problem(body["header"], 1, 1)
    question = message["txnstatus_request"]
    kind, value = question["attribute_type"], question["attribute_value"]
    if isinstance(value, list) != (kind == "reference_id_list"):
        return _error(400, message="attribute_value does not fit attribute_type")
    if problem:
        simulator.gate.violate(problem)
        return _refusal(simulator, body, "txn-on-status", problem)
    transaction = message["transaction_id"]
    references = value if kind == "reference_id_list" else []
    fault = _next_fault(simulator, "status", transaction, references)
    if fault and fault.play == "header_rjct":
        return _refusal(simulator, body, "txn-on-status", fault.code or "rjct.action.not_supported")
    if kind != "reference_id_list":
        transaction = value if kind == "transaction_id" else simulator.bank.transaction_of(value)
        references = None
    simulator.courier.asked(transaction)
    rows = simulator.bank.ask(script, transaction, references)
    correlation = simulator.bank.correlation_of(transaction)
    return _answer(simulator, fault, rows, lambda told: answers.txn_status(body, told, correlation))


def _refusal(simulator, body, action, reason):
    return answer(simulator, None, seal(simulator, answers.refusal(body["header"], action, reason)))


def _answer(simulator, fault, rows, tell):
    """Answer with ``tell(rows)``, or with what ``fault`` makes of it."""
    if fault is None:
        return answer(simulator, None, seal(simulator, tell(rows)))
    told = answers.spoil_answer(fault, tell(answers.spoil_rows(fault, rows)))
    return answer(simulator, fault, seal(simulator, told))
