from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.g2p_programs.dispatch.claim import canonical_amount

from ..documents.facts import FileFacts
from .payment_file import CLAIMING
from .payment_file_qrcode import CODE_GROUPS


class G2PPaymentBatch(models.Model):
    _inherit = "g2p.payment.batch"

    qrcode_ids = fields.One2many(
        "g2p.payment.file.qrcode", "payment_batch_id", "QR Codes", readonly=True, groups=CODE_GROUPS
    )
    payment_file_ids = fields.One2many("g2p.payment.file", "batch_id", string="Files", readonly=True)
    payment_files_progress = fields.Char("Files Made", compute="_compute_payment_files_progress")
    paying_files_state = fields.Selection(
        [("making", "Being Made"), ("made", "Made"), ("failed", "Cannot Be Made")],
        compute="_compute_payment_files_progress",
        help="Of the files that it is paid from, taken together.",
    )
    pays_by_file = fields.Boolean(
        compute="_compute_pays_by_file", help="It is paid from a file that a person downloads."
    )
    has_documents = fields.Boolean(
        compute="_compute_pays_by_file",
        help="Documents that pay nothing are made of it: reports, statements.",
    )

    @api.model
    def _get_guarded_fields(self):
        return (*super()._get_guarded_fields(), "payment_file_ids")

    @api.depends("payment_file_ids.state")
    def _compute_payment_files_progress(self):
        for batch in self:
            files = batch.payment_file_ids.filtered(lambda one: one.state != "void")
            made = files.filtered(lambda one: one.state == "made")
            batch.payment_files_progress = files and self.env._(
                "%(made)s of %(all)s made", made=len(made), all=len(files)
            )
            states = set(batch._get_paying_files().mapped("state"))
            # The worst of them: what is missing is not handed over
            batch.paying_files_state = next(
                (one for one in ("failed", "making", "made") if one in states), False
            )

    @api.depends("manager_model", "manager_res_id", "tag_id.file_config_ids")
    def _compute_pays_by_file(self):
        managers = self._get_managers()
        # sudo: which buttons there are is no secret; not everybody who reads batches reads all managers
        for batch in self.sudo():
            manager = managers[batch.manager_model, batch.manager_res_id]
            batch.pays_by_file = manager is not None and manager._pays_by_file()
            batch.has_documents = (
                manager is not None
                and "payment_file_config_ids" in manager._fields
                and "document" in manager.sudo()._get_configs(batch.tag_id).mapped("purpose")
            )

    # ---- CRUD -------------------------------------------------------------------------------------------------
    def unlink(self):
        # sudo: whoever may delete a batch puts its documents out of use; nobody may write files in any other way
        self.sudo().payment_file_ids.filtered(lambda one: one.state != "void")._void("deleted")
        return super().unlink()

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_make_files(self):
        """Make the documents of these batches again, as a new version; what instructs somebody to pay is made once.

        :return: True
        :raise UserError: naming the batches that have no document to make
        """
        self.check_access("read")
        self.env["g2p.payment.file"]._check_may_make()
        made = False
        for manager, batches in self._group_by_manager():
            if "payment_file_config_ids" in manager._fields:
                # sudo: the right was checked; nobody may write files in any other way
                made |= manager.sudo()._make_documents(batches.sudo())
        if not made:
            raise UserError(
                self.env._(
                    "There is no document to make for %s. Choose some at the payment manager or at its batch tags. "
                    "What instructs somebody to pay is made by itself when the batch is sent.",
                    ", ".join(self[:20].mapped("name")),
                )
            )
        return True

    def action_download_files(self):
        """Download the one finished file that pays this batch: the instruction, or else the vouchers.

        :return: act_url
        :raise UserError: while there is none, saying why
        """
        self.ensure_one()
        files = self._get_paying_files().sorted(lambda one: CLAIMING.index(one.purpose))
        if not files:
            raise UserError(
                self.env._(
                    "%s has no file to pay from: release and send it first. The file is made then.", self.name
                )
            )
        return files[:1].action_download()

    # ---- Business ---------------------------------------------------------------------------------------------
    def _get_paying_files(self):
        """Return the files in use that these batches are paid from."""
        return self.payment_file_ids.filtered(lambda one: one.purpose in CLAIMING and one.state != "void")

    def _get_file_facts(self, payments=None, **more):
        """Return what a document shows of itself as a whole.

        :param payments: the ``g2p.payment`` recordset it is about; all that are not cancelled when None
        :param more: further values of :class:`~..documents.facts.FileFacts`: message_id, payer_name and so on
        :return: :class:`~..documents.facts.FileFacts`
        """
        self.ensure_one()
        count, total = self._sum_exactly(payments)
        return FileFacts(
            **{
                "message_id": "",
                "created_at": fields.Datetime.now(),
                "count": count,
                "total": canonical_amount(total, self.currency_id.decimal_places),
                "currency": self.currency_id.name,
                "batch": self.name,
                "program": self.program_id.name,
                "cycle": self.cycle_id.name,
                "company": self.company_id.name,
                **more,
            }
        )

    @api.model
    def _make_trial_head(self, facts):
        """Return the head of a file that nobody will have, for trying whether payments fit into it.

        :param facts: list of :class:`~..documents.facts.PaymentFacts`
        """
        return FileFacts(
            message_id="0" * 32,
            created_at=fields.Datetime.now(),
            count=len(facts),
            total="0",
            currency=facts[0].currency,
            batch="",
            program="",
            cycle="",
            company="",
        )

    def _sum_exactly(self, payments):
        """Return (count, sum as decimal string) of this batch's payments that are not cancelled."""
        self.env.flush_all()
        only = SQL("id = ANY(%s)", list(payments.ids)) if payments is not None else SQL("true")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT count(*), coalesce(sum(amount_issued), 0)::text FROM g2p_payment
                 WHERE batch_id = %s AND state <> 'cancelled' AND %s
                """,
                self.id,
                only,
            )
        )
        return rows[0]
