"""The connection of one call: made for it, or kept from an earlier one."""

import re
import ssl
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress
from functools import partial
from http.client import HTTPResponse

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .tls import TlsOptions, make_context
from .watch import Reach, Watch

#: Longest time for which a connection is kept without use, in seconds. Many servers hang up after 5; a request that
#: meets that moment is one of which nobody knows whether it arrived, which costs more than another connection.
IDLE_SECONDS = 3
#: Seconds before the end that a server names itself at which its connection is not used any more.
IDLE_MARGIN = 1
# Compression is not asked for: it buys little here and is the cheapest way to blow up a reader.
_DEFAULT_HEADERS = {"User-Agent": "g2p-payments", "Accept-Encoding": "identity"}
_KEPT_FOR = re.compile(r"(?:^|[,\s])timeout=([0-9]{1,6})(?:$|[,\s])", re.IGNORECASE)
# What a socket that may not wait says when there is nothing to read.
_NOTHING_YET = (BlockingIOError, ssl.SSLWantReadError)


class NoFreeConnection(Exception):
    """All places of a pool were taken until the deadline."""

    def __init__(self):
        super().__init__("no free connection before the deadline")


class ConnectionPool:
    """Connections that several calls use one after the other, from any thread.

    Each is used by one call at a time. Only one whose answer was read to its end is kept: after a cut, a fault, a
    redirect or an answer that was left lying nobody knows what comes next on it.

    :param size: most connections at a time to one host with one kind of TLS
    """

    def __init__(self, size: int):
        self._size = size
        self._changed = threading.Condition()
        self._idle = defaultdict(list)
        self._busy = Counter()
        self._closed = False

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self) -> None:
        """Close what is kept; what is in use is closed when its call is over."""
        with self._changed:
            self._closed = True
            idle = [connection for kept in self._idle.values() for connection in kept]
            self._idle.clear()
        for connection in idle:
            _close(connection)

    def take(self, key: tuple, watch: Watch):
        """Wait for a place and take it; every place is given back with :meth:`give_back`.

        :param key: what the connections of one kind have in common
        :return: a connection that still stands, or None where a new one is to be made
        :raise NoFreeConnection: when no place became free before the deadline
        """
        with self._changed:
            while self._busy[key] >= self._size:
                if watch.expired:
                    raise NoFreeConnection()
                self._changed.wait(watch.seconds_left())
            self._busy[key] += 1
            found, over, idle = None, [], self._idle[key]
            while idle and found is None:
                # The one that was used last is the one that the server has most likely not given up.
                one = idle.pop()
                if one.stands():
                    found = one
                else:
                    over.append(one)
        for connection in over:
            _close(connection)
        return found

    def give_back(self, key: tuple, connection) -> None:
        """Give a place back, with its connection when that may be used again."""
        with self._changed:
            self._busy[key] -= 1
            closed = self._closed
            if connection is not None and not closed:
                self._idle[key].append(connection)
            self._changed.notify_all()
        if connection is not None and closed:
            _close(connection)


class Line:
    """The connection of one call, and whether it may be used for another one.

    :param tls: what differs from public https
    :param pool: where it is kept afterwards; without one it is closed
    """

    def __init__(self, watch: Watch, tls: TlsOptions | None, pool: ConnectionPool | None):
        self._watch = watch
        self._tls = tls
        self._pool = pool
        self._place = None
        self._connection = None
        self._is_clean = False

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        connection, self._connection = self._connection, None
        # Whatever the watch has cut is never used again, also where the answer was read before.
        is_kept = self._is_clean and not self._watch.expired and connection is not None
        if connection is not None and not is_kept:
            _close(connection)
        if self._place is not None:
            self._pool.give_back(self._place, connection if is_kept else None)
            self._place = None

    def open(self, connection_class, *, host, port, **options):
        """Return the connection that urllib3 asks for."""
        self._watch.reached(Reach.CONNECTING)
        found = None
        if self._pool is not None:
            place = (connection_class, host, port, self._tls)
            found = self._pool.take(place, self._watch)
            self._place = place
        if found is None:
            self._connection = connection_class(
                host=host, port=port, tls=self._tls, watch=self._watch, **options
            )
        else:
            self._connection = found
            found.go_on(self._watch)
        return self._connection

    def answered(self, headers) -> None:
        """Note that an answer was read to its end.

        :param headers: of that answer
        """
        if self._connection is not None and self._pool is not None:
            self._is_clean = self._connection.keep(headers.get("keep-alive", ""))

    def session(self) -> requests.Session:
        """Return a session for the one call; a context manager."""
        session = _Session()
        # Proxies, netrc and CA overrides of the environment must not redirect money.
        session.trust_env = False
        keep = "close" if self._pool is None else "keep-alive"
        session.headers = requests.structures.CaseInsensitiveDict({**_DEFAULT_HEADERS, "Connection": keep})
        session.adapters.clear()
        adapter = _Adapter(self)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session


