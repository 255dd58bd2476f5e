"""How a batch is cut into submissions: by rows, by bytes, and no twins in one file."""

from collections import defaultdict

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from .payload import head_bytes, row_bytes
from .row_rules import wire_row
from .settings import Settings


def plan(payments: list[PaymentData], settings: Settings) -> list[tuple[int, ...]]:
    """Cut payments into submissions that the hub takes.

    The second of two rows with the same payee, type, amount and currency would be dropped by the hub as a
    duplicate, so the n-th of each kind goes into the n-th layer, and each layer is cut by rows and bytes.

    :param payments: in the order of their ids
    :return: ids of the payments of each submission; every payment exactly once, in its order
    """
    layers = defaultdict(list)
    seen = defaultdict(int)
    for payment in payments:
        row = wire_row(payment, settings)
        layers[seen[row.twin_key]].append((payment.id, row_bytes(row, settings)))
        seen[row.twin_key] += 1
    return [ids for number in sorted(layers) for ids in _cut(layers[number], settings)]


def _cut(layer, settings):
    """Cut one layer of (payment id, bytes) into tuples of ids; a row that is too large alone stays alone."""
    empty = head_bytes(settings)
    part, size = [], empty
    for payment_id, row_size in layer:
        full = len(part) >= settings.max_batch_size or size + row_size > settings.max_batch_bytes
        if part and full:
            yield tuple(part)
            part, size = [], empty
        part.append(payment_id)
        size += row_size
    if part:
        yield tuple(part)
