"""Payments Interoperability Layer: one submission is one disbursement, paid line after line while we wait."""

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, Outcome, PaymentData, SubmissionData

from . import const, payload, pil_reading
from .calls import Calls
from .settings import Settings


class PilRail:
    """The layer's disbursement and its status.

    The same disbursementId posted again would be paid again: it is never used for two requests that may have arrived.
    """

    def __init__(self, settings: Settings):
        self._settings = settings

    def build(self, submission: SubmissionData, payments: list[PaymentData]) -> str:
        """Return what is stored of payments that have no findings."""
        return payload.render_stored(submission.key, payments, self._settings)

    def find_problems(self, submission: SubmissionData, payments: list[PaymentData]) -> tuple[str, ...]:
        """Return what stands in the way of all of ``payments`` together: keys of :data:`const.ROW_REASONS`."""
        found = [] if const.KEY.fullmatch(submission.key) else ["key"]
        text = payload.render_disbursement(submission.key, payments, self._settings)
        fits = len(payments) <= min(self._settings.max_batch_size, const.MAX_LINES)
        if not payments or not fits or len(text.encode(errors="replace")) > const.MAX_BYTES:
            found.append("size")
        return tuple(found)

    def submit(self, calls: Calls, submission: SubmissionData) -> Answer:
        """Send the stored disbursement once."""
        text = payload.disbursement_of(submission) if const.KEY.fullmatch(submission.key) else ""
        if not text:
            return Answer(fault=Fault.NOT_SENT, note="nothing to send")
        return calls.say("POST", self._settings.payment_endpoint_url, text)

    def ask(self, calls: Calls, submission: SubmissionData, references: tuple[str, ...]) -> Answer:
        """Ask for the whole disbursement: there is no question about a part of it."""
        return calls.ask("GET", self._settings.status_url(submission.key))

    def read_submission(self, answer: Answer, submission: SubmissionData) -> Outcome:
        """Tell Accepted, Rejected, NotSent or Unknown from a stored answer."""
        return pil_reading.read_submission(answer, submission, self._settings)

    def read_question(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Tell Found, NotSeen or Unreadable from a stored answer."""
        return pil_reading.read_question(answer, submission, self._settings)
