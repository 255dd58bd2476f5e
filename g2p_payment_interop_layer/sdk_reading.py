"""What the scheme adapter's answers mean: from a stored answer to one of the closed outcomes.

Pure functions that never raise, whatever stands in an answer. The tables they go by are in ``const.py``.
"""

from dataclasses import dataclass

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Answer,
    Fault,
    Found,
    NeverHad,
    NotSent,
    Outcome,
    Rejected,
    Row,
    RowResult,
    SubmissionData,
    Unknown,
    Unreadable,
)

from . import const, payload
from .amounts import read_amount, read_currency
from .parsing import Number, inner, mojaloop_code, moment, parse_object, plain, speaks_of
from .payload import Sent
from .settings import Settings


@dataclass(frozen=True)
class Halt:
    """Where a transfer waits, and what is answered.

    :param state: the adapter's word
    :param member: the one member of the answer
    """

    state: str
    member: str
    accept: bool


def find_halt(answer: Answer, sent: Sent | None, settings: Settings) -> Halt | None:
    """Tell whether our transfer waits for us; None for all else.

    Terms other than those that were released are declined, whatever the settings say.
    """
    if answer.fault is not Fault.NONE or answer.status != 200 or sent is None:
        return None
    transfer = parse_object(answer.body) or {}
    state = plain(transfer.get("currentState"))
    if state not in const.WAITING or not _is_certainly_ours(transfer, sent) or _state_of(transfer):
        return None
    member, setting, _code = const.WAITING[state]
    return Halt(state, member, bool(getattr(settings, setting)) and _terms_fit(transfer, sent, settings))


def read_submission(answer: Answer, submission: SubmissionData) -> Outcome:
    """Tell Accepted, Rejected, NotSent or Unknown from the answer to a transfer, or to its continuation."""
    if answer.fault is Fault.NOT_SENT and not _is_continued(answer):
        return NotSent(code=answer.fault.value)
    if answer.fault is not Fault.NONE:
        return Unknown(code=answer.fault.value)
    body = parse_object(answer.body)
    if not _is_continued(answer) and _is_refusal(answer, body):
        return Rejected(code=const.SDK_REFUSAL, reason=f"HTTP {answer.status}")
    sent = payload.read_sent(submission, submission.references)
    row, code = _read_news(answer, body, sent, from_switch=False)
    return Accepted(code=code, rows=(row,)) if row else Unknown(code=code, reason=f"HTTP {answer.status}")


def read_question(answer: Answer, submission: SubmissionData, references: tuple[str, ...]) -> Outcome:
    """Tell Found, NeverHad or Unreadable from the answer to a question.

    :param references: the payments that were asked about: one
    """
    if answer.fault is not Fault.NONE:
        return Unreadable(code=answer.fault.value)
    sent = payload.read_sent(submission, references or submission.references)
    body = parse_object(answer.body)
    if sent and _is_unknown_to_switch(answer, body, sent):
        return NeverHad(code=const.TRANSFER_UNKNOWN)
    row, code = _read_news(answer, body, sent, from_switch=True)
    return Found(code=code, rows=(row,)) if row else Unreadable(code=code, reason=f"HTTP {answer.status}")


# ---- What it is -----------------------------------------------------------------------------------------------
def _is_continued(answer):
    return answer.note.startswith(const.CONTINUED)


def _is_refusal(answer, body):
    """A gateway's error, or one of the scheme, has other members or the code as a text."""
    if answer.status != const.SDK_REFUSAL_STATUS or set(body or ()) != const.SDK_REFUSAL_MEMBERS:
        return False
    code, message = body["statusCode"], body["message"]
    is_same = isinstance(code, Number) and code == str(const.SDK_REFUSAL_STATUS)
    return is_same and _is_text(message) and not speaks_of(const.DUPLICATE_ERRORS, message)


def _is_unknown_to_switch(answer, body, sent):
    if answer.status != const.TRANSFER_UNKNOWN_STATUS or body is None:
        return False
    if not {"message", "statusCode"} <= set(body) <= const.TRANSFER_ERROR_MEMBERS:
        return False
    state = body.get("transferState")
    if not isinstance(state, dict | None) or not _is_ours(state or {}, sent) or (state or {}).get("fulfil"):
        return False
    doing, code = _read_message(body["message"])
    codes = {code, _code_of(body["statusCode"])} - {""}
    return codes == {const.TRANSFER_UNKNOWN} and doing in ("", const.RETRIEVING)


def _read_message(message):
    """Return (what the adapter was doing, Mojaloop code) of a message that hands on the switch's answer."""
    found = const.ERROR_MESSAGE.fullmatch(message) if _is_text(message) else None
    return (found[1], mojaloop_code(parse_object(found[2]))) if found else ("", "")


def _code_of(status_code):
    """``statusCode`` is a Mojaloop code of four digits, or the HTTP status again."""
    code = plain(status_code)
    return code if const.MOJALOOP_CODE.fullmatch(code) else ""


def _is_http_status(value):
    return isinstance(value, str) and bool(const.HTTP_STATUS.fullmatch(value))


def _is_text(value):
    return isinstance(value, str) and not isinstance(value, Number)


