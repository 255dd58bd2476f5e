"""Messages that only their receiver can read: EncryptedMessage, a JWE in flattened form (RFC 7516, 7.2.2).

The official file wants ``alg``, ``enc`` and ``kid`` in ``header``, which in a JWE is the header that is *not*
protected; so the additional authenticated data are empty, as there is no protected header. Who sends a protected
header besides is understood. Written on ``cryptography`` itself, as the library for JOSE at hand knows no JWE without
a protected header.
"""

import base64
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from . import const, parsing
from .keys import KeyProblem, kind_of, load_private_for_reading, load_public
from .protection import PeerKey

_KEY_BYTES, _IV_BYTES, _TAG_BYTES, _COORDINATE = 32, 12, 16, 32
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
_MEMBERS = ("header", "encrypted_key", "iv", "ciphertext", "tag")
#: What changes how the rest is read; compression is how small messages become large ones.
_REFUSED = frozenset({"crit", "zip", "b64", "apu", "apv"})


class NotDecrypted(Exception):
    """A message that cannot be read; ``code`` is one of :data:`const.ENCRYPTION_FAULTS`."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def encrypt(message: bytes, peer: PeerKey) -> dict[str, Any]:
    """Return ``message`` as an EncryptedMessage that only the owner of the key can read.

    :raise KeyProblem: when the key cannot encrypt
    """
    key = load_public(peer.pem)
    algorithm = const.JWE_ALGORITHMS.get(kind_of(key))
    if not algorithm:
        raise KeyProblem("encryption key is of a kind that cannot encrypt")
    secret, iv = os.urandom(_KEY_BYTES), os.urandom(_IV_BYTES)
    header = {"alg": algorithm, "enc": const.ENC, "kid": peer.key_id}
    if algorithm == const.ALG_RSA:
        wrapped = key.encrypt(secret, _OAEP)
    else:
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        header["epk"] = _public_jwk(ephemeral.public_key())
        wrapped = aes_key_wrap(_agree(ephemeral, key), secret)
    sealed = AESGCM(secret).encrypt(iv, message, b"")
    return {
        "header": header,
        "encrypted_key": _encode(wrapped),
        "iv": _encode(iv),
        "ciphertext": _encode(sealed[:-_TAG_BYTES]),
        "tag": _encode(sealed[-_TAG_BYTES:]),
    }


def is_encrypted(message: Any) -> bool:
    """Whether ``message`` has the form of an EncryptedMessage."""
    return isinstance(message, dict) and {"ciphertext", "tag"} <= set(message)


def decrypt(sealed: dict[str, Any], pem: str, key_id: str = "") -> bytes:
    """Return what was encrypted.

    :param pem: our private key
    :param key_id: by which the message must name it; any when empty
    :raise NotDecrypted: in every other case
    """
    header, protected = _read_headers(sealed)
    if header.get("enc") != const.ENC or header.get("alg") not in const.JWE_ALGORITHMS.values():
        raise NotDecrypted("encryption.algorithm")
    if key_id and header.get("kid") != key_id:
        raise NotDecrypted("encryption.key_unknown")
    try:
        key = load_private_for_reading(pem)
    except KeyProblem:
        raise NotDecrypted("encryption.key_missing") from None
    if const.JWE_ALGORITHMS.get(kind_of(key)) != header["alg"]:
        raise NotDecrypted("encryption.algorithm")
    parts = {name: _decode(sealed[name]) for name in _MEMBERS[1:]}
    if (len(parts["iv"]), len(parts["tag"])) != (_IV_BYTES, _TAG_BYTES):
        raise NotDecrypted("encryption.unreadable")
    try:
        secret = _unwrap(key, header, parts["encrypted_key"])
        return AESGCM(secret).decrypt(parts["iv"], parts["ciphertext"] + parts["tag"], protected)
    except (InvalidTag, InvalidUnwrap, ValueError):
        # One word for all of them: which it was would help nobody but a forger.
        raise NotDecrypted("encryption.invalid") from None


def _read_headers(sealed):
    """Return (all headers, what they authenticate)."""
    if not all(name in sealed for name in _MEMBERS) or {"aad", "unprotected"} & set(sealed):
        raise NotDecrypted("encryption.unreadable")
    header, protected, encoded = sealed["header"], {}, ""
    if "protected" in sealed:
        encoded = sealed["protected"]
        try:
            protected = parsing.parse(_decode(encoded).decode())
        except UnicodeDecodeError:
            protected = None
    if not isinstance(header, dict) or protected is None:
        raise NotDecrypted("encryption.unreadable")
    # A JWE says nothing in both, but the official file wants alg, enc and kid in this one in any case.
    if any(header[name] != protected[name] for name in set(header) & set(protected)):
        raise NotDecrypted("encryption.unreadable")
    merged = header | protected
    if _REFUSED & set(merged):
        raise NotDecrypted("encryption.algorithm")
    return merged, encoded.encode()


def _unwrap(key, header, wrapped):
    """Return the key of the message, or raise ValueError or InvalidUnwrap."""
    if header["alg"] == const.ALG_RSA:
        secret = key.decrypt(wrapped, _OAEP)
    else:
        secret = aes_key_unwrap(_agree(key, _read_jwk(header.get("epk"))), wrapped)
    if len(secret) != _KEY_BYTES:
        raise ValueError("another length")
    return secret


def _agree(private, public):
    """Return the key that both sides come to (RFC 7518, 4.6.2)."""
    algorithm = const.ALG_ECDH.encode()
    info = len(algorithm).to_bytes(4, "big") + algorithm
    # Nobody's names are part of it, and how many bits the key has.
    info += bytes(8) + (8 * _KEY_BYTES).to_bytes(4, "big")
    shared = private.exchange(ec.ECDH(), public)
    return ConcatKDFHash(hashes.SHA256(), _KEY_BYTES, info).derive(shared)


def _public_jwk(key):
    numbers = key.public_numbers()
    pair = (number.to_bytes(_COORDINATE, "big") for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256"} | dict(zip(("x", "y"), map(_encode, pair), strict=True))


def _read_jwk(jwk):
    """Return a public key on P-256, or raise ValueError; a point beside the curve is none."""
    if not isinstance(jwk, dict) or (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256"):
        raise ValueError("no such key")
    x, y = (int.from_bytes(_decode(jwk.get(name)), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text):
    if not parsing.is_text(text):
        raise NotDecrypted("encryption.unreadable")
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    except ValueError:
        raise NotDecrypted("encryption.unreadable") from None
    return raw


def dump(sealed: dict[str, Any]) -> str:
    """Return an EncryptedMessage as it is sent."""
    return json.dumps(sealed, separators=(",", ":"))
