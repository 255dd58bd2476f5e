"""The only place that talks HTTP: a total deadline, no redirects, a capped answer, nothing of it in a log.

The promise that matters most here is :attr:`~.outcome.Fault.NOT_SENT`. It is told from what happened on the
socket (was any byte of the request handed to an established connection?), not from the type of an exception:
the same ``SSLError`` can mean "certificate refused, nothing left" and "connection broken in the answer".
"""

import logging
import queue
import socket
import threading
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .outcome import Answer, Fault

_logger = logging.getLogger(__name__)

#: Largest answer that is read, in bytes after decompression. A larger one is not trusted at all.
MAX_ANSWER_BYTES = 16 * 1024 * 1024
#: The only answer headers that are kept with the answer, each cut to :data:`MAX_HEADER_CHARS`.
KEPT_HEADERS = ("content-type", "date", "location", "retry-after", "x-correlationid", "x-signature")
MAX_HEADER_CHARS = 4096
#: Longest wait for one address to take the connection, in seconds.
CONNECT_SECONDS = 10
_CHUNK = 64 * 1024
_COMPRESSED = ("gzip", "x-gzip", "deflate")
_AUTO_DETECT_ZLIB = 32 + zlib.MAX_WBITS
# Compression is not asked for: it buys little here and is the cheapest way to blow up a reader.
_DEFAULT_HEADERS = {"User-Agent": "g2p-payments", "Accept-Encoding": "identity", "Connection": "close"}
# Raised by requests about our own request; they prove something only while no connection was asked for.
_REFUSED_BEFORE = (
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)


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
    """One HTTP request. ``headers`` and ``body`` hold secrets and payees: its representation has neither."""

    method: str
    url: str
    body: bytes = field(default=b"", repr=False)
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
            _path_of(request.url),
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
        watch = _Watch(self._ends)
        try:
            with _urllib3_filter.calling(), watch, _session(watch) as session:
                watch.reached(_Reach.HANDED_OVER)
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
        # Whatever goes wrong must come back as an answer: an exception would leave a submission without one.
        except Exception as error:  # pylint: disable=broad-exception-caught
            return Answer(fault=_fault_of(error, watch), duration_ms=spent(), note=type(error).__name__)
        if watch.expired:
            # The watch cut the connection, so an answer that ends with it may be a part of one.
            return Answer(Fault.TIMEOUT, answer.status, "", answer.headers, spent(), "deadline passed")
        return answer


class _Reach(IntEnum):
    """How far a request came."""

    #: Nothing has been done with it yet.
    NOWHERE = 0
    #: requests has it. Whoever replaces parts of requests may have sent it without our knowing.
    HANDED_OVER = 1
    #: Our own connection is being made: nothing of the request can have left.
    CONNECTING = 2
    #: The first byte was handed to the connection.
    ON_THE_WIRE = 3


