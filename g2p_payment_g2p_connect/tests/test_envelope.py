import json
from dataclasses import replace

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import (
    AUTH_BASIC,
    AUTH_HEADER,
    AccessSecrets,
    AccessSettings,
)
from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Answer,
    Fault,
    Found,
    Rejected,
    Unknown,
    Unreadable,
)

from .. import const
from ..client import G2PConnectClient
from ..envelope import NotOpened
from ..settings import Credentials
from .protection_case import our_envelope, pair_of_protections, their_envelope
from .test_acks import ack
from .test_client import SETTINGS, SUBMISSION, RecordingTransport, payment
from .test_reading import PAID, disburse, errors, results, row, told

ASYNC = replace(SETTINGS, api_mode=const.MODE_ASYNC, sender_uri="https://spp.example.org/connect/7/abc")
FORMS = (("none", "ed25519"), ("http_signature", "ed25519"), ("jws", "ed25519"), ("jws", "rsa"))


class PeerTransport(RecordingTransport):
    """A payment system in the place of the network: answers what it is told to."""

    def __init__(self, answer=""):
        super().__init__()
        self.answer = answer

    def send(self, request):
        self.requests.append(request)
        body = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        return Answer(status=200, body=body)


@tagged("post_install", "-at_install")
class TestEnvelope(BaseCase):
    def make(self, protection, settings=SETTINGS):
        client = G2PConnectClient(settings, Credentials("secret-token", protection=protection))
        payload = client.build(SUBMISSION, [payment(1), payment(2)])
        return client, replace(SUBMISSION, payload=payload)

    def seal(self, protection, body, action="on-disburse"):
        """Return ``body`` as the payment system sends it, now; with the status of its header."""
        envelope = their_envelope(protection, None)
        make = envelope._header
        envelope._header = lambda *args: make(*args) | body["header"]
        sealed, _headers = envelope.close(action, 1, json.dumps(body["message"]))
        return sealed.decode()

    def test_what_is_sent_is_what_was_stored_under_signature_and_encryption(self):
        for form in FORMS:
            for encrypts in ("", "rsa", "p256"):
                ours, theirs = pair_of_protections(*form, encrypts)
                client, submission = self.make(ours)
                transport = RecordingTransport()
                client.submit(transport, submission)
                raw = transport.requests[0].body
                envelope = their_envelope(theirs, None)
                with self.subTest(form, encrypts=encrypts):
                    opened = envelope.open(raw.decode())
                    self.assertEqual(opened.message, json.loads(submission.payload))
                    self.assertEqual(opened.header["is_msg_encrypted"], bool(encrypts))
                    self.assertEqual(b"Aminata" in raw, not encrypts)
                    self.assertEqual(f'"message":{submission.payload}}}'.encode() in raw, not encrypts)
                    self.assertEqual("signature" in json.loads(raw), form[0] != "none")

    def test_only_what_goes_around_it_differs_between_two_tries(self):
        client, submission = self.make(pair_of_protections()[0])
        transport = RecordingTransport()
        client.submit(transport, submission)
        client.submit(transport, submission)
        one, other = (json.loads(request.body) for request in transport.requests)
        self.assertEqual(one["message"], other["message"])
        self.assertNotEqual(one["signature"], other["signature"])
        self.assertNotEqual(one["header"]["message_id"], other["header"]["message_id"])

    def test_without_a_key_that_signs_or_encrypts_nothing_is_sent(self):
        ours = pair_of_protections(encrypts="rsa")[0]
        for broken in (
            replace(ours, signing_key=""),
            replace(ours, signer="other"),
            replace(ours, peer_encryption_key=None),
            replace(ours, peer_encryption_key=replace(ours.peer_encryption_key, pem="x")),
        ):
            client, submission = self.make(broken)
            transport = RecordingTransport()
            for answer in (client.submit(transport, submission), client.ask(transport, submission, ())):
                self.assertEqual((answer.fault, transport.requests), (Fault.NOT_SENT, []))
                self.assertTrue(answer.note)

    def test_asynchronous_half_says_where_it_is_called_back(self):
        client, submission = self.make(pair_of_protections("none")[0], ASYNC)
        transport = RecordingTransport()
        client.submit(transport, submission)
        client.ask(transport, submission, ("PAY-1",))
        for request in transport.requests:
            self.assertEqual(json.loads(request.body)["header"]["sender_uri"], ASYNC.sender_uri)
        client, submission = self.make(
            pair_of_protections("none")[0], replace(ASYNC, api_mode=const.MODE_SYNC)
        )
        client.submit(transport, submission)
        self.assertNotIn("sender_uri", transport.body["header"])

    def test_signed_and_encrypted_answers_are_read(self):
        for form in FORMS:
            for encrypts in ("", "rsa", "p256"):
                ours, theirs = pair_of_protections(*form, encrypts)
                client, submission = self.make(ours)
                with self.subTest(form, encrypts=encrypts):
                    answer = client.submit(PeerTransport(self.seal(theirs, disburse(row()))), submission)
                    outcome = client.read_submission(answer, submission)
                    self.assertIsInstance(outcome, Accepted)
                    self.assertEqual(results(outcome), {"PAY-1": (PAID, "")})
                    answer = client.ask(PeerTransport(self.seal(theirs, told(row()))), submission, ())
                    outcome = client.read_question(answer, submission, ())
                    self.assertIsInstance(outcome, Found)
                    self.assertEqual(results(outcome), {"PAY-1": (PAID, "")})

    def test_stored_answer_is_read_the_same_when_keys_are_gone(self):
        ours, theirs = pair_of_protections(encrypts="rsa")
        client, submission = self.make(ours)
        answer = client.submit(PeerTransport(self.seal(theirs, disburse(row()))), submission)
        later = G2PConnectClient(SETTINGS, Credentials("other"))
        self.assertEqual(
            client.read_submission(answer, submission), later.read_submission(answer, submission)
        )
        bad = client.submit(PeerTransport(disburse(row())), submission)
        self.assertEqual(later.read_submission(bad, submission), Unknown("signature.missing"))

    def test_answer_that_is_not_signed_as_it_should_be_settles_nothing(self):
        ours, theirs = pair_of_protections()
        client, submission = self.make(ours)
        good = self.seal(theirs, disburse(row()))
        for body, code in (
            (disburse(row()), "signature.missing"),
            (disburse(row()) | {"signature": None}, "signature.missing"),
            (disburse(row()) | {"signature": "x"}, "signature.unreadable"),
            (disburse(row()) | {"signature": ["x"]}, "signature.unreadable"),
            (good.replace("PAY-1", "PAY-2"), "signature.invalid"),
            (good.replace('"succ"', '"rjct"', 1), "signature.invalid"),
            ({"signature": "x"} | {"message": disburse(row())["message"]}, "unreadable.body"),
            (good[:-1], "unreadable.body"),
        ):
            with self.subTest(code, body=body):
                answer = client.submit(PeerTransport(body), submission)
                self.assertEqual(client.read_submission(answer, submission), Unknown(code))
                self.assertEqual(client.read_question(answer, submission, ()), Unreadable(code))

    def test_unsigned_refusal_refuses_nothing(self):
        client, submission = self.make(pair_of_protections()[0])
        refusal = disburse(status="rjct", code="rjct.version.invalid")
        answer = client.submit(PeerTransport(refusal), submission)
        self.assertEqual(client.read_submission(answer, submission), Unknown("signature.missing"))
        for status in (400, 401):
            outcome = client.read_submission(replace(answer, status=status), submission)
            self.assertEqual(outcome, Unknown(f"http.{status}"))

    def test_acknowledgements_and_errors_have_no_signature(self):
        client, submission = self.make(pair_of_protections()[0], ASYNC)
        for body, expected in (
            (ack(), Accepted),
            (ack("ERR", "err.signature.invalid"), Rejected),
            ({}, Unknown),
            ("", Unknown),
        ):
            answer = client.submit(PeerTransport(body), submission)
            self.assertIsInstance(client.read_submission(answer, submission), expected)
        answer = replace(client.submit(PeerTransport(errors("err.request.bad")), submission), status=400)
        self.assertIsInstance(client.read_submission(answer, submission), Rejected)

    def test_payment_system_that_does_not_sign_answers_can_be_lived_with(self):
        ours, theirs = pair_of_protections(require_signed_answers=False)
        client, submission = self.make(ours)
        answer = client.submit(PeerTransport(disburse(row())), submission)
        self.assertIsInstance(client.read_submission(answer, submission), Accepted)
        answer = client.submit(PeerTransport(disburse(row()) | {"signature": "x"}), submission)
        self.assertEqual(client.read_submission(answer, submission), Unknown("signature.unreadable"))

    def test_without_a_plug_a_signature_is_passed_over(self):
        client, submission = self.make(pair_of_protections("none")[0])
        for signature in ("x", None, 7):
            answer = client.submit(PeerTransport(disburse(row()) | {"signature": signature}), submission)
            self.assertIsInstance(client.read_submission(answer, submission), Accepted)

    def test_answer_that_cannot_be_decrypted_settles_nothing(self):
        ours, theirs = pair_of_protections(encrypts="rsa")
        for broken, code in (
            (replace(ours, decryption_key=""), "encryption.key_missing"),
            (replace(ours, decryption_key=theirs.decryption_key), "encryption.invalid"),
        ):
            client, submission = self.make(broken)
            answer = client.submit(PeerTransport(self.seal(theirs, disburse(row()))), submission)
            self.assertEqual(client.read_submission(answer, submission), Unknown(code))

    def test_encrypted_message_that_is_no_object_is_refused(self):
        ours, theirs = pair_of_protections(encrypts="rsa")
        for plain in ("[]", "x", '{"a":1,"a":2}', '"x"'):
            envelope = their_envelope(theirs)
            sealed, _headers = envelope.close("on-disburse", 1, plain)
            with self.subTest(plain), self.assertRaises(NotOpened) as caught:
                our_envelope(ours).open(sealed.decode())
            self.assertEqual(caught.exception.code, "encryption.invalid")

    def test_secrets_are_in_no_stored_answer(self):
        ours, theirs = pair_of_protections(encrypts="rsa")
        client, submission = self.make(ours)
        body = disburse(row(instruction="Bearer secret-token"))
        answer = client.submit(PeerTransport(self.seal(theirs, body)), submission)
        self.assertIn("[secret]", answer.body)
        self.assertNotIn("secret-token", answer.body)

    def test_access_is_that_of_the_settings(self):
        for access, secrets, name, value in (
            (AccessSettings(AUTH_BASIC, "u"), AccessSecrets("p"), "Authorization", "Basic dTpw"),
            (
                AccessSettings(AUTH_HEADER, auth_header_name="X-Key"),
                AccessSecrets(auth_header_value="v"),
                "X-Key",
                "v",
            ),
        ):
            settings = replace(SETTINGS, access=replace(access, tls_ca="an authority"))
            client = G2PConnectClient(settings, Credentials(access=secrets))
            transport = RecordingTransport()
            client.ask(transport, SUBMISSION, ("PAY-1",))
            request = transport.requests[0]
            self.assertEqual(request.headers[name], value)
            self.assertEqual(request.tls.ca, "an authority")
