"""The ten captured exchanges with OpenG2P's Cash Transfer Bridge 0.1.0, which the synchronous mode speaks with."""

import json
from dataclasses import asdict, replace
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Found,
    NotSeen,
    PaymentData,
    Rejected,
    RowResult,
    Unknown,
    Unreadable,
)

from ..client import G2PConnectClient
from ..protection import Protection
from ..settings import Credentials, Settings
from .bridge_case import SAMPLES, answer
from .protection_case import pair_of_protections
from .test_client import SUBMISSION, RecordingTransport, make_client
from .test_reading import row, told

EXCHANGES = json.loads((SAMPLES / "g2p_cash_transfer_bridge_v0.1.0.json").read_text())
FIRST, SECOND = "PAY-920e00-1", "PAY-920e00-2"
PAID, FAILED, PENDING = RowResult.PAID, RowResult.FAILED, RowResult.PENDING
#: What the recorded requests were made with.
SETTINGS = Settings(
    payment_endpoint_url="https://gctb.example.org/disburse/sync/disburse",
    status_endpoint_url="https://gctb.example.org/disburse/sync/txn/status",
    sender_id="spp.example.org",
    receiver_id="pymts.example.org",
    payer_fa="account:900@treasury-bank",
    payee_prefix="account:",
    note="n",
    purpose="p",
    locale="eng",
    status_action="status",
    cash_transfer_bridge=True,
    scheduled_timestamp="2026-11-20T10:00:00+00:00",
)
PAYMENTS = [
    PaymentData(number, reference, "bank_acc_no", "123", "national-bank", "Joe John", "150.00", "USD")
    for number, reference in enumerate((FIRST, SECOND), 1)
]
#: Of the answers that refuse, and that we must not cause.
REFUSED = (
    "no scheduled_timestamp (HTTP 400)",
    "amount as number (HTTP 400)",
    "no signature key (HTTP 400)",
    "meta a string (HTTP 400)",
)


def recorded(name):
    """Return a captured exchange."""
    (exchange,) = [one for one in EXCHANGES if one["case"] == name]
    return exchange


def requested(key, references=(FIRST, SECOND), asks=False, protection=None, **changes):
    """Return the body that we send for a transaction."""
    credentials = Credentials("token", protection=protection or Protection())
    client = G2PConnectClient(replace(SETTINGS, **changes), credentials)
    sent = replace(SUBMISSION, key=key, references=references)
    transport = RecordingTransport()
    if asks:
        client.ask(transport, sent, references)
    else:
        payments = [one for one in PAYMENTS if one.reference in references]
        client.submit(transport, replace(sent, payload=client.build(sent, payments)))
    return transport.body


def read(name):
    """Return what a captured answer says."""
    exchange = recorded(name)
    message = exchange["request"]["message"]
    answered = answer(exchange["response"], exchange["http_status"])
    if "disbursements" in message:
        references = tuple(one["reference_id"] for one in message["disbursements"])
        sent = replace(SUBMISSION, key=message["transaction_id"], references=references)
        return make_client().read_submission(answered, sent)
    sent = replace(SUBMISSION, key=message["transaction_id"], references=(FIRST, SECOND))
    return make_client().read_question(answered, sent, sent.references)


