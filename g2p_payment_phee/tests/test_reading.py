import json

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Accepted, Answer, Fault, NotSent, Rejected, Unknown

from .. import jws
from ..reading import callback_batch_id, read_submission
from .common import BATCH, sample, settings, signing_key

ACCEPTED = json.dumps({"PollingPath": f"/batch/Summary/{BATCH}", "SuggestedCallbackSeconds": "120"})


@tagged("post_install", "-at_install")
class TestFaults(BaseCase):
    def test_faults_never_refuse_whatever_stands_in_the_body(self):
        for fault in Fault:
            if fault is Fault.NONE:
                continue
            for status, body in ((202, ACCEPTED), (400, sample("submit_400_too_big.json"))):
                with self.subTest(fault=fault, status=status):
                    outcome = read_submission(Answer(fault=fault, status=status, body=body), settings())
                    self.assertIs(type(outcome), NotSent if fault is Fault.NOT_SENT else Unknown)
                    self.assertEqual(outcome.code, fault.value)


@tagged("post_install", "-at_install")
class TestSignedAnswers(BaseCase):
    def outcome_of(self, status, body, signature=None, **changes):
        headers = {} if signature is None else {"x-signature": signature}
        pinned = settings(**{"hub_certificate": signing_key()[1], **changes})
        return read_submission(Answer(status=status, body=body, headers=headers), pinned)

    def sign(self, body, *headers):
        return jws.sign(signing_key()[0], body, *headers)

    def test_signed_answers_settle(self):
        self.assertEqual(self.outcome_of(202, ACCEPTED, self.sign(ACCEPTED)), Accepted(correlation=BATCH))
        refused = sample("submit_412_unknown_tenant_flow.json")
        self.assertIsInstance(self.outcome_of(412, refused, self.sign(refused)), Rejected)

    def test_unsigned_or_wrongly_signed_answers_settle_nothing(self):
        for status, body in ((202, ACCEPTED), (400, sample("submit_400_too_big.json"))):
            for signature, code in (
                (None, "signature.missing"),
                ("", "signature.missing"),
                ("AAAA", "signature.invalid"),
                (self.sign(body + " "), "signature.invalid"),
                # A request's signature, sent back as it came.
                (self.sign(body, "key", "gorilla"), "signature.invalid"),
            ):
                with self.subTest(status=status, code=code):
                    outcome = self.outcome_of(status, body, signature)
                    self.assertEqual((type(outcome), outcome.code), (Unknown, code))

    def test_vector_is_accepted_with_its_certificate(self):
        one = json.loads(sample("vector.json"))["response_body_only"]
        certificate = sample("hub_certificate.pem")
        self.assertIsInstance(
            self.outcome_of(202, one["payload"], one["X-SIGNATURE"], hub_certificate=certificate), Accepted
        )

    def test_certificate_that_cannot_be_read_settles_nothing(self):
        outcome = self.outcome_of(202, ACCEPTED, self.sign(ACCEPTED), hub_certificate="x")
        self.assertEqual((type(outcome), outcome.code), (Unknown, "certificate.unreadable"))

    def test_without_a_certificate_no_signature_is_looked_for(self):
        self.assertIsInstance(self.outcome_of(202, ACCEPTED, hub_certificate=""), Accepted)


@tagged("post_install", "-at_install")
class TestCallback(BaseCase):
    def test_batch_is_named_from_v1_13_on(self):
        body = {"clientCorrelationId": "x", "batchId": BATCH, "message": "complete with : 100"}
        self.assertEqual(callback_batch_id(json.dumps(body)), BATCH)

    def test_anything_else_names_none(self):
        for text in (
            '"The Batch Aggregation API was complete with : 100"',
            "The Batch Aggregation API was complete with : 100",
            "",
            '{"batchId": "../x"}',
            '{"batchId": 7}',
            "[" * 100000,
        ):
            with self.subTest(text=text[:40]):
                self.assertEqual(callback_batch_id(text), "")