class _Watch:
    """Holds one call to its deadline by shutting its sockets down, and knows how far the request came.

    Time-outs of a socket bound a single read: a peer that sends one byte now and then never meets them.
    """

    def __init__(self, ends):
        self._ends = ends
        self._cut = False
        self._guards = []
        self._lock = threading.Lock()
        self._timer = None
        self._reach = _Reach.NOWHERE

    @property
    def expired(self):
        """Whether the deadline has passed."""
        return self._cut or time.monotonic() >= self._ends

    def reached(self, reach):
        """Note how far the request came; it never comes back."""
        self._reach = max(self._reach, reach)

    def proves_not_sent(self, error):
        """Whether ``error`` came while nothing of the request can have left."""
        if self._reach == _Reach.HANDED_OVER:
            return isinstance(error, _REFUSED_BEFORE)
        return self._reach != _Reach.ON_THE_WIRE

    def seconds_left(self):
        """Return the seconds until the deadline, a little more than 0 when it has passed."""
        return max(self._ends - time.monotonic(), 0.001)

    def __enter__(self):
        self._timer = threading.Timer(self.seconds_left(), self._cut_off)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *exc_info):
        self._timer.cancel()
        with self._lock:
            for guard in self._guards:
                guard.close()
            self._guards.clear()

    def _cut_off(self):
        with self._lock:
            self._cut = True
            for guard in self._guards:
                _shut(guard)

    def guard(self, sock):
        """Have ``sock`` shut down at the deadline.

        A duplicate is kept, because TLS moves the descriptor into another object while it shakes hands;
        shutting down the duplicate ends the connection for both.
        """
        duplicate = sock.dup()
        with self._lock:
            self._guards.append(duplicate)
            if self._cut:
                _shut(duplicate)

    def connect(self, host, port, options):
        """Open a TCP connection to one of the addresses of ``host``, never later than the deadline."""
        self.reached(_Reach.CONNECTING)
        error = OSError("no address")
        for family, kind, proto, _name, address in self._resolve(host.strip("[]"), port):
            if self.expired:
                raise TimeoutError("deadline passed while connecting")
            sock = socket.socket(family, kind, proto)
            try:
                self.guard(sock)
                for option in options or ():
                    sock.setsockopt(*option)
                sock.settimeout(min(CONNECT_SECONDS, self.seconds_left()))
                sock.connect(address)
                sock.settimeout(self.seconds_left())
                return sock
            except OSError as connect_error:
                sock.close()
                error = connect_error
        raise error

    def _resolve(self, host, port):
        """Look the name up in a thread, as the resolver of the system cannot be told to hurry."""
        answers = queue.SimpleQueue()

        def look_up():
            try:
                answers.put((socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), None))
            except Exception as error:  # pylint: disable=broad-exception-caught
                answers.put((None, error))

        threading.Thread(target=look_up, name="rail-name-lookup", daemon=True).start()
        try:
            addresses, error = answers.get(timeout=self.seconds_left())
        except queue.Empty:
            raise TimeoutError("deadline passed while looking the name up") from None
        if error:
            raise error
        return addresses


class _WatchedMixin:
    """A urllib3 connection that lives under a :class:`_Watch`."""

    def __init__(self, *args, watch, **kwargs):
        self._watch = watch
        super().__init__(*args, **kwargs)

    def _new_conn(self):
        return self._watch.connect(self._dns_host, self.port, self.socket_options)

    def send(self, data, *args, **kwargs):
        if self.sock is None:
            self.connect()
        self._watch.reached(_Reach.ON_THE_WIRE)
        return super().send(data, *args, **kwargs)


class _HttpConnection(_WatchedMixin, HTTPConnection):
    pass


class _HttpsConnection(_WatchedMixin, HTTPSConnection):
    pass


class _WatchedAdapter(HTTPAdapter):
    """Makes requests use the watched connections; nothing is retried below the engine."""

    def __init__(self, watch):
        self._watch = watch
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        result = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(self._pool, HTTPConnectionPool, _HttpConnection),
            "https": partial(self._pool, HTTPSConnectionPool, _HttpsConnection),
        }
        return result

    def _pool(self, pool_class, connection_class, host, port, **kwargs):
        pool = pool_class(host, port, **kwargs)
        pool.ConnectionCls = partial(connection_class, watch=self._watch)
        return pool


class _Session(requests.Session):
    """A session that does not even look where a redirect points to.

    With redirects off, requests still reads the body of one, without any cap, to prepare the next request.
    """

    def resolve_redirects(self, *args, **kwargs):
        return iter(())


def _session(watch):
    session = _Session()
    # Proxies, netrc and CA overrides of the environment must not redirect money.
    session.trust_env = False
    session.headers = requests.structures.CaseInsensitiveDict(_DEFAULT_HEADERS)
    session.adapters.clear()
    adapter = _WatchedAdapter(watch)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


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


def _shut(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Not connected yet, or gone already: its own time-out ends the wait.
        _logger.debug("nothing to shut down")


def _path_of(url):
    try:
        return urlsplit(url).path
    except ValueError:
        return "-"
