"""What an answer of a G2P Connect payment system says: from a stored answer to one of the closed outcomes.

Pure functions that never raise, whatever a payment system answers. The tables they go by are in ``const.py``.
"""

from dataclasses import replace
from decimal import Decimal
from functools import partial

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

from . import acks, const, doubts, framework
from .parsing import code as _code
from .parsing import identifier as _identifier
from .parsing import is_text, matches, moment, object_of, parse


def read_submission(answer: Answer, key: str, declared: frozenset[str] = frozenset()) -> Outcome:
    """Tell Accepted, Rejected, NotSent or Unknown from the answer to a submission.

    :param key: the transaction_id it was sent under
    :param declared: further codes with which this payment system refuses a payment for good
    """
    if answer.fault is Fault.NOT_SENT:
        return NotSent(code=answer.fault.value)
    if answer.fault is not Fault.NONE:
        return Unknown(code=answer.fault.value)
    if refused := answer.headers.get(const.VERDICT_HEADER):
        # Neither a refusal is believed of whom nothing is believed.
        return Unknown(code=refused if _is_success(answer) else f"http.{answer.status}")
    if code := framework.refusal(answer):
        return Rejected(code=code, reason=f"HTTP {answer.status}")
    body = parse(answer.body)
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
    if refused := answer.headers.get(const.VERDICT_HEADER):
        return Unreadable(code=refused)
    body = parse(answer.body)
    if body is None:
        return Unreadable(code="unreadable.body")
    if acks.is_ack(body):
        return acks.read_question(body)
    outcome = _read_status_answer(body, key, references, declared)
    # That some of its payments are not known says nothing of the submission.
    return Unreadable(code="not_seen.in_part") if in_part and isinstance(outcome, NotSeen) else outcome


def read_disburse_callback(
    answer: Answer, key: str, references: set[str], declared: frozenset[str] = frozenset()
) -> Outcome:
    """Tell Found or Unreadable from a DisburseResponse that was called back.

    It comes at any time and perhaps after several requests, of which a later one may be refused for what an earlier
    one did: so a refusal has to name its reason, and a refusal of the whole speaks for its payments only where each
    of them is refused by itself.
    """
    body = parse(answer.body) or {}
    header, message = object_of(body, "header"), object_of(body, "message")
    status, items = header.get("status"), message.get("disbursements_status")
    if status != const.REFUSED and status not in const.ACCEPTING_STATUSES:
        return Unreadable(code="unreadable.header")
    if "errors" in body:
        return Unreadable(code="contradictory.answer")
    if message.get("transaction_id") != key:
        return Unreadable(code="other.transaction")
    items = [] if items is None else items
    if not isinstance(items, list):
        return Unreadable(code="unreadable.rows")
    rows = _rows(items, partial(_refuses_in_callback, declared=declared))
    if items and not any(row.reference in references for row in rows):
        return Unreadable(code="other.references")
    if status == const.REFUSED:
        code = _refusal_code(header.get("status_reason_code"))
        if not rows or {row.result for row in rows} != {RowResult.FAILED} or doubts.is_doubtful(header):
            return Unreadable(code=code)
    return Found(rows=rows, correlation=_identifier(message.get("correlation_id")))


def read_status_callback(
    answer: Answer, key: str, references: set[str], declared: frozenset[str] = frozenset()
) -> Outcome:
    """Tell Found or Unreadable from a TxnStatusResponse that was called back.

    That a payment is not known proves nothing here, not even how often it was asked for: nobody can tell which
    question this answers, and so what may have arrived since.
    """
    body = parse(answer.body) or {}
    if object_of(body, "message").get("transaction_id") != key:
        return Unreadable(code="other.transaction")
    outcome = _read_status_answer(body, key, references, declared)
    return Unreadable(code="not_seen.callback") if isinstance(outcome, NotSeen) else outcome


def _is_success(answer):
    return 200 <= answer.status < 300


def _read_http_error(status, body):
    """HttpErrorResponse: ``{"errors": [{"code", "message"}]}``, and nothing that says otherwise beside it."""
    reason = f"HTTP {status}"
    if acks.is_ack(body):
        # By the official file all statuses but 401, 403 and 500 carry the normal answer.
        told = acks.read_submission(body)
        if status in const.REJECTING_HTTP_STATUSES and isinstance(told, Rejected):
            return replace(told, reason=reason)
        return Unknown(code=f"http.{status}", reason=reason)
    errors = body.get("errors")
    own_shape = (
        isinstance(errors, list)
        and errors
        and all(isinstance(error, dict) and is_text(error.get("code")) for error in errors)
        and not {"header", "message"} & set(body)
    )
    if not own_shape:
        return Unknown(code=f"http.{status}", reason=reason)
    code = _code(errors[0]["code"])
    if status in const.REJECTING_HTTP_STATUSES and all(map(doubts.is_envelope_refusal, errors)):
        return Rejected(code=code, reason=reason)
    return Unknown(code=code or f"http.{status}", reason=reason)


def _read_disburse_answer(body, key, declared):
    if acks.is_ack(body):
        return acks.read_submission(body)
    header, message = object_of(body, "header"), object_of(body, "message")
    status = header.get("status")
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
    if code not in const.HEADER_REFUSALS or doubts.is_doubtful(header):
        return Unknown(code=code)
    results = {row.result for row in rows}
    if results - {RowResult.FAILED} or (items and not results):
        return Unknown(code="contradictory.answer")
    return Rejected(code=code)


def _read_status_answer(body, key, references, declared):
    header, message = object_of(body, "header"), object_of(body, "message")
    if header.get("status") not in const.ACCEPTING_STATUSES or "errors" in body:
        return Unreadable(code=_code(header.get("status_reason_code")) or "unreadable.header")
    response = object_of(message, "txnstatus_response")
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
        if amount is not None and not matches(const.ANSWERED_AMOUNT, amount):
            return Row(reference, RowResult.PENDING, code="unreadable.amount")
        if currency is not None and not matches(const.CURRENCY, currency):
            return Row(reference, RowResult.PENDING, code="unreadable.currency")
    return Row(
        reference,
        result,
        amount=Decimal(amount) if matches(const.ANSWERED_AMOUNT, amount) else None,
        currency=currency if matches(const.CURRENCY, currency) else None,
        code=code,
        when=moment(item.get("timestamp")),
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
        return not any(item.get(name) for name in doubts.TELLING)
    return code in const.PAYMENT_REFUSALS | declared and not doubts.is_unclear(item)


def _refuses_in_callback(code, item, declared):
    """Whether an item of a DisburseResponse that was called back says so."""
    return code in const.PAYMENT_REFUSALS | declared and not doubts.is_unclear(item)


def _refuses_in_question(code, item, declared):
    """Whether an item of the answer to a question says that its payment was refused before execution."""
    codes = const.PAYMENT_REFUSALS - const.REFUSALS_OF_QUESTIONS | declared
    return code in codes and not doubts.is_unclear(item)
