import json
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

from .common import KEY, make_client, payment, result, results, said, submission

SENT = submission(payment(1))


def read(answer, sent=SENT, **changes):
    return make_client(**changes).read_submission(answer, sent)


def read_question(answer, sent=SENT, **changes):
    return make_client(**changes).read_question(answer, sent, sent.references)


def refusal(code, **fields):
    return {"errorInformation": {"errorCode": code, "errorDescription": "Generic validation error", **fields}}


@tagged("post_install", "-at_install")
class TestSubmission(BaseCase):
    def test_faults_are_what_the_transport_says(self):
        for fault in Fault:
            if fault is not Fault.NONE:
                outcome = read(Answer(fault=fault, status=200, body=results(result()).body))
                self.assertIsInstance(outcome, NotSent if fault is Fault.NOT_SENT else Unknown)

    def test_refusals_in_the_layers_own_shape_reject(self):
        for status, code in ((400, "3100"), (400, "3102"), (400, "3000"), (404, "3002"), (405, "3000")):
            with self.subTest(status=status, code=code):
                outcome = read(said(refusal(code), status))
                self.assertEqual(outcome, Rejected(code=code, reason=f"HTTP {status}"))

    def test_everything_else_that_is_no_success_is_unknown(self):
        table = (
            (400, refusal("2001")),
            (400, refusal("3106")),
            (400, refusal("3101")),
            (400, {"errorInformation": {"errorCode": 3100}}),
            (400, refusal("3100") | {"disbursementId": KEY}),
            (400, "<html>Bad Request</html>"),
            (400, ""),
            (400, {"message": "Bad Request", "statusCode": 400}),
            (401, ""),
            (403, refusal("3100")),
            (404, "not found"),
            (404, refusal("3100")),
            (408, refusal("3100")),
            (409, refusal("3100")),
            (413, "too large"),
            (429, refusal("3100")),
            (499, ""),
            (500, ""),
            (500, refusal("2001")),  # a body over 1 MiB: a 5xx proves nothing
            (500, refusal("3100")),
            (502, "<html>"),
            (503, refusal("3000")),
            (504, ""),
            (201, json.loads(results(result()).body)),
            (302, ""),
            (0, ""),
        )
        for status, body in table:
            with self.subTest(status=status, body=body):
                self.assertIsInstance(read(said(body, status)), Unknown)

    def test_success_that_says_nothing_of_ours_is_unknown(self):
        table = {
            "": "empty.body",
            "  ": "empty.body",
            "<html>": "unreadable.body",
            "null": "unreadable.body",
            "[]": "unreadable.body",
            "{}": "no.results",
            '{"disbursementId": "other", "payeeResults": []}': "other.disbursement",
            json.dumps({"payeeResults": [result(7)]}): "nothing.ours",
            json.dumps({"disbursementId": KEY, "payeeResults": {}}): "no.results",
            json.dumps(refusal("3100")): "error.with_success",
            '{"disbursementId": "a", "disbursementId": "a", "payeeResults": []}': "unreadable.body",
        }
        for body, code in table.items():
            with self.subTest(body):
                self.assertEqual(read(said(body)), Unknown(code=code, reason="HTTP 200"))

    def test_accepted_with_what_it_says_of_each(self):
        outcome = read(results(result(amountDebited="100", amountCredited="100")))
        self.assertIsInstance(outcome, Accepted)
        (row,) = outcome.rows
        self.assertEqual((row.reference, row.result), ("PAY-1", RowResult.PAID))
        self.assertEqual((row.amount, row.currency), (Decimal(100), "INR"))
        self.assertEqual(row.when.isoformat(), "2026-11-21T00:35:32.620000+00:00")

    def test_answer_without_an_id_is_ours_by_its_lines(self):
        outcome = read(said({"payeeResults": [result()]}))
        self.assertEqual([row.result for row in outcome.rows], [RowResult.PAID])

    def test_refusal_as_a_duplicate_is_asked_about(self):
        """A gateway may have sent it twice: then an earlier copy is paid, and another id would pay it again."""
        for told in ("Duplicate disbursementId", "disbursementId already exists", "Modified request"):
            with self.subTest(told):
                outcome = read(said(refusal("3100", errorDescription=told), 400))
                self.assertEqual(outcome, Unknown(code="3100", reason="HTTP 400"))

    def test_answer_without_an_id_fails_nobody(self):
        """It may be about an earlier disbursement for the same payees; a failed payment is paid again."""
        for word in ("REJECTED", "FAILED"):
            answer = said({"payeeResults": [result(status=word, amount=None, currency=None)]})
            for outcome in (read(answer), read_question(answer)):
                self.assertEqual([row.result for row in outcome.rows], [RowResult.PENDING])
                self.assertEqual([row.code for row in outcome.rows], ["to.be.confirmed"])

    def test_without_our_payload_nothing_is_settled(self):
        lost = submission()
        self.assertEqual(read(results(result()), lost).code, "unreadable.payload")
        self.assertIsInstance(read_question(results(result()), lost), Unreadable)


