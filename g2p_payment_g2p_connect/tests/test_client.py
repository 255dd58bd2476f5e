import json
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, PaymentData, SubmissionData
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from .. import const
from ..client import Credentials, G2PConnectClient, Settings, findings, payee_fa, wire_amount

SETTINGS = Settings(
    payment_endpoint_url="https://pay.example.org/disburse/sync/disburse",
    status_endpoint_url="https://pay.example.org/disburse/sync/txn/status",
    sender_id="spp.example.org",
    receiver_id="pay.example.org",
    payer_fa="account:7001@central-bank",
    payer_name="Harvest Relief",
    locale="eng",
    note="Cycle 3",
    purpose="Harvest Relief",
    payee_prefix="account:",
)
PAYMENT = PaymentData(
    id=1,
    reference="PAY-1",
    payee_id_type="bank_acc_no",
    payee_id_value="4455 6677",
    payee_bank_code="ABCDSLFR",
    payee_name="Aminata Kargbo",
    amount="1250.00",
    currency="SLE",
)
SUBMISSION = SubmissionData(key="BATCH-1", step=1, payload="", settings={}, references=("PAY-1", "PAY-2"))
# How long an example takes says nothing on a busy machine.
thorough = settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


class RecordingTransport:
    """Keeps what it is given to send."""

    def __init__(self):
        self.requests = []

    def send(self, request):
        self.requests.append(request)
        return Answer(status=200)

    @property
    def body(self):
        return json.loads(self.requests[-1].body)


def make_client(token="secret-token", **changes):
    return G2PConnectClient(replace(SETTINGS, **changes), Credentials(token=token))


def payment(number=1, **changes):
    return replace(PAYMENT, id=number, reference=f"PAY-{number}", **changes)


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


@tagged("post_install", "-at_install")
class TestAmount(BaseCase):
    def test_amounts_are_written_with_two_digits(self):
        for amount, expected in (
            ("1250.00", "1250.00"),
            ("1250", "1250.00"),
            ("0.5", "0.50"),
            ("1.500", "1.50"),
            ("9999999999999.99", "9999999999999.99"),
        ):
            with self.subTest(amount=amount):
                self.assertEqual(wire_amount(amount), expected)

    def test_amounts_that_cannot_be_carried_exactly_are_refused(self):
        for amount in (
            "0",
            "0.00",
            "-1.00",
            "1.505",
            "10000000000000",
            "1e3",
            "1_000",
            "",
            "NaN",
            "1,5",
            "१.००",
            " 1",
        ):
            with self.subTest(amount=amount):
                self.assertEqual(wire_amount(amount), "")

    @thorough
    @given(
        st.decimals(allow_nan=None, places=None)
        | st.decimals(0, 10**14, places=2)
        | st.decimals(0, 99, places=3)
    )
    def test_carried_amount_parses_back_to_the_same(self, amount):
        carried = wire_amount(str(amount))
        if carried:
            self.assertIsNotNone(const.AMOUNT.fullmatch(carried))
            self.assertEqual(Decimal(carried), amount)
        else:
            exact = amount.is_finite() and 0 < amount < 10**13 and amount == amount.quantize(Decimal("0.01"))
            self.assertFalse(exact and "E" not in str(amount))

    @thorough
    @given(st.text(alphabet="0123456789.-+eE_ ٣", max_size=20) | st.text(max_size=10))
    def test_any_text_is_carried_exactly_or_refused(self, amount):
        carried = wire_amount(amount)
        if carried:
            self.assertEqual(Decimal(carried), Decimal(amount))


