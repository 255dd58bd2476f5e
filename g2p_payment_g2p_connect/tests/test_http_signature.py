import base64
import hashlib
from dataclasses import replace

from cryptography.hazmat.primitives import serialization

from odoo.tests import tagged

from ..http_signature import HttpSigner, read_parameters
from ..keys import KeyProblem
from ..protection import PeerKey
from .protection_case import NOW, OUR_ID, THEIR_ID, key_pair, pair_of_protections
from .test_signing import HEADER, MESSAGE, SigningCase, signers


def make_http(header=HEADER, message=MESSAGE, created=NOW, expires=NOW + 600, **changes):
    """Return a signature of theirs, made here from the contract's text and by nothing of the addon."""
    digest = base64.b64encode(hashlib.blake2b(header + message).digest()).decode()
    text = f"(created): {created}\n(expires): {expires}\ndigest: BLAKE-512={digest}"
    key = serialization.load_pem_private_key(key_pair("ed25519", "their")[0].encode(), None)
    values = {
        "namespace": "g2p",
        "kidId": f"{THEIR_ID}|their-key|ed25519",
        "algorithm": "ed25519",
        "created": created,
        "expires": expires,
        "headers": "(created) (expires) digest",
        "signature": base64.b64encode(key.sign(text.encode())).decode(),
    }
    values |= changes
    return ", ".join(f'{name}="{value}"' for name, value in values.items() if value is not None)


@tagged("post_install", "-at_install")
class TestHttpSignature(SigningCase):
    def test_form_is_that_of_the_contract(self):
        ours, _theirs = signers()
        member = ours.sign(HEADER, MESSAGE, NOW).signature_member
        self.assertRegex(
            member,
            rf'^namespace="g2p", kidId="{OUR_ID}\|our-key\|ed25519", algorithm="ed25519", created="{NOW}", '
            rf'expires="{NOW + 600}", headers="\(created\) \(expires\) digest", signature="[A-Za-z0-9+/]+=="$',
        )

    def test_signature_made_by_the_words_of_the_contract_is_believed(self):
        ours = signers()[0]
        for member in (
            make_http(),
            "Signature:  " + make_http(),
            make_http().replace(", ", ","),
            make_http(kidId=None, keyId=f"{THEIR_ID}|their-key|ed25519"),
        ):
            with self.subTest(member):
                ours.verify(HEADER, MESSAGE, member, {}, NOW)

    def test_anything_else_is_refused(self):
        kid = f"{THEIR_ID}|their-key"
        for code, member in {
            "unreadable": make_http(namespace="beckn"),
            "no namespace": make_http(namespace=None),
            "headers": make_http(headers="digest"),
            "no digest": make_http(headers="(created) (expires)"),
            "both names": make_http(keyId=f"{kid}|ed25519"),
            "no name": make_http(kidId=None),
            "no bars": make_http(kidId="their-key"),
            "twice": make_http() + ', created="1"',
            "no number": make_http(created="now"),
            "negative": make_http(created="-1"),
            "not closed": make_http()[:-1],
            "no base64": make_http(signature="q7Zs…"),
            "more than one way": make_http(signature="AB=="),
            "other end": make_http() + " x",
        }.items():
            with self.subTest(code):
                self.assert_refused("signature.unreadable", signers()[0], member)

    def test_template_of_the_official_file_is_no_signature(self):
        template = (
            'Signature:  namespace="g2p", kidId="{sender_id}|{unique_key_id}|{algorithm}", algorithm="ed25519", '
            'created="1606970629", expires="1607030629", headers="(created) (expires) digest", '
            'signature="Base64(signing content)'
        )
        self.assert_refused("signature.unreadable", signers()[0], template)

    def test_example_of_the_contract_is_readable(self):
        values = read_parameters(
            'namespace="g2p", kidId="spp.moss.example.org|k1|ed25519", algorithm="ed25519", '
            'created="1795167000", expires="1795170600", headers="(created) (expires) digest", '
            'signature="q7Zs=="'
        )
        self.assertEqual(
            (values["key"], values["created"]), ("spp.moss.example.org|k1|ed25519", "1795167000")
        )

    def test_other_algorithms_are_refused(self):
        kid = f"{THEIR_ID}|their-key"
        for changes in (
            {"algorithm": "none"},
            {"algorithm": "hs2019", "kidId": f"{kid}|hs2019"},
            {"kidId": f"{kid}|none"},
            {"algorithm": "none", "kidId": f"{kid}|none"},
            {"algorithm": "rsa-sha256", "kidId": f"{kid}|rsa-sha256"},
        ):
            with self.subTest(changes):
                self.assert_refused("signature.algorithm", signers()[0], make_http(**changes))

    def test_key_of_another_kind_is_refused(self):
        protection = replace(
            pair_of_protections()[0], peer_keys=(PeerKey("their-key", key_pair("rsa", "their")[1]),)
        )
        self.assert_refused("signature.algorithm", HttpSigner(protection, OUR_ID, THEIR_ID), make_http())

    def test_signature_in_the_name_of_another_system_is_refused(self):
        member = make_http(kidId="other.example.org|their-key|ed25519")
        self.assert_refused("signature.sender_unknown", signers()[0], member)
        signers(receiver_id="")[0].verify(HEADER, MESSAGE, member, {}, NOW)

    def test_signature_that_ends_before_it_begins_is_over(self):
        member = make_http(created=NOW, expires=NOW - 10)
        self.assert_refused("signature.expired", signers()[0], member)

    def test_sender_id_that_would_break_out_is_not_signed_with(self):
        protection = pair_of_protections()[0]
        with self.assertRaises(KeyProblem):
            HttpSigner(protection, 'a", x="b', THEIR_ID).sign(HEADER, MESSAGE, NOW)
