"""Payees' identifiers: what is sent for what the registry holds, and what is wrong with it."""

from odoo.addons.g2p_registry_base.tools.iban import to_iban

from . import const
from .settings import Settings


def wire_identifier(kind: str, value: str, settings: Settings) -> str:
    """Return an identifier as it is sent, without what people write into it for reading.

    :param kind: the registry's kind, such as ``phone``
    :param value: as the payment holds it
    """
    value, sent_as = value.strip(), settings.payee_id_type_to_send
    if kind == "phone" or sent_as == const.MSISDN:
        digits = const.PHONE_SEPARATORS.sub("", value).removeprefix("+")
        return f"+{digits}" if digits and settings.phone_format == const.PHONE_E164 else digits
    if kind == "bank_acc_iban" or sent_as == const.IBAN:
        return const.IBAN_SEPARATORS.sub("", value).upper()
    return const.ACCOUNT_SEPARATORS.sub("", value) if kind == "bank_acc_no" else value


def find_problems(kind: str, value: str, settings: Settings) -> tuple[str, ...]:
    """Return why an identifier cannot be sent: keys of :data:`const.ROW_REASONS`.

    :param kind: the registry's kind of it
    :param value: as the payment holds it
    """
    found = []
    if kind != settings.payee_id_type:
        # It would be sent as something that it is not.
        found.append("payee_kind")
    sent = wire_identifier(kind, value, settings)
    if is_nothing(sent):
        return (*found, "payee")
    sent_as = settings.payee_id_type_to_send
    digits = sent.removeprefix("+") if settings.phone_format == const.PHONE_E164 else sent
    if not is_printable(sent, const.MAX_IDENTIFIER):
        found.append("payee_text")
    elif (kind == "phone" or sent_as == const.MSISDN) and not const.PHONE.fullmatch(digits):
        found.append("payee_phone")
    elif (kind == "bank_acc_iban" or sent_as == const.IBAN) and to_iban(sent) != sent:
        found.append("payee_iban")
    elif sent_as == const.EMAIL and not const.EMAIL_ADDRESS.fullmatch(sent):
        found.append("payee_email")
    return tuple(found)


def is_nothing(text: str) -> bool:
    """Whether ``text`` stands for no identifier at all."""
    bare = text.strip().strip("+").strip()
    return not bare or bare.casefold() in const.NOTHING_WORDS


def is_printable(text: str, longest: int) -> bool:
    """Whether ``text`` has 1 to ``longest`` characters, all of which can be printed."""
    return 0 < len(text) <= longest and text.isprintable()
