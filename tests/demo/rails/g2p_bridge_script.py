"""What goes wrong at the demo's G2P Bridge, and how it is started."""

from tests.environment.progress import SetupError
from tests.simulators.g2p_bridge.process import start_simulator

from ..people import CLOSED
from .g2p_connect import API_TIMEOUT
from .online import choose_port

PORT = 8075  # where it is free
LATENCY = 0.02  # seconds that every call takes
TOKEN = "token-of-the-gateway"
PROGRAM = "HARVEST"
DAYS_AHEAD = 1
#: Envelopes by the ordinal of their creation. These, and the requests below, are so far apart because the engine pauses
#: a manager after three tries in a row without a certain answer. The latest batches go first.
REFUSED_ENVELOPE = 4
LOST_ENVELOPE = 9
BUSY_ENVELOPE = 14
#: Places of batches; the request of the first of them that comes, as some of their envelopes come late.
NEVER_ARRIVED, BUSY = (10, 9, 8), (5, 4, 3, 2)


def choose_lost_ids(batches, twins):
    """Return the places of batches of which one loses its ids: of the latest, those where nobody's account was closed.

    Who loses ids is told of no reversal. Which household is in which batch is up to Odoo.

    :param batches: payments (dicts) by batch
    :param twins: payments of which one is refused; their batch has trouble enough
    """
    return [
        place
        for place in reversed(range(len(batches)))
        if place not in (*NEVER_ARRIVED, *BUSY)
        and not any(row["payee_id_value"].endswith(CLOSED) or row in twins for row in batches[place])
    ][:3]


def make_script(refused=(), lost=(), arrived=(), busy=(), days_ahead=0):
    """Return the script of the simulator: a dict as :mod:`tests.simulators.g2p_bridge.knobs` describes it.

    :param refused: references of payments; requests with one of them are refused, once
    :param lost: never arrive, once
    :param arrived: arrive, and the answer does not come back
    :param busy: are answered 503 and not taken, once
    :param int days_ahead: so many days from now it is today at the bridge
    """
    wait = {"play": "timeout", "seconds": 2.0 * API_TIMEOUT}
    unavailable = {"play": "status", "status": 503, "executed": False}
    refusal = {"play": "header_rjct", "executed": False}
    return {
        "latency": LATENCY,
        "bridge": {"programs": [PROGRAM], "token": TOKEN, "days_ahead": days_ahead},
        "outcomes": [{"payee_suffixes": [CLOSED], "result": "reversed", "code": "ACCOUNT_CLOSED"}],
        "faults": [
            {**refusal, "on": "envelope", "calls": [REFUSED_ENVELOPE], "code": "INVALID_PROGRAM_MNEMONIC"},
            {**wait, "on": "envelope", "calls": [LOST_ENVELOPE], "executed": True},
            {**unavailable, "on": "envelope", "calls": [BUSY_ENVELOPE]},
            *_once(refused, {**refusal, "code": "INVALID_DISBURSEMENT_PAYLOAD"}),
            *_once(lost, {**wait, "executed": False}),
            *_once(arrived, {**wait, "executed": True}),
            *_once(busy, unavailable),
        ],
    }


def _once(references, fault):
    if not references:
        return []
    return [{**fault, "on": "disbursements", "reference": f"^({'|'.join(references)})$", "times": 1}]


def start(script, ledger, port=None):
    """Start the bridge as a process of its own.

    :param dict script: of the simulator
    :param ledger: path of its ledger, kept and added to; its journal lies beside
    :param int port: where it was before, so that payment managers find it again; None for the usual or a free one
    :return: tests.simulators.g2p_bridge.process.SimulatorHandle, to be stopped by the caller
    """
    try:
        return start_simulator(script, ledger, port or choose_port(PORT))
    except RuntimeError as error:
        raise SetupError(f"{error}. Is port {port} taken?" if port else str(error)) from error
