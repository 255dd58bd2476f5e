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

from ..ledger import Executed, read_ledger
from .contract import DISBURSE, TXN_STATUS
from .server import DEFAULT_TOKEN, TOKEN_VARIABLE

_ROOT = Path(__file__).resolve().parents[3]
_START_SECONDS = 60


class SimulatorHandle:
    """A running simulator, as its starter sees it."""

    def __init__(self, process, port, ledger_path, token):
        self.process = process
        self.base_url = f"http://127.0.0.1:{port}"
        self.port = port
        self.ledger_path = Path(ledger_path)
        self.token = token

    @property
    def payment_url(self):
        return self.base_url + DISBURSE

    @property
    def status_url(self):
        return self.base_url + TXN_STATUS

    def state(self) -> dict:
        """Return calls, executed, known, waiting, refused and violations."""
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

    def _control(self, name, body=None):
        data = None if body is None else json.dumps(body).encode()
        call = urllib.request.Request(
            f"{self.base_url}/_simulator/{name}", data, {"Content-Type": "application/json"}
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(call, timeout=30) as answer:
            return json.load(answer)


def start_simulator(script, ledger_path, token=DEFAULT_TOKEN, port=0) -> SimulatorHandle:
    """Start the simulator and return when it answers; the caller stops it.

    :param script: a dict as :mod:`tests.simulators.script` describes it, or None
    :param ledger_path: file of executed payments; kept and added to
    :param port: 0 takes a free one
    :raise RuntimeError: when it does not start
    """
    with tempfile.TemporaryDirectory(prefix="g2p_simulator_") as folder:
        script_file, port_file = Path(folder, "script.json"), Path(folder, "port")
        script_file.write_text(json.dumps(script or {}))
        command = [sys.executable, "-m", "tests.simulators.g2p_connect"]
        command += ["--port", str(port), "--ledger", str(Path(ledger_path).resolve())]
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
        return SimulatorHandle(process, int(port_file.read_text()), ledger_path, token)


@contextmanager
def running_simulator(script, ledger_path, token=DEFAULT_TOKEN, port=0):
    """Run the simulator for a ``with`` block and give its handle; arguments as :func:`start_simulator`."""
    handle = start_simulator(script, ledger_path, token, port)
    try:
        yield handle
    finally:
        handle.stop()
