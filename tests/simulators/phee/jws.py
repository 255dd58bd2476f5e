"""The hub's signatures (contract, section 6): a digest under a bare RSA block, nothing like a JOSE JWS."""

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives.asymmetric import padding, utils

SIGNED_HEADERS = ("X-BatchID", "X-CorrelationID", "Platform-TenantId")


class UnusableSignature(ValueError):
    """There is no signature, or it was not made with the key that belongs to the tenant's certificate."""


def signed_text(headers, payload):
    """Return what a caller has to sign.

    :param headers: mapping of the request's headers
    :param payload: text; nothing and no last colon when empty
    """
    values = [headers.get(name) for name in SIGNED_HEADERS]
    return ":".join([value for value in values if value is not None] + ([payload] if payload else []))


def digest(text):
    """Return what is put under the key: the hexadecimal SHA3-256 of ``text``."""
    return hashlib.sha3_256(text.encode()).hexdigest()


def sign(private_key, text):
    """Return the header that signs ``text``."""
    signature = private_key.sign(digest(text).encode(), padding.PKCS1v15(), utils.NoDigestInfo())
    return base64.b64encode(signature).decode()


def opened(public_key, signature):
    """Return the digest that lies in ``signature``.

    :raise UnusableSignature: where nothing can be got out of it with this key
    """
    numbers = public_key.public_numbers()
    size = (public_key.key_size + 7) // 8
    try:
        sealed = base64.b64decode(signature or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnusableSignature("not base64") from error
    number = int.from_bytes(sealed, "big")
    if len(sealed) != size or number >= numbers.n:
        raise UnusableSignature("another length of key")
    block = pow(number, numbers.e, numbers.n).to_bytes(size, "big")
    filling, zero, content = block[2:].partition(b"\0")
    if block[:2] != b"\0\1" or not zero or len(filling) < 8 or filling.strip(b"\xff"):
        raise UnusableSignature("another key")
    return content.decode("latin-1")


def verified(public_key, signature, text):
    """Tell whether ``signature`` is one of ``text``.

    :raise UnusableSignature: where it is none of this key at all
    """
    return opened(public_key, signature) == digest(text)
