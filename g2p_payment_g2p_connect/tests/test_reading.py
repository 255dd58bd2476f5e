import json
from datetime import datetime, timezone
from decimal import Decimal


from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Answer,
    Fault,
    Found,
    NotSeen,
    NotSent,
    Rejected,
    RowResult,
    Unknown,
    Unreadable,
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


def read(body, status=200, fault=Fault.NONE):
    text = body if isinstance(body, str) else json.dumps(body)
    return make_client().read_submission(Answer(fault=fault, status=status, body=text), SUBMISSION)


def read_question(body, status=200, fault=Fault.NONE, references=("PAY-1",)):
    text = body if isinstance(body, str) else json.dumps(body)
    answer = Answer(fault=fault, status=status, body=text)
    return make_client().read_question(answer, SUBMISSION, references)


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
        self.assertEqual(first.when, datetime(2026, 11, 20, 9, 41, 10, tzinfo=timezone.utc))

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
        self.assertEqual(read({"header": {"status": "rjct"}}), Rejected(code="rjct"))

    def test_header_that_refuses_while_a_row_does_not_is_unknown(self):
        duplicate = row(status="rjct", code="rjct.reference_id.duplicate")
        for rows in ([row("PAY-2", "rjct"), row()], [row(status="pdng")], [duplicate], [7]):
            with self.subTest(rows=rows):
                self.assert_unknown(disburse(*rows, status="rjct"), code="contradictory.answer")

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
            {"code": "err.request.timeout"},
            {"code": "e", "message": "timed out"},
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
            ("rjct", None, FAILED),
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

    def test_doubtful_refusal_leaves_the_payment_open(self):
        for code in ("rjct.reference_id.duplicate", "rjct.payment.timeout"):
            with self.subTest(code=code):
                self.assert_row((PENDING, code), row(status="rjct", code=code))
        item = row(status="rjct", code="rjct.payment.failed", status_reason_message="Timed out at the bank")
        self.assert_row((PENDING, "rjct.payment.failed"), item)

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
        expected = {"PAY-2": (FAILED, ""), "PAY-9": (PAID, ""), "PAY-1": (PAID, "")}
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
            ("2026-11-20T09:41:10Z", datetime(2026, 11, 20, 9, 41, 10, tzinfo=timezone.utc)),
            ("2026-11-20T11:41:10+02:00", datetime(2026, 11, 20, 9, 41, 10, tzinfo=timezone.utc)),
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


@tagged("post_install", "-at_install")
class TestReadQuestion(BaseCase):
    def test_rows_are_found_in_an_object_and_in_a_bare_list(self):
        for as_list in (False, True):
            with self.subTest(as_list=as_list):
                outcome = read_question(told(row(), as_list=as_list, txn_type="disburse"))
                self.assertIsInstance(outcome, Found)
                self.assertEqual((results(outcome), outcome.correlation), ({"PAY-1": (PAID, "")}, "C-1"))

    def test_other_payment_of_the_submission_is_found_too(self):
        self.assertIsInstance(read_question(told(row("PAY-2")), references=("PAY-1",)), Found)

    def test_answer_without_our_payments_is_not_seen(self):
        for rows in ((), (row("PAY-77"),)):
            with self.subTest(rows=rows):
                self.assertEqual(read_question(told(*rows)), NotSeen())

    def test_row_that_does_not_know_the_reference_is_no_failure(self):
        for code in const.UNKNOWN_REFERENCE_CODES:
            with self.subTest(code=code):
                self.assertEqual(read_question(told(row(status="rjct", code=code))), NotSeen())
        both = told(row(status="rjct", code="rjct.reference_id.invalid"), row("PAY-2"))
        self.assertEqual(results(read_question(both)), {"PAY-2": (PAID, "")})

    def test_refused_and_failed_questions_are_unreadable(self):
        for fault in Fault:
            if fault is not Fault.NONE:
                self.assertIsInstance(read_question(told(row()), fault=fault), Unreadable)
        for status in (0, 204, 301, 400, 401, 403, 404, 408, 409, 429, 500, 503):
            with self.subTest(status=status):
                self.assertIsInstance(read_question(errors("err.request.not_found"), status), Unreadable)
        self.assertIsInstance(read_question(told(row(), status="rjct")), Unreadable)

    def test_answer_about_something_else_is_unreadable(self):
        for body in (
            told(row(), key="BATCH-2"),
            told(row(), inner="BATCH-2"),
            told(row(), key=[]),
            told(row(), txn_type="on-search"),
            told(row(), txn_type=None),
            told(row()) | errors("err.request.bad"),
            disburse(row()),
        ):
            with self.subTest(body=body):
                self.assertIsInstance(read_question(body), Unreadable)

    def test_unreadable_bodies_are_unreadable(self):
        rows = told(row())
        rows["message"]["txnstatus_response"]["txn_status"] = "succ"
        for body in ("", "<html>", "null", "[]", {}, {"header": {"status": "succ"}}, rows, "[" * 100_000):
            with self.subTest(body=str(body)[:30]):
                self.assertIsInstance(read_question(body), Unreadable)
