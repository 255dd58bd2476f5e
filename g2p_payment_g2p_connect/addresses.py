"""Financial addresses, ``id-type:id@provider`` (cdpi_FinancialAddress)."""

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from . import const
from .settings import Settings


def payee_fa(payment: PaymentData, settings: Settings) -> str:
    """Return the financial address that a payment goes to, or an empty text where there is no valid one.

    The provider is the bank's code, else the suffix.
    """
    separators = const.SEPARATORS.get(payment.payee_id_type)
    if separators is None or not const.ADDRESS_PREFIX.fullmatch(settings.payee_prefix):
        return ""
    value = separators.sub("", payment.payee_id_value)
    if payment.payee_id_type == "email":
        value, _at, provider = value.rpartition("@")
    else:
        provider = _provider(payment.payee_bank_code.strip(), settings.payee_suffix.strip())
    if payment.payee_id_type == "bank_acc_iban":
        value = value.upper()
    if not const.ADDRESS_ID.fullmatch(value) or not const.ADDRESS_PROVIDER.fullmatch(provider):
        return ""
    return f"{settings.payee_prefix}{value}@{provider}"


def _provider(bank_code, suffix):
    if bank_code:
        return bank_code + suffix if suffix.startswith(".") else bank_code
    return suffix.removeprefix("@")