@tagged("post_install", "-at_install")
class TestCashTransferBridge(BaseCase):
    def assert_rows(self, outcome, *expected):
        self.assertEqual([(row.reference, row.result, row.code) for row in outcome.rows], list(expected))

    def test_there_are_ten_and_every_one_is_read(self):
        self.assertEqual(len(EXCHANGES), 10)
        for exchange in EXCHANGES:
            self.assertIsInstance(read(exchange["case"]), Accepted | Found | Rejected | Unreadable)

    def test_what_was_received_is_accepted_and_open(self):
        outcome = read("disburse accepted")
        self.assertIsInstance(outcome, Accepted)
        self.assert_rows(outcome, (FIRST, PENDING, ""), (SECOND, PENDING, ""))

    def test_status_is_read_from_a_list(self):
        outcome = read("status: received")
        self.assertIsInstance(outcome, Found)
        self.assert_rows(outcome, (FIRST, PENDING, ""), (SECOND, PENDING, ""))

    def test_paid_is_paid_and_refused_for_an_unknown_reason_is_failed(self):
        outcome = read("status: one paid, one refused")
        self.assertIsInstance(outcome, Found)
        self.assert_rows(outcome, (FIRST, PAID, ""), (SECOND, FAILED, "rjct.payment.failed"))
        self.assertEqual((outcome.rows[0].amount, outcome.rows[0].currency), (Decimal(150), "USD"))

    def test_word_outside_the_specification_stays_open(self):
        self.assert_rows(
            read("status: fail (outside the specification)"), (SECOND, PENDING, "rjct.payment.failed")
        )

    def test_payment_that_is_left_out_is_not_told_of(self):
        self.assert_rows(read("status: unknown reference (simply left out)"), (FIRST, PAID, ""))

    def test_list_that_leaves_all_of_ours_out_proves_nothing(self):
        body = told(row("PAY-OF-OTHERS"), txn_type="disburse", as_list=True)
        for answered in (body, told(txn_type="disburse", as_list=True)):
            outcome = make_client().read_question(answer(answered), SUBMISSION, SUBMISSION.references)
            self.assertEqual(outcome, NotSeen())

    def test_what_broke_within_it_proves_nothing(self):
        self.assertEqual(read("status by transaction_id (HTTP 500, its bug)"), Unreadable(code="http.500"))
        broken = recorded("status by transaction_id (HTTP 500, its bug)")["response"]
        outcome = make_client().read_submission(answer(broken, 500), SUBMISSION)
        self.assertIsInstance(outcome, Unknown)

    def test_what_it_refuses_before_it_looks_is_rejected(self):
        for name in REFUSED:
            self.assertEqual(read(name), Rejected(code="G2P-REQ-102", reason="HTTP 400"))

    # ---- what we ask for --------------------------------------------------------------------------------------
    def assert_same(self, sent, accepted):
        """What is sent is what it took: the same message, byte by byte; the header as far as it says something."""
        self.assertEqual(list(sent), ["signature", "header", "message"])
        self.assertEqual(sent["signature"], accepted["signature"])
        self.assertEqual(sent["message"], accepted["message"])
        header, taken = sent["header"], dict(accepted["header"])
        # Nobody is called back in this half; meta may be there as an object.
        del taken["sender_uri"]
        self.assertEqual(set(header), {*taken, "meta"})
        self.assertEqual(header["meta"], {})
        of_each = ("message_id", "message_ts")
        self.assertEqual(
            {name: value for name, value in header.items() if name not in (*of_each, "meta")},
            {name: value for name, value in taken.items() if name not in of_each},
        )

    def test_payments_are_sent_as_it_took_them(self):
        accepted = recorded("disburse accepted")["request"]
        self.assert_same(requested(accepted["message"]["transaction_id"]), accepted)

    def test_questions_are_sent_as_it_took_them(self):
        names = [one["case"] for one in EXCHANGES if one["case"].startswith("status: ")]
        self.assertEqual(len(names), 4)
        for name in names:
            accepted = recorded(name)["request"]
            question = accepted["message"]["txnstatus_request"]
            sent = requested("T1", tuple(question["attribute_value"]), asks=True)
            # Ours is another one each time.
            self.assertTrue(sent["message"]["txnstatus_request"].pop("reference_id"))
            del question["reference_id"]
            with self.subTest(name):
                self.assert_same(sent, accepted)

    def test_nothing_is_sent_that_it_refused(self):
        for body in (requested("T"), requested("T", asks=True)):
            self.assertEqual(body["signature"], "")
            self.assertIsInstance(body["header"]["meta"], dict)
        for item in requested("T")["message"]["disbursements"]:
            self.assertIsInstance(item["amount"], str)
            self.assertEqual(item["scheduled_timestamp"], SETTINGS.scheduled_timestamp)
            # Without one it would lose the payment, and all after it.
            self.assertEqual(item["currency_code"], "USD")
        asked = requested("T", asks=True)["message"]["txnstatus_request"]
        self.assertEqual(asked["attribute_type"], "reference_id_list")
        self.assertIsInstance(asked["attribute_value"], list)

    def test_other_payment_systems_are_sent_nothing_of_this(self):
        plain = {"cash_transfer_bridge": False, "scheduled_timestamp": ""}
        for body in (requested("T", **plain), requested("T", asks=True, **plain)):
            self.assertEqual(list(body), ["header", "message"])
        for item in requested("T", **plain)["message"]["disbursements"]:
            self.assertNotIn("scheduled_timestamp", item)

    def test_whoever_signs_signs_here_too(self):
        ours, _theirs = pair_of_protections("http_signature")
        for asks in (False, True):
            self.assertIn("kidId=", requested("T", asks=asks, protection=ours)["signature"])

    def test_what_it_is_survives_being_stored(self):
        kept = Settings.from_stored(json.loads(json.dumps(asdict(SETTINGS))))
        self.assertEqual(kept, SETTINGS)
        self.assertTrue(kept.demands_signature)
        for other in ({}, {"cash_transfer_bridge": None}, {"cash_transfer_bridge": "yes"}):
            self.assertFalse(Settings.from_stored(other).cash_transfer_bridge)