class _Session(requests.Session):
    """A session that does not even look where a redirect points to.

    With redirects off, requests still reads the body of one, without any cap, to prepare the next request.
    """

    def resolve_redirects(self, *args, **kwargs):
        return iter(())


class _Adapter(HTTPAdapter):
    """Makes requests use the line's connection; nothing is retried below the engine."""

    def __init__(self, line):
        self._line = line
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
        pool.ConnectionCls = partial(self._line.open, connection_class)
        # urllib3 lays a connection back as soon as its answer is read; what becomes of it is the line's to say.
        pool._put_conn = lambda connection: None
        return pool


class _Response(HTTPResponse):
    """Knows at its end whether the peer has sent more than one answer."""

    def __init__(self, sock, *args, **kwargs):
        self._sock = sock
        self.has_more = False
        super().__init__(sock, *args, **kwargs)

    def _close_conn(self):
        # What the reader holds beyond the end is lost when it is closed, and cannot be seen on the socket any more.
        self.has_more = self.has_more or self._holds_more()
        return super()._close_conn()

    def _holds_more(self):
        try:
            self._sock.settimeout(0)
            return bool(self.fp.peek(1))
        except _NOTHING_YET:
            return False
        except (OSError, ValueError):
            return True


class _WatchedMixin:
    """A urllib3 connection that lives under the :class:`~.watch.Watch` of the call that uses it."""

    def __init__(self, *args, watch, tls=None, **kwargs):
        self._watch = watch
        self._tls = tls
        self._response = None
        self._kept_until = 0.0
        super().__init__(*args, **kwargs)

    def _new_conn(self):
        return self._watch.connect(self._dns_host, self.port, self.socket_options)

    def send(self, data, *args, **kwargs):
        if self.sock is None:
            self.connect()
        self._watch.reached(Reach.ON_THE_WIRE)
        return super().send(data, *args, **kwargs)

    def response_class(self, *args, **kwargs):
        """Return what http.client reads an answer with."""
        self._response = _Response(*args, **kwargs)
        return self._response

    def keep(self, keep_alive):
        """Prepare for another call, and return whether there may be one.

        :param str keep_alive: the server's own word, such as ``timeout=5``
        """
        told = _KEPT_FOR.search(keep_alive)
        seconds = min(IDLE_SECONDS, int(told.group(1)) - IDLE_MARGIN) if told else IDLE_SECONDS
        self._kept_until = time.monotonic() + seconds
        response, self._response = self._response, None
        is_over = response is not None and response.isclosed() and not response.has_more
        return is_over and response.status >= 200 and self.sock is not None and seconds > 0

    def stands(self):
        """Whether the peer has neither hung up nor said anything that nobody asked for."""
        if time.monotonic() >= self._kept_until:
            return False
        try:
            self.sock.settimeout(0)
            self.sock.recv(1)
        except _NOTHING_YET:
            return True
        except OSError:
            return False
        return False

    def go_on(self, watch):
        """Live under the watch of another call from now on."""
        self._watch = watch
        watch.guard(self.sock)


class _HttpConnection(_WatchedMixin, HTTPConnection):
    pass


class _HttpsConnection(_WatchedMixin, HTTPSConnection):
    def connect(self):
        if self._tls is not None:
            # One for each connection, as urllib3 changes the contexts that it is given.
            self.ssl_context = make_context(self._tls)
            self.cert_file = self.key_file = self.ca_cert_dir = self.ca_cert_data = None
            # Some versions of requests name the public authorities here, which would be trusted beside an own one,
            # and some do not.
            self.ca_certs = None if self._tls.ca else requests.adapters.DEFAULT_CA_BUNDLE_PATH
        return super().connect()


def _close(connection):
    with suppress(OSError):
        connection.close()
