from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    Answer,
    Fault,
    Found,
    NeverHad,
    RowResult,
    Unknown,
    Unreadable,
)

from .common import KEY, OTHER_KEY, SDK, error, make_client, payment, said, submission, transfer
from .test_sdk_reading import RowCase

SENT = submission(payment(1), settings=SDK)
CLIENT = make_client(SDK)
UNKNOWN = 'Got an error response retrieving transfer: {"errorInformation":{"errorCode":"%s"}}'


def read(body, status=200, sent=SENT, **fields):
    return CLIENT.read_question(said(body, status, **fields), sent, ("PAY-1",))


def unknown(code="3208", status_code="500", **fields):
    return {"message": UNKNOWN % code, "statusCode": status_code, "transferState": {}, **fields}


@tagged("post_install", "-at_install")
class TestFound(RowCase):
    def test_word_of_the_switch_is_news(self):
        table = {
            "COMMITTED": (RowResult.PAID, ""),
            "ABORTED": (RowResult.FAILED, "transfer.aborted"),
            "RESERVED": (RowResult.PENDING, "transfer.reserved"),
            "RECEIVED": (RowResult.PENDING, "transfer.received"),
            "X": (RowResult.PENDING, "transfer.unknown_state"),
        }
        for state, (result, code) in table.items():
            with self.subTest(state):
                self.assert_row(read(transfer(state)), result, code, Found)

    def test_old_error_and_current_state_prove_nothing(self):
        last = error()["transferState"]["lastError"]
        self.assert_row(read(transfer(lastError=last)), RowResult.PAID, kind=Found)
        for current in ("COMPLETED", "ABORTED", "ERROR_OCCURRED", "WAITING_FOR_PARTY_ACCEPTANCE"):
            with self.subTest(current):
                self.assertIsInstance(read(transfer(None, current, lastError=last)), Unreadable)
        self.assertIsInstance(read(error(), 500), Unreadable)

    def test_adapter_that_has_forgotten_the_request_is_believed_by_id(self):
        bare = {
            "transferId": KEY,
            "currentState": "COMPLETED",
            "fulfil": {"body": {"transferState": "COMMITTED"}},
        }
        row = self.assert_row(read(bare), RowResult.PAID, kind=Found)
        self.assertEqual((row.amount, row.when), (None, None))
        self.assertIsInstance(read(bare | {"transferId": OTHER_KEY}), Unreadable)

    def test_word_without_the_transfers_id_settles_nothing(self):
        for state in ("COMMITTED", "ABORTED", "RESERVED"):
            with self.subTest(state):
                bare = {"currentState": "COMPLETED", "fulfil": {"body": {"transferState": state}}}
                for body in (bare, transfer(state, transferId=None)):
                    self.assertEqual(read(body), Unreadable("other.transfer", "HTTP 200"))
                    self.assertIsInstance(CLIENT.read_submission(said(body), SENT), Unknown)

    def test_without_our_payload_the_only_payment_is_meant(self):
        lost = submission(settings=SDK)
        self.assert_row(read(transfer(), sent=lost), RowResult.PAID, kind=Found)
        outcome = CLIENT.read_question(said(transfer()), lost, ("PAY-1", "PAY-2"))
        self.assertEqual(outcome.code, "unreadable.payload")

    def test_what_is_no_answer_is_unreadable(self):
        for status, body in ((504, ""), (500, ""), (401, "x"), (404, unknown()), (200, ""), (502, "<html>")):
            with self.subTest(status=status):
                self.assertIsInstance(read(body, status), Unreadable)
        for fault in Fault:
            if fault is not Fault.NONE:
                self.assertIsInstance(CLIENT.read_question(Answer(fault=fault), SENT, ("PAY-1",)), Unreadable)


@tagged("post_install", "-at_install")
class TestNeverHad(BaseCase):
    def test_switch_that_does_not_know_the_transfer_never_had_it(self):
        for body in (
            unknown(),
            unknown(status_code="3208"),
            unknown(status_code="3208", message="x"),
            unknown(transferState=None),
            unknown(transferState={"transferId": KEY, "currentState": "ERROR_OCCURRED"}),
            {"message": UNKNOWN % "3208", "statusCode": "500"},
        ):
            with self.subTest(body):
                self.assertEqual(read(body, 500), NeverHad(code="3208"))

    def test_nothing_else_is_proof(self):
        table = (
            (404, unknown()),
            (200, unknown()),
            (504, unknown()),
            (500, unknown("3204")),
            (500, unknown("2001", "3208")),
            (500, unknown("3208", "3204")),
            (500, unknown(message="Transfer ID not found 3208")),
            (500, unknown(message=f"x {UNKNOWN % '3208'}")),
            (500, unknown(message=UNKNOWN % "3208" + " ")),
            (500, unknown(message=(UNKNOWN % "3208").replace("retrieving transfer", "resolving party"))),
            (500, unknown(message=(UNKNOWN % "3208").replace('"3208"', "3208"))),
            (500, unknown(message=["3208"])),
            (500, unknown(status_code=3208, message="x")),
            (500, unknown(error="x")),
            (500, unknown(transferState="x")),
            (500, unknown(transferState={"transferId": OTHER_KEY})),
            (500, unknown(transferState={"fulfil": {"body": {"transferState": "COMMITTED"}}})),
            (500, {"errorInformation": {"errorCode": "3208"}}),
            (500, {"message": UNKNOWN % "3208"}),
            (500, UNKNOWN % "3208"),
        )
        for status, body in table:
            with self.subTest(status=status, body=body):
                self.assertIsInstance(read(body, status), Unreadable)

    def test_old_error_in_the_state_is_not_the_answer(self):
        last = {"lastError": {"mojaloopError": {"errorInformation": {"errorCode": "3208"}}}}
        self.assertIsInstance(read(unknown("2001", transferState=last), 500), Unreadable)
