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
from .access import TOKEN
from .by_payment import named
from .knobs import Scheme
from .papers import Papers

_ROOT = Path(__file__).resolve().parents[3]
_START_SECONDS = 60


class SimulatorHandle:
    """A running simulator, as its starter sees it.

    User, token and the like are those of a scheme that the script says nothing else of.
    """

    username = Scheme.username
    password = Scheme.password
    bearer_token = Scheme.bearer_token
    header_name = Scheme.header_name
    header_value = Scheme.header_value
    client_id = Scheme.client_id
    client_secret = Scheme.client_secret

    def __init__(self, process, ports, ledger_path, papers=None):
        self.process = process
        self.port, self.sdk_port = ports
        kind = "https" if papers else "http"
        self.pil_url = f"{kind}://127.0.0.1:{self.port}"
        self.sdk_url = f"{kind}://127.0.0.1:{self.sdk_port}"
        self.ledger_path = Path(ledger_path)
        self.papers = papers

    # ---- The layer ------------------------------------------------------------------------------------------
    @property
    def payment_url(self):
        """For POST; for GET, with ``/disbursementId`` after it."""
        return f"{self.pil_url}/disbursement"

    @property
    def check_url(self):
        return f"{self.pil_url}/disbursementCheck"

    # ---- The scheme adapter ---------------------------------------------------------------------------------
    @property
    def transfers_url(self):
        """For POST; for GET and PUT, with ``/transferId`` after it."""
        return f"{self.sdk_url}/transfers"

    @property
    def parties_url(self):
        """For GET, with ``/idType/idValue`` after it."""
        return f"{self.sdk_url}/parties"

    @property
    def token_url(self):
        return self.pil_url + TOKEN

    def state(self) -> dict:
        """Return calls, refused, refusals, violations, tokens, known, waiting, executed, repeated, to_be_accepted,
        disbursements, disbursements_repeated."""
        return self._control("state")

    def play(self, script: dict) -> dict:
        """Give another script; calls are counted from 1 again."""
        return self._control("script", script)

    def reset(self) -> dict:
        """Forget everything; the ledger stays."""
        return self._control("reset", {})

    def restart(self) -> dict:
        """Let layer and adapter forget what they have in memory, as a restart does; the switch goes on."""
        return self._control("restart", {})

    def settle(self) -> dict:
        """Bring every pending transfer to its end."""
        return self._control("settle", {})

    def release(self) -> dict:
        """End every wait that goes on now."""
        return self._control("release", {})

    def expire_tokens(self) -> dict:
        """Let every token made until now be expired."""
        return self._control("expire", {})

    def ledger(self, payments=None) -> list[Executed]:
        """Return what was really paid.

        :param payments: {payment's reference: (idValue, amount, currency)}, as :func:`.by_payment.named` wants them:
            the lines of the layer then bear these references
        """
        executed = read_ledger(self.ledger_path)
        return executed if payments is None else named(executed, payments)

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
            f"{self.pil_url}{ROOT}/{name}", data, {"Content-Type": "application/json"}
        )
        handlers = [urllib.request.ProxyHandler({})]
        if self.papers:
            handlers.append(urllib.request.HTTPSHandler(context=self.papers.client_context()))
        with urllib.request.build_opener(*handlers).open(call, timeout=30) as answer:
            return json.load(answer)


def start_simulator(script, ledger_path, port=0, sdk_port=0, papers=None, mutual=False):
    """Start the simulator and return its handle when it answers; the caller stops it.

    :param script: a dict as :mod:`tests.simulators.interop.knobs` describes it, or None
    :param ledger_path: file of committed transfers; kept and added to
    :param port: of the layer; 0 takes a free one
    :param sdk_port: of the scheme adapter; 0 takes a free one
    :param papers: folder of certificates, made when there are none; both then speak TLS only
    :param mutual: with TLS, only with callers who show the client certificate
    :raise RuntimeError: when it does not start
    """
    with tempfile.TemporaryDirectory(prefix="g2p_simulator_") as folder:
        script_file, ports_file = Path(folder, "script.json"), Path(folder, "ports")
        script_file.write_text(json.dumps(script or {}))
        command = [sys.executable, "-m", "tests.simulators.interop"]
        command += ["--pil-port", str(port), "--sdk-port", str(sdk_port)]
        command += ["--ledger", str(Path(ledger_path).resolve())]
        command += ["--script", str(script_file), "--ports-file", str(ports_file)]
        if papers:
            command += ["--papers", str(Path(papers).resolve()), *(["--mutual"] if mutual else [])]
        process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.DEVNULL)
        ends = time.monotonic() + _START_SECONDS
        while not ports_file.exists():
            if process.poll() is not None or time.monotonic() > ends:
                process.kill()
                process.wait()
                raise RuntimeError(
                    "the interoperability layer simulator did not start; see its messages above"
                )
            time.sleep(0.05)
        ports = map(int, ports_file.read_text().split())
        return SimulatorHandle(process, ports, ledger_path, Papers(papers) if papers else None)


@contextmanager
def running_simulator(script, ledger_path, port=0, sdk_port=0, papers=None, mutual=False):
    """Run the simulator for a ``with`` block and give its handle; arguments as :func:`start_simulator`."""
    handle = start_simulator(script, ledger_path, port, sdk_port, papers, mutual)
    try:
        yield handle
    finally:
        handle.stop()
