"""Keys for signatures and encryption, as PEM texts."""

from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from odoo.addons.g2p_programs.dispatch.pem import restore_lines

#: Shorter ones are no protection any more.
_MIN_RSA_BITS = 2048
_ED25519 = (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey)
_EC = (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)
_RSA = (rsa.RSAPrivateKey, rsa.RSAPublicKey)


class KeyProblem(ValueError):
    """A key that is missing or cannot be used; its text says nothing of it."""


def load_private(pem: str):
    """Return a private key of ours for signing. It is not kept: a secret should not outlive its use.

    :param pem: PEM without a passphrase; its line ends may be lost, as in a browser's field for passwords
    :raise KeyProblem: when it cannot be read, or its numbers do not fit together
    """
    return _load_private(pem)


def load_private_for_reading(pem: str):
    """Return a private key of ours for decrypting, as quickly as hundreds of callbacks a second need.

    Whether the numbers of an RSA key fit together is not looked at, which takes fifty times as long as using it and
    was done when the key was entered. A wrong one reads nothing; it must not sign, as that would give it away.
    """
    return _load_private(pem, unsafe_skip_rsa_key_validation=True)


def _load_private(pem, **options):
    try:
        return serialization.load_pem_private_key(_bytes(pem), password=None, **options)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyProblem("private key cannot be read") from None


@lru_cache(maxsize=64)
def load_public(pem: str):
    """Return a public key.

    :param pem: PEM of the key, or of a certificate that holds it; nothing else of a certificate is looked at
    :raise KeyProblem: when it cannot be read
    """
    for load in (serialization.load_pem_public_key, _of_certificate):
        try:
            return load(_bytes(pem))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
    raise KeyProblem("public key cannot be read")


def kind_of(key) -> str:
    """Return ``ed25519``, ``p256`` or ``rsa``; an empty text for keys that are used for nothing here."""
    if isinstance(key, _ED25519):
        return "ed25519"
    if isinstance(key, _EC) and isinstance(key.curve, ec.SECP256R1):
        return "p256"
    if isinstance(key, _RSA) and key.key_size >= _MIN_RSA_BITS:
        return "rsa"
    return ""


def _of_certificate(data):
    return x509.load_pem_x509_certificate(data).public_key()


def _bytes(pem):
    return restore_lines(pem.strip()).encode("utf-8", "replace")
