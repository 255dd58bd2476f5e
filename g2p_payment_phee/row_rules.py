"""What may stand in a row, judged before anything is sent: the hub accepts nearly everything and pays the rest.

Pure functions over :class:`PaymentData` and :class:`Settings`; findings are keys, all of them at once.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from . import const, jws
from .settings import Settings


@dataclass(frozen=True)
class WireRow:
    """One payment as it is written; a part that cannot be written is empty."""

    payment_id: int
    reference: str
    payee_type: str
    payee: str
    amount: str
    currency: str
    payee_dfsp: str

    @property
    def twin_key(self) -> tuple[str, ...]:
        """What two rows of one file may not share: the hub would drop the second as a duplicate."""
        return self.payee.casefold(), self.payee_type.casefold(), self.amount, self.currency


def wire_row(payment: PaymentData, settings: Settings) -> WireRow:
    """Return a payment as it is written.

    :param payment: as it was prepared
    :param settings: pinned or present settings
    """
    return WireRow(
        payment_id=payment.id,
        reference=payment.reference,
        payee_type=wire_payee_type(payment, settings),
        payee=wire_payee(payment),
        amount=wire_amount(payment.amount, settings.minor_unit_digits),
        currency=payment.currency,
        payee_dfsp=payment.payee_bank_code.strip() or settings.payee_dfsp_id,
    )


def wire_payee(payment: PaymentData) -> str:
    """Return the payee's identifier without what people write into it for reading."""
    separators = const.SEPARATORS.get(payment.payee_id_type)
    value = separators.sub("", payment.payee_id_value) if separators else payment.payee_id_value.strip()
    return value.upper() if payment.payee_id_type == "bank_acc_iban" else value


def wire_payee_type(payment: PaymentData, settings: Settings) -> str:
    """Return the name of the payee's kind of identifier, empty where there is none.

    Modes that take every identifier for a phone number get that name, as they ignore any other.
    """
    if settings.mode in const.PHONE_MODES and not settings.account_lookup:
        return const.PHONE_TYPE
    if settings.payee_id_type_to_send:
        return settings.payee_id_type_to_send
    return const.PAYEE_TYPES.get(payment.payee_id_type, const.ACCOUNT_TYPE if settings.account_lookup else "")


def wire_amount(amount: str, minor_unit_digits: int = 0) -> str:
    """Return ``amount`` as a positive whole number, or an empty text where it cannot be carried exactly.

    Split batches and the importer read amounts with ``Long.parseLong``: "850.0" stops a whole batch.

    :param amount: decimal string in the currency's own digits
    :param minor_unit_digits: 0 for whole units; otherwise the currency's digits, which must be the amount's too:
        a currency without a minor unit would be paid a hundred times over
    """
    if not const.PLAIN_DECIMAL.fullmatch(amount):
        return ""
    whole, _point, fraction = amount.partition(".")
    if minor_unit_digits:
        carried = whole + fraction if len(fraction) == minor_unit_digits else ""
    else:
        carried = whole if not fraction.strip("0") else ""
    carried = carried.lstrip("0")
    return carried if const.WIRE_AMOUNT.fullmatch(carried) else ""


def answered_amount(text: str, minor_unit_digits: int = 0) -> Decimal:
    """Return an amount of an answer in the currency's unit; undoes :func:`wire_amount`."""
    return Decimal(text).scaleb(-minor_unit_digits)


def plain_text(text: str) -> str:
    """Return a text for people in what a cell or header can carry: ASCII, no delimiter, no formula.

    For notes and purposes, which say nothing that a payment depends on; never for identifiers.
    """
    spelled = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    spelled = re.sub(r'[",\x00-\x1f\x7f]', " ", spelled)
    return re.sub(r" +", " ", spelled).strip().lstrip("".join(const.FORMULA_STARTS)).strip()


