"""Paying by file, as the dispatch engine sees a rail: handing the file over is the call, and there is nobody to ask."""

from odoo.addons.g2p_programs.dispatch.outcome import Accepted, Answer, Fault, Unknown, Unreadable
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

#: What the stored answer of a hand-over says.
HANDED_OVER = "handed over as a file"


class FileClient:
    """A rail client without a network.

    :param manifest: function of a submission's key that returns the manifest (text) of its finished files, or None
        while there are none
    """

    def __init__(self, manifest):
        self._manifest = manifest

    def build(self, submission, payments):
        """Return the manifest: names, hashes, count and total of exactly the files that are handed over.

        :raise RailRefusal: while the files are not finished, or are not about these payments
        """
        manifest = self._manifest(submission.key)
        if manifest is None:
            reason = "its file is not made yet"
            raise RailRefusal({payment.reference: reason for payment in payments[:1]})
        return manifest

    def submit(self, transport, submission):
        """Say that the file is handed over: whoever claims it gets the bytes once the claim is committed."""
        return Answer(body=submission.payload, note=HANDED_OVER)

    def read_submission(self, answer, submission):
        """Accepted: from here on whoever pays has it, or may have it."""
        if answer.fault is Fault.NONE and answer.note == HANDED_OVER:
            return Accepted(code="handed_over")
        return Unknown(code="not_handed_over")

    def ask(self, transport, submission, references):
        """Nobody can be asked: results are imported."""
        return Answer(fault=Fault.NOT_SENT, note="paid by file: nobody can be asked")

    def read_question(self, answer, submission, references):
        """Nothing can be read where nobody answers."""
        return Unreadable(code="nobody_to_ask")
