"""Tokens: the operations app's own (contract, section 2), and those of an identity provider before a gateway."""

import base64
import binascii
import json
import threading
import time
import uuid

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

AUDIENCE = "identity-provider"


class TokenError(ValueError):
    """A token that is not one, or no longer; the text is what the hub says of it."""


class Tokens:
    """Makes and checks tokens. Safe to use from several threads."""

    def __init__(self, keys):
        self._keys = keys
        self._lock = threading.Lock()
        self.revoked_before = 0.0
        self.made = 0

    def expire(self):
        """Let every token that was made until now be expired."""
        self.revoked_before = time.time()

    def issue(self, tenant, user, authorities, seconds, kind="access"):
        """Return a token and its claims."""
        with self._lock:
            self.made += 1
        claims = {
            "aud": [AUDIENCE, tenant],
            "user_name": user,
            "scope": ["identity"],
            "exp": int(time.time()) + seconds,
            "authorities": list(authorities),
            "jti": str(uuid.uuid4()),
            "client_id": "client",
        }
        if kind == "refresh":
            claims["ati"] = str(uuid.uuid4())
        # Not part of the hub's tokens; the simulator knows by it what was made before expire().
        claims["made"] = time.time()
        head = {"alg": "RS256", "typ": "JWT"}
        signed = f"{_packed(head)}.{_packed(claims)}"
        signature = self._keys.server_private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_web(signature)}", claims

    def check(self, token, tenant, kind="access"):
        """Return the claims of a token that is good for ``tenant``.

        :raise TokenError: when it is not
        """
        signed, _dot, signature = token.rpartition(".")
        try:
            self._keys.server_public.verify(
                _unweb(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
            claims = json.loads(_unweb(signed.split(".")[1]))
        except (InvalidSignature, binascii.Error, IndexError, ValueError) as error:
            raise TokenError("Cannot convert access token to JSON") from error
        if tenant not in claims["aud"]:
            raise TokenError("Invalid token: wrong audience")
        if ("ati" in claims) != (kind == "refresh"):
            raise TokenError("Encoded token is a refresh token" if kind == "access" else "Invalid token")
        if claims["exp"] <= time.time() or claims["made"] <= self.revoked_before:
            raise TokenError(f"Access token expired: {token}")
        return claims


def bearer(headers):
    """Return the bearer token among ``headers``, or an empty text."""
    kind, _space, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def basic(headers):
    """Return client and secret among ``headers``, or None."""
    kind, _space, code = headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client, colon, secret = base64.b64decode(code, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (client, secret) if colon else None


def _packed(value):
    return _web(json.dumps(value, separators=(",", ":")).encode())


def _web(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unweb(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
