"""Parts of a document: each says how many payments it holds and what they come to, so that joining them proves that
none is missing, there twice, or of another batch."""

import json
from decimal import Decimal, localcontext

from .errors import DocumentError

# More than any sum of a million amounts needs.
_PRECISION = 60


def add_up(amounts):
    """Return the exact sum of decimal strings."""
    with localcontext() as context:
        context.prec = _PRECISION
        return sum((Decimal(amount) for amount in amounts), Decimal(0))


def pack(payments, body):
    """Return a part: what it holds, then its bytes.

    :param list payments: the :class:`PaymentFacts` in it
    :param bytes body: what the format made of them
    """
    total = add_up(payment.amount for payment in payments)
    return json.dumps({"count": len(payments), "total": f"{total:f}"}).encode() + b"\n" + body


def unpack(parts, head):
    """Yield the bodies of parts, and prove at the end that they are what the head says.

    :param parts: iterable of bytes from :func:`pack`
    :param FileFacts head: its count and total are the truth
    :raises DocumentError: where the parts do not hold the payments that the head counts
    """
    count, totals = 0, Decimal(0)
    for part in parts:
        line, _mark, body = part.partition(b"\n")
        said = json.loads(line)
        count += said["count"]
        totals = add_up([totals, said["total"]])
        yield body
    if count != head.count or totals != Decimal(head.total):
        raise DocumentError(
            text=f"The document's parts hold {count} payments of {totals:f} together, but it must hold {head.count} "
            f"of {head.total}. Make it again from the start."
        )
