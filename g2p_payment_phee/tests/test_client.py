import json
from dataclasses import asdict, replace

import responses
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Accepted, Answer, Fault, NotSent, Unknown
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal
from odoo.addons.g2p_programs.dispatch.tokens import TokenCache
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .. import const, jws
from ..client import PHEEClient
from ..settings import Credentials, Settings
from .common import (
    BATCH,
    CREDENTIALS,
    KEY,
    Replies,
    batches,
    payment,
    settings,
    signing_key,
    submission,
    thorough,
)
from .test_payload import hub_parse

POLLING = {"PollingPath": f"/batch/Summary/{BATCH}", "SuggestedCallbackSeconds": "120"}
TOKEN = {"access_token": "token-canary-1", "token_type": "bearer", "expires_in": 599}
TOKEN_2 = {"access_token": "token-canary-2", "token_type": "bearer", "expires_in": 599}


def make_client(credentials=None, tokens=None, reasons=None, **changes):
    return PHEEClient(settings(**changes), credentials or CREDENTIALS, tokens, reasons)


def signing(**changes):
    return replace(CREDENTIALS, signing_key=signing_key()[0], **changes)


@tagged("post_install", "-at_install")
class TestBuild(BaseCase):
    def findings(self, payments, key=KEY, reasons=None, **changes):
        with self.assertRaises(RailRefusal) as caught:
            make_client(reasons=reasons, **changes).build(submission(key=key), payments)
        return caught.exception.findings

    def test_payload_is_the_file_as_it_is_sent(self):
        text = make_client().build(submission(), [payment(1), payment(2)])
        self.assertEqual(len(text.split("\n")), 3)
        self.assertNotIn(KEY, text)

    def test_all_findings_of_all_payments_are_told_at_once(self):
        found = self.findings([payment(1, amount="1.50"), payment(2), payment(3, payee_id_value="False")])
        self.assertEqual(found, {"PAY-1": const.ROW_REASONS["amount"], "PAY-3": const.ROW_REASONS["payee"]})

    def test_wrong_settings_refuse_every_payment(self):
        found = self.findings([payment(1), payment(2, currency="")], payment_mode="IMMEDIATE")
        mode = const.SETTING_REASONS["mode"]
        self.assertEqual(found, {"PAY-1": mode, "PAY-2": f"{mode}; {const.ROW_REASONS['currency']}"})

    def test_twins_in_one_file_are_refused(self):
        twins = [payment(1), payment(2, payee_id_value=payment(1).payee_id_value), payment(3)]
        self.assertEqual(set(self.findings(twins)), {"PAY-1", "PAY-2"})

    def test_too_many_rows_or_bytes_are_refused(self):
        two = [payment(1), payment(2)]
        for changes in ({"max_batch_size": 1}, {"max_batch_bytes": 250}):
            with self.subTest(**changes):
                self.assertEqual(set(self.findings(two, **changes).values()), {const.ROW_REASONS["size"]})

    def test_key_that_is_no_file_name_is_refused(self):
        for key in ("", "a/b", "a b", "ä", "x" * 65, "a\r\nb"):
            with self.subTest(key=key):
                self.assertEqual(self.findings([payment()], key=key), {"PAY-1": const.ROW_REASONS["key"]})

    def test_manager_has_its_own_words(self):
        self.assertEqual(
            self.findings([payment(1, amount="0")], reasons={"amount": "Betrag"}), {"PAY-1": "Betrag"}
        )

    @thorough
    @given(
        st.text(max_size=12),
        st.text(max_size=12),
        st.text(max_size=12),
        st.text(max_size=4),
        st.text(max_size=9),
    )
    def test_anything_is_either_built_or_refused(self, reference, payee, amount, currency, kind):
        one = payment(
            reference=reference, payee_id_value=payee, amount=amount, currency=currency, payee_id_type=kind
        )
        try:
            text = make_client().build(submission(), [one])
        except RailRefusal as refusal:
            self.assertEqual(set(refusal.findings), {reference})
        else:
            self.assertTrue(text.isascii())


