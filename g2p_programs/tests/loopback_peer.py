"""Peers on loopback sockets that answer well, badly, slowly or not at all."""

import socket
import threading
from contextlib import contextmanager

#: A slow peer notes that nobody hung up, and ends its answer properly, after this many seconds. So a deadline
#: that fails to hold shows in what the peer saw, and no test needs to look at a clock.
PATIENCE = 8
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def read_request(connection):
    """Read one whole request and return its bytes."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(connection)
    head, _sep, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        body += _receive(connection)
    return head + b"\r\n\r\n" + body


def _receive(connection):
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the caller hung up")
    return data


class Peer:
    """What a test sees of its server: the port, and the bytes of every request that arrived."""

    def __init__(self, port):
        self.port = port
        self.requests = []
        #: Connections that were made, and how many at a time at most.
        self.connections = 0
        self.most_at_once = 0
        self._open = 0
        self._changed = threading.Condition()
        self.stopped = threading.Event()
        #: Whether a caller waited longer than the patience of the peer.
        self.outlasted = False

    @contextmanager
    def connected(self):
        """Count a connection for as long as the block runs."""
        with self._changed:
            self.connections += 1
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
        try:
            yield
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def wait_until_closed(self):
        """Wait until no connection is open, and return whether that came about."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._open, PATIENCE)

    def drip(self, connection, piece, end=b""):
        """Send ``piece`` again and again until nobody listens or patience ends, then ``end``."""
        for _turn in range(int(PATIENCE / 0.05)):
            connection.sendall(piece)
            if self.stopped.wait(0.05):
                return
        self.outlasted = True
        connection.sendall(end)

    def keep_silent(self, connection, end=b""):
        """Say nothing until the caller hangs up or patience ends, then ``end``."""
        if not self.stopped.wait(PATIENCE):
            self.outlasted = True
            connection.sendall(end)


@contextmanager
def peer(play, read=True, tls=None):
    """Serve every connection on a loopback port with ``play(connection, peer)`` until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        handle = Peer(listener.getsockname()[1])

        def serve(connection):
            try:
                # Only what is closed counts as closed: the caller's side has heard of it by then.
                with handle.connected(), connection:
                    # What is sent is there when the sending is over, and does not wait for what comes after it.
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    if tls:
                        connection = tls.wrap_socket(connection, server_side=True)
                    with connection:
                        if read:
                            handle.requests.append(read_request(connection))
                        play(connection, handle)
            except OSError:
                # The client hung up, which is what half of these tests are about.
                handle.stopped.wait(0)

        def accept():
            while not handle.stopped.is_set():
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield handle
        finally:
            handle.stopped.set()


def answering(raw):
    """Return a play that sends ``raw`` and closes."""
    return lambda connection, handle: connection.sendall(raw)


def keeping(*answers):
    """Return a play for ``peer(..., read=False)`` that answers one request of a connection after the other.

    :param answers: bytes, or callables (request, connection, handle) that return bytes; the last one goes on. None
        hangs up.
    """

    def play(connection, handle):
        left = list(answers or (OK,))
        while True:
            request = read_request(connection)
            handle.requests.append(request)
            answer = left.pop(0) if len(left) > 1 else left[0]
            raw = answer(request, connection, handle) if callable(answer) else answer
            if raw is None:
                return
            connection.sendall(raw)

    return play
