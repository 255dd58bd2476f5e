"""The HTTP side of the simulated payment system."""

import hmac
import json
import threading

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from .. import wire
from ..script import Player, Script, ScriptError
from . import answers
from .contract import DISBURSE, TXN_STATUS, contract

HTML = b"<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"
RUBBISH = bytes(range(256)) * 16


class Simulator:
    """What the views share: the bank, the script, the token, and a way to end all waiting."""

    def __init__(self, bank, script, token):
        self.bank = bank
        self.token = token
        self.violations = []
        self.refused = 0
        self._release = threading.Event()
        self.play(script)

    def play(self, script):
        """Take another script; calls are counted from 1 again."""
        self.script = script
        self.player = Player(script)
        self.release()

    def reset(self):
        """Forget payments, counts and violations. The ledger stays, as what is paid is paid."""
        self.bank.forget()
        self.violations.clear()
        self.refused = 0
        self.play(self.script)

    def release(self):
        """End every wait that goes on now."""
        waiting, self._release = self._release, threading.Event()
        waiting.set()

    def wait(self, seconds):
        """Wait, and tell whether the wait was ended from outside."""
        return self._release.wait(seconds)

    def state(self):
        """Return counts, for tests."""
        return {
            "calls": {kind: self.player.calls[kind] for kind in ("submit", "status")},
            "refused": self.refused,
            "violations": list(self.violations),
            **self.bank.state(),
        }


def create_app(simulator) -> Flask:
    """Return the WSGI application."""
    app = Flask("g2p_connect_simulator")
    # Flask would make an answer of what says that a connection was dealt with on the socket.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.config["simulator"] = simulator

    @app.post(DISBURSE)
    def disburse():
        return _serve(simulator, DISBURSE, _submit)

    @app.post(TXN_STATUS)
    def txn_status():
        return _serve(simulator, TXN_STATUS, _ask)

    @app.get("/_simulator/state")
    def state():
        return simulator.state()

    @app.post("/_simulator/script")
    def script():
        try:
            simulator.play(Script.parse(request.get_json()))
        except ScriptError as error:
            return {"error": str(error)}, 400
        return simulator.state()

    @app.post("/_simulator/reset")
    def reset():
        simulator.reset()
        return simulator.state()

    @app.post("/_simulator/release")
    def release():
        simulator.release()
        return simulator.state()

    @app.errorhandler(HTTPException)
    def http_error(error):
        return _json(answers.error(error.code, message=error.name), error.code)

    return app


def _json(body, status=200):
    return Response(json.dumps(body), status, content_type="application/json")


def _serve(simulator, path, perform):
    """Check a request from the outside in, as the specification orders the checks, then perform it."""
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {simulator.token}".encode()):
        simulator.refused += 1
        return _json(answers.error(401, message="no valid access token"), 401)
    body = request.get_json(silent=True)
    problem = contract().request_error(path, body) if body is not None else "no JSON"
    if not problem and body["header"].get("is_msg_encrypted"):
        problem = "encrypted messages are not understood"
    if problem:
        simulator.refused += 1
        simulator.violations.append(problem)
        return _json(answers.error(400, message=problem), 400)
    simulator.wait(simulator.script.latency)
    return perform(simulator, body)


def _header_problem(header, total, limit):
    """Return the reason code of what is wrong in the header, or an empty text."""
    if header.get("version", "1.0.0") != "1.0.0":
        return "rjct.version.invalid"
    if header["total_count"] != total:
        return "rjct.total_count.invalid"
    return "rjct.total_count.limit_exceeded" if total > limit else ""


def _submit(simulator, body):
    message, script = body["message"], simulator.script
    items = message["disbursements"]
    problem = _header_problem(body["header"], len(items), script.max_items)
    if problem:
        simulator.violations.append(problem)
        return _json(answers.refusal(body["header"], "on-disburse", problem))
    references = [item["reference_id"] for item in items]
    fault = simulator.player.next_fault("submit", message["transaction_id"], references)
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    rows = simulator.bank.submit(script, message, execute=fault is None or fault.executed)
    if fault and fault.play == "header_rjct":
        return _json(
            answers.refusal(body["header"], "on-disburse", fault.code or "rjct.action.not_supported")
        )
    return _answer(simulator, fault, rows, lambda told: answers.disburse(body, told))


def _ask(simulator, body):
    message, script = body["message"], simulator.script
    problem = _header_problem(body["header"], 1, 1)
    question = message["txnstatus_request"]
    kind, value = question["attribute_type"], question["attribute_value"]
    if isinstance(value, list) != (kind == "reference_id_list"):
        return _json(answers.error(400, message="attribute_value does not fit attribute_type"), 400)
    if problem:
        simulator.violations.append(problem)
        return _json(answers.refusal(body["header"], "txn-on-status", problem))
    transaction = message["transaction_id"]
    references = value if kind == "reference_id_list" else []
    fault = simulator.player.next_fault("status", transaction, references)
    if fault and fault.play == "late":
        simulator.wait(fault.seconds)
    if fault and fault.play == "header_rjct":
        return _json(
            answers.refusal(body["header"], "txn-on-status", fault.code or "rjct.action.not_supported")
        )
    if kind != "reference_id_list":
        transaction = value if kind == "transaction_id" else simulator.bank.transaction_of(value)
        references = None
    rows = simulator.bank.ask(script, transaction, references)
    correlation = simulator.bank.correlation_of(transaction)
    return _answer(simulator, fault, rows, lambda told: answers.txn_status(body, told, correlation))


def _answer(simulator, fault, rows, tell):
    """Answer with ``tell(rows)``, or with what ``fault`` makes of it."""
    if fault is None:
        return _json(tell(rows))
    answer = answers.spoil_answer(fault, tell(answers.spoil_rows(fault, rows)))
    play = _PLAYS.get(fault.play)
    return play(simulator, fault, json.dumps(answer).encode()) if play else _json(answer)


def _timeout(simulator, fault, body):
    simulator.wait(fault.seconds)
    if fault.executed:
        return Response(body, content_type="application/json")
    return Response(HTML, 504, content_type="text/html")


def _status(simulator, fault, body):
    if fault.shape:
        return _json(answers.error(fault.status, fault.code), fault.status)
    return Response(HTML, fault.status, content_type="text/html")


def _reset(simulator, fault, body):
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    wire.reset(request.environ["werkzeug.socket"], head.encode() + body, fault.after_bytes)


def _drip(play):
    def drip(simulator, fault, body):
        play(request.environ["werkzeug.socket"], body, fault.seconds, fault.interval, simulator.wait)

    return drip


def _plain(make):
    """Return a play whose whole answer is ``make(body)``, called JSON with status 200."""
    return lambda simulator, fault, body: Response(make(body), content_type="application/json")


def _huge(simulator, fault, body):
    piece = b" " * 65536

    def pieces():
        for _turn in range(fault.size // len(piece)):
            yield piece
        yield body

    return Response(pieces(), content_type="application/json")


_PLAYS = {
    "timeout": _timeout,
    "status": _status,
    "reset": _reset,
    "drip_header": _drip(wire.drip_header),
    "drip_body": _drip(wire.drip_body),
    "redirect": lambda *args: Response(b"", 302, {"Location": "/elsewhere"}),
    "rubbish": _plain(lambda body: RUBBISH),
    "html": lambda *args: Response(HTML, content_type="text/html"),
    "empty": _plain(lambda body: b""),
    "truncated": _plain(lambda body: body[: len(body) // 2]),
    "huge": _huge,
}
