from odoo.tests import tagged

from ..tools.iban import to_iban
from .common import RegistryCase


@tagged("post_install", "-at_install")
class TestBankAccount(RegistryCase):
    def new_account(self, acc_number, bic=None, country=None):
        vals = {"acc_number": acc_number, "partner_id": self.new_individual().id}
        if bic is not None or country:
            bank = self.env["res.bank"].create(
                {"name": "T Bank", "bic": bic, "country": country and self.env.ref(country).id}
            )
            vals["bank_id"] = bank.id
        return self.env["res.partner.bank"].create(vals)

    def test_iban_is_made_from_bank_code_and_account(self):
        account = self.new_account("123456789", "10010010", "base.de")
        self.assertEqual(account.iban, "DE77100100100123456789")

    def test_account_number_that_is_an_iban_is_its_iban(self):
        account = self.new_account("de77 1001 0010 0123 4567 89")
        self.assertEqual(account.iban, "DE77100100100123456789")

    def test_no_iban_where_none_can_be_made(self):
        cases = [
            ("country outside the IBAN registry", "123456", "KCBLKENX", "base.ke"),
            ("SWIFT code instead of a bank code", "123456789", "DEUTDEFF", "base.de"),
            ("account too long", "12345678901234567890", "10010010", "base.de"),
            ("no bank code", "123456789", False, "base.de"),
            ("no country", "123456789", "10010010", None),
            ("wrong check digits", "DE78100100100123456789", None, None),
        ]
        for title, acc_number, bic, country in cases:
            with self.subTest(title):
                self.assertEqual(self.new_account(acc_number, bic, country).iban, "")

    def test_iban_follows_the_bank(self):
        account = self.new_account("123456789", "10010010", "base.ke")
        self.assertEqual(account.iban, "")
        account.bank_id.country = self.env.ref("base.de")
        self.assertEqual(account.iban, "DE77100100100123456789")
        account.bank_id.bic = False
        self.assertEqual(account.iban, "")

    def test_plain_function_takes_nothing_for_an_answer(self):
        self.assertEqual(to_iban(False, False, False), "")

    def test_ibans_of_many_accounts_take_a_bounded_number_of_queries(self):
        bank = self.env["res.bank"].create(
            {"name": "T Bank", "bic": "10010010", "country": self.env.ref("base.de").id}
        )
        partner = self.new_individual()
        accounts = self.env["res.partner.bank"].create(
            [
                {"acc_number": str(number), "partner_id": partner.id, "bank_id": bank.id}
                for number in range(100, 300)
            ]
        )
        few = self.count_queries(accounts[:20].mapped, "iban")
        self.assertEqual(self.count_queries(accounts.mapped, "iban"), few)
