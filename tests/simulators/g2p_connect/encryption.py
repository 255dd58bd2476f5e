"""Encrypted messages: a flattened JWE whose header is an object (contract, section 1.6).

The specification does not say what the tag authenticates besides the ciphertext. Read by the letter of RFC 7516, an
object ``header`` is the unprotected one, and nothing more is authenticated (``unprotected``). Libraries that know
protected headers only authenticate the same object (``header``: base64url of it as we would write it), or add a
member ``protected`` that the specification does not have (``protected``). All three are read; the first is written
unless something else is asked for.
"""

import json
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from .envelope import dump
from .signatures import packed, unpacked

#: Which kind of key each algorithm is for.
KEY_OF = {"RSA-OAEP-256": "rsa", "ECDH-ES+A256KW": "p256"}
_CONTENT = "A256GCM"
_TAG_BYTES = 16
_KEY_BYTES = 32
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class EncryptionError(ValueError):
    """Cannot be decrypted; the text says why, for people."""


def encrypt(plain, pair, algorithm, form="unprotected"):
    """Return the message object of ``plain`` (bytes) for the owner of ``pair``; for the forms see above."""
    header = {"alg": algorithm, "enc": _CONTENT, "kid": pair.id}
    key, vector = os.urandom(_KEY_BYTES), os.urandom(12)
    if algorithm == "RSA-OAEP-256":
        wrapped = pair.public_key.encrypt(key, _OAEP)
    else:
        once = ec.generate_private_key(ec.SECP256R1())
        header["epk"] = _jwk(once.public_key())
        wrapped = aes_key_wrap(_agreed(once, pair.public_key, header), key)
    about = "" if form == "unprotected" else packed(dump(header))
    sealed = AESGCM(key).encrypt(vector, plain, about.encode())
    return {
        **({"protected": about} if form == "protected" else {}),
        "header": header,
        "encrypted_key": packed(wrapped),
        "iv": packed(vector),
        "ciphertext": packed(sealed[:-_TAG_BYTES]),
        "tag": packed(sealed[-_TAG_BYTES:]),
    }


def decrypt(message, keys):
    """Return the bytes that ``message`` hides, and its form.

    :param message: object as in the specification
    :param keys: dict of KeyPair by kind
    :raise EncryptionError: when it hides nothing that these keys can read
    """
    try:
        header = _header(message)
        wrapped, vector, text, tag = (
            unpacked(message[name]) for name in ("encrypted_key", "iv", "ciphertext", "tag")
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EncryptionError("is no flattened JWE") from error
    algorithm = header.get("alg")
    odd = header.get("enc") != _CONTENT or "zip" in header or "crit" in header
    if odd or not isinstance(algorithm, str) or algorithm not in KEY_OF:
        raise EncryptionError("is encrypted in another way than was agreed")
    pair = keys[KEY_OF[algorithm]]
    if header.get("kid") != pair.id:
        raise EncryptionError(f"is for another key than {pair.id}")
    if len(tag) != _TAG_BYTES:
        raise EncryptionError("has a tag of another length")
    try:
        cipher = AESGCM(_content_key(pair, header, wrapped))
    except (InvalidUnwrap, KeyError, TypeError, ValueError) as error:
        raise EncryptionError("cannot be decrypted") from error
    for form, about in _forms(message):
        try:
            return cipher.decrypt(vector, text + tag, about.encode()), form
        except (InvalidTag, ValueError):
            continue
    raise EncryptionError("cannot be decrypted")


def _header(message):
    """Return both headers of ``message`` as one.

    :raise ValueError: where they contradict each other
    """
    protected = message.get("protected")
    extra = json.loads(unpacked(protected)) if protected else {}
    if not isinstance(message["header"], dict) or not isinstance(extra, dict):
        raise TypeError("no headers")
    if any(message["header"].get(name, value) != value for name, value in extra.items()):
        raise ValueError("two headers")
    return {**message["header"], **extra}


def _forms(message):
    if "protected" in message:
        return [("protected", message["protected"])]
    return [("unprotected", ""), ("header", packed(dump(message["header"])))]


def _content_key(pair, header, wrapped):
    if header["alg"] == "RSA-OAEP-256":
        key = pair.private_key.decrypt(wrapped, _OAEP)
    else:
        key = aes_key_unwrap(_agreed(pair.private_key, _public(header["epk"]), header), wrapped)
    if len(key) != _KEY_BYTES:
        raise ValueError("a content key of another length")
    return key


def _agreed(private, public, header):
    """Return the key that wraps the content key (RFC 7518, section 4.6)."""
    parts = [header["alg"].encode(), *(unpacked(header.get(name, "")) for name in ("apu", "apv"))]
    about = b"".join(struct.pack(">I", len(part)) + part for part in parts) + struct.pack(
        ">I", 8 * _KEY_BYTES
    )
    return ConcatKDFHash(hashes.SHA256(), _KEY_BYTES, about).derive(private.exchange(ec.ECDH(), public))


def _jwk(public):
    numbers = public.public_numbers()
    x, y = (packed(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _public(jwk):
    if (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise ValueError("another curve")
    x, y = (int.from_bytes(unpacked(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
