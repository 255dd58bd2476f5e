import base64
import binascii
import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..signing.verify import verify
from .verify_record import compare_with_payment, find_reference, judge_payment

VERDICTS = [
    ("valid", "VALID"),
    ("valid_file", "VALID FILE"),
    ("paid", "ALREADY PAID"),
    ("cancelled", "CANCELLED"),
    ("failed", "CLOSED AS FAILED"),
    ("replaced", "REPLACED"),
    ("void", "VOID"),
    ("disputed", "UNDER DISPUTE"),
    ("expired", "EXPIRED"),
    ("early", "TOO EARLY"),
    ("not_sent", "NOT RELEASED"),
    ("elsewhere", "PAID ANOTHER WAY"),
    ("no_payment", "GENUINE, BUT NO VOUCHER"),
    ("not_on_record", "NOT ON RECORD"),
    ("altered", "ALTERED"),
    ("unknown_key", "UNKNOWN KEY"),
    ("invalid", "INVALID"),
    ("unknown_file", "UNKNOWN FILE"),
]
#: What a clerk may act on, what is genuine but no longer or not yet good, and (all others) what is refused.
GOOD = {"valid", "valid_file"}
DOUBTFUL = {"paid", "replaced", "expired", "early", "not_sent", "elsewhere", "no_payment", "disputed"}


