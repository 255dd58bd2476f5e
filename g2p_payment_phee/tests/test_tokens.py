from urllib.parse import parse_qs

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault
from odoo.addons.g2p_programs.dispatch.tokens import TOKEN_MARGIN, NoAccess, TokenCache, read_token

from .. import const
from ..settings import Credentials
from ..tokens import HostAccess
from .common import CREDENTIALS, Replies, sample, settings

TOKEN = {"access_token": "token-canary-1", "token_type": "bearer", "expires_in": 599}


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def access(kind, cache=None, credentials=CREDENTIALS, **changes):
    return HostAccess(
        kind, settings(**changes), credentials, credentials.status_api_key, cache or TokenCache()
    )


@tagged("post_install", "-at_install")
class TestHubToken(BaseCase):
    def test_password_goes_into_the_body_and_not_into_the_url(self):
        replies = Replies((200, TOKEN))
        headers = access(const.AUTH_HUB).headers(replies)
        self.assertEqual(headers, {"Authorization": "Bearer token-canary-1"})
        (request,) = replies.requests
        self.assertEqual((request.method, request.url), ("POST", "https://ops.example.org/oauth/token"))
        self.assertEqual(
            parse_qs(request.body.decode()),
            {"grant_type": ["password"], "username": ["officer"], "password": ["pass-secret-1"]},
        )
        self.assertEqual(request.headers["Platform-TenantId"], "gorilla")
        self.assertEqual(request.headers["Authorization"], "Basic Y2xpZW50Og==")
        self.assertEqual(request.headers["Content-Type"], "application/x-www-form-urlencoded")

    def test_client_credentials_need_no_password(self):
        replies = Replies((200, TOKEN))
        access(const.AUTH_HUB, credentials=Credentials(), grant_type="client_credentials").headers(replies)
        self.assertEqual(parse_qs(replies.requests[0].body.decode()), {"grant_type": ["client_credentials"]})

    def test_token_is_asked_for_once_and_renewed_before_its_end(self):
        clock = Clock()
        cache = TokenCache(clock)
        replies = Replies((200, TOKEN), (200, {**TOKEN, "access_token": "token-canary-2"}))
        one = access(const.AUTH_HUB, cache)
        one.headers(replies)
        clock.now += 599 - TOKEN_MARGIN - 1
        self.assertEqual(
            access(const.AUTH_HUB, cache).headers(replies)["Authorization"], "Bearer token-canary-1"
        )
        self.assertEqual(len(replies.requests), 1)
        clock.now += 2
        self.assertEqual(one.headers(replies)["Authorization"], "Bearer token-canary-2")

    def test_token_is_bound_to_tenant_user_password_and_address(self):
        for changes, credentials in (
            ({"tenant_id": "rhino"}, CREDENTIALS),
            ({"username": "other"}, CREDENTIALS),
            ({"auth_endpoint_url": "https://ops2.example.org/oauth/token"}, CREDENTIALS),
            ({}, Credentials(password="other-secret")),
        ):
            with self.subTest(**changes):
                cache = TokenCache(Clock())
                replies = Replies((200, TOKEN), (200, TOKEN))
                access(const.AUTH_HUB, cache).headers(replies)
                access(const.AUTH_HUB, cache, credentials, **changes).headers(replies)
                self.assertEqual(len(replies.requests), 2)

    def test_refused_token_is_forgotten_but_a_newer_one_is_not(self):
        cache = TokenCache(Clock())
        one = access(const.AUTH_HUB, cache)
        one.headers(Replies((200, TOKEN)))
        newer = {**TOKEN, "access_token": "token-canary-2"}
        other = access(const.AUTH_HUB, cache)
        other.headers(Replies())
        other.refused()
        other.headers(Replies((200, newer)))
        one.refused()
        self.assertEqual(
            access(const.AUTH_HUB, cache).headers(Replies())["Authorization"], "Bearer token-canary-2"
        )

    def test_without_a_token_nothing_was_sent(self):
        for reply, status in (
            ((401, sample("token_401_bad_credentials.json")), 401),
            ((400, sample("token_400_unsupported_grant.json")), 400),
            ((401, "<html>"), 401),
            ((500, ""), 500),
            ((200, ""), 200),
            ((200, {"token_type": "bearer"}), 200),
            (Answer(fault=Fault.TIMEOUT), 0),
            (Answer(fault=Fault.CONNECTION), 0),
        ):
            with self.subTest(reply=reply):
                with self.assertRaises(NoAccess) as caught:
                    access(const.AUTH_HUB).headers(Replies(reply))
                answer = caught.exception.answer
                self.assertEqual((answer.fault, answer.status), (Fault.NOT_SENT, status))
                self.assertEqual(answer.body, "")

    def test_without_a_password_the_endpoint_is_not_even_asked(self):
        for kind in (const.AUTH_HUB, const.AUTH_OIDC, const.AUTH_API_KEY, "magic"):
            replies = Replies((200, TOKEN))
            with self.subTest(kind), self.assertRaises(NoAccess):
                access(kind, credentials=Credentials()).headers(replies)
            self.assertEqual(replies.requests, [])


