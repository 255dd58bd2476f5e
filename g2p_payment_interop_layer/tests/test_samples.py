"""Every recorded exchange: what we send is what was sent, and what was answered is understood."""

import json
from dataclasses import replace
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Found,
    NeverHad,
    NotSeen,
    Rejected,
    RowResult,
    Unknown,
    Unreadable,
)
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from .. import payload
from ..payee_check import PayeeToCheck
from .common import PIL, SAMPLES, SDK, Replies, make_client, payment, sample, submission

PAID, FAILED, PENDING = RowResult.PAID, RowResult.FAILED, RowResult.PENDING
PIL_URL = "http://127.0.0.1:8102/disbursement"
SDK_URL = "http://127.0.0.1:8111/transfers"
#: Sent with types and amounts that the client refuses to send.
NEVER_SENT = ("sdk_post_bad_amount", "sdk_post_bad_idtype", "pil_400_empty", "pil_400_pattern")
TRANSFERS = ("aborted", "committed", "reserved", "timeout_then_aborted", "timeout_then_committed")


def names(prefix):
    return sorted(path.stem for path in SAMPLES.glob(f"{prefix}*.json"))


def transfer_of(body):
    """Return (settings, payment, submission) that a recorded POST /transfers was made of."""
    payer = body["from"]
    settings = replace(
        SDK,
        payment_endpoint_url=SDK_URL,
        payer_id_type=payer["idType"],
        payer_id_value=payer["idValue"],
        payer_name=payer["displayName"],
        payer_type=payer["type"],
        amount_type=body["amountType"],
        note=body["note"],
    )
    one = payment(
        reference=body["homeTransactionId"],
        payee_id_value=body["to"]["idValue"],
        amount=str(Decimal(body["amount"]).quantize(Decimal("0.01"))),
        currency=body["currency"],
    )
    return settings, one, submission(one, settings=settings, key=body["transferId"])


@tagged("post_install", "-at_install")
class TestTransferSamples(BaseCase):
    def posted(self, name):
        """Return (outcome, recorded body) of a recorded transfer, sent again by the client."""
        request, answer = sample(name)
        settings, _one, sent = transfer_of(request["body"])
        transport = Replies(answer)
        client = make_client(settings)
        outcome = client.read_submission(client.submit(transport, sent), sent)
        self.assertEqual(transport.lines, [f"{request['method']} {request['url']}"])
        self.assertEqual(transport.bodies, [request["body"]])
        return outcome, json.loads(answer.body)

    def test_every_request_is_the_recorded_one_and_its_answer_is_understood(self):
        for name in names("sdk_post_"):
            if name in NEVER_SENT:
                continue
            with self.subTest(name):
                outcome, body = self.posted(name)
                self.assertIsInstance(outcome, Accepted)
                (row,) = outcome.rows
                told = body.get("fulfil", {}).get("body", {}).get("transferState")
                self.assertEqual(row.result, PAID if told == "COMMITTED" else FAILED)
                if row.result is PAID:
                    quote = body["quoteResponse"]["body"]["payeeReceiveAmount"]
                    self.assertEqual(
                        (row.amount, row.currency), (Decimal(quote["amount"]), quote["currency"])
                    )
                    self.assertIsNotNone(row.when)

    def test_errors_before_a_quote_have_failed_with_their_code(self):
        for name, code in (("party_not_found", "3204"), ("quote_refused", "5200")):
            outcome, _body = self.posted(f"sdk_post_{name}")
            self.assertEqual((outcome.rows[0].result, outcome.rows[0].code), (FAILED, code))

    def test_states_of_the_contract_are_read_from_what_was_recorded(self):
        """The recordings all carry COMMITTED, as the rules for 888, 999 and the like look at the amount with its fee.
        Each is read with the state that it was made for."""
        states = {
            "aborted": ("ABORTED", FAILED),
            "reserved": ("RESERVED", PENDING),
            "committed": ("COMMITTED", PAID),
        }
        for name, (state, result) in states.items():
            for kind, outcome_type in (("post", Accepted), ("get", Found)):
                request, answer = sample(f"sdk_{kind}_{name}")
                body = json.loads(answer.body)
                body["fulfil"]["body"]["transferState"] = state
                settings, _one, sent = transfer_of(sample(f"sdk_post_{name}")[0]["body"])
                client = make_client(settings)
                told = replace(answer, body=json.dumps(body))
                read = (
                    client.read_submission(told, sent)
                    if kind == "post"
                    else client.read_question(told, sent, ())
                )
                with self.subTest(name=name, kind=kind):
                    self.assertIsInstance(read, outcome_type)
                    self.assertEqual(read.rows[0].result, result)

    def test_every_question_is_the_recorded_one_and_its_answer_is_understood(self):
        for name in TRANSFERS:
            with self.subTest(name):
                request, answer = sample(f"sdk_get_{name}")
                settings, _one, sent = transfer_of(sample(f"sdk_post_{name}")[0]["body"])
                transport, client = Replies(answer), make_client(settings)
                outcome = client.read_question(
                    client.ask(transport, sent, sent.references), sent, sent.references
                )
                self.assertEqual(transport.lines, [f"{request['method']} {request['url']}"])
                self.assertEqual(
                    [(row.reference, row.result) for row in outcome.rows], [(sent.references[0], PAID)]
                )

    def test_unknown_transfer_was_never_had(self):
        request, answer = sample("sdk_get_unknown")
        key = request["url"].rpartition("/")[2]
        sent = submission(payment(1), settings=SDK, key=key)
        transport, client = Replies(answer), make_client(SDK, payment_endpoint_url=SDK_URL)
        outcome = client.read_question(client.ask(transport, sent, ()), sent, ())
        self.assertEqual(transport.lines, [f"GET {request['url']}"])
        self.assertEqual(outcome, NeverHad(code="3208"))

    def test_schema_refusals_reject_and_are_refused_by_the_client_before(self):
        for name in ("sdk_post_bad_amount", "sdk_post_bad_idtype"):
            request, answer = sample(name)
            outcome = make_client(SDK).read_submission(answer, submission(payment(1), settings=SDK))
            self.assertEqual(outcome, Rejected(code="schema.refused", reason="HTTP 400"))
        changes = {"payee_id_type_to_send": request["body"]["to"]["idType"]}
        with self.assertRaises(RailRefusal):
            make_client(SDK, **changes).build(submission(), [payment(1)])

    def test_bulk_transactions_are_no_news_of_a_transfer(self):
        sent = submission(payment(1), settings=SDK)
        client = make_client(SDK)
        for name in names("sdk_bulk_callback_"):
            request = json.loads((SAMPLES / f"{name}.json").read_text())
            told = replace(sample("sdk_get_unknown")[1], status=200, body=json.dumps(request))
            with self.subTest(name):
                self.assertIsInstance(client.read_question(told, sent, ()), Unreadable)
                self.assertIsInstance(client.read_submission(told, sent), Unknown)
        _request, answer = sample("sdk_get_bulk_unsupported")
        self.assertIsInstance(client.read_question(answer, sent, ()), Unreadable)


