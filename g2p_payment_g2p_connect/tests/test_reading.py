import json
from datetime import UTC, datetime
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
from .test_client import SUBMISSION, make_client

MOMENT = "2026-11-20T09:41:10+00:00"
PAID, FAILED, PENDING = RowResult.PAID, RowResult.FAILED, RowResult.PENDING


def row(reference="PAY-1", status="succ", code=None, **more):
    values = {"reference_id": reference, "timestamp": MOMENT, "status": status, **more}
    return values | ({"status_reason_code": code} if code else {})


def disburse(*rows, status="succ", code=None, key="BATCH-1", **more):
    header = {"status": status, "action": "on-disburse"} | ({"status_reason_code": code} if code else {})
    message = {"transaction_id": key, "disbursements_status": list(rows), **more}
    return {"header": header, "message": message}


def told(*rows, status="succ", key="BATCH-1", inner="BATCH-1", txn_type="on-disburse", as_list=False):
    inside = list(rows) if as_list else {"transaction_id": inner, "disbursements_status": list(rows)}
    response = {"txn_type": txn_type, "txn_status": inside}
    message = {"transaction_id": key, "correlation_id": "C-1", "txnstatus_response": response}
    return {"header": {"status": status, "action": "txn-on-status"}, "message": message}


def errors(*codes, message="no"):
    return {"errors": [{"code": code, "message": message} for code in codes]}


def read(body, status=200, fault=Fault.NONE, declared=""):
    text = body if isinstance(body, str) else json.dumps(body)
    answer = Answer(fault=fault, status=status, body=text)
    return make_client(final_refusal_codes=declared).read_submission(answer, SUBMISSION)


def read_question(body, status=200, fault=Fault.NONE, references=("PAY-1",), declared=""):
    text = body if isinstance(body, str) else json.dumps(body)
    answer = Answer(fault=fault, status=status, body=text)
    return make_client(final_refusal_codes=declared).read_question(answer, SUBMISSION, references)


def results(outcome):
    return {one.reference: (one.result, one.code) for one in outcome.rows}


