"""What may stand before both APIs, which have no authentication of their own, and a token endpoint for it."""

import base64
import binascii
import hmac
import json
import time
import uuid

from flask import Blueprint, Response, request

from ..control import ROOT
from . import faults

TOKEN = "/oauth2/token"


class Tokens:
    """Makes and checks tokens of client credentials."""

    def __init__(self):
        self._ends = {}
        self.made = 0

    def issue(self, seconds):
        """Return a token that is good for so many seconds."""
        token = uuid.uuid4().hex
        self._ends[token] = time.monotonic() + seconds
        self.made += 1
        return token

    def expire(self):
        """Let every token that was made until now be expired."""
        self._ends.clear()

    def good(self, token):
        return self._ends.get(token, 0) > time.monotonic()


def gate(simulator):
    """Return what is asked before every request: None lets it pass."""

    def check():
        if request.path.startswith(ROOT) or request.path == TOKEN:
            return None
        simulator.wait(simulator.script.latency)
        if _may_pass(simulator, simulator.script.scheme):
            return None
        return simulator.refuse("gateway", _json({"message": "Unauthorized"}, 401))

    return check


def token_endpoint(simulator) -> Blueprint:
    """Return the route that gives tokens for client credentials."""
    routes = Blueprint("tokens", __name__)

    @routes.post(TOKEN)
    def token():
        simulator.wait(simulator.script.latency)
        scheme = simulator.script.scheme
        fault = simulator.player.next_fault("token", request.form.get("client_id", ""), [])
        if fault and fault.play == "late":
            simulator.wait(fault.seconds)
        status, body = _token(simulator, scheme)
        return faults.play(simulator, fault, _json(body, status), lambda: _json(*_error(fault)))

    return routes


def _error(fault):
    return {"error": fault.code or "server_error"}, 400 if fault.play == "header_rjct" else fault.status


def _token(simulator, scheme):
    given = _basic() or (request.form.get("client_id", ""), request.form.get("client_secret", ""))
    if not _same(given, (scheme.client_id, scheme.client_secret)):
        return 401, {"error": "invalid_client"}
    if request.form.get("grant_type") != "client_credentials":
        return 400, {"error": "unsupported_grant_type"}
    if scheme.scope and request.form.get("scope") != scheme.scope:
        return 400, {"error": "invalid_scope"}
    made = simulator.tokens.issue(scheme.token_seconds)
    return 200, {"access_token": made, "token_type": "Bearer", "expires_in": scheme.token_seconds}


def _may_pass(simulator, scheme):
    given = request.headers.get("Authorization", "")
    kind, _space, token = given.partition(" ")
    token = token if kind.lower() == "bearer" else ""
    return {
        "": lambda: True,
        "basic": lambda: _same(_basic() or ("", ""), (scheme.username, scheme.password)),
        "bearer": lambda: _same([token], [scheme.bearer_token]),
        "oauth2": lambda: simulator.tokens.good(token),
        "header": lambda: _same([request.headers.get(scheme.header_name, "")], [scheme.header_value]),
    }[scheme.auth]()


def _basic():
    kind, _space, code = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(code, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def _same(given, right):
    return all(hmac.compare_digest(one.encode(), two.encode()) for one, two in zip(given, right, strict=True))


def _json(body, status=200):
    return Response(json.dumps(body), status, content_type="application/json")
