from odoo import api, fields, models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    beneficiary_disb = fields.Boolean("Beneficiary Funds")

    #: {field of g2p.program: (account name, account type, where to begin looking for a free code)}
    _PROGRAM_ACCOUNTS = {
        "expense_account_id": ("Social Transfers", "expense", "640000"),
        "fee_account_id": ("Transfer Fees", "expense", "647000"),
        "clearing_account_id": ("Social Transfers Clearing", "liability_current", "247000"),
    }

    def write(self, vals):
        used = self.env["g2p.program"]
        if "currency_id" in vals:
            # sudo: a program that the user may not see counts its money in this currency all the same.
            used = used.sudo().search([("journal_id", "in", self.ids)])
        before = {program: program.currency_id for program in used}
        result = super().write(vals)
        used.filtered(lambda program: program.currency_id != before[program])._check_currency_may_change()
        return result

    @api.model
    def _create_beneficiary_journal(self, name, company, currency):
        """Create the bank journal of a program, with a currency and an account of its own.

        :param str name: name of the program
        :param company: res.company record
        :param currency: res.currency record
        :return: account.journal record
        """
        # sudo: program officers make programs and are no accountants; nothing but this journal is made.
        journals = self.sudo().with_company(company)
        account = journals.env["account.account"].create(
            {
                "name": name,
                "code": journals._get_free_account_code("101400"),
                "account_type": "asset_cash",
                "currency_id": currency.id if currency != company.currency_id else False,
                "company_ids": [(6, 0, company.ids)],
            }
        )
        journal = journals.create(
            {
                "name": name,
                "type": "bank",
                "company_id": company.id,
                "currency_id": currency.id,
                "default_account_id": account.id,
                "beneficiary_disb": True,
            }
        )
        return journal.sudo(self.env.su)

    @api.model
    def _get_program_account(self, company, field):
        """Return the account that the company's other programs use for this, or make it.

        :param company: res.company record
        :param str field: key of _PROGRAM_ACCOUNTS
        :return: account.account record
        """
        # sudo: as in _create_beneficiary_journal
        programs = self.env["g2p.program"].sudo().with_context(active_test=False)
        used = programs.search([("company_id", "=", company.id), (field, "!=", False)], order="id", limit=1)
        if used:
            return used[field].sudo(self.env.su)
        name, account_type, code = self._PROGRAM_ACCOUNTS[field]
        account = (
            self.env["account.account"]
            .sudo()
            .with_company(company)
            .create(
                {
                    "name": name,
                    "code": self.sudo().with_company(company)._get_free_account_code(code),
                    "account_type": account_type,
                    "company_ids": [(6, 0, company.ids)],
                }
            )
        )
        return account.sudo(self.env.su)

    @api.model
    def _get_free_account_code(self, start):
        return self.env["account.account"]._search_new_account_code(start)
