import hashlib
import json
from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..client import FileClient
from ..documents.errors import DocumentError
from ..documents.facts import PaymentFacts, end_to_end_id
from .payment_file import CLAIMING


class FilePaymentManager(models.Model):
    """Pays by file: a bank's upload, a pay point's list, vouchers. Rails with an API build on it for their documents.

    Once a batch is released and sent, its files are made by jobs; it is claimed by whoever downloads the first one.
    """

    _name = "g2p.program.payment.manager.file"
    _description = "File Payment Manager"
    _inherit = [
        "g2p.program.payment.manager.default",
        "g2p.payment.dispatch.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]

    batch_tag_ids = fields.Many2many(
        "g2p.payment.batch.tag",
        "g2p_pay_batch_tag_pay_manager_files",
        string="Batch Tags",
        ondelete="restrict",
    )
    # Every rail that builds on this declares it again with a relation table of its own.
    payment_file_config_ids = fields.Many2many(
        "g2p.payment.file.config",
        "g2p_pay_file_config_pay_manager",
        string="Payment Files",
        ondelete="restrict",
        help="Made of each batch whose tag has none of its own.",
    )
    encryption_provider_id = fields.Many2one(
        "g2p.encryption.provider",
        ondelete="restrict",
        help="Signs the codes of vouchers; the default one when empty.",
    )
    dispatch_paused = fields.Boolean(tracking=True)
    dispatch_paused_reason = fields.Char(tracking=True)
    payer_name = fields.Char(help="Who pays, in the files; the program's company when empty.")
    payer_bank_account_id = fields.Many2one(
        "res.partner.bank",
        "Payer Account",
        ondelete="restrict",
        help="The account that pays; the one of the program's journal when empty.",
    )
    execution_days = fields.Integer(
        "Execute After (days)",
        default=1,
        required=True,
        help="Days from making a file to the day it asks for.",
    )

    _execution_days_positive = models.Constraint(
        "CHECK (execution_days BETWEEN 0 AND 366)",
        "A file asks for today or a later day, within a year.",
    )

    # ---- The rail ---------------------------------------------------------------------------------------------
    @api.model
    def _pays_by_file(self):
        # A rail that builds on this has a client of its own; its files are documents only.
        return self._name == "g2p.program.payment.manager.file"

    def _rail_settings(self):
        """Return what is signed of the files at the release: which they are, and what they will look like."""
        self.ensure_one()
        tags = [self.env["g2p.payment.batch.tag"], *self.batch_tag_ids]
        return {
            "files": {str(tag.id or 0): self._describe_files(tag) for tag in tags},
            "payer": self._get_payer(),
        }

    def _describe_files(self, tag):
        """Return [[id, name, purpose, hash of the layout]] of what would pay a batch with this tag."""
        configs = self._get_configs(tag).filtered(lambda one: one.purpose in CLAIMING).sorted("id")
        return [[config.id, config.name, config.purpose, self._hash_layout(config)] for config in configs]

    def _rail_client(self, settings):
        return FileClient(self.env["g2p.payment.file"].sudo()._get_manifest)  # sudo: the engine asks

    @api.model
    def _rail_pinned_fields(self):
        pinned = super()._rail_pinned_fields()
        return [*pinned, "payer_name", "payer_bank_account_id"] if self._pays_by_file() else pinned

    @api.model
    def _hash_layout(self, config):
        text = json.dumps(config._get_layout().to_stored(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _queue_batches(self, batches):
        submissions = super()._queue_batches(batches)
        if self._pays_by_file():
            self._make_instructions(submissions)
        return submissions

    # ---- Preparing --------------------------------------------------------------------------------------------
    def _prepare_payments(self, cycle, entitlements):
        payments, batches = super()._prepare_payments(cycle, entitlements)
        if batches:
            self._make_documents(batches)
        elif payments:
            self._make_documents_of_payments(payments, self.payment_file_config_ids)
        return payments, batches

    def _judge(self, drafts):
        """Judge what is left with the very formats that it will have to fit into."""
        judged = super()._judge(drafts)
        if not self._pays_by_file():
            return judged
        good = {draft.entitlement_id: draft for draft in judged if not draft.problem}
        found = {}
        for tag, ids in self._match_tags(good):
            for config in self._get_configs(tag).filtered(lambda one: one.purpose in CLAIMING):
                found |= self._find_unfit(config, [good[id_] for id_ in ids])
        return [
            replace(draft, problem=found[draft.data.reference], problem_code="rail")
            if not draft.problem and draft.data.reference in found
            else draft
            for draft in judged
        ]

    def _find_unfit(self, config, drafts):
        """Return which payments a table of this configuration could not carry: {reference: reason}."""
        layout = config._get_layout()
        if not drafts or layout.type in ("pdf", "html"):
            return {}
        facts = [self._draft_facts(number, draft) for number, draft in enumerate(drafts, start=1)]
        head = replace(self.env["g2p.payment.batch"]._make_trial_head(facts), **self._get_payer_facts())
        try:
            config._make_part(layout, head, facts)
        except DocumentError as error:
            if not error.findings:
                raise UserError(
                    self.env._("%(name)s: %(problem)s", name=config.name, problem=error.text)
                ) from error
            return dict(error.findings)
        return {}

    @api.model
    def _draft_facts(self, number, draft):
        data = draft.data
        return PaymentFacts(
            number=number,
            reference=data.reference,
            end_to_end_id=end_to_end_id(data.reference),
            payee_name=data.payee_name,
            payee_id_type=data.payee_id_type,
            payee_id_value=data.payee_id_value,
            payee_bank_code=data.payee_bank_code,
            amount=data.amount,
            fee=draft.fee,
            currency=data.currency,
        )

    # ---- Files ------------------------------------------------------------------------------------------------
    def _get_configs(self, tag):
        """Return the configurations of a batch with this tag: the tag's, or else the manager's."""
        return tag.file_config_ids or self.payment_file_config_ids

    def _get_all_configs(self):
        return self.payment_file_config_ids | self.batch_tag_ids.file_config_ids

    def _make_instructions(self, submissions):
        """Begin the files that pay these submissions, as they were released."""
        # sudo: the right to send was checked; nobody may write files in any other way
        files = self.env["g2p.payment.file"].sudo()
        # Configurations and tags may have been changed since they were chosen here.
        problems = self._find_file_problems() if submissions else []
        if problems:
            raise UserError("\n".join(problems))
        for submission in submissions:
            batch = submission.batch_id
            configs = self._get_configs(batch.tag_id).filtered(lambda one: one.purpose in CLAIMING)
            self._check_as_released(batch, configs)
            for config in configs:
                files._begin(batch, config, self, submission)

    def _check_as_released(self, batch, configs):
        """Raise when which files pay the batch, what they look like, or who pays, is not what was signed."""
        signed = batch.released_settings or {}
        before = (signed.get("files") or {}).get(str(batch.tag_id.id or 0))
        if (
            not configs
            or before != self._describe_files(batch.tag_id)
            or signed.get("payer") != self._get_payer()
        ):
            names = {name for _id, name, _purpose, _layout in before or []} | set(configs.mapped("name"))
            raise UserError(
                self.env._(
                    "%(batch)s: its payment files (%(files)s) or the payer are not as they were when it was released. "
                    "Withdraw the release, look at them, and release it again.",
                    batch=batch.name,
                    files=", ".join(sorted(names)),
                )
            )

    def _make_documents(self, batches):
        """Begin the documents of batches; what instructs somebody to pay waits for the release.

        :return: whether there is any to make
        """
        if not self._get_all_configs().filtered(lambda one: one.purpose == "document"):
            return False
        # sudo: the caller checked the right; nobody may write files in any other way
        files = self.env["g2p.payment.file"].sudo()
        found = self.env["g2p.payment.file.config"]
        for batch in batches.sudo():
            configs = self._get_configs(batch.tag_id).filtered(lambda one: one.purpose == "document")
            found |= configs
            if batch.tag_id.render_files_per_payment:
                self._make_documents_of_payments(batch.payment_ids, configs)
                continue
            for config in configs:
                files._begin(batch, config, self)
        return bool(found)

    def _make_documents_of_payments(self, payments, configs):
        """Leave jobs that make one document of each payment."""
        documents = configs.filtered(lambda one: one.purpose == "document")
        # sudo: the caller checked the right; nobody may write files in any other way
        self.env["g2p.payment.file"].sudo()._begin_for_each(payments.sudo(), documents, self)

    @api.private
    def get_encryption_provider(self):
        """Return who signs: this manager's provider, or the default one.

        :return: ``g2p.encryption.provider`` record as the superuser, empty where there is none
        """
        # sudo: whoever prepares has documents signed, and reads no key
        default = self.env.ref("g2p_payment_files.encryption_provider_default", raise_if_not_found=False)
        return self.sudo().encryption_provider_id or (default or self.env["g2p.encryption.provider"]).sudo()

    def _get_payer(self):
        """Return who pays and from where (dict, JSON-able)."""
        # sudo: the payer's account is ours, and is printed in every file
        manager = self.sudo()
        journal = manager.program_id.journal_id
        account = manager.payer_bank_account_id or journal.bank_account_id
        company = manager.program_id.company_id or self.env.company
        return {
            "payer_name": manager.payer_name or company.name,
            "payer_account": account.sanitized_acc_number or "",
            "payer_bank_code": account.bank_bic or "",
        }

    def _get_payer_facts(self):
        """Return the payer's part of a file's head (dict, see :class:`~..documents.facts.FileFacts`)."""
        day = fields.Date.context_today(self) + timedelta(days=self.execution_days)
        return {**self._get_payer(), "execution_date": day}
