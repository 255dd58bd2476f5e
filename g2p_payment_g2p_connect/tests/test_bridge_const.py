import json

from odoo.tests import BaseCase, tagged

from ..bridge import const
from .bridge_case import SAMPLES, record

#: G2PBridgeErrorCodes of the OpenAPI file, as far as create_disbursements can say them.
DISBURSEMENT_CODES = {
    "MULTIPLE_ENVELOPES_FOUND",
    "DISBURSEMENT_ENVELOPE_NOT_FOUND",
    "DISBURSEMENT_ENVELOPE_ALREADY_CANCELED",
    "NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED",
    "TOTAL_DISBURSEMENT_AMOUNT_EXCEEDS_DECLARED",
    "INVALID_DISBURSEMENT_PAYLOAD",
}


@tagged("post_install", "-at_install")
class TestConst(BaseCase):
    def test_every_code_of_a_list_refuses_or_leaves_a_doubt(self):
        self.assertEqual(const.DISBURSEMENT_REFUSALS | const.DISBURSEMENT_DOUBTS, DISBURSEMENT_CODES)
        self.assertFalse(const.DISBURSEMENT_REFUSALS & const.DISBURSEMENT_DOUBTS)

    def test_every_captured_code_is_one(self):
        text = (SAMPLES / "g2p_bridge_v1.0.2.json").read_text()
        told = [
            exchange["response"]["header"]["status_reason_message"]
            for exchange in json.loads(text)
            if "header" in exchange["response"]
        ]
        for code in filter(None, told):
            self.assertRegex(code, const.CODE)

    def test_no_code_looks_like_an_account_or_a_sentence(self):
        for text in (
            "4455667788",
            "GB29NWBK60161331926819",
            "Aminata",
            "A B",
            "AB\n",
            "",
            "A" * 65,
            "a",
            "É",
        ):
            self.assertIsNone(const.CODE.fullmatch(text))

    def test_no_http_status_refuses_that_may_hide_a_payment(self):
        never = {*range(200, 400), 408, 409, 425, 429, 499, *range(500, 600)}
        self.assertFalse(never & set(const.REFUSING_ERRORS))

    def test_payees_name_is_no_detail(self):
        self.assertNotIn("beneficiary_name_from_bank", const.DETAILS)
        self.assertFalse([name for name in const.DETAILS if "name" in name])
        self.assertIn("beneficiary_name_from_bank", record())

    def test_frequencies_are_the_nine_of_the_api(self):
        self.assertEqual(len(set(const.FREQUENCIES)), 9)
        self.assertIn(const.DEFAULT_FREQUENCY, const.FREQUENCIES)

    def test_no_key_has_two_meanings(self):
        keys = (*const.ROW_REASONS, *const.REQUEST_REASONS, *const.ATTENTIONS)
        self.assertEqual(len(keys), len(set(keys)))
