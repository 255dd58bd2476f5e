"""Financial addresses, ``id-type:id@provider`` (cdpi_FinancialAddress)."""

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from . import const
from .settings import Settings


def payee_fa(payment: PaymentData, settings: Settings) -> str:
    """Return the financial address that a payment goes to, or an empty text where there is no valid one.

    The provider is the bank's code, else the suffix.
    """
    value, provider = split_payee(payment, settings.payee_suffix)
    if not const.ADDRESS_PREFIX.fullmatch(settings.payee_prefix):
        return ""
    if not const.ADDRESS_ID.fullmatch(value) or not const.ADDRESS_PROVIDER.fullmatch(provider):
        return ""
    return f"{settings.payee_prefix}{value}@{provider}"


def split_payee(payment: PaymentData, suffix: str) -> tuple[str, str]:
    """Return (identifier, provider) as they stand in an address, judged by nobody yet.

    Either may be empty; both are where it is no kind of identifier that is known.

    :param suffix: the provider where there is no bank code, or what follows the bank code
    """
    separators = const.SEPARATORS.get(payment.payee_id_type)
    if separators is None:
        return "", ""
    value = separators.sub("", payment.payee_id_value)
    if payment.payee_id_type == "email":
        value, _at, provider = value.rpartition("@")
    else:
        provider = _provider(payment.payee_bank_code.strip(), suffix.strip())
    return value.upper() if payment.payee_id_type == "bank_acc_iban" else value, provider


def _provider(bank_code, suffix):
    if bank_code:
        return bank_code + suffix if suffix.startswith(".") else bank_code
    return suffix.removeprefix("@")
