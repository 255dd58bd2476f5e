"""The Mojaloop rail in both modes: plain Python, no environment, no ORM."""

from collections.abc import Mapping

from odoo.addons.g2p_programs.dispatch.access import Access, AccessSecrets
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Outcome, PaymentData, SubmissionData
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal
from odoo.addons.g2p_programs.dispatch.tokens import TokenCache
from odoo.addons.g2p_programs.dispatch.transport import Transport

from . import payee_check, row_rules
from .calls import Calls
from .payee_check import PayeeCheck, PayeeToCheck
from .pil import PilRail
from .sdk import SdkRail
from .settings import Settings


class InteropClient:
    """One layer, or one adapter; see :class:`odoo.addons.g2p_programs.dispatch.rail.RailClient`.

    :param tokens: the process's own; without one, every client fetches its tokens anew
    :param reasons: texts for people, by key of :data:`const.ROW_REASONS` and :data:`const.SETTING_REASONS`
    """

    def __init__(
        self,
        settings: Settings,
        secrets: AccessSecrets,
        tokens: TokenCache | None = None,
        reasons: Mapping[str, str] | None = None,
    ):
        self._settings = settings
        self._secrets = secrets
        self._tokens = tokens if tokens is not None else TokenCache()
        self._reasons = reasons or {}
        self._rail = SdkRail(settings) if settings.is_sdk else PilRail(settings)

    def calls(self, transport: Transport) -> Calls:
        """Return how this peer is talked to for one try or one question."""
        return Calls(transport, Access(self._settings.access, self._secrets, self._tokens))

    # ---- Sending ----------------------------------------------------------------------------------------------
    def build(self, submission: SubmissionData, payments: list[PaymentData]) -> str:
        """Return the business payload: of the layer with our keys beside it, of the adapter exactly as it is sent.

        :raise RailRefusal: naming every payment that cannot be sent, with all that is wrong
        """
        refused = self._find_refused(submission, payments)
        if refused:
            raise RailRefusal(row_rules.explain(refused, self._reasons))
        return self._rail.build(submission, payments)

    def submit(self, transport: Transport, submission: SubmissionData) -> Answer:
        """Send the stored payload once. Without anything to authenticate with, nothing is sent."""
        return self._rail.submit(self.calls(transport), submission)

    def read_submission(self, answer: Answer, submission: SubmissionData) -> Outcome:
        """Tell Accepted, Rejected, NotSent or Unknown from a stored answer."""
        return self._rail.read_submission(answer, submission)

    # ---- Asking -----------------------------------------------------------------------------------------------
    def ask(self, transport: Transport, submission: SubmissionData, references: tuple[str, ...]) -> Answer:
        """Ask what became of the submission, as a whole."""
        return self._rail.ask(self.calls(transport), submission, references)

    def read_question(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Tell Found, NotSeen, NeverHad (adapter only) or Unreadable from a stored answer."""
        return self._rail.read_question(answer, submission, references)

    def check_payees(self, transport: Transport, payees: list[PayeeToCheck]) -> dict[str, PayeeCheck]:
        """Look payees up; no money moves.

        :return: what was found out about each, by reference; all of them are in it
        """
        return payee_check.check_payees(self.calls(transport), payees, self._settings)

    def _find_refused(self, submission, payments):
        """Return all findings of a submission: of the settings, of each payment, and of all of them together."""
        settings = self._settings
        common = (*row_rules.setting_findings(settings), *self._rail.find_problems(submission, payments))
        by_row = row_rules.row_findings(payments, settings)
        twins = row_rules.find_twins(payments, settings)
        found = {} if payments or not common else {submission.key: common}
        for payment in payments:
            reference = payment.reference
            own = (*by_row.get(reference, ()), *(("duplicate",) if reference in twins else ()))
            if common or own:
                found[reference] = (*common, *own)
        return found
