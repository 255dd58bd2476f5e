import json
from dataclasses import replace

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, Found, NotSeen, RowResult, Unreadable

from .. import payload
from ..client import PHEEClient
from .common import (
    BATCH,
    CREDENTIALS,
    KEY,
    Replies,
    batches,
    page,
    payment,
    sample,
    settings,
    submission,
    summary,
    transfer,
)

PAYMENTS = [payment(1), payment(2)]
PAYLOAD = payload.render(PAYMENTS, settings())
REFERENCES = ("PAY-1", "PAY-2")
NOT_IMPORTED = (404, sample("summary_404_not_imported_yet.txt"))


def ask(*replies, correlation=BATCH, references=REFERENCES):
    """Ask and read, as the engine does."""
    client = PHEEClient(settings(), CREDENTIALS)
    sent = submission(PAYLOAD, REFERENCES, correlation=correlation)
    answer = client.ask(Replies(*replies), sent, references)
    return client.read_question(answer, sent, references)


def results(outcome):
    return {row.reference: row.result for row in outcome.rows}


@tagged("post_install", "-at_install")
class TestKnownBatch(BaseCase):
    def test_finished_batch_tells_of_every_payment(self):
        outcome = ask(
            (200, summary()), (200, page(transfer(1), transfer(2, "FAILED", errorInformation="FAILED")))
        )
        self.assertIsInstance(outcome, Found)
        self.assertEqual((outcome.code, outcome.correlation), ("", BATCH))
        self.assertEqual(results(outcome), {"PAY-1": RowResult.PAID, "PAY-2": RowResult.FAILED})

    def test_batch_that_is_not_imported_yet_is_not_seen(self):
        self.assertEqual(ask(NOT_IMPORTED), NotSeen(code="not.imported"))

    def test_404_in_other_words_means_nothing(self):
        for body in ("", "<html>404</html>", f"Batch corresponding to batchId: {KEY} does not exist."):
            with self.subTest(body=body):
                self.assertEqual(ask((404, body)), Unreadable(code="http.404"))

    def test_first_lie_completed_before_anything_was_imported_pays_nobody(self):
        outcome = ask((200, sample("summary_200_too_early_trap.json")))
        self.assertEqual(outcome, Found(code="not.imported", correlation=BATCH))

    def test_second_lie_failed_while_it_runs_fails_nobody(self):
        outcome = ask(
            (200, sample("summary_200_in_progress_says_failed_trap.json")), (200, page(transfer(1)))
        )
        self.assertEqual(results(outcome), {"PAY-1": RowResult.PAID})
        self.assertEqual(outcome.code, "running")

    def test_status_word_of_a_batch_changes_nothing(self):
        for numbers in ({}, {"total": 0, "successful": 0}, {"ongoing": 2, "successful": 0}):
            told = [
                ask((200, summary(**numbers, status=word)), (200, page(transfer(1))))
                for word in ("COMPLETED", "Failed", "Pending", "UNKNOWN", "EXCEPTION", "", None, 7)
            ]
            with self.subTest(**numbers):
                self.assertEqual(len(set(told)), 1)

    def test_zeros_for_any_id_prove_nothing(self):
        """Old operations apps answer so for a batch they never heard of."""
        outcome = ask((200, summary(0, 0, 0, 0, correlationId=None)))
        self.assertEqual(outcome, NotSeen(code="not.imported"))

    def test_rows_that_never_appear_stay_open_and_are_told(self):
        outcome = ask((200, summary(1, 0, 1, 0)), (200, page(transfer(1))))
        self.assertEqual((results(outcome), outcome.code), ({"PAY-1": RowResult.PAID}, "rows.missing"))

    def test_row_that_is_still_missing_is_told_when_only_it_is_asked_about(self):
        client = PHEEClient(settings(), CREDENTIALS)
        # As the engine reads: with the payments that the question was about.
        sent = submission(PAYLOAD, ("PAY-2",), correlation=BATCH)
        replies = ((200, summary(total=1, successful=1)), (200, page(transfer(1))))
        answer = client.ask(Replies(*replies), sent, ("PAY-2",))
        self.assertEqual(client.read_question(answer, sent, ("PAY-2",)).code, "rows.missing")

    def test_paging_that_breaks_off_tells_what_was_seen_and_nothing_of_the_rest(self):
        for replies in (
            [(200, page(transfer(1), last=False))],
            [(200, page(transfer(1), last=False)), (500, "")],
            [(200, page(transfer(1), last=False)), (200, "<html>")],
            [(200, page(transfer(1), last=False)), Answer(fault=Fault.TIMEOUT)],
            [(200, page(transfer(1), last=False)), (200, page(last=False))],
        ):
            with self.subTest(replies=replies):
                outcome = ask((200, summary()), *replies)
                self.assertEqual(results(outcome), {"PAY-1": RowResult.PAID})
                self.assertEqual(outcome.code, "details.incomplete")

    def test_nobody_has_failed_while_details_are_not_read_to_their_end(self):
        """The page that is missing may hold another transfer of the same payment, which is completed."""
        first = (200, page(transfer(1, "FAILED", errorInformation="FAILED"), transfer(2), last=False))
        for correlation, search in ((BATCH, ()), ("", ((200, batches((BATCH, KEY))),))):
            with self.subTest(correlation=correlation):
                outcome = ask(*search, (200, summary()), first, (500, ""), correlation=correlation)
                self.assertEqual(results(outcome), {"PAY-1": RowResult.PENDING, "PAY-2": RowResult.PAID})
                self.assertEqual(outcome.rows[0].code, "details.incomplete")

    def test_nobody_has_failed_where_pages_overlap(self):
        """Pages have no order: a transfer that is told twice has taken the place of one that was not told."""
        failed = transfer(1, "FAILED", errorInformation="FAILED")
        for second, told in (
            (transfer(2), RowResult.FAILED),
            (failed, RowResult.PENDING),
            ({**transfer(2), "id": None, "workflowInstanceKey": None}, RowResult.PENDING),
        ):
            with self.subTest(told):
                outcome = ask((200, summary()), (200, page(failed, last=False)), (200, page(second)))
                self.assertEqual(results(outcome)["PAY-1"], told)

    def test_details_that_fail_settle_nothing(self):
        outcome = ask((200, summary()), (500, ""))
        self.assertEqual(outcome, Found(code="details.incomplete", correlation=BATCH))

    def test_unreadable_summaries_mean_nothing(self):
        for reply, code in (
            ((200, ""), "unreadable.summary"),
            ((200, "<html>"), "unreadable.summary"),
            ((200, summary(batchId="other")), "unreadable.summary"),
            ((200, summary(total=None)), "unreadable.summary"),
            ((500, ""), "http.500"),
            ((401, {"error": "invalid_token"}), "http.401"),
            ((403, sample("submit_400_too_big.json")), "http.403"),
            (Answer(fault=Fault.TIMEOUT), "timeout"),
            (Answer(fault=Fault.NOT_SENT), "not_sent"),
        ):
            with self.subTest(code=code):
                self.assertEqual(ask(reply), Unreadable(code=code))

    def test_payee_is_compared_with_what_was_sent(self):
        outcome = ask((200, summary()), (200, page(transfer(1, payeePartyId="500210009999"), transfer(2))))
        of_first = [row.result for row in outcome.rows if row.reference == "PAY-1"]
        self.assertEqual(of_first, [RowResult.PAID, RowResult.PENDING])

    def test_payments_of_the_submission_are_told_of_also_when_not_asked_about(self):
        outcome = ask((200, summary()), (200, page(transfer(1), transfer(2))), references=("PAY-2",))
        self.assertEqual(set(results(outcome)), set(REFERENCES))