@tagged("post_install", "-at_install")
class TestLayerSamples(BaseCase):
    def setUp(self):
        super().setUp()
        request, self.answer = sample("pil_post_partial")
        self.body = request["body"]
        self.url = request["url"]
        # The line with a type that nobody knows cannot be built: it is put in afterwards.
        *lines, self.odd = self.body["payeeList"]
        payments = [
            payment(number, payee_id_value=line["payeeIdValue"], amount=line["amount"])
            for number, line in enumerate(lines, 1)
        ]
        self.sent = submission(*payments, key=self.body["disbursementId"], note=self.body["note"])

    def with_odd_line(self):
        stored = json.loads(self.sent.payload)
        stored["disbursement"]["payeeList"].append(self.odd)
        stored["references"].append("PAY-5")
        return replace(self.sent, payload=json.dumps(stored), references=(*self.sent.references, "PAY-5"))

    def test_request_is_the_recorded_one(self):
        sent, transport = self.with_odd_line(), Replies(self.answer)
        make_client(PIL, payment_endpoint_url=PIL_URL).submit(transport, sent)
        self.assertEqual((transport.lines, transport.bodies), ([f"POST {self.url}"], [self.body]))
        built = json.loads(payload.disbursement_of(self.sent))
        self.assertEqual(built, self.body | {"payeeList": self.body["payeeList"][:-1]})

    def test_partial_answer_is_understood_by_post_and_get(self):
        sent, client = self.with_odd_line(), make_client(PIL, payment_endpoint_url=PIL_URL)
        request, known = sample("pil_get_known")
        transport = Replies(known)
        found = client.read_question(client.ask(transport, sent, ()), sent, ())
        self.assertEqual(transport.lines, [f"GET {request['url']}"])
        accepted = client.read_submission(self.answer, sent)
        expected = [
            ("PAY-1", PAID),
            ("PAY-2", PAID),
            ("PAY-3", PENDING),
            ("PAY-4", PENDING),
            ("PAY-5", PENDING),
        ]
        for outcome in (accepted, found):
            self.assertEqual([(row.reference, row.result) for row in outcome.rows], expected)
            self.assertEqual([row.amount for row in outcome.rows[:2]], [Decimal(100), Decimal("100.5")])
            self.assertEqual({row.code for row in outcome.rows[2:]}, {"to.be.confirmed"})
            self.assertEqual(outcome.code, "")

    def test_unknown_disbursement_is_not_seen(self):
        _request, answer = sample("pil_get_unknown")
        self.assertEqual(make_client(PIL).read_question(answer, self.sent, ()), NotSeen(code="not.seen"))

    def test_refusals_reject_and_are_refused_by_the_client_before(self):
        for name in ("pil_400_1001", "pil_400_empty", "pil_400_pattern"):
            _request, answer = sample(name)
            outcome = make_client(PIL).read_submission(answer, self.sent)
            self.assertEqual(outcome, Rejected(code="3100", reason="HTTP 400"))
        too_many = [payment(number, payee_id_value=f"98765{number:05}") for number in range(1, 1002)]
        for payments in ([], too_many):
            with self.assertRaises(RailRefusal):
                make_client(PIL, max_batch_size=1000).build(self.sent, payments)

    def test_payee_check_is_understood(self):
        request, answer = sample("pil_check")
        payees = [
            PayeeToCheck(f"PAY-{number}", "phone", one["payeeIdValue"])
            for number, one in enumerate(request["body"]["payeeList"], 1)
        ]
        transport = Replies(answer)
        found = make_client(PIL, payment_endpoint_url=PIL_URL).check_payees(transport, payees)
        self.assertEqual(transport.lines, [f"POST {request['url']}"])
        self.assertEqual(transport.bodies[0]["payeeList"], request["body"]["payeeList"])
        verdicts = [(one.verdict, one.name) for one in found.values()]
        self.assertEqual(verdicts, [("payable", "Navya Agarwal"), ("unknown", "")])
