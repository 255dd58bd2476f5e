import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import amounts, const
from ..parsing import Number
from .common import thorough

PATTERN = re.compile(r"^([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?$", re.ASCII)
carried = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(10**18 - 1), places=4, allow_nan=False)


@tagged("post_install", "-at_install")
class TestWireAmount(BaseCase):
    def test_amounts_are_canonical(self):
        table = {
            "100.00": "100",
            "100.50": "100.5",
            "0.25": "0.25",
            "1250": "1250",
            "0012.30": "12.3",
            "0.0001": "0.0001",
            "999999999999999999.9999": "999999999999999999.9999",
        }
        for amount, expected in table.items():
            with self.subTest(amount):
                self.assertEqual(amounts.wire_amount(amount), expected)

    def test_what_cannot_be_carried_is_empty(self):
        for amount in (
            "", "0", "0.00", "-1", "+1", "1e3", ".5", "1.", "NaN", "Infinity", "1,5", " 1", "1 ", "١", "0x1", "0.00001",
            "1000000000000000000", "1.00001", "False",
        ):  # fmt: skip
            with self.subTest(amount):
                self.assertEqual(amounts.wire_amount(amount), "")

    @thorough
    @given(carried, st.integers(0, 6))
    def test_every_carried_amount_comes_back_exactly(self, value, zeros):
        written = f"{value:f}"
        written = written + "0" * zeros if "." in written else written
        sent = amounts.wire_amount(written)
        self.assertRegex(sent, PATTERN)
        self.assertEqual(Decimal(sent), value)
        self.assertEqual(amounts.read_amount(sent), value)
        self.assertEqual(amounts.wire_amount(sent), sent)

    @thorough
    @given(st.sampled_from(sorted(const.CURRENCIES)), st.integers(1, 10**15))
    def test_amounts_in_the_digits_of_their_currency_are_carried(self, currency, units):
        digits = amounts.minor_digits(currency)
        written = f"{Decimal(units).scaleb(-digits):f}"
        self.assertFalse(amounts.has_too_many_digits(written, currency))
        self.assertEqual(Decimal(amounts.wire_amount(written)), Decimal(written))
        finer = f"{Decimal(units * 10 + 1).scaleb(-digits - 1):f}"
        self.assertTrue(amounts.has_too_many_digits(finer, currency))

    @thorough
    @given(st.text(max_size=30))
    def test_anything_is_canonical_or_empty(self, text):
        sent = amounts.wire_amount(text)
        self.assertTrue(not sent or (PATTERN.fullmatch(sent) and Decimal(sent) > 0))

    def test_digits_of_a_currency(self):
        for currency, digits in (("INR", 2), ("XOF", 0), ("UGX", 0), ("KWD", 3), ("TND", 3), ("MGA", 2)):
            with self.subTest(currency):
                self.assertEqual(amounts.minor_digits(currency), digits)
        self.assertTrue(amounts.has_too_many_digits("100.5", "XOF"))
        self.assertFalse(amounts.has_too_many_digits("100.00", "XOF"))


@tagged("post_install", "-at_install")
class TestCurrencies(BaseCase):
    def test_list_is_that_of_the_documents(self):
        self.assertEqual(len(const.CURRENCIES), 164)
        self.assertLessEqual({"MRO", "SLL", "STD", "VEF", "ZWD", "HRK", "CUC"}, const.CURRENCIES)

    def test_missing_currencies_are_missing(self):
        self.assertEqual(const.MISSING_CURRENCIES, {"MRU", "SLE", "SSP", "STN", "VES", "ZWG"})
        self.assertFalse(const.MISSING_CURRENCIES & const.CURRENCIES)
        for code in const.MISSING_CURRENCIES:
            self.assertIn(code, const.ROW_REASONS["currency_missing"])

    def test_every_currency_with_digits_of_its_own_is_in_the_list(self):
        self.assertLessEqual(set(const.MINOR_DIGITS), const.CURRENCIES)


@tagged("post_install", "-at_install")
class TestReadAmount(BaseCase):
    def test_amounts_of_an_answer_are_exact(self):
        self.assertIsNone(amounts.read_amount(None))
        self.assertEqual(amounts.read_amount("100.50"), Decimal("100.5"))
        self.assertEqual(amounts.read_amount(Number("0.1")), Decimal("0.1"))

    def test_unreadable_amounts_do_not_pass_for_nothing(self):
        for told in ("", "-1", "1e3", "abc", True, [], {}, 5.0, "1" * 40):
            with self.subTest(told), self.assertRaises(ValueError):
                amounts.read_amount(told)
        for told in ("", "inr", "EURO", 5, ["INR"]):
            with self.subTest(told), self.assertRaises(ValueError):
                amounts.read_currency(told)