@tagged("post_install", "-at_install")
class TestSearch(BaseCase):
    def test_batch_with_our_key_is_found_and_named(self):
        outcome = ask(
            (200, batches((BATCH, KEY))),
            (200, summary()),
            (200, page(transfer(1), transfer(2))),
            correlation="",
        )
        self.assertEqual((outcome.correlation, outcome.code), (BATCH, ""))
        self.assertEqual(set(results(outcome)), set(REFERENCES))

    def test_found_is_found_also_when_nothing_more_is_heard(self):
        for replies in ([], [NOT_IMPORTED], [(500, "")], [Answer(fault=Fault.TIMEOUT)]):
            with self.subTest(replies=replies):
                outcome = ask((200, batches((BATCH, KEY))), *replies, correlation="")
                self.assertEqual(outcome, Found(code="summary.missing", correlation=BATCH))

    def test_not_found_in_all_batches_is_not_seen_and_never_more(self):
        self.assertEqual(ask((200, batches(("b-1", "x"))), correlation=""), NotSeen(code="not.found"))
        self.assertEqual(ask((200, batches()), correlation=""), NotSeen(code="not.found"))

    def test_not_found_in_a_part_means_nothing(self):
        full = [(f"b-{number}", "x") for number in range(100)]
        for replies, code in (
            ([(200, batches(*full)), (500, "")], "search.http.500"),
            ([(200, batches(*full))], "search.not_sent"),
            ([(200, batches(*full, total=10**6))] * 50, "search.incomplete"),
            ([(200, "<html>")], "search.http.200"),
        ):
            with self.subTest(code=code):
                self.assertEqual(ask(*replies, correlation=""), Unreadable(code=code))

    def test_several_batches_under_our_key_are_all_read_and_none_is_named(self):
        outcome = ask(
            (200, batches(("b-1", KEY), ("b-2", KEY))),
            (200, summary(batchId="b-1")),
            (200, page(transfer(1, id=1))),
            (200, summary(batchId="b-2")),
            (200, page(transfer(1, id=2), transfer(2, id=3))),
            correlation="",
        )
        self.assertEqual((outcome.code, outcome.correlation), ("several.batches", ""))
        told = [(row.reference, row.result) for row in outcome.rows]
        # Paid by both: people have to look.
        self.assertEqual(told[:2], [("PAY-1", RowResult.PAID), ("PAY-1", RowResult.PENDING)])
        self.assertEqual(told[2:], [("PAY-2", RowResult.PAID)])

    def test_nobody_has_failed_by_one_of_several_batches(self):
        """What failed in the one may be paid by the other, which is not imported yet."""
        outcome = ask(
            (200, batches(("b-1", KEY), ("b-2", KEY))),
            (200, summary(1, 0, 0, 1, batchId="b-1")),
            (200, page(transfer(1, "FAILED", errorInformation="FAILED"))),
            NOT_IMPORTED,
            correlation="",
        )
        self.assertEqual(results(outcome), {"PAY-1": RowResult.PENDING})
        self.assertEqual((outcome.code, outcome.rows[0].code), ("several.batches", "several.batches"))


