"""The only place that talks HTTP: a total deadline, no redirects, a capped answer, nothing of it in a log.

The promise that matters most here is :attr:`~.outcome.Fault.NOT_SENT`. It is told from what happened on the
socket (was any byte of the request handed to an established connection?), not from the type of an exception:
the same ``SSLError`` can mean "certificate refused, nothing left" and "connection broken in the answer". It holds
on a connection that is used again as on a new one.
"""

import logging
import threading
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from .connections import ConnectionPool, Line, NoFreeConnection
from .outcome import Answer, Fault
from .tls import TlsOptions, TlsProblem
from .watch import Reach, Watch

__all__ = ["ConnectionPool", "HttpRequest", "TlsOptions", "Transport"]

_logger = logging.getLogger(__name__)

#: Largest answer that is read, in bytes after decompression. A larger one is not trusted at all.
MAX_ANSWER_BYTES = 16 * 1024 * 1024
#: The only answer headers that are kept with the answer, each cut to :data:`MAX_HEADER_CHARS`.
KEPT_HEADERS = ("content-type", "date", "location", "retry-after", "x-correlationid", "x-signature")
MAX_HEADER_CHARS = 4096
_CHUNK = 64 * 1024
_COMPRESSED = ("gzip", "x-gzip", "deflate")
_AUTO_DETECT_ZLIB = 32 + zlib.MAX_WBITS


class _RailCallFilter(logging.Filter):
    """Keeps urllib3 silent in a thread that calls a rail: its debug lines hold whole URLs."""

    def __init__(self):
        super().__init__()
        self._here = threading.local()

    def filter(self, record):
        return not getattr(self._here, "calling", False)

    @contextmanager
    def calling(self):
        """Drop what this thread logs through urllib3 while the block runs."""
        self._here.calling = True
        try:
            yield
        finally:
            self._here.calling = False


_urllib3_filter = _RailCallFilter()
for _name in ("connection", "connectionpool", "poolmanager", "response", "util.retry"):
    logging.getLogger(f"urllib3.{_name}").addFilter(_urllib3_filter)


@dataclass(frozen=True)
class HttpRequest:
    """One HTTP request. ``headers`` and ``body`` hold secrets and payees: its representation has neither.

    :param url: may name a payee too, where the API wants it in the path
    :param tls: what differs from public https, None for nothing
    :param logged_path: what the log says of such a path; empty where the path itself may be logged
    """

    method: str
    url: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    tls: TlsOptions | None = None
    logged_path: str = ""


class Transport:
    """Performs the calls of one try or one question; all of them share one deadline.

    :param seconds: total time for everything, in seconds; waiting for a connection of the pool is part of it
    :param reference: our own reference, for the log
    :param pool: connections that are used again; without it each call makes its own
    """

    def __init__(self, seconds: float, reference: str = "", pool: ConnectionPool | None = None):
        self._ends = time.monotonic() + seconds
        self._reference = reference
        self._pool = pool

    def send(self, request: HttpRequest) -> Answer:
        """Perform ``request`` and return what happened as an :class:`Answer`. Never raises for the network.

        :return: an answer with an HTTP status, or one with a ``fault``; ``Fault.NOT_SENT`` only when no byte
            of the request was handed to an established (for https: verified) connection
        """
        started = time.monotonic()
        answer = self._perform(request, started)
        # An allow list on purpose: neither query, headers nor body may reach a log.
        _logger.info(
            "rail call %s %s: status=%s fault=%s reference=%s bytes=%s ms=%s",
            request.method,
            request.logged_path or _path_of(request.url),
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

        if self._ends - started <= 0:
            return Answer(fault=Fault.NOT_SENT, note="deadline passed before the call")
        watch = Watch(self._ends)
        line = Line(watch, request.tls, self._pool)
        try:
            with _urllib3_filter.calling(), line, watch, line.session() as session:
                watch.reached(Reach.HANDED_OVER)
                response = session.request(
                    request.method,
                    request.url,
                    data=request.body,
                    headers=request.headers,
                    timeout=watch.seconds_left(),
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    answer = _read(response, spent)
                    if answer.fault is Fault.NONE:
                        line.answered(response.headers)
        # Whatever goes wrong must come back as an answer: an exception would leave a submission without one.
        except Exception as error:  # pylint: disable=broad-exception-caught
            return Answer(fault=_fault_of(error, watch), duration_ms=spent(), note=_note_of(error))
        if watch.expired:
            # The watch cut the connection, so an answer that ends with it may be a part of one.
            return Answer(Fault.TIMEOUT, answer.status, "", answer.headers, spent(), "deadline passed")
        return answer


def _read(response, spent):
    """Read at most :data:`MAX_ANSWER_BYTES`, counted after decompression."""
    status = response.status_code
    headers = response.headers
    kept = {name: headers[name][:MAX_HEADER_CHARS] for name in KEPT_HEADERS if name in headers}
    if 300 <= status < 400:
        return Answer(Fault.REDIRECT, status, "", kept, spent(), "redirects are not followed")
    compressed = headers.get("content-encoding", "").strip().lower() in _COMPRESSED
    inflate = zlib.decompressobj(_AUTO_DETECT_ZLIB) if compressed else None
    body = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        room = MAX_ANSWER_BYTES + 1 - len(body)
        body += inflate.decompress(chunk, room) if compressed else chunk[:room]
        if len(body) > MAX_ANSWER_BYTES:
            return Answer(Fault.TOO_LARGE, status, "", kept, spent(), "answer too large")
    if compressed and not inflate.eof:
        return Answer(Fault.CONNECTION, status, "", kept, spent(), "compressed answer is cut off")
    text = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    return Answer(Fault.NONE, status, text, kept, spent())


def _fault_of(error, watch):
    """Tell what an exception means: nothing left, too late, or broken on the way."""
    if watch.proves_not_sent(error):
        return Fault.NOT_SENT
    if watch.expired or isinstance(error, requests.exceptions.Timeout):
        return Fault.TIMEOUT
    return Fault.CONNECTION


def _note_of(error):
    """Say which step failed. Nothing of an exception's text is used, except where it is our own."""
    return str(error) if isinstance(error, TlsProblem | NoFreeConnection) else type(error).__name__


def _path_of(url):
    try:
        return urlsplit(url).path
    except ValueError:
        return "-"
