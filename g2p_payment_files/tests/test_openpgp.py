"""Encrypting to one reader: which keys will do, and which will not."""

from datetime import UTC, datetime, timedelta

import pysequoia
from hypothesis import given
from hypothesis import strategies as st
from pysequoia.packet import PacketPile, Tag

from odoo.tests import BaseCase

from ..documents.errors import DocumentError
from ..documents.openpgp import describe_key, encrypt

# Made with GnuPG on 2026-01-01; their private keys are lost. The one subkey that encrypts lived for a minute.
EXPIRED_SUBKEY = """\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEaVW5ABYJKwYBBAHaRw8BAQdAMu20+oWV1vXFC9UdbyvFfjjmhgx+4zQFp3zi
s2bD06G0DkV4cGlyZWQgU3Via2V5iJAEExYIADgWIQSjHc26g8l1XMLIDiNixpOV
YMaHzwUCaVW5AAIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRBixpOVYMaH
z1jlAP9PdJzMP/arTGEzEbF95p9QjvXur3+NGTUFwHmXjfTGxQD/UUqepFs+HPSj
luc5U0FqAwVKJ/SqRaZiy43WtIeRNwS4OARpVbk8EgorBgEEAZdVAQUBAQdAkk5a
QCHxLWc/uJBqRMYiBA6edOS4c4xElI7XA3NTOCADAQgHiH4EGBYIACYWIQSjHc26
g8l1XMLIDiNixpOVYMaHzwUCaVW5PAIbDAUJAAAAPAAKCRBixpOVYMaHz0BfAQCH
LcvZH6Qc5G3tscp1wkMtH4xrqkXJ5O3fWA3XzChT0QEAgt7o4IsCAS94dIpQ9pi1
NO8rFuQiqd1WVOYCn8MY0AQ=
=d3Pl
-----END PGP PUBLIC KEY BLOCK-----
"""

# The first of its two subkeys that encrypt was revoked.
REVOKED_SUBKEY = """\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEaVW5ABYJKwYBBAHaRw8BAQdABisCdlWteI6yb0NlV6NaGNc9Ng5ThzVVj0ag
MB/5UUG0DlJldm9rZWQgU3Via2V5iJAEExYIADgWIQQqBYpGnCXZByuJsBD1usuN
pMuJFQUCaVW5AAIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRD1usuNpMuJ
FZbLAP456KxKB9Yd+10wqVbMxNXbb/oltdLb3+c6UBaWZJ4G8AD/YL2R8kc6sUJu
4q49TwQQSZX0ZDkAPUl0vcUKp8I4rQ24OARpVbk8EgorBgEEAZdVAQUBAQdA94a1
85J+t7ZhRZUlo4IkeVK2AsghGrWVRk2N98XuXXUDAQgHiHgEKBYIACAWIQQqBYpG
nCXZByuJsBD1usuNpMuJFQUCaVW5eAIdAAAKCRD1usuNpMuJFS3bAQDxW79HOhan
pDHymXtQ/3WcVO3iMZFIU9os3MeCWhz7lgEAnr4vUMm5/p9GjkvWpc45jVKKSa4S
XkU1sIwh2mhhPgGIeAQYFggAIBYhBCoFikacJdkHK4mwEPW6y42ky4kVBQJpVbk8
AhsMAAoJEPW6y42ky4kVyB8BAJ5o3GC1/Tnf/3fzNfVwt+BctZKNUjiOcLOSKlJb
LZc8AQD4j/ldjkH6oaRljgCC0mCB95soekxt3oYs26D52lv0Bbg4BGlVuTwSCisG
AQQBl1UBBQEBB0Ap6htSh/lLs/ix2wj+tdyJ9IJa3sYnvywDaQPyPG4zTwMBCAeI
eAQYFggAIBYhBCoFikacJdkHK4mwEPW6y42ky4kVBQJpVbk8AhsMAAoJEPW6y42k
y4kV5zsA/1LenxDl7dRXYyx9FkdPwB0u7BmbEziyv+qvSTqTESdaAP4iRRM+6hjq
KxNtExrg1N2bf+2czPpMvRyJYhvIMTtsAw==
=TtaP
-----END PGP PUBLIC KEY BLOCK-----
"""


def make_key(**more):
    """Return a new private key."""
    return pysequoia.Tsk.generate("Bank of Samples <files@bank.example>", **more)


def get_public(key):
    """Return a key as its owner gives it out."""
    return str(key.extract_certificate())


