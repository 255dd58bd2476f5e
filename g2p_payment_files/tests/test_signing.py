"""Tokens and what they are worth: everything here runs without a database."""

import base64
import hmac
import json
from datetime import UTC, datetime
from unittest import TestCase

import base45
import cbor2
import cwt
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwk, jws

from ..signing import cwt_tokens, sealing
from ..signing.claims import MAX_TEXT
from ..signing.cwt_tokens import OUR_CLAIMS, PREFIX, sign_cwt
from ..signing.jwt_tokens import sign_jwt
from ..signing.keys import KeyRefusedError, load_key, make_key, read_key_file, to_text
from ..signing.strict_json import NotStrictError, load_json
from ..signing.verify import verify

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLAIMS = {
    "reference": "6a9c2f0e-5a59-4f0e-8d1d-0c1f2f7f3a11",
    "amount": "1250.00",
    "currency": "KES",
    "payee_name": "Amina Ωdhiambo",
}
ES256, ED25519 = make_key(), make_key("Ed25519")
PUBLIC = (ES256.public(), ED25519.public())
KINDS = {
    "jwt ES256": (sign_jwt, ES256),
    "jwt Ed25519": (sign_jwt, ED25519),
    "cwt ES256": (sign_cwt, ES256),
    "cwt Ed25519": (sign_cwt, ED25519),
}


