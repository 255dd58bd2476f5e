"""Whether a connection would work: settings, access, and what lies behind, without a payment."""

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from odoo.addons.g2p_programs.dispatch.outcome import (
    Answer,
    Fault,
    Found,
    NeverHad,
    NotSeen,
    SubmissionData,
)
from odoo.addons.g2p_programs.dispatch.tls import TLS_FAULTS
from odoo.addons.g2p_programs.dispatch.transport import Transport

from . import row_rules
from .client import InteropClient
from .parsing import parse_object, plain
from .settings import Settings

#: A name that is not known, or a connection that is refused, shows at once; what takes longer got no answer.
_QUICK_MS = 2000


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    :param name: ``settings``, ``service`` (does it run?) or ``status`` (does it let us ask, and get an answer?)
    :param code: what was wrong, empty when nothing was: keys of :data:`const.SETTING_REASONS`, ``dns``, ``tls``,
        ``tls.settings``, ``connection``, ``timeout``, ``no.access``, ``redirect``, ``http.401`` and the like,
        ``health.bad``, ``unreadable.body``
    """

    name: str
    code: str

    @property
    def is_good(self) -> bool:
        """Whether nothing was wrong."""
        return not self.code


def check_connection(
    client: InteropClient, settings: Settings, transport: Transport, key: str
) -> tuple[Check, ...]:
    """Look at everything that can be looked at without a payment.

    The health of the layer says nothing of access, nor does that of the adapter of the switch. So the status of
    something that was never sent is asked for: the layer answers with nothing, and the adapter with the switch's own
    word that it does not know it.

    :param key: a UUID that is used for nothing else
    :return: all checks, also the good ones
    """
    found = row_rules.setting_findings(settings)
    checks = [Check("settings", " ".join(found))]
    if "url" in found:
        return tuple(checks)
    calls = client.calls(transport)
    if settings.health_url:
        answer = calls.ask("GET", settings.health_url)
        checks.append(Check("service", _read_health(answer, settings)))
    asked = SubmissionData(key, 1, "", {}, ("-",))
    answer = calls.ask("GET", settings.status_url(key))
    checks.append(Check("status", _read_status(client, answer, asked, settings)))
    return tuple(checks)


def _read_health(answer, settings):
    problem = _find_fault(answer, settings.health_url)
    if problem or settings.is_sdk:
        return problem
    body = parse_object(answer.body) or {}
    return "" if plain(body.get("status")) == "OK" else "health.bad"


def _read_status(client, answer, asked, settings):
    outcome = client.read_question(answer, asked, asked.references)
    if isinstance(outcome, NeverHad | NotSeen):
        return ""
    if isinstance(outcome, Found):
        return "found"
    return _find_fault(answer, settings.status_url(asked.key)) or outcome.code


def _find_fault(answer: Answer, url: str) -> str:
    """Tell why there is no answer with success, as closely as can be told."""
    if answer.fault is Fault.NONE:
        return "" if answer.status == 200 else f"http.{answer.status}"
    if answer.fault is not Fault.NOT_SENT:
        return answer.fault.value
    if answer.note in TLS_FAULTS.values():
        return "tls.settings"
    if "SSL" in answer.note or "Certificate" in answer.note:
        return "tls"
    if "deadline" in answer.note or answer.duration_ms >= _QUICK_MS:
        return "timeout"
    if "Error" not in answer.note:
        # No call was made: it is said in our own words what is missing.
        return "no.access"
    return "connection" if _has_address(url) else "dns"


def _has_address(url):
    try:
        return bool(socket.getaddrinfo(urlsplit(url).hostname, None))
    except (OSError, UnicodeError):
        return False
