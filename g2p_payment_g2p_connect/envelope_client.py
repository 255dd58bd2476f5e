"""What clients of all modes share: messages go out in an envelope with our authentication, and are taken out of one."""

from collections.abc import Mapping

from odoo.addons.g2p_programs.dispatch.access import Access
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault
from odoo.addons.g2p_programs.dispatch.tokens import TokenCache
from odoo.addons.g2p_programs.dispatch.transport import HttpRequest

from .envelope import Envelope
from .keys import KeyProblem
from .protection import Protection
from .settings import Credentials

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class EnvelopeClient:
    """One payment system that takes messages in G2P Connect's envelopes.

    :param settings: with ``access``, and what an envelope's header says
    :param reasons: texts for people, by key
    :param tokens: access tokens that are known already
    """

    def __init__(
        self,
        settings,
        credentials: Credentials,
        reasons: Mapping[str, str] | None = None,
        tokens: TokenCache | None = None,
    ):
        self._settings = settings
        self._credentials = credentials
        self._reasons = reasons or {}
        self._tokens = tokens
        self._envelope = Envelope(settings, credentials.protection)

    @property
    def protection(self) -> Protection:
        """How messages are signed and encrypted."""
        return self._credentials.protection

    def access(self) -> Access:
        """Return the authentication of one call."""
        return Access(self._settings.access, self._credentials.secrets, self._tokens)

    def _post(self, transport, url, action, count, message):
        try:
            body, headers = self._envelope.close(action, count, message)
        except KeyProblem as problem:
            return Answer(fault=Fault.NOT_SENT, note=str(problem))
        access = self.access()
        answer = access.send(transport, HttpRequest("POST", url, body, _JSON | headers))
        # Again, as a secret may have been in what was encrypted.
        return access.hide(self._envelope.open_answer(answer))
