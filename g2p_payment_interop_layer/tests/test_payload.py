import json
from dataclasses import replace
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from .. import const, payload
from .common import KEY, PIL, SDK, make_client, payment, submission


class BuildCase(BaseCase):
    def findings(self, payments, settings=PIL, key=KEY, reasons=None, **changes):
        with self.assertRaises(RailRefusal) as caught:
            make_client(settings, reasons=reasons, **changes).build(submission(key=key), payments)
        return caught.exception.findings


@tagged("post_install", "-at_install")
class TestDisbursement(BuildCase):
    def test_what_is_stored_has_our_keys_beside_what_is_sent(self):
        sent = submission(payment(1), payment(2, amount="0.25"))
        stored = json.loads(sent.payload)
        self.assertEqual(stored["references"], ["PAY-1", "PAY-2"])
        body = {
            "disbursementId": KEY,
            "note": "PENSION",
            "payeeList": [
                {"payeeIdType": "MSISDN", "payeeIdValue": "9876543201", "amount": "100", "currency": "INR"},
                {"payeeIdType": "MSISDN", "payeeIdValue": "9876543202", "amount": "0.25", "currency": "INR"},
            ],
        }
        self.assertEqual(stored["disbursement"], body)
        self.assertEqual(json.loads(payload.disbursement_of(sent)), body)
        self.assertNotIn("PAY-", payload.disbursement_of(sent))

    def test_every_amount_is_a_text(self):
        """Upstream fault 4: amounts were sent as floats."""
        lines = json.loads(submission(payment(1, amount="100.10")).payload)["disbursement"]["payeeList"]
        self.assertEqual([line["amount"] for line in lines], ["100.1"])

    def test_same_payments_make_the_same_text(self):
        self.assertEqual(submission(payment(1), payment(2)), submission(payment(1), payment(2)))

    def test_empty_note_is_left_out(self):
        sent = submission(payment(1), note="")
        self.assertNotIn("note", json.loads(sent.payload)["disbursement"])

    def test_lines_come_back_from_what_is_stored(self):
        (line,) = payload.lines_of(submission(payment(1, amount="100.50")).payload)
        self.assertEqual(
            (line.reference, line.key), ("PAY-1", ("MSISDN", "9876543201", Decimal("100.5"), "INR"))
        )
        for text in ("", "[]", "{}", '{"disbursement": {"payeeList": [1]}, "references": ["a"]}'):
            self.assertEqual(payload.lines_of(text), ())

    def test_foreign_payload_is_never_sent(self):
        other = replace(submission(payment(1)), key="x" * 5)
        self.assertEqual(payload.disbursement_of(other), "")

    def test_all_findings_of_all_payments_are_told_at_once(self):
        found = self.findings(
            [payment(1, amount="0"), payment(2), payment(3, payee_id_value="False", currency="MRU")]
        )
        missing = const.ROW_REASONS["currency_missing"]
        expected = {
            "PAY-1": const.ROW_REASONS["amount"],
            "PAY-3": f"{const.ROW_REASONS['payee']}; {missing}",
        }
        self.assertEqual(found, expected)

    def test_twins_in_one_disbursement_are_refused(self):
        twins = [payment(1), payment(2, payee_id_value=payment(1).payee_id_value), payment(3)]
        self.assertEqual(set(self.findings(twins)), {"PAY-1", "PAY-2"})

    def test_wrong_settings_key_or_size_refuse_every_payment(self):
        two = [payment(1), payment(2)]
        for reason, changes in (
            ("mode", {"mode": "x"}),
            ("size", {"max_batch_size": 1}),
            ("key", {"key": "__proto__"}),
        ):
            with self.subTest(reason):
                texts = {**const.ROW_REASONS, **const.SETTING_REASONS}
                self.assertEqual(
                    self.findings(two, **changes), dict.fromkeys(["PAY-1", "PAY-2"], texts[reason])
                )

    def test_disbursement_of_nobody_is_refused(self):
        """Upstream fault 15: an empty list locked the batch for ever."""
        self.assertEqual(self.findings([]), {KEY: const.ROW_REASONS["size"]})

    def test_manager_has_its_own_words(self):
        self.assertEqual(
            self.findings([payment(1, amount="0")], reasons={"amount": "Betrag"}), {"PAY-1": "Betrag"}
        )


@tagged("post_install", "-at_install")
class TestTransfer(BuildCase):
    def test_transfer_is_stored_as_it_is_sent(self):
        sent = submission(payment(1, amount="100.00"), settings=SDK)
        expected = {
            "transferId": KEY,
            "homeTransactionId": "PAY-1",
            "from": {
                "type": "BUSINESS",
                "idType": "ACCOUNT_ID",
                "idValue": "GOV-TREASURY-1",
                "displayName": "Government",
            },
            "to": {"idType": "MSISDN", "idValue": "9876543201"},
            "amountType": "RECEIVE",
            "currency": "INR",
            "amount": "100",
            "transactionType": "TRANSFER",
            "note": "Cycle 1",
        }
        self.assertEqual(json.loads(sent.payload), expected)

    def test_name_of_the_payer_and_note_are_left_out_when_empty(self):
        body = json.loads(submission(payment(1), settings=SDK, payer_name="", note="").payload)
        self.assertNotIn("displayName", body["from"])
        self.assertNotIn("note", body)

    def test_institution_is_named_where_the_setting_says_so(self):
        one = payment(1, payee_bank_code=" greenbank ")
        self.assertNotIn("fspId", json.loads(submission(one, settings=SDK).payload)["to"])
        named = submission(one, settings=SDK, send_bank_code_as_fsp_id=True)
        self.assertEqual(json.loads(named.payload)["to"]["fspId"], "greenbank")
        unnamed = submission(payment(1), settings=SDK, send_bank_code_as_fsp_id=True)
        self.assertNotIn("fspId", json.loads(unnamed.payload)["to"])

    def test_key_is_a_transfer_id_that_every_switch_takes(self):
        for key in ("PAY-1", KEY.upper(), KEY.replace("-", ""), "0375b40b-117d-765b-9657-66dd42e5ee4c", ""):
            with self.subTest(key):
                self.assertEqual(self.findings([payment(1)], SDK, key), {"PAY-1": const.ROW_REASONS["key"]})

    def test_two_payments_are_two_transfers(self):
        found = self.findings([payment(1), payment(2)], SDK)
        self.assertEqual(set(found.values()), {const.ROW_REASONS["size"]})
