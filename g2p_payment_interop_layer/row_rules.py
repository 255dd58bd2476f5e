"""What may stand in a line, judged before anything is sent: the peers take nearly everything and pay the rest.

Pure functions over :class:`PaymentData` and :class:`Settings`; findings are keys, all of them at once.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from odoo.addons.g2p_programs.dispatch.access import AUTHS
from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from . import amounts, const, identifiers
from .settings import Settings


@dataclass(frozen=True)
class WireRow:
    """One payment as it is written; an amount that cannot be written is empty."""

    payment_id: int
    reference: str
    id_type: str
    id_value: str
    amount: str
    currency: str

    @property
    def twin_key(self) -> tuple[str, ...]:
        """What two lines of one disbursement may not share: it is all that an answer can be matched by."""
        return self.id_type, self.id_value.casefold(), self.amount, self.currency


def wire_row(payment: PaymentData, settings: Settings) -> WireRow:
    """Return a payment as it is written.

    :param payment: as it was prepared
    :param settings: pinned or present settings
    """
    return WireRow(
        payment_id=payment.id,
        reference=payment.reference,
        id_type=settings.payee_id_type_to_send,
        id_value=identifiers.wire_identifier(payment.payee_id_type, payment.payee_id_value, settings),
        amount=amounts.wire_amount(payment.amount),
        currency=payment.currency,
    )


def wire_fsp_id(payment: PaymentData, settings: Settings) -> str:
    """Return the payee's institution as a transfer names it, empty where it names none."""
    return fsp_id_of(payment.payee_bank_code, settings)


def fsp_id_of(bank_code: str, settings: Settings) -> str:
    """Return how a transfer names the institution with this code, empty where it names none."""
    return bank_code.strip() if settings.is_sdk and settings.send_bank_code_as_fsp_id else ""


def row_findings(payments: list[PaymentData], settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return why payments cannot be sent, by reference: keys of :data:`const.ROW_REASONS`, all of each payment.

    Twins are no finding here: they are cut into different submissions.
    """
    times = Counter(payment.reference for payment in payments)
    found = {}
    for payment in payments:
        reference = payment.reference
        is_wrong = not const.REFERENCE.fullmatch(reference) or times[reference] > 1
        reasons = (
            *(("reference",) if is_wrong else ()),
            *identifiers.find_problems(payment.payee_id_type, payment.payee_id_value, settings),
            *_fsp_findings(payment, settings),
            *_money_findings(payment),
        )
        if reasons:
            found[reference] = reasons
    return found


def _fsp_findings(payment, settings):
    fsp_id = wire_fsp_id(payment, settings)
    is_right = identifiers.is_printable(fsp_id, const.MAX_FSP_ID) and not identifiers.is_nothing(fsp_id)
    return ("fsp_id",) if fsp_id and not is_right else ()


def _money_findings(payment):
    found = []
    if payment.currency not in const.CURRENCIES:
        found.append("currency_missing" if payment.currency in const.MISSING_CURRENCIES else "currency")
    elif const.PLAIN_DECIMAL.fullmatch(payment.amount):
        if amounts.has_too_many_digits(payment.amount, payment.currency):
            return ("amount_digits",)
    return (*(() if amounts.wire_amount(payment.amount) else ("amount",)), *found)


def find_twins(payments: list[PaymentData], settings: Settings) -> set[str]:
    """Return the references of payments that share payee, amount and currency with another one."""
    rows = [wire_row(payment, settings) for payment in payments]
    times = Counter(row.twin_key for row in rows)
    return {row.reference for row in rows if times[row.twin_key] > 1}


def setting_findings(settings: Settings) -> tuple[str, ...]:
    """Return what of the settings stands in the way of every payment: keys of :data:`const.SETTING_REASONS`."""
    urls = (settings.payment_endpoint_url, settings.status_endpoint_url, settings.check_endpoint_url)
    wrong = (
        ("mode", settings.mode not in const.MODES),
        ("url", not settings.payment_endpoint_url or not all(map(_is_url, filter(None, urls)))),
        ("payee_id_type", settings.payee_id_type not in const.DEFAULT_ID_TYPES),
        ("payee_id_type_to_send", settings.payee_id_type_to_send not in const.ID_TYPES),
        ("phone_format", settings.phone_format not in const.PHONE_FORMATS),
        ("limits", not 1 <= settings.max_batch_size <= const.MAX_LINES),
        ("note", bool(settings.note) and not identifiers.is_printable(settings.note, const.MAX_IDENTIFIER)),
        ("auth", settings.access.auth_type not in AUTHS),
        *(_transfer_findings(settings) if settings.is_sdk else ()),
    )
    return tuple(name for name, is_wrong in wrong if is_wrong)


def _transfer_findings(settings):
    payer = settings.payer_id_value
    return (
        (
            "payer",
            settings.payer_id_type not in const.ID_TYPES
            or payer != payer.strip()
            or identifiers.is_nothing(payer)
            or not identifiers.is_printable(payer, const.MAX_IDENTIFIER),
        ),
        ("payer_type", settings.payer_type not in const.PARTY_TYPES),
        ("payer_name", bool(settings.payer_name) and not const.NAME.fullmatch(settings.payer_name)),
        ("amount_type", settings.amount_type not in const.AMOUNT_TYPES),
    )


def _is_url(url):
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment
    except ValueError:
        return False


def explain(found: dict[str, tuple[str, ...]], reasons: Mapping[str, str]) -> dict[str, str]:
    """Return findings as texts for people.

    :param reasons: texts by key; a key without one has its text of ``const.py``
    """
    texts = {**const.SETTING_REASONS, **const.ROW_REASONS, **reasons}
    return {reference: "; ".join(texts.get(key, key) for key in keys) for reference, keys in found.items()}
