from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import const
from ..detached_jws import JwsSigner
from ..http_signature import HttpSigner
from ..keys import KeyProblem
from ..protection import PeerKey
from ..signing import BadSignature, NoSigner
from .protection_case import NOW, OUR_ID, THEIR_ID, key_pair, pair_of_protections

HEADER = b'{"action":"on-disburse","message_id":"m-1","message_ts":"2026-11-20T09:30:00+00:00"}'
MESSAGE = '{"transaction_id":"BATCH-1","note":"Émile"}'.encode()
#: (signer, kind of key).
FORMS = (
    (const.SIGNER_HTTP, "ed25519"),
    (const.SIGNER_JWS, "ed25519"),
    (const.SIGNER_JWS, "p256"),
    (const.SIGNER_JWS, "rsa"),
)
thorough = settings(
    max_examples=200, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def signers(signer=const.SIGNER_HTTP, kind="ed25519", receiver_id=THEIR_ID, **changes):
    """Return (ours, theirs)."""
    ours, theirs = pair_of_protections(signer, kind, **changes)
    if signer == const.SIGNER_JWS:
        return JwsSigner(ours), JwsSigner(theirs)
    return HttpSigner(ours, OUR_ID, receiver_id), HttpSigner(theirs, THEIR_ID, OUR_ID)


class SigningCase(BaseCase):
    def assert_refused(self, code, signer, member, header=HEADER, message=MESSAGE, now=NOW):
        with self.assertRaises(BadSignature) as caught:
            signer.verify(header, message, member, {}, now)
        self.assertEqual(caught.exception.code, code)
        self.assertIn(code, const.SIGNATURE_FAULTS)


@tagged("post_install", "-at_install")
class TestEverySigner(SigningCase):
    def test_what_one_side_signs_the_other_believes(self):
        for form in FORMS:
            with self.subTest(form):
                ours, theirs = signers(*form)
                theirs.verify(HEADER, MESSAGE, ours.sign(HEADER, MESSAGE, NOW).signature_member, {}, NOW)
                ours.verify(HEADER, MESSAGE, theirs.sign(HEADER, MESSAGE, NOW).signature_member, {}, NOW)

    def test_one_byte_that_differs_anywhere_is_noticed(self):
        for form in FORMS:
            ours, theirs = signers(*form)
            member = theirs.sign(HEADER, MESSAGE, NOW).signature_member
            for part, place in [("header", n) for n in range(0, len(HEADER), 7)] + [
                ("message", n) for n in range(len(MESSAGE))
            ]:
                parts = {"header": bytearray(HEADER), "message": bytearray(MESSAGE)}
                parts[part][place] ^= 1
                with self.subTest(form, part=part, place=place):
                    self.assert_refused(
                        "signature.invalid", ours, member, bytes(parts["header"]), bytes(parts["message"])
                    )

    def test_one_character_of_the_signature_that_differs_is_noticed(self):
        for form in FORMS:
            ours, theirs = signers(*form)
            member = theirs.sign(HEADER, MESSAGE, NOW).signature_member
            for place, old in enumerate(member):
                changed = member[:place] + chr(ord(old) ^ 1) + member[place + 1 :]
                # One space more or less between parameters says the same.
                if old == " " or changed[place] == " ":
                    continue
                with self.subTest(form, place=place), self.assertRaises(BadSignature):
                    ours.verify(HEADER, MESSAGE, changed, {}, NOW)

    @thorough
    @given(st.sampled_from(FORMS), st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
    def test_only_the_very_same_bytes_verify(self, form, header, message, other):
        ours, theirs = signers(*form)
        member = theirs.sign(header, message, NOW).signature_member
        ours.verify(header, message, member, {}, NOW)
        if other != message:
            self.assert_refused("signature.invalid", ours, member, header, other)

    @thorough
    @given(st.sampled_from(FORMS), st.text(max_size=80) | st.none())
    def test_no_other_text_verifies(self, form, member):
        with self.assertRaises(BadSignature) as caught:
            signers(*form)[0].verify(HEADER, MESSAGE, member, {}, NOW)
        self.assertIn(caught.exception.code, const.SIGNATURE_FAULTS)

    def test_signature_is_missing(self):
        for form in FORMS:
            for member in (None, ""):
                self.assert_refused("signature.missing", signers(*form)[0], member)

    def test_signature_holds_for_its_time_give_or_take_the_skew(self):
        for form in FORMS:
            ours, theirs = signers(*form, signature_seconds=600, clock_skew=60)
            member = theirs.sign(HEADER, MESSAGE, NOW).signature_member
            for now in (NOW, NOW - 60, NOW + 600, NOW + 660):
                with self.subTest(form, now=now - NOW):
                    ours.verify(HEADER, MESSAGE, member, {}, now)
            with self.subTest(form):
                self.assert_refused("signature.early", ours, member, now=NOW - 61)
                self.assert_refused("signature.expired", ours, member, now=NOW + 661)

    def test_key_of_somebody_else_is_not_believed(self):
        for form in FORMS:
            ours, theirs = pair_of_protections(*form)
            stranger = replace(theirs, signing_key=key_pair(form[1], "stranger")[0])
            unknown = replace(theirs, signing_key_id="another-key")
            make = JwsSigner if form[0] == const.SIGNER_JWS else lambda one: HttpSigner(one, THEIR_ID, OUR_ID)
            signer = JwsSigner(ours) if form[0] == const.SIGNER_JWS else HttpSigner(ours, OUR_ID, THEIR_ID)
            with self.subTest(form):
                signed = make(stranger).sign(HEADER, MESSAGE, NOW).signature_member
                self.assert_refused("signature.invalid", signer, signed)
                signed = make(unknown).sign(HEADER, MESSAGE, NOW).signature_member
                self.assert_refused("signature.key_unknown", signer, signed)

    def test_own_signature_that_comes_back_is_not_believed(self):
        for form in FORMS:
            ours, _theirs = signers(*form, receiver_id="")
            member = ours.sign(HEADER, MESSAGE, NOW).signature_member
            self.assert_refused("signature.key_unknown", ours, member)

    def test_key_of_the_payment_system_that_cannot_be_read_is_no_key(self):
        for form in FORMS:
            ours, theirs = pair_of_protections(*form)
            member = signers(*form)[1].sign(HEADER, MESSAGE, NOW).signature_member
            broken = replace(ours, peer_keys=(PeerKey("their-key", "no key"),))
            signer = (
                JwsSigner(broken) if form[0] == const.SIGNER_JWS else HttpSigner(broken, OUR_ID, THEIR_ID)
            )
            self.assert_refused("signature.key_unknown", signer, member)

    def test_key_that_cannot_sign_is_a_problem_of_its_own(self):
        for signer, key in (
            (const.SIGNER_HTTP, ""),
            (const.SIGNER_HTTP, "no key"),
            (const.SIGNER_HTTP, key_pair("rsa")[0]),
            (const.SIGNER_HTTP, key_pair("ed25519")[1]),
            (const.SIGNER_JWS, key_pair("p384")[0]),
            (const.SIGNER_JWS, key_pair("weak")[0]),
        ):
            protection = replace(pair_of_protections()[0], signing_key=key)
            made = (
                JwsSigner(protection)
                if signer == const.SIGNER_JWS
                else HttpSigner(protection, OUR_ID, THEIR_ID)
            )
            with self.subTest(signer, key=key[:30]), self.assertRaises(KeyProblem):
                made.sign(HEADER, MESSAGE, NOW)

    def test_without_signatures_nothing_is_said_and_everything_believed(self):
        self.assertEqual(NoSigner().sign(HEADER, MESSAGE, NOW).signature_member, "")
        NoSigner().verify(HEADER, MESSAGE, None, {}, NOW)

    def test_keys_show_in_no_representation(self):
        self.assertNotIn("PRIVATE", repr(pair_of_protections(encrypts="rsa")))
