"""Data that only this database reads again: JSON Web Encryption with a symmetric key (A256GCM)."""

import json

from joserfc import jwe, jwk
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

ALGORITHM = "A256GCM"
_ALLOWED = ["dir", ALGORITHM]
#: What one call takes; the whole of it is held in memory several times.
MAX_DATA = 32 * 1024 * 1024


class SealError(ValueError):
    """Data that cannot be sealed or opened, and why."""


class _Registry(jwe.JWERegistry):
    """The library's own limit of 64 KiB is for messages; this is for data of ours."""

    max_ciphertext_length = MAX_DATA * 2


def make_secret(kid):
    """Make a key.

    :param str kid: its name, which is in each sealed text
    :return: str: the key as JSON
    """
    return json.dumps({**jwk.OctKey.generate_key(256).as_dict(private=True), "kid": kid, "alg": ALGORITHM})


def seal(data, secret):
    """Encrypt bytes.

    :param bytes data: at most :data:`MAX_DATA`
    :param str secret: of :func:`make_secret`
    :return: bytes
    """
    if not isinstance(data, bytes):
        raise SealError("Only bytes can be encrypted.")
    if len(data) > MAX_DATA:
        raise SealError(f"At most {MAX_DATA // 1024 // 1024} MiB can be encrypted at once.")
    key = json.loads(secret)
    header = {"alg": "dir", "enc": ALGORITHM, "kid": key["kid"]}
    registry = _Registry(algorithms=_ALLOWED)
    return jwe.encrypt_compact(header, data, _to_jose(key), registry=registry).encode()


def get_kid(sealed):
    """Return the name of the key that opens it, without believing it; an empty text when there is none."""
    try:
        header = json.loads(urlsafe_b64decode(bytes(sealed)[:1024].split(b".", 1)[0]))
    except (ValueError, TypeError, RecursionError):
        return ""
    kid = header.get("kid") if isinstance(header, dict) else None
    return kid if isinstance(kid, str) else ""


def unseal(sealed, secret):
    """Decrypt bytes.

    :param bytes sealed: what :func:`seal` gave
    :param str secret: the same key
    :return: bytes
    :raise SealError: when it was changed, or sealed with another key
    """
    registry = _Registry(algorithms=_ALLOWED)
    try:
        return jwe.decrypt_compact(sealed, _to_jose(json.loads(secret)), registry=registry).plaintext
    except (JoseError, ValueError, TypeError) as error:
        raise SealError("It was changed, or encrypted with another key.") from error


def _to_jose(key):
    return jwk.OctKey.import_key({"kty": "oct", "k": key["k"]})
