import base64
import json
from dataclasses import asdict, replace
from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..dispatch import access
from ..dispatch.access import Access, AccessSecrets, AccessSettings
from ..dispatch.outcome import Answer, Fault
from ..dispatch.tls import TlsOptions
from ..dispatch.tokens import NoAccess, TokenCache
from ..dispatch.transport import HttpRequest
from .replies import Replies

TOKEN = {"access_token": "token-canary-1", "token_type": "Bearer", "expires_in": 600}
TOKEN_2 = {**TOKEN, "access_token": "token-canary-2"}
SETTINGS = AccessSettings(
    auth_username="officer",
    oauth2_token_url="https://id.example.org/token",
    oauth2_client_id="g2p",
    auth_header_name="X-API-Key",
)
SECRETS = AccessSecrets(
    auth_password="password-canary",
    bearer_token="bearer-canary",
    oauth2_client_secret="client-canary",
    auth_header_value="ApiKey header-canary",
)
REQUEST = HttpRequest("POST", "https://layer.example.org/disbursement", b"{}", {"Accept": "application/json"})


def make(kind, cache=None, secrets=SECRETS, **changes):
    return Access(replace(SETTINGS, auth_type=kind, **changes), secrets, cache)


def decoded(header):
    return base64.b64decode(header.removeprefix("Basic ")).decode()


@tagged("post_install", "-at_install")
class TestKinds(BaseCase):
    def test_each_kind_has_its_header(self):
        for kind, headers in (
            (access.AUTH_NONE, {}),
            (access.AUTH_BEARER, {"Authorization": "Bearer bearer-canary"}),
            (access.AUTH_HEADER, {"X-API-Key": "ApiKey header-canary"}),
            (access.AUTH_OAUTH2, {"Authorization": "Bearer token-canary-1"}),
        ):
            with self.subTest(kind):
                one = make(kind)
                self.assertEqual(one.headers(Replies((200, TOKEN))), headers)
                self.assertEqual(one.renews, kind == access.AUTH_OAUTH2)

    def test_basic_holds_name_and_password_in_utf_8(self):
        secrets = AccessSecrets(auth_password="pä:ss word")
        (header,) = make(access.AUTH_BASIC, secrets=secrets, auth_username="Zoë").headers(Replies()).values()
        self.assertEqual(decoded(header), "Zoë:pä:ss word")

    def test_nothing_is_asked_of_anybody_where_something_is_missing(self):
        for kind, changes, secrets in (
            (access.AUTH_BASIC, {"auth_username": ""}, SECRETS),
            (access.AUTH_BASIC, {}, AccessSecrets()),
            (access.AUTH_BASIC, {"auth_username": "a:b"}, SECRETS),
            (access.AUTH_BASIC, {"auth_username": "a\r\nb"}, SECRETS),
            (access.AUTH_BASIC, {}, AccessSecrets(auth_password="a\nb")),
            (access.AUTH_BEARER, {}, AccessSecrets()),
            (access.AUTH_BEARER, {}, AccessSecrets(bearer_token="two words")),
            (access.AUTH_HEADER, {"auth_header_name": ""}, SECRETS),
            (access.AUTH_HEADER, {"auth_header_name": "Content-Length"}, SECRETS),
            (access.AUTH_HEADER, {"auth_header_name": "X Key"}, SECRETS),
            (access.AUTH_HEADER, {}, AccessSecrets()),
            (access.AUTH_HEADER, {}, AccessSecrets(auth_header_value="a\r\nX: b")),
            (access.AUTH_OAUTH2, {"oauth2_token_url": ""}, SECRETS),
            (access.AUTH_OAUTH2, {"oauth2_client_id": ""}, SECRETS),
            (access.AUTH_OAUTH2, {}, AccessSecrets()),
            ("magic", {}, SECRETS),
            ("", {}, SECRETS),
        ):
            with self.subTest(kind, **changes):
                replies = Replies((200, TOKEN), (200, "{}"))
                one = make(kind, secrets=secrets, **changes)
                with self.assertRaises(NoAccess):
                    one.headers(replies)
                answer = one.send(replies, REQUEST)
                self.assertEqual((answer.fault, replies.requests), (Fault.NOT_SENT, []))
                self.assertTrue(answer.note)
                self.assertNotIn("canary", answer.note)

    @hypothesis_settings(max_examples=200, deadline=None, database=None)
    @given(st.sampled_from(access.AUTHS), *[st.text(st.characters(exclude_categories=["Cs"]))] * 3)
    def test_any_texts_are_headers_or_no_access(self, kind, user, secret, name):
        secrets = AccessSecrets(*[secret] * 4)
        one = make(kind, secrets=secrets, auth_username=user, auth_header_name=name, oauth2_client_id=user)
        try:
            headers = one.headers(Replies((200, TOKEN)))
        except NoAccess:
            return
        for header, value in headers.items():
            self.assertRegex(f"{header}: {value}", r"\A[\x20-\x7e]+\Z")


