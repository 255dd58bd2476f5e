"""Amounts: from the payment's text to the one text that stands for it on the wire, and back, exactly."""

from decimal import Decimal

from . import const


def minor_digits(currency: str) -> int:
    """Return how many digits a currency has behind the point (ISO 4217).

    :param currency: three-letter code
    """
    return const.MINOR_DIGITS.get(currency, const.DEFAULT_MINOR_DIGITS)


def wire_amount(amount: str) -> str:
    """Return the canonical text of a positive amount, or an empty text where it has none.

    No sign, no leading and no trailing zero, no exponent, at most 18 digits before and 4 behind the point (pattern of
    ``amount`` in both documents).

    :param amount: decimal string, such as ``"1250.00"``
    """
    if not const.PLAIN_DECIMAL.fullmatch(amount):
        return ""
    value = Decimal(amount)
    whole, _point, fraction = format(value, "f").partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    text = f"{whole}.{fraction}" if fraction else whole
    return text if value > 0 and const.AMOUNT.fullmatch(text) else ""


def has_too_many_digits(amount: str, currency: str) -> bool:
    """Whether an amount has digits behind the point that its currency does not have.

    :param amount: decimal string; zeros at its end do not count
    """
    _whole, _point, fraction = amount.partition(".")
    return len(fraction.rstrip("0")) > minor_digits(currency)


def read_amount(told: object) -> Decimal | None:
    """Return an amount of an answer, None where it says none.

    :param told: a text, or a number as it was written
    :raise ValueError: for what cannot be read, which must not pass for nothing
    """
    if told is None:
        return None
    if not isinstance(told, str) or not const.ANSWERED_AMOUNT.fullmatch(told):
        raise ValueError("unreadable amount")
    return Decimal(told)


def read_currency(told: object) -> str | None:
    """Return a currency of an answer, None where it says none.

    :raise ValueError: for what is no currency
    """
    if told is None:
        return None
    if not isinstance(told, str) or not const.CURRENCY.fullmatch(told):
        raise ValueError("unreadable currency")
    return str(told)
