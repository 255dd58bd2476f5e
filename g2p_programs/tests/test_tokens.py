import json
import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch
from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..dispatch import tokens
from ..dispatch.outcome import Answer, Fault
from ..dispatch.tls import TlsOptions
from ..dispatch.tokens import TOKEN_SECONDS, NoAccess, TokenCache, form_source, obtain_token, read_token
from .replies import Clock, Replies

URL = "https://id.example.org/token"
TOKEN = {"access_token": "token-canary-1", "token_type": "Bearer", "expires_in": 600}


def source(key="key", url=URL, form=None, headers=None, tls=None):
    return form_source((key,), url, form or {"grant_type": "client_credentials"}, headers or {}, tls)


@tagged("post_install", "-at_install")
class TestTokenCache(BaseCase):
    def test_token_that_lives_shortly_is_used_for_half_its_life(self):
        clock = Clock()
        cache = TokenCache(clock)
        cache.put(("k",), "t", 30)
        clock.now += 14
        self.assertEqual(cache.get(("k",)), "t")
        clock.now += 2
        self.assertEqual(cache.get(("k",)), "")

    def test_token_is_renewed_a_margin_before_its_end(self):
        clock = Clock()
        cache = TokenCache(clock)
        cache.put(("k",), "t", 600)
        clock.now += 600 - tokens.TOKEN_MARGIN - 1
        self.assertEqual(cache.get(("k",)), "t")
        clock.now += 2
        self.assertEqual(cache.get(("k",)), "")

    def test_only_the_token_that_was_refused_is_dropped(self):
        cache = TokenCache(Clock())
        cache.put(("k",), "new", 600)
        cache.drop(("k",), "old")
        self.assertEqual(cache.get(("k",)), "new")
        cache.drop(("k",), "new")
        self.assertEqual(cache.get(("k",)), "")

    def test_nothing_is_left_after_clear(self):
        cache = TokenCache(Clock())
        cache.put(("k",), "t", 600)
        cache.clear()
        self.assertEqual(cache.get(("k",)), "")


@tagged("post_install", "-at_install")
class TestObtainToken(BaseCase):
    def test_token_is_asked_for_with_a_form(self):
        replies = Replies((200, TOKEN))
        one = source(form={"grant_type": "client_credentials", "scope": "a b"}, headers={"X-One": "1"})
        self.assertEqual(obtain_token(one, TokenCache(), replies), "token-canary-1")
        (request,) = replies.requests
        self.assertEqual((request.method, request.url), ("POST", URL))
        self.assertEqual(
            parse_qs(request.body.decode()), {"grant_type": ["client_credentials"], "scope": ["a b"]}
        )
        self.assertEqual(request.headers["Content-Type"], "application/x-www-form-urlencoded")
        self.assertEqual(request.headers["X-One"], "1")

    def test_token_is_found_only_by_all_that_it_was_asked_with(self):
        others = (
            source("other"),
            source(url=f"{URL}2"),
            source(form={"grant_type": "client_credentials", "scope": "more"}),
            source(headers={"Authorization": "Basic b3RoZXI="}),
            source(tls=TlsOptions("other")),
            source(tls=TlsOptions("", "certificate", "key")),
        )
        cache = TokenCache()
        obtain_token(source(), cache, Replies((200, TOKEN)))
        self.assertEqual(obtain_token(source(), cache, Replies()), "token-canary-1")
        for other in others:
            with self.subTest(other), self.assertRaises(NoAccess):
                obtain_token(other, cache, Replies())

    def test_key_of_a_token_holds_no_secret(self):
        one = source(form={"client_secret": "secret-canary"}, tls=TlsOptions("", "c", "key-canary"))
        self.assertNotIn("canary", repr(one))

    def test_without_a_token_nothing_is_sent_and_nothing_is_kept(self):
        for reply, status in (
            ((401, {"error": "invalid_client"}), 401),
            ((400, {"error": "invalid_scope"}), 400),
            ((201, TOKEN), 201),
            ((200, "<html>"), 200),
            (Answer(fault=Fault.TIMEOUT), 0),
            (Answer(fault=Fault.CONNECTION, status=200), 200),
        ):
            with self.subTest(reply=reply):
                cache = TokenCache()
                with self.assertRaises(NoAccess) as caught:
                    obtain_token(source(), cache, Replies(reply))
                answer = caught.exception.answer
                self.assertEqual((answer.fault, answer.status, answer.body), (Fault.NOT_SENT, status, ""))
                self.assertEqual(cache.get(source().key), "")

    def test_threads_share_one_token(self):
        arrived, gate, asked = threading.Semaphore(0), threading.Event(), []

        class Slow:
            def send(self, request):
                asked.append(request)
                gate.wait(tokens.WAIT_SECONDS - 1)
                return Answer(status=200, body=json.dumps({"access_token": f"token-{len(asked)}"}))

        def ask(_number):
            arrived.release()
            return obtain_token(source(), cache, Slow())

        cache = TokenCache()
        with ThreadPoolExecutor(8) as threads:
            found = [threads.submit(ask, number) for number in range(8)]
            for _number in range(8):
                arrived.acquire()
            gate.set()
            self.assertEqual({one.result() for one in found}, {"token-1"})
        self.assertEqual(len(asked), 1)

    def test_thread_does_not_wait_for_another_for_ever(self):
        cache = TokenCache()
        with cache.one_at_a_time(source().key), patch.object(tokens, "WAIT_SECONDS", 0.01):
            self.assertEqual(obtain_token(source(), cache, Replies((200, TOKEN))), "token-canary-1")

    def test_other_sources_do_not_wait(self):
        cache = TokenCache()
        with cache.one_at_a_time(source("other").key), patch.object(tokens, "WAIT_SECONDS", 1e9):
            self.assertEqual(obtain_token(source(), cache, Replies((200, TOKEN))), "token-canary-1")


@tagged("post_install", "-at_install")
class TestReadToken(BaseCase):
    def test_life_that_is_not_told_is_short(self):
        answer = Answer(status=200, body='{"access_token":"a"}')
        self.assertEqual(read_token(answer), ("a", TOKEN_SECONDS))

    def test_life_is_believed_for_a_day_at_most(self):
        answer = Answer(status=200, body='{"access_token":"a","expires_in":1e300}')
        self.assertEqual(read_token(answer), ("a", tokens.MAX_TOKEN_SECONDS))

    def test_what_is_no_token_is_none(self):
        for body in (
            '{"access_token":"a b"}',
            '{"access_token":"a\\r\\nX: 1"}',
            '{"access_token":"ä"}',
            '{"access_token":1}',
            '{"access_token":"a","token_type":"mac"}',
            '{"access_token":"a","expires_in":0}',
            '{"access_token":"a","expires_in":-5}',
            '{"access_token":"a","expires_in":"x"}',
            '{"access_token":"a","expires_in":NaN}',
            "[]",
            "7",
        ):
            with self.subTest(body=body):
                self.assertEqual(read_token(Answer(status=200, body=body))[0], "")

    @hypothesis_settings(max_examples=200, deadline=None, database=None)
    @given(st.text(), st.integers(0, 600))
    def test_any_answer_is_read_without_an_error(self, body, status):
        token, seconds = read_token(Answer(status=status, body=body))
        self.assertFalse(token and not seconds > 0)
