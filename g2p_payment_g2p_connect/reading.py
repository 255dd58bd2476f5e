"""What an answer of a G2P Connect payment system says: from a stored answer to one of the closed outcomes.

Pure functions that never raise, whatever a payment system answers. The tables they go by are in ``const.py``.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Answer,
    Fault,
    Found,
    NotSeen,
    NotSent,
    Outcome,
    Rejected,
    Row,
    RowResult,
    Unknown,
    Unreadable,
)

from . import const

#: Where a refusal says why, in codes and in texts.
_TELLING = ("status_reason_code", "status_reason_message", "code", "message", "instruction")


def read_submission(answer: Answer, key: str, declared: frozenset[str] = frozenset()) -> Outcome:
    """Tell Accepted, Rejected, NotSent or Unknown from the answer to a submission.

    :param key: the transaction_id it was sent under
    :param declared: further codes with which this payment system refuses a payment for good
    """
    if answer.fault is Fault.NOT_SENT:
        return NotSent(code=answer.fault.value)
    if answer.fault is not Fault.NONE:
        return Unknown(code=answer.fault.value)
    body = _parse(answer.body)
    if not _is_success(answer):
        return _read_http_error(answer.status, body or {})
    return Unknown(code="unreadable.body") if body is None else _read_disburse_answer(body, key, declared)


def read_question(
    answer: Answer,
    key: str,
    references: set[str],
    in_part: bool = False,
    declared: frozenset[str] = frozenset(),
) -> Outcome:
    """Tell Found, NotSeen or Unreadable from the answer to a question.

    :param key: the transaction_id that was asked about
    :param references: the payments of the submission
    :param in_part: whether only some of the open payments were asked about
    :param declared: further codes with which this payment system refuses a payment for good
    """
    if answer.fault is not Fault.NONE:
        return Unreadable(code=answer.fault.value)
    if not _is_success(answer):
        return Unreadable(code=f"http.{answer.status}")
    body = _parse(answer.body)
    if body is None:
        return Unreadable(code="unreadable.body")
    outcome = _read_status_answer(body, key, references, declared)
    # That some of its payments are not known says nothing of the submission.
    return Unreadable(code="not_seen.in_part") if in_part and isinstance(outcome, NotSeen) else outcome


def speaks_of_doubt(text: str) -> bool:
    """Whether a refusal with this code or text may speak of a payment that was made, is at work, or is not known."""
    plain = const.SEPARATION.sub(" ", text)
    return bool(const.DOUBTFUL.search(plain) or const.UNSEEN.search(const.ACCOUNT_UNSEEN.sub("", plain)))


class _Number(str):
    """A JSON number as it was written, so that an amount is exact."""

    __slots__ = ()


def _is_success(answer):
    return 200 <= answer.status < 300


def _read_http_error(status, body):
    """HttpErrorResponse: ``{"errors": [{"code", "message"}]}``, and nothing that says otherwise beside it."""
    reason = f"HTTP {status}"
    errors = body.get("errors")
    own_shape = (
        isinstance(errors, list)
        and errors
        and all(isinstance(error, dict) and _is_text(error.get("code")) for error in errors)
        and not {"header", "message"} & set(body)
    )
    if not own_shape:
        return Unknown(code=f"http.{status}", reason=reason)
    code = _code(errors[0]["code"])
    if status in const.REJECTING_HTTP_STATUSES and all(map(_is_envelope_refusal, errors)):
        return Rejected(code=code, reason=reason)
    return Unknown(code=code or f"http.{status}", reason=reason)


def _read_disburse_answer(body, key, declared):
    header, message = _object(body, "header"), _object(body, "message")
    status = header.get("status")
    if not header and "ack_status" in message:
        return _read_ack(message)
    if status != const.REFUSED and status not in const.ACCEPTING_STATUSES:
        return Unknown(code="unreadable.header")
    if "errors" in body:
        return Unknown(code="contradictory.answer")
    if not _is_about(key, message):
        return Unknown(code="other.transaction")
    items = message.get("disbursements_status")
    if items is None:
        items = []
    if not isinstance(items, list):
        return Unknown(code="unreadable.rows")
    rows = _rows(items, partial(_refuses_in_submission, declared=declared))
    if status == const.REFUSED:
        return _read_refusal(header, items, rows)
    return Accepted(rows=rows, correlation=_identifier(message.get("correlation_id")))


def _read_refusal(header, items, rows):
    """The header refuses the whole; that is no refusal where one payment says that it is not refused too."""
    code = _refusal_code(header.get("status_reason_code"))
    if code not in const.HEADER_REFUSALS or _is_doubtful(header):
        return Unknown(code=code)
    results = {row.result for row in rows}
    if results - {RowResult.FAILED} or (items and not results):
        return Unknown(code="contradictory.answer")
    return Rejected(code=code)


def _read_ack(message):
    """Response of the asynchronous half, should the endpoint be one of its: NACK is valid too, ERR is not."""
    status, error = message.get("ack_status"), _object(message, "error")
    if status in ("ACK", "NACK"):
        return Accepted(code=status.lower(), correlation=_identifier(message.get("correlation_id")))
    code = _code(error.get("code"))
    if status == "ERR" and _is_envelope_refusal(error):
        return Rejected(code=code)
    return Unknown(code=code or "unreadable.ack")


def _read_status_answer(body, key, references, declared):
    header, message = _object(body, "header"), _object(body, "message")
    if header.get("status") not in const.ACCEPTING_STATUSES or "errors" in body:
        return Unreadable(code=_code(header.get("status_reason_code")) or "unreadable.header")
    response = _object(message, "txnstatus_response")
    if response.get("txn_type") not in const.STATUS_TXN_TYPES:
        return Unreadable(code="unreadable.message")
    told = response.get("txn_status")
    about_us = _is_about(key, message)
    # An object by the official file, a bare list by GCTB.
    if isinstance(told, dict):
        about_us = about_us and _is_about(key, told)
        told = told.get("disbursements_status")
    if not isinstance(told, list):
        return Unreadable(code="unreadable.rows")
    if not about_us:
        return Unreadable(code="other.transaction")
    rows = _rows(told, partial(_refuses_in_question, declared=declared))
    rows = tuple(row for row in rows if row.code not in const.UNKNOWN_REFERENCE_CODES)
    if not any(row.reference in references for row in rows):
        return NotSeen()
    return Found(rows=rows, correlation=_identifier(message.get("correlation_id")))


def _rows(items, refuses):
    """Return one row for each reference; one that is told in two ways stays open.

    :param refuses: tells from the code and the item whether this ``rjct`` is final
    """
    rows = {}
    for item in items:
        row = _row(item, refuses) if isinstance(item, dict) else None
        if row is None:
            continue
        other = rows.setdefault(row.reference, row)
        if (other.result, other.amount, other.currency) != (row.result, row.amount, row.currency):
            rows[row.reference] = Row(row.reference, RowResult.PENDING, code="contradictory.rows")
    return tuple(rows.values())


def _row(item, refuses):
    reference, status = _identifier(item.get("reference_id")), item.get("status")
    if not reference:
        return None
    result = const.ROW_RESULTS.get(status) if isinstance(status, str) else None
    code = _code(item.get("status_reason_code"))
    if result is None:
        return Row(reference, RowResult.PENDING, code=code or _code(status) or "unknown.status")
    if result is RowResult.FAILED:
        code = _refusal_code(item.get("status_reason_code"))
        if not refuses(code, item):
            return Row(reference, RowResult.PENDING, code=code)
    amount, currency = item.get("amount"), item.get("currency_code")
    if result is RowResult.PAID:
        # What cannot be read cannot be compared, so it must not pass for paid in full.
        if amount is not None and not _matches(const.ANSWERED_AMOUNT, amount):
            return Row(reference, RowResult.PENDING, code="unreadable.amount")
        if currency is not None and not _matches(const.CURRENCY, currency):
            return Row(reference, RowResult.PENDING, code="unreadable.currency")
    return Row(
        reference,
        result,
        amount=Decimal(amount) if _matches(const.ANSWERED_AMOUNT, amount) else None,
        currency=currency if _matches(const.CURRENCY, currency) else None,
        code=code,
        when=_moment(item.get("timestamp")),
    )


def _is_about(key, message):
    """Whether a message names our transaction, or none."""
    return message.get("transaction_id") in (None, key)


def _refusal_code(value):
    """Return the code of a refusal; one word of ours where there is none, another where it cannot be kept."""
    if value is None or value == "":
        return const.REFUSED_WITHOUT_CODE
    return _code(value) or const.UNREADABLE_REFUSAL


def _refuses_in_submission(code, item, declared):
    """Whether an item of the answer to a submission says that its payment was refused before execution."""
    if code == const.REFUSED_WITHOUT_CODE and code not in declared:
        return not any(item.get(name) for name in _TELLING)
    return code in const.PAYMENT_REFUSALS | declared and not _is_unclear(item)


def _refuses_in_question(code, item, declared):
    """Whether an item of the answer to a question says that its payment was refused before execution."""
    codes = const.PAYMENT_REFUSALS - const.REFUSALS_OF_QUESTIONS | declared
    return code in codes and not _is_unclear(item)


def _is_envelope_refusal(error):
    return _code(error.get("code")) in const.ENVELOPE_REFUSALS and not _is_doubtful(error)


def _is_doubtful(told):
    """Whether a refusal's code or text says that an earlier copy may exist or be at work; no text is kept."""
    return any(const.DOUBTFUL.search(const.SEPARATION.sub(" ", text)) for text in _said(told))


