from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Answer,
    Fault,
    RowResult,
    Unknown,
    Unreadable,
)

from .common import KEY, OTHER_KEY, SDK, Replies, error, make_client, payment, submission, transfer, waiting

SENT = submission(payment(1), settings=SDK)
POST = "POST https://adapter.example.org/transfers"
GET = f"GET https://adapter.example.org/transfers/{KEY}"
PUT = f"PUT https://adapter.example.org/transfers/{KEY}"


@tagged("post_install", "-at_install")
class TestContinuation(BaseCase):
    def submit(self, *replies, **changes):
        """Return (calls, outcome) of a try that is answered so."""
        transport = Replies(*replies)
        client = make_client(SDK, **changes)
        answer = client.submit(transport, SENT)
        return transport, client.read_submission(answer, SENT)

    def test_transfer_that_does_not_halt_is_one_call(self):
        transport, outcome = self.submit((200, transfer()))
        self.assertEqual(transport.lines, [POST])
        self.assertEqual(outcome.rows[0].result, RowResult.PAID)

    def test_party_conversion_and_quote_are_accepted_in_the_same_try(self):
        stages = (200, waiting("PARTY")), (200, waiting("CONVERSION")), (200, waiting("QUOTE"))
        transport, outcome = self.submit(*stages, (200, transfer()))
        self.assertEqual(transport.lines, [POST, PUT, PUT, PUT])
        accepted = [{"acceptParty": True}, {"acceptConversion": True}, {"acceptQuote": True}]
        self.assertEqual(transport.bodies[1:], accepted)
        self.assertEqual(outcome.rows[0].result, RowResult.PAID)

    def test_each_setting_declines_its_own(self):
        table = (
            ("PARTY", {"accept_parties": False}, {"acceptParty": False}),
            ("QUOTE", {"accept_quotes": False}, {"acceptQuote": False}),
            ("CONVERSION", {"accept_quotes": False}, {"acceptConversion": False}),
        )
        for stage, changes, said in table:
            with self.subTest(stage):
                declined = (200, transfer(None, "ABORTED", abortedReason="x"))
                transport, outcome = self.submit((200, waiting(stage)), declined, **changes)
                self.assertEqual(transport.bodies[1:], [said])
                (row,) = outcome.rows
                self.assertEqual((row.result, row.code), (RowResult.FAILED, "declined"))

    def test_terms_that_were_not_released_are_declined(self):
        quote = {"body": {"payeeReceiveAmount": {"amount": "90", "currency": "INR"}}}
        for fields in ({"quoteResponse": quote}, {"amount": "200"}, {"currency": "USD"}, {"amount": "x"}):
            with self.subTest(**fields):
                transport, _outcome = self.submit(
                    (200, waiting("QUOTE", **fields)), (200, transfer(None, "ABORTED"))
                )
                self.assertEqual(transport.bodies[1:], [{"acceptQuote": False}])

    def test_fees_are_taken_from_what_is_sent_where_the_setting_says_so(self):
        quote = {"body": {"payeeReceiveAmount": {"amount": "90", "currency": "INR"}}}
        halted = (200, waiting("QUOTE", quoteResponse=quote))
        transport, _outcome = self.submit(halted, (200, transfer()), amount_type="SEND")
        self.assertEqual(transport.bodies[1:], [{"acceptQuote": True}])

    def test_nothing_of_somebody_else_is_continued(self):
        for fields in ({"transferId": OTHER_KEY}, {"transferId": None}, {"homeTransactionId": "PAY-2"}):
            with self.subTest(**fields):
                transport, outcome = self.submit((200, waiting("PARTY", **fields)))
                self.assertEqual(transport.lines, [POST])
                self.assertIsInstance(outcome, Unknown)

    def test_same_halt_is_answered_once(self):
        transport, outcome = self.submit(*[(200, waiting("PARTY"))] * 5)
        self.assertEqual(transport.lines, [POST, PUT])
        self.assertEqual(outcome.code, "waiting.party")

    def test_continuation_that_breaks_off_is_unknown(self):
        for fault in (Fault.TIMEOUT, Fault.CONNECTION, Fault.TOO_LARGE, Fault.REDIRECT):
            with self.subTest(fault):
                _transport, outcome = self.submit((200, waiting("PARTY")), Answer(fault=fault))
                self.assertEqual(outcome, Unknown(code=fault.value))

    def test_continuation_that_never_left_leaves_the_transfer_waiting(self):
        _transport, outcome = self.submit((200, waiting("PARTY")))
        self.assertEqual(outcome, Unknown(code="waiting.party", reason="HTTP 200"))

    def test_refused_continuation_is_unknown(self):
        refusals = (
            (400, {"message": "x", "statusCode": 400}),
            (500, {"message": "No cached data found", "statusCode": "500"}),
            (401, ""),
            (404, ""),
        )
        for refusal in refusals:
            with self.subTest(refusal):
                _transport, outcome = self.submit((200, waiting("PARTY")), refusal)
                self.assertIsInstance(outcome, Unknown)

    def test_quote_refused_after_the_party_was_accepted_has_failed(self):
        _transport, outcome = self.submit((200, waiting("PARTY")), (500, error("5200")))
        self.assertIsInstance(outcome, Accepted)
        self.assertEqual((outcome.rows[0].result, outcome.rows[0].code), (RowResult.FAILED, "5200"))

    def test_time_of_all_calls_counts(self):
        answer = make_client(SDK).submit(Replies((200, waiting("PARTY")), (200, transfer())), SENT)
        self.assertEqual(answer.duration_ms, 10)

    def test_question_moves_no_money_as_it_is_asked_while_sending_is_paused(self):
        for stage in ("PARTY", "CONVERSION", "QUOTE"):
            for changes in ({}, {"accept_parties": False, "accept_quotes": False}):
                with self.subTest(stage, **changes):
                    transport = Replies((200, waiting(stage)), (200, transfer()))
                    client = make_client(SDK, **changes)
                    answer = client.ask(transport, SENT, ("PAY-1",))
                    self.assertEqual(transport.lines, [GET])
                    outcome = client.read_question(answer, SENT, ("PAY-1",))
                    self.assertEqual(outcome, Unreadable(f"waiting.{stage.lower()}", "HTTP 200"))

    def test_switch_that_has_spoken_is_not_answered(self):
        transport = Replies((200, transfer("COMMITTED", "WAITING_FOR_QUOTE_ACCEPTANCE")))
        client = make_client(SDK)
        outcome = client.read_question(client.ask(transport, SENT, ("PAY-1",)), SENT, ("PAY-1",))
        self.assertEqual(transport.lines, [GET])
        self.assertEqual(outcome.rows[0].result, RowResult.PAID)