@tagged("post_install", "-at_install")
class TestOAuth2(BaseCase):
    def test_client_is_named_in_a_header_by_default(self):
        replies = Replies((200, TOKEN))
        make(access.AUTH_OAUTH2).headers(replies)
        (request,) = replies.requests
        self.assertEqual((request.method, request.url), ("POST", "https://id.example.org/token"))
        self.assertEqual(parse_qs(request.body.decode()), {"grant_type": ["client_credentials"]})
        self.assertEqual(decoded(request.headers["Authorization"]), "g2p:client-canary")

    def test_client_and_secret_are_encoded_before_they_are_joined(self):
        # RFC 6749, 2.3.1: what stands around the colon is form-encoded.
        replies = Replies((200, TOKEN))
        secrets = AccessSecrets(oauth2_client_secret="a b:%+ä")
        make(access.AUTH_OAUTH2, secrets=secrets, oauth2_client_id="urn:g2p").headers(replies)
        self.assertEqual(
            decoded(replies.requests[0].headers["Authorization"]), "urn%3Ag2p:a+b%3A%25%2B%C3%A4"
        )

    def test_client_is_named_in_the_form_where_that_is_set(self):
        replies = Replies((200, TOKEN))
        make(access.AUTH_OAUTH2, oauth2_client_auth=access.CLIENT_POST, oauth2_scope="pay ask").headers(
            replies
        )
        (request,) = replies.requests
        self.assertNotIn("Authorization", request.headers)
        self.assertEqual(
            parse_qs(request.body.decode()),
            {
                "grant_type": ["client_credentials"],
                "scope": ["pay ask"],
                "client_id": ["g2p"],
                "client_secret": ["client-canary"],
            },
        )

    def test_token_is_asked_for_once(self):
        cache, replies = TokenCache(), Replies((200, TOKEN))
        for _turn in range(3):
            headers = make(access.AUTH_OAUTH2, cache).headers(replies)
            self.assertEqual(headers, {"Authorization": "Bearer token-canary-1"})
        self.assertEqual(len(replies.requests), 1)

    def test_token_is_asked_for_again_where_anything_is_different(self):
        changed = replace(SECRETS, oauth2_client_secret="other-canary")
        mutual = replace(SECRETS, tls_client_certificate="certificate", tls_client_key="key")
        for changes, secrets in (
            ({"oauth2_scope": "more"}, SECRETS),
            ({"oauth2_client_id": "other"}, SECRETS),
            ({"oauth2_token_url": "https://id2.example.org/token"}, SECRETS),
            ({}, changed),
            ({}, mutual),
        ):
            with self.subTest(**changes):
                cache, replies = TokenCache(), Replies((200, TOKEN), (200, TOKEN_2))
                make(access.AUTH_OAUTH2, cache).headers(replies)
                make(access.AUTH_OAUTH2, cache, secrets, **changes).headers(replies)
                self.assertEqual(len(replies.requests), 2)

    def test_token_that_is_refused_is_forgotten_and_the_try_is_not_repeated(self):
        cache = TokenCache()
        replies = Replies((200, TOKEN), (401, "no"), (200, TOKEN_2), (200, "{}"))
        first = make(access.AUTH_OAUTH2, cache).send(replies, REQUEST)
        self.assertEqual((first.status, len(replies.requests)), (401, 2))
        second = make(access.AUTH_OAUTH2, cache).send(replies, REQUEST)
        self.assertEqual((second.status, len(replies.requests)), (200, 4))
        self.assertEqual(replies.requests[3].headers["Authorization"], "Bearer token-canary-2")

    def test_other_refusals_leave_the_token(self):
        cache = TokenCache()
        replies = Replies((200, TOKEN), (403, ""), (500, ""), (200, ""))
        for _turn in range(3):
            make(access.AUTH_OAUTH2, cache).send(replies, REQUEST)
        self.assertEqual(len(replies.requests), 4)


