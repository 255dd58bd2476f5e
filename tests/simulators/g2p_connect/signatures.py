"""Signatures over {header}+{message}, both ways (contract, section 1.6).

What is signed is the value of ``header`` followed at once by the value of ``message``, the bytes of both as they are
sent, from the first brace to the last. An encrypted message is signed as it is sent, that is: encrypted.

http_signature: the form of the specification. The digest is BLAKE2b with 64 bytes, in base64; Ed25519 signs::

    (created): 1795167000
    (expires): 1795170600
    digest: BLAKE-512=<digest>

jws: a detached JWS (RFC 7515, appendix F), ``protected..signature``, in the same member of the envelope.
"""

import base64
import binascii
import hashlib
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

#: Which kind of key each algorithm is for.
KEY_OF = {"EdDSA": "ed25519", "ES256": "p256", "PS256": "rsa", "RS256": "rsa"}
_SIGNED = "(created) (expires) digest"
_PARAMETER = re.compile(r'([A-Za-z]+)="([^"]*)"')
_PARAMETERS = re.compile(r'(Signature: *)?[A-Za-z]+="[^"]*"( *, *[A-Za-z]+="[^"]*")*')
_TIMES = (("iat", "exp"), ("created", "expires"))
_P256_BYTES = 32
_SHA256 = hashes.SHA256()


class SignatureError(ValueError):
    """The signature does not prove what it should; the text says why, for people."""


def content(header, message=None):
    """Return what is signed.

    :param header: bytes as they are sent
    :param message: the same, or None when there is none
    """
    return header + (message or b"")


def sign_http(pair, sender, signed, created, expires, style=""):
    """Return the member ``signature`` in the specification's form.

    :param pair: keys.KeyPair of Ed25519
    :param sender: sender_id of the header
    :param signed: see :func:`content`
    :param created: epoch seconds, as ``expires``
    :param style: as in the specification, prefixed or keyId
    """
    signature = pair.private_key.sign(_signing_string(created, expires, signed))
    name = "keyId" if style == "keyId" else "kidId"
    values = (
        ("namespace", "g2p"),
        (name, f"{sender}|{pair.id}|ed25519"),
        ("algorithm", "ed25519"),
        ("created", created),
        ("expires", expires),
        ("headers", _SIGNED),
        ("signature", base64.b64encode(signature).decode()),
    )
    text = ", ".join(f'{name}="{value}"' for name, value in values)
    return f"Signature: {text}" if style == "prefixed" else text


def check_http(signature, sender, signed, keys, now, tolerance):
    """Check a signature in the specification's form.

    :param keys: dict of KeyPair by kind
    :param now: epoch seconds; created may be later and expires earlier by ``tolerance`` seconds
    :raise SignatureError: where it does not prove that ``sender`` signed ``signed``
    """
    if not _PARAMETERS.fullmatch(signature):
        raise SignatureError("is not written as the specification has it")
    pairs = _PARAMETER.findall(signature)
    values = dict(pairs)
    identifier = values.pop("kidId", None) or values.pop("keyId", None) or ""
    wanted = {"namespace", "algorithm", "created", "expires", "headers", "signature"}
    if set(values) != wanted or len(pairs) != len(wanted) + 1:
        raise SignatureError("has other parameters than the specification")
    pair = keys["ed25519"]
    fixed = (
        (values["namespace"], "g2p"),
        (values["algorithm"], "ed25519"),
        (values["headers"], _SIGNED),
        (identifier, f"{sender}|{pair.id}|ed25519"),
    )
    for given, right in fixed:
        if given != right:
            raise SignatureError(f"has {given!r:.60}, not {right!r}")
    created, expires = (_epoch(values[name]) for name in ("created", "expires"))
    check_times(created, expires, now, tolerance)
    try:
        proof = base64.b64decode(values["signature"], validate=True)
        pair.public_key.verify(proof, _signing_string(created, expires, signed))
    except (binascii.Error, ValueError, InvalidSignature) as error:
        raise SignatureError(f"does not verify with key {pair.id}") from error


