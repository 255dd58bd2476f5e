"""OpenG2P's G2P Bridge 1.0: plain Python, no environment, no ORM.

A batch is an envelope, which is opened first and says how many payments of how much will come, and requests that put
them into it. The bridge gives each payment an id of its own, and is asked for what bank statements say of it by that;
where the id was lost, what the envelope has taken tells whether the payments are in it.
"""

import json
from dataclasses import replace

from odoo.addons.g2p_programs.dispatch.outcome import (
    Answer,
    Fault,
    Outcome,
    PaymentData,
    SubmissionData,
    Unreadable,
)
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .. import parsing
from ..envelope_client import EnvelopeClient
from ..questions import choose_references
from ..row_rules import explain
from . import const, payload, reading, row_rules
from .envelope_status import EnvelopeStatus


class BridgeClient(EnvelopeClient):
    """One G2P Bridge; see :class:`odoo.addons.g2p_programs.dispatch.rail.RailClient`.

    :param reasons: texts for people, by key of :data:`const.ROW_REASONS`, :data:`const.REQUEST_REASONS` and
        :data:`const.ATTENTIONS`
    :param tokens: access tokens that are known already
    """

    def build(self, submission: SubmissionData, payments: list[PaymentData]) -> str:
        """Return the business payload, the ``message`` of the request as canonical JSON.

        :param payments: those that it carries; of an envelope those that will follow it. Others may ignore them
        :raise RailRefusal: naming every payment that the bridge cannot be given, and under the submission's own key
            what else is in the way
        """
        has_payments = submission.purpose in (const.ENVELOPE, const.DISBURSEMENTS)
        found = row_rules.findings(payments, self._settings) if has_payments else {}
        request = row_rules.request_findings(submission.purpose, payments, self._settings)
        if request:
            found = {submission.key: request, **found}
        if found:
            raise RailRefusal(explain(found, self._reasons))
        return payload.message(submission.purpose, payments, self._settings)

    def submit(self, transport: Transport, submission: SubmissionData) -> Answer:
        """Send the stored payload once, byte for byte, under a header of this try.

        Payments are put only into an envelope that holds what it should; see the proof in const.py.
        """
        url = self._settings.url_of(submission.purpose)
        if not url or not submission.payload:
            return Answer(fault=Fault.NOT_SENT, note="nothing to send, or nowhere")
        is_list = submission.purpose == const.DISBURSEMENTS
        if is_list and (kept_back := self._look_into_envelope(transport)):
            return kept_back
        count = len(json.loads(submission.payload)) if is_list else 1
        answer = self._post_to(transport, submission.purpose, count, submission.payload)
        return self._look_after(transport, answer) if submission.purpose in const.CLOSING else answer

    def read_submission(self, answer: Answer, submission: SubmissionData) -> Outcome:
        """Tell Accepted, Rejected, NotSent or Unknown from a stored answer."""
        return self._in_words(reading.read_submission(answer, submission, self._settings))

    def ask(self, transport: Transport, submission: SubmissionData, references: tuple[str, ...]) -> Answer:
        """Ask for the bank statements of ``references``, or for what an envelope has taken.

        Of more than :data:`const.MAX_IDS_PER_QUESTION` some are asked about, the next time others.
        """
        if submission.purpose == const.DISBURSEMENTS:
            ids = self._ids_of(submission, references)
            if ids:
                asked = choose_references(ids, const.MAX_IDS_PER_QUESTION)
                return self._post_to(
                    transport, const.DISBURSEMENT_STATUS, len(asked), parsing.canonical(asked)
                )
            return self.ask_envelope(transport, self._settings.disbursement_envelope_id)
        known = submission.correlation if submission.purpose == const.ENVELOPE else ""
        # No envelope is called by our own key: the answer shows that the bridge is there, and knows of none.
        return self.ask_envelope(transport, known or submission.key)

    def read_question(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Tell Found, NeverHad or Unreadable from a stored answer."""
        return self._in_words(reading.read_question(answer, submission, self._settings))

    def read_callback(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Return Unreadable: the bridge calls nobody back."""
        return Unreadable(code="unexpected.callback")

    def ask_envelope(self, transport: Transport, envelope_id: str) -> Answer:
        """Ask for the status of an envelope, for officers or for a submission."""
        return self._post_to(transport, const.ENVELOPE_STATUS, 1, parsing.canonical(envelope_id))

    def read_envelope(self, answer: Answer, envelope_id: str) -> EnvelopeStatus | None:
        """Return the status of an envelope, or None where the answer tells none that may be believed."""
        return None if reading.objection(answer) else reading.read_envelope_status(answer.body, envelope_id)

    def _look_into_envelope(self, transport):
        """Return the answer that says why nothing may be put into the envelope now, or None."""
        answer = self.ask_envelope(transport, self._settings.disbursement_envelope_id)
        if answer.fault is Fault.NOT_SENT:
            return answer
        code = reading.keeps_back(answer, self._settings)
        if not code:
            return None
        note = ": ".join(filter(None, (code, answer.fault.value, answer.note)))
        return replace(answer, fault=Fault.NOT_SENT, note=note)

    def _look_after(self, transport, answer):
        """Return the answer to a closing step with what its envelope says of itself after it."""
        if reading.objection(answer):
            return answer
        look = self.ask_envelope(transport, self._settings.disbursement_envelope_id)
        told = "" if reading.objection(look) else look.body
        return replace(answer, headers={**answer.headers, const.LOOK_HEADER: told})

    def _ids_of(self, submission, references):
        """Return the bridge's ids of payments, in their order; not of those that it told none of."""
        known = submission.external_references
        return tuple(known[one] for one in references or submission.references if known.get(one))

    def _in_words(self, outcome):
        """Return an outcome whose calls for attention are texts for people, not keys."""
        rows = getattr(outcome, "rows", ())
        if any(row.attention for row in rows):
            told = (replace(row, attention=self._reasons.get(row.attention, row.attention)) for row in rows)
            outcome = replace(outcome, rows=tuple(told))
        key = outcome.attention
        return replace(outcome, attention=self._reasons.get(key, key)) if key else outcome

    def _post_to(self, transport, what, count, message):
        return self._post(transport, self._settings.url_of(what), const.ACTIONS[what], count, message)
