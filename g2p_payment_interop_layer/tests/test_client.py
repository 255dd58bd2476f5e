import json
from dataclasses import replace

import responses
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import Accepted, Answer, Fault, NotSent, RowResult, Unknown
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal
from odoo.addons.g2p_programs.dispatch.tokens import TokenCache
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .. import payload
from .common import (
    KEY,
    OAUTH2,
    PIL,
    SDK,
    SECRETS,
    TOKEN,
    TOKEN_2,
    Replies,
    make_client,
    payment,
    result,
    results,
    said,
    submission,
    thorough,
    transfer,
    waiting,
)

GOOD = {PIL: results(result()), SDK: said(transfer())}


def sending(settings):
    return submission(payment(1), settings=settings)


@tagged("post_install", "-at_install")
class TestRequests(BaseCase):
    def test_layer_is_sent_the_disbursement_alone(self):
        sent, transport = sending(PIL), Replies(GOOD[PIL])
        make_client(PIL).submit(transport, sent)
        (request,) = transport.requests
        self.assertEqual(transport.lines, ["POST https://layer.example.org/disbursement"])
        self.assertEqual(request.body.decode(), payload.disbursement_of(sent))
        self.assertNotIn(b"PAY-1", request.body)
        self.assertEqual(request.headers, {"Accept": "application/json", "Content-Type": "application/json"})

    def test_adapter_is_sent_what_is_stored(self):
        sent, transport = sending(SDK), Replies(GOOD[SDK])
        make_client(SDK).submit(transport, sent)
        self.assertEqual(transport.lines, ["POST https://adapter.example.org/transfers"])
        self.assertEqual(transport.requests[0].body.decode(), sent.payload)

    def test_two_tries_send_the_same_bytes(self):
        for settings in (PIL, SDK):
            bodies = set()
            for _try in range(2):
                transport = Replies(GOOD[settings])
                make_client(settings).submit(transport, sending(settings))
                bodies.add(transport.requests[0].body)
            self.assertEqual(len(bodies), 1)

    def test_question_is_about_the_whole_submission(self):
        for settings, line in (
            (PIL, f"GET https://layer.example.org/disbursement/{KEY}"),
            (SDK, f"GET https://adapter.example.org/transfers/{KEY}"),
        ):
            transport = Replies(GOOD[settings])
            make_client(settings).ask(transport, sending(settings), ("PAY-1",))
            self.assertEqual(transport.lines, [line])
            self.assertEqual(transport.requests[0].headers, {"Accept": "application/json"})

    def test_nothing_is_sent_of_a_payload_that_is_not_of_this_submission(self):
        for settings in (PIL, SDK):
            good = sending(settings)
            for changes in (
                {"payload": ""},
                {"payload": "[]"},
                {"payload": "{}"},
                {"key": KEY.replace("0", "1")},
                {"key": ""},
                {"key": "a/b"},
            ):
                with self.subTest(mode=settings.mode, **changes):
                    transport, client = Replies(GOOD[settings]), make_client(settings)
                    answer = client.submit(transport, replace(good, **changes))
                    self.assertEqual((answer.fault, transport.lines), (Fault.NOT_SENT, []))
                    self.assertIsInstance(client.read_submission(answer, good), NotSent)

    def test_other_alphabets_are_sent_as_they_are(self):
        sent, transport = submission(payment(1), note="पेंशन ж"), Replies(GOOD[PIL])
        make_client(PIL).submit(transport, sent)
        self.assertIn("पेंशन ж".encode(), transport.requests[0].body)

    @thorough
    @given(
        st.sampled_from([PIL, SDK]),
        st.text(max_size=12),
        st.text(max_size=12),
        st.text(max_size=12),
        st.text(max_size=4),
        st.sampled_from(["phone", "reg_id", "email", "bank_acc_no", "bank_acc_iban", ""]),
    )
    def test_anything_is_either_built_or_refused(self, settings, reference, payee, amount, currency, kind):
        one = payment(
            reference=reference, payee_id_value=payee, amount=amount, currency=currency, payee_id_type=kind
        )
        try:
            text = make_client(settings, payee_id_type=kind).build(submission(), [one])
        except RailRefusal as refusal:
            self.assertEqual(set(refusal.findings), {reference})
        else:
            self.assertTrue(text.encode())


