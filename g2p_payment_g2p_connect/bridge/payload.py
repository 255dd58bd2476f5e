"""The business payloads: what stands in ``message``, the same text on every try."""

import json
from collections.abc import Sequence
from typing import Any
from unicodedata import category

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from .. import const as connect
from ..addresses import split_payee
from ..parsing import canonical
from . import const
from .settings import BridgeSettings

#: Categories of characters that no database takes, or that break a line.
_CONTROL = ("Cc", "Cs", "Zl", "Zp")


def beneficiary_id(payment: PaymentData, settings: BridgeSettings) -> str:
    """Return what the bridge's ID mapper is asked for, or an empty text where there is nothing to ask for.

    It is a financial address, but for its provider, which the mapper may do without.
    """
    value, provider = split_payee(payment, settings.payee_suffix)
    prefix = settings.payee_prefix
    is_whole = provider or payment.payee_id_type != "email"
    if (
        not is_whole
        or not connect.ADDRESS_PREFIX.fullmatch(prefix)
        or not connect.ADDRESS_ID.fullmatch(value)
    ):
        return ""
    if provider and not connect.ADDRESS_PROVIDER.fullmatch(provider):
        return ""
    if any(part.casefold() in const.NOTHING for part in (prefix.removesuffix(":"), value, provider)):
        return ""
    return f"{prefix}{value}@{provider}" if provider else f"{prefix}{value}"


def beneficiary_key(payment: PaymentData, settings: BridgeSettings) -> str:
    """Return what two payments to one beneficiary share: an address is the same in capital and small letters."""
    return beneficiary_id(payment, settings).casefold()


def wire_amount(amount: str) -> int:
    """Return an amount as the bridge takes it, a whole number above 0, or 0 where it cannot be carried exactly.

    :param amount: decimal string, such as ``"1250.00"``
    """
    if not connect.PLAIN_DECIMAL.fullmatch(amount) or has_fraction(amount):
        return 0
    digits = amount.partition(".")[0].lstrip("0")
    # Before it is a number: one of a million digits is none that anybody wants to have made.
    if not digits or len(digits) > len(str(const.MAX_INTEGER)):
        return 0
    return int(digits) if int(digits) <= const.MAX_INTEGER else 0


def has_fraction(amount: str) -> bool:
    """Whether an amount has anything behind the point, which the bridge cuts off."""
    return bool(amount.partition(".")[2].strip("0"))


def plain(text: str) -> str:
    """Return a text for people as one line without control characters; an empty one where nothing of it shows."""
    if not any(one.isprintable() and not one.isspace() for one in text):
        return ""
    # Those that join letters stay.
    return " ".join("".join(" " if category(one) in _CONTROL else one for one in text).split())


def message(purpose: str, payments: Sequence[PaymentData], settings: BridgeSettings) -> str:
    """Return the message of a submission in which nothing is wrong, as canonical JSON (ASCII, sorted keys).

    :param purpose: what it is for
    :param payments: those that it carries; of an envelope those that will follow it
    """
    return canonical(_WRITERS[purpose](payments, settings))


def lines_of(payload: str) -> dict[str, dict[str, Any]]:
    """Return the payments of a stored message by their references; none of what is no list of them."""
    try:
        lines = json.loads(payload)
    except ValueError:
        return {}
    return {line["mis_reference_number"]: line for line in lines} if isinstance(lines, list) else {}


def envelope_of(payload: str) -> dict[str, Any]:
    """Return the envelope of a stored message, an empty one where it is none."""
    try:
        envelope = json.loads(payload)
    except ValueError:
        return {}
    return envelope if isinstance(envelope, dict) else {}


def _envelope(payments, settings):
    return {
        "benefit_program_mnemonic": settings.benefit_program_mnemonic,
        "disbursement_frequency": settings.disbursement_frequency,
        "cycle_code_mnemonic": plain(settings.cycle_code_mnemonic),
        "number_of_beneficiaries": len({beneficiary_key(payment, settings) for payment in payments}),
        "number_of_disbursements": len(payments),
        "total_disbursement_amount": sum(wire_amount(payment.amount) for payment in payments),
        "disbursement_currency_code": payments[0].currency,
        "disbursement_schedule_date": settings.disbursement_schedule_date,
    }


def _disbursements(payments, settings):
    return [
        {
            "mis_reference_number": payment.reference,
            "disbursement_envelope_id": settings.disbursement_envelope_id,
            "beneficiary_id": beneficiary_id(payment, settings),
            "beneficiary_name": plain(payment.payee_name),
            "disbursement_amount": wire_amount(payment.amount),
            "narrative": plain(settings.narrative),
        }
        for payment in payments
    ]


def _amendment(_payments, settings):
    return {
        "disbursement_envelope_id": settings.disbursement_envelope_id,
        "number_of_beneficiaries": settings.carried_beneficiaries,
        "number_of_disbursements": settings.carried_disbursements,
        "total_disbursement_amount": settings.carried_amount,
        "disbursement_schedule_date": settings.disbursement_schedule_date,
    }


def _cancellation(_payments, settings):
    return {"disbursement_envelope_id": settings.disbursement_envelope_id}


_WRITERS = {
    const.ENVELOPE: _envelope,
    const.DISBURSEMENTS: _disbursements,
    const.AMENDMENT: _amendment,
    const.CANCELLATION: _cancellation,
}
