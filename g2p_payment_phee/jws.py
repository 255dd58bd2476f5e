"""X-SIGNATURE, which is no JOSE signature.

The hub joins correlation id, tenant and payload with colons, takes the small hexadecimal SHA3-256 of that, and
encrypts these 64 characters with the RSA private key: PKCS#1 v1.5, block type 1, without a DigestInfo.
"""

import base64
import binascii
import hashlib
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo

from odoo.addons.g2p_programs.dispatch.pem import restore_lines


class KeyProblem(ValueError):
    """A key or certificate that cannot be read; its text says nothing of it."""


def digest(payload: str, *headers: str) -> str:
    """Return the hexadecimal digest that is signed.

    :param payload: the text as the hub's parser makes it; for an answer its body
    :param headers: values in the hub's order: correlation id, tenant; none for an answer
    """
    parts = [*headers, payload] if payload else [*headers]
    return hashlib.sha3_256(":".join(parts).encode()).hexdigest()


def sign(signing_key: str, payload: str, *headers: str) -> str:
    """Return the signature in one line of base64.

    :param signing_key: RSA private key, PEM or base64 DER
    :raise KeyProblem: when the key cannot be read
    """
    key = _private_key(signing_key)
    return base64.b64encode(key.sign(digest(payload, *headers).encode(), PKCS1v15(), NoDigestInfo())).decode()


def verify(certificate: str, signature: str, payload: str, *headers: str) -> bool:
    """Whether ``signature`` was made over this text with the private key of ``certificate``.

    :raise KeyProblem: when the certificate cannot be read
    """
    key = _public_key(certificate)
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, digest(payload, *headers).encode(), PKCS1v15(), NoDigestInfo())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def can_read_certificate(certificate: str) -> bool:
    """Whether ``certificate`` is one of an RSA key, or such a public key."""
    return _can_read(_public_key, certificate)


def can_read_key(signing_key: str) -> bool:
    """Whether ``signing_key`` is an RSA private key."""
    return _can_read(_private_key, signing_key)


def _can_read(load, text):
    try:
        load(text)
    except KeyProblem:
        return False
    return True


def _private_key(text):
    """Not cached: a secret should not outlive its use."""
    try:
        if "-----BEGIN" in text:
            key = serialization.load_pem_private_key(restore_lines(text.strip()).encode(), password=None)
        else:
            key = serialization.load_der_private_key(_decode(text), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyProblem("signing key cannot be read") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyProblem("signing key is no RSA key")
    return key


@lru_cache(maxsize=16)
def _public_key(text):
    for load in (_from_certificate, _from_public_key):
        try:
            key = load(text)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        if isinstance(key, rsa.RSAPublicKey):
            return key
    raise KeyProblem("certificate cannot be read")


def _from_certificate(text):
    if "-----BEGIN" in text:
        return x509.load_pem_x509_certificate(restore_lines(text.strip()).encode()).public_key()
    return x509.load_der_x509_certificate(_decode(text)).public_key()


def _from_public_key(text):
    if "-----BEGIN" in text:
        return serialization.load_pem_public_key(restore_lines(text.strip()).encode())
    return serialization.load_der_public_key(_decode(text))


def _decode(text):
    return base64.b64decode("".join(text.split()), validate=True)
