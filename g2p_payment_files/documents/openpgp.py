"""Finished files for one reader: encrypted to the public OpenPGP key of whom they are meant for.

**pysequoia** binds Sequoia, the OpenPGP library that its makers maintain and that Debian ships; it needs no key ring
and no program beside it. It encrypts to revoked and expired keys without a word, so what may be encrypted to is decided
here.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pysequoia
from pysequoia.packet import PacketPile, SignatureType, Tag

from .errors import DocumentError

#: Bigger than any key; smaller than what would keep a worker busy.
MAX_KEY_BYTES = 1024 * 1024

_SEVERAL = "There is more than one OpenPGP key in it: give the one of the recipient only."
_SECRET = {str(Tag.SecretKey), str(Tag.SecretSubkey)}
_SUBKEYS = {str(Tag.PublicSubkey)}
_PRIMARY = {str(Tag.PublicKey)}
_SIGNATURE = str(Tag.Signature)

# All that a person needs: pysequoia appends a trace of the stack to its messages.
_FIRST_LINE = re.compile(r"[^\n]*")


@dataclass(frozen=True)
class KeyInfo:
    """What a person compares with the owner of a key before using it.

    :param fingerprint: hexadecimal, in capitals
    :param user_ids: whom the key says it belongs to
    :param expires: moment in UTC; None for a key that does not expire
    """

    fingerprint: str
    user_ids: tuple[str, ...]
    expires: datetime | None


def describe_key(armored):
    """Return what a public key says of itself.

    :param str armored: the key as its owner gives it out, ``-----BEGIN PGP PUBLIC KEY BLOCK-----`` and so on
    :return: :class:`KeyInfo`
    :raises DocumentError: for a private key, several keys, one that is expired or revoked, or cannot encrypt
    """
    certificate = _load(armored)
    return KeyInfo(
        fingerprint=certificate.fingerprint.upper(),
        user_ids=tuple(str(one) for one in certificate.user_ids),
        expires=certificate.expiration,
    )


def encrypt(armored, data):
    """Return data as binary OpenPGP message that only the owner of the key can read. It is not signed.

    :param str armored: the public key
    :param bytes data: the finished file
    :raises DocumentError: like :func:`describe_key`
    """
    return _encrypt(_load(armored), data)


def _encrypt(certificate, data):
    try:
        return pysequoia.encrypt(recipients=[certificate], bytes=data, armor=False)
    except RuntimeError as error:
        raise DocumentError(
            text="This OpenPGP key cannot encrypt: it is for signing only, or its encryption subkey is expired, "
            f"revoked or too weak. Ask its owner for a key to encrypt to. ({_get_reason(error)})"
        ) from None


def _load(armored):
    packets = _read_packets(armored)
    tags = [str(packet.tag) for packet in packets]
    if _SECRET.intersection(tags):
        raise DocumentError(
            text="This is a private key. Remove it, tell its owner to replace it, and ask for the public one."
        )
    if sum(tag in _PRIMARY for tag in tags) > 1:
        raise DocumentError(
            text="There is more than one OpenPGP key in it: give the one of the recipient only."
        )
    certificate = _make_certificate(packets)
    if certificate.is_revoked:
        raise DocumentError(text="This OpenPGP key was revoked by its owner: ask for the new one.")
    if certificate.expiration and certificate.expiration <= datetime.now(UTC):
        raise DocumentError(
            text=f"This OpenPGP key expired on {certificate.expiration:%Y-%m-%d}: ask its owner for a renewed one."
        )
    usable = _make_certificate(_drop_dead_subkeys(packets))
    _encrypt(usable, b"")
    return usable


def _read_packets(armored):
    data = (armored or "").strip().encode()
    if not data.startswith(b"-----BEGIN PGP "):
        raise DocumentError(
            text="This is no OpenPGP key: it must begin with -----BEGIN PGP PUBLIC KEY BLOCK-----. Paste the whole key."
        )
    if data.count(b"-----BEGIN PGP ") > 1:
        # The library would read the first and drop the others without a word.
        raise DocumentError(text=_SEVERAL)
    if len(data) > MAX_KEY_BYTES:
        raise DocumentError(
            text=f"This OpenPGP key is bigger than {MAX_KEY_BYTES} bytes: export it without extras."
        )
    try:
        return list(PacketPile.from_bytes(data))
    except RuntimeError as error:
        raise DocumentError(
            text=f"This OpenPGP key cannot be read: paste all of it, unchanged. ({_get_reason(error)})"
        ) from None


def _make_certificate(packets):
    try:
        return pysequoia.Cert.from_packets(packets)
    except RuntimeError as error:
        raise DocumentError(
            text=f"This is no OpenPGP public key, or a damaged one: paste all of it. ({_get_reason(error)})"
        ) from None


def _drop_dead_subkeys(packets):
    """Leave out revoked and expired subkeys: a message to them could be read by whom the key was taken from."""
    groups = [[]]
    for packet in packets:
        if str(packet.tag) != _SIGNATURE:
            groups.append([])
        groups[-1].append(packet)
    return [packet for group in groups if not _is_dead(group) for packet in group]


def _is_dead(group):
    if not group or str(group[0].tag) not in _SUBKEYS:
        return False
    signatures = group[1:]
    if any(one.signature_type == SignatureType.SubkeyRevocation for one in signatures):
        return True
    bindings = [one for one in signatures if one.signature_type == SignatureType.SubkeyBinding]
    if not bindings:
        return False
    latest = max(bindings, key=lambda one: one.signature_created or datetime.min.replace(tzinfo=UTC))
    life = latest.key_validity_period
    return bool(life) and group[0].key_created + life <= datetime.now(UTC)


def _get_reason(error):
    return _FIRST_LINE.match(str(error)).group()[:200]
