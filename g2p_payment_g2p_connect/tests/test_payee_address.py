from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import const
from ..addresses import payee_fa
from .test_client import SETTINGS, payment, thorough


@tagged("post_install", "-at_install")
class TestPayeeAddress(BaseCase):
    def assert_address(self, expected, kind, value, bank_code="", **changes):
        payee = payment(payee_id_type=kind, payee_id_value=value, payee_bank_code=bank_code)
        self.assertEqual(payee_fa(payee, replace(SETTINGS, **changes)), expected)

    def test_account_number_takes_the_bank_code_as_provider(self):
        self.assert_address("account:44556677@ABCDSLFR", "bank_acc_no", "4455 6677", "ABCDSLFR")

    def test_account_number_without_bank_code_takes_the_suffix(self):
        self.assert_address(
            "account:4455@national-bank", "bank_acc_no", "4455", payee_suffix="@national-bank"
        )
        self.assert_address("account:4455@national-bank", "bank_acc_no", "4455", payee_suffix="national-bank")

    def test_bank_code_wins_over_the_suffix(self):
        self.assert_address("account:4455@ABCD", "bank_acc_no", "4455", "ABCD", payee_suffix="@national-bank")

    def test_suffix_that_begins_with_a_dot_follows_the_bank_code(self):
        self.assert_address(
            "account:4455@ABCD.ifsc.rail", "bank_acc_no", "4455", "ABCD", payee_suffix=".ifsc.rail"
        )
        self.assert_address("", "bank_acc_no", "4455", "", payee_suffix=".ifsc.rail")

    def test_iban_is_written_without_spaces_in_capitals(self):
        written, number = "gb29 NWBK 6016 1331 9268-19", "GB29NWBK60161331926819"
        self.assert_address(f"account:{number}@NWBKGB2L", "bank_acc_iban", written, "NWBKGB2L")

    def test_phone_is_written_without_separators(self):
        self.assert_address(
            "mobile:+23276000111@orange-money",
            "phone",
            "+232 (76) 000-111",
            payee_prefix="mobile:",
            payee_suffix="@orange-money",
        )

    def test_email_has_its_provider_in_it(self):
        self.assert_address("joe.user@bank.example", "email", "joe.user@bank.example", payee_prefix="")
        self.assert_address("", "email", "joe@x@y", payee_prefix="")

    def test_registrant_id_takes_the_suffix(self):
        self.assert_address(
            "token:12345@nid", "reg_id", " 12345 ", payee_prefix="token:", payee_suffix="@nid"
        )

    def test_nothing_is_made_of_an_account_without_provider(self):
        for kind in const.PREFIXES:
            with self.subTest(kind=kind):
                self.assert_address("", kind, "12345")

    def test_nothing_is_made_of_what_is_no_identifier(self):
        for value in ("", " ", "12 34/5", "a@b", "token:9", "१२३", "1\x002"):
            with self.subTest(value=value):
                self.assert_address("", "reg_id", value, payee_suffix="@nid")

    def test_nothing_is_made_with_a_prefix_that_would_melt_into_the_account(self):
        self.assert_address("", "bank_acc_no", "4455", "ABCD", payee_prefix="account")

    def test_nothing_is_made_of_an_unknown_kind(self):
        self.assert_address("", "carrier_pigeon", "4455", "ABCD")

    @thorough
    @given(
        st.sampled_from([*const.PREFIXES, "", "other"]),
        st.text(),
        st.text(),
        st.text(max_size=5),
        st.text(max_size=9),
    )
    def test_address_is_valid_or_absent(self, kind, value, bank_code, prefix, suffix):
        payee = payment(payee_id_type=kind, payee_id_value=value, payee_bank_code=bank_code)
        address = payee_fa(payee, replace(SETTINGS, payee_prefix=prefix, payee_suffix=suffix))
        if address:
            self.assertIsNotNone(const.FINANCIAL_ADDRESS.fullmatch(address))

    @thorough
    @given(
        *[st.from_regex(const.ADDRESS_ID, fullmatch=True)] * 2,
        st.from_regex(const.ADDRESS_PROVIDER, fullmatch=True),
    )
    def test_two_account_numbers_never_share_an_address(self, one, other, bank_code):
        addresses = {
            payee_fa(payment(payee_id_value=value, payee_bank_code=bank_code), SETTINGS)
            for value in (one, other)
        }
        self.assertEqual(len(addresses), len({one, other}))