@tagged("post_install", "-at_install")
class TestRequest(BaseCase):
    def request(self, credentials=None, payload="id\n0", **changes):
        replies = Replies((202, POLLING))
        make_client(credentials, **changes).submit(replies, submission(payload))
        (request,) = replies.requests
        return request

    def test_csv_is_posted_under_the_correlation_id(self):
        request = self.request()
        self.assertEqual(request.url, "https://bulk.example.org/batchtransactions?type=CSV")
        self.assertEqual(request.method, "POST")
        expected = {
            "X-CorrelationID": KEY,
            "Platform-TenantId": "gorilla",
            "Purpose": "Elderly Grant",
            "Type": "CSV",
            "filename": f"{KEY}.csv",
            "Accept": "application/json",
        }
        content_type = request.headers.pop("Content-Type")
        self.assertEqual(request.headers, expected)
        self.assertEqual(hub_parse(request.body, content_type), "id\n0")

    def test_json_is_posted_as_it_was_stored(self):
        request = self.request(payload='[{"a": 1}]', batch_type_header="RAW")
        self.assertEqual(request.body, b'[{"a": 1}]')
        self.assertEqual(request.headers["Content-Type"], "application/json")
        self.assertEqual(request.headers["Type"], "RAW")
        self.assertNotIn("filename", request.headers)
        self.assertTrue(request.url.endswith("?type=RAW"))

    def test_file_name_has_the_prefix_and_no_slash(self):
        request = self.request(file_name_prefix="ph_ee_")
        self.assertEqual(request.headers["filename"], f"ph_ee_{KEY}.csv")

    def test_institution_program_and_dfsp_are_sent_where_set(self):
        request = self.request(registering_institution_id="SW", program_id="EG", payee_dfsp_id="bank")
        sent = {
            name: request.headers[name]
            for name in ("X-Registering-Institution-ID", "X-Program-ID", "X-PayeeDFSP-ID")
        }
        self.assertEqual(
            sent, {"X-Registering-Institution-ID": "SW", "X-Program-ID": "EG", "X-PayeeDFSP-ID": "bank"}
        )

    def test_batch_id_is_never_sent_as_it_would_be_signed(self):
        self.assertNotIn(
            "x-batchid", {name.lower() for name in self.request(signing(), sign_requests=True).headers}
        )

    def test_callback_is_sent_in_both_spellings_where_the_version_forwards_it(self):
        url = "https://odoo.example.org/callback/opaque"
        for version, sent in (("v1.4", True), ("v1.8", True), ("v1.9", False), ("v1.13", True)):
            with self.subTest(version):
                headers = self.request(Credentials(callback_url=url), server_version=version).headers
                found = {headers.get(name) for name in ("X-CallbackURL", "X-Callback-URL")}
                self.assertEqual(found, {url} if sent else {None})

    def test_callback_that_would_break_the_headers_is_left_out(self):
        headers = self.request(Credentials(callback_url="https://a\r\nX-BatchID: 1")).headers
        self.assertNotIn("X-CallbackURL", headers)

    def test_signature_is_over_the_text_that_the_hub_parses(self):
        text = "id,note\n0,x"
        for kind in ("CSV", "RAW"):
            with self.subTest(kind):
                request = self.request(signing(), payload=text, sign_requests=True, batch_type_header=kind)
                parsed = request.body.decode()
                if kind == "CSV":
                    parsed = hub_parse(request.body, request.headers["Content-Type"])
                signature = request.headers["X-SIGNATURE"]
                self.assertTrue(jws.verify(signing_key()[1], signature, parsed, KEY, "gorilla"))

    def test_versions_that_know_no_signature_get_none(self):
        request = self.request(signing(), sign_requests=True, server_version="v1.6")
        self.assertNotIn("X-SIGNATURE", request.headers)

    def test_two_tries_send_the_same_bytes_under_the_same_key(self):
        one = self.request(signing(), sign_requests=True)
        other = self.request(signing(), sign_requests=True)
        self.assertEqual((one.body, one.headers), (other.body, other.headers))


