"""The scheme adapter's HTTP side (contract, section 2)."""

import json

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from ..control import ROOT
from . import access, cautions, contract, faults, sdk_messages
from .control import control
from .knobs import ERRORS
from .pil_app import as_json


def create_sdk_app(simulator) -> Flask:
    """Return the WSGI application."""
    app = Flask("sdk_scheme_adapter")
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.register_blueprint(control(simulator))
    app.register_blueprint(access.token_endpoint(simulator))
    app.before_request(access.gate(simulator))

    @app.get("/")
    def health():
        return Response(b"", 200)

    @app.post("/transfers")
    def post():
        return _checked(simulator, "transferRequest", _post)

    @app.put("/transfers/<transfer_id>")
    def put(transfer_id):
        return _checked(simulator, "transferContinuation", _put, transfer_id)

    @app.get("/transfers/<transfer_id>")
    def get(transfer_id):
        return _get(simulator, transfer_id)

    @app.get("/parties/<id_type>/<id_value>")
    @app.get("/parties/<id_type>/<id_value>/<_sub_value>")
    def party(id_type, id_value, _sub_value=""):
        return _party(simulator, id_type, id_value)

    @app.errorhandler(HTTPException)
    def http_error(error):
        if request.path.startswith(ROOT):
            return error
        # What is served with another method, and what is not served at all, are the same to it.
        return _told(
            sdk_messages.bad_request(f"Method {request.method} not supported for path {request.path}")
        )

    return app


def _told(answer):
    status, body = answer
    return as_json(body, status)


def _checked(simulator, schema, perform, *known):
    """Hold a request against its schema, then perform it."""
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        return simulator.refuse("no JSON", _told(sdk_messages.bad_request(str(error))))
    if simulator.script.scheme.coerces:
        body = contract.sdk().coerced(schema, body)
    problem = contract.sdk().problem(schema, body)
    if problem:
        reason = f"{problem.place or '/'} {problem.rule}"
        return simulator.refuse(reason, _told(sdk_messages.bad_request(problem.text)))
    return perform(simulator, body, *known)


def _post(simulator, body):
    transfer_id = body.get("transferId", "")
    fault = simulator.player.next_fault("submit", transfer_id, [body["homeTransactionId"]])
    simulator.violations += cautions.of_transfer(body, simulator.switch, simulator.unknown)
    if transfer_id:
        simulator.unknown[transfer_id] = False
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    if fault and fault.play == "breaks_off":
        if fault.rows:
            simulator.adapter.post(body)
        return Response(b"", 500)
    status, told, _transfer = simulator.adapter.post(body, dry=fault is not None and not fault.executed)
    return _answer(simulator, fault, (status, told), "submit")


def _put(simulator, body, transfer_id):
    fault = simulator.player.next_fault("accept", transfer_id, [])
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    if fault and not fault.executed:
        return _answer(simulator, fault, sdk_messages.bare_error(500, ERRORS["2001"]), "accept")
    return _answer(simulator, fault, simulator.adapter.put(transfer_id, body), "accept")


def _get(simulator, transfer_id):
    fault = simulator.player.next_fault("status", transfer_id, [])
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    status, told = simulator.adapter.get(transfer_id)
    if status == 500 and fault is None and transfer_id in simulator.unknown:
        simulator.unknown[transfer_id] = True
    return _answer(simulator, fault, (status, told), "status")


def _party(simulator, id_type, id_value):
    fault = simulator.player.next_fault("check", id_type, [id_value])
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    return _answer(simulator, fault, simulator.adapter.look_up(id_type, id_value), "check")


def _answer(simulator, fault, told, kind):
    """Answer with ``told`` (HTTP status and body), or with what ``fault`` makes of it."""
    status, body = told
    answer = as_json(faults.spoil_transfer(fault, body), status)
    if fault and fault.play == "duplicate_reference":
        return _told(_modified(body))
    return faults.play(simulator, fault, answer, lambda: _told(_error(fault, body, kind)))


def _modified(body):
    """Return the refusal of a transferId that the switch has had, after a quote as always."""
    information = {"errorInformation": {"errorCode": "3106", "errorDescription": ERRORS["3106"]}}
    data = {**body, "currentState": "ERROR_OCCURRED"}
    data.pop("fulfil", None)
    data["lastError"] = {"httpStatusCode": 500, "mojaloopError": information}
    text = f"Got an error response preparing transfer: {sdk_messages.in_one_line(information)}"
    return sdk_messages.error(500, text, data, "3106")


def _error(fault, body, kind):
    """Return the error that ``fault`` wants, in the adapter's shape; what is known of the transfer is in it."""
    status = 200 if fault.play == "error_200" else fault.status
    if fault.play == "header_rjct" or status in range(400, 500):
        status = 400 if fault.play == "header_rjct" else status
        return status, {"message": ERRORS.get(fault.code, "Bad request"), "statusCode": status}
    if kind in ("status", "check"):
        return sdk_messages.error(status, "Timeout getting transfer", {}, fault.code)
    data = {**body, "currentState": "ERROR_OCCURRED", "lastError": {"httpStatusCode": status}}
    data.pop("fulfil", None)
    if not fault.executed:
        for name in ("quoteResponse", "quoteResponseSource", "prepare"):
            data.pop(name, None)
    return sdk_messages.error(status, ERRORS.get(fault.code, "Timeout"), data, fault.code)
