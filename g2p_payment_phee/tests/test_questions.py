import json
from urllib.parse import parse_qs, urlsplit

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault
from odoo.addons.g2p_programs.dispatch.tokens import TokenCache

from .. import answers, const, questions
from ..client import PHEEClient
from ..questions import is_search_over, read_heard
from .common import BATCH, CREDENTIALS, KEY, Replies, batches, page, settings, submission, summary, transfer

TOKEN = {"access_token": "token-canary-1", "token_type": "bearer", "expires_in": 599}
TOKEN_2 = {"access_token": "token-canary-2", "token_type": "bearer", "expires_in": 599}


def ask(replies, correlation=BATCH, tokens=None, **changes):
    client = PHEEClient(settings(**changes), CREDENTIALS, tokens)
    return client.ask(replies, submission(references=["PAY-1"], correlation=correlation), ("PAY-1",))


def query(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def whats(answer):
    return [one.what for one in read_heard(answer.body).said]


@tagged("post_install", "-at_install")
class TestKnownBatch(BaseCase):
    def test_summary_then_details_are_asked_of_the_operations_app(self):
        replies = Replies((200, summary()), (200, page(transfer(1), transfer(2))))
        answer = ask(replies)
        self.assertEqual(whats(answer), ["summary", "details"])
        first, second = replies.requests
        self.assertEqual(first.url, f"https://ops.example.org/api/v1/batch/{BATCH}")
        self.assertEqual(urlsplit(second.url).path, "/api/v1/batch/detail")
        self.assertEqual(
            query(second.url),
            {"batchId": BATCH, "status": "ALL", "pageNo": "0", "pageSize": "1000", "command": "json"},
        )
        for request in replies.requests:
            self.assertEqual(request.method, "GET")
            self.assertEqual(request.headers["Platform-TenantId"], "gorilla")
            self.assertEqual(request.body, b"")

    def test_details_are_not_asked_for_while_everything_is_at_work(self):
        for told in (summary(0, 0, 0, 0), summary(2, 2, 0, 0)):
            replies = Replies((200, told))
            self.assertEqual(whats(ask(replies)), ["summary"])

    def test_details_are_asked_for_as_soon_as_something_may_be_final(self):
        for told in (summary(2, 1, 1, 0), summary(2, 1, 0, 1), summary(2, 1, 0, 0)):
            with self.subTest(told=told):
                replies = Replies((200, told), (200, page()))
                self.assertEqual(whats(ask(replies)), ["summary", "details"])

    def test_pages_are_read_until_the_hub_says_last(self):
        replies = Replies(
            (200, summary()), (200, page(transfer(1), last=False)), (200, page(transfer(2))), (200, page())
        )
        answer = ask(replies)
        self.assertEqual(whats(answer), ["summary", "details", "details"])
        self.assertEqual([query(url).get("pageNo") for url in replies.urls], [None, "0", "1"])

    def test_endless_pages_end(self):
        replies = Replies((200, summary()), *[(200, page(transfer(1), last=False))] * 100)
        ask(replies)
        self.assertEqual(len(replies.requests), 1 + const.MAX_PAGES)

    def test_empty_page_ends_though_it_is_not_called_last(self):
        replies = Replies((200, summary()), (200, page(last=False)), (200, page(transfer(1))))
        self.assertEqual(len(whats(ask(replies))), 2)

    def test_what_was_heard_before_the_deadline_is_kept(self):
        answer = ask(Replies((200, summary()), (200, page(transfer(1), last=False))))
        heard = read_heard(answer.body)
        self.assertEqual([one.code for one in heard.said], ["http.200", "http.200", "not_sent"])
        self.assertEqual(answer.fault, Fault.NONE)

    def test_fault_of_the_first_call_is_the_answers_own(self):
        for fault in (Fault.TIMEOUT, Fault.CONNECTION, Fault.NOT_SENT, Fault.TOO_LARGE, Fault.REDIRECT):
            with self.subTest(fault):
                answer = ask(Replies(Answer(fault=fault, status=302 if fault is Fault.REDIRECT else 0)))
                self.assertEqual((answer.fault, answer.body), (fault, ""))

    def test_answers_that_are_too_large_together_are_not_kept(self):
        large = Answer(status=200, body="x" * (const.MAX_ANSWER_CHARS + 1))
        answer = ask(Replies((200, summary()), large))
        self.assertLess(len(answer.body), 10_000)
        self.assertEqual(read_heard(answer.body).said[-1].code, "too_large")

    def test_duration_is_that_of_all_calls(self):
        self.assertEqual(ask(Replies((200, summary()), (200, page()))).duration_ms, 10)


@tagged("post_install", "-at_install")
class TestSearch(BaseCase):
    def test_unknown_submission_is_searched_newest_first_and_then_read(self):
        replies = Replies(
            (200, batches(("b-0", "x"), (BATCH, KEY), total=2)), (200, summary()), (200, page(transfer(1)))
        )
        answer = ask(replies, correlation="")
        self.assertEqual(whats(answer), ["search", "summary", "details"])
        self.assertEqual(urlsplit(replies.urls[0]).path, "/api/v1/batches")
        self.assertEqual(query(replies.urls[0]), {"limit": "100", "sort": "-startedAt", "offset": "0"})

    def test_search_begins_two_days_before_the_release_as_the_servers_zone_is_not_known(self):
        for day, start in (
            ("2025-11-20", "2025-11-18 00:00:00"),
            ("2025-13-40", None),
            ("x", None),
            ("0001-01-01", None),
        ):
            replies = Replies((200, batches()))
            ask(replies, correlation="", searched_from=day)
            with self.subTest(day):
                self.assertEqual(query(replies.urls[0]).get("dateFrom"), start)

    def test_search_goes_on_to_the_end_and_counts_what_it_was_given(self):
        full = [(f"b-{number}", "x") for number in range(60)]
        replies = Replies(
            (200, batches(*full, total=130)),
            (200, batches(*full, total=130)),
            (200, batches(*full[:10], total=130)),
        )
        answer = ask(replies, correlation="")
        self.assertEqual(whats(answer), ["search"] * 3)
        self.assertEqual([query(url)["offset"] for url in replies.urls], ["0", "60", "120"])

    def test_endless_search_ends(self):
        full = [(f"b-{number}", "x") for number in range(100)]
        replies = Replies(*[(200, batches(*full, total=10**6))] * 100)
        ask(replies, correlation="")
        self.assertEqual(len(replies.requests), const.MAX_SEARCH_PAGES)

    def test_every_batch_with_our_key_is_read(self):
        replies = Replies(
            (200, batches(("b-1", KEY), ("b-2", KEY))),
            (200, summary(batchId="b-1")),
            (200, page(transfer(1))),
            (200, summary(batchId="b-2")),
            (200, page(transfer(1))),
        )
        ask(replies, correlation="")
        self.assertEqual(
            [urlsplit(url).path[-4:] for url in replies.urls], ["ches", "/b-1", "tail", "/b-2", "tail"]
        )

    def test_search_ends_where_the_batch_is_found(self):
        full = [(f"b-{number}", "x") for number in range(99)]
        replies = Replies((200, batches((BATCH, KEY), *full, total=10**6)), (200, summary(0, 0, 0, 0)))
        self.assertEqual(whats(ask(replies, correlation="")), ["search", "summary"])

    def test_search_that_breaks_off_stops(self):
        full = [(f"b-{number}", "x") for number in range(100)]
        answer = ask(Replies((200, batches(*full)), (500, "")), correlation="")
        self.assertEqual([one.code for one in read_heard(answer.body).said], ["http.200", "http.500"])

    def test_full_page_is_never_the_last(self):
        def pages(*counts, total):
            return [answers.BatchesPage((), count, total) for count in counts]

        for found, over in (
            (pages(0, total=5), True),
            (pages(5, total=5), True),
            (pages(5, total=None), True),
            (pages(100, total=100), False),
            (pages(100, total=None), False),
            (pages(100, 0, total=100), True),
            (pages(50, total=80), False),
            (pages(50, 30, total=80), True),
        ):
            with self.subTest(found=found):
                self.assertEqual(is_search_over(found), over)


@tagged("post_install", "-at_install")
class TestAccess(BaseCase):
    def test_refused_token_is_renewed_once(self):
        replies = Replies(
            (200, TOKEN), (401, "expired token-canary-1"), (200, TOKEN_2), (200, summary(0, 0, 0, 0))
        )
        answer = ask(replies, status_auth="hub")
        self.assertEqual(whats(answer), ["summary"])
        self.assertEqual(replies.requests[3].headers["Authorization"], "Bearer token-canary-2")
        self.assertNotIn("canary", answer.body)

    def test_token_that_is_refused_again_is_the_answer(self):
        denied = (
            401,
            {"error": "invalid_token", "error_description": "Access token expired: token-canary-2"},
        )
        answer = ask(Replies((200, TOKEN), denied, (200, TOKEN_2), denied), status_auth="hub")
        self.assertEqual(read_heard(answer.body).said[0].code, "http.401")
        self.assertNotIn("canary", answer.body)

    def test_without_a_token_nothing_is_asked(self):
        replies = Replies((401, ""))
        answer = ask(replies, status_auth="hub")
        self.assertEqual((answer.fault, answer.status, len(replies.requests)), (Fault.NOT_SENT, 401, 1))

    def test_token_that_cannot_be_renewed_half_way_keeps_what_was_heard(self):
        tokens = TokenCache()
        replies = Replies((200, TOKEN), (200, summary()), (401, ""), (500, ""))
        answer = ask(replies, status_auth="hub", tokens=tokens)
        heard = read_heard(answer.body)
        self.assertEqual([one.code for one in heard.said], ["http.200", "not_sent"])

    def test_tokens_are_in_no_answer(self):
        answer = ask(Replies((200, TOKEN), (200, summary(0, 0, 0, 0))), status_auth="hub")
        self.assertNotIn("canary", json.dumps([answer.body, answer.note, answer.headers]))


@tagged("post_install", "-at_install")
class TestHeard(BaseCase):
    def test_what_was_not_stored_by_us_is_not_read(self):
        good = {"what": questions.SUMMARY, "batch": "", "page": 0, "status": 200, "fault": "", "body": ""}
        self.assertIsNotNone(read_heard(json.dumps({"key": "k", "batch": "", "said": [good]})))
        for text in (
            "",
            "[]",
            "{}",
            "7",
            json.dumps({"key": "k", "batch": "", "said": [good | {"more": 1}]}),
            json.dumps({"key": "k", "batch": "", "said": [good | {"status": "200"}]}),
            json.dumps({"key": "k", "batch": None, "said": [good]}),
            json.dumps({"key": "k", "batch": "", "said": {"a": 1}}),
            json.dumps({"key": "k", "batch": "", "said": 7}),
            "[" * 100000,
        ):
            with self.subTest(text=text[:60]):
                self.assertIsNone(read_heard(text))