@tagged("post_install", "-at_install")
class TestSubmit(BaseCase):
    def test_nothing_is_sent_without_a_key_to_sign_with(self):
        replies = Replies((202, POLLING))
        answer = make_client(sign_requests=True).submit(replies, submission("id\n0"))
        self.assertEqual((answer.fault, replies.requests), (Fault.NOT_SENT, []))

    def test_nothing_is_sent_without_a_token(self):
        replies = Replies((401, {"error": "Unauthorized"}), (202, POLLING))
        client = make_client(payment_auth="hub")
        answer = client.submit(replies, submission("id\n0"))
        self.assertEqual((answer.fault, answer.status), (Fault.NOT_SENT, 401))
        self.assertEqual(
            [request.url for request in replies.requests], ["https://ops.example.org/oauth/token"]
        )
        self.assertIsInstance(client.read_submission(answer, submission()), NotSent)

    def test_nothing_is_sent_of_an_empty_or_strange_payload(self):
        for text, key in (("", KEY), ("ä", KEY), ("id\n0", "a/b"), ("id\n0", "")):
            for kind in ("CSV", "RAW"):
                replies = Replies((202, POLLING))
                client = make_client(batch_type_header=kind)
                answer = client.submit(replies, submission(text, key=key))
                with self.subTest(text=text, key=key, kind=kind):
                    self.assertEqual((answer.fault, replies.requests), (Fault.NOT_SENT, []))

    def test_each_host_gets_its_own_authentication(self):
        replies = Replies((202, POLLING))
        client = make_client(payment_auth="api_key", status_auth="none")
        client.submit(replies, submission("id\n0"))
        self.assertEqual(replies.requests[0].headers["X-API-KEY"], "payment-key-secret")
        asked = Replies((200, batches()))
        client.ask(asked, submission(), ())
        self.assertFalse({"X-API-KEY", "Authorization"} & set(asked.requests[0].headers))

    def test_token_of_one_host_does_not_go_to_the_other(self):
        client = make_client(payment_auth="oidc", status_auth="hub")
        replies = Replies((200, TOKEN), (202, POLLING))
        client.submit(replies, submission("id\n0"))
        self.assertEqual(replies.requests[1].headers["Authorization"], "Bearer token-canary-1")
        asked = Replies((200, TOKEN_2), (200, batches()))
        client.ask(asked, submission(), ())
        self.assertEqual(asked.requests[1].headers["Authorization"], "Bearer token-canary-2")

    def test_submission_is_sent_once_also_after_a_401_and_the_token_is_forgotten(self):
        tokens = TokenCache()
        client = make_client(payment_auth="hub", tokens=tokens)
        replies = Replies(
            (200, TOKEN), (401, {"error_description": "expired: token-canary-1"}), (202, POLLING)
        )
        answer = client.submit(replies, submission("id\n0"))
        self.assertEqual(len(replies.requests), 2)
        self.assertNotIn("canary", answer.body)
        self.assertIsInstance(client.read_submission(answer, submission()), Unknown)
        again = Replies((200, TOKEN_2), (202, POLLING))
        client.submit(again, submission("id\n0"))
        self.assertEqual(again.requests[1].headers["Authorization"], "Bearer token-canary-2")

    def test_deadline_that_passes_while_a_token_is_fetched_sends_nothing(self):
        client = make_client(payment_auth="hub")
        answer = client.submit(Replies((200, TOKEN)), submission("id\n0"))
        self.assertIsInstance(client.read_submission(answer, submission()), NotSent)

    @responses.activate
    def test_a_whole_submission_goes_through_the_real_transport(self):
        # Odoo's tests let requests go to this machine only.
        token_url, payment_url = "http://127.0.0.1/oauth/token", "http://127.0.0.1/batchtransactions"
        responses.post(token_url, json=TOKEN)
        responses.post(payment_url, json=POLLING, status=202)
        client = make_client(
            payment_auth="hub", auth_endpoint_url=token_url, payment_endpoint_url=payment_url
        )
        sent = submission(client.build(submission(), [payment()]), ["PAY-1"])
        answer = client.submit(Transport(30, KEY), sent)
        self.assertEqual(client.read_submission(answer, sent), Accepted(correlation=BATCH))
        request = responses.calls[1].request
        self.assertEqual(request.headers["X-CorrelationID"], KEY)
        self.assertEqual(hub_parse(request.body, request.headers["Content-Type"]), sent.payload)


@tagged("post_install", "-at_install")
class TestSettings(BaseCase):
    def test_settings_come_back_from_json(self):
        pinned = settings(csv_columns=15, account_lookup=True, sign_requests=False, minor_unit_digits=2)
        self.assertEqual(Settings.from_stored(json.loads(json.dumps(asdict(pinned)))), pinned)

    def test_stored_settings_of_another_version_take_defaults(self):
        stored = {
            "tenant_id": "gorilla",
            "gone": 1,
            "csv_columns": "15",
            "max_batch_size": True,
            "note": None,
        }
        self.assertEqual(Settings.from_stored(stored), Settings(tenant_id="gorilla"))

    def test_addresses_of_details_and_search_follow_from_the_status_url(self):
        self.assertEqual(settings().details_url, "https://ops.example.org/api/v1/batch/detail")
        self.assertEqual(settings().batches_url, "https://ops.example.org/api/v1/batches")
        given_urls = settings(details_endpoint_url="https://x/d", batches_endpoint_url="https://x/b")
        self.assertEqual((given_urls.details_url, given_urls.batches_url), ("https://x/d", "https://x/b"))

    def test_settings_hold_no_secret(self):
        names = " ".join(asdict(Settings()))
        for word in ("password", "secret", "api_key_value", "signing_key", "token_value", "authorization"):
            self.assertNotIn(word, names)

    def test_unknown_version_sends_nothing(self):
        client = make_client(server_version="v9")
        with self.assertRaises(RailRefusal):
            client.build(submission(), [payment()])

    def test_faults_are_what_the_transport_says(self):
        client = make_client()
        for fault, kind in ((Fault.NOT_SENT, NotSent), (Fault.TIMEOUT, Unknown), (Fault.CONNECTION, Unknown)):
            outcome = client.read_submission(
                Answer(fault=fault, status=202, body=json.dumps(POLLING)), submission()
            )
            self.assertIsInstance(outcome, kind)