@tagged("post_install", "-at_install")
class TestAccess(BaseCase):
    def headers(self, settings, access, *replies):
        transport = Replies(*(replies or [GOOD[settings]]))
        make_client(settings, access=access).submit(transport, sending(settings))
        return transport.requests[-1].headers

    def test_every_kind_of_authentication_is_sent(self):
        table = (
            (
                AccessSettings(auth_type="basic", auth_username="g2p"),
                "Authorization",
                "Basic ZzJwOnBhc3MtY2FuYXJ5LTE=",
            ),
            (AccessSettings(auth_type="bearer"), "Authorization", "Bearer bearer-canary-1"),
            (
                AccessSettings(auth_type="header", auth_header_name="X-API-Key"),
                "X-API-Key",
                "header-canary-1",
            ),
        )
        for settings in (PIL, SDK):
            for access, name, value in table:
                with self.subTest(mode=settings.mode, kind=access.auth_type):
                    self.assertEqual(self.headers(settings, access)[name], value)
            headers = self.headers(settings, OAUTH2, (200, TOKEN), GOOD[settings])
            self.assertEqual(headers["Authorization"], "Bearer token-canary-1")

    def test_own_authority_and_certificate_go_with_every_call(self):
        access = AccessSettings(tls_ca="CA", tls_client_certificate="CERT")
        secrets = replace(SECRETS, tls_client_key="KEY")
        for transport, client in (
            (Replies((200, waiting("PARTY")), GOOD[SDK]), make_client(SDK, secrets, access=access)),
        ):
            client.submit(transport, sending(SDK))
            client.ask(transport, sending(SDK), ())
            found = {(one.tls.ca, one.tls.certificate, one.tls.key) for one in transport.requests}
            self.assertEqual(found, {("CA", "CERT", "KEY")})

    def test_nothing_is_sent_without_something_to_authenticate_with(self):
        for settings in (PIL, SDK):
            for access in (AccessSettings(auth_type="basic"), AccessSettings(auth_type="odd")):
                transport, client = Replies(GOOD[settings]), make_client(settings, access=access)
                answer = client.submit(transport, sending(settings))
                self.assertEqual((answer.fault, transport.lines), (Fault.NOT_SENT, []))

    def test_token_that_is_refused_is_forgotten_and_the_try_is_not_repeated(self):
        for settings in (PIL, SDK):
            client = make_client(settings, access=OAUTH2, tokens=TokenCache())
            transport = Replies((200, TOKEN), (401, {"error": "expired: token-canary-1"}), GOOD[settings])
            answer = client.submit(transport, sending(settings))
            self.assertEqual(len(transport.lines), 2)
            self.assertNotIn("canary", answer.body)
            self.assertIsInstance(client.read_submission(answer, sending(settings)), Unknown)
            again = Replies((200, TOKEN_2), GOOD[settings])
            client.submit(again, sending(settings))
            self.assertEqual(again.requests[-1].headers["Authorization"], "Bearer token-canary-2")

    def test_token_that_runs_out_before_a_continuation_leaves_the_transfer_waiting(self):
        client = make_client(SDK, access=OAUTH2)
        transport = Replies((200, TOKEN), (200, waiting("PARTY")), (401, ""))
        outcome = client.read_submission(client.submit(transport, sending(SDK)), sending(SDK))
        self.assertIsInstance(outcome, Unknown)

    def test_question_tries_another_token_once(self):
        for settings in (PIL, SDK):
            client = make_client(settings, access=OAUTH2)
            transport = Replies((200, TOKEN), (401, ""), (200, TOKEN_2), GOOD[settings])
            answer = client.ask(transport, sending(settings), ())
            self.assertEqual((answer.status, len(transport.lines)), (200, 4))

    def test_secrets_show_nowhere(self):
        for shown in (repr(SECRETS), repr(make_client()), repr(make_client()._rail)):
            self.assertNotIn("canary", shown)


@tagged("post_install", "-at_install")
class TestWholeTries(BaseCase):
    @responses.activate
    def test_disbursement_goes_through_the_real_transport(self):
        # Odoo's tests let requests go to this machine only.
        url = "http://127.0.0.1/disbursement"
        responses.post(url, body=results(result()).body)
        client = make_client(PIL, payment_endpoint_url=url)
        sent = sending(PIL)
        with self.assertLogs("odoo.addons.g2p_programs.dispatch.transport", "DEBUG") as logged:
            answer = client.submit(Transport(30, KEY), sent)
        outcome = client.read_submission(answer, sent)
        self.assertEqual([row.result for row in outcome.rows], [RowResult.PAID])
        self.assertEqual(responses.calls[0].request.body.decode(), payload.disbursement_of(sent))
        self.assertNotIn("98765", json.dumps(logged.output))

    @responses.activate
    def test_transfer_and_its_continuation_go_through_the_real_transport(self):
        url = "http://127.0.0.1/transfers"
        responses.post(url, json=waiting("PARTY"))
        responses.put(f"{url}/{KEY}", json=transfer())
        client = make_client(SDK, payment_endpoint_url=url)
        sent = sending(SDK)
        outcome = client.read_submission(client.submit(Transport(30, KEY), sent), sent)
        self.assertIsInstance(outcome, Accepted)
        self.assertEqual(json.loads(responses.calls[1].request.body), {"acceptParty": True})

    def test_outcomes_of_faults_are_what_the_transport_says(self):
        for settings in (PIL, SDK):
            client = make_client(settings)
            for fault, kind in (
                (Fault.NOT_SENT, NotSent),
                (Fault.TIMEOUT, Unknown),
                (Fault.CONNECTION, Unknown),
            ):
                answer = client.submit(Replies(Answer(fault=fault)), sending(settings))
                self.assertIsInstance(client.read_submission(answer, sending(settings)), kind)
