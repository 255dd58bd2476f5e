import json
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, PaymentData, SubmissionData
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from .. import const
from ..client import G2PConnectClient
from ..payload import wire_amount
from ..questions import choose_references
from ..row_rules import findings
from ..settings import Credentials, Settings

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
        self.assertEqual(
            caught.exception.findings,
            {"PAY-2": "amount", "PAY-3": "address", "PAY-4": "currency", "PAY-5": "address; amount"},
        )

    def test_refusal_speaks_in_the_texts_that_the_client_was_given(self):
        client = G2PConnectClient(SETTINGS, Credentials("t"), {"amount": "Betrag"})
        with self.assertRaises(RailRefusal) as caught:
            client.build(SUBMISSION, [payment(amount="0", payee_bank_code="")])
        self.assertEqual(caught.exception.findings, {"PAY-1": "address; Betrag"})

    def test_findings_name_neither_payee_nor_account(self):
        payee = payment(payee_id_value="4455/6677", payee_name="Aminata Kargbo", amount="7.777")
        text = str(findings([payee], SETTINGS))
        for secret in ("4455", "Aminata", "7.777"):
            self.assertNotIn(secret, text)

    def test_repeated_and_missing_references_are_refused(self):
        found = findings([payment(1), payment(1), payment(2), replace(PAYMENT, reference="")], SETTINGS)
        self.assertEqual(found, {"PAY-1": ("reference",), "": ("reference",)})

    def test_unusable_settings_stop_every_payment(self):
        for changes, name in (({"payer_fa": "central bank"}, "payer"), ({"locale": "en_US"}, "locale")):
            with self.subTest(name=name):
                found = findings([payment(1), payment(2)], replace(SETTINGS, **changes))
                self.assertEqual(found, dict.fromkeys(("PAY-1", "PAY-2"), (name,)))

    def test_key_that_is_too_long_is_refused(self):
        with self.assertRaises(RailRefusal) as caught:
            make_client().build(replace(SUBMISSION, key="k" * 100), [payment(1), payment(2, amount="0")])
        self.assertEqual(caught.exception.findings, {"PAY-1": "transaction", "PAY-2": "transaction; amount"})

    def test_settings_survive_being_stored_as_json(self):
        self.assertEqual(Settings.from_stored(json.loads(json.dumps(asdict(SETTINGS)))), SETTINGS)

    def test_settings_that_another_version_stored_are_read_as_far_as_they_go(self):
        stored = asdict(SETTINGS)
        newer = stored | {"signer": "jws", "api_version": 2}
        self.assertEqual(Settings.from_stored(newer), SETTINGS)
        for name in stored:
            default = getattr(Settings(), name)
            for older in (
                {key: value for key, value in stored.items() if key != name},
                stored | {name: None},
            ):
                with self.subTest(name=name, older=older.get(name, "missing")):
                    self.assertEqual(Settings.from_stored(older), replace(SETTINGS, **{name: default}))
        self.assertEqual(Settings.from_stored({}), Settings())


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

    def test_question_asks_for_as_many_as_its_answer_can_carry_and_by_and_by_for_all(self):
        references = tuple(f"PAY-{number}" for number in range(const.MAX_REFERENCES_PER_QUESTION + 3))
        asked = set()
        for start in range(0, len(references), 501):
            with patch("random.randrange", return_value=start) as chance:
                make_client().ask(self.transport, self.submission, references)
            chance.assert_called_once_with(len(references))
            question = self.transport.body["message"]["txnstatus_request"]["attribute_value"]
            self.assertEqual(len(question), const.MAX_REFERENCES_PER_QUESTION)
            self.assertEqual(len(set(question)), len(question))
            self.assertEqual(question[0], references[start])
            asked.update(question)
        self.assertEqual(asked, set(references))

    def test_question_within_the_limit_asks_for_all_in_order(self):
        references = tuple(f"PAY-{number}" for number in range(const.MAX_REFERENCES_PER_QUESTION))
        self.assertEqual(choose_references(references), references)

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
