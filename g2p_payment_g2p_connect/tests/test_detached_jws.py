import base64
import hashlib
import json
from dataclasses import replace

from cryptography.hazmat.primitives import serialization
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from odoo.tests import tagged

from .. import const
from ..detached_jws import JwsSigner
from ..keys import KeyProblem
from .protection_case import NOW, key_pair, pair_of_protections
from .test_signing import HEADER, MESSAGE, SigningCase, signers


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_jws(header=HEADER, message=MESSAGE, **protected):
    """Return a detached JWS of theirs, made here from RFC 7515 and by nothing of the addon."""
    protected = {"alg": "EdDSA", "kid": "their-key", "iat": NOW, "exp": NOW + 600} | protected
    protected = {name: value for name, value in protected.items() if value is not None}
    encoded = b64(json.dumps(protected).encode())
    data = f"{encoded}.{b64(header + message)}".encode()
    key = serialization.load_pem_private_key(key_pair("ed25519", "their")[0].encode(), None)
    return f"{encoded}..{b64(key.sign(data))}"


@tagged("post_install", "-at_install")
class TestDetachedJws(SigningCase):
    def setUp(self):
        super().setUp()
        self.signer = signers(const.SIGNER_JWS)[0]

    def test_another_library_reads_ours(self):
        for kind, algorithm, key_class in (
            ("p256", "ES256", ECKey),
            ("rsa", "PS256", RSAKey),
            ("rsa", "RS256", RSAKey),
        ):
            protection = replace(pair_of_protections(const.SIGNER_JWS, kind)[0], signing_algorithm=algorithm)
            member = JwsSigner(protection).sign(HEADER, MESSAGE, NOW).signature_member
            registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
            key = key_class.import_key(key_pair(kind, "our")[1])
            with self.subTest(algorithm):
                read = jws.deserialize_compact(member, key, registry=registry, payload=HEADER + MESSAGE)
                self.assertEqual(
                    read.protected,
                    {"alg": algorithm, "kid": "our-key", "iat": NOW, "exp": NOW + 600},
                )

    def test_another_library_is_read(self):
        for kind, algorithm, key_class in (
            ("p256", "ES256", ECKey),
            ("rsa", "PS256", RSAKey),
            ("rsa", "RS256", RSAKey),
        ):
            registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
            protected = {"alg": algorithm, "kid": "their-key", "iat": NOW, "exp": NOW + 5}
            key = key_class.import_key(key_pair(kind, "their")[0])
            whole = jws.serialize_compact(protected, HEADER + MESSAGE, key, registry=registry)
            with self.subTest(algorithm):
                signer = signers(const.SIGNER_JWS, kind)[0]
                signer.verify(HEADER, MESSAGE, jws.detach_content(whole), {}, NOW)

    def test_both_names_of_ed25519_are_understood(self):
        for name in ("EdDSA", "Ed25519"):
            self.signer.verify(HEADER, MESSAGE, make_jws(alg=name), {}, NOW)

    def test_other_algorithms_are_refused(self):
        for algorithm in ("none", "None", "HS256", "HS512", "RS1", "ES256K", "", None, 1, ["EdDSA"]):
            with self.subTest(algorithm):
                self.assert_refused("signature.algorithm", self.signer, make_jws(alg=algorithm))

    def test_public_key_is_no_shared_secret(self):
        encoded = b64(json.dumps({"alg": "HS256", "kid": "their-key", "iat": NOW, "exp": NOW + 9}).encode())
        data = f"{encoded}.{b64(HEADER + MESSAGE)}".encode()
        forged = hashlib.sha256(key_pair("rsa", "their")[1].encode() + data).digest()
        self.assert_refused(
            "signature.algorithm", signers(const.SIGNER_JWS, "rsa")[0], f"{encoded}..{b64(forged)}"
        )

    def test_algorithm_of_another_kind_of_key_is_refused(self):
        for algorithm in ("ES256", "PS256", "RS256"):
            self.assert_refused("signature.algorithm", self.signer, make_jws(alg=algorithm))

    def test_key_must_be_named(self):
        for name in (None, "", "our-key", "THEIR-KEY", 1, {}):
            with self.subTest(name):
                self.assert_refused("signature.key_unknown", self.signer, make_jws(kid=name))

    def test_headers_that_bring_a_key_or_change_the_rules_are_refused(self):
        for name in ("jwk", "jku", "x5u", "x5c", "crit", "b64", "zip"):
            with self.subTest(name):
                self.assert_refused("signature.unreadable", self.signer, make_jws(**{name: "x"}))

    def test_what_is_not_a_detached_jws_is_refused(self):
        protected, _dots, signature = make_jws().rpartition("..")
        for member in (
            f"{protected}.{b64(HEADER + MESSAGE)}.{signature}",
            f"{protected}.{signature}",
            f"..{signature}",
            f"{protected}..",
            f"{protected}..{signature}=",
            f"{protected}..{signature} ",
            f"{b64(b'[]')}..{signature}",
            f"{b64(b'{')}..{signature}",
            f"{b64(bytes([255]))}..{signature}",
            f"A..{signature}",
        ):
            with self.subTest(member[:40]):
                self.assert_refused("signature.unreadable", self.signer, member)

    def test_times_must_be_numbers(self):
        for name in ("iat", "exp"):
            for value in ("1795167000", 1.5, True, -1, [], {}):
                with self.subTest(name, value=value):
                    self.assert_refused("signature.unreadable", self.signer, make_jws(**{name: value}))

    def test_times_may_have_the_names_of_the_specifications_own_form(self):
        member = make_jws(iat=None, exp=None, created=NOW, expires=NOW + 9)
        self.signer.verify(HEADER, MESSAGE, member, {}, NOW)
        self.assert_refused("signature.expired", self.signer, member, now=NOW + 70)
        self.assert_refused("signature.early", self.signer, member, now=NOW - 61)
        self.assert_refused("signature.unreadable", self.signer, make_jws(expires=NOW + 9))

    def test_without_times_the_moment_of_the_message_counts(self):
        signer = signers(const.SIGNER_JWS, clock_skew=60, signature_seconds=600)[0]
        member = make_jws(iat=None, exp=None)
        for now in (NOW - 60, NOW, NOW + 660):
            signer.verify(HEADER, MESSAGE, member, {}, now)
        self.assert_refused("signature.expired", signer, member, now=NOW + 661)
        self.assert_refused("signature.early", signer, member, now=NOW - 61)

    def test_without_any_time_nothing_is_believed(self):
        for header in (
            b"{}",
            b'{"message_ts":"string"}',
            b'{"message_ts":"2026-11-20T09:30:00"}',
            b"\xff",
        ):
            member = make_jws(header=header, iat=None, exp=None)
            with self.subTest(header):
                self.assert_refused("signature.unreadable", self.signer, member, header=header)

    def test_algorithm_that_does_not_fit_the_key_does_not_sign(self):
        protection = replace(pair_of_protections(const.SIGNER_JWS)[0], signing_algorithm="RS256")
        with self.assertRaises(KeyProblem):
            JwsSigner(protection).sign(HEADER, MESSAGE, NOW)
