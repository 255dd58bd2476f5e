"""What Payment Hub EE's answers mean: from a stored answer to one of the closed outcomes.

Pure functions that never raise, whatever the hub answers. The tables they go by are in ``const.py``.
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

from . import answers, const, jws, payload, questions, transfers
from .settings import Settings


def read_submission(answer: Answer, settings: Settings) -> Outcome:
    """Tell Accepted, Rejected, NotSent or Unknown from the answer to a submission.

    With the hub's certificate at hand, an answer that it has not signed settles nothing.
    """
    if answer.fault is Fault.NOT_SENT:
        return NotSent(code=answer.fault.value)
    if answer.fault is not Fault.NONE:
        return Unknown(code=answer.fault.value)
    outcome = _read_answer(answer)
    if isinstance(outcome, Accepted | Rejected) and settings.hub_certificate:
        wrong = _find_signature_problem(answer, settings.hub_certificate)
        return Unknown(code=wrong, reason=f"HTTP {answer.status}") if wrong else outcome
    return outcome


def read_question(
    answer: Answer, submission: SubmissionData, references: tuple[str, ...], settings: Settings
) -> Outcome:
    """Tell Found, NotSeen or Unreadable from the answer to a question.

    :param references: the payments that were asked about
    """
    if answer.fault is not Fault.NONE:
        return Unreadable(code=answer.fault.value)
    heard = questions.read_heard(answer.body)
    if heard is None:
        return Unreadable(code="unreadable.body")
    if heard.key != submission.key:
        return Unreadable(code="other.submission")
    ours = {*references, *submission.references}
    payees = payload.payees_of(submission.payload, ours)
    if heard.batch:
        return _read_known(heard, ours, payees, settings)
    return _read_searched(heard, ours, payees, settings)


def callback_batch_id(text: str) -> str:
    """Return the batch that a callback hints at, empty where it names none (v1.12 and older).

    It only says when to ask; nothing is settled by what stands in it.
    """
    body = answers.parse_object(text) or {}
    batch_id = answers.plain(body.get("batchId"))
    return batch_id if const.BATCH_ID.fullmatch(batch_id) else ""


# ---- Of one try -----------------------------------------------------------------------------------------------
def _read_answer(answer):
    if answer.status in const.ACCEPTING_STATUSES:
        return _read_acceptance(answer)
    body = answers.parse_object(answer.body) or {}
    reason = f"HTTP {answer.status}"
    for refusal in const.REFUSALS:
        if refusal.status == answer.status and _is_refusal(refusal, body):
            return Rejected(code=refusal.code, reason=reason)
    for status, key, start, code in const.DOUBTS:
        if answer.status == status and isinstance(body.get(key), str) and body[key].startswith(start):
            return Unknown(code=code, reason=reason)
    return Unknown(code=f"http.{answer.status}", reason=reason)


def _is_refusal(refusal, body):
    """Word for word, and with nothing beside it that could say otherwise."""
    says_it = all(body.get(key) == value for key, value in refusal.says.items())
    return says_it and set(body) <= set(refusal.says) | refusal.may_say


def _read_acceptance(answer):
    reason = f"HTTP {answer.status}"
    if not answer.body.strip():
        return Unknown(code=const.EMPTY_ANSWER, reason=reason)
    body = answers.parse_object(answer.body)
    if body is None:
        return Unknown(code="unreadable.body", reason=reason)
    if any(key in body for key in const.ERROR_KEYS):
        return Unknown(code="error.with_success", reason=reason)
    named = [_polled_id(body[const.POLLING_KEY])] if const.POLLING_KEY in body else []
    named += [answers.plain(body[key]) for key in const.BATCH_ID_KEYS if key in body]
    if not named:
        return Unknown(code="no.batch_id", reason=reason)
    if len(set(named)) > 1 or not const.BATCH_ID.fullmatch(named[0]):
        return Unknown(code="unreadable.batch_id", reason=reason)
    return Accepted(correlation=named[0])


def _polled_id(path):
    """The polling path is no URL of any server; only its last part means something."""
    found = const.POLLING_PATH.fullmatch(answers.plain(path))
    return found[1] if found else ""


def _find_signature_problem(answer, certificate):
    signature = answer.headers.get(const.SIGNATURE_ANSWERED, "")
    if not signature:
        return "signature.missing"
    try:
        is_right = jws.verify(certificate, signature, answer.body)
    except jws.KeyProblem:
        return "certificate.unreadable"
    return "" if is_right else "signature.invalid"


# ---- Of one question ------------------------------------------------------------------------------------------
def _read_searched(heard, ours, payees, settings):
    """The batch was looked for by its correlation id; a batch that carries it is ours, whatever else is known."""
    pages = [(one, answers.batches(one.body) if one.is_good else None) for one in heard.of(questions.SEARCH)]
    good = [page for _one, page in pages if page is not None]
    ids = tuple(dict.fromkeys(id_ for page in good for id_ in answers.batches_with(page, heard.key)))
    if not ids:
        if len(good) < len(pages) or not pages:
            return Unreadable(code=f"search.{pages[-1][0].code}" if pages else "unreadable.body")
        is_over = questions.is_search_over(good)
        # Behind what was read there may be more.
        return NotSeen(code="not.found") if is_over else Unreadable(code="search.incomplete")
    heard_of = [_Batch(heard, id_) for id_ in ids]
    news = transfers.rows((one for batch in heard_of for one in batch.transfers), ours, payees, settings)
    news = news if heard_of[0].is_whole else _without_failures(news, "details.incomplete")
    if len(ids) > 1:
        # The hub took it more than once: no id is the right one, and all are asked about the next time too.
        return Found(code="several.batches", rows=_without_failures(news, "several.batches"))
    return Found(code=heard_of[0].code(ours), rows=news, correlation=ids[0])


def _read_known(heard, ours, payees, settings):
    batch = _Batch(heard, heard.batch)
    if batch.summary is None:
        return batch.without_summary()
    if batch.summary.total == 0 and batch.summary.correlation_id != heard.key:
        # Old versions answer so for any id.
        return NotSeen(code="not.imported")
    news = transfers.rows(batch.transfers, ours, payees, settings)
    news = news if batch.is_whole else _without_failures(news, "details.incomplete")
    return Found(code=batch.code(ours), rows=news, correlation=heard.batch)


def _without_failures(news, code):
    """Leave failed payments open: what was not read may hold another transfer of the same payment, that pays it."""
    return tuple(
        Row(row.reference, RowResult.PENDING, code=code) if row.result is RowResult.FAILED else row
        for row in news
    )


class _Batch:
    """What was heard of one batch."""

    def __init__(self, heard, batch_id):
        self._id = batch_id
        self._said = next(iter(heard.of(questions.SUMMARY, batch_id)), None)
        good = self._said is not None and self._said.is_good
        self.summary = answers.summary(self._said.body, batch_id) if good else None
        said = heard.of(questions.DETAILS, batch_id)
        pages = [answers.details(one.body) if one.is_good else None for one in said]
        self.transfers = [one for page in pages if page is not None for one in page.transfers]
        to_the_end = bool(pages) and None not in pages and pages[-1].is_last
        self.is_whole = to_the_end and (len(pages) == 1 or self._is_each_told_once())

    def _is_each_told_once(self):
        """Whether several pages tell each transfer once: the hub sorts them by nothing, so that one which stands on
        two pages has taken the place of another, which stands on none."""
        identities = [one.identity for one in self.transfers]
        return all(identities) and len(set(identities)) == len(identities)

    def without_summary(self):
        """Tell what it means that there is no summary."""
        said = self._said
        if said is None:
            return Unreadable(code="unreadable.body")
        if not said.fault and said.status == 404 and answers.says_no_such_batch(said.body, self._id):
            return NotSeen(code="not.imported")
        return Unreadable(code="unreadable.summary" if said.is_good else said.code)

    def code(self, wanted):
        """Return how far the hub is with it, for officers.

        :param wanted: keys of the payments that were asked about: mostly those that are still open
        """
        if self.summary is None:
            return "summary.missing"
        if self.summary.total == 0:
            return "not.imported"
        if self.summary.says_something_final and not self.is_whole:
            return "details.incomplete"
        if not self.summary.is_over:
            return "running"
        shown = {reference for transfer in self.transfers for reference in transfer.references}
        return "" if wanted <= shown else "rows.missing"
