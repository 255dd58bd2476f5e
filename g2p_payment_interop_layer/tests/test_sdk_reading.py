from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Answer,
    Fault,
    NotSent,
    Rejected,
    RowResult,
    Unknown,
)

from .. import const
from .common import KEY, OTHER_KEY, SDK, error, make_client, payment, said, submission, transfer, waiting

SENT = submission(payment(1), settings=SDK)
CLIENT = make_client(SDK)


def read(body, status=200, **fields):
    return CLIENT.read_submission(said(body, status, **fields), SENT)


class RowCase(BaseCase):
    def assert_row(self, outcome, result, code="", kind=Accepted):
        self.assertIsInstance(outcome, kind)
        (row,) = outcome.rows
        self.assertEqual((row.reference, row.result, row.code), ("PAY-1", result, code))
        return row


@tagged("post_install", "-at_install")
class TestTransferStates(RowCase):
    def test_only_committed_is_paid(self):
        row = self.assert_row(read(transfer()), RowResult.PAID)
        self.assertEqual((row.amount, row.currency, row.external_reference), (Decimal(100), "INR", KEY))
        self.assertEqual(row.when.isoformat(), "2026-11-21T00:35:45.373000+00:00")

    def test_current_state_pays_nobody(self):
        table = {
            "ABORTED": (RowResult.FAILED, "transfer.aborted"),
            "RESERVED": (RowResult.PENDING, "transfer.reserved"),
            "RECEIVED": (RowResult.PENDING, "transfer.received"),
            "SETTLED": (RowResult.PENDING, "transfer.unknown_state"),
            "committed": (RowResult.PENDING, "transfer.unknown_state"),
        }
        for state, (result, code) in table.items():
            with self.subTest(state):
                self.assert_row(read(transfer(state, "COMPLETED")), result, code)
        for state in (["COMMITTED"], 5, {"a": 1}, True):
            with self.subTest(state):
                fulfil = {"body": {"transferState": state}}
                self.assert_row(read(transfer(fulfil=fulfil)), RowResult.PENDING, "transfer.unknown_state")

    def test_completed_without_a_word_of_the_switch_is_unknown(self):
        for fields in ({}, {"fulfil": {}}, {"fulfil": {"body": {}}}, {"fulfil": "COMMITTED"}):
            with self.subTest(**fields):
                outcome = read(transfer(None, **fields))
                self.assertEqual(outcome, Unknown(code="no.transfer_state", reason="HTTP 200"))

    def test_received_amount_is_what_was_paid(self):
        row = self.assert_row(read(transfer(quoteResponse=None)), RowResult.PAID)
        self.assertEqual((row.amount, row.currency), (None, None))
        quote = {"body": {"payeeReceiveAmount": {"amount": "99.5", "currency": "INR"}}}
        row = self.assert_row(read(transfer(quoteResponse=quote)), RowResult.PAID)
        self.assertEqual(row.amount, Decimal("99.5"))

    def test_other_amount_or_currency_goes_to_the_engine(self):
        row = self.assert_row(read(transfer(amount="200")), RowResult.PAID)
        self.assertEqual(row.amount, Decimal(200))
        row = self.assert_row(read(transfer(currency="USD")), RowResult.PAID)
        self.assertEqual(row.currency, "USD")
        self.assert_row(read(transfer("ABORTED", amount="200")), RowResult.PENDING, "other.amount")

    def test_unreadable_amount_settles_nothing(self):
        quote = {"body": {"payeeReceiveAmount": {"amount": "a lot"}}}
        for fields in ({"amount": "x"}, {"currency": 5}, {"quoteResponse": quote}):
            self.assert_row(read(transfer(**fields)), RowResult.PENDING, "unreadable.amount")

    def test_times_never_fail(self):
        for told in (None, "", "x", 5, "2026-11-21", "9999-12-31T23:59:59-12:00"):
            fulfil = {"body": {"transferState": "COMMITTED", "completedTimestamp": told}}
            self.assert_row(read(transfer(fulfil=fulfil)), RowResult.PAID)

    def test_transfer_of_somebody_else_is_not_ours(self):
        for fields in ({"transferId": OTHER_KEY}, {"homeTransactionId": "PAY-2"}, {"transferId": 5}):
            with self.subTest(**fields):
                self.assertEqual(read(transfer(**fields)).code, "other.transfer")

    def test_halted_transfer_is_unknown(self):
        for stage, code in (
            ("PARTY", "waiting.party"),
            ("QUOTE", "waiting.quote"),
            ("CONVERSION", "waiting.conversion"),
        ):
            with self.subTest(stage):
                self.assertEqual(read(waiting(stage)), Unknown(code=code, reason="HTTP 200"))

    def test_declined_transfer_has_failed(self):
        self.assert_row(read(transfer(None, "ABORTED", abortedReason="x")), RowResult.FAILED, "declined")

    def test_aborted_after_a_transfer_was_prepared_is_unknown(self):
        for member in ("prepare", "fxTransferRequest", "fxTransferResponse"):
            outcome = read(transfer(None, "ABORTED", **{member: {"body": {}}}))
            self.assertEqual(outcome.code, "no.transfer_state")
        self.assertIsInstance(read(transfer(None, "ABORTED", transferId=None)), Unknown)

    def test_unreadable_answers_are_unknown(self):
        for body in ("", "null", "[]", "<html>", '{"a": 1, "a": 1}', "{" * 100):
            with self.subTest(body):
                self.assertEqual(read(body), Unknown(code="unreadable.body", reason="HTTP 200"))

    def test_faults_are_what_the_transport_says(self):
        for fault in Fault:
            if fault is not Fault.NONE:
                outcome = CLIENT.read_submission(Answer(fault=fault, status=200), SENT)
                self.assertIsInstance(outcome, NotSent if fault is Fault.NOT_SENT else Unknown)
                continued = Answer(fault=fault, note=const.CONTINUED)
                self.assertIsInstance(CLIENT.read_submission(continued, SENT), Unknown)


