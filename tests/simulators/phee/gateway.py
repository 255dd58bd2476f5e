"""What may stand before either app, and the identity provider that belongs to it.

The hub's contract only says that there may be a gateway: the refusals here are those of the usual one.
"""

import hmac

from flask import Blueprint, request

from . import refusals
from .tokens import TokenError, basic, bearer

_REALM = "gateway"


def refusal(simulator, kind):
    """Return what a gateway of ``kind`` (empty, apikey, oidc, hub) says to this request; None lets it pass."""
    headers = request.headers
    if kind == "apikey":
        given = headers.get("X-API-KEY", "")
        if not given:
            return refusals.as_json({"message": "No API key found in request"}, 401)
        if not hmac.compare_digest(given.encode(), simulator.hub.api_key.encode()):
            return refusals.as_json({"message": "Invalid authentication credentials"}, 401)
    if kind in ("oidc", "hub"):
        audience = _REALM if kind == "oidc" else headers.get("Platform-TenantId", "")
        try:
            simulator.tokens.check(bearer(headers), audience)
        except TokenError:
            return refusals.as_json({"message": "Unauthorized"}, 401)
    return None


def identity_provider(simulator) -> Blueprint:
    """Return the token endpoint of the identity provider."""
    provider = Blueprint("identity_provider", __name__)

    @provider.post("/auth/realms/<realm>/protocol/openid-connect/token")
    def token(realm):
        hub = simulator.hub
        client, secret = basic(request.headers) or (
            request.form.get("client_id", ""),
            request.form.get("client_secret", ""),
        )
        known = client == hub.oidc_client and hmac.compare_digest(secret.encode(), hub.oidc_secret.encode())
        if not known:
            text = "Invalid client or Invalid client credentials"
            return refusals.as_json({"error": "unauthorized_client", "error_description": text}, 401)
        if request.form.get("grant_type") != "client_credentials":
            text = "Unsupported grant_type"
            return refusals.as_json({"error": "unsupported_grant_type", "error_description": text}, 400)
        made, _claims = simulator.tokens.issue(_REALM, client, (), hub.oidc_seconds)
        return refusals.as_json(
            {
                "access_token": made,
                "expires_in": hub.oidc_seconds,
                "refresh_expires_in": 0,
                "token_type": "Bearer",
                "not-before-policy": 0,
                "scope": "profile email",
            }
        )

    return provider
