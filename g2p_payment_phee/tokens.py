"""Authentication of each host by itself, and the tokens for it: cached, renewed in time, bound to one tenant.

No token is ever part of an answer that is stored.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault
from odoo.addons.g2p_programs.dispatch.transport import HttpRequest, Transport

from . import const
from .settings import Credentials, Settings


class NoAccess(Exception):
    """There is nothing to authenticate with, so nothing was sent; ``answer`` says so."""

    def __init__(self, note: str, status: int = 0):
        super().__init__(note)
        self.answer = Answer(fault=Fault.NOT_SENT, status=status, note=note)


class TokenCache:
    """Tokens in memory, for all threads of a process; one is found only by the whole of what it was issued for.

    :param clock: seconds that never go back
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = {}

    def get(self, key: tuple[str, ...]) -> str:
        """Return the token for ``key``, empty when there is none that lives long enough."""
        with self._lock:
            token, ends = self._tokens.get(key, ("", 0.0))
            return token if ends > self._clock() else ""

    def put(self, key: tuple[str, ...], token: str, seconds: float) -> None:
        """Keep a token that lives ``seconds`` from now; it counts as over a margin before that."""
        usable = max(seconds - const.TOKEN_MARGIN, seconds / 2)
        with self._lock:
            self._tokens[key] = (token, self._clock() + usable)

    def clear(self) -> None:
        """Forget all tokens."""
        with self._lock:
            self._tokens.clear()

    def drop(self, key: tuple[str, ...], token: str) -> None:
        """Forget a token that was refused; a newer one in its place stays."""
        with self._lock:
            if self._tokens.get(key, ("",))[0] == token:
                del self._tokens[key]


@dataclass(frozen=True)
class TokenSource:
    """Where a token comes from: the request for it, and all that it depends on."""

    key: tuple[str, ...]
    request: HttpRequest


def hub_source(settings: Settings, credentials: Credentials) -> TokenSource:
    """Return the hub's own token endpoint, for one tenant and user.

    Parameters go into the body, which keeps the password out of access logs.

    :raise NoAccess: when a password is needed and missing
    """
    form = {"grant_type": settings.grant_type}
    if settings.grant_type == const.GRANT_PASSWORD:
        if not (settings.username and credentials.password):
            raise NoAccess("no user name or password")
        form |= {"username": settings.username, "password": credentials.password}
    headers = {const.TENANT_HEADER: settings.tenant_id}
    if credentials.authorization:
        headers["Authorization"] = credentials.authorization
    return _source(const.AUTH_HUB, settings.auth_endpoint_url, settings, form, headers)


def oidc_source(settings: Settings, credentials: Credentials) -> TokenSource:
    """Return the token endpoint of an OpenID Connect provider, by client credentials.

    :raise NoAccess: when the client's secret is missing
    """
    if not credentials.oidc_client_secret:
        raise NoAccess("no client secret")
    form = {
        "grant_type": const.GRANT_CLIENT,
        "client_id": settings.oidc_client_id,
        "client_secret": credentials.oidc_client_secret,
    }
    return _source(const.AUTH_OIDC, settings.oidc_token_url, settings, form, {})


def _source(kind, url, settings, form, headers):
    body = urlencode(form).encode()
    # What it was asked with is part of the key, so that a changed password never finds an old token.
    secret = hashlib.sha256(json.dumps([headers, body.decode()], sort_keys=True).encode()).hexdigest()
    headers = headers | {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return TokenSource((kind, url, settings.tenant_id, secret), HttpRequest("POST", url, body, headers))


class HostAccess:
    """How one host is authenticated to.

    :param kind: one of :data:`const.AUTHS`
    :param api_key: of this host, and sent to no other
    :param cache: tokens that are known already
    """

    def __init__(
        self, kind: str, settings: Settings, credentials: Credentials, api_key: str, cache: TokenCache
    ):
        self._kind = kind
        self._settings = settings
        self._credentials = credentials
        self._api_key = api_key
        self._cache = cache
        self._source = None
        self._token = ""

    @property
    def renews(self) -> bool:
        """Whether another try may bring another token."""
        return self._kind in (const.AUTH_HUB, const.AUTH_OIDC)

    def headers(self, transport: Transport) -> dict[str, str]:
        """Return the headers that authenticate; may fetch a token first.

        :raise NoAccess: when there is nothing to authenticate with
        """
        if self._kind == const.AUTH_NONE:
            return {}
        if self._kind == const.AUTH_API_KEY:
            if not const.TOKEN.fullmatch(self._api_key):
                raise NoAccess("no API key")
            return {self._settings.api_key_header: self._api_key}
        if not self.renews:
            raise NoAccess("unknown kind of authentication")
        make = hub_source if self._kind == const.AUTH_HUB else oidc_source
        self._source = make(self._settings, self._credentials)
        self._token = self._cache.get(self._source.key) or self._fetch(transport)
        return {"Authorization": f"Bearer {self._token}"}

    def refused(self) -> None:
        """Forget the token that was used last."""
        if self._source:
            self._cache.drop(self._source.key, self._token)

    def hide(self, answer: Answer) -> Answer:
        """Return ``answer`` without the token or key, which the hub puts into some of its errors."""
        body = answer.body
        for secret in (self._token, self._api_key):
            if len(secret) >= const.SHORTEST_SECRET:
                body = body.replace(secret, "[secret]")
        return replace(answer, body=body)

    def _fetch(self, transport):
        answer = transport.send(self._source.request)
        if answer.fault is not Fault.NONE:
            raise NoAccess(f"no token: {answer.fault.value}", answer.status)
        token, seconds = read_token(answer)
        if not token:
            raise NoAccess(f"no token: HTTP {answer.status}", answer.status)
        self._cache.put(self._source.key, token, seconds)
        return token


def read_token(answer: Answer) -> tuple[str, float]:
    """Return (token, seconds it lives) of a token endpoint's answer; an empty token where there is none."""
    if answer.status != 200:
        return "", 0
    try:
        body = json.loads(answer.body)
        token, seconds = body["access_token"], body.get("expires_in", const.TOKEN_SECONDS)
        if not const.TOKEN.fullmatch(token) or str(body.get("token_type", "bearer")).lower() != "bearer":
            return "", 0
        seconds = float(seconds)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return "", 0
    return (token, min(seconds, 86400.0)) if seconds > 0 else ("", 0)
