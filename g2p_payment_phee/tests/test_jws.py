import base64
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import jws
from .common import sample, signing_key


def der(pem):
    return "".join(line for line in pem.splitlines() if "-----" not in line)


@tagged("post_install", "-at_install")
class TestVector(BaseCase):
    """Three signatures that the hub's own classes have accepted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificate = sample("hub_certificate.pem")
        cls.vector = json.loads(sample("vector.json"))

    def case(self, name):
        one = self.vector[name]
        payload = one.get("payload") or sample(one["payload_file"])
        headers = [one[header] for header in ("X-CorrelationID", "Platform-TenantId") if header in one]
        return one, payload, headers

    def test_digests_are_the_hubs(self):
        for name in self.vector:
            with self.subTest(name):
                one, payload, headers = self.case(name)
                self.assertEqual(jws.digest(payload, *headers), one["sha3_256_hex_of_joined_string"])

    def test_signatures_of_the_vector_are_accepted(self):
        for name in self.vector:
            with self.subTest(name):
                one, payload, headers = self.case(name)
                self.assertTrue(jws.verify(self.certificate, one["X-SIGNATURE"], payload, *headers))

    def test_anything_else_under_the_same_signature_is_refused(self):
        one, payload, headers = self.case("csv_01")
        key, tenant = headers
        for other in (
            (payload + "\n", key, tenant),
            (payload.replace("\n", "\r\n"), key, tenant),
            (payload, key, "rhino"),
            (payload, key[:-1] + "2", tenant),
            (payload, tenant, key),
            (payload,),
        ):
            with self.subTest(other=other[1:]):
                self.assertFalse(jws.verify(self.certificate, one["X-SIGNATURE"], *other))

    def test_what_is_no_signature_is_refused(self):
        _one, payload, headers = self.case("csv_01")
        for signature in ("", "%%%", "AAAA", "ä", base64.b64encode(b"\0" * 256).decode()):
            with self.subTest(signature=signature):
                self.assertFalse(jws.verify(self.certificate, signature, payload, *headers))


@tagged("post_install", "-at_install")
class TestSigning(BaseCase):
    def test_signature_is_the_bare_digest_encrypted_with_the_private_key(self):
        """Block type 1 over 64 characters: no DigestInfo, as the hub's Cipher("RSA") makes it."""
        private, public = signing_key()
        raw = base64.b64decode(jws.sign(private, "a,b\n1,2", "key-1", "gorilla"))
        numbers = serialization.load_pem_public_key(public.encode()).public_numbers()
        block = pow(int.from_bytes(raw), numbers.e, numbers.n).to_bytes(256)
        text = jws.digest("a,b\n1,2", "key-1", "gorilla").encode()
        self.assertEqual(block, b"\x00\x01" + b"\xff" * (256 - 3 - 64) + b"\x00" + text)

    def test_signature_is_one_line(self):
        self.assertRegex(jws.sign(signing_key()[0], "x"), r"\A[A-Za-z0-9+/]+=*\Z")

    @hypothesis_settings(max_examples=30, deadline=None, database=None)
    @given(st.text(max_size=200), st.text(max_size=20))
    def test_what_was_signed_verifies_and_nothing_else_does(self, payload, tenant):
        private, public = signing_key()
        try:
            payload.encode(), tenant.encode()
        except UnicodeEncodeError:
            return
        signature = jws.sign(private, payload, "key-1", tenant)
        self.assertTrue(jws.verify(public, signature, payload, "key-1", tenant))
        self.assertFalse(jws.verify(public, signature, payload + "x", "key-1", tenant))

    def test_empty_payload_leaves_no_colon_behind(self):
        self.assertNotEqual(jws.digest("", "a", "b"), jws.digest("a:b:"))
        self.assertEqual(jws.digest("", "a", "b"), jws.digest("a:b"))

    def test_keys_may_be_base64_der_as_the_hub_configures_them(self):
        private, public = signing_key()
        signature = jws.sign(der(private), "x", "k", "t")
        self.assertTrue(jws.verify(der(public), signature, "x", "k", "t"))
        self.assertTrue(jws.can_read_certificate(der(sample("hub_certificate.pem"))))

    def test_keys_are_read_without_the_line_ends_that_a_password_field_takes_away(self):
        private, public = signing_key()
        for between in ("", " "):
            one_line = [between.join(text.strip().split("\n")) for text in (private, public)]
            self.assertTrue(jws.can_read_key(one_line[0]))
            signature = jws.sign(one_line[0], "text", "key", "gorilla")
            self.assertEqual(signature, jws.sign(private, "text", "key", "gorilla"))
            self.assertTrue(jws.verify(one_line[1], signature, "text", "key", "gorilla"))

    def test_unreadable_keys_say_nothing_of_themselves(self):
        other = ec.generate_private_key(ec.SECP256R1())
        elliptic = other.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        for key in ("", "canary-key", "canary-ä", signing_key()[1], elliptic, "-----BEGIN canary-----"):
            with self.subTest(key=key[:20]):
                self.assertFalse(jws.can_read_key(key))
                with self.assertRaises(jws.KeyProblem) as caught:
                    jws.sign(key, "x")
                self.assertNotIn("canary", repr(caught.exception))
        self.assertFalse(jws.can_read_certificate("canary"))
        self.assertFalse(jws.can_read_certificate(signing_key()[0]))
        self.assertTrue(jws.can_read_key(signing_key()[0]))
