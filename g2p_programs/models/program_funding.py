from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from . import constants


class G2PProgram(models.Model):
    """The money of a program: its journal and accounts, what its fund has, and what is promised of it."""

    _inherit = "g2p.program"

    journal_id = fields.Many2one(
        "account.journal",
        string="Disbursement Journal",
        check_company=True,
        copy=False,
        domain=[("beneficiary_disb", "=", True), ("type", "in", ("bank", "cash"))],
        tracking=True,
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id", compute_sudo=True)
    expense_account_id = fields.Many2one(
        "account.account", check_company=True, copy=False, help="What beneficiaries received."
    )
    fee_account_id = fields.Many2one(
        "account.account", check_company=True, copy=False, help="What transfers cost the program."
    )
    clearing_account_id = fields.Many2one(
        "account.account", check_company=True, copy=False, help="Against which settled batches are booked."
    )
    fund_version = fields.Integer(default=0, readonly=True, copy=False)
    fund_ids = fields.One2many("g2p.program.fund", "program_id", "Funds")
    fund_balance = fields.Monetary(compute="_compute_fund_balance")

    @api.depends("journal_id.currency_id", "company_id.currency_id")
    def _compute_currency_id(self):
        for program in self:
            company = program.company_id or self.env.company
            program.currency_id = program.journal_id.currency_id or company.currency_id

    def _compute_fund_balance(self):
        for program in self:
            program.fund_balance = float(program._get_fund_balance()) if program.id else 0.0

    def write(self, vals):
        before = {program: program.currency_id for program in self} if "journal_id" in vals else {}
        result = super().write(vals)
        changed = self.filtered(lambda program: program in before and program.currency_id != before[program])
        changed._check_currency_may_change()
        return result

    def _check_currency_may_change(self):
        """Refuse to change the currency under money that is counted in it.

        :raise UserError: naming the programs
        """
        # sudo: whether there is money counted in the old currency does not depend on who asks.
        funded = self.env["g2p.program.fund"].sudo().search([("program_id", "in", self.ids)]).program_id
        owed = (
            self.env["g2p.entitlement"].sudo()._read_group([("program_id", "in", self.ids)], ["program_id"])
        )
        wrong = self.filtered(lambda program: program in funded or (program,) in owed)
        if wrong:
            raise UserError(
                self.env._(
                    "The currency of %s cannot change: it has funds or entitlements. Make another program.",
                    wrong._get_names(),
                )
            )

    def create_journal(self):
        """Give each program that has none a journal of its own, and the accounts to settle in.

        :return: True
        :raise AccessError: when the user may not change programs
        """
        self.check_access("write")
        for program in self:
            if not program.journal_id:
                company = program.company_id or self.env.company
                program.journal_id = self.env["account.journal"]._create_beneficiary_journal(
                    program.name, company, company.currency_id
                )
            program._ensure_settlement_accounts()
        return True

    def _ensure_settlement_accounts(self):
        """Find or make the accounts that settled batches are booked on."""
        for program in self:
            company = program.company_id or self.env.company
            journals = self.env["account.journal"]
            if not program.expense_account_id:
                program.expense_account_id = journals._get_program_account(company, "expense_account_id")
            if not program.fee_account_id:
                program.fee_account_id = journals._get_program_account(company, "fee_account_id")
            if not program.clearing_account_id:
                program.clearing_account_id = journals._get_program_account(company, "clearing_account_id")

    # ---- the fund ----
    def _claim_fund(self):
        """Make this transaction the only one that promises money of these funds.

        Waiting for a row lock would not do: under PostgreSQL's repeatable read, whoever waited still sees the sums of
        before. Moving the version on makes the second of two transactions fail and run again from the start.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE g2p_program SET fund_version = COALESCE(fund_version, 0) + 1
                 WHERE id IN (SELECT id FROM g2p_program WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)
                """,
                list(self.ids),
            )
        )
        self.invalidate_recordset(["fund_version"], flush=False)

    def _get_fund_balance(self):
        """Return what the fund has left to promise: what was posted, less what is reserved.

        :return: Decimal, in the program's currency
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: the balance is a sum over all of the fund, whoever asks.
        program = self.sudo()
        posted = program.env["g2p.program.fund"]._read_group(
            [
                ("program_id", "=", program.id),
                ("state", "=", "posted"),
                ("currency_id", "=", program.currency_id.id),
            ],
            [],
            ["amount:sum"],
        )[0][0]
        return Decimal(str(posted or 0)) - program._reserved_amount()

    def _get_reserving_domain(self):
        """Return the domain of the entitlements whose money is spoken for; those who know of payments refine it.

        :return: Domain on g2p.entitlement
        """
        return (
            Domain("program_id", "in", self.ids)
            & Domain("is_cash_entitlement", "=", True)
            & Domain("state", "in", constants.ENTITLEMENT_RESERVING_STATES)
        )

    def _reserved_amount(self):
        """Return the money of this program that is spoken for, fees included.

        :return: Decimal, in the program's currency
        """
        return self._sum_entitlements(self._get_reserving_domain())

    def _sum_entitlements(self, domain):
        """Return what the program's entitlements of a domain cost it, fees included.

        :param domain: domain on g2p.entitlement
        :return: Decimal, in the program's currency
        """
        self.ensure_one()
        # sudo: a sum of money is the same whoever asks.
        entitlements = self.env["g2p.entitlement"].sudo()
        query = entitlements._search(Domain(domain) & Domain("program_id", "=", self.id))
        table = query.table
        select = query.select(
            SQL(
                "COALESCE(SUM(%s), 0) + COALESCE(SUM(%s), 0)",
                SQL.identifier(table, "initial_amount"),
                SQL.identifier(table, "transfer_fee"),
            )
        )
        self.env.flush_all()
        return Decimal(str(self.env.execute_query(select)[0][0]))

    def _explain_shortage(self, needed):
        """Return why the fund cannot carry ``needed`` more, or "".

        :param Decimal needed: in the program's currency
        :return: str
        """
        self.ensure_one()
        balance = self._get_fund_balance()
        if needed <= balance:
            return ""
        program = self.sudo()  # sudo: names and currency for a message to somebody who may approve
        return self.env._(
            "The fund of %(program)s has %(balance)s left, %(needed)s are needed, %(missing)s are missing. Nothing was "
            "approved. Post a fund, or approve less.",
            program=program.display_name,
            balance=formatLang(self.env, float(balance), currency_obj=program.currency_id),
            needed=formatLang(self.env, float(needed), currency_obj=program.currency_id),
            missing=formatLang(self.env, float(needed - balance), currency_obj=program.currency_id),
        )

    def _check_may_handle_funds(self):
        """Refuse whoever is neither finance nor administrator; superuser code may.

        :raise AccessError: naming the groups
        """
        groups = ("g2p_programs.g2p_finance_validator", "g2p_registry_base.group_g2p_admin")
        if not self.env.su and not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(
                self.env._("Funds are posted and cancelled by Finance Validators. Ask one of them to do it.")
            )
