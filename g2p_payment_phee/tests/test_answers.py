import json

from odoo.tests import BaseCase, tagged

from .. import answers
from .common import BATCH, KEY, batches, page, sample, summary, transfer


@tagged("post_install", "-at_install")
class TestSummary(BaseCase):
    def test_samples_are_read_without_their_status_word(self):
        for name, total, ongoing, over in (
            ("summary_200_completed.json", 8, 0, True),
            ("summary_200_partial_failure.json", 8, 0, True),
            ("summary_200_in_progress_says_failed_trap.json", 8, 3, False),
            ("summary_200_too_early_trap.json", 0, 0, False),
        ):
            with self.subTest(name):
                told = answers.summary(sample(name), BATCH)
                self.assertEqual((told.total, told.ongoing, told.is_over), (total, ongoing, over))
                self.assertEqual(told.correlation_id, KEY)

    def test_old_spelling_is_read(self):
        old = {"batch_id": BATCH, "total": 1, "ongoing": 0, "successful": 1, "failed": 0}
        self.assertTrue(answers.summary(json.dumps(old), BATCH).is_over)

    def test_incident_is_final_for_nobody_but_worth_a_look(self):
        """UNKNOWN and EXCEPTION count in the total alone."""
        told = answers.summary(json.dumps(summary(2, 0, 0, 0)), BATCH)
        self.assertTrue(told.says_something_final)
        self.assertFalse(told.is_over)

    def test_other_batch_or_no_numbers_is_no_summary(self):
        for body in (
            summary(batchId="other"),
            summary(total=None),
            summary(total="2"),
            summary(total=-1),
            summary(total=1.5),
            {},
            [],
        ):
            with self.subTest(body=body):
                told = answers.summary(json.dumps(body), BATCH)
                # A number in quotes is still a number; everything else is none.
                self.assertEqual(told is None, body != summary(total="2"))

    def test_missing_batch_is_told_by_the_hubs_own_text_alone(self):
        text = sample("summary_404_not_imported_yet.txt")
        self.assertTrue(answers.says_no_such_batch(text, BATCH))
        self.assertFalse(answers.says_no_such_batch(text, "other"))
        self.assertFalse(answers.says_no_such_batch("<html>404</html>", BATCH))


@tagged("post_install", "-at_install")
class TestDetails(BaseCase):
    def test_samples_are_read(self):
        first = answers.details(sample("detail_200_page0_closedloop.json"))
        second = answers.details(sample("detail_200_page1_closedloop.json"))
        self.assertEqual((len(first.transfers), first.is_last), (5, False))
        self.assertEqual((len(second.transfers), second.is_last), (3, True))
        one = first.transfers[0]
        self.assertEqual(
            (one.identity, one.status, one.amount, one.currency), ("100", "COMPLETED", "1200", "USD")
        )
        self.assertIn("cd967904-1f65-4e00-aee4-036c59d1ff4c", one.references)
        self.assertEqual(one.when.isoformat(), "2025-11-20T09:19:10+00:00")

    def test_only_true_is_a_last_page(self):
        for value in (False, None, "true", 1):
            body = page(transfer()) | {"last": value}
            self.assertFalse(answers.details(json.dumps(body)).is_last)

    def test_quotes_around_a_key_are_taken_off(self):
        body = page(transfer(clientCorrelationId='"PAY-1"', transactionId='"PAY-2"'))
        self.assertEqual(answers.details(json.dumps(body)).transfers[0].references, ("PAY-1", "PAY-2"))

    def test_what_cannot_be_read_is_told_from_what_is_not_said(self):
        body = page(transfer(amount=None, currency=None), transfer(amount="12,5", currency="usd"))
        silent, strange = answers.details(json.dumps(body)).transfers
        self.assertEqual((silent.amount, silent.currency), (None, None))
        self.assertEqual((strange.amount, strange.currency), ("", ""))

    def test_amount_as_a_number_is_exact(self):
        text = json.dumps(page(transfer())).replace('"1200"', "1200.10")
        self.assertEqual(answers.details(text).transfers[0].amount, "1200.10")

    def test_what_is_no_page_is_none(self):
        for text in ("", "[]", "{}", '{"content":{}}', "<html>", '{"content":[],"content":[]}', "[" * 100000):
            with self.subTest(text=text[:20]):
                self.assertIsNone(answers.details(text))

    def test_moments_beyond_the_calendar_are_none(self):
        for value in (10**15, -1, "1763630350000", None, True, 1.5):
            body = json.dumps(page(transfer(completedAt=value)))
            with self.subTest(value=value):
                self.assertIsNone(answers.details(body).transfers[0].when)


@tagged("post_install", "-at_install")
class TestBatches(BaseCase):
    def test_batches_are_found_by_our_key_alone(self):
        body = answers.batches(json.dumps(batches(("b-1", KEY), ("b-2", "other"), ("b-3", KEY))))
        self.assertEqual(answers.batches_with(body, KEY), ("b-1", "b-3"))
        self.assertEqual((body.rows, body.total), (3, 3))

    def test_ids_that_are_no_path_are_left_out(self):
        body = answers.batches(json.dumps(batches(("../b", KEY), ("", KEY))))
        self.assertEqual((answers.batches_with(body, KEY), body.rows), ((), 2))

    def test_old_spelling_is_read(self):
        body = json.dumps({"data": [{"batch_id": "b-1", "correlation_id": KEY}]})
        self.assertEqual(answers.batches_with(answers.batches(body), KEY), ("b-1",))


@tagged("post_install", "-at_install")
class TestErrors(BaseCase):
    def test_error_within_a_text_is_unfolded_as_often_as_it_was_folded(self):
        error = {"errorCode": "PayeeNotFound", "errorCategory": "Interop"}
        for folds in range(3):
            with self.subTest(folds=folds):
                self.assertEqual(answers.error_field(error, "errorCode"), "PayeeNotFound")
                self.assertEqual(set(answers.error_texts(error)), {"PayeeNotFound", "Interop"})
            error = json.dumps(error)

    def test_error_in_an_envelope_is_found(self):
        error = json.dumps({"errorInformation": {"errorCode": "3204", "errorDescription": "Party not found"}})
        self.assertEqual(answers.error_field(error, "errorCode"), "3204")

    def test_plain_text_stays_one(self):
        self.assertEqual(list(answers.error_texts("Duplicate transaction.")), ["Duplicate transaction."])
        self.assertEqual(answers.error_field("Duplicate transaction.", "errorCode"), "")

    def test_endless_error_is_unclear(self):
        self.assertIn("unclear", answers.error_texts([["x"]] * 600))
