from dataclasses import asdict, replace

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import AUTH_BEARER, AUTH_OAUTH2, AccessSecrets, AccessSettings

from .. import const
from ..keys import KeyProblem, kind_of, load_private, load_private_for_reading, load_public
from ..protection import PeerKey, Protection, protection_findings
from ..row_rules import setting_findings
from ..settings import Credentials, Settings
from .protection_case import key_pair, pair_of_protections
from .test_client import SETTINGS


@tagged("post_install", "-at_install")
class TestProtectionFindings(BaseCase):
    def assert_found(self, expected, protection):
        found = protection_findings(protection)
        self.assertEqual(found, expected)
        self.assertLessEqual({code for code, _key in found}, set(const.PROTECTION_FAULTS))

    def test_nothing_is_wrong_without_signatures_or_with_right_ones(self):
        self.assert_found([], Protection())
        for signer, kind in (
            ("http_signature", "ed25519"),
            ("jws", "ed25519"),
            ("jws", "p256"),
            ("jws", "rsa"),
        ):
            for encrypts in ("", "rsa", "p256"):
                with self.subTest(signer, kind=kind, encrypts=encrypts):
                    self.assert_found([], pair_of_protections(signer, kind, encrypts)[0])

    def test_every_fault_is_named_with_its_key(self):
        ours = pair_of_protections("jws", "p256", "rsa")[0]
        http = pair_of_protections()[0]
        peer = ours.peer_keys[0]
        for expected, protection in (
            ([("signer", "")], replace(ours, signer="other")),
            ([("signing_key", "our-key")], replace(ours, signing_key="")),
            ([("signing_key", "our-key")], replace(ours, signing_key=peer.pem)),
            ([("signing_key_kind", "our-key")], replace(ours, signing_key=key_pair("weak")[0])),
            ([("signing_key_kind", "our-key")], replace(http, signing_key=key_pair("rsa")[0])),
            ([("signing_key_id", "")], replace(ours, signing_key_id="")),
            ([("signing_key_id", "a|b")], replace(ours, signing_key_id="a|b")),
            ([("signing_algorithm", "our-key")], replace(ours, signing_algorithm="RS256")),
            ([("signing_algorithm", "our-key")], replace(ours, signing_algorithm="none")),
            ([("signature_seconds", "")], replace(ours, signature_seconds=0)),
            ([("clock_skew", "")], replace(ours, clock_skew=-1)),
            ([("clock_skew", "")], replace(ours, clock_skew=3601)),
            ([("peer_keys", "")], replace(ours, peer_keys=())),
            ([("peer_key", "their-key")], replace(ours, peer_keys=(replace(peer, pem="no key"),))),
            ([("peer_key_id", 'a"')], replace(ours, peer_keys=(replace(peer, key_id='a"'),))),
            ([("peer_key_id", "their-key")], replace(ours, peer_keys=(peer, peer))),
            ([("peer_key_kind", "x")], replace(http, peer_keys=(PeerKey("x", key_pair("p256")[1]),))),
            ([("decryption_key", "our-enc")], replace(ours, decryption_key="no key")),
            ([("decryption_key_kind", "our-enc")], replace(ours, decryption_key=key_pair("ed25519")[0])),
            ([("decryption_key_id", "a|b")], replace(ours, decryption_key_id="a|b")),
            (
                [("peer_encryption_key", ""), ("peer_encryption_key_id", "")],
                replace(ours, peer_encryption_key=None),
            ),
            (
                [("peer_encryption_key_kind", "e")],
                replace(ours, peer_encryption_key=PeerKey("e", key_pair("ed25519")[1])),
            ),
        ):
            with self.subTest(expected):
                self.assert_found(expected, protection)

    def test_all_faults_are_named_at_once(self):
        protection = Protection(signer="jws", signature_seconds=0, encrypts=True)
        self.assert_found(
            [
                ("signing_key", ""),
                ("signing_key_id", ""),
                ("signature_seconds", ""),
                ("peer_keys", ""),
                ("peer_encryption_key", ""),
                ("peer_encryption_key_id", ""),
            ],
            protection,
        )


