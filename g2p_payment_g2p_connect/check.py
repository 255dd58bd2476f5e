"""Whether a connection would work: name, TLS, token, signatures and clocks, without a payment."""

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlsplit

from odoo.addons.g2p_programs.dispatch.access import Access
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, Found, NotSeen, SubmissionData
from odoo.addons.g2p_programs.dispatch.tokens import NoAccess
from odoo.addons.g2p_programs.dispatch.transport import HttpRequest, Transport

from . import const, framework, parsing, row_rules
from .client import G2PConnectClient
from .protection import Protection, protection_findings
from .settings import Settings

#: Longest wait for a name, in seconds.
NAME_SECONDS = 10


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    :param name: one of :data:`const.CHECKS`
    :param code: what was wrong, empty when nothing was; several with spaces between
    :param host: where
    :param milliseconds: how long it took, None for what takes no time
    :param seconds: by how much the other clock is ahead, negative when it is behind; for ``clock`` only
    """

    name: str
    code: str = ""
    host: str = ""
    milliseconds: int | None = None
    seconds: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether nothing was wrong."""
        return not self.code


class Client(Protocol):
    """What a client is asked for here."""

    @property
    def protection(self) -> Protection:
        """How messages are signed and encrypted."""

    def access(self) -> Access:
        """Return the authentication of one call."""


def check_connection(
    client: G2PConnectClient, settings: Settings, transport: Transport, key: str
) -> tuple[Check, ...]:
    """Look at everything that can be looked at without a payment, as far as one can get.

    The payment system is asked what became of a transaction that there never was. Where payments go to another host
    than questions, that host is only reached: nothing that it could take for a payment is sent there.

    :param key: a transaction that is used for nothing else
    :return: what was looked at, also what is in order
    """
    question = SubmissionData(key, 1, "", {}, (key,))
    return check_system(
        client,
        transport,
        row_rules.setting_findings(settings),
        (settings.status_endpoint_url, settings.payment_endpoint_url),
        ask=lambda: client.ask(transport, question, question.references),
        judge=lambda answer: _judge(client, answer, question),
    )


def check_system(
    client: Client,
    transport: Transport,
    findings: Iterable[str],
    urls: Sequence[str],
    ask: Callable[[], Answer],
    judge: Callable[[Answer], tuple[str, str]],
) -> tuple[Check, ...]:
    """Look at settings, keys and every host, and ask one question that pays nobody.

    :param findings: what is wrong with the settings, as keys
    :param urls: of all that is called; the first is where the question goes, of the others only the host is reached
    :param ask: asks the question
    :param judge: tells (what the payment system has against our message, what we have against its answer), as codes
    """
    keys = [":".join(filter(None, found)) for found in protection_findings(client.protection)]
    asked, *others = dict.fromkeys(map(_host, urls))
    checks = [Check("settings", " ".join(findings)), Check("keys", " ".join(keys)), _check_name(asked)]
    if checks[-1].is_good:
        checks += _check_asked_host(client, transport, urls[0], ask, judge)
    for host in others:
        url = next(url for url in urls if _host(url) == host)
        checks.append(_check_reached("payment_host", client, transport, url, host))
    return tuple(checks)


def _check_name(host):
    """Look the name up in a thread, as the resolver of the system cannot be told to hurry."""
    if not host:
        return Check("name", "name.missing")
    answers = queue.SimpleQueue()

    def look_up():
        try:
            socket.getaddrinfo(host, None)
            answers.put("")
        except (OSError, UnicodeError):
            answers.put("name.unknown")

    started = time.monotonic()
    threading.Thread(target=look_up, name="rail-name-check", daemon=True).start()
    try:
        code = answers.get(timeout=NAME_SECONDS)
    except queue.Empty:
        code = "name.timeout"
    return Check("name", code, host, _since(started))


def _check_asked_host(client, transport, url, ask, judge):
    host, started = _host(url), time.monotonic()
    try:
        client.access().headers(transport)
    except NoAccess as problem:
        reached = _check_reached("connection", client, transport, url, host)
        return [reached, Check("token", problem.answer.note, host, _since(started))]
    token = Check("token", "", host, _since(started))
    answer = ask()
    connection = Check("connection", _fault_code(answer), host, answer.duration_ms)
    if not connection.is_good:
        return [connection, token]
    message, said = judge(answer)
    checks = [connection, token, Check("message", message, host), Check("answer", said, host)]
    return checks + _check_clock(client, answer, host)


def _check_reached(name, client, transport, url, host):
    """Whether a host answers at all. What is sent has neither a token nor a body, so that it can pay nobody."""
    answer = transport.send(
        HttpRequest("GET", url, headers={"Accept": "application/json"}, tls=client.access().tls)
    )
    # Where it would send us on says that it is there.
    code = "" if answer.fault is Fault.REDIRECT else _fault_code(answer)
    return Check(name, code, host, answer.duration_ms)


def _fault_code(answer):
    """Return why there is no answer, as far as it shows on our side."""
    if answer.fault is Fault.NONE:
        return ""
    if answer.fault is not Fault.NOT_SENT:
        return answer.fault.value
    # Own texts of keys and certificates have more than one word; the others are names of exceptions.
    if " " in answer.note:
        return answer.note
    return "tls.refused" if answer.note == "SSLError" else "connection.refused"


def _judge(client, answer, question):
    outcome = client.read_question(answer, question, question.references)
    if isinstance(outcome, NotSeen):
        return "", ""
    if isinstance(outcome, Found):
        # There never was such a payment.
        return "", "found.unused"
    code = outcome.code
    if code in const.SIGNATURE_FAULTS or code in const.ENCRYPTION_FAULTS:
        return "", code
    if code.startswith("http."):
        return framework.refusal(answer) or _error_code(answer) or code, ""
    if code in (const.AckMeaning.CALLS_BACK.value, const.AckMeaning.NO_CALLBACK.value):
        return "", ""
    if code in const.ERRORS or code in const.HEADER_REFUSALS:
        return code, ""
    # Refused for what there is not: the message was understood.
    return "", "" if code.startswith("rjct") else code


def _error_code(answer):
    """Return the first code of an HttpErrorResponse, or of an acknowledgement that refuses."""
    body = parsing.parse(answer.body) or {}
    errors = body.get("errors")
    error = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(error, dict):
        error = parsing.object_of(parsing.object_of(body, "message"), "error")
    return parsing.code(error.get("code"))


def _check_clock(client, answer, host):
    """Compare the clocks, where the payment system says its time."""
    told = _date(answer)
    if told is None:
        return []
    ahead = round((told - datetime.now(UTC)).total_seconds())
    allowed = client.protection.clock_skew
    code = "" if abs(ahead) <= allowed else ("clock.ahead" if ahead > 0 else "clock.behind")
    return [Check("clock", code, host, seconds=ahead)]


def _date(answer: Answer):
    header = parsing.object_of(parsing.parse(answer.body) or {}, "header")
    told = parsing.moment(header.get("message_ts"))
    if told:
        return told
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
        return told.astimezone(UTC) if told.tzinfo else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _host(url):
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _since(started):
    return int((time.monotonic() - started) * 1000)
