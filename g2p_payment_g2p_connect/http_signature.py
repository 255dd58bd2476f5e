"""The specification's own form of a signature: that of the old HTTP signature drafts, as Beckn uses it.

::

    namespace="g2p", kidId="<sender_id>|<key id>|ed25519", algorithm="ed25519", created="<seconds>",
    expires="<seconds>", headers="(created) (expires) digest", signature="<base64>"

in one line. Signed with Ed25519 is the text of these three lines, without a line end behind the last::

    (created): <seconds>
    (expires): <seconds>
    digest: BLAKE-512=<base64 of the BLAKE2b-512 of header and message, see signing.py>

Source: MsgSignature. Its example has ``Signature:`` in front, which is understood and not written; a sibling
specification says ``keyId`` for ``kidId``, which is understood too.
"""

import base64
import hashlib
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature

from .keys import KeyProblem, kind_of, load_private, load_public
from .protection import Protection
from .signing import BadSignature, SignedParts, check_times

NAMESPACE = "g2p"
ALGORITHM = "ed25519"
HEADERS = "(created) (expires) digest"
_PREFIX = re.compile(r"\s*(signature:\s*)?", re.IGNORECASE)
_PARAMETER = re.compile(r'\s*([A-Za-z]{1,20})="([^"\\]{0,1024})"\s*(,|$)')
_SECONDS = re.compile(r"[0-9]{1,12}")
_MAX_MEMBER = 4096
_NEEDED = ("namespace", "algorithm", "created", "expires", "headers", "signature")


class HttpSigner:
    """Signs and verifies in this form.

    :param sender_id: ours
    :param receiver_id: the payment system's, whose signature it must be; anybody's whose key is known when empty
    """

    def __init__(self, protection: Protection, sender_id: str, receiver_id: str):
        self._protection = protection
        self._sender_id = sender_id
        self._receiver_id = receiver_id
        self._keys = {peer.key_id: peer.pem for peer in protection.peer_keys}

    def sign(self, header: bytes, message: bytes, now: int) -> SignedParts:
        """Sign what is sent; see :meth:`signing.Signer.sign`."""
        key = load_private(self._protection.signing_key)
        if kind_of(key) != ALGORITHM:
            raise KeyProblem("signing key is not of Ed25519")
        expires = now + self._protection.signature_seconds
        signature = key.sign(signing_text(header, message, now, expires))
        values = {
            "namespace": NAMESPACE,
            "kidId": f"{self._sender_id}|{self._protection.signing_key_id}|{ALGORITHM}",
            "algorithm": ALGORITHM,
            "created": str(now),
            "expires": str(expires),
            "headers": HEADERS,
            "signature": base64.b64encode(signature).decode(),
        }
        if any('"' in value or "\\" in value for value in values.values()):
            raise KeyProblem("sender id or key id cannot stand in a signature")
        return SignedParts(", ".join(f'{name}="{value}"' for name, value in values.items()))

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
        values = read_parameters(signature_member)
        if (values["namespace"], values["headers"]) != (NAMESPACE, HEADERS):
            raise BadSignature("signature.unreadable")
        key = self._find_key(values)
        created, expires = int(values["created"]), int(values["expires"])
        try:
            key.verify(_decode(values["signature"]), signing_text(header, message, created, expires))
        except InvalidSignature:
            raise BadSignature("signature.invalid") from None
        check_times(created, expires, now, self._protection.clock_skew)

    def _find_key(self, values):
        sender, key_id, algorithm = values["key"].rsplit("|", 2)
        if (values["algorithm"], algorithm) != (ALGORITHM, ALGORITHM):
            raise BadSignature("signature.algorithm")
        if self._receiver_id and sender != self._receiver_id:
            raise BadSignature("signature.sender_unknown")
        try:
            key = load_public(self._keys[key_id])
        except (KeyError, KeyProblem):
            raise BadSignature("signature.key_unknown") from None
        if kind_of(key) != ALGORITHM:
            raise BadSignature("signature.algorithm")
        return key


def signing_text(header: bytes, message: bytes, created: int, expires: int) -> bytes:
    """Return what is signed."""
    digest = hashlib.blake2b(header, digest_size=64)
    digest.update(message)
    encoded = base64.b64encode(digest.digest()).decode()
    return f"(created): {created}\n(expires): {expires}\ndigest: BLAKE-512={encoded}".encode()


def read_parameters(text: str) -> dict[str, str]:
    """Return the parameters of a signature by name, the id of its key as ``key``.

    :raise BadSignature: when one is missing, there twice, or not what it must be
    """
    values, position = {}, _PREFIX.match(text).end()
    while position < len(text) <= _MAX_MEMBER:
        found = _PARAMETER.match(text, position)
        if not found or found[1] in values:
            raise BadSignature("signature.unreadable")
        values[found[1]] = found[2]
        position = found.end()
    names = [name for name in ("kidId", "keyId") if name in values]
    if len(names) != 1 or not all(name in values for name in _NEEDED):
        raise BadSignature("signature.unreadable")
    values["key"] = values[names[0]]
    if not all(_SECONDS.fullmatch(values[name]) for name in ("created", "expires")):
        raise BadSignature("signature.unreadable")
    if values["key"].count("|") < 2:
        raise BadSignature("signature.unreadable")
    return values


def _decode(text):
    """Return the bytes of base64 that is written in the only right way."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise BadSignature("signature.unreadable") from None
    if base64.b64encode(raw).decode() != text:
        raise BadSignature("signature.unreadable")
    return raw
