import json
from datetime import UTC, datetime

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Answer,
    Fault,
    NotSent,
    Rejected,
    Unknown,
    Unreadable,
)

from .. import acks, const
from .test_client import SUBMISSION, make_client

CORRELATION = "c0ffee00-7781-4e3e-9d4f-000000000001"
#: Error of the official file, and whether it says that nothing was taken (contract 1.4 and 5).
ERRORS = {
    "err.request.bad": True,
    "err.request.unauthorized": True,
    "err.request.forbidden": True,
    "err.request.not_found": True,
    "err.request.timeout": False,
    "err.request.too_many_requests": True,
    "err.version.not_supported": True,
    "err.sender_id.invalid": True,
    "err.sender_uri.invalid": True,
    "err.receiver_id.invalid": True,
    "err.signature.missing": True,
    "err.signature.invalid": True,
    "err.encryption.invalid": True,
    "err.service.unavailable": False,
}


def ack(status="ACK", error=None, **more):
    message = {"ack_status": status, "timestamp": "2026-11-20T09:30:01+00:00", "correlation_id": CORRELATION}
    if error:
        message["error"] = {"code": error, "message": "refused"}
    return {"message": message | more}


def read(body, status=200, fault=Fault.NONE, mode=const.MODE_ASYNC):
    text = body if isinstance(body, str) else json.dumps(body)
    return make_client(api_mode=mode).read_submission(Answer(fault, status, text), SUBMISSION)


def read_question(body, status=200):
    text = body if isinstance(body, str) else json.dumps(body)
    client = make_client(api_mode=const.MODE_ASYNC)
    return client.read_question(Answer(status=status, body=text), SUBMISSION, ("PAY-1",))


