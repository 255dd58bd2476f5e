"""Disbursements: taken and cancelled, all of a request or none (contract, 3.3 and 3.4)."""

import math

from .books import exact
from .telling import Crashed, Refused


def create(simulator, message, keep):
    """Take the disbursements of one request and return what is told of them.

    :param message: list of schemas.DisbursementPayload
    :param keep: whether they are really taken
    :raise Refused, Crashed: when they are not
    """
    bugs, books = simulator.script.bugs, simulator.books
    envelope = _envelope_for(simulator, message)
    amounts = [_amount(one) for one in message]
    earlier = None if bugs.takes_again else _earlier(books, envelope, message)
    if earlier:
        return _told(message, [one.disbursement_id for one in earlier])
    _check_room(message, envelope, amounts, bugs.cuts_fractions)
    _check_items(message)
    ids = books.new_disbursement_ids(len(message))
    if keep:
        rows = [
            {
                "disbursement_id": disbursement_id,
                "reference": one.mis_reference_number or "",
                "beneficiary_id": one.beneficiary_id,
                "amount": one.disbursement_amount,
            }
            for disbursement_id, one in zip(ids, message, strict=True)
        ]
        books.add_request(envelope, rows, bugs.cuts_fractions)
    return _told(message, ids)


def cancel(simulator, message, keep):
    """Cancel disbursements; arguments as :func:`create`."""
    if not all(one.disbursement_id for one in message):
        raise Refused(
            "INVALID_DISBURSEMENT_PAYLOAD",
            _echo(message, [[] if one.disbursement_id else ["INVALID_DISBURSEMENT_ID"] for one in message]),
        )
    books, cuts = simulator.books, simulator.script.bugs.cuts_fractions
    found = [books.disbursements.get(one.disbursement_id) for one in message]
    known = [one for one in found if one]
    envelope = _check_cancellable(simulator, message, known, cuts)
    wrong = [
        ["INVALID_DISBURSEMENT_ID"] if one is None else ["DISBURSEMENT_ALREADY_CANCELED"] * one.cancelled
        for one in found
    ]
    if any(wrong):
        raise Refused("INVALID_DISBURSEMENT_PAYLOAD", _echo(message, wrong))
    if keep:
        books.cancel(envelope, known, cuts)
    return _echo(message, [[] for _one in message])


def _envelope_for(simulator, message):
    if not message:
        raise Crashed("list index out of range")
    ids = {one.disbursement_envelope_id for one in message}
    if len(ids) > 1:
        raise Refused("MULTIPLE_ENVELOPES_FOUND", _told(message))
    envelope = simulator.books.envelopes.get(ids.pop())
    if envelope is None:
        raise Refused("DISBURSEMENT_ENVELOPE_NOT_FOUND", _told(message))
    if envelope.cancelled and not simulator.script.bugs.takes_into_cancelled:
        raise Refused("DISBURSEMENT_ENVELOPE_ALREADY_CANCELED", _told(message))
    return envelope


def _amount(one):
    amount = one.disbursement_amount
    if amount is None:
        raise Crashed("unsupported operand type(s) for +: 'int' and 'NoneType'")
    if not math.isfinite(amount):
        raise Crashed("cannot convert float NaN to integer")
    return exact(amount)


def _earlier(books, envelope, message):
    """Return the disbursements that an earlier copy of the same request made, or nothing."""
    found = []
    for one in message:
        same = (made for made in books.by_reference.get(one.mis_reference_number, ()))
        made = next((made for made in same if made.envelope is envelope), None)
        if made is None:
            return []
        found.append(made)
    return found


def _check_room(message, envelope, amounts, cuts):
    if envelope.received + len(message) > envelope.values["number_of_disbursements"]:
        raise Refused("NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED", _told(message))
    if envelope.amount_received + sum(amounts) > envelope.declared_amount(cuts):
        raise Refused("TOTAL_DISBURSEMENT_AMOUNT_EXCEEDS_DECLARED", _told(message))


def _check_items(message):
    wrong = [
        [
            code
            for bad, code in (
                (one.disbursement_amount <= 0, "INVALID_DISBURSEMENT_AMOUNT"),
                (not one.beneficiary_id, "INVALID_BENEFICIARY_ID"),
                (not one.beneficiary_name, "INVALID_BENEFICIARY_NAME"),
                (not one.narrative, "INVALID_NARRATIVE"),
            )
            if bad
        ]
        for one in message
    ]
    if any(wrong):
        raise Refused("INVALID_DISBURSEMENT_PAYLOAD", _told(message, codes=wrong))


def _check_cancellable(simulator, message, known, cuts):
    told = _echo(message, [[] for _one in message])
    if not known:
        raise Refused("INVALID_DISBURSEMENT_ID", told)
    envelopes = {one.envelope.envelope_id: one.envelope for one in known}
    if len(envelopes) > 1:
        raise Refused("MULTIPLE_ENVELOPES_FOUND", told)
    envelope = next(iter(envelopes.values()))
    left = envelope.amount_received - sum(exact(one.amount) for one in known)
    checks = (
        (envelope.schedule_date <= simulator.clock.today(), "DISBURSEMENT_ENVELOPE_SCHEDULE_DATE_REACHED"),
        (envelope.received < len(known), "NO_OF_DISBURSEMENTS_LESS_THAN_ZERO"),
        ((int(left) if cuts else left) < 0, "TOTAL_DISBURSEMENT_AMOUNT_LESS_THAN_ZERO"),
    )
    for wrong, code in checks:
        if wrong:
            raise Refused(code, told)
    return envelope


def _told(message, ids=None, codes=None):
    """Return the request's rows with the ids that the bridge has given them; with none where it took nothing."""
    ids = ids or [None] * len(message)
    codes = codes or [[] if made else None for made in ids]
    return [{**row, "disbursement_id": made} for row, made in zip(_echo(message, codes), ids, strict=True)]


def _echo(message, codes):
    return [
        {**one.model_dump(mode="json"), "response_error_codes": wrong}
        for one, wrong in zip(message, codes, strict=True)
    ]
