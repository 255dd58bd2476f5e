"""The layer's HTTP side (contract, section 1)."""

import json

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from ..control import ROOT
from . import access, cautions, contract, faults
from .by_payment import line_reference
from .control import control
from .knobs import ERRORS
from .layer import BrokenOff

_NAMES = ("payeeIdType", "payeeIdValue", "amount", "currency")


def refusal(status, code, text=""):
    """Return an error in the layer's shape."""
    return as_json(
        {"errorInformation": {"errorCode": code, "errorDescription": text or ERRORS[code]}}, status
    )


def as_json(body, status=200):
    return Response(json.dumps(body, separators=(",", ":")), status, content_type="application/json")


def nothing():
    """Return what the layer says of what it does not know."""
    answer = Response(b"", 200)
    del answer.headers["Content-Type"]
    return answer


def create_pil_app(simulator) -> Flask:
    """Return the WSGI application."""
    app = Flask("payments_interoperability_layer")
    # Flask would make an answer of what says that a connection was dealt with on the socket.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.register_blueprint(control(simulator))
    app.register_blueprint(access.token_endpoint(simulator))
    app.before_request(access.gate(simulator))

    @app.post("/disbursement")
    def disburse():
        return _checked(simulator, "DisbursementRequest", _disburse)

    @app.get("/disbursement/<disbursement_id>")
    def ask(disbursement_id):
        return _ask(simulator, disbursement_id)

    @app.post("/disbursementCheck")
    def check():
        return _checked(simulator, "DisbursementCheckRequest", _check)

    @app.get("/health")
    def health():
        return as_json(simulator.health())

    @app.errorhandler(HTTPException)
    def http_error(error):
        if request.path.startswith(ROOT):
            return error
        if error.code == 405:
            return refusal(405, "3000", f"Client error - Method {request.method} not allowed")
        return refusal(404, "3002", f"Unknown URI - {request.path}")

    return app


def _checked(simulator, schema, perform):
    """Hold a request against its schema, then perform it."""
    scheme, raw = simulator.script.scheme, request.get_data()
    if len(raw) > scheme.max_bytes:
        return simulator.refuse("too large", refusal(500, "2001"))
    try:
        body = json.loads(raw)
    except ValueError:
        return simulator.refuse(
            "no JSON", refusal(400, "3000", "Client error - Invalid request payload JSON format")
        )
    if scheme.coerces:
        body = contract.pil().coerced(schema, body)
    problem = contract.pil().problem(schema, body)
    if problem:
        code, name = ("3102", "Missing element") if problem.rule == "required" else ("3100", ERRORS["3100"])
        text = f"{name} - /requestBody{problem.place} {problem.text}"
        return simulator.refuse(f"{problem.place or '/'} {problem.rule}", refusal(400, code, text))
    return perform(simulator, body)


def _disburse(simulator, body):
    disbursement_id = body["disbursementId"]
    references = [line_reference(disbursement_id, *map(line.get, _NAMES)) for line in body["payeeList"]]
    fault = simulator.player.next_fault("submit", disbursement_id, references)
    simulator.violations += cautions.of_disbursement(body, disbursement_id in simulator.sent)
    if not (fault and _says_nothing_was_done(fault)):
        simulator.sent.add(disbursement_id)
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    breaks_after = fault.rows if fault and fault.play == "breaks_off" else None
    try:
        told = simulator.layer.disburse(body, fault is not None and not fault.executed, breaks_after)
    except BrokenOff:
        return Response(b"", 500)
    return _answer(simulator, fault, told, "submit")


def _says_nothing_was_done(fault):
    """Whether the caller may use the same id again after ``fault``."""
    client_error = fault.play == "status" and fault.shape and fault.status == 400
    return fault.play == "header_rjct" or client_error


def _ask(simulator, disbursement_id):
    fault = simulator.player.next_fault("status", disbursement_id, [])
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    if disbursement_id == "__proto__":
        return as_json({})
    told = simulator.layer.ask(disbursement_id)
    return _answer(simulator, fault, told, "status")


def _check(simulator, body):
    values = [payee["payeeIdValue"] for payee in body["payeeList"]]
    fault = simulator.player.next_fault("check", body["requestId"], values)
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    return _answer(simulator, fault, {"payeeResults": simulator.layer.check(body["payeeList"])}, "check")


def _answer(simulator, fault, told, kind):
    """Answer with ``told`` (None: there is nothing to tell), or with what ``fault`` makes of it."""
    if told is not None:
        answer = as_json(faults.spoil_disbursement(fault, told))
    elif simulator.script.scheme.unknown_get == "404":
        answer = refusal(404, "3208", "Disbursement not found")
    else:
        answer = nothing()
    return faults.play(simulator, fault, answer, lambda: _error(fault, kind))


def _error(fault, kind):
    """Return the error that ``fault`` wants, in the layer's shape."""
    if fault.play == "header_rjct":
        code = fault.code or "3100"
        return refusal(400, code, ERRORS.get(code, "Client error"))
    status = 200 if fault.play == "error_200" else fault.status
    code = fault.code or ("3000" if status in range(400, 500) else "2001")
    return refusal(status, code, ERRORS.get(code, "Client error"))
