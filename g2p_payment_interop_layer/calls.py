"""The HTTP calls of one try or one question: JSON, with authentication, under one deadline."""

from dataclasses import replace

from odoo.addons.g2p_programs.dispatch.access import Access
from odoo.addons.g2p_programs.dispatch.outcome import Answer
from odoo.addons.g2p_programs.dispatch.transport import HttpRequest, Transport

_HEADERS = {"Accept": "application/json"}
_BODY_HEADERS = {**_HEADERS, "Content-Type": "application/json"}


class Calls:
    """What is said to one peer.

    :param transport: holds the deadline of all of them
    """

    def __init__(self, transport: Transport, access: Access):
        self._transport = transport
        self._access = access

    def say(self, method: str, url: str, body: str = "", logged_path: str = "") -> Answer:
        """Make one call, once: whoever answers may have taken it, whatever the answer says.

        :param body: JSON, empty for none
        :param logged_path: see :class:`~odoo.addons.g2p_programs.dispatch.transport.HttpRequest`
        """
        headers = dict(_BODY_HEADERS if body else _HEADERS)
        request = HttpRequest(method, url, body.encode(), headers, logged_path=logged_path)
        return self._access.send(self._transport, request)

    def ask(self, method: str, url: str, body: str = "", logged_path: str = "") -> Answer:
        """Make one call that moves no money, with another token if the first one is refused."""
        answer = self.say(method, url, body, logged_path)
        if answer.status == 401 and self._access.renews:
            spent = answer.duration_ms
            answer = self.say(method, url, body, logged_path)
            return replace(answer, duration_ms=answer.duration_ms + spent)
        return answer
