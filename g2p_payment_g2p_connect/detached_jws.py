"""A detached JWS (RFC 7515, compact, appendix F) as signature: ``<protected>..<signature>``.

Its payload is header and message (see signing.py), which are not repeated in it. The protected header says ``alg``,
``kid`` and, as in a JSON Web Token, ``iat`` and ``exp`` in seconds; a payment system may call these ``created`` and
``expires``, as the specification's own form does. Where it says neither, its signature is as old as the header's
``message_ts``, and over when one of ours would be.

Written on ``cryptography`` itself, as the library for JOSE at hand warns of the name EdDSA, which RFC 9864 replaces
and which payment systems still use.
"""

import base64
import json
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from . import const, parsing
from .keys import KeyProblem, kind_of, load_private, load_public
from .protection import Protection
from .signing import BadSignature, SignedParts, check_times

_DETACHED = re.compile(r"([A-Za-z0-9_-]{1,4096})\.\.([A-Za-z0-9_-]{1,2048})")
#: Headers that bring or name a key are how signatures are forged, and one that must be understood (crit) is not.
_HEADERS = frozenset({"alg", "kid", "typ", "cty", "iat", "exp", "created", "expires"})
_SECONDS = re.compile(r"[0-9]{1,12}")
_HALF = 32
_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)


class JwsSigner:
    """Signs and verifies in this form; see :class:`signing.Signer`."""

    def __init__(self, protection: Protection):
        self._protection = protection
        self._keys = {peer.key_id: peer.pem for peer in protection.peer_keys}

    def sign(self, header: bytes, message: bytes, now: int) -> SignedParts:
        """Sign what is sent; see :meth:`signing.Signer.sign`."""
        key = load_private(self._protection.signing_key)
        algorithms = const.JWS_ALGORITHMS.get(kind_of(key), ())
        algorithm = self._protection.signing_algorithm or next(iter(algorithms), "")
        if algorithm not in algorithms:
            raise KeyProblem("signing key is of another kind than its algorithm")
        protected = {"alg": algorithm, "kid": self._protection.signing_key_id, "iat": now}
        protected["exp"] = now + self._protection.signature_seconds
        encoded = _encode(json.dumps(protected, separators=(",", ":")).encode())
        signature = _sign(key, algorithm, _signing_input(encoded, header, message))
        return SignedParts(f"{encoded}..{_encode(signature)}")

    def verify(
        self,
        header: bytes,
        message: bytes,
        signature_member: str | None,
        _http_headers: Mapping[str, str],
        now: int,
    ) -> None:
        """Verify a signature; see :meth:`signing.Signer.verify`."""
        if not signature_member:
            raise BadSignature("signature.missing")
        parts = _DETACHED.fullmatch(signature_member)
        if not parts:
            raise BadSignature("signature.unreadable")
        protected = _read_protected(parts[1])
        key = self._find_key(protected)
        try:
            signed = _signing_input(parts[1], header, message)
            _verify(key, protected["alg"], _decode(parts[2]), signed)
        except InvalidSignature:
            raise BadSignature("signature.invalid") from None
        self._check_times(protected, header, now)

    def _find_key(self, protected):
        algorithm, key_id = protected.get("alg"), protected.get("kid")
        if not any(algorithm in algorithms for algorithms in const.JWS_ALGORITHMS.values()):
            raise BadSignature("signature.algorithm")
        pem = self._keys.get(key_id) if isinstance(key_id, str) else None
        try:
            key = load_public(pem) if pem else None
        except KeyProblem:
            key = None
        if key is None:
            raise BadSignature("signature.key_unknown")
        if algorithm not in const.JWS_ALGORITHMS.get(kind_of(key), ()):
            raise BadSignature("signature.algorithm")
        return key

    def _check_times(self, protected, header, now):
        created, expires = _seconds(protected, "iat", "created"), _seconds(protected, "exp", "expires")
        if created is None:
            created = _message_time(header)
        if expires is None:
            if created is None:
                raise BadSignature("signature.unreadable")
            expires = created + self._protection.signature_seconds
        check_times(created, expires, now, self._protection.clock_skew)


def _sign(key, algorithm, data):
    kind = kind_of(key)
    if kind == "ed25519":
        return key.sign(data)
    if kind == "p256":
        pair = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return b"".join(number.to_bytes(_HALF, "big") for number in pair)
    return key.sign(data, _rsa_padding(algorithm), hashes.SHA256())


def _verify(key, algorithm, signature, data):
    """Return, or raise InvalidSignature."""
    kind = kind_of(key)
    if kind == "ed25519":
        key.verify(signature, data)
    elif kind == "p256":
        if len(signature) != 2 * _HALF:
            raise InvalidSignature
        pair = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
        key.verify(encode_dss_signature(*pair), data, ec.ECDSA(hashes.SHA256()))
    else:
        key.verify(signature, data, _rsa_padding(algorithm), hashes.SHA256())


def _rsa_padding(algorithm):
    return _PSS if algorithm == "PS256" else padding.PKCS1v15()


def _signing_input(protected, header, message):
    return protected.encode() + b"." + base64.urlsafe_b64encode(header + message).rstrip(b"=")


def _read_protected(encoded):
    try:
        protected = parsing.parse(_decode(encoded).decode())
    except UnicodeDecodeError:
        protected = None
    if protected is None or set(protected) - _HEADERS:
        raise BadSignature("signature.unreadable")
    return protected


def _seconds(protected, *names):
    """Return the moment that stands under one of ``names``, None where there is none."""
    values = [protected[name] for name in names if name in protected]
    if not values:
        return None
    if len(values) > 1 or not parsing.is_number(values[0]) or not _SECONDS.fullmatch(values[0]):
        raise BadSignature("signature.unreadable")
    return int(values[0])


def _message_time(header):
    """Return when the message was made by its own word, which is signed."""
    told = parsing.parse(header.decode("utf-8", "replace")) or {}
    moment = parsing.moment(told.get("message_ts"))
    return int(moment.timestamp()) if moment else None


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text):
    """Return the bytes of base64url that is written in the only right way."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise BadSignature("signature.unreadable") from None
    if _encode(raw) != text:
        raise BadSignature("signature.unreadable")
    return raw
