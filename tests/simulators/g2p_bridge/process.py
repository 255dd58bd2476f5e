"""Start and stop the simulator, as a process of its own or in a thread, from tests, the demo and benchmarks."""

import threading

from ..handle import ProcessHandle, running, start_process
from .knobs import Bridge, BridgeScript
from .server import open_server


class SimulatorHandle(ProcessHandle):
    """A running simulator, as its starter sees it.

    Its state has calls, refused, refusals, violations, today, executed, known, waiting, reversed, repeated, envelopes
    and requests. Another script sets another day, too.

    :ivar program: benefit_program_mnemonic that a script which says nothing else knows
    """

    program = Bridge.programs[0]

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


def start_simulator(script, ledger_path, port=0) -> SimulatorHandle:
    """Start the simulator as a process and return when it answers; the caller stops it.

    :param script: a dict as :mod:`tests.simulators.g2p_bridge.knobs` describes it, or None
    :param ledger_path: file of executed payments; kept and added to. A simulator that was killed goes on where it was
    :param port: 0 takes a free one
    :raise RuntimeError: when it does not start
    """
    process, (port,) = start_process(__package__, "G2P Bridge", script, ledger_path, "--port", port)
    return SimulatorHandle(process, port, ledger_path)


#: As :func:`start_simulator`, for a ``with`` block.
running_simulator = running(start_simulator)


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


@running
def simulator_in_thread(script, ledger_path, port=0):
    """As :func:`running_simulator`, in a thread of this process: sooner there, but it cannot be killed."""
    server = open_server(BridgeScript.parse(script or {}), ledger_path, port=port)
    return SimulatorHandle(_Serving(server), server.port, ledger_path)
