"""What the record says of a payment whose document is at hand."""

from decimal import Decimal, InvalidOperation
from uuid import UUID

#: Claims that have to agree with the payment, where a document makes them.
_TEXTS = {
    "payee_name": "payee_name",
    "payee_id_type": "payee_id_type",
    "payee_id_value": "payee_id_value",
    "payee_bank_code": "payee_bank_code",
}
_AMOUNTS = {"amount": "amount_issued", "fee": "payment_fee"}


def find_reference(claims):
    """Return the reference of the payment that a document names, or an empty text.

    :param dict claims: what it says
    """
    reference = claims.get("reference")
    if isinstance(reference, str) and reference:
        return reference
    short, subject = claims.get("end_to_end_id"), claims.get("sub")
    if isinstance(short, str) and len(short) == 32:
        try:
            # As documents write it: the reference without hyphens.
            return str(UUID(hex=short))
        except ValueError:
            return ""
    return subject if isinstance(subject, str) else ""


def compare_with_payment(claims, payment):
    """Return the names of the claims that differ from the payment.

    :param dict claims: what a document says
    :param payment: one ``g2p.payment`` record
    :return: list of str
    """
    wrong = [
        name
        for name, field in _TEXTS.items()
        if name in claims and (claims[name] or "") != (payment[field] or "")
    ]
    if "currency" in claims and claims["currency"] != payment.currency_id.name:
        wrong.append("currency")
    places = payment.currency_id.decimal_places
    for name, field in _AMOUNTS.items():
        if name in claims and _to_decimal(claims[name]) != Decimal(f"{payment[field]:.{places}f}"):
            wrong.append(name)
    return wrong


def judge_payment(payment, in_time, file_verdict):
    """Say what a genuine document of this payment is worth now.

    :param payment: one ``g2p.payment`` record
    :param str in_time: ``valid``, ``expired`` or ``early``, by the document's own dates
    :param str file_verdict: what became of the file that it names: ``replaced``, ``void``, or anything else
    :return: str: one of the wizard's verdicts
    """
    stopped = _find_stop(payment)
    if stopped:
        return stopped
    if file_verdict in ("replaced", "void"):
        return file_verdict
    if in_time != "valid":
        return in_time
    if payment.state == "issued":
        return "not_sent"
    return "valid" if payment.batch_id.pays_by_file else "elsewhere"


def _find_stop(payment):
    """Return why nobody may pay it now, by the payment itself."""
    if payment.disputed or payment.contradicted:
        return "disputed"
    if payment.status == "paid":
        return "paid"
    if payment.state == "cancelled":
        return "cancelled"
    if payment.status == "failed":
        successor = payment.search_count([("predecessor_id", "=", payment.id)], limit=1)
        return "replaced" if successor else "failed"
    return ""


def _to_decimal(value):
    try:
        number = Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None