@tagged("post_install", "-at_install")
class TestStored(BaseCase):
    def setUp(self):
        super().setUp()
        self.client = PHEEClient(settings(), CREDENTIALS)
        self.sent = submission(PAYLOAD, REFERENCES)

    def test_answer_to_a_search_is_read_as_one_also_when_the_batch_is_known_by_then(self):
        answer = self.client.ask(Replies((200, batches(("b-1", "x")))), self.sent, REFERENCES)
        later = replace(self.sent, correlation=BATCH)
        self.assertEqual(self.client.read_question(answer, later, REFERENCES), NotSeen(code="not.found"))

    def test_answer_about_another_key_is_not_read(self):
        answer = self.client.ask(Replies((200, batches((BATCH, KEY)))), self.sent, REFERENCES)
        other = replace(self.sent, key="other")
        self.assertEqual(
            self.client.read_question(answer, other, REFERENCES), Unreadable(code="other.submission")
        )

    def test_answer_that_we_did_not_store_is_not_read(self):
        for body in ("", "{}", json.dumps(summary()), json.dumps(page(transfer(1)))):
            outcome = self.client.read_question(Answer(status=200, body=body), self.sent, REFERENCES)
            self.assertEqual(outcome, Unreadable(code="unreadable.body"))

    def test_stored_answer_without_calls_means_nothing(self):
        for batch in ("", BATCH):
            body = json.dumps({"key": KEY, "batch": batch, "said": []})
            outcome = self.client.read_question(Answer(status=200, body=body), self.sent, REFERENCES)
            self.assertEqual(outcome, Unreadable(code="unreadable.body"))

    def test_stored_answer_of_a_call_with_a_fault_means_nothing(self):
        outcome = self.client.read_question(Answer(fault=Fault.TIMEOUT, body="{}"), self.sent, REFERENCES)
        self.assertEqual(outcome, Unreadable(code="timeout"))

    def test_payload_of_another_try_is_no_reason_to_doubt(self):
        answer = self.client.ask(
            Replies((200, summary()), (200, page(transfer(1)))),
            replace(self.sent, correlation=BATCH),
            REFERENCES,
        )
        outcome = self.client.read_question(answer, replace(self.sent, payload=""), REFERENCES)
        self.assertEqual(results(outcome), {"PAY-1": RowResult.PAID})