def b64(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def result_of(text, keys=PUBLIC, now=NOW, **kwargs):
    return verify(text, keys, now, **kwargs).result


def forge_jwt(header, claims=None, key=ES256):
    """Sign as an attacker would who can sign, with any header."""
    signing_input = f"{b64(header)}.{b64(claims or CLAIMS)}".encode()
    signature = jws.JWSRegistry.algorithms["ES256"].sign(signing_input, key.to_jose())
    return f"{signing_input.decode()}.{b64(signature)}"


def forge_cwt(payload, protected=None, key=ES256, unprotected=None):
    """Sign any bytes with any header."""
    protected = protected or {1: -7, 4: key.short_kid.encode()}
    raw = cwt.COSE.new().encode_and_sign(
        payload, cwt_tokens._to_cose(key), protected=protected, unprotected=unprotected
    )
    return PREFIX + base45.b45encode(raw).decode()


class TestTokens(TestCase):
    def test_signed_claims_come_back_as_they_were(self):
        for name, (sign, key) in KINDS.items():
            with self.subTest(name):
                verdict = verify(sign(CLAIMS, key), PUBLIC, NOW)
                self.assertEqual((verdict.result, verdict.claims, verdict.kid), ("valid", CLAIMS, key.kid))

    def test_any_json_object_survives_both_kinds(self):
        values = st.recursive(
            st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=8,
        )
        names = st.text(max_size=8).filter(
            lambda name: name not in ("exp", "nbf", "iat", "valid_from", "valid_until")
        )

        @settings(max_examples=60, deadline=None, database=None)
        @given(st.dictionaries(names, values, max_size=5))
        def survives(claims):
            for sign in (sign_jwt, sign_cwt):
                verdict = verify(sign(claims, ED25519), PUBLIC, NOW)
                self.assertEqual((verdict.result, verdict.claims), ("valid", claims))

        survives()

    def test_text_of_a_json_object_is_signed_byte_for_byte(self):
        text = '{ "amount" : "1.00" }'
        token = sign_jwt(text, ES256)
        self.assertIn(b64(text.encode()), token)
        self.assertEqual(verify(token, PUBLIC, NOW).claims, {"amount": "1.00"})

    def test_cwt_fits_the_alphanumeric_mode_and_is_shorter_than_the_jwt(self):
        token = sign_cwt(CLAIMS, ES256)
        self.assertRegex(token, r"\A[0-9A-Z $%*+\-./:]+\Z")
        self.assertLess(len(token), len(sign_jwt(CLAIMS, ES256)))

    def test_cwt_is_an_ordinary_one_for_others(self):
        token = sign_cwt({**CLAIMS, "exp": 2_000_000_000}, ES256)
        raw = base45.b45decode(token.removeprefix(PREFIX))
        payload = cbor2.loads(
            cwt.COSE.new().decode(raw, keys=[cwt_tokens._to_cose(load_key(ES256.public()))])
        )
        self.assertEqual(payload[4], 2_000_000_000)
        self.assertEqual(payload[OUR_CLAIMS][1], CLAIMS["reference"])

    def test_base45_never_ends_with_a_blank_so_stripping_is_safe(self):
        for last in range(256):
            for data in (bytes([last]), bytes([0, last]), bytes([255, last])):
                self.assertNotEqual(base45.b45encode(data)[-1:], b" ")
        self.assertEqual(result_of(f"  {sign_cwt(CLAIMS, ES256)}\r\n"), "valid")
        self.assertEqual(result_of(f"\t{sign_jwt(CLAIMS, ES256)}\n"), "valid")

    def test_payload_that_travels_apart_has_to_be_brought(self):
        text = json.dumps(CLAIMS)
        token = sign_jwt(text, ES256, include_payload=False)
        self.assertIn("..", token)
        self.assertEqual(result_of(token, payload=text), "valid")
        self.assertEqual(result_of(token, payload=text.replace("1250", "9250")), "altered")
        self.assertEqual(result_of(token), "invalid")
        self.assertEqual(result_of(sign_jwt(text, ES256), payload=text), "invalid")
        self.assertEqual(result_of(sign_cwt(text, ES256), payload=text), "invalid")

    def test_what_is_no_json_object_is_not_signed(self):
        for data in (
            "[1]",
            "x",
            '"x"',
            b"\xff",
            '{"a": 1, "a": 2}',
            '{"a": NaN}',
            {"a": float("inf")},
            {"exp": "x"},
        ):
            for sign in (sign_jwt, sign_cwt):
                with self.subTest(data=data, sign=sign.__name__), self.assertRaises(NotStrictError):
                    sign(data, ES256)

    def test_public_key_cannot_sign(self):
        for sign in (sign_jwt, sign_cwt):
            with self.assertRaises(KeyRefusedError):
                sign(CLAIMS, load_key(ES256.public()))


class TestTime(TestCase):
    def test_numbers_and_dates_bound_a_token(self):
        cases = [
            ({"exp": NOW.timestamp() + 1}, "valid"),
            ({"exp": NOW.timestamp()}, "expired"),
            ({"nbf": NOW.timestamp()}, "valid"),
            ({"nbf": NOW.timestamp() + 1}, "early"),
            ({"valid_until": "2026-03-01"}, "valid"),
            ({"valid_until": "2026-02-28"}, "expired"),
            ({"valid_from": "2026-03-02"}, "valid"),  # it has begun somewhere on earth
            ({"valid_from": "2026-03-03"}, "early"),
            ({"valid_until": "2026-12-31", "exp": NOW.timestamp() - 1}, "expired"),
            ({"valid_until": "until Easter"}, "valid"),
            ({"valid_until": "9999-12-31", "valid_from": "0001-01-01"}, "valid"),
        ]
        for claims, expected in cases:
            for sign in (sign_jwt, sign_cwt):
                with self.subTest(claims=claims, sign=sign.__name__):
                    self.assertEqual(result_of(sign(claims, ES256)), expected)

    def test_expired_token_still_tells_what_it_said(self):
        verdict = verify(sign_jwt({**CLAIMS, "exp": 1}, ES256), PUBLIC, NOW)
        self.assertEqual(verdict.claims["reference"], CLAIMS["reference"])

    def test_moment_without_zone_is_utc(self):
        token = sign_jwt({"exp": NOW.timestamp() + 1}, ES256)
        self.assertEqual(result_of(token, now=NOW.replace(tzinfo=None)), "valid")

    def test_signed_nonsense_in_place_of_time_is_invalid(self):
        for exp in ("soon", True, None, 10**30, [1]):
            with self.subTest(exp=exp):
                header = {"alg": "ES256", "kid": ES256.kid, "typ": "JWT"}
                self.assertEqual(result_of(forge_jwt(header, {"exp": exp})), "invalid")
                self.assertEqual(result_of(forge_cwt(cbor2.dumps({4: exp}))), "invalid")


class TestForgeries(TestCase):
    def test_changed_claims_are_altered_and_not_shown(self):
        header, _payload, signature = sign_jwt(CLAIMS, ES256).split(".")
        forged = f"{header}.{b64({**CLAIMS, 'amount': '9999.00'})}.{signature}"
        verdict = verify(forged, PUBLIC, NOW)
        self.assertEqual((verdict.result, verdict.claims), ("altered", {}))

    def test_changed_cwt_is_altered(self):
        raw = base45.b45decode(sign_cwt(CLAIMS, ES256).removeprefix(PREFIX))
        forged = raw.replace(b"1250.00", b"9250.00")
        self.assertNotEqual(raw, forged)
        self.assertEqual(result_of(PREFIX + base45.b45encode(forged).decode()), "altered")

    def test_no_single_changed_character_goes_through(self):
        for sign, key in KINDS.values():
            token = sign(CLAIMS, key)
            for position in range(0, len(token) - 1, 3):  # the last one holds padding bits in base64
                other = "B" if token[position] != "B" else "C"
                forged = token[:position] + other + token[position + 1 :]
                self.assertNotEqual(result_of(forged), "valid", f"{sign.__name__} {position}")

    def test_algorithm_none_is_invalid(self):
        for alg in ("none", "None", "NONE", "", None, 0, ["ES256"], {"ES256": 1}):
            for signature in ("", b64(b"x" * 64)):
                with self.subTest(alg=alg, signature=signature):
                    header = b64({"alg": alg, "kid": ES256.kid, "typ": "JWT"})
                    self.assertEqual(result_of(f"{header}.{b64(CLAIMS)}.{signature}"), "invalid")

    def test_hmac_with_the_public_key_is_invalid(self):
        secrets = [
            ES256.to_jose().as_pem(private=False),
            json.dumps(ES256.public()).encode(),
            ES256.public()["x"].encode(),
        ]
        for secret in secrets:
            signing_input = f"{b64({'alg': 'HS256', 'kid': ES256.kid, 'typ': 'JWT'})}.{b64(CLAIMS)}"
            token = f"{signing_input}.{b64(hmac.digest(secret, signing_input.encode(), 'sha256'))}"
            self.assertEqual(result_of(token), "invalid")

    def test_algorithm_of_another_key_is_altered(self):
        token = sign_jwt(CLAIMS, ES256)
        _header, payload, signature = token.split(".")
        forged = f"{b64({'alg': 'Ed25519', 'kid': ES256.kid, 'typ': 'JWT'})}.{payload}.{signature}"
        self.assertEqual(result_of(forged), "altered")

    def test_keys_on_other_curves_are_refused_and_passed_over(self):
        others = [
            jwk.ECKey.generate_key("P-384"),
            jwk.ECKey.generate_key("secp256k1"),
            jwk.OKPKey.generate_key("X25519"),
            jwk.RSAKey.generate_key(2048),
            jwk.OctKey.generate_key(256),
        ]
        for other in others:
            data = other.as_dict(private=False) if other.key_type != "oct" else other.as_dict()
            with self.subTest(data.get("crv") or data["kty"]):
                with self.assertRaises(KeyRefusedError):
                    load_key(data)
                self.assertEqual(result_of(sign_jwt(CLAIMS, ES256), keys=[data, *PUBLIC]), "valid")

    def test_point_beside_the_curve_is_refused(self):
        wrong = {**ES256.public(), "y": ES256.public()["x"]}
        with self.assertRaises(KeyRefusedError):
            load_key(wrong)

    def test_signature_of_another_curve_is_altered(self):
        p384 = jwk.ECKey.generate_key("P-384")
        signature = jws.serialize_compact(
            {"alg": "ES384", "kid": ES256.kid}, json.dumps(CLAIMS), p384, algorithms=["ES384"]
        ).split(".")[2]
        header = b64({"alg": "ES256", "kid": ES256.kid, "typ": "JWT"})
        self.assertEqual(result_of(f"{header}.{b64(CLAIMS)}.{signature}"), "altered")

    def test_duplicate_names_are_invalid(self):
        header = b64({"alg": "ES256", "kid": ES256.kid, "typ": "JWT"})
        twice = b64(b'{"alg":"ES256","kid":"%s","alg":"ES256"}' % ES256.kid.encode())
        _header, payload, signature = sign_jwt(CLAIMS, ES256).split(".")
        self.assertEqual(result_of(f"{twice}.{payload}.{signature}"), "invalid")
        signing_input = header + "." + b64(b'{"amount":"1.00","amount":"9.00"}')
        made = jws.JWSRegistry.algorithms["ES256"].sign(signing_input.encode(), ES256.to_jose())
        self.assertEqual(result_of(f"{signing_input}.{b64(made)}"), "invalid")
        self.assertEqual(result_of(forge_cwt(b"\xa2\x04\x01\x04\x02")), "invalid")

    def test_cbor_with_a_second_spelling_is_invalid(self):
        spellings = {
            "longer number": b"\xa1\x04\x1a\x00\x00\x00\x05",
            "endless map": b"\xbf\x04\x05\xff",
            "something behind": cbor2.dumps({4: 5}) + b"\x00",
            "a date": cbor2.dumps({4: datetime(2026, 1, 1, tzinfo=UTC)}),
            "an array": cbor2.dumps([4, 5]),
            "claims that are none": cbor2.dumps({OUR_CLAIMS: [1]}),
            "one claim by number and by name": cbor2.dumps({OUR_CLAIMS: {2: "1.00", "amount": "9.00"}}),
        }
        for name, payload in spellings.items():
            with self.subTest(name):
                self.assertEqual(result_of(forge_cwt(payload)), "invalid")

    def test_headers_that_bring_or_name_keys_are_invalid(self):
        attacker = make_key()
        for extra in (
            {"jwk": attacker.public()},
            {"jku": "https://evil.example/keys"},
            {"x5u": "https://evil.example/cert"},
            {"x5c": ["AAAA"]},
            {"crit": ["b64"], "b64": False},
        ):
            header = {"alg": "ES256", "kid": attacker.kid, "typ": "JWT", **extra}
            with self.subTest(extra=extra):
                self.assertEqual(result_of(forge_jwt(header, key=attacker)), "invalid")
        self.assertEqual(result_of(forge_cwt(cbor2.dumps({4: 5}), unprotected={5: b"x"})), "invalid")

    def test_kid_is_a_name_and_nothing_else(self):
        for kid in ("../../etc/passwd", "/dev/null", "' OR 1=1 --", "%2e%2e", "", "\x00", "a" * 300, "None"):
            with self.subTest(kid=kid):
                token = forge_jwt({"alg": "ES256", "kid": kid, "typ": "JWT"})
                self.assertEqual(result_of(token), "unknown_key")
        for kid in (None, 1, ["x"], {"x": 1}, True):
            with self.subTest(kid=kid):
                self.assertEqual(result_of(forge_jwt({"alg": "ES256", "kid": kid})), "invalid")
        for kid in (b"../../etc/p", b"\x00" * 11):
            self.assertEqual(
                result_of(forge_cwt(cbor2.dumps({4: 5}), protected={1: -7, 4: kid})), "unknown_key"
            )
        self.assertEqual(result_of(forge_cwt(cbor2.dumps({4: 5}), protected={1: -7, 4: b"x"})), "invalid")

    def test_key_that_calls_itself_like_another_does_not_pass_for_it(self):
        attacker = make_key()
        claimed = {**attacker.public(), "kid": ES256.kid}
        token = forge_jwt({"alg": "ES256", "kid": ES256.kid, "typ": "JWT"}, key=attacker)
        self.assertEqual(result_of(token), "altered")
        # Who hands over the keys decides whom to trust: then the verdict names the key by its numbers.
        self.assertEqual(verify(token, [claimed], NOW).kid, attacker.kid)

    def test_unknown_key_says_so(self):
        stranger = make_key()
        for sign in (sign_jwt, sign_cwt):
            verdict = verify(sign(CLAIMS, stranger), PUBLIC, NOW)
            self.assertEqual((verdict.result, verdict.claims), ("unknown_key", {}))

    def test_what_is_too_long_is_invalid_before_it_is_read(self):
        for text in ("a" * (MAX_TEXT + 3), PREFIX + "0" * 10_000_000, "." * 5_000_000):
            self.assertEqual(result_of(text), "invalid")

    def test_deep_nesting_is_invalid(self):
        deep = b64(b'{"a":' + b"[" * 1500)
        self.assertEqual(result_of(f"{deep}.{b64(CLAIMS)}.{b64(b'x' * 64)}"), "invalid")
        for raw in (b"\x81" * 2000, b"\xd2\x84" * 900, b"\x5b" + b"\xff" * 8, b"\x9b\x0f" + b"\xff" * 7):
            self.assertEqual(result_of(PREFIX + base45.b45encode(raw).decode()), "invalid")
        with self.assertRaises(NotStrictError):
            load_json("[" * 100_000)

    def test_no_text_makes_it_raise(self):
        fragments = st.sampled_from(
            [PREFIX, ".", "e30", "eyJ", sign_jwt(CLAIMS, ES256), sign_cwt(CLAIMS, ES256)]
        )

        @settings(max_examples=300, deadline=None, database=None)
        @given(st.lists(fragments | st.text(max_size=30), max_size=5).map("".join))
        def gives_a_verdict(text):
            self.assertIn(result_of(text), ("valid", "altered", "invalid", "unknown_key"))

        @settings(max_examples=300, deadline=None, database=None)
        @given(st.binary(max_size=80))
        def reads_bytes(data):
            self.assertEqual(result_of(PREFIX + base45.b45encode(data).decode()), "invalid")
            self.assertEqual(result_of(PREFIX + base45.b45encode(b"\xd2\x84" + data).decode()), "invalid")

        gives_a_verdict()
        reads_bytes()
        for nothing in (None, b"x", 1):
            self.assertEqual(result_of(nothing), "invalid")


class TestKeys(TestCase):
    def test_public_half_holds_no_secret(self):
        for key in (ES256, ED25519):
            self.assertNotIn("d", key.public())
            self.assertNotIn(key.jwk["d"], json.dumps(key.public()))
            self.assertFalse(load_key({**key.public(), **key.jwk}).can_sign)

    def test_kept_key_signs_again(self):
        again = load_key(json.loads(to_text(ES256)), private=True)
        self.assertEqual(again.kid, ES256.kid)
        self.assertEqual(result_of(sign_jwt(CLAIMS, again)), "valid")

    def test_kid_is_the_thumbprint_of_the_standard(self):
        # RFC 8037, appendix A.3
        key = load_key({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
        self.assertEqual(key.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")

    def test_private_half_has_to_be_there_where_it_is_asked_for(self):
        with self.assertRaises(KeyRefusedError):
            load_key(ES256.public(), private=True)

    def test_unknown_algorithm_and_broken_keys_are_refused(self):
        with self.assertRaises(KeyRefusedError):
            make_key("HS256")
        for broken in (
            None,
            [],
            {},
            {"kty": "EC", "crv": "P-256"},
            {**ES256.public(), "x": 5},
            {**ES256.public(), "x": "!"},
            {**ES256.public(), "use": "enc"},
            {**ES256.public(), "alg": "EdDSA"},
            {**ES256.public(), "alg": "none"},
            {"kty": ["EC"], "crv": {}},
        ):
            with self.subTest(broken=broken), self.assertRaises(KeyRefusedError):
                load_key(broken)

    def test_key_file_may_be_a_set_a_list_or_one_key(self):
        for data in ({"keys": PUBLIC}, PUBLIC, PUBLIC[0]):
            self.assertEqual(read_key_file(json.dumps(data))[0].kid, ES256.kid)
        for text in (
            "",
            "x",
            "{}",
            "[]",
            '{"keys": []}',
            '{"keys": 1}',
            "5",
            '{"keys": [], "keys": []}',
            " " * 2**21,
        ):
            with self.subTest(text=text[:20]), self.assertRaises(KeyRefusedError):
                read_key_file(text)

    def test_a_set_of_another_system_may_use_names_of_its_own(self):
        named = {**ES256.public(), "kid": "2026-key"}
        token = forge_jwt({"alg": "ES256", "kid": "2026-key", "typ": "JWT"})
        self.assertEqual(result_of(token, keys=[named]), "valid")


class TestSealing(TestCase):
    def test_sealed_bytes_come_back(self):
        secret = sealing.make_secret("k1")
        for data in (b"", b"\x00\xff" * 5, b"x" * 200_000):
            sealed = sealing.seal(data, secret)
            self.assertEqual(sealing.get_kid(sealed), "k1")
            self.assertEqual(sealing.unseal(sealed, secret), data)
            self.assertNotEqual(sealed, sealing.seal(data, secret))

    def test_changed_or_foreign_data_are_refused(self):
        secret, other = sealing.make_secret("k1"), sealing.make_secret("k1")
        sealed = sealing.seal(b"payroll", secret)
        head, tail = sealed.rsplit(b".", 1)
        for wrong in (head + b"." + tail[::-1], b"", b"x", b"....", sealed[:-2]):
            with self.subTest(wrong=wrong), self.assertRaises(sealing.SealError):
                sealing.unseal(wrong, secret)
        with self.assertRaises(sealing.SealError):
            sealing.unseal(sealed, other)
        for wrong in (b"", b"\xff", b"e30", b64([1]).encode(), b64({"kid": 1}).encode()):
            self.assertEqual(sealing.get_kid(wrong), "")

    def test_only_bytes_of_a_bounded_size_are_sealed(self):
        secret = sealing.make_secret("k1")
        with self.assertRaises(sealing.SealError):
            sealing.seal("text", secret)
        with self.assertRaises(sealing.SealError):
            sealing.seal(bytes(sealing.MAX_DATA + 1), secret)
