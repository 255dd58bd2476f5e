"""Posts to the caller, on this machine only, and reads its acknowledgement."""

import http.client
import ipaddress
import json
import socket
import struct
import time
from urllib.parse import urlsplit

from .contract import contract

_ANSWER_BYTES = 1024 * 1024


def loopback(url):
    """Return host and port of ``url`` where it is HTTP on this machine, else None."""
    try:
        parts = urlsplit(url)
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
        if parts.scheme != "http" or not ipaddress.ip_address(host or "").is_loopback:
            return None
        return host, parts.port or 80
    except ValueError:
        return None


class Line:
    """One connection to the caller, kept alive.

    :param base: URL; its host is the one of every message
    :param seconds: so long the caller may take
    """

    def __init__(self, base, seconds):
        place = loopback(base)
        if place is None:
            raise ConnectionRefusedError("callbacks go to this machine only, by HTTP")
        self._connection = http.client.HTTPConnection(*place, timeout=seconds)
        self._host = urlsplit(base).netloc

    def post(self, url, body, headers):
        """Return status and body of the answer.

        :raise OSError: where nobody answers; also where the answer is no HTTP
        """
        try:
            self._request(url, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read(_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ConnectionError(type(error).__name__) from error

    def hang_up(self, url, body, headers, after):
        """Post, and reset the connection ``after`` so many seconds, whatever is answered."""
        try:
            self._request(url, body, headers)
            time.sleep(after)
            linger = struct.pack("ii", 1, 0)
            self._connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        finally:
            self.close()

    def close(self):
        self._connection.close()

    def _request(self, url, body, headers):
        parts = urlsplit(url)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        self._connection.request("POST", target, body, {"Host": self._host, **headers})


def read_ack(path, status, body):
    """Return the word of an acknowledgement, and what is wrong with it.

    :param path: which callback is acknowledged
    :return: ACK, NACK or ERR and an empty text; or an empty word and a text
    """
    if status // 100 != 2:
        return "", f"HTTP {status}"
    try:
        told = json.loads(body)
    except ValueError:
        return "", "no JSON"
    problem = contract().answer_error(path, told)
    if not problem and "message" not in told:
        problem = "$: 'message' is missing"
    return ("", problem) if problem else (told["message"]["ack_status"], "")