def revoke(key):
    """Return a public key with its owner's revocation."""
    certificate = key.extract_certificate()
    revocation = certificate.revoke(certifier=key.certifier())
    return str(pysequoia.Cert.from_bytes(bytes(certificate) + bytes(revocation)))


def drop_subkeys(key):
    """Return a public key that can certify and nothing else."""
    packets = []
    for packet in PacketPile.from_bytes(bytes(key.extract_certificate())):
        if packet.tag == Tag.PublicSubkey:
            break
        packets.append(packet)
    return str(pysequoia.Cert.from_packets(packets))


class TestDescribe(BaseCase):
    def test_key_is_described_for_comparing(self):
        key = make_key()
        info = describe_key(get_public(key))
        self.assertEqual(info.fingerprint, key.extract_certificate().fingerprint.upper())
        self.assertEqual(info.user_ids, ("Bank of Samples <files@bank.example>",))
        self.assertIsNone(info.expires)

    def test_expiry_is_told(self):
        expires = describe_key(get_public(make_key(validity_seconds=86_400))).expires
        self.assertAlmostEqual(expires, datetime.now(UTC) + timedelta(days=1), delta=timedelta(minutes=5))

    def test_key_of_the_newer_standard_will_do(self):
        public = get_public(make_key(profile=pysequoia.Profile.RFC9580))
        self.assertEqual(len(describe_key(public).fingerprint), 64)

    def test_keys_that_will_not_do_are_refused_with_the_reason(self):
        key = make_key()
        public = get_public(key)
        expired = key.extract_certificate().set_expiration(
            expiration=datetime.now(UTC) - timedelta(seconds=1), certifier=key.certifier()
        )
        for label, armored, expected in (
            ("private", str(key), "private key"),
            ("expired", str(expired), "expired on"),
            ("revoked", revoke(key), "revoked by its owner"),
            ("for signing only", drop_subkeys(key), "cannot encrypt"),
            ("its subkey expired", EXPIRED_SUBKEY, "cannot encrypt"),
            ("two", public + get_public(make_key()), "more than one"),
            ("two in one armor", armor(bytes(key.extract_certificate()) * 2), "more than one"),
            ("half of one", public[: len(public) // 2], "cannot be read"),
            ("nothing", "", "no OpenPGP key"),
            ("none", None, "no OpenPGP key"),
            ("a letter", "Dear bank", "no OpenPGP key"),
            (
                "a message",
                pysequoia.encrypt(recipients=[key.extract_certificate()], bytes=b"x").decode(),
                "no OpenPGP",
            ),
            ("too much", public + " " * 10 + "x" * 1_100_000, "bigger than"),
        ):
            with self.subTest(label), self.assertRaisesRegex(DocumentError, expected) as caught:
                describe_key(armored)
            self.assertNotIn("backtrace", caught.exception.text)

    @given(st.text(max_size=200))
    def test_no_text_makes_it_fail_otherwise(self, text):
        for armored in (
            text,
            f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{text}\n-----END PGP PUBLIC KEY BLOCK-----",
        ):
            with self.assertRaises(DocumentError):
                describe_key(armored)


class TestEncrypt(BaseCase):
    def test_owner_reads_what_was_encrypted(self):
        key = make_key()
        data = bytes(range(256)) * 1000
        message = encrypt(get_public(key), data)
        self.assertFalse(message.startswith(b"-----"))
        self.assertNotIn(data[:256], message)
        self.assertEqual(pysequoia.decrypt(decryptor=key.decryptor(), bytes=message).bytes, data)

    def test_nobody_else_reads_it(self):
        message = encrypt(get_public(make_key()), b"payments")
        with self.assertRaises(RuntimeError):
            pysequoia.decrypt(decryptor=make_key().decryptor(), bytes=message)

    def test_revoked_subkey_is_not_encrypted_to(self):
        self.assertEqual(count_recipients(encrypt(REVOKED_SUBKEY, b"x")), 1)

    def test_keys_that_will_not_do_are_refused(self):
        key = make_key()
        for armored in (revoke(key), drop_subkeys(key), EXPIRED_SUBKEY, str(key), ""):
            with self.assertRaises(DocumentError):
                encrypt(armored, b"payments")


def armor(data):
    """Return binary keys as text."""
    return pysequoia.armor(data, pysequoia.ArmorKind.PublicKey)


def count_recipients(message):
    """Return to how many keys a message is encrypted."""
    return sum(packet.tag == Tag.PKESK for packet in PacketPile.from_bytes(message))
