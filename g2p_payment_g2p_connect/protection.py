"""What signatures and encryption depend on: plain data, and whether it fits together."""

from dataclasses import dataclass, field

from . import const
from .keys import KeyProblem, kind_of, load_private, load_public


@dataclass(frozen=True)
class PeerKey:
    """A public key of the payment system.

    :param key_id: what the payment system calls it
    :param pem: the key or a certificate, PEM
    """

    key_id: str
    pem: str


@dataclass(frozen=True)
class Protection:
    """How messages are signed and encrypted today.

    No submission is pinned to it: keys are exchanged while payments are open, and are asked about with today's.

    :param signer: one of :data:`const.SIGNERS`
    :param signing_key: our private key, PEM: Ed25519 for http_signature, of any kind of
        :data:`const.JWS_ALGORITHMS` for jws
    :param signing_key_id: what the payment system calls it
    :param signing_algorithm: for jws, one that fits the key; by the key when empty
    :param signature_seconds: how long a signature of ours is valid
    :param clock_skew: how far the payment system's clock may be off, in seconds
    :param peer_keys: whom signatures are believed
    :param require_signed_answers: believe no answer without a signature. Callbacks always need one, and one that
        is there is always looked at
    :param encrypts: encrypt messages; those that come in are decrypted in any case
    :param peer_encryption_key: whom they are encrypted for
    :param decryption_key: our private key, PEM: RSA, or on P-256
    :param decryption_key_id: by which it must be named; any name will do when empty
    """

    signer: str = const.SIGNER_NONE
    signing_key: str = field(default="", repr=False)
    signing_key_id: str = ""
    signing_algorithm: str = ""
    signature_seconds: int = const.SIGNATURE_SECONDS
    clock_skew: int = const.CLOCK_SKEW
    peer_keys: tuple[PeerKey, ...] = ()
    require_signed_answers: bool = True
    encrypts: bool = False
    peer_encryption_key: PeerKey | None = None
    decryption_key: str = field(default="", repr=False)
    decryption_key_id: str = ""


def protection_findings(protection: Protection) -> list[tuple[str, str]]:
    """Return everything that is wrong (codes of :data:`const.PROTECTION_FAULTS`, each with the id of its key)."""
    if protection.signer not in const.SIGNERS:
        return [("signer", "")]
    found = []
    if protection.signer != const.SIGNER_NONE:
        found += _signing_findings(protection)
    if protection.encrypts:
        peer = protection.peer_encryption_key or PeerKey("", "")
        found += _key_findings(
            "peer_encryption_key", load_public, peer.pem, peer.key_id, const.JWE_ALGORITHMS
        )
    if protection.decryption_key:
        own = protection.decryption_key, protection.decryption_key_id
        named = _key_findings("decryption_key", load_private, *own, const.JWE_ALGORITHMS)
        # It may be named in any way, so no id is needed.
        found += [one for one in named if one != ("decryption_key_id", "")]
    return found


def _signing_findings(protection):
    is_http = protection.signer == const.SIGNER_HTTP
    kinds = ("ed25519",) if is_http else tuple(const.JWS_ALGORITHMS)
    found = _key_findings(
        "signing_key", load_private, protection.signing_key, protection.signing_key_id, kinds
    )
    if not found and not is_http and protection.signing_algorithm:
        kind = kind_of(load_private(protection.signing_key))
        if protection.signing_algorithm not in const.JWS_ALGORITHMS[kind]:
            found.append(("signing_algorithm", protection.signing_key_id))
    if protection.signature_seconds < 1:
        found.append(("signature_seconds", ""))
    if not 0 <= protection.clock_skew <= const.MAX_CLOCK_SKEW:
        found.append(("clock_skew", ""))
    if not protection.peer_keys:
        found.append(("peer_keys", ""))
    for peer in protection.peer_keys:
        found += _key_findings("peer_key", load_public, peer.pem, peer.key_id, kinds)
    names = [peer.key_id for peer in protection.peer_keys]
    return found + [("peer_key_id", name) for name in sorted(set(names)) if names.count(name) > 1]


def _key_findings(name, load, pem, key_id, kinds):
    found = []
    try:
        if kind_of(load(pem)) not in kinds:
            found.append((f"{name}_kind", key_id))
    except KeyProblem:
        found.append((name, key_id))
    if not const.KEY_ID.fullmatch(key_id):
        found.append((f"{name}_id", key_id))
    return found
