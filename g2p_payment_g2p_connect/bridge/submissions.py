"""What the answer to a submission says: from a stored answer to one of the closed outcomes. Nothing here raises.

Texts for finance are keys still (:data:`const.ATTENTIONS`); the client puts them into words.
"""

from collections import Counter
from decimal import Decimal

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Answer,
    Fault,
    NotSent,
    Outcome,
    Rejected,
    Row,
    RowResult,
    SubmissionData,
    Unknown,
)

from .. import framework, parsing
from ..const import ANSWERED_AMOUNT, VERDICT_HEADER
from . import const
from .answers import Told, code_of, is_id, is_named, is_success, object_in, tell
from .envelope_status import read_envelope_status
from .payload import envelope_of, lines_of
from .settings import BridgeSettings

#: Who refuses one of these leaves everything as it was, and finance must hear of it.
_REFUSAL_ATTENTIONS = {
    const.AMENDMENT: "amendment.refused",
    const.CANCELLATION: "cancellation.refused",
}
_WITHOUT_CODE = "refused.without_code"
#: Rows of an answer that are named in a reason for officers.
_MOST_NAMED = 20


def read_submission(answer: Answer, submission: SubmissionData, settings: BridgeSettings) -> Outcome:
    """Tell Accepted, Rejected, NotSent or Unknown from the answer to a submission."""
    if answer.fault is Fault.NOT_SENT:
        return _read_kept_back(answer, settings)
    if answer.fault is not Fault.NONE:
        return Unknown(code=answer.fault.value)
    reason = f"HTTP {answer.status}"
    if refused := answer.headers.get(VERDICT_HEADER):
        # Neither a refusal is believed of whom nothing is believed.
        return Unknown(code=refused if is_success(answer) else f"http.{answer.status}", reason=reason)
    if not is_success(answer):
        if code := framework.refusal(answer):
            return _refuse(submission.purpose, code, reason)
        return Unknown(code=f"http.{answer.status}", reason=reason)
    told, read = tell(answer.body), _READERS.get(submission.purpose)
    if told is None or read is None:
        return Unknown(code="unreadable.body" if told is None else "unknown.purpose", reason=reason)
    outcome = read(told, submission, settings)
    if isinstance(outcome, Accepted) and submission.purpose in const.CLOSING:
        return _read_look_after(answer, submission, settings, outcome)
    return outcome


def _read_look_after(answer, submission, settings, outcome):
    """Tell whether an envelope is closed to what is not in it, by the bridge's word after the step that closes it."""
    told = answer.headers.get(const.LOOK_HEADER, "")
    status = read_envelope_status(told, settings.disbursement_envelope_id)
    if status is None:
        # It may be said again, and is.
        return Unknown(code=const.COUNTS_UNREAD)
    if submission.purpose == const.AMENDMENT:
        wrong = status.received != (settings.carried_disbursements, settings.carried_amount)
        code = const.AMENDMENT_DIFFERS
    else:
        wrong = (
            status.number_of_disbursements_shipped or status.funds_blocked_with_bank == const.FUNDS_BLOCKED
        )
        code = const.CANCELLATION_LATE
    return Accepted(code=code, reason=status.summary, attention=code) if wrong else outcome


def _read_kept_back(answer, settings):
    """Tell why nothing was sent: the answer is of the look into the envelope, where that is why."""
    code, _colon, reason = answer.note.partition(": ")
    if code == const.COUNTS_DIFFER:
        status = read_envelope_status(answer.body, settings.disbursement_envelope_id)
        count, amount = settings.before
        reason = f"{status.summary if status else ''} expected={count} amount={amount}".strip()
    elif code == const.COUNTS_UNREAD:
        reason = reason or f"HTTP {answer.status}"
    elif code != const.ENVELOPE_LOST:
        return NotSent(code=answer.fault.value)
    return NotSent(code=code, reason=reason, attention=code if code in const.ATTENTIONS else "")


def _refuse(purpose, code, reason=""):
    return Rejected(code=code, reason=reason, attention=_REFUSAL_ATTENTIONS.get(purpose, ""))


def _read_envelope(told: Told, submission, settings):
    """An envelope that somebody refused, for whatever reason, is one that nobody can fill."""
    message = object_in(told)
    envelope_id = message.get("disbursement_envelope_id")
    if not told.is_done:
        if envelope_id is not None:
            return Unknown(code="contradictory.answer")
        return _refuse(submission.purpose, told.code) if told.code else Unknown(code=_WITHOUT_CODE)
    if not is_id(envelope_id):
        return Unknown(code="envelope.without_id")
    if any(_differs(message.get(name), sent) for name, sent in envelope_of(submission.payload).items()):
        return Unknown(code="other.envelope")
    return Accepted(correlation=envelope_id)


