"""What a rail's ``client.py`` offers the engine: plain Python, no environment, no ORM."""

from dataclasses import dataclass
from typing import Protocol

from .outcome import Answer, Outcome, PaymentData, SubmissionData
from .transport import Transport

#: When a step may be claimed: the lower ones are done, or at least the payment system has them.
WHEN_DONE = "done"
WHEN_SENT = "sent"


@dataclass(frozen=True)
class PlannedSubmission:
    """One thing to be claimed, sent and asked about, as the rail cuts a batch.

    :param step: order within the plan: a step is claimed only when all lower ones are done, see ``starts_when``;
        0 stands beside the order
    :param payment_ids: the payments it carries; empty for a step that carries none (an envelope)
    :param purpose: what the rail makes it for, for its client to tell steps apart; empty for most
    :param starts_when: :data:`WHEN_DONE`, or :data:`WHEN_SENT` where it is enough that the payment system has the
        lower steps for certain
    :param lasts: of a step without payments: it stays open, and is asked about, until the payments of the steps after
        it are final. Those steps are *opened* by it
    :param opener_id: of a step that is added later: id of the submission that opened it
    :param only_stops: it can only keep money from moving: it goes out also while sending is paused
    """

    step: int
    payment_ids: tuple[int, ...]
    purpose: str = ""
    starts_when: str = WHEN_DONE
    lasts: bool = False
    opener_id: int = 0
    only_stops: bool = False


class RailClient(Protocol):
    """One payment system, seen through one set of pinned settings and today's credentials."""

    def build(self, submission: SubmissionData, payments: list[PaymentData]) -> str:
        """Return the business payload: the same text is sent on every try of this submission.

        A step without payments is given those that the steps carry which it opens.

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
