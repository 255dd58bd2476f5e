"""Amounts as they are counted and shown here: exact decimals."""

from decimal import Decimal

CENT = Decimal("0.01")


def exact(value):
    """Return an amount that came over RPC as a float, as the exact decimal it stands for.

    :param float value: an amount with two digits
    """
    return Decimal(str(value or 0)).quantize(CENT)


def show(amount):
    """Return an amount for people."""
    return f"{amount:,.2f}"