@tagged("post_install", "-at_install")
class TestReadSubmission(BaseCase):
    def assert_unknown(self, body, status=200, code=None):
        outcome = read(body, status)
        self.assertIsInstance(outcome, Unknown)
        if code is not None:
            self.assertEqual(outcome.code, code)

    def test_answer_with_rows_is_accepted(self):
        outcome = read(
            disburse(row(amount="10.50", currency_code="SLE"), row("PAY-2", "pdng"), status="pdng")
        )
        self.assertIsInstance(outcome, Accepted)
        self.assertEqual(results(outcome), {"PAY-1": (PAID, ""), "PAY-2": (PENDING, "")})
        first = outcome.rows[0]
        self.assertEqual((first.amount, first.currency), (Decimal("10.50"), "SLE"))
        self.assertEqual(first.when, datetime(2026, 11, 20, 9, 41, 10, tzinfo=UTC))

    def test_header_alone_is_accepted_without_rows(self):
        for status in ("succ", "pdng", "rcvd"):
            for body in ({"header": {"status": status}}, {"header": {"status": status}, "message": None}):
                with self.subTest(body=body):
                    self.assertEqual(read(body), Accepted())

    def test_unknown_header_status_is_unknown(self):
        for status in ("fail", "SUCC", "", None, 1, ["succ"], {"succ": 1}):
            with self.subTest(status=status):
                self.assert_unknown({"header": {"status": status}}, code="unreadable.header")

    def test_faults_are_unknown_unless_nothing_was_sent(self):
        for fault in Fault:
            if fault is not Fault.NONE:
                with self.subTest(fault=fault):
                    expected = NotSent if fault is Fault.NOT_SENT else Unknown
                    self.assertIs(type(read(disburse(row()), fault=fault)), expected)

    def test_http_error_in_the_own_shape_is_rejected(self):
        for status in (400, 401, 403, 404, 429):
            with self.subTest(status=status):
                outcome = read(errors("err.request.bad"), status)
                self.assertEqual(outcome, Rejected(code="err.request.bad", reason=f"HTTP {status}"))

    def test_http_error_with_a_code_that_is_not_the_apis_is_unknown(self):
        for code, kept in (("err.request.later", "err.request.later"), ("G2P-REQ-100", "http.400")):
            with self.subTest(code=code):
                self.assert_unknown(errors(code), 400, kept)
                self.assert_unknown(errors("err.request.bad", code), 400, "err.request.bad")

    def test_what_the_framework_of_a_bridge_refuses_is_rejected(self):
        for status, code in const.REFUSING_ERRORS.items():
            for mode in const.OFFICIAL_MODES:
                with self.subTest(code, mode=mode):
                    answer = Answer(status=status, body=json.dumps(errors(code, code)))
                    outcome = make_client(api_mode=mode).read_submission(answer, SUBMISSION)
                    self.assertEqual(outcome, Rejected(code=code, reason=f"HTTP {status}"))

    def test_what_a_bridge_says_otherwise_is_unknown(self):
        for status, *codes in (
            (400, "G2P-REQ-404"),
            (404, "G2P-REQ-102"),
            (400, "G2P-REQ-100"),
            (400, "GCTB-PMS-350"),
            (400, "G2P-REQ-102", "G2P-REQ-100"),
            (400, "G2P-REQ-102", "err.request.bad"),
            (400, "g2p-req-102"),
            (200, "G2P-REQ-102"),
            (401, "G2P-REQ-102"),
            (422, "G2P-REQ-102"),
            (500, "G2P-REQ-100"),
            (500, "G2P-REQ-102"),
        ):
            with self.subTest(status=status, codes=codes):
                self.assert_unknown(errors(*codes), status)
        refusal = errors("G2P-REQ-102")
        for body in (refusal | disburse(row()), refusal | {"signature": ""}, errors(), {"errors": refusal}):
            self.assert_unknown(body, 400)
        self.assert_unknown(errors("G2P-REQ-102", message="already received"), 400)

    def test_every_code_of_the_envelope_is_rejected_and_also_when_something_was_not_found(self):
        for code in const.ENVELOPE_REFUSALS:
            for text in ("no", "Not Found", "sender is unknown", "no such resource"):
                with self.subTest(code=code, text=text):
                    self.assertIsInstance(read(errors(code, message=text), 400), Rejected)

    def test_http_error_in_another_shape_is_unknown(self):
        for status in (400, 401, 403, 404, 429):
            for body in (
                "",
                "<html>",
                "null",
                "[]",
                {"error": "no"},
                {"errors": []},
                {"errors": ["bad"]},
                {"errors": {"code": "err.request.bad"}},
                {"errors": [{"message": "no"}]},
                {"errors": [{"code": 1}]},
                errors("err.request.bad") | disburse(row()),
            ):
                with self.subTest(status=status, body=body):
                    self.assert_unknown(body, status, f"http.{status}")

    def test_http_status_that_may_hide_a_payment_is_unknown_in_any_shape(self):
        for status in (0, 100, 301, 302, 307, 408, 409, 425, 499, 500, 502, 503, 504, 599):
            for body in (errors("err.request.bad"), "", disburse(row(), status="rjct")):
                with self.subTest(status=status, body=body):
                    self.assert_unknown(body, status)

    def test_doubtful_codes_are_unknown(self):
        for code in (
            "err.request.timeout",
            "err.service.unavailable",
            "rjct.message_id.duplicate",
            "x.duplicated",
        ):
            with self.subTest(code=code):
                self.assert_unknown(errors(code), 400, code)
                self.assert_unknown(errors("err.request.bad", code), 400)
                self.assert_unknown(disburse(status="rjct", code=code), code=code)

    def test_doubtful_text_is_unknown_and_not_kept(self):
        body = errors("err.request.bad", message="transaction of Fatu Sesay already exists")
        self.assert_unknown(body, 400, "err.request.bad")
        self.assertNotIn("Fatu", str(read(body, 400)))

    def test_header_that_refuses_is_rejected(self):
        for code in ("rjct.version.invalid", "rjct.total_count.limit_exceeded", "rjct.errors.too_many"):
            with self.subTest(code=code):
                self.assertEqual(read(disburse(status="rjct", code=code)), Rejected(code=code))

    def test_header_that_refuses_with_another_code_or_with_none_is_unknown(self):
        for code in (
            "rjct.jwt.invalid",
            "rjct.payee_fa.invalid",
            "rjct.reference_id.invalid",
            "err.request.bad",
        ):
            with self.subTest(code=code):
                self.assert_unknown(disburse(status="rjct", code=code), code=code)
        # Half of the payments may have been made before the money was gone.
        declared = read(disburse(status="rjct", code="rjct.funds.gone"), declared="rjct.funds.gone")
        self.assertEqual(declared, Unknown(code="rjct.funds.gone"))
        for header in ({}, {"status_reason_code": None}, {"status_reason_code": ""}):
            with self.subTest(header=header):
                self.assert_unknown({"header": {"status": "rjct", **header}}, code="rjct")
        for code in (7, ["rjct.version.invalid"], {}, True, "Refused for Fatu"):
            with self.subTest(code=code):
                header = {"status": "rjct", "status_reason_code": code}
                self.assert_unknown({"header": header}, code="unreadable.refusal")

    def test_header_that_refuses_and_speaks_of_doubt_is_unknown(self):
        for text in ("previous message still in flight", ["no"], {"why": "x"}, True):
            with self.subTest(text=text):
                header = {"status_reason_code": "rjct.total_count.invalid", "status_reason_message": text}
                self.assert_unknown({"header": {"status": "rjct", **header}}, code="rjct.total_count.invalid")

    def test_header_that_refuses_while_a_row_does_not_is_unknown(self):
        duplicate = row(status="rjct", code="rjct.reference_id.duplicate")
        for rows in ([row("PAY-2", "rjct"), row()], [row(status="pdng")], [duplicate], [7]):
            with self.subTest(rows=rows):
                body = disburse(*rows, status="rjct", code="rjct.errors.too_many")
                self.assert_unknown(body, code="contradictory.answer")

    def test_header_that_refuses_with_all_rows_is_rejected(self):
        body = disburse(row(status="rjct"), row("PAY-2", "rjct"), status="rjct", code="rjct.errors.too_many")
        self.assertIsInstance(read(body), Rejected)

    def test_answer_for_another_transaction_is_unknown(self):
        for key in ("BATCH-2", "", ["BATCH-1"], {}):
            with self.subTest(key=key):
                self.assert_unknown(disburse(row(), key=key), code="other.transaction")
                self.assert_unknown(disburse(status="rjct", key=key), code="other.transaction")

    def test_answer_that_contradicts_itself_is_unknown(self):
        self.assert_unknown(disburse(row()) | errors("err.request.bad"), code="contradictory.answer")
        self.assert_unknown('{"header": {"status": "rjct", "status": "succ"}}', code="unreadable.body")

    def test_unreadable_bodies_are_unknown(self):
        for body in (
            "",
            "OK",
            "<html></html>",
            "\ufffd\ufffd",
            '{"header": {"status": "succ"',
            "[]",
            "1",
            "null",
            "NaN",
            '{"header": NaN}',
            "[" * 100_000,
            '{"a":' * 100_000,
        ):
            with self.subTest(body=body[:20]):
                self.assert_unknown(body, code="unreadable.body")
        for rows in ({}, "succ", 1, True):
            with self.subTest(rows=rows):
                self.assert_unknown(disburse(disbursements_status=rows), code="unreadable.rows")

    def test_ack_of_an_asynchronous_endpoint_is_read(self):
        ack = {"timestamp": MOMENT, "correlation_id": "C-9"}
        for status in ("ACK", "NACK"):
            with self.subTest(status=status):
                outcome = read({"message": ack | {"ack_status": status}})
                self.assertEqual(outcome, Accepted(code=status.lower(), correlation="C-9"))
        refused = {"ack_status": "ERR", "error": {"code": "err.signature.invalid", "message": "no"}}
        self.assertEqual(read({"message": ack | refused}), Rejected(code="err.signature.invalid"))
        for error in (
            {},
            None,
            {"code": 1},
            {"code": []},
            {"code": "err.request.timeout"},
            {"code": "err.request.bad", "message": "timed out"},
            {"code": "err.other"},
        ):
            with self.subTest(error=error):
                self.assert_unknown({"message": ack | {"ack_status": "ERR", "error": error}})
        self.assert_unknown({"message": ack | {"ack_status": "err"}})

    def test_reading_again_gives_the_same(self):
        body = disburse(row(), row("PAY-2", "rjct", "rjct.payee_fa.invalid"))
        self.assertEqual(read(body), read(body))


