"""CBOR Web Tokens (RFC 8392): COSE_Sign1 in base45 (RFC 9285), as health certificates are, for small QR codes.

Base45 has only the characters of a QR code's alphanumeric mode. The registered claims keep their numbers; ours are
one map under a number for private use, and in it numbers as well.
"""

import math

import base45
import cbor2
import cwt

from .claims import MAX_TEXT, REGISTERED, SHORT, NotATokenError, Token, read_claims
from .keys import ALGORITHMS, SHORT_KID, KeyRefusedError
from .strict_json import NotStrictError

#: What a scanned text begins with, so that nobody has to guess.
PREFIX = "G2P1:"
#: RFC 8392, section 9.1: numbers below -65536 are for private use.
OUR_CLAIMS = -65537
_ALGORITHM, _KID = 1, 4
_SIGN1 = 18
_TO_REGISTERED = {number: name for name, number in REGISTERED.items()}
_TO_OURS = {number: name for name, number in SHORT.items()}
_TO_ALGORITHM = {number: name for name, (_kty, _crv, number) in ALGORITHMS.items()}


def sign_cwt(data, key):
    """Sign claims.

    :param data: dict, or a JSON object as str or bytes
    :param key: :class:`~.keys.Key` that can sign
    :return: str: :data:`PREFIX` and base45
    :raise NotStrictError: when the data are not claims
    :raise KeyRefusedError: when the key cannot sign
    """
    if not key.can_sign:
        raise KeyRefusedError("This key has no private half.")
    try:
        payload = cbor2.dumps(_to_numbers(read_claims(data)))
    except (cbor2.CBOREncodeError, RecursionError) as error:
        raise NotStrictError("CBOR cannot carry this.") from error
    protected = {_ALGORITHM: ALGORITHMS[key.algorithm][2], _KID: key.short_kid.encode()}
    signed = cwt.COSE.new().encode_and_sign(payload, _to_cose(key), protected=protected)
    return PREFIX + base45.b45encode(signed).decode()


def read_cwt(text):
    """Read a token without believing it.

    :param str text: what was scanned
    :return: :class:`~.claims.Token`
    :raise NotATokenError: when it is none that :func:`sign_cwt` could have made
    """
    if not text.startswith(PREFIX) or len(text) > MAX_TEXT:
        raise NotATokenError("This is no signed CBOR Web Token.")
    try:
        raw = base45.b45decode(text[len(PREFIX) :])
    except ValueError as error:
        raise NotATokenError("The token is not written in base45.") from error
    message = _load(raw, tag=_SIGN1)
    if not isinstance(message, list) or [type(part) for part in message] != [bytes, dict, bytes, bytes]:
        raise NotATokenError("The token is no COSE_Sign1 message.")
    if message[1]:
        raise NotATokenError("The token's header says more than it may.")
    algorithm, kid = _read_header(message[0])

    def check(key):
        try:
            payload = cwt.COSE.new().decode(raw, keys=[_to_cose(key)])
        except (cwt.VerifyError, cwt.DecodeError, ValueError):
            return None
        return _from_numbers(_load(payload))

    return Token(kid, algorithm, check)


def _read_header(part):
    header = _load(part)
    if not isinstance(header, dict) or set(header) != {_ALGORITHM, _KID}:
        raise NotATokenError("The token's header says more than it may, or less.")
    algorithm, kid = header[_ALGORITHM], header[_KID]
    if type(algorithm) is not int or algorithm not in _TO_ALGORITHM:
        raise NotATokenError("The token is not signed as documents of this office are.")
    if not isinstance(kid, bytes) or len(kid) != SHORT_KID or not kid.isascii():
        raise NotATokenError("The token names no key.")
    return _TO_ALGORITHM[algorithm], kid.decode("ascii")


def _to_cose(key):
    return cwt.COSEKey.from_jwk(
        {
            **key.jwk,
            "kid": key.short_kid,
            "use": "sig",
            "alg": "EdDSA" if key.algorithm == "Ed25519" else key.algorithm,
        }
    )


def _load(data, tag=None):
    """Read CBOR that has one spelling only.

    Writing it again must give the same bytes: no name twice, nothing behind the end, no longer form of a number.
    """
    try:
        value = cbor2.loads(data)
        same = cbor2.dumps(value) == data
    # The library raises a dozen kinds of error on what is not CBOR; each of them says the same.
    except Exception as error:
        raise NotATokenError("The token's content cannot be read.") from error
    if tag is not None:
        if not isinstance(value, cbor2.CBORTag) or value.tag != tag:
            raise NotATokenError("The token is no COSE_Sign1 message.")
        value = value.value
    if not same or not _is_plain(value):
        raise NotATokenError("The token's content could be read in two ways.")
    return value


def _is_plain(value):
    if isinstance(value, dict):
        return all(type(name) in (int, str) and _is_plain(one) for name, one in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or type(value) in (int, str, bytes, bool)


def _to_numbers(claims):
    known = {REGISTERED[name]: value for name, value in claims.items() if name in REGISTERED}
    ours = {SHORT.get(name, name): value for name, value in claims.items() if name not in REGISTERED}
    return {**known, OUR_CLAIMS: ours} if ours else known


def _from_numbers(payload):
    if not isinstance(payload, dict):
        raise NotATokenError("What was signed are no claims.")
    ours = payload.pop(OUR_CLAIMS, {})
    if not isinstance(ours, dict):
        raise NotATokenError("What was signed are no claims.")
    claims = {_TO_REGISTERED.get(name, str(name)): value for name, value in payload.items()}
    for name, value in ours.items():
        name = _TO_OURS.get(name, str(name))
        if name in claims:
            raise NotATokenError("A claim is there twice.")
        claims[name] = value
    return claims