class PaymentFileVerifyWizard(models.TransientModel):
    """Is this voucher, or this file, ours, unchanged, and still good? Says no more than the document itself does."""

    _name = "g2p.payment.file.verify.wizard"
    _description = "Verify a Document"

    payload = fields.Char(
        "Scanned Code", help="Scan the code with a hand scanner, or paste its text and press Enter."
    )
    document = fields.Binary("File", attachment=False)
    document_name = fields.Char("File Name")

    verdict = fields.Selection(VERDICTS, readonly=True)
    color = fields.Selection(
        [("success", "Good"), ("warning", "Doubtful"), ("danger", "Refused")], compute="_compute_color"
    )
    explanation = fields.Char(readonly=True)
    reference = fields.Char(readonly=True)
    amount = fields.Char(readonly=True)
    payee_name = fields.Char("Payee", readonly=True)
    file_name = fields.Char("Name of the File", readonly=True)
    checked_at = fields.Datetime(readonly=True)

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("verdict")
    def _compute_color(self):
        for wizard in self:
            good = "success" if wizard.verdict in GOOD else "danger"
            wizard.color = wizard.verdict and ("warning" if wizard.verdict in DOUBTFUL else good)

    @api.onchange("payload")
    def _onchange_payload(self):
        if self.payload:
            verdict, shown = self._judge_payload(self.payload)
            self._show(verdict, **shown)
            # Emptied, so that the next document can be scanned at once.
            self.payload = False

    @api.onchange("document")
    def _onchange_document(self):
        if self.document:
            verdict, shown = self._judge_document(self.document)
            self._show(verdict, **shown)
            self.document = self.document_name = False

    def _show(self, verdict, reference="", amount="", payee_name="", file_name="", more=""):
        self.verdict = verdict
        self.explanation = f"{self._explain(verdict)} {more}".strip()
        self.reference, self.amount = reference, amount
        self.payee_name, self.file_name = payee_name, file_name
        self.checked_at = fields.Datetime.now()

    # ---- Codes ------------------------------------------------------------------------------------------------
    def _judge_payload(self, text):
        """Say what a scanned text is worth, by its signature and by the payment on record.

        :param str text: what was scanned
        :return: (verdict, dict of what may be shown)
        """
        self._check_may_verify()
        found = self._verify_signature(text)
        if found.result not in ("valid", "expired", "early"):
            return found.result, {}
        shown = self._get_shown(found.claims)
        reference = find_reference(found.claims)
        if not reference:
            return self._judge_without_payment(found, shown)
        # sudo: a verifier sees no payments; what is shown of this one is what its document says anyway. Payments of
        # companies that the user does not belong to stay unknown.
        payment = (
            self.env["g2p.payment"]
            .sudo()
            .search([("name", "=", reference), ("company_id", "in", self.env.user.company_ids.ids)])
        )
        if not payment:
            return "not_on_record", shown
        if compare_with_payment(found.claims, payment):
            return "altered", {}
        file_verdict = self._judge_message(found.claims)
        return judge_payment(payment, found.result, file_verdict), shown

    def _judge_without_payment(self, found, shown):
        verdict = self._judge_message(found.claims)
        if verdict == "valid_file" and found.result != "valid":
            return found.result, shown
        return verdict or "no_payment", shown

    def _verify_signature(self, text):
        """Try the keys of all providers, one provider after the other."""
        now = fields.Datetime.now()
        found = verify(text, [], now)
        # sudo: verifiers see no providers; public keys are for everybody
        for provider in self.env["g2p.encryption.provider"].sudo().search([("type", "!=", False)]):
            if found.result != "unknown_key":
                break
            found = verify(text, provider.get_jwks()["keys"], now)
        return found

    @api.model
    def _get_shown(self, claims):
        """Return what a document itself says of its payment."""
        texts = {
            name: str(claims.get(name) or "") for name in ("reference", "amount", "currency", "payee_name")
        }
        other = claims.get("end_to_end_id") or claims.get("sub") or claims.get("message_id")
        texts["reference"] = texts["reference"] or str(other or "")
        currency = texts.pop("currency")
        texts["amount"] = f"{texts['amount'] or claims.get('total') or ''} {currency}".strip()
        return texts

    # ---- Files ------------------------------------------------------------------------------------------------
    def _judge_document(self, content):
        """Say whether a file is, byte for byte, one of those that were made here.

        :param content: base64, str or bytes
        :return: (verdict, dict of what may be shown)
        """
        self._check_may_verify()
        try:
            digest = hashlib.sha256(base64.b64decode(content, validate=True)).hexdigest()
        except (binascii.Error, ValueError):
            return "unknown_file", {}
        files = self._find_files(["|", ("sha256", "=", digest), ("plain_sha256", "=", digest)])
        if not files:
            return "unknown_file", {}
        file = files.filtered(lambda one: one.state == "made")[:1] or files[:1]
        return self._judge_file(file), self._show_file(file)

    def _judge_message(self, claims):
        """Say what became of the file that a code names, or an empty text when it names none that is on record."""
        message_id = claims.get("message_id")
        if not isinstance(message_id, str) or not message_id:
            return ""
        files = self._find_files([("message_id", "=", message_id)])
        return self._judge_file(files.filtered(lambda one: one.state == "made")[:1] or files[:1])

    @api.model
    def _judge_file(self, file):
        if not file:
            return ""
        if file.state == "made" and file.purpose == "document":
            return "no_payment"
        if file.state == "made":
            return "not_sent" if file.submission_id.state == "queued" else "valid_file"
        return "replaced" if file.void_reason == "newer_version" or self._is_replaced(file) else "void"

    @api.model
    def _is_replaced(self, file):
        return bool(file.search_count([("replaces_ids", "in", file.ids)], limit=1))

    def _find_files(self, domain):
        # sudo: whoever brings a file may learn whether it is genuine; nothing of its content is shown. Files of
        # companies that the user does not belong to stay unknown.
        return (
            self.env["g2p.payment.file"]
            .sudo()
            .search(
                [
                    *domain,
                    ("state", "in", ("made", "void")),
                    ("company_id", "in", self.env.user.company_ids.ids),
                ]
            )
        )

    @api.model
    def _show_file(self, file):
        more = self.env._("It is version %s.", file.version) if file.version else ""
        if file.batch_id:
            more = self.env._(
                "It is version %(version)s of batch %(batch)s.",
                version=file.version,
                batch=file.batch_id.name,
            )
        return {"file_name": file.name, "more": more}

    # ---- Texts ------------------------------------------------------------------------------------------------
    def _check_may_verify(self):
        """An onchange is called by RPC too, so the right is asked for here."""
        if not self.env["g2p.payment.file.verify.wizard"].has_access("create"):
            raise AccessError(
                self.env._(
                    "You may not verify documents. Ask an administrator for the group Document Verifier."
                )
            )

    def _explain(self, verdict):
        texts = {
            "valid": self.env._("Signed by this office and unchanged, and the payment is open."),
            "valid_file": self.env._("Made by this office, unchanged."),
            "paid": self.env._("Genuine, but this payment was paid already. Do not pay it again."),
            "cancelled": self.env._("This payment was cancelled. Do not pay it."),
            "failed": self.env._("This payment was closed as failed. Do not pay it."),
            "replaced": self.env._("Genuine once, but replaced by a newer one. Ask for that one."),
            "void": self.env._("Genuine once, but withdrawn. Do not use it."),
            "disputed": self.env._("This payment is under dispute. Do not pay it, and ask the office."),
            "expired": self.env._("Genuine, but its time is over. Do not pay it."),
            "early": self.env._("Genuine, but its time has not come yet. Do not pay it yet."),
            "not_sent": self.env._("This payment has not been handed out for payment yet. Do not pay it."),
            "elsewhere": self.env._(
                "Genuine, but this payment goes out through a payment system. Do not pay it here."
            ),
            "no_payment": self.env._("Signed by this office, but it names no payment. Do not pay on it."),
            "not_on_record": self.env._(
                "Signed with a known key, but this payment is not on record here. Do not pay it, and ask the office."
            ),
            "altered": self.env._(
                "It was changed after it was made, or differs from what is on record. Do not pay it, and keep it."
            ),
            "unknown_key": self.env._("Not signed by this office. Do not pay it."),
            "invalid": self.env._(
                "This is no signed document of this office. If it looks like one, scan again."
            ),
            "unknown_file": self.env._(
                "No file like this was made here: it was changed, or comes from somewhere else. Do not use it."
            ),
        }
        return texts[verdict]
