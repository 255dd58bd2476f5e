"""How a batch is cut into submissions: one a payment for the adapter; for the layer by lines, bytes, and no twins."""

from collections import defaultdict

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from . import const
from .parsing import dumps
from .payload import line, render_disbursement
from .row_rules import wire_row
from .settings import Settings


def plan(payments: list[PaymentData], settings: Settings) -> list[tuple[int, ...]]:
    """Cut payments into submissions that the payment system takes.

    An answer of the layer names no line: two with the same payee, amount and currency could not be told apart. So the
    n-th of each kind goes into the n-th layer, and each layer is cut by lines and bytes.

    :param payments: in the order of their ids
    :return: ids of the payments of each submission; every payment exactly once, in its order
    """
    if settings.is_sdk:
        return [(payment.id,) for payment in payments]
    layers = defaultdict(list)
    seen = defaultdict(int)
    for payment in payments:
        row = wire_row(payment, settings)
        # What separates it from the next one is a byte of its own.
        size = len(dumps(line(row)).encode(errors="replace")) + 1
        layers[seen[row.twin_key]].append((payment.id, size))
        seen[row.twin_key] += 1
    return [ids for number in sorted(layers) for ids in _cut(layers[number], settings)]


def _cut(layer, settings):
    """Cut one layer of (payment id, bytes) into tuples of ids; a line that is too large alone stays alone."""
    most = max(1, min(settings.max_batch_size, const.MAX_LINES))
    longest_key = "0" * const.MAX_KEY
    empty = len(render_disbursement(longest_key, [], settings).encode(errors="replace"))
    part, size = [], empty
    for payment_id, row_size in layer:
        full = len(part) >= most or size + row_size > const.MAX_BYTES
        if part and full:
            yield tuple(part)
            part, size = [], empty
        part.append(payment_id)
        size += row_size
    if part:
        yield tuple(part)
