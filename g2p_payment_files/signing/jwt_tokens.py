"""JSON Web Tokens (RFC 7519), signed, compact, with nothing in their header but what has to be there."""

import re

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from .claims import MAX_TEXT, NotATokenError, Token, read_claims
from .keys import ALGORITHMS, KeyRefusedError
from .strict_json import NotStrictError, dump_json, load_json

#: Three parts of base64url without padding; the middle one is empty when the payload travels apart.
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)", re.ASCII)
#: Headers that name keys elsewhere (jku, x5u) or bring one along (jwk, x5c) are how tokens are forged.
_HEADER_NAMES = {"alg", "kid", "typ"}


def sign_jwt(data, key, include_payload=True):
    """Sign claims.

    :param data: dict, or a JSON object as str or bytes
    :param key: :class:`~.keys.Key` that can sign
    :param bool include_payload: without it, the token's middle part stays empty (RFC 7515, appendix F): who checks
        it must bring the payload, byte for byte
    :return: str
    :raise NotStrictError: when the data are not claims
    :raise KeyRefusedError: when the key cannot sign
    """
    if not key.can_sign:
        raise KeyRefusedError("This key has no private half.")
    claims = read_claims(data)
    payload = dump_json(claims) if isinstance(data, dict) else data
    header = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"}
    token = jws.serialize_compact(header, payload, key.to_jose(), algorithms=[key.algorithm])
    return token if include_payload else jws.detach_content(token)


def read_jwt(text, payload=None):
    """Read a token without believing it.

    :param str text: what was scanned
    :param payload: str or bytes that were signed, where they travel apart
    :return: :class:`~.claims.Token`
    :raise NotATokenError: when it is none that :func:`sign_jwt` could have made
    """
    parts = _COMPACT.fullmatch(text) if len(text) <= MAX_TEXT else None
    if not parts or bool(parts[2]) == (payload is not None):
        raise NotATokenError("This is no signed JSON Web Token.")
    header = _read_header(parts[1])

    def check(key):
        try:
            signed = jws.deserialize_compact(
                text, key.to_jose(), algorithms=[key.algorithm], payload=payload
            ).payload
        except (JoseError, ValueError):
            return None
        try:
            return read_claims(signed)
        except NotStrictError as error:
            raise NotATokenError(f"What was signed are no claims: {error}") from error

    return Token(header["kid"], header["alg"], check)


def _read_header(part):
    try:
        header = load_json(urlsafe_b64decode(part.encode()))
    except ValueError as error:
        raise NotATokenError("The token's header cannot be read.") from error
    if not isinstance(header, dict) or not set(header) <= _HEADER_NAMES:
        raise NotATokenError("The token's header says more than it may.")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or header.get("typ", "JWT") != "JWT":
        raise NotATokenError("The token is not signed as documents of this office are.")
    if not isinstance(header.get("kid"), str):
        raise NotATokenError("The token names no key.")
    return header
