"""Payment Hub EE, bulk disbursement: plain Python, no environment, no ORM.

A submission is one file for the bulk processor, under our own correlation id; the operations app, another host, is
asked what became of it. Answers are read in ``reading.py``.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Outcome, PaymentData, SubmissionData
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal
from odoo.addons.g2p_programs.dispatch.tokens import NoAccess, TokenCache
from odoo.addons.g2p_programs.dispatch.transport import HttpRequest, Transport

from . import const, jws, payload, reading, row_rules
from .questions import Inquiry
from .settings import Credentials, Settings
from .tokens import HostAccess


class PHEEClient:
    """One Payment Hub EE; see :class:`odoo.addons.g2p_programs.dispatch.rail.RailClient`.

    :param tokens: the process's own; without one, every client fetches its tokens anew
    :param reasons: texts for people, by key of :data:`const.ROW_REASONS` and :data:`const.SETTING_REASONS`
    """

    def __init__(
        self,
        settings: Settings,
        credentials: Credentials,
        tokens: TokenCache | None = None,
        reasons: Mapping[str, str] | None = None,
    ):
        self._settings = settings
        self._credentials = credentials
        self._tokens = tokens or TokenCache()
        self._reasons = reasons or {}

    # ---- Sending ----------------------------------------------------------------------------------------------
    def build(self, submission: SubmissionData, payments: list[PaymentData]) -> str:
        """Return the business payload: the CSV, or the JSON, exactly as it is sent and signed.

        :raise RailRefusal: naming every payment that cannot be sent, with all that is wrong
        """
        refused = self._find_refused(submission, payments)
        if refused:
            raise RailRefusal(row_rules.explain(refused, self._reasons))
        return payload.render(payments, self._settings)

    def submit(self, transport: Transport, submission: SubmissionData) -> Answer:
        """Send the stored payload once; nothing but token and signature may differ between two tries.

        Without a token, or a key to sign with, nothing is sent.
        """
        access = self.payment_access()
        try:
            request = self.make_request(submission)
            request.headers.update(access.headers(transport))
        except NoAccess as problem:
            return problem.answer
        answer = transport.send(request)
        if answer.status == 401:
            # For the next try: this one may have been taken, whoever says otherwise.
            access.refused()
        return access.hide(answer)

    def read_submission(self, answer: Answer, submission: SubmissionData) -> Outcome:
        """Tell Accepted, Rejected, NotSent or Unknown from a stored answer."""
        return reading.read_submission(answer, self._settings)

    # ---- Asking -----------------------------------------------------------------------------------------------
    def ask(self, transport: Transport, submission: SubmissionData, references: tuple[str, ...]) -> Answer:
        """Ask the operations app, by batch id or, where that is not known, by our correlation id.

        The hub tells of a batch as a whole, so ``references`` do not narrow the question.
        """
        return Inquiry(transport, self._settings, self.status_access()).ask(submission)

    def read_question(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Tell Found, NotSeen or Unreadable from a stored answer."""
        return reading.read_question(answer, submission, references, self._settings)

    # ---- Parts of a call --------------------------------------------------------------------------------------
    def make_request(self, submission: SubmissionData) -> HttpRequest:
        """Return the request that carries the stored payload, without authentication.

        :raise NoAccess: when it cannot be signed, or is nothing that this client has built
        """
        if not (const.KEY.fullmatch(submission.key) and submission.payload and submission.payload.isascii()):
            raise NoAccess("nothing to send")
        if self._settings.batch_type_header == const.TYPE_CSV:
            return self._make_csv_request(submission, self._settings.file_name(submission.key))
        return self._make_request(submission, const.TYPE_RAW, submission.payload.encode(), "application/json")

    def make_probe(self, submission: SubmissionData) -> HttpRequest:
        """Return a signed request that the hub must refuse, as the name of its file has no extension.

        :raise NoAccess: when it cannot be signed
        """
        return self._make_csv_request(submission, submission.payload)

    def _make_csv_request(self, submission, file_name):
        body, content_type = payload.multipart(submission.payload, file_name, submission.key)
        request = self._make_request(submission, const.TYPE_CSV, body, content_type)
        request.headers["filename"] = file_name
        return request

    def _make_request(self, submission, kind, body, content_type):
        settings, text = self._settings, submission.payload
        headers = self._headers(submission.key, kind) | {"Content-Type": content_type}
        if settings.sign_requests and settings.profile and settings.profile.signs:
            headers[const.SIGNATURE_HEADER] = self._sign(submission.key, text)
        url = settings.payment_endpoint_url
        # v1.8 reads the type here, all others from the header.
        url = f"{url}{'&' if '?' in url else '?'}{urlencode({'type': kind})}"
        return HttpRequest("POST", url, body, headers)

    def payment_access(self) -> HostAccess:
        """Return how the bulk processor is authenticated to."""
        secrets = self._credentials
        return HostAccess(
            self._settings.payment_auth, self._settings, secrets, secrets.payment_api_key, self._tokens
        )

    def status_access(self) -> HostAccess:
        """Return how the operations app is authenticated to."""
        secrets = self._credentials
        return HostAccess(
            self._settings.status_auth, self._settings, secrets, secrets.status_api_key, self._tokens
        )

    def _headers(self, key, kind):
        settings = self._settings
        headers = {
            const.CORRELATION_HEADER: key,
            const.TENANT_HEADER: settings.tenant_id,
            "Purpose": settings.batch_purpose_header,
            "Type": kind,
            "Accept": "application/json",
        }
        optional = {
            const.INSTITUTION_HEADER: settings.registering_institution_id,
            const.PROGRAM_HEADER: settings.program_id,
            const.PAYEE_DFSP_HEADER: settings.payee_dfsp_id,
        }
        callback = self._credentials.callback_url
        if settings.profile and settings.profile.calls_back and const.CALLBACK_URL.fullmatch(callback):
            optional |= dict.fromkeys(const.CALLBACK_HEADERS, callback)
        return headers | {name: value for name, value in optional.items() if value}

    def _sign(self, key, text):
        try:
            return jws.sign(self._credentials.signing_key, text, key, self._settings.tenant_id)
        except jws.KeyProblem as problem:
            raise NoAccess(str(problem)) from None

    def _find_refused(self, submission, payments):
        """Return all findings of a submission: of the settings, of each row, and of the file as a whole."""
        common = list(row_rules.setting_findings(self._settings))
        if not const.KEY.fullmatch(submission.key):
            common.append("key")
        if not self._fits(payments):
            common.append("size")
        by_row = row_rules.row_findings(payments, self._settings)
        twins = row_rules.find_twins(payments, self._settings)
        found = {}
        for payment in payments:
            reference = payment.reference
            own = (*by_row.get(reference, ()), *(("duplicate",) if reference in twins else ()))
            if common or own:
                found[reference] = (*common, *own)
        return found

    def _fits(self, payments):
        settings = self._settings
        if len(payments) > settings.max_batch_size:
            return False
        return len(payload.render(payments, settings).encode(errors="replace")) <= settings.max_batch_bytes