@tagged("post_install", "-at_install")
class TestQuestion(BaseCase):
    def test_empty_answer_proves_nothing(self):
        for body in ("", " \n", "{}"):
            with self.subTest(body):
                self.assertEqual(read_question(said(body)), NotSeen(code="not.seen"))

    def test_what_is_no_answer_is_unreadable(self):
        table = (
            (200, "null"),
            (200, "<html>"),
            (200, "[]"),
            (404, ""),
            (404, refusal("3002")),
            (401, ""),
            (500, ""),
        )
        for status, body in table:
            with self.subTest(status=status, body=body):
                self.assertIsInstance(read_question(said(body, status)), Unreadable)
        for fault in Fault:
            if fault is not Fault.NONE:
                self.assertIsInstance(read_question(Answer(fault=fault)), Unreadable)

    def test_known_disbursement_is_found(self):
        outcome = read_question(results(result()))
        self.assertIsInstance(outcome, Found)
        self.assertEqual([row.result for row in outcome.rows], [RowResult.PAID])

    def test_other_disbursement_is_not_ours(self):
        self.assertEqual(read_question(results(result(), key="x")).code, "other.disbursement")


@tagged("post_install", "-at_install")
class TestWords(BaseCase):
    def row(self, status, **fields):
        changes = {"trust_aborted": fields.pop("trust_aborted", False)}
        (row,) = read(results(result(status=status, **fields)), **changes).rows
        return row

    def test_every_word_means_what_the_table_says(self):
        table = {
            "COMPLETED": (RowResult.PAID, "layer.completed"),
            "REJECTED": (RowResult.FAILED, "layer.rejected"),
            "FAILED": (RowResult.FAILED, "layer.failed"),
            "RECEIVED": (RowResult.PENDING, "layer.received"),
            "PENDING": (RowResult.PENDING, "layer.pending"),
            "ABORTED": (RowResult.PENDING, "to.be.confirmed"),
            "ABORETED": (RowResult.PENDING, "to.be.confirmed"),
            "ERROR_OCCURRED": (RowResult.PENDING, "to.be.confirmed"),
            "WAITING_FOR_PARTY_ACCEPTANCE": (RowResult.PENDING, "layer.waiting_party"),
            "WAITING_FOR_QUOTE_ACCEPTANCE": (RowResult.PENDING, "layer.waiting_quote"),
            "WAITING_FOR_CONVERSION_ACCEPTANCE": (RowResult.PENDING, "layer.waiting_conversion"),
            "SETTLED": (RowResult.PENDING, "SETTLED"),
            "completed": (RowResult.PENDING, "unknown.word"),
            "": (RowResult.PENDING, "unknown.word"),
            "9876543210": (RowResult.PENDING, "unknown.word"),
            "X" * 41: (RowResult.PENDING, "unknown.word"),
        }
        for word, expected in table.items():
            with self.subTest(word):
                row = self.row(word, amountDebited="100", amountCredited="100")
                self.assertEqual((row.result, row.code), expected)

    def test_missing_or_odd_word_settles_nothing(self):
        for status in (None, 5, ["COMPLETED"], {"a": 1}, True):
            with self.subTest(status):
                self.assertEqual(self.row(status).code, "unknown.word")

    def test_aborted_fails_where_this_peer_is_trusted(self):
        for word in ("ABORTED", "ABORETED", "ERROR_OCCURRED"):
            with self.subTest(word):
                row = self.row(word, errors=["Request failed with status code 500"], trust_aborted=True)
                self.assertEqual((row.result, row.code), (RowResult.FAILED, "layer.aborted"))

    def test_failed_with_an_error_that_speaks_of_doubt_is_to_be_confirmed(self):
        doubts = (
            ["Duplicate disbursement"],
            ["x", "timeout of 30000ms exceeded"],
            ["Request failed with status code 504"],
            ["3106"],
            "already paid",
            {"errorCode": "3106"},
            [["socket hang up"]],
            ["connect ECONNREFUSED"],
            ["Server timed out"],
        )
        for errors in doubts:
            for word, trust in (("REJECTED", False), ("FAILED", False), ("ABORTED", True)):
                with self.subTest(word=word, errors=errors):
                    row = self.row(word, errors=errors, trust_aborted=trust)
                    self.assertEqual((row.result, row.code), (RowResult.PENDING, "to.be.confirmed"))
        certain = (
            ["Party not found"],
            ["Payee limit error 5200"],
            [],
            None,
            ["Request failed with status code 500"],
        )
        for errors in certain:
            with self.subTest(errors):
                self.assertEqual(self.row("REJECTED", errors=errors).result, RowResult.FAILED)

    def test_no_text_of_the_layer_is_handed_on(self):
        row = self.row("REJECTED", errors=["Navya Agarwal is unknown"])
        self.assertEqual((row.reason, row.code), ("", "layer.rejected"))

    def test_completed_with_an_error_is_not_paid(self):
        self.assertEqual(self.row("COMPLETED", errors=["x"]).code, "completed.with_error")
        self.assertEqual(self.row("COMPLETED", errors=[]).result, RowResult.PAID)

    def test_timestamps_never_fail(self):
        """Upstream fault 6: a timestamp without a fraction rolled everything back."""
        table = {
            "2026-11-21T00:35:32.620Z": "2026-11-21T00:35:32.620000+00:00",
            "2026-11-21T00:35:32Z": "2026-11-21T00:35:32+00:00",
            "2026-11-21T00:35:32": "2026-11-21T00:35:32+00:00",
            "2026-11-21T05:35:32.6+05:00": "2026-11-21T00:35:32.600000+00:00",
            "2026-11-21T00:35:32-04:30": "2026-11-21T05:05:32+00:00",
        }
        for told, expected in table.items():
            with self.subTest(told):
                self.assertEqual(self.row("COMPLETED", timestamp=told).when.isoformat(), expected)
        for told in (None, "", "yesterday", 5, [], "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"):
            with self.subTest(told):
                row = self.row("COMPLETED", timestamp=told)
                self.assertEqual((row.result, row.when), (RowResult.PAID, None))
