"""The bridge's HTTP side (contract, section 3.1)."""

import hmac
import json

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from .. import plays
from ..control import ROOT
from . import disbursements, envelopes, faults, schemas, statuses, telling
from .control import control

#: For each path, what kind of call it is, what it must look like, and who does it.
ENDPOINTS = {
    "/create_disbursement_envelope": ("envelope", schemas.EnvelopeRequest, envelopes.create),
    "/create_disbursements": ("disbursements", schemas.DisbursementRequest, disbursements.create),
    "/get_disbursement_envelope_status": (
        "envelope_status",
        schemas.EnvelopeStatusRequest,
        statuses.of_envelope,
    ),
    "/get_disbursement_status": ("status", schemas.StatusRequest, statuses.of_disbursements),
    "/amend_disbursement_envelope": ("amend", schemas.EnvelopeRequest, envelopes.amend),
    "/cancel_disbursement_envelope": ("cancel", schemas.EnvelopeRequest, envelopes.cancel),
    "/cancel_disbursements": ("cancel_disbursements", schemas.DisbursementRequest, disbursements.cancel),
}


def create_app(simulator) -> Flask:
    """Return the WSGI application."""
    app = Flask("g2p_bridge")
    # Flask would make an answer of what says that a connection was dealt with on the socket.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.register_blueprint(control(simulator))
    app.before_request(lambda: _gate(simulator))
    for path, endpoint in ENDPOINTS.items():
        app.add_url_rule(path, path, _Call(simulator, *endpoint), methods=["POST"])

    @app.get("/ping")
    def ping():
        return _as_json("pong")

    @app.errorhandler(HTTPException)
    def http_error(error):
        if request.path.startswith(ROOT):
            return error
        return simulator.refuse(f"HTTP {error.code}", _errors(error.code, error.name))

    return app


def _as_json(body, status=200):
    return Response(json.dumps(body, separators=(",", ":")), status, content_type="application/json")


def _errors(status, text):
    return _as_json(telling.errors((f"G2P-REQ-{status}", text)), status)


def _gate(simulator):
    """Stand before the bridge, where the script puts a gateway there; None lets a request pass."""
    token = simulator.script.bridge.token
    if request.path.startswith(ROOT) or not token:
        return None
    given = request.headers.get("Authorization", "").encode()
    if hmac.compare_digest(given, f"Bearer {token}".encode()):
        return None
    return simulator.refuse("gateway", _as_json({"message": "Unauthorized"}, 401))


class _Call:
    """One endpoint.

    :param kind: of call, as the script names it
    :param schema: of the request
    :param perform: does it: ``perform(simulator, message, keep)``
    """

    def __init__(self, simulator, kind, schema, perform):
        self._simulator = simulator
        self._kind = kind
        self._schema = schema
        self._perform = perform

    def __call__(self):
        simulator = self._simulator
        try:
            body = _body()
            read = schemas.read(self._schema, body)
        except schemas.Unreadable as error:
            simulator.wait(simulator.script.latency)
            pairs = [("G2P-REQ-102", f"Invalid Input. {problem}") for problem in error.problems]
            return simulator.refuse(f"{self._kind}: {error}", _as_json(telling.errors(*pairs), 400))
        transaction, references = self._meant(read.message)
        fault = simulator.player.next_fault(self._kind, transaction, references)
        late = fault is not None and fault.play == "late"
        with simulator.cautions.one_at_a_time(self._kind, transaction):
            simulator.wait(simulator.script.latency)
            simulator.cautions.look(self._kind, body, read)
            done = None if late else self._done(fault, read)
        if late:
            # Nobody can know that this one is still on its way.
            simulator.wait(fault.seconds)
            done = self._done(fault, read)
        return self._answer(fault, transaction, done)

    def _meant(self, message):
        """Return what the script may look for: an envelope's id, or a cycle code, and references."""
        if isinstance(message, str):
            return message, []
        if not isinstance(message, list):
            return message.disbursement_envelope_id or message.cycle_code_mnemonic or "", []
        if self._kind == "disbursements":
            references = [one.mis_reference_number or "" for one in message]
            return next((one.disbursement_envelope_id or "" for one in message), ""), references
        ids = [getattr(one, "disbursement_id", one) for one in message]
        known = [one for one in map(self._simulator.books.disbursements.get, ids) if one]
        return next((one.envelope.envelope_id for one in known), ""), [one.reference for one in known]

    def _done(self, fault, read):
        """Do it, unless the fault says that it is not done, and return status and body of the answer."""
        simulator, keep = self._simulator, fault is None or fault.executed
        try:
            with simulator.books.lock:
                told = self._perform(simulator, read.message, keep)
        except telling.Refused as error:
            simulator.refuse(f"{self._kind}: {error.code}", None)
            simulator.cautions.refused(error.code)
            answer = telling.answer(simulator.clock, read.header, error.message, "rjct", error.code)
            return (200 if simulator.script.bugs.refuses_in_200 else 400), answer
        except telling.Crashed as error:
            return 500, simulator.refuse(f"{self._kind}: HTTP 500", telling.errors((error.code, error.text)))
        simulator.works.wake()
        return 200, telling.answer(simulator.clock, read.header, told)

    def _answer(self, fault, transaction, done):
        status, body = done
        simulator = self._simulator
        if fault and "header" in body:
            body = faults.spoil(fault, body, self._last_request(transaction))
        return plays.play(simulator, fault, _as_json(body, status), lambda: _scripted(fault))

    def _last_request(self, transaction):
        """Return number and whole amount of what came last into an envelope."""
        envelope = self._simulator.books.envelopes.get(transaction)
        if envelope is None or not envelope.requests:
            return 0, 0
        made = envelope.requests[-1].disbursements
        return len(made), int(sum(one.amount for one in made))


def _body():
    """Return the request's body as the bridge's framework hands it on.

    :raise Unreadable: where it is called JSON and is none
    """
    raw = request.get_data()
    if not raw:
        raise schemas.Unreadable(["Field required"])
    if not request.is_json:
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        raise schemas.Unreadable(["JSON decode error"]) from None


_TEXTS = {400: ("102", "Invalid Input. Field required"), 404: ("404", "Not Found")}
_TEXTS[405] = ("405", "Method Not Allowed")


def _scripted(fault):
    """Return the error that ``fault`` wants, in the bridge's shape."""
    code, text = _TEXTS.get(fault.status, ("100", "Scripted error"))
    return _as_json(telling.errors((fault.code or f"G2P-REQ-{code}", text)), fault.status)