def _is_unclear(item):
    """Whether one payment's refusal may mean something else; see :func:`speaks_of_doubt`."""
    return any(map(speaks_of_doubt, _said(item)))


def _said(told):
    """Return the codes and texts in ``told``; what is no text cannot be read, and so speaks of doubt."""
    values = [told.get(name) for name in _TELLING]
    return [value if isinstance(value, str) else "unclear" for value in values if value is not None]


def _object(parent, name) -> dict[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _is_text(value):
    return isinstance(value, str) and not isinstance(value, _Number)


def _matches(pattern, value):
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _code(value):
    return value if _matches(const.CODE, value) else ""


def _identifier(value):
    """Return an id of an answer, or an empty text for what no database would store."""
    fits = _is_text(value) and len(value) <= const.MAX_ANSWERED_ID and value.isprintable()
    return value if fits else ""


def _moment(value):
    """Return a moment with its zone in UTC, or None; a time without a zone is not guessed at."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _parse(text):
    """Return the JSON object in ``text``, or None."""
    try:
        body = json.loads(
            text,
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_refuse,
            object_pairs_hook=_unambiguous,
        )
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _refuse(name):
    raise ValueError(name)


def _unambiguous(pairs):
    """An object that says one thing twice says nothing."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("repeated name")
    return made