def _read_disbursements(told: Told, submission, settings):
    if not told.is_done:
        return _read_refused_list(told, submission, settings)
    items = told.message if isinstance(told.message, list) else []
    if not _are_ours(items, submission, settings):
        return Unknown(code="other.references")
    ids = _ids_of(items)
    if not ids:
        # How much the envelope has taken tells more than this.
        return Unknown(code="ids.missing")
    lines = lines_of(submission.payload)
    by_reference = {item["mis_reference_number"]: item for item in items}
    rows = tuple(
        _row(reference, external, by_reference[reference], lines.get(reference, {}))
        for reference, external in ids.items()
    )
    if len(ids) < len(submission.references):
        return Accepted(rows=rows, code="ids.lost", attention="ids.lost")
    told_otherwise = "echo.differs" if any(row.code == "echo.differs" for row in rows) else ""
    return Accepted(rows=rows, code=told_otherwise, attention=told_otherwise)


def _read_refused_list(told, submission, settings):
    """The list is echoed, without a single id; anything else may be another list's refusal."""
    if told.code in const.DISBURSEMENT_DOUBTS:
        # It holds what our books do not know of, before anybody was paid from it.
        return Unknown(code=told.code, attention="envelope.full")
    if told.code not in const.DISBURSEMENT_REFUSALS:
        return Unknown(code=told.code or _WITHOUT_CODE)
    items = told.message if isinstance(told.message, list) else []
    if not items or not _are_ours(items, submission, settings):
        return Unknown(code="other.references")
    echoed = sorted(item["mis_reference_number"] for item in items)
    if echoed != sorted(submission.references) or any(
        item.get("disbursement_id") is not None for item in items
    ):
        return Unknown(code="contradictory.answer")
    return Rejected(code=told.code, reason=_name_errors(items))


def _read_amendment(told: Told, submission, settings):
    if not told.is_done:
        return _refuse(submission.purpose, told.code) if told.code else Unknown(code=_WITHOUT_CODE)
    if not is_named(object_in(told).get("disbursement_envelope_id"), settings.disbursement_envelope_id):
        return Unknown(code="other.envelope")
    return Accepted()


def _read_cancellation(told: Told, submission, settings):
    if not told.is_done and told.code == const.ALREADY_CANCELED:
        return Accepted(code=told.code)
    return _read_amendment(told, submission, settings)


_READERS = {
    const.ENVELOPE: _read_envelope,
    const.DISBURSEMENTS: _read_disbursements,
    const.AMENDMENT: _read_amendment,
    const.CANCELLATION: _read_cancellation,
}


def _are_ours(items, submission, settings):
    """Whether every item of a list names a payment of the submission, in its envelope."""
    ours = set(submission.references) - {""}
    return all(
        isinstance(item, dict)
        and parsing.identifier(item.get("mis_reference_number")) in ours
        and is_named(item.get("disbursement_envelope_id"), settings.disbursement_envelope_id)
        for item in items
    )


def _ids_of(items):
    """Return {reference: disbursement id}, of those where one stands for the other."""
    pairs = dict.fromkeys(
        (item["mis_reference_number"], parsing.identifier(item.get("disbursement_id"))) for item in items
    )
    references = Counter(reference for reference, _told in pairs)
    ids = Counter(told for _reference, told in pairs)
    return {
        reference: told
        for reference, told in pairs
        if is_id(told) and references[reference] == ids[told] == 1
    }


def _row(reference, told, item, line):
    errors = item.get("response_error_codes")
    code = next(filter(None, map(code_of, errors)), "") if isinstance(errors, list) else ""
    if any(_differs(item.get(name), line.get(name)) for name in ("beneficiary_id", "disbursement_amount")):
        code = "echo.differs"
    return Row(reference, RowResult.PENDING, code=code, external_reference=told)


def _differs(told, sent):
    """Whether an echo says something else than what was sent; what is not echoed does not."""
    if told is None or sent is None:
        return False
    if isinstance(sent, int):
        return not (parsing.matches(ANSWERED_AMOUNT, told) and Decimal(told) == sent)
    return told != sent


def _name_errors(items):
    """Return which payments had what, without a word about payees."""
    named = []
    for item in items:
        errors = item.get("response_error_codes")
        codes = list(filter(None, map(code_of, errors))) if isinstance(errors, list) else []
        if codes:
            named.append(f"{item['mis_reference_number']}: {' '.join(codes)}")
    return "; ".join(named[:_MOST_NAMED])
