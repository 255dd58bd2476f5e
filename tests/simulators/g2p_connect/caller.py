"""A caller of the asynchronous half for tests of the simulator: it asks, hears what comes back, and acknowledges it."""

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import answers, messages
from .bank import now

_SECONDS = 20


@dataclass(frozen=True)
class Heard:
    """One callback as it arrived.

    :param path: with that of the callback base
    """

    path: str
    headers: dict
    data: bytes

    @property
    def body(self):
        return json.loads(self.data)

    @property
    def words(self):
        return messages.words(self.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class Caller:
    """Hears callbacks at ``uri``, and acknowledges each with the first of ``replies`` that is left, then with ACK.

    A reply is an Ack word, a number (HTTP status), or the bytes of the answer.
    """

    def __init__(self, simulator):
        self.simulator = simulator
        self.heard, self.replies = [], []
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.uri = f"http://127.0.0.1:{self._server.server_port}/callback/OPAQUE"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def submit(self, *items, **kwargs):
        """Send a disbursement and return what is said to that: the Ack where it is one."""
        return self.send(self.simulator.async_payment_url, messages.disbursement(*items, **kwargs))

    def ask(self, *references, **kwargs):
        """Ask about a disbursement."""
        return self.send(self.simulator.async_status_url, messages.question(*references, **kwargs))

    def search(self, *addresses, **kwargs):
        """Search for payments."""
        return self.send(self.simulator.async_search_url, messages.search(*addresses, **kwargs))

    def send(self, url, body):
        """Post ``body`` with this caller's address; return the Ack, or the whole answer where it is none."""
        answer = messages.post(url, messages.called_back(body, self.uri))[2]
        return answer.get("message", answer) if isinstance(answer, dict) else answer

    def wait(self, number=1):
        """Return what was heard as soon as it is ``number`` callbacks.

        :raise AssertionError: when it takes too long
        """
        with self._changed:
            found = self._changed.wait_for(lambda: len(self.heard) >= number, _SECONDS)
            assert found, f"{len(self.heard)} callbacks came, not {number}"
            return list(self.heard)

    def settled(self, number=1):
        """Return the simulator's own list of callbacks as soon as it has ``number``."""
        ends = time.monotonic() + _SECONDS
        while len(made := self.simulator.state()["callbacks"]) < number:
            assert time.monotonic() < ends, f"{len(made)} callbacks were made, not {number}"
            time.sleep(0.01)
        return made

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _hear(self, path, headers, data):
        """Remember a callback; return status and answer."""
        with self._changed:
            self.heard.append(Heard(path, headers, data))
            reply = self.replies.pop(0) if self.replies else "ACK"
            self._changed.notify_all()
        if isinstance(reply, int):
            return reply, b"{}"
        if isinstance(reply, bytes):
            return 200, reply
        return 200, json.dumps(answers.ack(reply, "C-1", now())).encode()

    def _handler(caller):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                data = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = caller._hear(self.path, dict(self.headers), data)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                """Print nothing."""

        return Handler
