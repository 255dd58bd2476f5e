"""Authentication of each host by itself, with tokens that are bound to one tenant.

No token is ever part of an answer that is stored.
"""

from dataclasses import replace

from odoo.addons.g2p_programs.dispatch.outcome import Answer
from odoo.addons.g2p_programs.dispatch.tokens import (
    TOKEN,
    NoAccess,
    TokenCache,
    TokenSource,
    form_source,
    obtain_token,
)
from odoo.addons.g2p_programs.dispatch.transport import Transport

from . import const
from .settings import Credentials, Settings


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
    return form_source((const.AUTH_HUB, settings.tenant_id), settings.auth_endpoint_url, form, headers)


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
    return form_source((const.AUTH_OIDC, settings.tenant_id), settings.oidc_token_url, form, {})


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
            if not TOKEN.fullmatch(self._api_key):
                raise NoAccess("no API key")
            return {self._settings.api_key_header: self._api_key}
        if not self.renews:
            raise NoAccess("unknown kind of authentication")
        make = hub_source if self._kind == const.AUTH_HUB else oidc_source
        self._source = make(self._settings, self._credentials)
        self._token = obtain_token(self._source, self._cache, transport)
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
