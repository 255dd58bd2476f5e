"""The payment system of the demo: which accounts it refuses, and what goes wrong on the way to it."""

import socket

from tests.environment.progress import SetupError
from tests.environment.server import HOST, free_port
from tests.simulators.g2p_connect.process import start_simulator

from .people import CLOSED

#: Jobs that talk to the payment system at the same time; see :data:`FAULTS`.
CHANNELS = "root:4,root.g2p_dispatch:2"
PORT = 8070  # where it is free
API_TIMEOUT = 3  # seconds, of the payment manager
LATENCY = 0.25  # seconds that every call takes

#: By the ordinal of the submission. The engine pauses a manager after three tries in a row without a certain
#: answer. With two workers, at most one is waiting for an earlier time-out when a submission is made, so three
#: others between any two of these keep the answers apart, in whatever order they are stored.
TIMED_OUT = (2, 9, 17)  # after executing
BUSY_AFTER_EXECUTING = (5,)
BUSY_WITHOUT_EXECUTING = (13,)


def make_script():
    """Return the script of the simulator: a dict as :mod:`tests.simulators.script` describes it."""
    return {
        "latency": LATENCY,
        "outcomes": [{"payee_suffixes": [CLOSED], "result": "refused", "code": "rjct.payee_fa.invalid"}],
        "faults": [
            {"play": "timeout", "calls": list(TIMED_OUT), "executed": True, "seconds": 2.0 * API_TIMEOUT},
            {"play": "status", "status": 503, "calls": list(BUSY_AFTER_EXECUTING), "executed": True},
            {"play": "status", "status": 503, "calls": list(BUSY_WITHOUT_EXECUTING), "executed": False},
        ],
    }


def start(ledger, port=None):
    """Start the payment system as a process of its own.

    :param ledger: path of its ledger, kept and added to
    :param int port: where it was before, so that payment managers find it again; None for the usual or a free one
    :return: tests.simulators.g2p_connect.process.SimulatorHandle, to be stopped by the caller
    """
    try:
        return start_simulator(make_script(), ledger, port=port or choose_port())
    except RuntimeError as error:
        raise SetupError(f"{error}. Is port {port} taken?" if port else str(error)) from error


def choose_port():
    """Return the usual port, or another where somebody has taken it."""
    with socket.socket() as probe:
        # As the server will: a connection that has just ended does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError:
            return free_port()
        return PORT
