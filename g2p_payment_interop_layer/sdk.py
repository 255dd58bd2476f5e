"""Mojaloop SDK scheme adapter: one submission is one transfer, under an id of our own."""

from dataclasses import replace

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, Outcome, PaymentData, SubmissionData

from . import const, payload, sdk_reading
from .calls import Calls
from .parsing import dumps
from .settings import Settings


class SdkRail:
    """The adapter's transfers and their status, which it asks the switch for."""

    def __init__(self, settings: Settings):
        self._settings = settings

    def build(self, submission: SubmissionData, payments: list[PaymentData]) -> str:
        """Return what is stored, and sent, of a payment that has no findings."""
        return payload.render_transfer(submission.key, payments[0], self._settings)

    def find_problems(self, submission: SubmissionData, payments: list[PaymentData]) -> tuple[str, ...]:
        """Return what stands in the way of all of ``payments`` together: keys of :data:`const.ROW_REASONS`."""
        found = [] if const.TRANSFER_ID.fullmatch(submission.key) else ["key"]
        return tuple(found if len(payments) == 1 else [*found, "size"])

    def submit(self, calls: Calls, submission: SubmissionData) -> Answer:
        """Send the stored transfer once, and continue it where it halts."""
        if not payload.is_transfer_of(submission):
            return Answer(fault=Fault.NOT_SENT, note="nothing to send")
        answer = calls.say("POST", self._settings.payment_endpoint_url, submission.payload)
        return self._continue(calls, submission, answer)

    def ask(self, calls: Calls, submission: SubmissionData, references: tuple[str, ...]) -> Answer:
        """Ask the switch, through the adapter. A transfer that is seen to halt is not continued.

        Questions go on while sending is paused, and beside the decisions of people; to accept moves money.
        """
        return calls.ask("GET", self._settings.status_url(submission.key))

    def _continue(self, calls, submission, answer):
        """Accept or decline wherever the transfer halts, as long as the deadline allows.

        What was said last is what is stored, with a note that it is about a continuation: a refusal of that is no
        refusal of the transfer, and what never left this machine leaves the transfer where it halted.
        """
        sent = payload.read_sent(submission, submission.references)
        answered = set()
        for _time in range(const.MAX_CONTINUATIONS):
            halt = sdk_reading.find_halt(answer, sent, self._settings)
            if halt is None or halt.state in answered:
                break
            answered.add(halt.state)
            url = self._settings.continuation_url(submission.key)
            said = calls.say("PUT", url, dumps({halt.member: halt.accept}))
            spent = answer.duration_ms + said.duration_ms
            if said.fault is Fault.NOT_SENT:
                return replace(answer, duration_ms=spent)
            note = f"{const.CONTINUED}: {said.note or halt.member}"
            answer = replace(said, note=note, duration_ms=spent)
        return answer

    def read_submission(self, answer: Answer, submission: SubmissionData) -> Outcome:
        """Tell Accepted, Rejected, NotSent or Unknown from a stored answer."""
        return sdk_reading.read_submission(answer, submission)

    def read_question(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Tell Found, NeverHad or Unreadable from a stored answer."""
        return sdk_reading.read_question(answer, submission, references)
