from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..notify import notification


class G2PProgramFund(models.Model):
    _name = "g2p.program.fund"
    _description = "Program Fund"
    _inherit = ["mail.thread", "g2p.guarded.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _guarded_fields = ("state", "company_id", "journal_id", "currency_id", "account_move_id")
    #: What may be changed in a draft only.
    _draft_fields = ("program_id", "amount", "date_posted", "name")

    name = fields.Char(required=True, default="Draft", copy=False)
    program_id = fields.Many2one(
        "g2p.program", required=True, ondelete="restrict", index=True, check_company=True
    )
    company_id = fields.Many2one("res.company", compute="_compute_from_program", store=True, precompute=True)
    journal_id = fields.Many2one(
        "account.journal", compute="_compute_from_program", store=True, precompute=True
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_from_program", store=True, precompute=True
    )
    account_move_id = fields.Many2one("account.move", "Journal Entry", readonly=True, copy=False)
    amount = fields.Monetary(required=True, tracking=True)
    remarks = fields.Text()
    date_posted = fields.Date(required=True, default=fields.Date.context_today)
    state = fields.Selection(
        [("draft", "Draft"), ("posted", "Posted"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )

    @api.constrains("amount")
    def _check_amount(self):
        if wrong := self.filtered(lambda fund: fund.currency_id.compare_amounts(fund.amount, 0.0) <= 0):
            raise ValidationError(
                self.env._("A fund adds money, so its amount is more than zero: %s.", wrong._get_names())
            )

    @api.depends("program_id")
    def _compute_from_program(self):
        for fund in self:
            # sudo: the program's settings hold for the fund whoever enters it.
            program = fund.program_id.sudo()
            fund.company_id = program.company_id
            fund.journal_id = program.journal_id
            fund.currency_id = program.currency_id

    # ---- CRUD ----
    def write(self, vals):
        if not self._is_guarded_call() and any(name in vals for name in self._draft_fields):
            if wrong := self.filtered(lambda fund: fund.state != "draft"):
                raise UserError(
                    self.env._(
                        "These funds are posted or cancelled and stay as they are: %s.", wrong._get_names()
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if wrong := self.filtered(lambda fund: fund.state == "posted"):
            raise ValidationError(
                self.env._("This fund is already posted and cannot be deleted: %s.", wrong._get_names())
            )

    # ---- buttons ----
    def post_fund(self):
        """Post draft funds: from now on their money can be promised.

        :return: dict: a rainbow, or a notification when one is no draft
        :raise AccessError: when the user handles no funds
        """
        self.check_access("write")
        self.program_id._check_may_handle_funds()
        if wrong := self.filtered(lambda fund: fund.state != "draft"):
            return self._refuse(self.env._("Only draft funds can be posted, not: %s.", wrong._get_names()))
        # Approvals of this moment start again and see the new money.
        self.program_id._claim_fund()
        for fund in self:
            # sudo: numbers are given out by the sequence, which ordinary users may not read.
            sequence = self.env["ir.sequence"].sudo().with_company(fund.company_id)
            today = fields.Date.context_today(fund)
            number = sequence.next_by_code("program.fund.ref.num", sequence_date=today)
            fund._guarded_write({"state": "posted", "date_posted": today, "name": number})
        message = self.env._("The fund is posted.")
        return {"effect": {"fadeout": "slow", "message": message, "type": "rainbow_man"}}

    def cancel_fund(self):
        """Cancel draft funds.

        :return: dict notification when one is no draft, else True
        :raise AccessError: when the user handles no funds
        """
        return self._move("draft", "cancelled", self.env._("Only draft funds can be cancelled, not: %s."))

    def reset_draft(self):
        """Make cancelled funds drafts again.

        :return: dict notification when one is not cancelled, else True
        :raise AccessError: when the user handles no funds
        """
        return self._move(
            "cancelled", "draft", self.env._("Only cancelled funds can be reset to draft, not: %s.")
        )

    def _move(self, source, target, text):
        self.check_access("write")
        self.program_id._check_may_handle_funds()
        if wrong := self.filtered(lambda fund: fund.state != source):
            return self._refuse(text % wrong._get_names())
        self._guarded_write({"state": target})
        return True

    def _refuse(self, message):
        return notification(self.env._("Fund"), message, kind="danger")

    def _get_names(self):
        return ", ".join(self.mapped("display_name"))