@tagged("post_install", "-at_install")
class TestKeys(BaseCase):
    def test_line_ends_that_were_lost_are_no_problem(self):
        private, public = key_pair("rsa")
        for text in (private, private.replace("\n", " "), private.replace("\n", ""), f"\n\n {private} \n"):
            self.assertEqual(kind_of(load_private(text)), "rsa")
        self.assertEqual(kind_of(load_public(public.replace("\n", " "))), "rsa")

    def test_kinds_are_told_apart(self):
        for kind, expected in (("ed25519",) * 2, ("p256",) * 2, ("rsa",) * 2, ("p384", ""), ("weak", "")):
            private, public = key_pair(kind)
            self.assertEqual((kind_of(load_private(private)), kind_of(load_public(public))), (expected,) * 2)

    def test_key_whose_numbers_do_not_fit_together_does_not_sign(self):
        numbers = load_private(key_pair("rsa")[0]).private_numbers()
        wrong = rsa.RSAPrivateNumbers(
            numbers.p,
            numbers.q,
            numbers.d,
            numbers.dmp1 + 2,
            numbers.dmq1,
            numbers.iqmp,
            numbers.public_numbers,
        ).private_key(unsafe_skip_rsa_key_validation=True)
        pem = wrong.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        with self.assertRaises(KeyProblem):
            load_private(pem)
        protection = Protection(decryption_key=pem)
        self.assertEqual(protection_findings(protection), [("decryption_key", "")])

    def test_what_is_no_key_is_a_problem_that_says_nothing_of_it(self):
        for text in (
            "",
            "secret text",
            key_pair("rsa")[1][:200],
            "-----BEGIN PRIVATE KEY-----\nAA\n",
            "\ud800",
        ):
            for load in (load_private, load_private_for_reading, load_public):
                with self.subTest(text[:20]), self.assertRaises(KeyProblem) as caught:
                    load(text)
                self.assertNotIn("secret", str(caught.exception))


@tagged("post_install", "-at_install")
class TestSettings(BaseCase):
    def test_access_is_pinned_and_read_again(self):
        access = AccessSettings(auth_type=AUTH_OAUTH2, oauth2_client_id="spp", oauth2_token_url="https://a/t")
        settings = replace(SETTINGS, access=access, api_mode="async", sender_uri="https://spp.example.org/cb")
        self.assertEqual(Settings.from_stored(asdict(settings)), settings)

    def test_what_was_pinned_without_access_had_a_bearer_token(self):
        for access in (None, "bearer", {}, {"auth_type": None}):
            self.assertEqual(Settings.from_stored({"access": access}).access.auth_type, AUTH_BEARER)

    def test_static_token_is_one_of_the_secrets(self):
        secrets = AccessSecrets(oauth2_client_secret="s", bearer_token="old")
        self.assertEqual(Credentials("new", secrets).secrets, replace(secrets, bearer_token="new"))
        self.assertEqual(Credentials(access=secrets).secrets, secrets)

    def test_secrets_show_in_no_representation(self):
        credentials = Credentials(
            "canary-1",
            AccessSecrets(oauth2_client_secret="canary-2"),
            Protection(signing_key="canary-3", decryption_key="canary-4"),
        )
        self.assertNotIn("canary", repr(credentials))

    def test_settings_that_cannot_work_are_found(self):
        settings = replace(SETTINGS, api_mode="async", sender_uri="https://spp.example.org/connect/7/abc")
        self.assertEqual(setting_findings(SETTINGS), [])
        self.assertEqual(setting_findings(settings), [])
        for changes, expected in (
            ({"api_mode": "bridge"}, ["mode"]),
            ({"sender_id": ""}, ["sender"]),
            ({"sender_id": 'a"b'}, ["sender"]),
            ({"sender_id": "a|b"}, ["sender"]),
            *(
                ({"sender_uri": url}, ["sender_uri"])
                for url in ("", "spp.example.org", "https://", "ftp://a/b", "https://a/b/", "https://a/b?c=d")
            ),
            ({"sender_uri": "https://[", "sender_id": ""}, ["sender_uri", "sender"]),
        ):
            with self.subTest(changes):
                self.assertEqual(setting_findings(replace(settings, **changes)), expected)
