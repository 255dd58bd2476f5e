"""The token endpoint: OAuth2 client credentials (RFC 6749, section 4.4), tokens that are JWTs and expire."""

import base64
import binascii
import hmac
import json
import threading
import time
import urllib.parse
import uuid

from .signatures import packed

PATH = "/oauth2/token"


class TokenRefused(ValueError):
    """No token is given; the text is the error of RFC 6749, section 5.2."""


class Tokens:
    """Gives tokens and knows them again. Safe to use from several threads."""

    def __init__(self, keys):
        self._pair = keys.server["ed25519"]
        self._lock = threading.Lock()
        self._ends = {}
        self.made = 0

    def expire(self):
        """Let every token that was given until now be expired."""
        with self._lock:
            self._ends = {}

    def give(self, security, headers, form):
        """Return the answer to somebody who asks for a token.

        :param security: knobs.Security
        :param headers: of the request
        :param form: fields of its body
        :raise TokenRefused: when it is not given
        """
        if form.get("grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type")
        right = f"{security.client_id}:{security.client_secret}".encode()
        client = _client(security.client_authentication, headers, form)
        if client is None or not hmac.compare_digest(":".join(client).encode(), right):
            raise TokenRefused("invalid_client")
        if security.scope and form.get("scope") != security.scope:
            raise TokenRefused("invalid_scope")
        token = self._make(security)
        answer = {"access_token": token, "token_type": "Bearer"}
        if security.tell_expiry:
            answer["expires_in"] = security.token_seconds
        if security.scope:
            answer["scope"] = security.scope
        return answer

    def knows(self, token):
        """Tell whether ``token`` was given here and is still good."""
        with self._lock:
            return self._ends.get(token, 0.0) > time.monotonic()

    def _make(self, security):
        now = int(time.time())
        claims = {"iss": "simulator", "sub": security.client_id, "jti": str(uuid.uuid4())}
        claims |= {"iat": now, "exp": now + security.token_seconds}
        texts = (json.dumps(part).encode() for part in ({"alg": "EdDSA", "typ": "JWT"}, claims))
        signed = ".".join(map(packed, texts))
        token = f"{signed}.{packed(self._pair.private_key.sign(signed.encode()))}"
        with self._lock:
            self._ends[token] = time.monotonic() + security.token_seconds
            self.made += 1
        return token


def _client(where, headers, form):
    """Return client and secret, or None."""
    kind, _space, code = headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic" and where != "body":
        try:
            client, colon, secret = base64.b64decode(code, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        # RFC 6749, section 2.3.1: both are encoded as in a form before they go into the header.
        return tuple(map(urllib.parse.unquote_plus, (client, secret))) if colon else None
    if not kind and where != "basic" and {"client_id", "client_secret"} <= set(form):
        return form["client_id"], form["client_secret"]
    return None
