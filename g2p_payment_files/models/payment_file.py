import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.orm.models import NO_ACCESS

from odoo.addons.g2p_programs.dispatch import facts

#: Purposes of documents that money can be had with: whoever takes the first of them claims the batch.
CLAIMING = ("instruction", "voucher")
#: States of a submission whose file was claimed, and is still what it was claimed for.
CLAIMED = ("sending", "sent", "unknown", "done")
#: Who may take files; only those of the first list may take the first one.
MAY_CLAIM = (
    "g2p_programs.g2p_program_manager",
    "g2p_programs.g2p_finance_validator",
    "g2p_programs.g2p_payment_releaser",
    "g2p_registry_base.group_g2p_admin",
)
MAY_TAKE = (*MAY_CLAIM, "g2p_programs.g2p_payment_auditor")


class G2PPaymentFile(models.Model):
    """A document made of a payment or a batch: its bytes, their hash, its version, who had it made and who took it.

    How it is made is in ``payment_file_making.py``.
    """

    _name = "g2p.payment.file"
    _description = "Payment File"
    _inherit = ["g2p.guarded.mixin"]
    _order = "id desc"

    name = fields.Char("File Name", required=True, readonly=True)
    config_id = fields.Many2one("g2p.payment.file.config", readonly=True, ondelete="restrict", index=True)
    type = fields.Char(readonly=True)
    purpose = fields.Selection(
        [("instruction", "Payment Instruction"), ("voucher", "Voucher"), ("document", "Document")],
        required=True,
        readonly=True,
    )
    # What was never released may be deleted; what was made of it stays on record.
    batch_id = fields.Many2one("g2p.payment.batch", readonly=True, index=True, ondelete="set null")
    payment_id = fields.Many2one("g2p.payment", readonly=True, index="btree_not_null", ondelete="set null")
    submission_id = fields.Many2one(
        "g2p.payment.submission", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict", index=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    version = fields.Integer(readonly=True, default=1, aggregator=None)
    state = fields.Selection(
        [("making", "Being Made"), ("made", "Made"), ("failed", "Cannot Be Made"), ("void", "Void")],
        required=True,
        readonly=True,
        default="making",
        index=True,
    )
    void_reason = fields.Selection(
        [
            ("withdrawn", "The release was withdrawn before anybody took it"),
            ("never_executed", "Two people confirmed that nothing of it was executed"),
            ("newer_version", "There is a newer version"),
            ("deleted", "What it was made of was deleted"),
        ],
        readonly=True,
    )
    problem = fields.Text(readonly=True, help="Why it could not be made, payment by payment.")
    replaces_ids = fields.Many2many(
        "g2p.payment.file", "g2p_payment_file_replaces_rel", "file_id", "replaced_id", readonly=True
    )

    message_id = fields.Char(
        "Message ID", readonly=True, help="Names the file to whoever pays; never used twice."
    )
    payments_count = fields.Integer("Payments", readonly=True)
    total = fields.Monetary("Control Sum", readonly=True)
    size = fields.Integer("Size (bytes)", readonly=True, aggregator=None)
    sha256 = fields.Char("SHA-256", readonly=True, index="btree_not_null")
    plain_sha256 = fields.Char(
        "SHA-256 before Encryption",
        readonly=True,
        index="btree_not_null",
        help="Of the file as it can be read.",
    )
    content = fields.Binary(attachment=True, readonly=True, copy=False, groups=NO_ACCESS)

    made_by = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    made_at = fields.Datetime(readonly=True)
    downloads = fields.Integer(readonly=True, aggregator=None)
    first_taken_by = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    first_taken_at = fields.Datetime(readonly=True)

    _message_id_per_config = models.UniqueIndex(
        "(message_id, config_id) WHERE message_id IS NOT NULL AND state <> 'failed' AND payment_id IS NULL",
        "A file with this message id exists already.",
    )

    @api.model
    def _get_guarded_fields(self):
        return (*self._all_stored_fields_but(), "content", "part_ids")

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_guarded_call():
            raise UserError(self.env._("Files are made by the buttons of a batch, not by hand."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Files are a record of what was made and taken: they cannot be deleted."))

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_download(self):
        """Take this file. The first who takes a file that pays a batch claims the batch: it counts as sent from then.

        :return: act_url, which gives the bytes once this is committed
        :raise UserError: when the user may not, or the file or the batch is not in order, with every reason
        """
        self.ensure_one()
        self._prepare_hand_over()
        return {
            "type": "ir.actions.act_url",
            "url": f"/g2p_payment_files/{self.id}",
            "target": "download",
        }

    def fetch_file(self):
        """Take this file over RPC: like :meth:`action_download`, with the bytes in the answer.

        :return: dict {name, mimetype, sha256, content (base64 str)}
        :raise UserError: when the user may not, or the file or the batch is not in order, with every reason
        """
        self.ensure_one()
        self._prepare_hand_over()
        name, mimetype, data = self._hand_over()
        # sudo: the hash is no secret
        return {
            "name": name,
            "mimetype": mimetype,
            "sha256": self.sudo().sha256,
            "content": base64.b64encode(data).decode(),
        }

    def action_propose_replacement(self):
        """Open a proposal that nothing of this file was executed, with the bank's word as evidence.

        A second person of finance confirms it. Then the payments count as failed, and preparing them again makes a new
        file that names this one.

        :return: act_window
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("g2p_programs.action_payment_decision_new")
        return {
            **action,
            "context": {
                "default_submission_id": self.submission_id.id,
                "default_verdict": "never_executed",
                "default_reason": self.env._("%s was refused as a whole: ", self.name),
            },
        }

    # ---- Handing over -----------------------------------------------------------------------------------------
    def _prepare_hand_over(self):
        """Check that the user may take this file now, and claim its batch when nobody has."""
        self.check_access("read")
        self._check_takeable()
        if self.purpose not in CLAIMING:
            return
        self._check_not_a_copy()
        # sudo: the right was checked; nobody may move submissions in any other way
        submission = self.sudo().submission_id
        if submission.state == "queued":
            self._check_one_of(MAY_CLAIM)
            submission.payment_file_ids._check_all_made()
            submission._claim_by_hand()

    def _hand_over(self):
        """Return what was claimed before, and note who took it.

        :return: (file name, MIME type, bytes)
        """
        self.check_access("read")
        self._check_takeable()
        if self.purpose in CLAIMING:
            self._check_not_a_copy()
            self._check_not_paid_again()
        # sudo: nobody reads the bytes, or writes the record of who took them, in any other way
        file = self.sudo()
        if file.purpose in CLAIMING and file.submission_id.state not in CLAIMED:
            raise UserError(self.env._("%s: open its batch and download it there.", self.name))
        now = fields.Datetime.now()
        first = {} if file.first_taken_by else {"first_taken_by": self.env.uid, "first_taken_at": now}
        file._guarded_write({"downloads": file.downloads + 1, **first})
        if file.submission_id:
            file._record_download(self.env.user)
        return file.name, file._get_mimetype(), file.with_context(bin_size=False)._read_content()

    def _read_content(self):
        return base64.b64decode(self.content or b"")

    def _check_takeable(self):
        """Raise unless these files are made and the user may take them."""
        self._check_one_of(MAY_TAKE)
        labels = dict(self._fields["state"]._description_selection(self.env))
        for file in self:
            if file.state == "void" and self.env.user.has_group("g2p_programs.g2p_payment_auditor"):
                continue
            if file.state != "made":
                # sudo: why it cannot be had is no secret to who may have it
                reason = file.sudo().problem or file._explain_void() or ""
                raise UserError(
                    self.env._(
                        "%(name)s cannot be downloaded: %(state)s. %(reason)s",
                        name=file.name,
                        state=labels[file.state],
                        reason=reason,
                    )
                )

    def _check_not_paid_again(self):
        """Raise when something of this file is paid again by another: only auditors may still look at it."""
        # sudo: what became of payments is no secret to who may have their file
        again = (
            self.env["g2p.payment"]
            .sudo()
            .search(
                [
                    ("predecessor_id.submission_id", "=", self.sudo().submission_id.id),
                    ("state", "!=", "cancelled"),
                ],
                limit=1,
            )
        )
        if again and not self.env.user.has_group("g2p_programs.g2p_payment_auditor"):
            raise UserError(
                self.env._(
                    "%(name)s cannot be downloaded any more: some of its payments failed and are paid again in "
                    "%(batch)s.",
                    name=self.name,
                    batch=again.batch_id.name or again.name,
                )
            )

    def _check_not_a_copy(self):
        """What pays must not leave a copy of the database: it would be taken for a payment of its own."""
        if facts.is_neutralized(self.env):
            raise UserError(
                self.env._("This database is a neutralized copy: %s cannot be downloaded from it.", self.name)
            )

    def _check_all_made(self):
        """Raise while one of these files, which are handed over together, is not made."""
        missing = self.filtered(lambda one: one.state in ("making", "failed"))
        if missing:
            raise UserError(
                self.env._(
                    "These files are handed over together, and some are not made yet: %s.",
                    ", ".join(missing.mapped("name")),
                )
            )

    def _explain_void(self):
        if self.state != "void":
            return ""
        newer = self.sudo().search([("replaces_ids", "in", self.ids)])  # sudo: only the names are told
        reason = dict(self._fields["void_reason"]._description_selection(self.env)).get(self.void_reason, "")
        if newer:
            reason += " " + self.env._("It was replaced by %s.", ", ".join(newer.mapped("name")))
        return reason

    def _check_one_of(self, groups):
        if not self.env.su and not any(self.env.user.has_group(group) for group in groups):
            raise UserError(
                self.env._(
                    "You may not download %s. A program manager, a payment releaser or finance may.",
                    ", ".join(self.mapped("name")),
                )
            )

    def _record_download(self, user):
        self.env["g2p.payment.exchange"].create(
            [
                {
                    "submission_id": file.submission_id.id,
                    "kind": "file",
                    "key": file.submission_id.key,
                    "payload_hash": file.sha256,
                    "outcome": "Downloaded",
                    "code": f"file-{file.id}-v{file.version}",
                    "user_id": user.id,
                }
                for file in self
            ]
        )