@tagged("post_install", "-at_install")
class TestReadRows(BaseCase):
    def assert_row(self, expected, *items):
        """Both kinds of answers read a row in the same way."""
        self.assertEqual(results(read(disburse(*items))).get("PAY-1"), expected)
        self.assertEqual(results(read_question(told(*items))).get("PAY-1"), expected)

    def test_results_follow_the_table(self):
        for status, code, expected in (
            ("succ", None, PAID),
            ("rjct", "rjct.payee_fa.invalid", FAILED),
            ("rjct", "rjct.payment.failed", FAILED),
            ("rcvd", None, PENDING),
            ("pdng", None, PENDING),
        ):
            with self.subTest(status=status, code=code):
                self.assert_row((expected, code or ""), row(status=status, code=code))

    def test_unknown_status_leaves_the_payment_open(self):
        self.assert_row((PENDING, "fail"), row(status="fail"))
        self.assert_row((PENDING, "rjct.later"), row(status="cncl", code="rjct.later"))
        for status in (None, "", "SUCC", 1, True, ["succ"], {}, "paid to Fatu"):
            with self.subTest(status=status):
                self.assert_row((PENDING, "unknown.status"), row(status=status))

    def test_amount_that_cannot_be_read_is_never_paid(self):
        for amount in (
            "",
            "abc",
            "1,250.00",
            "-5.00",
            "1e3",
            "NaN",
            "Infinity",
            "9" * 14,
            "१२.००",
            True,
            [],
            {"v": 1},
        ):
            with self.subTest(amount=amount):
                self.assert_row((PENDING, "unreadable.amount"), row(amount=amount))

    def test_currency_that_cannot_be_read_is_never_paid(self):
        for currency in ("", "sle", "Leone", 694, ["SLE"]):
            with self.subTest(currency=currency):
                self.assert_row((PENDING, "unreadable.currency"), row(currency_code=currency))

    def test_amount_is_exact_also_as_a_json_number(self):
        for text in ("1250.10", "0.1", "1250", "9999999999999.99"):
            for written in (text, f'"{text}"'):
                with self.subTest(written=written):
                    body = json.dumps(disburse(row(amount="AMOUNT"))).replace('"AMOUNT"', written)
                    self.assertEqual(read(body).rows[0].amount, Decimal(text))

    def test_amount_and_currency_that_are_not_given_are_not_made_up(self):
        for item in (row(), row(amount=None, currency_code=None)):
            with self.subTest(item=item):
                told_row = read(disburse(item)).rows[0]
                self.assertEqual((told_row.result, told_row.amount, told_row.currency), (PAID, None, None))

    def test_rows_are_matched_by_reference_in_any_order(self):
        outcome = read(disburse(row("PAY-2", "rjct"), row("PAY-9"), row("PAY-1")))
        expected = {"PAY-2": (FAILED, "rjct"), "PAY-9": (PAID, ""), "PAY-1": (PAID, "")}
        self.assertEqual(results(outcome), expected)

    def test_same_row_twice_is_one(self):
        self.assertEqual(len(read(disburse(row(amount="1.0"), row(amount="1.00"))).rows), 1)

    def test_rows_that_disagree_leave_the_payment_open(self):
        for other in (
            row(status="rjct"),
            row(status="pdng"),
            row(amount="2.00"),
            row(amount="1.00", currency_code="XXX"),
        ):
            with self.subTest(other=other):
                first = row(amount="1.00", currency_code="SLE")
                self.assert_row((PENDING, "contradictory.rows"), first, other)
                self.assert_row((PENDING, "contradictory.rows"), first, other, first)

    def test_rows_without_a_usable_reference_are_left_out(self):
        unusable = [
            None,
            5,
            "PAY-1",
            [],
            {},
            row(None),
            row(""),
            row(["PAY-1"]),
            row("a\x00b"),
            row("\ud800"),
            row("x" * 129),
        ]
        outcome = read(disburse(*unusable, row()))
        self.assertEqual(results(outcome), {"PAY-1": (PAID, "")})

    def test_moment_is_read_with_its_zone_or_not_at_all(self):
        for text, expected in (
            ("2026-11-20T09:41:10Z", datetime(2026, 11, 20, 9, 41, 10, tzinfo=UTC)),
            ("2026-11-20T11:41:10+02:00", datetime(2026, 11, 20, 9, 41, 10, tzinfo=UTC)),
            ("2026-11-20T09:41:10", None),
            ("0001-01-01T00:00:00+14:00", None),
            ("9999-12-31T23:59:59-14:00", None),
            ("yesterday", None),
            (1795167000, None),
            (None, None),
        ):
            with self.subTest(text=text):
                self.assertEqual(read(disburse(row(timestamp=text))).rows[0].when, expected)

    def test_text_of_the_payment_system_is_not_kept(self):
        item = row(
            status="rjct", code="Refused for Fatu Sesay", status_reason_message="account 4455 of Fatu Sesay"
        )
        item |= {"payee_name": "Fatu Sesay", "payee_fa": "account:4455@bank", "instruction": "call Fatu"}
        for outcome in (read(disburse(item)), read_question(told(item))):
            self.assertNotIn("Fatu", str(outcome))
            self.assertNotIn("4455", str(outcome))
