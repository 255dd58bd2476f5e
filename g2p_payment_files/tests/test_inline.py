"""What codes carry: filled in after their JSON is parsed, and signed as it was filled in."""

import json
from dataclasses import replace
from datetime import date
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from ..documents import inline, shown
from ..documents.errors import DocumentError
from ..documents.inline import Inline, InlineError, make_codes
from ..documents.layout import Code, Layout
from ..documents.sample import sample_file, sample_payments

BODY = (
    '{"reference": "{{ object.name }}", "to": ["{{ object.payee_name }}!"], '
    '"exp": "{{ timestamp(object.valid_until) }}"}'
)
EVIL = '", "amount": "999999.00", "x": "'
REFUSED = {
    "empty": ("", "string"),
    "too long": ("x" * 5000, "string"),
    "engine": ("{{ env }}", "string"),
    "walk": ("{{ object.__class__ }}", "string"),
    "call": ("{{ object.name.upper() }}", "string"),
    "object": ("{{ object.partner_id }}", "string"),
    "file names": ("{{ object.program_id.name }}", "string"),
    "other brackets": ("#{object.name}", "string"),
    "no json": ("{{ object.name }}", "json"),
    "broken json": ('{"a": ', "json"),
    "key": ('{"{{ object.name }}": 1}', "json"),
    "twice": ('{"a": 1, "a": 2}', "json"),
    "float": ('{"a": 1.5}', "json"),
    "infinity": ('{"a": Infinity}', "json"),
    "deep": ("[" * 50 + "]" * 50, "json"),
    "very deep": ("[" * 3000 + "]", "json"),
    "list": ('["{{ object.name }}"]', "jwt"),
    "text": ('"{{ object.name }}"', "cwt"),
}


class Signer:
    """Signs by saying who would."""

    def jwt_sign(self, data):
        return "JWT:" + json.dumps(data)

    def cwt_sign(self, data):
        return "CWT:" + json.dumps(data)


class TestInline(TestCase):
    def carry(self, body, data_type="string", provider=None, **facts):
        payment = replace(sample_payments(1)[0], **facts)
        return Inline(body, data_type).carry(shown.ShownCoded(payment), provider)

    def test_string_is_filled_in(self):
        self.assertEqual(
            self.carry("{{ object.entitlement_id.code }}/{{object.amount_issued}} {{ object.valid_until }}"),
            "SAMPLE000001/1012.50 2030-03-31",
        )

    def test_refused_with_a_reason(self):
        for name, (body, data_type) in REFUSED.items():
            with self.subTest(name), self.assertRaises(InlineError) as caught:
                Inline(body, data_type)
            self.assertGreater(len(str(caught.exception)), 15)

    def test_quote_in_a_name_stays_in_the_name(self):
        payload = json.loads(self.carry(BODY, "json", payee_name=EVIL))
        self.assertEqual(payload["to"], [EVIL + "!"])
        self.assertEqual(set(payload), {"reference", "to", "exp"})

    @given(st.text())
    def test_any_name_comes_back_as_it_is(self, name):
        payload = json.loads(self.carry(BODY, "json", payee_name=name))
        self.assertEqual(payload["to"], [name + "!"])
        self.assertEqual(set(payload), {"reference", "to", "exp"})

    def test_placeholder_in_a_name_is_not_filled_in(self):
        payload = json.loads(self.carry(BODY, "json", payee_name="{{ object.amount }}"))
        self.assertEqual(payload["to"], ["{{ object.amount }}!"])

    def test_number_stays_a_number_and_what_is_not_known_is_left_out(self):
        self.assertEqual(json.loads(self.carry(BODY, "json"))["exp"], 1901231999)
        self.assertNotIn("exp", json.loads(self.carry(BODY, "json", valid_until=None)))
        self.assertEqual(json.loads(self.carry('{"a": "{{ object.amount }}"}', "json")), {"a": "1012.50"})

    def test_last_second_of_the_day_counts(self):
        self.assertEqual(shown.timestamp(date(1970, 1, 1)), 86399)

    def test_signed_is_what_was_filled_in(self):
        for data_type, mark in (("jwt", "JWT:"), ("cwt", "CWT:")):
            text = self.carry(BODY, data_type, Signer(), payee_name=EVIL)
            self.assertTrue(text.startswith(mark))
            self.assertEqual(json.loads(text[4:])["to"], [EVIL + "!"])

    def test_preview_is_not_signed_and_says_so(self):
        self.assertTrue(self.carry(BODY, "jwt").startswith("PREVIEW.NOT-SIGNED."))


class TestCodesOfPayments(TestCase):
    def test_each_payment_has_its_own(self):
        layout = Layout(
            "pdf", codes=(Code("a", body="{{ object.name }}"), Code("b", body="{{ object.total }}"))
        )
        codes = make_codes(layout, sample_payments(2))
        self.assertEqual([set(one) for one in codes], [{"a"}, {"a"}])
        self.assertNotEqual(codes[0]["a"], codes[1]["a"])

    def test_batch_has_its_own(self):
        layout = Layout(
            "pdf", codes=(Code("a", body="{{ object.name }}"), Code("b", body="{{ object.total }}"))
        )
        self.assertEqual(inline.make_head_codes(layout, sample_file(sample_payments(2))), {"b": "2037.50"})

    def test_signed_code_is_about_a_payment(self):
        with self.assertRaises(InlineError):
            inline.find_subject(Code("b", data_type="jwt", body='{"a": "{{ object.total }}"}'))

    def test_all_payments_that_cannot_are_named(self):
        class Refuses:
            def jwt_sign(self, data):
                raise ValueError("It is too long.")

        layout = Layout("pdf", codes=(Code("a", data_type="jwt", body="{}"),))
        payments = sample_payments(3)
        with self.assertRaises(DocumentError) as caught:
            make_codes(layout, payments, Refuses())
        self.assertEqual(set(caught.exception.findings), {payment.reference for payment in payments})
        self.assertIn("Code a: It is too long.", caught.exception.findings[payments[0].reference])
