"""What stands in the way of a payment, or of all of them: keys that the payment manager has texts for."""

from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlsplit

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

from . import const
from .addresses import payee_fa
from .payload import wire_amount
from .settings import Settings


def findings(payments: list[PaymentData], settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return why payments cannot be sent, by reference: keys of :data:`const.REASONS`, all of each payment."""
    times = Counter(payment.reference for payment in payments)
    found = {}
    for payment in payments:
        wrong = (
            ("reference", not payment.reference or times[payment.reference] > 1),
            ("address", not payee_fa(payment, settings)),
            ("amount", not wire_amount(payment.amount)),
            ("currency", not const.CURRENCY.fullmatch(payment.currency)),
            ("payer", not const.FINANCIAL_ADDRESS.fullmatch(settings.payer_fa)),
            ("locale", settings.locale and not const.LOCALE.fullmatch(settings.locale)),
        )
        reasons = tuple(name for name, is_wrong in wrong if is_wrong)
        if reasons:
            found[payment.reference] = reasons
    return found


def explain(found: dict[str, tuple[str, ...]], reasons: Mapping[str, str]) -> dict[str, str]:
    """Return :func:`findings` as texts for people; a reason without a text stands for itself."""
    return {reference: "; ".join(reasons.get(key, key) for key in keys) for reference, keys in found.items()}


def setting_findings(settings: Settings) -> list[str]:
    """Return what is wrong with the settings as a whole (keys of :data:`const.SETTING_REASONS`)."""
    wrong = (
        ("mode", settings.api_mode not in const.OFFICIAL_MODES),
        ("sender_uri", settings.is_async and not _is_base(settings.sender_uri)),
        ("sender", not is_sender_id(settings.sender_id)),
    )
    return [name for name, is_wrong in wrong if is_wrong]


def is_sender_id(sender_id: str) -> bool:
    """Whether we can be called so; it stands between quotation marks and bars in a signature."""
    return bool(sender_id) and not set(sender_id) & set('"|\\')


def _is_base(url):
    """Whether paths can follow ``url``."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(
        parts.scheme in ("https", "http")
        and parts.hostname
        and not (parts.query or parts.fragment or parts.username)
        and not url.endswith("/")
    )
