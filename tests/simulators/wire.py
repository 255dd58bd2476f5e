"""Faults that no web framework offers: resets and dripping bytes, played on the socket of the request."""

import os
import socket
import struct
import time


class Abandoned(ConnectionAbortedError):
    """The connection was dealt with on the socket; werkzeug takes this for a caller that has gone."""


def reset(sock, answer, after_bytes):
    """Send the first ``after_bytes`` of ``answer``, then reset the connection at once."""
    sock.sendall(answer[:after_bytes])
    # Without lingering, closing sends RST. The descriptor itself is closed: other objects still refer to the
    # socket and would have it shut down in good order first.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(sock.detach())
    raise Abandoned


def drip_header(sock, body, seconds, interval, wait, status=b"200 OK", headers=b""):
    """Send a header without an end for ``seconds``, then the rest of a right answer.

    :param headers: more headers, each with its line end
    """
    sock.sendall(b"HTTP/1.1 " + status + b"\r\nX-Slow: ")
    _drip(sock, b"a", seconds, interval, wait)
    head = b"\r\nContent-Type: application/json\r\n" + headers + b"Connection: close\r\n\r\n"
    sock.sendall(head + body)
    raise Abandoned


def drip_body(sock, body, seconds, interval, wait, status=b"200 OK", headers=b""):
    """Send white space before the JSON for ``seconds``, then the JSON. The body ends with the connection.

    :param headers: more headers, each with its line end
    """
    head = b"\r\nContent-Type: application/json\r\n" + headers + b"Connection: close\r\n\r\n"
    sock.sendall(b"HTTP/1.1 " + status + head)
    _drip(sock, b" ", seconds, interval, wait)
    sock.sendall(body)
    raise Abandoned


def _drip(sock, piece, seconds, interval, wait):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        sock.sendall(piece)
        if wait(interval):
            return