@tagged("post_install", "-at_install")
class TestSend(BaseCase):
    def test_request_goes_out_with_all_it_had_and_with_access(self):
        replies = Replies((200, "{}"))
        secrets = replace(SECRETS, tls_ca="ca", tls_client_certificate="certificate", tls_client_key="key")
        make(access.AUTH_BEARER, secrets=secrets).send(replies, REQUEST)
        (sent,) = replies.requests
        self.assertEqual((sent.method, sent.url, sent.body), ("POST", REQUEST.url, b"{}"))
        self.assertEqual(
            sent.headers, {"Accept": "application/json", "Authorization": "Bearer bearer-canary"}
        )
        self.assertEqual(sent.tls, TlsOptions("ca", "certificate", "key"))
        self.assertEqual(REQUEST.headers, {"Accept": "application/json"})

    def test_tokens_are_asked_for_with_the_same_tls(self):
        replies = Replies((200, TOKEN), (200, "{}"))
        make(access.AUTH_OAUTH2, secrets=replace(SECRETS, tls_ca="ca")).send(replies, REQUEST)
        self.assertEqual([one.tls for one in replies.requests], [TlsOptions("ca")] * 2)

    def test_todays_certificates_take_the_place_of_those_of_the_settings(self):
        settings = {"tls_ca": "old ca", "tls_client_certificate": "old"}
        today = AccessSecrets(tls_ca="ca", tls_client_certificate="new", tls_client_key="key")
        self.assertEqual(
            make(access.AUTH_NONE, secrets=today, **settings).tls, TlsOptions("ca", "new", "key")
        )
        only_key = AccessSecrets(tls_client_key="key")
        self.assertEqual(
            make(access.AUTH_NONE, secrets=only_key, **settings).tls, TlsOptions("old ca", "old", "key")
        )

    def test_where_nothing_is_set_nothing_differs_from_public_https(self):
        self.assertIsNone(make(access.AUTH_NONE).tls)

    def test_answer_holds_none_of_our_secrets(self):
        said = [
            "token-canary-1", "bearer-canary", "password-canary", "client-canary", "header-canary",
            base64.b64encode(b"officer:password-canary").decode(), base64.b64encode(b"g2p:client-canary").decode(),
        ]  # fmt: skip
        reply = Answer(status=400, body=json.dumps(said), headers={"location": "/?token=token-canary-1"})
        answer = make(access.AUTH_OAUTH2).send(Replies((200, TOKEN), reply), REQUEST)
        self.assertEqual(json.loads(answer.body), [access.HIDDEN] * len(said))
        self.assertEqual(answer.headers, {"location": f"/?token={access.HIDDEN}"})

    def test_secrets_are_found_however_the_peer_writes_them(self):
        secret = 'pä"ss\\wo rd+1'
        one = make(access.AUTH_BASIC, secrets=AccessSecrets(auth_password=secret))
        for body in (
            secret,
            json.dumps({"said": secret}),
            json.dumps({"said": secret}, ensure_ascii=False),
            "p%C3%A4%22ss%5Cwo+rd%2B1",
            "p%C3%A4%22ss%5Cwo%20rd%2B1",
        ):
            with self.subTest(body=body):
                hidden = one.hide(Answer(status=400, body=body)).body
                self.assertIn(access.HIDDEN, hidden)
                self.assertNotIn("wo", hidden)

    def test_short_secrets_are_not_looked_for(self):
        one = make(access.AUTH_BASIC, secrets=AccessSecrets(auth_password="PAID"))
        self.assertEqual(one.hide(Answer(status=200, body="PAID")).body, "PAID")

    def test_secrets_show_in_no_representation(self):
        one = make(access.AUTH_OAUTH2, secrets=replace(SECRETS, tls_client_key="key-canary"))
        replies = Replies((200, TOKEN), (200, "{}"))
        one.send(replies, REQUEST)
        self.assertNotIn("canary", repr((SECRETS, one, one.tls, one._source, replies.requests)))


@tagged("post_install", "-at_install")
class TestSettings(BaseCase):
    def test_settings_are_read_back_from_json(self):
        settings = replace(SETTINGS, auth_type=access.AUTH_OAUTH2, tls_ca="ca")
        self.assertEqual(AccessSettings.from_stored(json.loads(json.dumps(asdict(settings)))), settings)

    def test_what_is_unknown_or_no_text_takes_its_default(self):
        stored = {"auth_type": None, "auth_username": 7, "something": "else", "oauth2_scope": "pay"}
        self.assertEqual(AccessSettings.from_stored(stored), AccessSettings(oauth2_scope="pay"))
