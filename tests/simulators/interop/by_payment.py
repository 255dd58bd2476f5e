"""Which payment a line of the ledger is: the layer's lines bear no reference of ours."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal


def line_reference(disbursement_id, id_type, id_value, amount, currency):
    """Return what the ledger calls a line of a disbursement."""
    return "/".join((disbursement_id, id_type, id_value, amount, currency))


def payment_key(id_value, amount, currency):
    """Return what is known of a line and of a payment alike; ``amount`` in any form."""
    return id_value, Decimal(str(amount)), currency


def named(executed, payments):
    """Return the lines of a ledger with payments' references.

    A line that bears such a reference already (as the adapter's do), or whose payee nobody knows, stays as it is.
    A line that stands there twice (the same disbursement sent again) gets the same payment twice; several payments
    of one payee over one amount are dealt out in order, and what is left over counts for the last of them: so
    whoever was paid twice is found.

    :param executed: list of :class:`tests.simulators.ledger.Executed`
    :param payments: {payment's reference: (idValue, amount, currency)}
    """
    waiting = defaultdict(list)
    for reference, (id_value, amount, currency) in payments.items():
        waiting[payment_key(id_value, amount, currency)].append(reference)
    dealt, lines = {}, []
    for line in executed:
        if line.reference_id not in payments:
            names = waiting.get(payment_key(line.payee_fa, line.amount, line.currency))
            if names and line.reference_id not in dealt:
                dealt[line.reference_id] = names.pop(0) if len(names) > 1 else names[0]
            line = replace(line, reference_id=dealt.get(line.reference_id, line.reference_id))
        lines.append(line)
    return lines
