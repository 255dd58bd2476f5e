"""The payment system of the lane tests: pays one by one over HTTP, in this process, and counts what matters."""

import json
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LONGEST_WAIT = 60


class LaneServer:
    """Counts payments by key, calls at the same time, and connections; holds calls and fails on request."""

    def __init__(self):
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._changed = threading.Condition()
        self.reset()
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def reset(self):
        """Forget everything; pay at once whatever comes."""
        with self._changed:
            self.paid, self.asked = Counter(), Counter()
            self.references = []
            self.inside = self.most_inside = 0
            self.connections = 0
            self._held = lambda reference: False
            self.status = lambda reference: 200
            self._changed.notify_all()

    def stop(self):
        self._http.shutdown()
        self._http.server_close()

    @contextmanager
    def hold(self, which=lambda reference: True):
        """Execute, but do not answer, the calls about references for which ``which`` is true while the block runs."""
        before, self._held = self._held, which
        try:
            yield
        finally:
            with self._changed:
                self._held = before
                self._changed.notify_all()

    def wait_for(self, condition):
        """Wait until ``condition()`` holds after something happened here."""
        with self._changed:
            assert self._changed.wait_for(condition, LONGEST_WAIT), "did not happen"

    # ---- Within the calls -------------------------------------------------------------------------------------
    @contextmanager
    def _call(self):
        with self._changed:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self.inside -= 1
                self._changed.notify_all()

    def _pay(self, order):
        with self._changed:
            self.paid[order["key"]] += 1
            self.references.append(order["reference"])
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._held(order["reference"]), LONGEST_WAIT)
        return self.status(order["reference"]), {"result": "paid"}

    def _tell(self, key):
        with self._changed:
            self.asked[key] += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._held(key), LONGEST_WAIT)
        return (200, {"result": "paid"}) if key in self.paid else (404, {})

    def _count_connection(self):
        with self._changed:
            self.connections += 1

    def _make_handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                server._count_connection()

            def log_message(self, *args):
                pass

            def do_POST(self):
                with server._call():
                    order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                    answer = server._pay(order)
                self._answer(*answer)

            def do_GET(self):
                with server._call():
                    answer = server._tell(self.path.rpartition("/")[2])
                self._answer(*answer)

            def _answer(self, status, told):
                body = json.dumps(told).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # whoever asked is gone

        return Handler