def _is_ours(transfer, sent):
    """Whether nothing that a transfer says of itself is another one's."""
    own = {"transferId": sent.key, "homeTransactionId": sent.reference}
    return all(transfer.get(name) in (None, value) for name, value in own.items())


def _is_certainly_ours(transfer, sent):
    return transfer.get("transferId") == sent.key and _is_ours(transfer, sent)


def _has(transfer, members):
    return any(transfer.get(member) is not None for member in members)


def _state_of(transfer):
    """Return the switch's word of a transfer, empty where there is none; an odd one is no word at all."""
    told = inner(transfer, "fulfil", "body").get("transferState")
    return "" if told is None else plain(told) or "?"


# ---- What it says ---------------------------------------------------------------------------------------------
def _read_news(answer, body, sent, from_switch):
    """Return (row, code), without a row where nothing is known of the transfer.

    :param from_switch: whether it answers a question, where nothing but the switch's own word counts
    """
    if body is None:
        return None, "unreadable.body" if answer.status == 200 else f"http.{answer.status}"
    if sent is None:
        return None, "unreadable.payload"
    if answer.status == 200:
        return _read_transfer(body, sent, from_switch)
    if isinstance(body.get("transferState"), dict) and not from_switch:
        return _read_error(answer, body, sent)
    return None, f"http.{answer.status}"


def _read_transfer(transfer, sent, from_switch):
    told = _state_of(transfer)
    # What is final must name the transfer: an answer that names none may be another one's.
    if not (_is_certainly_ours if told else _is_ours)(transfer, sent):
        return None, "other.transfer"
    if told:
        result, code = const.TRANSFER_STATES.get(told, const.UNKNOWN_STATE)
        return _make_row(result, code, transfer, sent), ""
    state = plain(transfer.get("currentState"))
    if state in const.WAITING:
        return None, const.WAITING[state][2]
    is_declined = state == const.STATE_DECLINED and not from_switch
    if is_declined and _is_certainly_ours(transfer, sent) and not _has(transfer, const.PREPARED_MEMBERS):
        return _make_row(*const.DECLINED, transfer, sent), ""
    return None, "no.transfer_state"


def _read_error(answer, body, sent):
    """Failed only where the adapter itself says of our transfer that it ended before there was a quote."""
    transfer, error = body["transferState"], inner(body, "transferState", "lastError")
    codes = [mojaloop_code(error.get("mojaloopError")), _code_of(body.get("statusCode"))]
    codes.append(_read_message(body.get("message"))[1])
    code = next(filter(None, codes), f"http.{answer.status}")
    told = (error.get("httpStatusCode"), body.get("statusCode"))
    statuses = {answer.status, *(int(one) for one in told if _is_http_status(one))}
    is_over = (
        400 <= answer.status <= 599
        and not statuses & const.UNCERTAIN_STATUSES
        and const.MODIFIED_REQUEST not in codes
        and not speaks_of(const.DUPLICATE_ERRORS, [body.get("message"), error])
        and bool(error)
        and plain(transfer.get("currentState")) == const.STATE_ERROR
        and _is_certainly_ours(transfer, sent)
        and not _has(transfer, const.QUOTED_MEMBERS)
    )
    return (_make_row(RowResult.FAILED, code, transfer, sent), "") if is_over else (None, code)


def _make_row(result, code, transfer, sent):
    """Return the news of our payment; what says another amount than ours goes to the engine, which disputes it."""
    if result is RowResult.PENDING:
        return Row(sent.reference, result, code=code)
    try:
        asked = _read_money(transfer)
        received = _read_money(inner(transfer, "quoteResponse", "body", "payeeReceiveAmount"))
    except ValueError:
        # What cannot be read cannot be compared, so it settles nothing.
        return Row(sent.reference, RowResult.PENDING, code="unreadable.amount")
    own = (sent.amount, sent.currency)
    # Where it says that something else was asked for, that counts.
    amount, currency = (
        theirs if mine and theirs not in (None, mine) else got
        for theirs, mine, got in zip(asked, own, received, strict=True)
    )
    if result is RowResult.FAILED:
        other = any(mine and theirs not in (None, mine) for theirs, mine in zip(asked, own, strict=True))
        if other:
            return Row(sent.reference, RowResult.PENDING, code="other.amount")
        return Row(sent.reference, result, code=code, external_reference=sent.key)
    when = moment(inner(transfer, "fulfil", "body").get("completedTimestamp"))
    return Row(sent.reference, result, amount, currency, code, when=when, external_reference=sent.key)


def _read_money(body):
    return read_amount(body.get("amount")), read_currency(body.get("currency"))


def _terms_fit(transfer, sent, settings):
    """Whether what is waited for is what was released: the amount asked for and, where it is fixed, received."""
    try:
        told = [_read_money(transfer)]
        if settings.amount_type == const.AMOUNT_RECEIVE:
            told.append(_read_money(inner(transfer, "quoteResponse", "body", "payeeReceiveAmount")))
    except ValueError:
        return False
    return all(
        amount in (None, sent.amount) and currency in (None, sent.currency) for amount, currency in told
    )