def row_findings(payments: list[PaymentData], settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return why payments cannot be sent, by reference: keys of :data:`const.ROW_REASONS`, all of each payment.

    Twins are no finding here: they are cut into different submissions.
    """
    times = Counter(payment.reference for payment in payments)
    found = {}
    for payment in payments:
        row = wire_row(payment, settings)
        wrong = (
            ("reference", not const.REFERENCE.fullmatch(row.reference) or times[row.reference] > 1),
            *_payee_findings(row, settings),
            ("payee_dfsp", _dfsp_is_sent(settings) and not is_safe(row.payee_dfsp)),
            ("amount", not row.amount),
            ("currency", not const.CURRENCY.fullmatch(row.currency)),
        )
        reasons = tuple(name for name, is_wrong in wrong if is_wrong)
        if reasons:
            found[payment.reference] = reasons
    return found


def _payee_findings(row, settings):
    empty = not row.payee or row.payee.lower() in const.NOTHING_WORDS
    by_phone = settings.mode in const.PHONE_MODES and not settings.account_lookup
    return (
        ("payee", empty),
        ("payee_text", not is_safe(row.payee)),
        ("payee_type", not const.TYPE_WORD.fullmatch(row.payee_type)),
        ("payee_phone", by_phone and not empty and not const.PHONE.fullmatch(row.payee)),
        ("payee_functional", settings.account_lookup and len(row.payee) > const.MAX_FUNCTIONAL_ID),
    )


def _dfsp_is_sent(settings):
    return settings.batch_type_header == const.TYPE_CSV and "payee_dfsp_id" in settings.columns


def is_safe(text: str) -> bool:
    """Whether a cell can carry ``text``: ASCII, no delimiter, quote or newline, no formula, no space at an end."""
    return bool(const.CELL.fullmatch(text)) and not text.startswith(const.FORMULA_STARTS)


def find_twins(payments: list[PaymentData], settings: Settings) -> set[str]:
    """Return the references of payments that share payee, type, amount and currency with another one."""
    rows = [wire_row(payment, settings) for payment in payments]
    times = Counter(row.twin_key for row in rows)
    return {row.reference for row in rows if times[row.twin_key] > 1}


def setting_findings(settings: Settings) -> tuple[str, ...]:
    """Return what of the settings stands in the way of every payment: keys of :data:`const.SETTING_REASONS`."""
    profile = settings.profile
    is_csv = settings.batch_type_header == const.TYPE_CSV
    wrong = (
        ("version", profile is None),
        ("urls", not (settings.payment_endpoint_url and settings.status_endpoint_url)),
        ("tenant", not settings.tenant_id or not const.HEADER_VALUE.fullmatch(settings.tenant_id)),
        ("auth", _auth_is_wrong(settings)),
        ("type", settings.batch_type_header not in const.TYPES),
        ("raw", bool(profile) and settings.batch_type_header == const.TYPE_RAW and not profile.raw),
        ("columns", bool(profile) and is_csv and settings.csv_columns not in (0, *profile.columns)),
        ("mode", settings.mode not in const.PAYMENT_MODES),
        ("payer", _payer_is_wrong(settings)),
        ("payee_type_to_send", not _is_word_or_empty(settings.payee_id_type_to_send)),
        ("institution", settings.account_lookup and not settings.registering_institution_id),
        ("headers", _headers_are_wrong(settings)),
        ("text", not all(map(is_safe, (settings.note, settings.program_shortcode, settings.cycle)))),
        ("file_name", not const.FILE_PREFIX.fullmatch(settings.file_name_prefix)),
        ("limits", _limits_are_wrong(settings)),
        (
            "certificate",
            bool(settings.hub_certificate) and not jws.can_read_certificate(settings.hub_certificate),
        ),
    )
    return tuple(name for name, is_wrong in wrong if is_wrong)


def _auth_is_wrong(settings):
    needs = {
        const.AUTH_NONE: True,
        const.AUTH_HUB: bool(settings.auth_endpoint_url) and settings.grant_type in const.GRANTS,
        const.AUTH_OIDC: bool(settings.oidc_token_url and settings.oidc_client_id),
        const.AUTH_API_KEY: bool(const.HEADER_NAME.fullmatch(settings.api_key_header))
        and settings.api_key_header.lower() not in const.OWN_HEADERS,
    }
    return not all(needs.get(kind) for kind in (settings.payment_auth, settings.status_auth))


def _payer_is_wrong(settings):
    """Both or neither; neither only where the hub fills them in for institution and program."""
    given = (settings.payer_id_type, settings.payer_id)
    if not any(given):
        return not (settings.registering_institution_id and settings.program_id)
    return not (
        const.TYPE_WORD.fullmatch(settings.payer_id_type) and settings.payer_id and is_safe(settings.payer_id)
    )


def _headers_are_wrong(settings):
    values = (settings.registering_institution_id, settings.program_id, settings.payee_dfsp_id)
    return not settings.batch_purpose_header or not all(
        const.HEADER_VALUE.fullmatch(value) for value in (settings.batch_purpose_header, *values)
    )


def _limits_are_wrong(settings):
    in_range = 0 <= settings.minor_unit_digits <= const.MAX_MINOR_DIGITS
    return settings.max_batch_size < 1 or settings.max_batch_bytes < 1 or not in_range


def _is_word_or_empty(text):
    return not text or bool(const.TYPE_WORD.fullmatch(text))


def explain(found: dict[str, tuple[str, ...]], reasons: Mapping[str, str]) -> dict[str, str]:
    """Return findings as texts for people.

    :param reasons: texts by key; a key without one has its text of ``const.py``
    """
    texts = {**const.SETTING_REASONS, **const.ROW_REASONS, **reasons}
    return {reference: "; ".join(texts.get(key, key) for key in keys) for reference, keys in found.items()}
