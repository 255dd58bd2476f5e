"""Ways to pay that are timed."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rail:
    """A payment manager of a benchmark.

    :param model: of the payment manager
    :param values: function that returns its fields, but for name and program
    """

    model: str
    values: Callable[[], dict]


G2P_CONNECT = Rail(
    "g2p.program.payment.manager.g2p.connect",
    lambda: {
        "payment_endpoint_url": "https://pay.example.org/disburse",
        "status_endpoint_url": "https://pay.example.org/status",
        "api_token": "bench",
        "sender_id": "bench",
        "payer_fa": "account:7001@bench",
        "payee_prefix": "account:",
    },
)
