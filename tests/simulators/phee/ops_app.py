"""The operations app: tokens, and what became of batches (contract, sections 2 and 4)."""

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from ..control import ROOT
from . import faults, gateway, jws, refusals
from .control import control
from .keys import public_key_of
from .ops_batches import batch_routes
from .tokens import TokenError, basic, bearer

TOKEN = "/oauth/token"
API = "/api/v1"


def create_ops_app(simulator) -> Flask:
    """Return the WSGI application."""
    app = Flask("phee_operations_app")
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.register_blueprint(control(simulator))
    app.register_blueprint(gateway.identity_provider(simulator))
    app.register_blueprint(batch_routes(simulator), url_prefix=API)

    @app.before_request
    def outside():
        if request.path.startswith((ROOT, "/auth/", "/paymenthub-ee/")):
            return None
        simulator.wait(simulator.script.latency)
        no = _first_no(simulator)
        if no is not None:
            simulator.refusals.append(f"operations app: {no.status_code}")
        return no

    @app.route(TOKEN, methods=["GET", "POST"])
    def token():
        return _token(simulator)

    @app.get("/paymenthub-ee/<name>")
    def file(name):
        content = simulator.files.get(name)
        return refusals.as_html(404) if content is None else Response(content, content_type="text/csv")

    @app.after_request
    def signed(answer):
        ours = request.path.startswith(API) and simulator.hub.ops_jws
        return faults.signed(simulator, answer) if ours and "fault" not in g else answer

    @app.errorhandler(HTTPException)
    def http_error(error):
        return refusals.as_html(error.code)

    return app


def _first_no(simulator):
    """Return the first refusal from the outside in; None where there is none."""
    hub = simulator.hub
    if hub.ops_gateway == "apikey" or request.path != TOKEN:
        no = gateway.refusal(simulator, hub.ops_gateway)
        if no:
            return no
    g.tenant = request.headers.get("Platform-TenantId") or request.args.get("tenantIdentifier")
    if g.tenant not in hub.tenants:
        # Not even a word.
        return Response(b"", 500)
    if request.path.startswith(API):
        return _signature_no(simulator) or _token_no(simulator)
    return None


def _signature_no(simulator):
    if not simulator.hub.ops_jws:
        return None
    certificate, signature = simulator.certificate_of(g.tenant), request.headers.get("X-SIGNATURE", "")
    text = jws.signed_text(request.headers, request.get_data(as_text=True))
    try:
        right = jws.verified(public_key_of(certificate), signature, text)
    except jws.UnusableSignature:
        return refusals.jws_key(certificate)
    return None if right else refusals.jws_mismatch(signature)


def _token_no(simulator):
    if not simulator.hub.rest_auth:
        return None
    token = bearer(request.headers)
    if not token:
        return refusals.no_token()
    try:
        claims = simulator.tokens.check(token, g.tenant)
    except TokenError as error:
        return refusals.bad_token(str(error))
    return None if "ALL_FUNCTIONS" in claims["authorities"] else refusals.shaped("status", 403)


def _token(simulator):
    """Answer a request for a token: client first, then method, then grant."""
    hub, client = simulator.hub, basic(request.headers)
    channel = (f"channel-{g.tenant}", hub.channel_secret)
    if client != ("client", "") and not (hub.channel_secret and client == channel):
        return refusals.as_html(401)
    if request.method != "POST":
        return _token_error("Request method 'GET' not supported")
    grant = request.values.get("grant_type")
    if not grant:
        return _token_error("Missing grant type")
    known = ("password", "refresh_token", "client_credentials")
    if grant not in known:
        return _token_error(f"Unsupported grant type: {grant}")
    if (grant == "client_credentials") != (client == channel):
        return _token_error(f"Unauthorized grant type: {grant}")
    user = _user(simulator, grant)
    if isinstance(user, Response):
        return user
    fault = simulator.player.next_fault("token", g.tenant, [])
    if fault and fault.play in ("late", "timeout"):
        simulator.wait(fault.seconds)
    body = _tokens(simulator, grant, user, client)
    return faults.play(simulator, fault, refusals.as_json(faults.spoil_body(fault, body)), "token")


def _user(simulator, grant):
    """Return for whom a token is asked, or the refusal."""
    hub = simulator.hub
    if grant == "client_credentials":
        return f"channel-{g.tenant}"
    if grant == "refresh_token":
        try:
            given = request.values.get("refresh_token", "")
            return simulator.tokens.check(given, g.tenant, "refresh")["user_name"]
        except TokenError as error:
            return _token_error(f"Invalid refresh token: {error}")
    given = (request.values.get("username"), request.values.get("password"))
    return hub.username if given == (hub.username, hub.password) else refusals.bad_credentials()


def _tokens(simulator, grant, user, client):
    hub = simulator.hub
    by_channel = client[0] != "client"
    seconds = 3600 if by_channel else hub.token_seconds
    authorities = ("ALL_FUNCTIONS",) if by_channel else hub.authorities
    token, claims = simulator.tokens.issue(g.tenant, user, authorities, seconds)
    body = {"access_token": token, "token_type": "bearer"}
    if not by_channel:
        refresh, _claims = simulator.tokens.issue(g.tenant, user, authorities, hub.refresh_seconds, "refresh")
        body["refresh_token"] = refresh
    # What is left of it when the answer is written.
    body.update(expires_in=max(seconds - 1, 0), scope="identity", jti=claims["jti"])
    return body


def _token_error(text):
    return refusals.as_json({"error": text}, 400)