@tagged("post_install", "-at_install")
class TestReadAck(BaseCase):
    def test_table_has_the_official_files_words(self):
        self.assertEqual(set(const.ACKS), {"ACK", "NACK", "ERR"})
        self.assertEqual(const.ERRORS, ERRORS)
        self.assertEqual(const.ENVELOPE_REFUSALS, {code for code, refuses in ERRORS.items() if refuses})

    def test_ack_and_nack_both_say_that_it_was_taken(self):
        for status, code in (("ACK", "ack"), ("NACK", "nack")):
            for http_status in (200, 202):
                with self.subTest(status, http_status=http_status):
                    self.assertEqual(
                        read(ack(status), http_status), Accepted(code=code, correlation=CORRELATION)
                    )

    def test_every_error_refuses_or_stays_unknown_as_the_table_says(self):
        for code, refuses in ERRORS.items():
            with self.subTest(code):
                expected = Rejected(code=code) if refuses else Unknown(code=code)
                self.assertEqual(read(ack("ERR", code)), expected)

    def test_refusal_of_the_contract_is_read(self):
        error = {"code": "err.signature.invalid", "message": "signature does not verify with key k1"}
        message = {"ack_status": "ERR", "timestamp": "2026-11-20T09:30:01+00:00", "error": error}
        self.assertEqual(
            read({"message": message | {"correlation_id": CORRELATION}}), Rejected("err.signature.invalid")
        )

    def test_error_that_speaks_of_an_earlier_copy_refuses_nothing(self):
        body = ack("ERR")
        body["message"]["error"] = {"code": "err.request.bad", "message": "duplicate request"}
        self.assertEqual(read(body), Unknown(code="err.request.bad"))

    def test_error_without_a_listed_code_refuses_nothing(self):
        for error in (None, {}, {"code": "err.other"}, {"code": 7}, "err.request.bad", ["err.request.bad"]):
            with self.subTest(error):
                body = ack("ERR")
                body["message"]["error"] = error
                self.assertIsInstance(read(body), Unknown)

    def test_words_that_are_none_say_nothing(self):
        for status in ("ack", "OK", "", None, True, 1, ["ACK"], {"ACK": 1}):
            with self.subTest(status):
                self.assertEqual(read(ack(status)), Unknown(code="unreadable.ack"))

    def test_acknowledgement_that_contradicts_itself_says_nothing(self):
        for body in (
            ack("ACK", "err.signature.invalid"),
            ack("NACK", "err.request.bad"),
            ack("ACK") | {"errors": [{"code": "err.request.bad"}]},
            ack("ERR", "err.request.bad") | {"errors": []},
        ):
            with self.subTest(body):
                self.assertEqual(read(body), Unknown(code="contradictory.answer"))

    def test_refusal_in_an_http_error_is_the_normal_answer(self):
        for status in const.REJECTING_HTTP_STATUSES:
            with self.subTest(status):
                outcome = read(ack("ERR", "err.signature.invalid"), status)
                self.assertEqual(outcome, Rejected(code="err.signature.invalid", reason=f"HTTP {status}"))

    def test_http_error_never_accepts_and_rejects_by_the_table_only(self):
        for status in (300, 302, 400, 401, 404, 408, 409, 425, 429, 499, 500, 502, 503, 504):
            for body in (ack("ACK"), ack("NACK"), ack("ERR", "err.request.timeout"), ack("ERR"), {}, ""):
                with self.subTest(status, body=body):
                    self.assertEqual(read(body, status).code, f"http.{status}")
                    self.assertIsInstance(read(body, status), Unknown)
        for status in (302, 408, 409, 425, 499, 500, 503):
            with self.subTest(status):
                self.assertIsInstance(read(ack("ERR", "err.request.bad"), status), Unknown)

    def test_what_is_no_acknowledgement_is_read_like_the_synchronous_half(self):
        message = {"transaction_id": "BATCH-1", "disbursements_status": []}
        for body in (
            "",
            "OK",
            "[]",
            {},
            {"message": "ACK"},
            {"message": {}},
            {"ack_status": "ACK"},
            {"header": {"status": "succ"}, "message": message},
            {"header": {"status": "rjct", "status_reason_code": "rjct.version.invalid"}, "message": {}},
        ):
            with self.subTest(body):
                self.assertEqual(read(body), read(body, mode=const.MODE_SYNC))
        self.assertIsInstance(read("OK"), Unknown)

    def test_what_never_left_was_not_sent(self):
        self.assertIsInstance(read(ack(), fault=Fault.NOT_SENT), NotSent)
        for fault in (Fault.TIMEOUT, Fault.CONNECTION, Fault.TOO_LARGE, Fault.REDIRECT):
            self.assertIsInstance(read(ack(), fault=fault), Unknown)

    def test_correlation_that_no_database_would_store_is_left_out(self):
        for value in (None, 7, "x" * 200, "a\u0000b", {}):
            with self.subTest(value):
                self.assertEqual(read(ack(correlation_id=value)), Accepted(code="ack"))

    def test_acknowledged_question_says_nothing_of_what_it_asks(self):
        # "Found" would move what is unknown to sent, and accuse what was refused of having arrived.
        for body, code in (
            (ack(), "ack"),
            (ack("NACK"), "nack"),
            (ack("ERR", "err.request.bad"), "err.request.bad"),
            (ack("ERR"), "err"),
            (ack("what"), "unreadable.ack"),
        ):
            with self.subTest(code):
                self.assertEqual(read_question(body), Unreadable(code=code))


@tagged("post_install", "-at_install")
class TestMakeAck(BaseCase):
    def test_ours_has_what_the_official_file_wants(self):
        now = datetime(2026, 11, 20, 9, 30, 1, tzinfo=UTC)
        message = acks.make("ACK", "m-1", now)["message"]
        self.assertEqual(set(message), {"ack_status", "timestamp", "correlation_id"})
        self.assertEqual(
            (message["ack_status"], message["timestamp"]), ("ACK", "2026-11-20T09:30:01.000+00:00")
        )
        refused = acks.make("ERR", "m-1", code="err.request.bad")["message"]
        self.assertEqual(refused["error"], {"code": "err.request.bad"})
        self.assertIsNotNone(datetime.fromisoformat(refused["timestamp"]).tzinfo)

    def test_same_message_gets_the_same_correlation(self):
        made = [acks.make("ACK", source)["message"]["correlation_id"] for source in ("m-1", "m-1", "m-2")]
        self.assertEqual(made[0], made[1])
        self.assertNotEqual(made[0], made[2])

    def test_we_understand_our_own(self):
        self.assertIsInstance(read(acks.make("ACK", "m-1")), Accepted)
        self.assertEqual(
            read(acks.make("ERR", "m-1", code="err.request.bad")), Rejected(code="err.request.bad")
        )
