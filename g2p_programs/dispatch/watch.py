"""Holds a call to its deadline, and knows how far its request came."""

import logging
import os
import queue
import socket
import threading
import time
from enum import IntEnum

import requests

_logger = logging.getLogger(__name__)

#: Longest wait for one address to take the connection, in seconds.
CONNECT_SECONDS = 10
# Raised by requests about our own request; they prove something only while no connection was asked for.
_REFUSED_BEFORE = (
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)


class Reach(IntEnum):
    """How far a request came."""

    #: Nothing has been done with it yet.
    NOWHERE = 0
    #: requests has it. Whoever replaces parts of requests may have sent it without our knowing.
    HANDED_OVER = 1
    #: Our own connection is being made or chosen: nothing of the request can have left.
    CONNECTING = 2
    #: The first byte was handed to the connection.
    ON_THE_WIRE = 3


class Watch:
    """Holds one call to its deadline by shutting its sockets down, and knows how far the request came.

    Time-outs of a socket bound a single read: a peer that sends one byte now and then never meets them.

    :param ends: the monotonic clock when the deadline passes
    """

    def __init__(self, ends: float):
        self._ends = ends
        self._cut = False
        self._guards = []
        self._lock = threading.Lock()
        self._timer = None
        self._reach = Reach.NOWHERE

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return self._cut or time.monotonic() >= self._ends

    def reached(self, reach: Reach) -> None:
        """Note how far the request came; it never comes back."""
        self._reach = max(self._reach, reach)

    def proves_not_sent(self, error: Exception) -> bool:
        """Whether ``error`` came while nothing of the request can have left."""
        if self._reach == Reach.HANDED_OVER:
            return isinstance(error, _REFUSED_BEFORE)
        return self._reach != Reach.ON_THE_WIRE

    def seconds_left(self) -> float:
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

    def guard(self, sock: socket.socket) -> None:
        """Have ``sock`` shut down at the deadline.

        A duplicate is kept, because TLS moves the descriptor into another object while it shakes hands; shutting
        down the duplicate ends the connection for both. It is the descriptor's, as a TLS socket cannot be duplicated.
        """
        duplicate = socket.socket(fileno=os.dup(sock.fileno()))
        with self._lock:
            self._guards.append(duplicate)
            if self._cut:
                _shut(duplicate)

    def connect(self, host: str, port: int, options: list | None) -> socket.socket:
        """Open a TCP connection to one of the addresses of ``host``, never later than the deadline."""
        self.reached(Reach.CONNECTING)
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


def _shut(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Not connected yet, or gone already: its own time-out ends the wait.
        _logger.debug("nothing to shut down")
