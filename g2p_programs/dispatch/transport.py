"""The only place that talks HTTP: a total deadline, no redirects, a capped answer, nothing of it in a log."""

import logging
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError, SSLError

from .outcome import Answer, Fault

_logger = logging.getLogger(__name__)

#: Largest answer that is read, in bytes. A larger one is not trusted at all.
MAX_ANSWER_BYTES = 16 * 1024 * 1024
#: The only answer headers that are kept with the answer.
KEPT_HEADERS = ("content-type", "date", "location", "retry-after", "x-correlationid", "x-signature")
CONNECT_SECONDS = 10
_CHUNK = 64 * 1024
_NEVER_LEFT = (NewConnectionError, NameResolutionError, ConnectTimeoutError, SSLError)


@dataclass(frozen=True)
class HttpRequest:
    """One HTTP request. ``headers`` may hold secrets, so a request has no representation that shows them."""

    method: str
    url: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict, repr=False)


class Transport:
    """Performs the calls of one try or one question; all of them share one deadline.

    :param seconds: total time for everything, in seconds
    :param reference: our own reference, for the log
    """

    def __init__(self, seconds: float, reference: str = ""):
        self._ends = time.monotonic() + seconds
        self._reference = reference

    def send(self, request: HttpRequest) -> Answer:
        """Perform ``request`` and return whatever happened as an :class:`Answer`. Never raises for the network.

        :return: an answer with an HTTP status, or one with a ``fault``; ``Fault.NOT_SENT`` only when the
            connection was never made
        """
        started = time.monotonic()
        if self._ends - started <= 0:
            return Answer(fault=Fault.NOT_SENT, note="deadline passed before the call")
        answer = self._perform(request, started)
        # An allow list on purpose: neither query, headers nor body may reach a log.
        _logger.info(
            "rail call %s %s: status=%s fault=%s reference=%s bytes=%s ms=%s",
            request.method,
            urlsplit(request.url).path,
            answer.status,
            answer.fault.value or "-",
            self._reference,
            len(answer.body),
            answer.duration_ms,
        )
        return answer

    def _perform(self, request, started):
        def spent():
            return int((time.monotonic() - started) * 1000)

        try:
            with requests.Session() as session:
                # Proxies, netrc and CA overrides of the environment must not redirect money.
                session.trust_env = False
                session.mount("https://", HTTPAdapter(max_retries=0))
                session.mount("http://", HTTPAdapter(max_retries=0))
                left = max(self._ends - time.monotonic(), 0.1)
                response = session.request(
                    request.method,
                    request.url,
                    data=request.body,
                    headers=request.headers,
                    timeout=(min(CONNECT_SECONDS, left), left),
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    return self._read(response, spent)
        except requests.exceptions.RequestException as error:
            return Answer(fault=_fault_of(error), duration_ms=spent(), note=type(error).__name__)

    def _read(self, response, spent):
        """Read at most :data:`MAX_ANSWER_BYTES` before the deadline (a read time-out alone bounds one chunk only)."""
        kept = {k: response.headers[k] for k in KEPT_HEADERS if k in response.headers}
        if 300 <= response.status_code < 400:
            return Answer(Fault.REDIRECT, response.status_code, "", kept, spent(), "redirects are not followed")
        chunks, size = [], 0
        for chunk in response.iter_content(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                return Answer(Fault.TOO_LARGE, response.status_code, "", kept, spent(), "answer too large")
            if time.monotonic() > self._ends:
                return Answer(Fault.TIMEOUT, response.status_code, "", kept, spent(), "deadline passed while reading")
        body = b"".join(chunks).decode("utf-8", "replace").replace("\x00", "\ufffd")
        return Answer(Fault.NONE, response.status_code, body, kept, spent())


def _fault_of(error):
    """Tell from the exception whether anything can have left this machine."""
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        return Fault.NOT_SENT
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    if isinstance(error, requests.exceptions.ConnectionError) and isinstance(cause, _NEVER_LEFT):
        return Fault.NOT_SENT
    if isinstance(error, requests.exceptions.Timeout):
        return Fault.TIMEOUT
    return Fault.CONNECTION
