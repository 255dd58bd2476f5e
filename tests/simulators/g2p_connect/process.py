"""Start and stop the simulator as a process of its own, from tests, the demo and benchmarks."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from ..control import ROOT
from ..ledger import Executed, read_ledger
from .contract import ASYNC_DISBURSE, ASYNC_SEARCH, ASYNC_TXN_STATUS, DISBURSE, TXN_STATUS
from .keys import Keys, keys_beside
from .knobs import Security
from .server import DEFAULT_TOKEN, TOKEN_VARIABLE
from .tokens import PATH as TOKEN

_ROOT = Path(__file__).resolve().parents[3]
_START_SECONDS = 60


class SimulatorHandle:
    """A running simulator, as its starter sees it.

    ``payment_url`` and ``status_url`` are of the synchronous half, ``async_…_url`` of the asynchronous one. Client
    and secret of the token endpoint are those of a script that says nothing else.

    :ivar tls_url: base URL of HTTPS; its certificate is good for 127.0.0.1 only
    :ivar mtls_url: the same, for clients that have ``certificates.client_certificate``
    :ivar wrong_name_url: the same as ``tls_url``, under a name that the certificate is not good for
    :ivar token: static bearer token of callers
    :ivar keys: keys of both sides by kind: keys.Keys
    """

    client_id = Security.client_id
    client_secret = Security.client_secret

    def __init__(self, process, ports, ledger_path, token, keys):
        self.process = process
        self.port, self.tls_port, self.mtls_port = ports
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.tls_url = f"https://127.0.0.1:{self.tls_port}"
        self.mtls_url = f"https://127.0.0.1:{self.mtls_port}"
        self.wrong_name_url = f"https://localhost:{self.tls_port}"
        self.ledger_path = Path(ledger_path)
        self.token = token
        self.keys = keys

    @property
    def payment_url(self):
        return self.base_url + DISBURSE

    @property
    def status_url(self):
        return self.base_url + TXN_STATUS

    @property
    def async_payment_url(self):
        return self.base_url + ASYNC_DISBURSE

    @property
    def async_status_url(self):
        return self.base_url + ASYNC_TXN_STATUS

    @property
    def async_search_url(self):
        return self.base_url + ASYNC_SEARCH

    @property
    def token_url(self):
        return self.base_url + TOKEN

    @property
    def certificates(self):
        """PEM texts: ca, client_certificate, client_key, foreign_ca and so on (keys.Certificates)."""
        return self.keys.certificates

    def state(self) -> dict:
        """Return calls, executed, known, waiting, refused, refusals, violations, tokens, callbacks and acks."""
        return self._control("state")

    def play(self, script: dict) -> dict:
        """Give another script; calls are counted from 1 again."""
        return self._control("script", script)

    def reset(self) -> dict:
        """Forget all payments; the ledger stays."""
        return self._control("reset", {})

    def release(self) -> dict:
        """End every wait of a fault that goes on now."""
        return self._control("release", {})

    def expire_tokens(self) -> dict:
        """Let every token of the token endpoint that was made until now be expired."""
        return self._control("expire", {})

    def burst(self, **asked) -> dict:
        """Send many callbacks at once and return how that went; see :func:`.burst.burst`."""
        return self._control("burst", asked, timeout=600)

    def ledger(self) -> list[Executed]:
        """Return what was really paid."""
        return read_ledger(self.ledger_path)

    def kill(self):
        """End the process at once, as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def _control(self, name, body=None, timeout=30):
        data = None if body is None else json.dumps(body).encode()
        call = urllib.request.Request(
            f"{self.base_url}{ROOT}/{name}", data, {"Content-Type": "application/json"}
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(call, timeout=timeout) as answer:
            return json.load(answer)


def start_simulator(
    script, ledger_path, token=DEFAULT_TOKEN, port=0, tls_port=0, mtls_port=0, keys_path=None
) -> SimulatorHandle:
    """Start the simulator and return when it answers; the caller stops it.

    :param script: a dict as :mod:`tests.simulators.g2p_connect.knobs` describes it, or None
    :param ledger_path: file of executed payments; kept and added to
    :param port: 0 takes a free one, as for the other two
    :param keys_path: file of keys, made when there is none; beside the ledger if not given
    :raise RuntimeError: when it does not start
    """
    keys_path = Path(keys_path or keys_beside(ledger_path)).resolve()
    with tempfile.TemporaryDirectory(prefix="g2p_simulator_") as folder:
        script_file, port_file = Path(folder, "script.json"), Path(folder, "port")
        script_file.write_text(json.dumps(script or {}))
        command = [sys.executable, "-m", "tests.simulators.g2p_connect"]
        command += ["--port", str(port), "--tls-port", str(tls_port), "--mtls-port", str(mtls_port)]
        command += ["--ledger", str(Path(ledger_path).resolve()), "--keys", str(keys_path)]
        command += ["--script", str(script_file), "--port-file", str(port_file)]
        process = subprocess.Popen(
            command, cwd=_ROOT, env={**os.environ, TOKEN_VARIABLE: token}, stdout=subprocess.DEVNULL
        )
        ends = time.monotonic() + _START_SECONDS
        while not port_file.exists():
            if process.poll() is not None or time.monotonic() > ends:
                process.kill()
                process.wait()
                raise RuntimeError("the G2P Connect simulator did not start; see its messages above")
            time.sleep(0.05)
        ports = map(int, port_file.read_text().split())
        return SimulatorHandle(process, ports, ledger_path, token, Keys.kept(keys_path))


@contextmanager
def running_simulator(script, ledger_path, *args, **kwargs):
    """Run the simulator for a ``with`` block and give its handle; arguments as :func:`start_simulator`."""
    handle = start_simulator(script, ledger_path, *args, **kwargs)
    try:
        yield handle
    finally:
        handle.stop()
