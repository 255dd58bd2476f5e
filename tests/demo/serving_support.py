"""For ``make serve``: the payment system of the last demo, where its payment manager expects it."""

from pathlib import Path

from . import payment_system


def start_simulator_for(demo):
    """Start the demo's payment system again, on its port and with its ledger.

    What it plays is the script of the demo, with submissions counted from 1 again.

    :param dict demo: contents of .g2p/demo.json
    :return: tests.simulators.g2p_connect.process.SimulatorHandle, to be stopped by the caller
    :raise SetupError: when it does not start, for instance because its port is taken
    """
    return payment_system.start(Path(demo["ledger"]), port=demo["simulator"]["port"])
