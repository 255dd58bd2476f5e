"""The ten captured exchanges with OpenG2P's Cash Transfer Bridge 0.1.0, which the synchronous mode speaks with."""

import json
from dataclasses import replace
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Accepted, Found, RowResult, Unknown, Unreadable

from .bridge_case import SAMPLES, answer
from .test_client import SUBMISSION, make_client

EXCHANGES = json.loads((SAMPLES / "g2p_cash_transfer_bridge_v0.1.0.json").read_text())
FIRST, SECOND = "PAY-920e00-1", "PAY-920e00-2"
PAID, FAILED, PENDING = RowResult.PAID, RowResult.FAILED, RowResult.PENDING


def read(name):
    """Return what a captured answer says."""
    (exchange,) = [one for one in EXCHANGES if one["case"] == name]
    message = exchange["request"]["message"]
    told = answer(exchange["response"], exchange["http_status"])
    if "disbursements" in message:
        references = tuple(one["reference_id"] for one in message["disbursements"])
        sent = replace(SUBMISSION, key=message["transaction_id"], references=references)
        return make_client().read_submission(told, sent)
    sent = replace(SUBMISSION, key=message["transaction_id"], references=(FIRST, SECOND))
    return make_client().read_question(told, sent, sent.references)


@tagged("post_install", "-at_install")
class TestCashTransferBridge(BaseCase):
    def assert_rows(self, outcome, *expected):
        self.assertEqual([(row.reference, row.result, row.code) for row in outcome.rows], list(expected))

    def test_there_are_ten_and_every_one_is_read(self):
        self.assertEqual(len(EXCHANGES), 10)
        for exchange in EXCHANGES:
            self.assertIsInstance(read(exchange["case"]), Accepted | Found | Unknown | Unreadable)

    def test_what_was_received_is_accepted_and_open(self):
        outcome = read("disburse accepted")
        self.assertIsInstance(outcome, Accepted)
        self.assert_rows(outcome, (FIRST, PENDING, ""), (SECOND, PENDING, ""))

    def test_status_is_read_from_a_list(self):
        outcome = read("status: received")
        self.assertIsInstance(outcome, Found)
        self.assert_rows(outcome, (FIRST, PENDING, ""), (SECOND, PENDING, ""))

    def test_paid_is_paid_and_a_refusal_that_nobody_understands_is_open(self):
        outcome = read("status: one paid, one refused")
        self.assertIsInstance(outcome, Found)
        # Its text speaks of an unknown reason: so nobody knows what became of the money.
        self.assert_rows(outcome, (FIRST, PAID, ""), (SECOND, PENDING, "rjct.payment.failed"))
        self.assertEqual((outcome.rows[0].amount, outcome.rows[0].currency), (Decimal(150), "USD"))

    def test_word_outside_the_specification_stays_open(self):
        self.assert_rows(
            read("status: fail (outside the specification)"), (SECOND, PENDING, "rjct.payment.failed")
        )

    def test_payment_that_is_left_out_is_not_told_of(self):
        self.assert_rows(read("status: unknown reference (simply left out)"), (FIRST, PAID, ""))

    def test_its_own_errors_prove_nothing_to_the_official_api(self):
        self.assertEqual(read("status by transaction_id (HTTP 500, its bug)"), Unreadable(code="http.500"))
        for name in (
            "no scheduled_timestamp (HTTP 400)",
            "amount as number (HTTP 400)",
            "no signature key (HTTP 400)",
            "meta a string (HTTP 400)",
        ):
            self.assertEqual(read(name), Unknown(code="http.400", reason="HTTP 400"))
