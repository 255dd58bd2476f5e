"""Tokens: asked for once, kept in memory, renewed in time, found only by the whole of what they were issued for."""

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from .outcome import Answer, Fault
from .tls import TlsOptions
from .transport import HttpRequest, Transport

#: Seconds before its end at which a token is renewed; of one that lives shorter than twice that, half its life.
TOKEN_MARGIN = 60
#: Life of a token whose answer does not say it, in seconds.
TOKEN_SECONDS = 120
#: Longest life that is believed, in seconds.
MAX_TOKEN_SECONDS = 86400.0
#: What can stand in a header as a token, or as a key.
TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
#: Longest wait for another thread that is asking for the same token, in seconds.
WAIT_SECONDS = 5


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
        self._gates = {}

    def get(self, key: tuple[str, ...]) -> str:
        """Return the token for ``key``, empty when there is none that lives long enough."""
        with self._lock:
            token, ends = self._tokens.get(key, ("", 0.0))
            return token if ends > self._clock() else ""

    def put(self, key: tuple[str, ...], token: str, seconds: float) -> None:
        """Keep a token that lives ``seconds`` from now; it counts as over a margin before that."""
        usable = max(seconds - TOKEN_MARGIN, seconds / 2)
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

    @contextmanager
    def one_at_a_time(self, key: tuple[str, ...]):
        """Let the others wait while one asks for the token of ``key``, but not for long: they have deadlines."""
        with self._lock:
            gate = self._gates.setdefault(key, threading.Lock())
        taken = gate.acquire(timeout=WAIT_SECONDS)
        try:
            yield
        finally:
            if taken:
                gate.release()


@dataclass(frozen=True)
class TokenSource:
    """Where a token comes from: the request for it, and all that it depends on."""

    key: tuple[str, ...]
    request: HttpRequest


def form_source(
    key: tuple[str, ...],
    url: str,
    form: Mapping[str, str],
    headers: Mapping[str, str],
    tls: TlsOptions | None = None,
) -> TokenSource:
    """Return the source of a token that is asked for with a form, as OAuth 2.0 does (RFC 6749, 4.4.2).

    :param key: what the token depends on besides what it is asked with
    """
    body = urlencode(form).encode()
    # What it was asked with is part of the key, so that a changed password never finds an old token.
    asked = [dict(headers), body.decode(), [tls.ca, tls.certificate, tls.key] if tls else []]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    sent = {**headers, "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return TokenSource((*key, url, digest), HttpRequest("POST", url, body, sent, tls))


def obtain_token(source: TokenSource, cache: TokenCache, transport: Transport) -> str:
    """Return the token that is known, or a new one.

    :raise NoAccess: when the source gives none
    """
    known = cache.get(source.key)
    if known:
        return known
    with cache.one_at_a_time(source.key):
        return cache.get(source.key) or _fetch(source, cache, transport)


def _fetch(source, cache, transport):
    answer = transport.send(source.request)
    if answer.fault is not Fault.NONE:
        raise NoAccess(f"no token: {answer.fault.value}", answer.status)
    token, seconds = read_token(answer)
    if not token:
        raise NoAccess(f"no token: HTTP {answer.status}", answer.status)
    cache.put(source.key, token, seconds)
    return token


def read_token(answer: Answer) -> tuple[str, float]:
    """Return (token, seconds it lives) of a token endpoint's answer; an empty token where there is none.

    Source: RFC 6749, 5.1.
    """
    if answer.status != 200:
        return "", 0
    try:
        body = json.loads(answer.body)
        token, seconds = body["access_token"], body.get("expires_in", TOKEN_SECONDS)
        if not TOKEN.fullmatch(token) or str(body.get("token_type", "bearer")).lower() != "bearer":
            return "", 0
        seconds = float(seconds)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return "", 0
    return (token, min(seconds, MAX_TOKEN_SECONDS)) if seconds > 0 else ("", 0)
