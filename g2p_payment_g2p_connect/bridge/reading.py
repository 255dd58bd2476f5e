"""What the answer to a question says: from a stored answer to one of the closed outcomes. Nothing here raises.

Texts for finance are keys still (:data:`const.ATTENTIONS`); the client puts them into words.
"""

from odoo.addons.g2p_programs.dispatch.outcome import (
    Answer,
    Fault,
    Found,
    NeverHad,
    Outcome,
    SubmissionData,
    Unreadable,
)

from ..const import VERDICT_HEADER
from . import const, disbursement_status, envelope_status
from .answers import Told, is_success, object_in, tell
from .envelope_status import EnvelopeStatus, read_envelope_status
from .payload import lines_of
from .settings import BridgeSettings
from .submissions import read_submission

__all__ = ["EnvelopeStatus", "read_envelope_status", "read_question", "read_submission"]


def read_question(answer: Answer, submission: SubmissionData, settings: BridgeSettings) -> Outcome:
    """Tell Found, NeverHad or Unreadable from the answer to a question.

    NotSeen is never said: the bridge takes what it had again, so not to be seen must not lead anywhere.
    """
    if code := objection(answer):
        return Unreadable(code=code)
    told, read = tell(answer.body), _READERS.get(submission.purpose)
    if told is None or read is None:
        return Unreadable(code="unreadable.body" if told is None else "unknown.purpose")
    return read(told, submission, settings)


def objection(answer: Answer) -> str:
    """Return why an answer must not be read at all, as a code; an empty text where nothing is against it."""
    if answer.fault is not Fault.NONE:
        return answer.fault.value
    if not is_success(answer):
        return f"http.{answer.status}"
    return answer.headers.get(VERDICT_HEADER, "")


def keeps_back(answer: Answer, settings: BridgeSettings) -> str:
    """Return why nothing may be put into an envelope now, as a code; an empty text where it holds what it should.

    :param answer: to the question for its status
    """
    told = None if objection(answer) else tell(answer.body)
    if told is None:
        return const.COUNTS_UNREAD
    status = envelope_status.status_in(told, settings.disbursement_envelope_id)
    if status is None:
        is_lost = not told.is_done and told.code == const.ENVELOPE_NOT_FOUND
        return const.ENVELOPE_LOST if is_lost else const.COUNTS_UNREAD
    bounds = zip(settings.before, status.received, settings.at_most_before, strict=True)
    return "" if all(least <= received <= most for least, received, most in bounds) else const.COUNTS_DIFFER


def _read_absence(told: Told, submission, settings):
    """The question was about an envelope that there cannot be; see the proof in const.py."""
    if told.is_done:
        return Unreadable(code="found.unused")
    if told.code == const.ENVELOPE_NOT_FOUND and told.message is None:
        return NeverHad(code=told.code)
    return Unreadable(code=told.code or "unreadable.header")


def _read_envelope(told: Told, submission, settings):
    if not submission.correlation:
        return _read_absence(told, submission, settings)
    if not told.is_done:
        is_lost = told.code == const.ENVELOPE_NOT_FOUND
        return Unreadable(
            code=told.code or "unreadable.header", attention=const.ENVELOPE_LOST if is_lost else ""
        )
    status = envelope_status.status_in(told, submission.correlation)
    if status is None:
        return Unreadable(code="unreadable.counts")
    wrong = envelope_status.attention(status, settings.disbursement_schedule_date, told.sent_at)
    return Found(code=wrong, reason=status.summary, attention=wrong)


def _read_disbursements(told: Told, submission, settings):
    if not told.is_done:
        return Unreadable(code=told.code or "unreadable.header")
    if isinstance(told.message, list):
        return _read_statements(told.message, submission, settings)
    status = envelope_status.status_in(told, settings.disbursement_envelope_id)
    if status is None:
        return Unreadable(code="unreadable.counts" if object_in(told) else "unreadable.rows")
    return _read_counts(status, submission, settings)


def _read_statements(entries, submission, settings):
    rows = disbursement_status.read_rows(
        entries, submission.external_references, settings.disbursement_envelope_id
    )
    if not rows:
        return Unreadable(code="other.references")
    return Found(rows=rows)


def _read_counts(status, submission, settings):
    """Compare what the envelope has taken with what it had before; see the proof in const.py."""
    lines = lines_of(submission.payload)
    if not lines or settings.disbursements_before < 0 or settings.amount_before < 0:
        return Unreadable(code=const.COUNTS_UNCLEAR)
    at_most = settings.at_most_before
    amount = sum(line["disbursement_amount"] for line in lines.values())
    after = at_most[0] + len(lines), at_most[1] + amount
    if status.received == settings.before and not submission.external_references:
        return NeverHad(code="counts.unchanged")
    if status.received[0] >= after[0] and status.received[1] >= after[1] and not settings.in_doubt:
        # It is there, and nobody will ever tell under which ids.
        return Found(code="ids.lost", reason=status.summary, attention="ids.lost")
    return Unreadable(code=const.COUNTS_UNCLEAR, reason=status.summary, attention=const.COUNTS_UNCLEAR)


_READERS = {
    const.ENVELOPE: _read_envelope,
    const.DISBURSEMENTS: _read_disbursements,
    const.AMENDMENT: _read_absence,
    const.CANCELLATION: _read_absence,
}
