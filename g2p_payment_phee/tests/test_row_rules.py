from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import const
from ..row_rules import (
    answered_amount,
    explain,
    find_twins,
    is_safe,
    plain_text,
    row_findings,
    setting_findings,
    wire_amount,
    wire_payee,
    wire_payee_type,
    wire_row,
)
from .common import payment, settings, thorough


@tagged("post_install", "-at_install")
class TestAmount(BaseCase):
    def test_whole_units_are_written_without_a_point(self):
        for amount, expected in (
            ("1200.00", "1200"),
            ("850.0", "850"),
            ("1", "1"),
            ("0012.00", "12"),
            ("999999999999999.000", "999999999999999"),
        ):
            with self.subTest(amount=amount):
                self.assertEqual(wire_amount(amount), expected)

    def test_what_is_no_whole_unit_is_refused_unless_the_minor_unit_is_set(self):
        self.assertEqual(wire_amount("12.50"), "")
        self.assertEqual(wire_amount("12.50", 2), "1250")
        self.assertEqual(wire_amount("0.05", 2), "5")
        self.assertEqual(wire_amount("1.250", 3), "1250")

    def test_minor_unit_of_another_number_of_digits_is_refused(self):
        """1250 yen with two digits would be 125000, a hundred times too much."""
        for amount in ("1250", "1250.0", "1250.000", "1250.555"):
            with self.subTest(amount=amount):
                self.assertEqual(wire_amount(amount, 2), "")

    def test_what_is_no_positive_amount_is_refused(self):
        for amount in (
            "0",
            "0.00",
            "-1",
            "-1.00",
            "+5",
            "1e3",
            "1_000",
            "",
            "NaN",
            "1,5",
            "१",
            " 1",
            "1.",
            ".5",
        ):
            for digits in (0, 2):
                with self.subTest(amount=amount, digits=digits):
                    self.assertEqual(wire_amount(amount, digits), "")

    def test_amounts_that_the_hub_would_round_are_refused(self):
        self.assertEqual(wire_amount("1000000000000000"), "")
        self.assertEqual(wire_amount("10000000000000.00", 2), "")

    @thorough
    @given(
        st.decimals(allow_nan=None, places=None).map(str)
        | st.decimals(0, 10**16, places=2).map(str)
        | st.decimals(0, 99, places=3).map(str)
        | st.text(max_size=20),
        st.integers(0, 4),
    )
    def test_carried_amount_is_a_long_and_comes_back_the_same(self, amount, digits):
        carried = wire_amount(amount, digits)
        if carried:
            self.assertRegex(carried, r"\A[1-9][0-9]{0,14}\Z")
            self.assertEqual(answered_amount(carried, digits), Decimal(amount))

    @thorough
    @given(st.integers(1, 10**13 - 1), st.integers(1, 4))
    def test_amounts_of_the_right_digits_are_always_carried(self, units, digits):
        amount = str(Decimal(units).scaleb(-digits).quantize(Decimal(1).scaleb(-digits)))
        self.assertEqual(wire_amount(amount, digits), str(units))


@tagged("post_install", "-at_install")
class TestPayee(BaseCase):
    def test_identifiers_lose_what_is_for_reading_only(self):
        for kind, value, expected in (
            ("bank_acc_no", " 5002 1000 4417 ", "500210004417"),
            ("bank_acc_iban", "de89-3704 0044 0532 0130 00", "DE89370400440532013000"),
            ("phone", "+27 (713) 900-101", "27713900101"),
            ("phone", " +27.713.900.101", "27713900101"),
            ("email", " a@b.org ", "a@b.org"),
            ("reg_id", " ID-1 ", "ID-1"),
        ):
            with self.subTest(value=value):
                self.assertEqual(wire_payee(payment(payee_id_type=kind, payee_id_value=value)), expected)

    def test_types_are_the_hubs_words(self):
        for kind, expected in (
            ("bank_acc_no", "accountNumber"),
            ("bank_acc_iban", "accountNumber"),
            ("phone", "msisdn"),
            ("email", ""),
            ("reg_id", ""),
        ):
            with self.subTest(kind=kind):
                self.assertEqual(wire_payee_type(payment(payee_id_type=kind), settings()), expected)

    def test_type_to_send_wins_but_not_over_modes_that_know_phones_only(self):
        one = payment(payee_id_type="reg_id")
        self.assertEqual(wire_payee_type(one, settings(payee_id_type_to_send="ALIAS")), "ALIAS")
        for mode in ("gsma", "Mojaloop"):
            given_type = settings(payee_id_type_to_send="ALIAS", payment_mode=mode)
            self.assertEqual(wire_payee_type(one, given_type), "msisdn")