@tagged("post_install", "-at_install")
class TestBuild(BaseCase):
    def test_payload_is_a_disburse_request_of_the_payments_alone(self):
        payload = json.loads(make_client().build(SUBMISSION, [payment(1), payment(2, amount="1")]))
        self.assertEqual(payload["transaction_id"], "BATCH-1")
        self.assertEqual([item["amount"] for item in payload["disbursements"]], ["1250.00", "1.00"])
        self.assertEqual(
            payload["disbursements"][0],
            {
                "reference_id": "PAY-1",
                "payer_fa": "account:7001@central-bank",
                "payee_fa": "account:44556677@ABCDSLFR",
                "amount": "1250.00",
                "currency_code": "SLE",
                "payer_name": "Harvest Relief",
                "payee_name": "Aminata Kargbo",
                "note": "Cycle 3",
                "purpose": "Harvest Relief",
                "locale": "eng",
            },
        )

    def test_payload_is_the_same_text_every_time(self):
        payments = [payment(1, payee_name="Émile \ud800\x00"), payment(2)]
        payload = make_client().build(SUBMISSION, payments)
        self.assertEqual(payload, make_client(token="other").build(SUBMISSION, payments))
        self.assertTrue(payload.isascii())

    def test_note_and_purpose_are_cut(self):
        payload = json.loads(make_client(note="ñ" * 150, purpose="p" * 100).build(SUBMISSION, [payment()]))
        item = payload["disbursements"][0]
        self.assertEqual((item["note"], item["purpose"]), ("ñ" * 99, "p" * 99))

    def test_what_is_not_set_is_not_sent(self):
        client = make_client(payer_name="", note="", purpose="", locale="")
        item = json.loads(client.build(SUBMISSION, [payment(payee_name="")]))["disbursements"][0]
        self.assertEqual(set(item), {"reference_id", "payer_fa", "payee_fa", "amount", "currency_code"})

    def test_all_payments_that_cannot_be_sent_are_named_at_once(self):
        payments = [
            payment(1),
            payment(2, amount="1.005"),
            payment(3, payee_bank_code=""),
            payment(4, currency="sle"),
            payment(5, amount="0", payee_id_value=""),
        ]
        with self.assertRaises(RailRefusal) as caught:
            make_client().build(SUBMISSION, payments)
        reasons = const.REASONS
        self.assertEqual(
            caught.exception.findings,
            {
                "PAY-2": reasons["amount"],
                "PAY-3": reasons["address"],
                "PAY-4": reasons["currency"],
                "PAY-5": f"{reasons['address']}; {reasons['amount']}",
            },
        )

    def test_findings_name_neither_payee_nor_account(self):
        payee = payment(payee_id_value="4455/6677", payee_name="Aminata Kargbo", amount="7.777")
        text = str(findings([payee], SETTINGS))
        for secret in ("4455", "Aminata", "7.777"):
            self.assertNotIn(secret, text)

    def test_repeated_and_missing_references_are_refused(self):
        found = findings([payment(1), payment(1), payment(2), replace(PAYMENT, reference="")], SETTINGS)
        self.assertEqual(found, {"PAY-1": const.REASONS["reference"], "": const.REASONS["reference"]})

    def test_unusable_settings_stop_every_payment(self):
        for changes, name in (({"payer_fa": "central bank"}, "payer"), ({"locale": "en_US"}, "locale")):
            with self.subTest(name=name):
                found = findings([payment(1), payment(2)], replace(SETTINGS, **changes))
                self.assertEqual(found, dict.fromkeys(("PAY-1", "PAY-2"), const.REASONS[name]))

    def test_key_that_is_too_long_is_refused(self):
        with self.assertRaises(RailRefusal) as caught:
            make_client().build(replace(SUBMISSION, key="k" * 100), [payment(1), payment(2)])
        self.assertEqual(set(caught.exception.findings), {"PAY-1", "PAY-2"})

    def test_settings_survive_being_stored_as_json(self):
        self.assertEqual(Settings(**json.loads(json.dumps(asdict(SETTINGS)))), SETTINGS)


@tagged("post_install", "-at_install")
class TestCalls(BaseCase):
    def setUp(self):
        super().setUp()
        self.transport = RecordingTransport()
        payload = make_client().build(SUBMISSION, [payment(1), payment(2)])
        self.submission = replace(SUBMISSION, payload=payload)

    def test_stored_payload_is_sent_byte_for_byte_under_a_new_header(self):
        client = make_client()
        client.submit(self.transport, self.submission)
        client.submit(self.transport, self.submission)
        first, second = (json.loads(request.body)["header"] for request in self.transport.requests)
        self.assertNotEqual(first["message_id"], second["message_id"])
        for request in self.transport.requests:
            self.assertIn(f',"message":{self.submission.payload}}}'.encode(), request.body)

    def test_header_of_a_submission_is_real(self):
        make_client().submit(self.transport, self.submission)
        request, header = self.transport.requests[0], self.transport.body["header"]
        self.assertEqual((request.method, request.url), ("POST", SETTINGS.payment_endpoint_url))
        self.assertEqual(request.headers["Authorization"], "Bearer secret-token")
        self.assertIsNotNone(datetime.fromisoformat(header.pop("message_ts")).tzinfo)
        header.pop("message_id")
        self.assertEqual(
            header,
            {
                "version": "1.0.0",
                "action": "disburse",
                "sender_id": "spp.example.org",
                "receiver_id": "pay.example.org",
                "total_count": 2,
                "is_msg_encrypted": False,
                "meta": {},
            },
        )
        self.assertNotIn("signature", self.transport.body)

    def test_question_asks_for_the_references_in_the_submissions_transaction(self):
        make_client(receiver_id="").ask(self.transport, self.submission, ("PAY-2",))
        self.assertEqual(self.transport.requests[0].url, SETTINGS.status_endpoint_url)
        header, message = self.transport.body["header"], self.transport.body["message"]
        self.assertEqual((header["action"], header["total_count"]), ("txn-status", 1))
        self.assertNotIn("receiver_id", header)
        self.assertEqual(message["transaction_id"], "BATCH-1")
        question = message["txnstatus_request"]
        self.assertTrue(question.pop("reference_id"))
        self.assertEqual(
            question,
            {
                "txn_type": "disburse",
                "attribute_type": "reference_id_list",
                "attribute_value": ["PAY-2"],
                "locale": "eng",
            },
        )

    def test_question_about_no_reference_asks_for_all(self):
        make_client().ask(self.transport, self.submission, ())
        asked = self.transport.body["message"]["txnstatus_request"]["attribute_value"]
        self.assertEqual(asked, ["PAY-1", "PAY-2"])

    def test_action_of_the_question_is_a_setting(self):
        make_client(status_action="search").ask(self.transport, self.submission, ("PAY-1",))
        self.assertEqual(self.transport.body["header"]["action"], "search")

    def test_without_a_token_nothing_is_sent(self):
        client = make_client(token="")
        answers = [
            client.submit(self.transport, self.submission),
            client.ask(self.transport, self.submission, ("PAY-1",)),
        ]
        self.assertEqual([answer.fault for answer in answers], [Fault.NOT_SENT] * 2)
        self.assertEqual(self.transport.requests, [])

    def test_token_shows_in_no_representation(self):
        make_client().submit(self.transport, self.submission)
        for thing in (Credentials(token="secret-token"), self.transport.requests[0]):
            self.assertNotIn("secret-token", repr(thing))
