import base64
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey

from odoo.tests import BaseCase, tagged

from .. import const
from ..encryption import NotDecrypted, decrypt, encrypt, is_encrypted
from ..keys import KeyProblem
from ..protection import PeerKey
from .protection_case import key_pair

PLAIN = '{"transaction_id":"BATCH-1","note":"Émile"}'.encode()
KINDS = ("rsa", "p256")
_LIBRARY = {"rsa": RSAKey, "p256": ECKey}
thorough = settings(
    max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def seal(kind="rsa", plain=PLAIN):
    return encrypt(plain, PeerKey("k-enc", key_pair(kind, "enc")[1]))


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@tagged("post_install", "-at_install")
class TestEncryption(BaseCase):
    def assert_refused(self, code, sealed, kind="rsa", key_id="k-enc", pem=None):
        with self.assertRaises(NotDecrypted) as caught:
            decrypt(sealed, pem or key_pair(kind, "enc")[0], key_id)
        self.assertIn(caught.exception.code, const.ENCRYPTION_FAULTS)
        self.assertEqual(caught.exception.code, code)

    def test_what_is_encrypted_can_be_decrypted_by_its_receiver(self):
        for kind in KINDS:
            with self.subTest(kind):
                self.assertEqual(decrypt(seal(kind), key_pair(kind, "enc")[0], "k-enc"), PLAIN)
                self.assertEqual(decrypt(seal(kind), key_pair(kind, "enc")[0]), PLAIN)

    def test_form_is_the_official_files(self):
        for kind in KINDS:
            sealed = seal(kind)
            self.assertEqual(set(sealed), {"header", "encrypted_key", "iv", "ciphertext", "tag"})
            self.assertEqual(
                (sealed["header"]["alg"], sealed["header"]["enc"], sealed["header"]["kid"]),
                (const.JWE_ALGORITHMS[kind], "A256GCM", "k-enc"),
            )
            self.assertTrue(is_encrypted(sealed))
            self.assertNotIn("BATCH-1", json.dumps(sealed))

    def test_no_two_are_alike(self):
        for kind in KINDS:
            one, other = seal(kind), seal(kind)
            for name in ("encrypted_key", "iv", "ciphertext", "tag"):
                self.assertNotEqual(one[name], other[name])

    def test_what_another_library_encrypts_is_decrypted(self):
        for kind in KINDS:
            protected = {"alg": const.JWE_ALGORITHMS[kind], "enc": "A256GCM"}
            key = _LIBRARY[kind].import_key(key_pair(kind, "enc")[1])
            obj = jwe.FlattenedJSONEncryption(protected, PLAIN)
            obj.add_recipient({"kid": "k-enc"}, key)
            sealed = jwe.encrypt_json(obj, None, algorithms=list(protected.values()))
            with self.subTest(kind):
                self.assertEqual(decrypt(dict(sealed), key_pair(kind, "enc")[0], "k-enc"), PLAIN)

    def test_one_bit_that_differs_anywhere_is_noticed(self):
        for kind in KINDS:
            sealed = seal(kind)
            for name in ("encrypted_key", "iv", "ciphertext", "tag"):
                raw = bytearray(base64.urlsafe_b64decode(sealed[name] + "==="))
                for place in range(0, len(raw), max(1, len(raw) // 8)):
                    changed = bytearray(raw)
                    changed[place] ^= 1
                    with self.subTest(kind, name=name, place=place):
                        self.assert_refused("encryption.invalid", sealed | {name: b64(changed)}, kind)

    def test_somebody_elses_key_does_not_open_it(self):
        for kind in KINDS:
            self.assert_refused("encryption.invalid", seal(kind), kind, pem=key_pair(kind, "other")[0])

    def test_message_for_another_key_is_not_tried(self):
        self.assert_refused("encryption.key_unknown", seal(), key_id="another")

    def test_key_that_cannot_be_read_is_missing(self):
        self.assert_refused("encryption.key_missing", seal(), pem="no key")

    def test_key_of_another_kind_is_refused(self):
        self.assert_refused("encryption.algorithm", seal("rsa"), "p256")
        self.assert_refused("encryption.algorithm", seal("p256"), "rsa")
        self.assert_refused("encryption.algorithm", seal("rsa"), pem=key_pair("weak")[0])

    def test_other_algorithms_and_compression_are_refused(self):
        sealed = seal()
        for changes in (
            {"alg": "none"},
            {"alg": "dir"},
            {"alg": "RSA1_5"},
            {"alg": "RSA-OAEP"},
            {"alg": "PBES2-HS256+A128KW"},
            {"enc": "A128CBC-HS256"},
            {"enc": None},
            {"zip": "DEF"},
            {"crit": ["exp"]},
            {"alg": ["RSA-OAEP-256"]},
        ):
            with self.subTest(changes):
                header = sealed["header"] | changes
                self.assert_refused("encryption.algorithm", sealed | {"header": header})

    def test_parts_that_are_missing_or_no_texts_are_refused(self):
        sealed = seal()
        for name in sealed:
            for broken in (
                {key: value for key, value in sealed.items() if key != name},
                sealed | {name: None},
                sealed | {name: 7},
                sealed | {name: "ä"},
            ):
                with self.subTest(name, broken=str(broken.get(name, "missing"))[:20]):
                    self.assert_refused("encryption.unreadable", broken)
        for more in (
            {"aad": "AA"},
            {"unprotected": {}},
            {"protected": "AA"},
            {"protected": ""},
            {"iv": "AAAA"},
            {"tag": ""},
        ):
            with self.subTest(more):
                self.assert_refused("encryption.unreadable", sealed | more)

    def test_header_that_is_said_in_two_ways_is_refused(self):
        for header in ({"alg": "RSA-OAEP"}, {"enc": "A128GCM"}, {"kid": "another"}):
            protected = b64(json.dumps(header).encode())
            with self.subTest(header):
                self.assert_refused("encryption.unreadable", seal() | {"protected": protected})
        # In the same way twice it is readable, but this one was not sealed with it.
        protected = b64(json.dumps({"alg": "RSA-OAEP-256"}).encode())
        self.assert_refused("encryption.invalid", seal() | {"protected": protected})

    def test_point_beside_the_curve_is_no_key(self):
        sealed = seal("p256")
        epk = sealed["header"]["epk"]
        for broken in (
            None,
            {},
            epk | {"crv": "P-384"},
            epk | {"y": epk["x"]},
            epk | {"x": "AA"},
            epk | {"x": "A" * 400},
        ):
            with self.subTest(str(broken)[:40]):
                header = sealed["header"] | {"epk": broken}
                self.assert_refused("encryption.invalid", sealed | {"header": header}, "p256")

    def test_key_that_cannot_encrypt_is_a_problem_of_its_own(self):
        for pem in ("", "no key", key_pair("ed25519")[1], key_pair("p384")[1], key_pair("weak")[1]):
            with self.subTest(pem[:30]), self.assertRaises(KeyProblem):
                encrypt(PLAIN, PeerKey("k", pem))

    @thorough
    @given(st.sampled_from(KINDS), st.binary(max_size=2000))
    def test_any_bytes_come_back(self, kind, plain):
        self.assertEqual(decrypt(seal(kind, plain), key_pair(kind, "enc")[0]), plain)

    @thorough
    @given(
        st.dictionaries(
            st.sampled_from(["header", "encrypted_key", "iv", "ciphertext", "tag", "protected"]),
            st.none() | st.text(max_size=9) | st.integers() | st.dictionaries(st.text(), st.text()),
        )
    )
    def test_anything_else_is_not_decrypted(self, changes):
        broken = seal() | changes
        if changes:
            with self.assertRaises(NotDecrypted):
                decrypt(broken, key_pair("rsa", "enc")[0])
