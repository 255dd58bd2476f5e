"""How the payments of an envelope are cut into requests: by number, and with nobody twice in one of them."""

from collections import Counter, defaultdict

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from . import const
from .payload import beneficiary_key
from .settings import BridgeSettings


def plan(payments: list[PaymentData], settings: BridgeSettings) -> list[tuple[int, ...]]:
    """Cut payments into requests that the bridge takes.

    A beneficiary who is in one request twice keeps all of it from being paid. So the n-th payment of each goes into
    the n-th layer, and each layer is cut by number.

    :param payments: in the order of their ids
    :return: ids of the payments of each request, in the order of sending; every payment exactly once
    """
    layers, seen = defaultdict(list), Counter()
    for payment in payments:
        key = beneficiary_key(payment, settings)
        layers[seen[key]].append(payment.id)
        seen[key] += 1
    most = const.MAX_DISBURSEMENTS_PER_REQUEST
    return [
        tuple(layer[start : start + most])
        for _number, layer in sorted(layers.items())
        for start in range(0, len(layer), most)
    ]
