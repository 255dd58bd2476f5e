"""Attacks on configurations, templates, codes and files that come back."""

from odoo.tests import BaseCase

from ..documents import inline
from ..documents.inline import Inline, InlineError

SIGNED = ("jwt", "cwt")


class TestSignedClaims(BaseCase):
    def test_claims_about_a_payment_are_only_what_is_on_record(self):
        for data_type in SIGNED:
            for body in (
                '{"reference": "{{ object.name }}", "amount": "999999.00"}',
                '{"reference": "{{ object.name }}", "amount": 999999}',
                '{"reference": "{{ object.name }}", "Amount": "{{ object.payment_fee }}"}',
                '{"reference": "{{ object.name }}", "amount": "9{{ object.amount }}"}',
                '{"reference": "{{ object.name }}", "amount": ["9"]}',
                '{"reference": "{{ object.name }}", "payee_name": "{{ object.currency }}"}',
                """{"reference": "{{ 'another' }}"}""",
                '{"end_to_end_id": "0123456789abcdef0123456789abcdef"}',
                '{"sub": "another"}',
                '{"message_id": "one that was seen", "amount": "{{ object.amount }}"}',
            ):
                with self.subTest(body, data_type=data_type), self.assertRaisesRegex(InlineError, "signed"):
                    Inline(body, data_type)

    def test_own_claims_and_what_is_not_signed_are_free(self):
        for data_type in SIGNED:
            Inline(
                '{"iss": "The Office", "sub": "{{object.name}}", "amount": "{{ object.amount_issued }}"}',
                data_type,
            )
        Inline('{"amount": "1"}', "json")

    def test_every_claim_that_a_verifier_shows_is_held_to_the_record(self):
        shown = {
            "reference",
            "amount",
            "currency",
            "payee_name",
            "end_to_end_id",
            "sub",
            "message_id",
            "total",
        }
        self.assertLessEqual({name.replace("_", "") for name in shown}, set(inline.FACTS))