@tagged("post_install", "-at_install")
class TestRowFindings(BaseCase):
    def found(self, one, **changes):
        return row_findings([one], settings(**changes)).get(one.reference, ())

    def test_payment_without_fault_has_no_finding(self):
        self.assertEqual(row_findings([payment(1), payment(2)], settings()), {})

    def test_payee_is_never_empty_or_a_word_for_nothing(self):
        for value in ("", "  ", "False", "false", "None", "null", "NaN"):
            with self.subTest(value=value):
                self.assertIn("payee", self.found(payment(payee_id_value=value)))

    def test_payee_holds_no_delimiter_quote_newline_or_other_charset(self):
        for value in (
            "1,2",
            '1"2',
            "1\r\n2",
            "1\t2",
            "Élan",
            "\uff11\uff12",
            "1\u20282",
            "1\x002",
            "1\ud8002",
        ):
            with self.subTest(value=value):
                one = payment(payee_id_type="reg_id", payee_id_value=value)
                self.assertEqual(self.found(one, payee_id_type_to_send="ALIAS"), ("payee_text",))

    def test_payee_is_no_formula(self):
        for value in ("=1+1", "+27", "-12", "@SUM(A1)"):
            with self.subTest(value=value):
                one = payment(payee_id_type="reg_id", payee_id_value=value)
                self.assertEqual(self.found(one, payee_id_type_to_send="ALIAS"), ("payee_text",))

    def test_modes_that_pay_phones_need_an_international_number(self):
        for value, wrong in (
            ("+27713900101", False),
            ("0713900101", True),
            ("500210004417", False),
            ("12345", True),
            ("2771390010112345", True),
            ("27a", True),
        ):
            for mode in const.PHONE_MODES:
                with self.subTest(value=value, mode=mode):
                    one = payment(payee_id_type="phone", payee_id_value=value)
                    self.assertEqual(self.found(one, payment_mode=mode), ("payee_phone",) if wrong else ())

    def test_functional_ids_have_at_most_20_characters(self):
        one = payment(payee_id_type="reg_id", payee_id_value="1" * 20)
        look_up = {"account_lookup": True, "registering_institution_id": "SW", "payment_mode": "mojaloop"}
        self.assertEqual(self.found(one, **look_up), ())
        self.assertEqual(self.found(payment(payee_id_value="1" * 21), **look_up), ("payee_functional",))

    def test_kind_of_identifier_without_a_name_is_refused(self):
        self.assertEqual(
            self.found(payment(payee_id_type="email", payee_id_value="a@b.org")), ("payee_type",)
        )

    def test_amount_currency_and_reference_are_judged(self):
        self.assertEqual(self.found(payment(amount="12.50")), ("amount",))
        self.assertEqual(self.found(payment(amount="12.50"), minor_unit_digits=2), ())
        for currency in ("", "usd", "False", "US", "USDX"):
            with self.subTest(currency=currency):
                self.assertEqual(self.found(payment(currency=currency)), ("currency",))
        for reference in ("", "PAY,1", "PAY 1", "PAY/1", "Ä", "x" * 65):
            with self.subTest(reference=reference):
                self.assertEqual(self.found(payment(reference=reference)), ("reference",))

    def test_two_payments_under_one_reference_are_refused(self):
        self.assertEqual(row_findings([payment(1), payment(1, id=2)], settings()), {"PAY-1": ("reference",)})

    def test_bank_code_is_judged_only_where_it_is_sent(self):
        one = payment(payee_bank_code="AB,CD")
        self.assertEqual(self.found(one), ())
        self.assertEqual(self.found(one, csv_columns=15), ("payee_dfsp",))

    def test_all_findings_of_all_payments_are_told_at_once(self):
        found = row_findings(
            [payment(1, amount="0", currency=""), payment(2), payment(3, payee_id_value="False")], settings()
        )
        self.assertEqual(found, {"PAY-1": ("amount", "currency"), "PAY-3": ("payee",)})

    def test_findings_become_texts(self):
        texts = explain({"PAY-1": ("amount", "payee"), "PAY-2": ("mode",)}, {"amount": "Betrag"})
        self.assertEqual(texts["PAY-1"], f"Betrag; {const.ROW_REASONS['payee']}")
        self.assertEqual(texts["PAY-2"], const.SETTING_REASONS["mode"])

    @thorough
    @given(
        st.text(max_size=40), st.sampled_from(["bank_acc_no", "bank_acc_iban", "phone", "email", "reg_id"])
    )
    def test_payee_without_finding_fits_into_one_cell(self, value, kind):
        one = payment(payee_id_type=kind, payee_id_value=value)
        if not self.found(one, payee_id_type_to_send="ALIAS"):
            cell = wire_row(one, settings(payee_id_type_to_send="ALIAS")).payee
            self.assertTrue(cell.isascii() and cell.isprintable() and cell == cell.strip() and cell)
            self.assertFalse(set(cell) & set(',"\r\n'))
            self.assertNotIn(cell[0], "=+-@")


