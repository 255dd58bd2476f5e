"""The business payload: a DisburseRequest, the same text on every try."""

from decimal import Decimal

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from . import const
from .addresses import payee_fa
from .parsing import canonical
from .settings import Settings


def wire_amount(amount: str) -> str:
    """Return ``amount`` as the API writes it, or an empty text where it cannot be carried exactly.

    Source: Amount, ``^\\d{1,13}\\.\\d{1,2}$``.
    """
    whole, _point, fraction = amount.partition(".")
    carried = f"{whole}.{fraction.rstrip('0').ljust(const.AMOUNT_DIGITS, '0')}"
    if not const.PLAIN_DECIMAL.fullmatch(amount) or not const.AMOUNT.fullmatch(carried):
        return ""
    return carried if Decimal(carried) == Decimal(amount) > 0 else ""


def disburse_request(key: str, payments: list[PaymentData], settings: Settings) -> str:
    """Return a DisburseRequest as canonical JSON (ASCII, sorted keys)."""
    items = [_disbursement(payment, settings) for payment in payments]
    return canonical({"transaction_id": key, "disbursements": items})


def _disbursement(payment, settings):
    item = {
        "reference_id": payment.reference,
        "payer_fa": settings.payer_fa,
        "payee_fa": payee_fa(payment, settings),
        "amount": wire_amount(payment.amount),
        "currency_code": payment.currency,
    }
    optional = {
        "scheduled_timestamp": settings.scheduled_timestamp,
        "payer_name": settings.payer_name,
        "payee_name": payment.payee_name,
        "note": settings.note[: const.MAX_NOTE],
        "purpose": settings.purpose[: const.MAX_NOTE],
        "locale": settings.locale,
    }
    return item | {name: value for name, value in optional.items() if value}
