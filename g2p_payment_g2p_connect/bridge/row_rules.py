"""What stands in the way of a payment, of a request, or of all of them: keys that the payment manager has texts for."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlsplit

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from .. import const as connect
from ..parsing import identifier
from ..protection import Protection
from ..row_rules import is_sender_id
from . import const
from .answers import is_id
from .payload import beneficiary_id, beneficiary_key, has_fraction, plain, wire_amount
from .settings import BridgeSettings


def findings(payments: Sequence[PaymentData], settings: BridgeSettings) -> dict[str, tuple[str, ...]]:
    """Return why payments cannot be sent, by reference: keys of :data:`const.ROW_REASONS`, all of each payment."""
    times = Counter(payment.reference for payment in payments)
    found = {}
    for payment in payments:
        is_fraction = has_fraction(payment.amount)
        wrong = (
            # As it is echoed, and matched then.
            ("reference", not identifier(payment.reference) or times[payment.reference] > 1),
            ("beneficiary", not beneficiary_id(payment, settings)),
            ("name", not plain(payment.payee_name)),
            ("amount_fraction", is_fraction),
            ("amount", not is_fraction and not wire_amount(payment.amount)),
            ("currency", not connect.CURRENCY.fullmatch(payment.currency)),
        )
        reasons = tuple(name for name, is_wrong in wrong if is_wrong)
        if reasons:
            found[payment.reference] = reasons
    return found


def envelope_findings(payments: Sequence[PaymentData]) -> tuple[str, ...]:
    """Return why payments cannot share an envelope: keys of :data:`const.REQUEST_REASONS`."""
    total = sum(wire_amount(payment.amount) for payment in payments)
    wrong = (
        ("size", not payments),
        ("total", total > const.MAX_INTEGER),
        ("currencies", len({payment.currency for payment in payments}) > 1),
    )
    return tuple(name for name, is_wrong in wrong if is_wrong)


def request_findings(
    purpose: str, payments: Sequence[PaymentData], settings: BridgeSettings
) -> tuple[str, ...]:
    """Return why a request cannot be made: keys of :data:`const.REQUEST_REASONS`, all of them.

    :param purpose: what it is for
    :param payments: those that it carries; of an envelope those that will follow it
    """
    if purpose not in _RULES:
        return ("purpose",)
    wrong = (("url", not _is_url(settings.url_of(purpose))), *_RULES[purpose](payments, settings))
    found = tuple(name for name, is_wrong in wrong if is_wrong)
    return found + (envelope_findings(payments) if purpose == const.ENVELOPE else ())


def setting_findings(settings: BridgeSettings, protection: Protection | None = None) -> list[str]:
    """Return what is wrong with the settings as a whole (keys of :data:`const.SETTING_REASONS`)."""
    wrong = (
        ("mode", settings.api_mode != connect.MODE_BRIDGE),
        ("sender", not is_sender_id(settings.sender_id)),
        ("envelope_creation_url", not _is_url(settings.envelope_creation_url)),
        ("envelope_status_url", not _is_url(settings.envelope_status_url)),
        ("envelope_amend_url", not _is_url(settings.amend_url)),
        ("envelope_cancel_url", not _is_url(settings.cancel_url)),
        ("payment_endpoint_url", not _is_url(settings.payment_endpoint_url)),
        ("status_endpoint_url", not _is_url(settings.status_endpoint_url)),
        ("mnemonic", not _is_mnemonic(settings.benefit_program_mnemonic)),
        ("frequency", settings.disbursement_frequency not in const.FREQUENCIES),
        ("prefix", not connect.ADDRESS_PREFIX.fullmatch(settings.payee_prefix)),
        # The bridge reads nothing that is encrypted.
        ("encryption", protection is not None and protection.encrypts),
    )
    return [name for name, is_wrong in wrong if is_wrong]


def _envelope_rules(_payments, settings):
    return (
        ("mnemonic", not _is_mnemonic(settings.benefit_program_mnemonic)),
        ("frequency", settings.disbursement_frequency not in const.FREQUENCIES),
        ("cycle_code", not plain(settings.cycle_code_mnemonic)),
        ("schedule_date", not _is_date(settings.disbursement_schedule_date)),
    )


def _disbursement_rules(payments, settings):
    keys = {beneficiary_key(payment, settings) for payment in payments}
    return (
        ("envelope_id", not is_id(settings.disbursement_envelope_id)),
        ("narrative", not plain(settings.narrative)),
        ("size", not 1 <= len(payments) <= const.MAX_DISBURSEMENTS_PER_REQUEST),
        ("twins", len(keys) < len(payments)),
    )


def _amendment_rules(_payments, settings):
    carried = (settings.carried_beneficiaries, settings.carried_disbursements, settings.carried_amount)
    return (
        ("envelope_id", not is_id(settings.disbursement_envelope_id)),
        ("schedule_date", not _is_date(settings.disbursement_schedule_date)),
        # Each payment is of somebody, and of one unit at least.
        ("carried", not 1 <= carried[0] <= carried[1] <= carried[2] <= const.MAX_INTEGER),
    )


def _cancellation_rules(_payments, settings):
    return (("envelope_id", not is_id(settings.disbursement_envelope_id)),)


_RULES = {
    const.ENVELOPE: _envelope_rules,
    const.DISBURSEMENTS: _disbursement_rules,
    const.AMENDMENT: _amendment_rules,
    const.CANCELLATION: _cancellation_rules,
}


def _is_mnemonic(text):
    return bool(text) and text == plain(text)


def _is_date(text):
    if not const.DATE.fullmatch(text):
        return False
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_url(url):
    try:
        parts = urlsplit(url)
        return bool(parts.scheme in ("https", "http") and parts.hostname and not parts.fragment)
    except ValueError:
        return False