@tagged("post_install", "-at_install")
class TestTwins(BaseCase):
    def test_same_payee_type_amount_and_currency_are_twins(self):
        one = payment(1)
        for changes, twin in (
            ({}, True),
            ({"amount": "1200"}, True),
            ({"payee_id_value": "5002 1000 0001"}, True),
            ({"amount": "1201.00"}, False),
            ({"currency": "EUR"}, False),
            ({"payee_id_value": "500210000002"}, False),
            ({"payee_id_type": "phone"}, False),
        ):
            with self.subTest(**changes):
                other = payment(2, **{"payee_id_value": one.payee_id_value, **changes})
                self.assertEqual(find_twins([one, other], settings()), {"PAY-1", "PAY-2"} if twin else set())


@tagged("post_install", "-at_install")
class TestPlainText(BaseCase):
    def test_text_for_people_loses_what_a_cell_cannot_carry(self):
        for text, expected in (
            ("Élan, cycle “3”", "Elan cycle 3"),
            ("=1+1", "1+1"),
            (' "a"\r\nb,, c ', "a b c"),
            ("-@=x", "x"),
            ("النص", ""),
        ):
            with self.subTest(text=text):
                self.assertEqual(plain_text(text), expected)

    @thorough
    @given(st.text())
    def test_plain_text_is_always_safe(self, text):
        self.assertTrue(is_safe(plain_text(text)))


@tagged("post_install", "-at_install")
class TestSettingFindings(BaseCase):
    def found(self, **changes):
        return setting_findings(settings(**changes))

    def test_good_settings_have_no_finding(self):
        self.assertEqual(self.found(), ())

    def test_each_wrong_setting_is_named(self):
        for changes, expected in (
            ({"server_version": "v9"}, "version"),
            ({"payment_endpoint_url": ""}, "urls"),
            ({"status_endpoint_url": ""}, "urls"),
            ({"tenant_id": ""}, "tenant"),
            ({"tenant_id": "go\nrilla"}, "tenant"),
            ({"tenant_id": "gorílla"}, "tenant"),
            ({"payment_auth": "magic"}, "auth"),
            ({"status_auth": "hub", "auth_endpoint_url": ""}, "auth"),
            ({"status_auth": "hub", "grant_type": "implicit"}, "auth"),
            # It would stand in the place of the correlation id.
            ({"payment_auth": "api_key", "api_key_header": "x-correlationid"}, "auth"),
            ({"status_auth": "api_key", "api_key_header": "Platform-TenantId"}, "auth"),
            ({"payment_auth": "oidc", "oidc_client_id": ""}, "auth"),
            ({"payment_auth": "api_key", "api_key_header": "X Y"}, "auth"),
            ({"batch_type_header": "type"}, "type"),
            ({"batch_type_header": "RAW", "server_version": "v1.6", "csv_columns": 0}, "raw"),
            ({"csv_columns": 13, "server_version": "v1.6"}, "columns"),
            ({"csv_columns": 15, "server_version": "v1.11"}, "columns"),
            ({"csv_columns": 7}, "columns"),
            ({"payment_mode": "IMMEDIATE"}, "mode"),
            ({"payment_mode": ""}, "mode"),
            ({"payer_id": ""}, "payer"),
            ({"payer_id_type": ""}, "payer"),
            ({"payer_id": "=1"}, "payer"),
            ({"payer_id": "", "payer_id_type": ""}, "payer"),
            ({"payer_id": "", "payer_id_type": "", "program_id": "P"}, "payer"),
            ({"payee_id_type_to_send": "a b"}, "payee_type_to_send"),
            ({"account_lookup": True}, "institution"),
            ({"batch_purpose_header": ""}, "headers"),
            ({"batch_purpose_header": "x\r\nX-BatchID: 1"}, "headers"),
            ({"note": "a,b"}, "text"),
            ({"cycle": "=1"}, "text"),
            ({"file_name_prefix": "../x"}, "file_name"),
            ({"file_name_prefix": "a b"}, "file_name"),
            ({"max_batch_size": 0}, "limits"),
            ({"max_batch_bytes": 0}, "limits"),
            ({"minor_unit_digits": 5}, "limits"),
            ({"hub_certificate": "x"}, "certificate"),
        ):
            with self.subTest(**changes):
                self.assertEqual(self.found(**changes), (expected,))

    def test_payer_may_be_left_to_institution_and_program(self):
        budget = {"registering_institution_id": "SocialWelfare", "program_id": "ElderlyGrant"}
        self.assertEqual(self.found(payer_id="", payer_id_type="", **budget), ())

    def test_every_finding_has_a_text(self):
        every = setting_findings(settings(server_version="x", tenant_id="", payment_mode="", note=","))
        self.assertEqual(set(every), {"version", "tenant", "mode", "text"})
        for key in every:
            self.assertTrue(const.SETTING_REASONS[key])