@tagged("post_install", "-at_install")
class TestErrors(RowCase):
    def test_schema_refusal_rejects(self):
        outcome = read({"message": "must be equal to one of the allowed values", "statusCode": 400}, 400)
        self.assertEqual(outcome, Rejected(code="schema.refused", reason="HTTP 400"))

    def test_schema_refusal_as_a_duplicate_is_asked_about(self):
        for told in ("Duplicate transferId", "transferId already exists", "modified request"):
            with self.subTest(told):
                self.assertIsInstance(read({"message": told, "statusCode": 400}, 400), Unknown)

    def test_what_only_looks_like_a_schema_refusal_is_unknown(self):
        good = {"message": "x", "statusCode": 400}
        table = (
            (400, good | {"statusCode": "400"}),
            (400, good | {"statusCode": 401}),
            (400, good | {"statusCode": 400.0}),
            (400, good | {"error": "Bad Request"}),
            (400, good | {"transferState": {}}),
            (400, good | {"message": 400}),
            (400, good | {"message": None}),
            (400, {"message": "x"}),
            (400, ""),
            (400, "<html>"),
            (422, good),
            (500, good),
        )
        for status, body in table:
            with self.subTest(status=status, body=body):
                self.assertIsInstance(read(body, status), Unknown)

    def test_refused_continuation_refuses_no_transfer(self):
        outcome = read({"message": "x", "statusCode": 400}, 400, note=f"{const.CONTINUED}: acceptParty")
        self.assertIsInstance(outcome, Unknown)

    def test_error_before_a_quote_has_failed(self):
        for code in ("3204", "5200", "2001", "1001"):
            with self.subTest(code):
                row = self.assert_row(read(error(code), 500), RowResult.FAILED, code)
                self.assertEqual(row.reason, "")

    def test_error_after_a_quote_is_unknown(self):
        quote = {"body": {"transferAmount": {"currency": "INR", "amount": "100.5"}}}
        for code in ("5104", "4001", "2001", "3204"):
            for member in ("quoteResponse", "prepare", "fulfil", "fxTransferRequest"):
                with self.subTest(code=code, member=member):
                    outcome = read(error(code, **{member: quote}), 500)
                    self.assertEqual(outcome, Unknown(code=code, reason="HTTP 500"))

    def test_timeouts_are_unknown_also_before_a_quote(self):
        silent = {"httpStatusCode": 504}
        table = (
            (504, error(status_code="504", lastError=silent)),
            (500, error(status_code="504")),
            (500, error(lastError=silent)),
            (504, error()),
            (503, error()),
            (429, error()),
            (408, error()),
        )
        for status, body in table:
            with self.subTest(status=status, body=body):
                self.assertIsInstance(read(body, status), Unknown)

    def test_modified_request_is_asked_wherever_it_stands(self):
        told = 'Got an error response requesting quote: {"errorInformation":{"errorCode":"3106"}}'
        for body in (
            error("3106"),
            error("3204", "3106"),
            error("3106", "500"),
            error("5200") | {"message": told},
        ):
            with self.subTest(body):
                self.assertIsInstance(read(body, 500), Unknown)

    def test_duplicate_in_words_is_asked(self):
        said_so = {"errorInformation": {"errorCode": "5103", "errorDescription": "Duplicate transaction"}}
        for body in (
            error("5103") | {"message": "Duplicate transaction"},
            error("5103", lastError={"httpStatusCode": 500, "mojaloopError": said_so}),
        ):
            with self.subTest(body):
                self.assertIsInstance(read(body, 500), Unknown)

    def test_error_that_is_not_certainly_ours_is_unknown(self):
        for fields in (
            {"transferId": None},
            {"transferId": OTHER_KEY},
            {"homeTransactionId": "PAY-2"},
            {"lastError": None},
            {"lastError": {}},
            {"lastError": "3204"},
            {"currentState": "COMPLETED"},
            {"currentState": None},
        ):
            with self.subTest(**fields):
                self.assertIsInstance(read(error(**fields), 500), Unknown)
        for body in ({"message": "x", "statusCode": "3204"}, {"transferState": {}, "statusCode": "3204"}):
            self.assertIsInstance(read(body, 500), Unknown)
        self.assert_row(read(error(amount="7"), 500), RowResult.PENDING, "other.amount")

    def test_pages_of_gateways_are_unknown(self):
        for status in (401, 403, 404, 500, 502, 503, 504):
            for body in ("", "<html>502</html>", {"message": "x"}, {"message": "x", "statusCode": "3204"}):
                with self.subTest(status=status, body=body):
                    self.assertEqual(
                        read(body, status), Unknown(code=f"http.{status}", reason=f"HTTP {status}")
                    )

    def test_error_without_a_code_of_mojaloop_still_has_a_code(self):
        last = {"httpStatusCode": 500, "mojaloopError": "Navya Agarwal"}
        self.assert_row(read(error(status_code="500", lastError=last), 500), RowResult.FAILED, "http.500")
