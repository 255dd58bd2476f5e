"""Start and stop the simulator as a process of its own, from tests, the demo and benchmarks."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from ..control import ROOT
from ..ledger import Executed, read_ledger
from .bulk_app import SUBMIT
from .keys import Keys
from .knobs import Hub
from .ops_app import API, TOKEN
from .profiles import NEWEST
from .server import keys_beside

_ROOT = Path(__file__).resolve().parents[3]
_START_SECONDS = 60


class SimulatorHandle:
    """A running simulator, as its starter sees it.

    Tenant, user and the like are those of a hub that the script says nothing else of.
    """

    tenant = Hub.tenants[0]
    username = Hub.username
    password = Hub.password
    authorization = "Basic Y2xpZW50Og=="
    grant_type = "password"
    api_key = Hub.api_key
    oidc_client = Hub.oidc_client
    oidc_secret = Hub.oidc_secret

    def __init__(self, process, ports, ledger_path, keys):
        self.process = process
        self.port, self.ops_port = ports
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.ops_url = f"http://127.0.0.1:{self.ops_port}"
        self.ledger_path = Path(ledger_path)
        self.keys = keys

    @property
    def payment_url(self):
        return self.base_url + SUBMIT

    @property
    def auth_url(self):
        return self.ops_url + TOKEN

    @property
    def oidc_url(self):
        return f"{self.ops_url}/auth/realms/paymenthub/protocol/openid-connect/token"

    @property
    def status_url(self):
        return f"{self.ops_url}{API}/batch"

    @property
    def details_url(self):
        return f"{self.ops_url}{API}/batch/detail"

    @property
    def batches_url(self):
        return f"{self.ops_url}{API}/batches"

    def state(self) -> dict:
        """Return profile, calls, refused, refusals, violations, tokens, callbacks, batches and counts."""
        return self._control("state")

    def play(self, script: dict) -> dict:
        """Give another script; calls are counted from 1 again."""
        return self._control("script", script)

    def reset(self) -> dict:
        """Forget all batches; the ledger stays."""
        return self._control("reset", {})

    def release(self) -> dict:
        """End every wait of a fault that goes on now."""
        return self._control("release", {})

    def expire_tokens(self) -> dict:
        """Let every token made until now be expired."""
        return self._control("expire", {})

    def call_back(self, batch_id, **asked) -> dict:
        """Send a callback now; ``url`` and ``body`` where they are to be other than right."""
        return self._control("callback", {"batchId": batch_id, **asked})

    def ledger(self) -> list[Executed]:
        """Return what was really paid; ``transaction_id`` is the hub's batch id."""
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

    def _control(self, name, body=None):
        data = None if body is None else json.dumps(body).encode()
        call = urllib.request.Request(
            f"{self.base_url}{ROOT}/{name}", data, {"Content-Type": "application/json"}
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(call, timeout=30) as answer:
            return json.load(answer)


def start_simulator(script, ledger_path, profile=NEWEST, port=0, ops_port=0, keys_path=None):
    """Start the simulator and return its handle when it answers; the caller stops it.

    :param script: a dict as :mod:`tests.simulators.phee.knobs` describes it, or None
    :param ledger_path: file of executed payments; kept and added to
    :param profile: version of the hub, where the script names none
    :param port: of the bulk processor; 0 takes a free one
    :param ops_port: of the operations app; 0 takes a free one
    :param keys_path: file of keys, made when there is none; beside the ledger if not given
    :raise RuntimeError: when it does not start
    """
    keys_path = Path(keys_path or keys_beside(ledger_path)).resolve()
    with tempfile.TemporaryDirectory(prefix="g2p_simulator_") as folder:
        script_file, ports_file = Path(folder, "script.json"), Path(folder, "ports")
        script_file.write_text(json.dumps(script or {}))
        command = [sys.executable, "-m", "tests.simulators.phee", "--profile", profile]
        command += ["--port", str(port), "--ops-port", str(ops_port)]
        command += ["--ledger", str(Path(ledger_path).resolve()), "--keys", str(keys_path)]
        command += ["--script", str(script_file), "--ports-file", str(ports_file)]
        process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.DEVNULL)
        ends = time.monotonic() + _START_SECONDS
        while not ports_file.exists():
            if process.poll() is not None or time.monotonic() > ends:
                process.kill()
                process.wait()
                raise RuntimeError("the Payment Hub EE simulator did not start; see its messages above")
            time.sleep(0.05)
        ports = map(int, ports_file.read_text().split())
        return SimulatorHandle(process, ports, ledger_path, Keys.kept(keys_path))


@contextmanager
def running_simulator(script, ledger_path, profile=NEWEST, port=0, ops_port=0, keys_path=None):
    """Run the simulator for a ``with`` block and give its handle; arguments as :func:`start_simulator`."""
    handle = start_simulator(script, ledger_path, profile, port, ops_port, keys_path)
    try:
        yield handle
    finally:
        handle.stop()
