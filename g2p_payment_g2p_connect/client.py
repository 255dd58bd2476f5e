"""G2P Connect's disburse core API 1.0.0: plain Python, no environment, no ORM.

A payment goes out as one item of a DisburseRequest and is asked about by its reference. The synchronous half answers
with results (``reading.py``), the asynchronous one with an acknowledgement (``acks.py``), and calls back what became
of it (``callbacks.py``).
"""

import json

from odoo.addons.g2p_programs.dispatch.outcome import (
    Answer,
    Outcome,
    PaymentData,
    SubmissionData,
)
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal
from odoo.addons.g2p_programs.dispatch.transport import Transport

from . import callbacks, const, reading
from .envelope_client import EnvelopeClient
from .payload import disburse_request
from .questions import choose_references, status_request
from .row_rules import explain, findings


class G2PConnectClient(EnvelopeClient):
    """One G2P Connect payment system; see :class:`odoo.addons.g2p_programs.dispatch.rail.RailClient`.

    :param reasons: texts for people, by key of :data:`const.REASONS`
    :param tokens: access tokens that are known already
    """

    def build(self, submission: SubmissionData, payments: list[PaymentData]) -> str:
        """Return the business payload, a DisburseRequest as canonical JSON (ASCII, sorted keys).

        :raise RailRefusal: naming every payment that cannot be put into this format
        """
        refused = findings(payments, self._settings)
        if len(submission.key) > const.MAX_TRANSACTION_ID:
            refused = {
                payment.reference: ("transaction", *refused.get(payment.reference, ()))
                for payment in payments
            }
        if refused:
            raise RailRefusal(explain(refused, self._reasons))
        return disburse_request(submission.key, payments, self._settings)

    def submit(self, transport: Transport, submission: SubmissionData) -> Answer:
        """Send the stored payload once, byte for byte, under a header of this try."""
        count = len(json.loads(submission.payload)["disbursements"])
        return self._post(
            transport, self._settings.payment_endpoint_url, const.ACTION_DISBURSE, count, submission.payload
        )

    def read_submission(self, answer: Answer, submission: SubmissionData) -> Outcome:
        """Tell Accepted, Rejected, NotSent or Unknown from a stored answer."""
        return reading.read_submission(answer, submission.key, self._settings.declared_refusals)

    def ask(self, transport: Transport, submission: SubmissionData, references: tuple[str, ...]) -> Answer:
        """Ask in one question what became of ``references``, under the submission's own transaction.

        Of more than :data:`const.MAX_REFERENCES_PER_QUESTION` some are asked about, the next time others.
        """
        asked = choose_references(references or submission.references)
        message = status_request(submission.key, asked, self._settings)
        return self._post(
            transport, self._settings.status_endpoint_url, self._settings.status_action, 1, message
        )

    def read_question(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Tell Found, NotSeen or Unreadable from a stored answer; an acknowledgement says nothing yet."""
        in_part = len(references or submission.references) > const.MAX_REFERENCES_PER_QUESTION
        ours = {*references, *submission.references}
        return reading.read_question(answer, submission.key, ours, in_part, self._settings.declared_refusals)

    def read_callback(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Tell Found or Unreadable from a stored callback; see :func:`callbacks.receive`. Pure."""
        ours = {*references, *submission.references}
        return callbacks.read(answer, submission.key, ours, self._settings.declared_refusals)
