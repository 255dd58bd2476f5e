"""How a payment system is told who we are: the kinds of authentication that rails share, and TLS of one's own.

No secret is ever part of an answer that is stored.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import quote, quote_plus

from .outcome import Answer
from .tls import TlsOptions
from .tokens import TOKEN, NoAccess, TokenCache, form_source, obtain_token
from .transport import HttpRequest, Transport

AUTH_NONE = "none"
AUTH_BASIC = "basic"
AUTH_BEARER = "bearer"
AUTH_OAUTH2 = "oauth2"
AUTH_HEADER = "header"
AUTHS = (AUTH_NONE, AUTH_BASIC, AUTH_BEARER, AUTH_OAUTH2, AUTH_HEADER)

#: How the client's secret reaches the token endpoint, in the words of the registry of OAuth. Every server takes the
#: first (RFC 6749, 2.3.1).
CLIENT_BASIC = "client_secret_basic"
CLIENT_POST = "client_secret_post"
CLIENT_AUTHS = (CLIENT_BASIC, CLIENT_POST)

#: RFC 9110, 5.6.2.
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,60}")
HEADER_VALUE = re.compile(r"(?! )[\x20-\x7e]{1,8192}(?<! )")
#: Headers that say where a request ends, where it goes or what it is: a secret in one of them breaks it.
RESERVED_HEADERS = frozenset(
    {
        "accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "cookie",
        "date", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
    }
)  # fmt: skip
#: A password, and a user name that has no colon besides (RFC 7617, 2).
BASIC_TEXT = re.compile(r"[^\x00-\x1f\x7f]*")
#: What is shorter stands in any text by chance, and is not taken out of answers.
SHORTEST_SECRET = 8
HIDDEN = "[secret]"


@dataclass(frozen=True)
class AccessSettings:
    """What a submission is pinned to: plain texts, so that they can be stored as JSON.

    :param auth_type: one of :data:`AUTHS`
    :param auth_username: for basic
    :param oauth2_token_url: asked with the same TLS as everything else
    :param oauth2_scope: several with spaces between; not asked for when empty
    :param oauth2_client_auth: one of :data:`CLIENT_AUTHS`
    :param auth_header_name: of the header that holds a key
    :param tls_ca: where the secrets name none; see :class:`~.tls.TlsOptions`, as ``tls_client_certificate``
    """

    auth_type: str = AUTH_NONE
    auth_username: str = ""
    oauth2_token_url: str = ""
    oauth2_client_id: str = ""
    oauth2_scope: str = ""
    oauth2_client_auth: str = CLIENT_BASIC
    auth_header_name: str = ""
    tls_ca: str = ""
    tls_client_certificate: str = ""

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "AccessSettings":
        """Return stored settings; what is missing, or is no text, takes its default."""
        names = (one.name for one in fields(cls))
        return cls(**{name: stored[name] for name in names if isinstance(stored.get(name), str)})


@dataclass(frozen=True)
class AccessSecrets:
    """What is today's, whatever a submission is pinned to: secrets, and the certificates that are renewed with them.

    It shows in no representation.
    """

    auth_password: str = field(default="", repr=False)
    bearer_token: str = field(default="", repr=False)
    oauth2_client_secret: str = field(default="", repr=False)
    auth_header_value: str = field(default="", repr=False)
    tls_client_key: str = field(default="", repr=False)
    tls_ca: str = field(default="", repr=False)
    tls_client_certificate: str = field(default="", repr=False)


class Access:
    """One payment system's authentication, for the calls of one try or one question.

    :param cache: tokens that are known already; without one, each access fetches its own
    """

    def __init__(self, settings: AccessSettings, secrets: AccessSecrets, cache: TokenCache | None = None):
        self._settings = settings
        self._secrets = secrets
        self._cache = TokenCache() if cache is None else cache
        self._source = None
        self._token = ""

    @property
    def renews(self) -> bool:
        """Whether another try may bring another token."""
        return self._settings.auth_type == AUTH_OAUTH2

    @property
    def tls(self) -> TlsOptions | None:
        """How to connect, None where nothing differs from public https."""
        settings, secrets = self._settings, self._secrets
        options = TlsOptions(
            secrets.tls_ca or settings.tls_ca,
            secrets.tls_client_certificate or settings.tls_client_certificate,
            secrets.tls_client_key,
        )
        return None if options == TlsOptions() else options

    def headers(self, transport: Transport) -> dict[str, str]:
        """Return the headers that authenticate; may fetch a token first.

        :raise NoAccess: when there is nothing to authenticate with; then nothing is to be sent
        """
        makers = {
            AUTH_NONE: lambda _transport: {},
            AUTH_BASIC: self._basic,
            AUTH_BEARER: self._bearer,
            AUTH_OAUTH2: self._oauth2,
            AUTH_HEADER: self._header,
        }
        make = makers.get(self._settings.auth_type)
        if make is None:
            raise NoAccess("unknown kind of authentication")
        return make(transport)

    def send(self, transport: Transport, request: HttpRequest) -> Answer:
        """Send ``request`` with authentication and TLS; a token that is refused is forgotten, for the next try.

        :return: the answer without any secret; ``Fault.NOT_SENT`` when there is nothing to authenticate with
        """
        try:
            headers = request.headers | self.headers(transport)
        except NoAccess as problem:
            return problem.answer
        answer = transport.send(replace(request, headers=headers, tls=self.tls))
        if answer.status == 401:
            # Not tried again here: this one may have been taken, whoever says otherwise.
            self.refused()
        return self.hide(answer)

    def refused(self) -> None:
        """Forget the token that was used last."""
        if self._source:
            self._cache.drop(self._source.key, self._token)

    def hide(self, answer: Answer) -> Answer:
        """Return ``answer`` without any of our secrets, which some peers repeat in their errors."""
        body, headers = answer.body, dict(answer.headers)
        for secret in self._shown_secrets():
            body = body.replace(secret, HIDDEN)
            headers = {name: value.replace(secret, HIDDEN) for name, value in headers.items()}
        return replace(answer, body=body, headers=headers)

    # ---- Kinds ------------------------------------------------------------------------------------------------
    def _basic(self, _transport):
        user, password = self._settings.auth_username, self._secrets.auth_password
        if not (user and password):
            raise NoAccess("no user name or password")
        if not (is_basic_user(user) and BASIC_TEXT.fullmatch(password)):
            raise NoAccess("user name or password cannot be sent")
        return {"Authorization": f"Basic {_encode(user, password)}"}

    def _bearer(self, _transport):
        if not TOKEN.fullmatch(self._secrets.bearer_token):
            raise NoAccess("no token")
        return {"Authorization": f"Bearer {self._secrets.bearer_token}"}

    def _header(self, _transport):
        name, value = self._settings.auth_header_name, self._secrets.auth_header_value
        if not is_header_name(name):
            raise NoAccess("no name of a header")
        if not HEADER_VALUE.fullmatch(value):
            raise NoAccess("no value of the header")
        return {name: value}

    def _oauth2(self, transport):
        settings, secret = self._settings, self._secrets.oauth2_client_secret
        if not (settings.oauth2_token_url and settings.oauth2_client_id):
            raise NoAccess("no token URL or client")
        if not secret:
            raise NoAccess("no client secret")
        self._source = self._make_source(secret)
        self._token = obtain_token(self._source, self._cache, transport)
        return {"Authorization": f"Bearer {self._token}"}

    def _make_source(self, secret):
        settings = self._settings
        form = {"grant_type": "client_credentials"}
        if settings.oauth2_scope:
            form["scope"] = settings.oauth2_scope
        headers = {}
        if settings.oauth2_client_auth == CLIENT_POST:
            form |= {"client_id": settings.oauth2_client_id, "client_secret": secret}
        else:
            # RFC 6749, 2.3.1: both are encoded like the fields of a form first.
            pair = quote_plus(settings.oauth2_client_id), quote_plus(secret)
            headers["Authorization"] = f"Basic {_encode(*pair)}"
        return form_source((AUTH_OAUTH2,), settings.oauth2_token_url, form, headers, self.tls)

    # ---- Secrets ----------------------------------------------------------------------------------------------
    def _shown_secrets(self):
        """Return our secrets in all the ways in which a peer may write them, the longest first."""
        settings, secrets = self._settings, self._secrets
        raw = {self._token, secrets.bearer_token}
        raw |= {secrets.auth_header_value, *secrets.auth_header_value.split()}
        for user, password in (
            (settings.auth_username, secrets.auth_password),
            (settings.oauth2_client_id, secrets.oauth2_client_secret),
        ):
            if password:
                raw |= {password, _encode(user, password), _encode(quote_plus(user), quote_plus(password))}
        raw = {secret for secret in raw if len(secret) >= SHORTEST_SECRET}
        shown = set(raw)
        for secret in raw:
            shown |= {quote(secret, ""), quote_plus(secret)}
            shown |= {json.dumps(secret, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False)}
        return sorted(shown, key=len, reverse=True)


def is_header_name(name: str) -> bool:
    """Whether a secret can be sent in a header of this name."""
    return bool(HEADER_NAME.fullmatch(name)) and name.lower() not in RESERVED_HEADERS


def is_basic_user(name: str) -> bool:
    """Whether a user name can be sent: the first colon ends it, so it can hold none."""
    return ":" not in name and bool(BASIC_TEXT.fullmatch(name))


def _encode(user, password):
    return base64.b64encode(f"{user}:{password}".encode()).decode()
