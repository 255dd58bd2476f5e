"""What a rail's ``client.py`` offers the engine: plain Python, no environment, no ORM."""

from dataclasses import dataclass
from typing import Protocol

from .outcome import Answer, Outcome, PaymentData, SubmissionData
from .transport import Transport


@dataclass(frozen=True)
class PlannedSubmission:
    """One thing to be claimed, sent and asked about, as the rail cuts a batch.

    :param step: order within the batch: a step is claimed only when all lower ones are done
    :param payment_ids: the payments it carries; empty for a step that carries none (an envelope)
    """

    step: int
    payment_ids: tuple[int, ...]


class RailClient(Protocol):
    """One payment system, seen through one set of pinned settings and today's credentials."""

    def build(self, submission: SubmissionData, payments: list[PaymentData]) -> str:
        """Return the business payload: the same text is sent on every try of this submission.

        :raise RailRefusal: when a payment cannot be put into this rail's format
        """

    def submit(self, transport: Transport, submission: SubmissionData) -> Answer:
        """Send the stored payload once. Only token, signature and timestamps may differ between two tries."""

    def read_submission(self, answer: Answer, submission: SubmissionData) -> Outcome:
        """Tell one of :data:`~.outcome.TRY_OUTCOMES` from a stored answer. Pure: may run again later."""

    def ask(self, transport: Transport, submission: SubmissionData, references: tuple[str, ...]) -> Answer:
        """Ask what became of the submission, at least of ``references`` (its payments that are still open)."""

    def read_question(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Tell one of :data:`~.outcome.QUESTION_OUTCOMES` from a stored answer. Pure: may run again later."""

    def read_callback(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Tell Found or Unreadable from what was called back; only of rails whose payment system tells results so.

        Pure: may run again later. That a payment system does not know something is never proof when it says so here.
        """


class RailRefusal(Exception):
    """A payment that this rail cannot carry. ``findings`` maps the payment's reference to the reason.

    :param holds_batch: whether the reason holds for everything that was released together with it
    """

    def __init__(self, findings: dict[str, str], holds_batch: bool = False):
        super().__init__(f"{len(findings)} payments cannot be sent")
        self.findings = findings
        self.holds_batch = holds_batch