@tagged("post_install", "-at_install")
class TestOtherKinds(BaseCase):
    def test_nothing_is_sent_where_nothing_is_needed(self):
        self.assertEqual(access(const.AUTH_NONE).headers(Replies()), {})

    def test_api_key_is_the_hosts_own(self):
        one = HostAccess(const.AUTH_API_KEY, settings(), CREDENTIALS, "payment-key-secret", TokenCache())
        self.assertEqual(one.headers(Replies()), {"X-API-KEY": "payment-key-secret"})
        self.assertFalse(one.renews)

    def test_oidc_asks_for_client_credentials_without_a_tenant(self):
        replies = Replies((200, TOKEN))
        access(const.AUTH_OIDC).headers(replies)
        (request,) = replies.requests
        self.assertEqual(request.url, "https://id.example.org/token")
        self.assertEqual(
            parse_qs(request.body.decode()),
            {
                "grant_type": ["client_credentials"],
                "client_id": ["g2p"],
                "client_secret": ["oidc-secret-1"],
            },
        )
        self.assertNotIn("Authorization", request.headers)

    def test_oidc_token_of_one_tenant_is_not_used_for_another(self):
        cache = TokenCache(Clock())
        replies = Replies((200, TOKEN), (200, TOKEN))
        for tenant in ("gorilla", "rhino", "rhino"):
            access(const.AUTH_OIDC, cache, tenant_id=tenant).headers(replies)
        self.assertEqual(len(replies.requests), 2)

    def test_tokens_and_keys_are_taken_out_of_answers(self):
        one = access(const.AUTH_HUB)
        one.headers(Replies((200, TOKEN)))
        body = "Access token expired: token-canary-1; key status-key-secret"
        hidden = one.hide(Answer(status=401, body=body)).body
        self.assertNotIn("canary", hidden)
        self.assertNotIn("secret-", hidden.replace("[secret]", ""))
        self.assertNotIn("status-key", hidden)

    def test_secrets_show_in_no_representation(self):
        replies = Replies((200, TOKEN))
        one = access(const.AUTH_HUB)
        one.headers(replies)
        shown = repr((CREDENTIALS, replies.requests, one._source))
        for secret in ("pass-secret-1", "oidc-secret-1", "payment-key-secret", "Y2xpZW50Og"):
            self.assertNotIn(secret, shown)


@tagged("post_install", "-at_install")
class TestReadToken(BaseCase):
    def test_sample_is_read(self):
        body = sample("token_200.json").replace("<JWT RS256, three dot separated parts>", "a.b.c")
        self.assertEqual(read_token(Answer(status=200, body=body)), ("a.b.c", 599.0))
