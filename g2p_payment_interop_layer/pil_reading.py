"""What the layer's answers mean: from a stored answer to one of the closed outcomes.

Pure functions that never raise, whatever stands in an answer. The tables they go by are in ``const.py``.
"""

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
    SubmissionData,
    Unknown,
    Unreadable,
)

from . import const, payload, pil_matching
from .parsing import mojaloop_code, parse_object, speaks_of
from .settings import Settings


def read_submission(answer: Answer, submission: SubmissionData, settings: Settings) -> Outcome:
    """Tell Accepted, Rejected, NotSent or Unknown from the answer to a disbursement."""
    if answer.fault is Fault.NOT_SENT:
        return NotSent(code=answer.fault.value)
    if answer.fault is not Fault.NONE:
        return Unknown(code=answer.fault.value)
    reason = f"HTTP {answer.status}"
    if answer.status != 200:
        code = _refusal_code(answer)
        is_duplicate = speaks_of(const.DUPLICATE_ERRORS, parse_object(answer.body))
        if (answer.status, code) in const.PIL_REFUSALS and not is_duplicate:
            return Rejected(code=code, reason=reason)
        return Unknown(code=code or f"http.{answer.status}", reason=reason)
    if not answer.body.strip():
        return Unknown(code="empty.body", reason=reason)
    rows, code = _read_results(answer, submission, settings)
    return Unknown(code=code, reason=reason) if rows is None else Accepted(code=code, rows=rows)


def read_question(answer: Answer, submission: SubmissionData, settings: Settings) -> Outcome:
    """Tell Found, NotSeen or Unreadable from the answer to a question."""
    if answer.fault is not Fault.NONE:
        return Unreadable(code=answer.fault.value)
    reason = f"HTTP {answer.status}"
    if answer.status != 200:
        return Unreadable(code=_refusal_code(answer) or f"http.{answer.status}", reason=reason)
    if not answer.body.strip() or parse_object(answer.body) == {}:
        return NotSeen(code="not.seen")
    rows, code = _read_results(answer, submission, settings)
    return Unreadable(code=code, reason=reason) if rows is None else Found(code=code, rows=rows)


def _refusal_code(answer):
    """Return the code of an error in the layer's own shape, with nothing beside it that could say otherwise."""
    body = parse_object(answer.body) or {}
    return mojaloop_code(body) if set(body) == {"errorInformation"} else ""


def _read_results(answer, submission, settings):
    """Return (rows, code); None for the rows where it says nothing of our disbursement."""
    body = parse_object(answer.body)
    if body is None or "errorInformation" in body:
        return None, "unreadable.body" if body is None else "error.with_success"
    if body.get("disbursementId") not in (None, submission.key):
        return None, "other.disbursement"
    if not isinstance(body.get("payeeResults"), list):
        return None, "no.results"
    lines = payload.lines_of(submission.payload)
    if not lines:
        return None, "unreadable.payload"
    matched = pil_matching.match(body["payeeResults"], lines, settings)
    if not matched.rows and body.get("disbursementId") is None:
        return None, "nothing.ours"
    if body.get("disbursementId") is None:
        return tuple(map(_doubt_failure, matched.rows)), matched.code
    return matched.rows, matched.code


def _doubt_failure(row):
    """Without an id an answer may be about an earlier disbursement; what has failed may be paid again."""
    if row.result is not RowResult.FAILED:
        return row
    result, code = const.DOUBTFUL
    return Row(row.reference, result, code=code)
