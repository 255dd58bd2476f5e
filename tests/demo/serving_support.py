"""For ``make serve``: the payment system of the last demo, where its payment manager expects it."""

from .rails import make_rail


def start_simulator_for(demo):
    """Start the demo's payment system again, where it was and with its ledger.

    What it plays is the script of the demo, with submissions counted from 1 again.

    :param dict demo: contents of .g2p/demo.json
    :return: an object with payment_url, status_url, token and stop(), to be stopped by the caller
    :raise SetupError: when it does not start, for instance because its port is taken
    """
    return make_rail(demo.get("rail", "g2p_connect")).serve(demo)
