import base64
import hashlib
import json
import re
import tempfile
from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from odoo.addons.g2p_programs.slices import cut_ranges
from odoo.addons.queue_job.delay import group

from ..documents import openpgp
from ..documents.errors import DocumentError
from ..documents.facts import FileFacts
from ..documents.inline import SIGNED_TYPES, make_head_codes
from ..documents.layout import Layout
from .ir_attachment import UNINDEXED
from .payment_file import CLAIMING, MAY_CLAIM

#: Payments per part: pages are made in memory, lines of a table are small.
PAGES_PART, TABLE_PART = 200, 5000
#: Payments per job where each gets a document of its own.
EACH_PART = 100
CHANNEL = "root.g2p_files"
#: Reasons shown when a document cannot be made; the rest is counted.
SHOWN_FINDINGS = 200


class G2PPaymentFile(models.Model):
    """Making a document: in parts, each by a job of its own, joined by a last one (queue_job gives the progress)."""

    _inherit = "g2p.payment.file"

    layout = fields.Json("Frozen Layout", readonly=True, groups="base.group_system")
    head = fields.Json("Frozen Head", readonly=True, groups="base.group_system")
    signature = fields.Char(
        "Released Digest",
        readonly=True,
        help="What was signed when the batch was released: the file is of exactly that.",
    )
    payments_digest = fields.Char(
        readonly=True, help="Of the payments that were to be in it when it was begun."
    )
    encryption_provider_id = fields.Many2one(
        "g2p.encryption.provider", readonly=True, ondelete="restrict", groups="base.group_system"
    )
    part_ids = fields.One2many("g2p.payment.file.part", "file_id", readonly=True)
    progress = fields.Char(compute="_compute_progress")

    @api.depends("part_ids.done", "state")
    def _compute_progress(self):
        # sudo: how far the work is, is no secret
        parts = self.env["g2p.payment.file.part"].sudo()
        counts = {}
        for file, done, count in parts._read_group(
            [("file_id", "in", self.ids)], ["file_id", "done"], ["__count"]
        ):
            counts.setdefault(file.id, {})[done] = count
        for file in self:
            found = counts.get(file.id)
            file.progress = found and self.env._(
                "%(done)s of %(all)s parts", done=found.get(True, 0), all=sum(found.values())
            )

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_resume(self):
        """Go on making these files: what was made of them stays.

        :return: True
        :raise UserError: when the user may not, or one of them is not being made
        """
        self.check_access("read")
        self._check_may_make()
        wrong = self.filtered(lambda file: file.state not in ("making", "failed"))
        if wrong:
            raise UserError(self.env._("These files are made already: %s.", ", ".join(wrong.mapped("name"))))
        # sudo: the right was checked; nobody may write files in any other way
        files = self.sudo()
        failed = files.filtered(lambda file: file.state == "failed")
        failed.part_ids._guarded_write({"done": False, "problem": False, "content": False})
        failed._guarded_write({"state": "making", "problem": False})
        files._enqueue()
        return True

    def _check_may_make(self):
        self._check_one_of(MAY_CLAIM)

    # ---- Beginning --------------------------------------------------------------------------------------------
    @api.model
    def _begin(self, batch, config, manager, submission=None):
        """Freeze what a document of a batch will look like, cut it into parts and leave jobs for them.

        :param batch: one ``g2p.payment.batch``, as the superuser
        :param config: one ``g2p.payment.file.config``
        :param manager: the batch's concrete payment manager
        :param submission: the ``g2p.payment.submission`` it pays; None for a document that pays nothing
        :return: the new ``g2p.payment.file``
        """
        model = self.sudo()  # sudo: the caller checked the right; nobody may write files in any other way
        layout = config._get_layout()
        if any(code.data_type in SIGNED_TYPES for code in layout.codes):
            manager.get_encryption_provider().ensure_signing_key()
        head = model._make_head(batch, manager, submission)
        replaced = model._find_replaced(submission) if submission else model
        head = replace(head, replaces=tuple(replaced.mapped("message_id")))
        head = replace(head, codes=make_head_codes(layout, head))
        version = 1 + max(
            model.search([("batch_id", "=", batch.id), ("config_id", "=", config.id)]).mapped("version"),
            default=0,
        )
        file = model._guarded_create(
            [
                {
                    **model._prepare_file_vals(batch, config, manager, version),
                    "submission_id": submission.id if submission else False,
                    "message_id": head.message_id or False,
                    "replaces_ids": [(6, 0, replaced.ids)],
                    "payments_count": head.count,
                    "total": float(head.total),
                    "layout": layout.to_stored(),
                    "head": head.to_stored(),
                    "signature": batch.released_digest if submission else False,
                    "payments_digest": model._digest_payments(batch),
                }
            ]
        )
        file._cut()
        file._enqueue()
        return file

    @api.model
    def _prepare_file_vals(self, batch, config, manager, version):
        """Return the values that every file has, for those who extend (dict)."""
        extension = config._get_extension(config._get_layout())
        slug = re.sub(r"[^a-z0-9]+", "-", config.name.lower()).strip("-") or "file"
        return {
            "name": f"{batch.name}-{slug}-v{version}.{extension}",
            "config_id": config.id,
            "type": config.type,
            "purpose": config.purpose,
            "batch_id": batch.id,
            "company_id": batch.company_id.id,
            "currency_id": batch.currency_id.id,
            "version": version,
            "encryption_provider_id": manager.get_encryption_provider().id,
            "made_by": self.env.uid,
        }

    @api.model
    def _make_head(self, batch, manager, submission):
        """Return the head of a file about a whole batch, or about what a submission pays (:class:`FileFacts`)."""
        payer = manager._get_payer_facts()
        if not submission:
            return batch._get_file_facts(**payer)
        submission._guarded_write({"key": submission.key or submission._new_key()})
        more = {"message_id": submission.key.replace("-", "")}
        return batch._get_file_facts(submission.payment_ids, **payer, **more)

    @api.model
    def _find_replaced(self, submission):
        """Return the files of which all payments failed, and some are in this submission again; they are void now."""
        before = submission.payment_ids.predecessor_id.submission_id
        failed = before.filtered(
            lambda one: one.state == "done" and set(one.payment_ids.mapped("status")) == {"failed"}
        )
        files = self.search([("submission_id", "in", failed.ids), ("state", "in", ("made", "void"))])
        # Whether two people or an imported file said that all of it failed: nobody may take it beside the new one.
        files.filtered(lambda one: one.state == "made")._void("newer_version")
        return files

    @api.model
    def _begin_for_each(self, payments, configs, manager):
        """Leave jobs that make one document of each payment and configuration.

        :param payments: ``g2p.payment`` recordset
        :param configs: ``g2p.payment.file.config`` recordset
        :param manager: their concrete payment manager
        """
        for config in configs:
            for part in split_every(EACH_PART, sorted(payments.ids)):
                records = payments.browse(part)
                description = self.env._("Make %(name)s of %(n)s payments", name=config.name, n=len(part))
                self.delayable(channel=CHANNEL, description=description)._job_make_each(
                    records, config, manager
                ).delay()

    def _job_make_each(self, payments, config, manager):
        """Job: make one document of each payment, all of them or, when it is stopped, none."""
        layout = config._get_layout()
        for payment in payments.filtered(lambda one: one.state != "cancelled"):
            file = self._guarded_create([self._prepare_payment_file_vals(payment, config, manager)])
            head = FileFacts.from_stored(file.head)
            try:
                facts = payment._get_document_facts(payment, layout, file.encryption_provider_id)
                part = config._make_part(layout, head, facts)
                file._keep(file._join_of([part]))
            except DocumentError as error:
                file._fail(self._explain(error))

    @api.model
    def _prepare_payment_file_vals(self, payment, config, manager):
        """Return the values of the document of one payment (dict)."""
        batch = payment.batch_id
        earlier = self.search([("payment_id", "=", payment.id), ("config_id", "=", config.id)])
        version = 1 + max(earlier.mapped("version"), default=0)
        layout = config._get_layout()
        head = payment._get_file_facts(**manager._get_payer_facts())
        head = replace(head, codes=make_head_codes(layout, head))
        return {
            **self._prepare_file_vals(batch, config, manager, version),
            "name": f"{payment.name}-v{version}.{config._get_extension(layout)}",
            "payment_id": payment.id,
            "company_id": payment.company_id.id,
            "currency_id": payment.currency_id.id,
            "payments_count": 1,
            "total": payment.amount_issued,
            "layout": layout.to_stored(),
            "head": head.to_stored(),
        }

    def _cut(self):
        """Cut the payments of each file into parts, by ranges of ids."""
        for file in self:
            size = PAGES_PART if file.type in ("pdf", "html") else TABLE_PART
            query = self.env["g2p.payment"]._search(file._get_payments_domain())
            line, values = 1, []
            for number, (id_from, id_to) in enumerate(cut_ranges(self.env, query, size), start=1):
                values.append(
                    {
                        "file_id": file.id,
                        "number": number,
                        "first_line": line,
                        "id_from": id_from,
                        "id_to": id_to,
                    }
                )
                line += size
            self.env["g2p.payment.file.part"]._guarded_create(values)

    def _get_payments_domain(self):
        if self.submission_id:
            return [("submission_id", "=", self.submission_id.id), ("state", "!=", "cancelled")]
        return [("batch_id", "=", self.batch_id.id), ("state", "!=", "cancelled")]

    def _enqueue(self):
        """Leave a job for each part that is missing, and one that joins them all."""
        for file in self:
            missing = file.part_ids.filtered(lambda part: not part.done)
            jobs = [
                part.delayable(
                    channel=CHANNEL,
                    description=self.env._("Make part %(n)s of %(name)s", n=part.number, name=file.name),
                )._job_make()
                for part in missing
            ]
            last = file.delayable(channel=CHANNEL, description=self.env._("Join %s", file.name))._job_join()
            (group(*jobs).on_done(last) if jobs else last).delay()

    # ---- Joining ----------------------------------------------------------------------------------------------
    def _job_join(self):
        """Job: join the parts, check count and total, encrypt where asked, and keep the result with its hash."""
        self.ensure_one()
        if self.state != "making":
            return
        parts = self.part_ids
        if not all(parts.mapped("done")):
            raise UserError(self.env._("%s: some parts are not made yet. Resume it.", self.name))
        problem = "\n".join(part.problem for part in parts if part.problem) or self._find_change()
        if problem:
            self._fail(problem)
            return
        try:
            self._keep(self._join())
        except DocumentError as error:
            self._fail(self._explain(error))

    def _find_change(self):
        """Return what changed while the parts were made ("" for nothing)."""
        head = FileFacts.from_stored(self.head)
        count, total = self.batch_id._sum_exactly(self.env["g2p.payment"].search(self._get_payments_domain()))
        made = sum(self.part_ids.mapped("payments_count"))
        # What pays is held to the release itself, further down.
        same = self.submission_id or self.payments_digest == self._digest_payments(self.batch_id)
        if not same or (count, made) != (head.count, head.count) or Decimal(total) != Decimal(head.total):
            return self.env._(
                "The payments of %s changed while the file was made: make it again.", self.batch_id.name
            )
        if (
            self.submission_id
            and self.signature != self.batch_id._get_signatures().get(self.batch_id.id, (0, 0, ""))[2]
        ):
            return self.env._(
                "%s is not what was released any more: withdraw the release, look at it, and release it again.",
                self.batch_id.name,
            )
        return ""

    @api.model
    def _digest_payments(self, batch):
        """Return a hash of which payments are in a batch, and of whom, what and in which currency they pay."""
        return self.env["g2p.payment"]._digests(batch.ids).get(batch.id, (0, 0, ""))[2]

    def _join(self):
        """Return the whole file as bytes; beside them, one part at a time is in memory."""
        return self._join_of(part._read_content() for part in self.part_ids.sorted("number"))

    def _join_of(self, contents):
        layout, head = Layout.from_stored(self.layout), FileFacts.from_stored(self.head)
        with tempfile.TemporaryFile() as stream:
            self.env["g2p.payment.file.config"]._join_parts(layout, head, contents, stream)
            stream.seek(0)
            return stream.read()

    def _keep(self, data):
        """Keep finished bytes; older versions of the same document are void from now on."""
        layout = Layout.from_stored(self.layout)
        plain = hashlib.sha256(data).hexdigest()
        name = self.name
        if layout.openpgp_key:
            data, name = openpgp.encrypt(layout.openpgp_key, data), f"{name}.pgp"
        self.with_context(**{UNINDEXED: True})._guarded_write(
            {
                "state": "made",
                "name": name,
                "plain_sha256": plain,
                "sha256": hashlib.sha256(data).hexdigest(),
                "size": len(data),
                "made_at": fields.Datetime.now(),
                "content": base64.b64encode(data),
            }
        )
        self.part_ids.unlink()
        self._find_older()._void("newer_version")

    def _find_older(self):
        """Return the versions that this one takes the place of."""
        if self.submission_id:
            return self.browse()
        return self.search(
            [
                ("batch_id", "=", self.batch_id.id),
                ("payment_id", "=", self.payment_id.id),
                ("config_id", "=", self.config_id.id),
                ("submission_id", "=", False),
                ("version", "<", self.version),
                ("state", "!=", "void"),
            ]
        )

    def _fail(self, problem):
        self._guarded_write({"state": "failed", "problem": problem})

    def _void(self, reason):
        """Take files out of use; their bytes stay for auditors."""
        self._guarded_write({"state": "void", "void_reason": reason})

    @api.model
    def _explain(self, error):
        """Return a document's error as a text for officers, payment by payment."""
        lines = [str(error.text)] if error.text else []
        lines += [
            f"{reference}: {reason}" for reference, reason in list(error.findings.items())[:SHOWN_FINDINGS]
        ]
        if len(error.findings) > SHOWN_FINDINGS:
            lines.append(self.env._("and %s more", len(error.findings) - SHOWN_FINDINGS))
        return "\n".join(lines)

    def _get_mimetype(self):
        layout = Layout.from_stored(self.layout)
        if layout.openpgp_key:
            return "application/pgp-encrypted"
        return self.env["g2p.payment.file.config"]._get_mimetype(layout)

    # ---- The set that pays a submission ------------------------------------------------------------------------
    @api.model
    def _get_manifest(self, key):
        """Return what a submission hands over, as JSON text, or None while a file of it is not made.

        :param str key: business key of the submission
        """
        files = self.search(
            [("submission_id.key", "=", key), ("purpose", "in", CLAIMING), ("state", "!=", "void")]
        )
        if not files or any(file.state != "made" for file in files):
            return None
        return json.dumps(
            {
                "message_id": files[0].message_id,
                "count": files[0].payments_count,
                "total": files[0].head["total"],
                "currency": files[0].currency_id.name,
                "released_digest": files[0].signature,
                "replaces": sorted(filter(None, files.replaces_ids.mapped("message_id"))),
                "files": [
                    {
                        "name": file.name,
                        "sha256": file.sha256,
                        "plain_sha256": file.plain_sha256,
                        "size": file.size,
                    }
                    for file in files.sorted("id")
                ],
            },
            sort_keys=True,
        )
