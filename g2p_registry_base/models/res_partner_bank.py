from odoo import api, fields, models

from ..tools.iban import to_iban


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    iban = fields.Char(
        "IBAN",
        compute="_compute_iban",
        help="The account number where it is an IBAN; else made from the country of the bank, its bank "
        "code (in the field Bank Identifier Code) and the account number, where the country uses IBANs.",
    )

    @api.depends("acc_number", "bank_id.country.code", "bank_id.bic")
    def _compute_iban(self):
        for account in self:
            bank = account.bank_id
            account.iban = to_iban(account.acc_number, bank.bic, bank.country.code)
