from dataclasses import replace

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import AccessSettings

from .. import const
from ..row_rules import explain, find_twins, row_findings, setting_findings
from .common import PIL, SDK, payment


def found_for(settings=PIL, **changes):
    one = payment(**changes)
    return row_findings([one], settings).get(one.reference, ())


@tagged("post_install", "-at_install")
class TestRows(BaseCase):
    def test_good_payments_have_no_findings(self):
        self.assertEqual(row_findings([payment(1), payment(2)], PIL), {})
        self.assertEqual(row_findings([payment(1)], SDK), {})

    def test_every_finding_is_told_at_once(self):
        found = found_for(payee_id_value="False", amount="0", currency="EURO")
        self.assertEqual(set(found), {"payee", "amount", "currency"})

    def test_amounts_and_currencies(self):
        table = (
            ({"amount": "0.00"}, "amount"),
            ({"amount": "-5"}, "amount"),
            ({"amount": "1" + "0" * 18}, "amount"),
            ({"amount": "1.001"}, "amount_digits"),
            ({"amount": "0.00001"}, "amount_digits"),
            ({"amount": "100.5", "currency": "XOF"}, "amount_digits"),
            ({"currency": "ZZZ"}, "currency"),
            ({"currency": "inr"}, "currency"),
            ({"currency": ""}, "currency"),
            *(
                ({"currency": code}, "currency_missing")
                for code in ("MRU", "SLE", "SSP", "STN", "VES", "ZWG")
            ),
        )
        for settings in (PIL, SDK):
            for changes, reason in table:
                with self.subTest(mode=settings.mode, **changes):
                    self.assertEqual(found_for(settings, **changes), (reason,))

    def test_reference_is_there_and_is_no_other_ones(self):
        for reference in ("", "a b", "ä", "x" * 129, "a\n"):
            with self.subTest(reference):
                self.assertEqual(found_for(reference=reference), ("reference",))
        twice = [payment(1), payment(2, reference="PAY-1")]
        self.assertEqual(row_findings(twice, PIL), {"PAY-1": ("reference",)})

    def test_institution_is_checked_where_it_is_sent(self):
        naming = replace(SDK, send_bank_code_as_fsp_id=True)
        self.assertEqual(found_for(naming, payee_bank_code="x" * 33), ("fsp_id",))
        self.assertEqual(found_for(naming, payee_bank_code="a\x00"), ("fsp_id",))
        for nothing in ("False", "none", " NULL "):
            self.assertEqual(found_for(naming, payee_bank_code=nothing), ("fsp_id",))
        self.assertEqual(found_for(naming, payee_bank_code="greenbank"), ())
        self.assertEqual(found_for(SDK, payee_bank_code="x" * 33), ())
        self.assertEqual(found_for(replace(PIL, send_bank_code_as_fsp_id=True), payee_bank_code="x" * 33), ())

    def test_twins_are_equal_once_they_are_written(self):
        same = payment(1).payee_id_value
        twins = [payment(1), payment(2, payee_id_value=f" +{same[:5]} {same[5:]}", amount="100"), payment(3)]
        self.assertEqual(find_twins(twins, PIL), {"PAY-1", "PAY-2"})
        differ = [payment(1), payment(2, payee_id_value=same, amount="100.01")]
        self.assertEqual(find_twins(differ, PIL), set())

    def test_every_finding_has_a_text_and_the_managers_comes_first(self):
        texts = explain({"PAY-1": ("amount", "mode")}, {"amount": "Betrag"})
        self.assertEqual(texts, {"PAY-1": f"Betrag; {const.SETTING_REASONS['mode']}"})


@tagged("post_install", "-at_install")
class TestSettingFindings(BaseCase):
    def test_good_settings_have_none(self):
        self.assertEqual(setting_findings(PIL), ())
        self.assertEqual(setting_findings(SDK), ())

    def test_each_wrong_setting_is_found(self):
        table = (
            (PIL, {"mode": "bulk"}, "mode"),
            (PIL, {"payment_endpoint_url": ""}, "url"),
            (PIL, {"payment_endpoint_url": "ftp://a/disbursement"}, "url"),
            (PIL, {"status_endpoint_url": "http://["}, "url"),
            (PIL, {"check_endpoint_url": "nowhere"}, "url"),
            (PIL, {"payee_id_type": "iris"}, "payee_id_type"),
            (PIL, {"payee_id_type_to_send": "AADHAAR"}, "payee_id_type_to_send"),
            (PIL, {"payee_id_type_to_send": "PHONE"}, "payee_id_type_to_send"),
            (PIL, {"phone_format": "national"}, "phone_format"),
            (PIL, {"max_batch_size": 0}, "limits"),
            (PIL, {"max_batch_size": 1001}, "limits"),
            (PIL, {"note": "x" * 129}, "note"),
            (PIL, {"note": "a\nb"}, "note"),
            (PIL, {"access": AccessSettings(auth_type="kerberos")}, "auth"),
            (SDK, {"payer_id_type": ""}, "payer"),
            (SDK, {"payer_id_value": ""}, "payer"),
            (SDK, {"payer_id_value": "False"}, "payer"),
            (SDK, {"payer_id_value": " x"}, "payer"),
            (SDK, {"payer_id_value": "x" * 129}, "payer"),
            (SDK, {"payer_type": "STATE"}, "payer_type"),
            (SDK, {"payer_name": "Ministry & Co"}, "payer_name"),
            (SDK, {"amount_type": "BOTH"}, "amount_type"),
        )
        for settings, changes, reason in table:
            with self.subTest(**changes):
                self.assertEqual(setting_findings(replace(settings, **changes)), (reason,))
                self.assertIn(reason, const.SETTING_REASONS)

    def test_layer_needs_no_payer(self):
        self.assertEqual(setting_findings(replace(PIL, payer_type="", amount_type="", payer_id_type="")), ())
