"""Tells callers that a batch has moved (contract, section 5): unsigned, unauthorized, and as text if need be."""

import http.client
import ipaddress
import json
import threading
from urllib.parse import urlsplit

_SECONDS = 5


class Callbacks:
    """Sends callbacks in threads of their own, and remembers what it sent. Only to this machine."""

    def __init__(self, simulator):
        self._simulator = simulator
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._made = []

    def made(self):
        """Return one dict for each callback: url, batchId, tries, status (None when never answered)."""
        with self._lock:
            return [dict(one) for one in self._made]

    def forget(self):
        """Forget what was sent, and send nothing more for batches of before."""
        over, self._over = self._over, threading.Event()
        over.set()
        with self._lock:
            self._made = []

    def watch(self, batch, profile):
        """Send one when enough of ``batch`` has succeeded, or after the last look, if its caller wants one.

        A workflow that broke says nothing.
        """
        if batch.callback_url and batch.payments and self._simulator.hub.callbacks:
            threading.Thread(target=self._watch, args=(batch, profile, self._over), daemon=True).start()

    def send(self, batch, profile, url=None, body=None):
        """Send a callback now, so often as the hub tries.

        :param url: somewhere else than the caller said
        :param body: text instead of the right one
        """
        url = url or batch.callback_url
        done = {"url": url, "batchId": batch.batch_id, "tries": 0, "status": None}
        with self._lock:
            self._made.append(done)
        data = (body if body is not None else body_of(profile, batch, self._rate(batch))).encode()
        for _try in range(self._simulator.hub.callback_tries):
            done["tries"] += 1
            done["status"] = _post(url, data)
            if done["status"] and done["status"] // 100 == 2:
                break
        return done

    def _watch(self, batch, profile, over):
        hub = self._simulator.hub
        for _look in range(hub.callback_polls):
            if over.wait(hub.callback_seconds):
                return
            if self._rate(batch) >= hub.callback_threshold:
                break
        self.send(batch, profile)

    def _rate(self, batch):
        with self._simulator.engine.lock:
            seen = [payment.status for payment in batch.seen]
        return 100 * seen.count("COMPLETED") // len(seen) if seen else 0


def body_of(profile, batch, rate):
    """Return what the hub of this version says."""
    message = f"The Batch Aggregation API was complete with : {rate}"
    if profile.callback_body == "object":
        known = {"clientCorrelationId": batch.correlation, "batchId": batch.batch_id}
        return json.dumps({**known, "message": message})
    return json.dumps(message) if profile.callback_body == "string" else message


def _post(url, data):
    """Post without a content type; return the status, or None where nobody answers."""
    parts = urlsplit(url)
    try:
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
        if parts.scheme != "http" or not ipaddress.ip_address(host or "").is_loopback:
            return None
        connection = http.client.HTTPConnection(host, parts.port, timeout=_SECONDS)
        path = parts.path or "/"
        connection.request("POST", f"{path}?{parts.query}" if parts.query else path, data)
        status = connection.getresponse().status
        connection.close()
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return status