def sign_jws(pair, algorithm, signed, created, expires, times=""):
    """Return a detached JWS of ``signed``.

    :param times: protected header tells iat and exp, created and expires, or nothing
    """
    protected = {"alg": algorithm, "kid": pair.id}
    for names in _TIMES:
        if times == names[0]:
            protected.update(zip(names, (created, expires), strict=True))
    head = packed(json.dumps(protected, separators=(",", ":")).encode())
    return f"{head}..{packed(_sign(pair, algorithm, f'{head}.{packed(signed)}'.encode()))}"


def check_jws(signature, sender, signed, keys, now, tolerance):
    """Check a detached JWS; arguments and errors as :func:`check_http`.

    ``kid`` is the key's id, alone or between sender and algorithm. RFC 7797 (``b64`` false) is understood.
    """
    head, _dot, rest = signature.partition(".")
    try:
        protected = json.loads(unpacked(head))
        proof = unpacked(rest[1:])
    except (ValueError, UnicodeDecodeError) as error:
        raise SignatureError("is no JWS") from error
    if not isinstance(protected, dict) or not rest.startswith("."):
        raise SignatureError("is no detached JWS")
    algorithm = protected.get("alg")
    if not isinstance(algorithm, str) or algorithm not in KEY_OF:
        raise SignatureError(f"has the algorithm {algorithm!r:.40}")
    pair = keys[KEY_OF[algorithm]]
    if protected.get("kid") not in (pair.id, f"{sender}|{pair.id}|{algorithm}"):
        raise SignatureError(f"names another key than {pair.id}")
    plain = protected.get("b64", True) is False
    if protected.get("crit", ["b64"] if plain else None) != (["b64"] if plain else None):
        raise SignatureError("has a critical header that is not understood")
    for names in _TIMES:
        if set(names) & set(protected):
            check_times(*(_epoch(protected.get(name)) for name in names), now, tolerance)
    payload = signed if plain else packed(signed).encode()
    _verify(pair, algorithm, proof, head.encode() + b"." + payload)


def check_times(created, expires, now, tolerance):
    """Check that a signature is good now.

    :raise SignatureError: when it is not
    """
    if expires <= created:
        raise SignatureError("expires before it is created")
    if created > now + tolerance:
        raise SignatureError("is created in the future")
    if expires < now - tolerance:
        raise SignatureError("is expired")


CHECKS = {"http_signature": check_http, "jws": check_jws}


def packed(data):
    """Return base64url without filling."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpacked(text):
    """Return the bytes of strict base64url without filling.

    :raise ValueError: when it is something else
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("no base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signing_string(created, expires, signed):
    digest = base64.b64encode(hashlib.blake2b(signed).digest()).decode()
    return f"(created): {created}\n(expires): {expires}\ndigest: BLAKE-512={digest}".encode()


def _epoch(value):
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SignatureError("tells no time in epoch seconds")
    return value


def _pss():
    return padding.PSS(padding.MGF1(_SHA256), padding.PSS.DIGEST_LENGTH)


def _sign(pair, algorithm, data):
    key = pair.private_key
    if algorithm == "EdDSA":
        return key.sign(data)
    if algorithm == "ES256":
        numbers = utils.decode_dss_signature(key.sign(data, ec.ECDSA(_SHA256)))
        return b"".join(number.to_bytes(_P256_BYTES, "big") for number in numbers)
    return key.sign(data, _pss() if algorithm == "PS256" else padding.PKCS1v15(), _SHA256)


def _verify(pair, algorithm, proof, data):
    key = pair.public_key
    try:
        if algorithm == "EdDSA":
            key.verify(proof, data)
        elif algorithm == "ES256":
            if len(proof) != 2 * _P256_BYTES:
                raise SignatureError("has another length than ES256 has")
            numbers = (int.from_bytes(proof[part], "big") for part in (slice(32), slice(32, None)))
            key.verify(utils.encode_dss_signature(*numbers), data, ec.ECDSA(_SHA256))
        else:
            key.verify(proof, data, _pss() if algorithm == "PS256" else padding.PKCS1v15(), _SHA256)
    except InvalidSignature as error:
        raise SignatureError(f"does not verify with key {pair.id}") from error
