"""Start and stop the simulator, as a process of its own or in a thread, from tests, the demo and benchmarks."""

import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from ..control import ROOT
from ..ledger import Executed, read_ledger
from .knobs import Bridge, BridgeScript
from .server import open_server

_ROOT = Path(__file__).resolve().parents[3]
_START_SECONDS = 60


class SimulatorHandle:
    """A running simulator, as its starter sees it.

    :ivar program: benefit_program_mnemonic that a script which says nothing else knows
    """

    program = Bridge.programs[0]

    def __init__(self, process, port, ledger_path):
        self.process = process
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self.ledger_path = Path(ledger_path)

    @property
    def envelope_creation_url(self):
        return f"{self.base_url}/create_disbursement_envelope"

    @property
    def envelope_status_url(self):
        return f"{self.base_url}/get_disbursement_envelope_status"

    @property
    def payment_url(self):
        return f"{self.base_url}/create_disbursements"

    @property
    def status_url(self):
        return f"{self.base_url}/get_disbursement_status"

    @property
    def amend_url(self):
        return f"{self.base_url}/amend_disbursement_envelope"

    @property
    def cancel_url(self):
        return f"{self.base_url}/cancel_disbursement_envelope"

    @property
    def cancel_disbursements_url(self):
        return f"{self.base_url}/cancel_disbursements"

    def state(self) -> dict:
        """Return calls, refused, refusals, violations, today, executed, known, waiting, reversed, repeated,
        envelopes and requests."""
        return self._control("state")

    def play(self, script: dict) -> dict:
        """Give another script, its day too; calls are counted from 1 again."""
        return self._control("script", script)

    def reset(self) -> dict:
        """Forget everything; the ledger stays."""
        return self._control("reset", {})

    def release(self) -> dict:
        """End every wait of a fault that goes on now."""
        return self._control("release", {})

    def day(self, days_ahead: int) -> dict:
        """Let it be so many days from now, until the next script."""
        return self._control("day", {"days_ahead": days_ahead})

    def step(self) -> dict:
        """Do one step of each envelope now, whatever the clock says."""
        return self._control("step", {})

    def finish(self) -> dict:
        """Do all steps that there are to do today."""
        return self._control("finish", {})

    def statement(self) -> dict:
        """Let a bank statement come in that tells of every disbursement, shipped or not: what the bank was never
        asked to pay is paid by that."""
        return self._control("statement", {})

    def ledger(self) -> list[Executed]:
        """Return what was really paid."""
        return read_ledger(self.ledger_path)

    def kill(self):
        """End the process at once, as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """End it."""
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


def start_simulator(script, ledger_path, port=0) -> SimulatorHandle:
    """Start the simulator as a process and return when it answers; the caller stops it.

    :param script: a dict as :mod:`tests.simulators.g2p_bridge.knobs` describes it, or None
    :param ledger_path: file of executed payments; kept and added to. A simulator that was killed goes on where it was
    :param port: 0 takes a free one
    :raise RuntimeError: when it does not start
    """
    with tempfile.TemporaryDirectory(prefix="g2p_simulator_") as folder:
        script_file, port_file = Path(folder, "script.json"), Path(folder, "port")
        script_file.write_text(json.dumps(script or {}))
        command = [sys.executable, "-m", "tests.simulators.g2p_bridge", "--port", str(port)]
        command += ["--ledger", str(Path(ledger_path).resolve())]
        command += ["--script", str(script_file), "--port-file", str(port_file)]
        process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.DEVNULL)
        ends = time.monotonic() + _START_SECONDS
        while not port_file.exists():
            if process.poll() is not None or time.monotonic() > ends:
                process.kill()
                process.wait()
                raise RuntimeError("the G2P Bridge simulator did not start; see its messages above")
            time.sleep(0.05)
        return SimulatorHandle(process, int(port_file.read_text()), ledger_path)


@contextmanager
def running_simulator(script, ledger_path, port=0):
    """Run the simulator as a process for a ``with`` block and give its handle; arguments as :func:`start_simulator`."""
    handle = start_simulator(script, ledger_path, port)
    try:
        yield handle
    finally:
        handle.stop()


class _Serving:
    """A server in a thread, that is ended as a process is."""

    def __init__(self, server):
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, daemon=True)
        self._thread.start()

    def terminate(self):
        self._server.shutdown()
        self._server.server_close()

    kill = terminate

    def wait(self, timeout=None):
        self._thread.join(timeout)


@contextmanager
def simulator_in_thread(script, ledger_path, port=0):
    """As :func:`running_simulator`, in a thread of this process: sooner there, but it cannot be killed."""
    server = open_server(BridgeScript.parse(script or {}), ledger_path, port=port)
    handle = SimulatorHandle(_Serving(server), server.port, ledger_path)
    try:
        yield handle
    finally:
        handle.stop()
