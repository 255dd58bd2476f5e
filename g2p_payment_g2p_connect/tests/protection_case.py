"""Keys and protections of both sides, for tests of signatures and encryption."""

import json
import time
from dataclasses import replace
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from odoo.addons.g2p_programs.dispatch.outcome import Answer

from .. import const
from ..bridge import const as bridge
from ..envelope import Envelope
from ..protection import PeerKey, Protection
from .bridge_case import SETTINGS as BRIDGE
from .test_client import SETTINGS

#: 2026-11-20T09:30:00Z.
NOW = 1795167000
OUR_ID, THEIR_ID = SETTINGS.sender_id, SETTINGS.receiver_id
THEIR_SETTINGS = replace(SETTINGS, sender_id=THEIR_ID, receiver_id=OUR_ID)

_MAKERS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "weak": lambda: rsa.generate_private_key(65537, 1024),
}


@cache
def key_pair(kind, owner=""):
    """Return (private key, public key) as PEM; another pair for each owner."""
    key = _MAKERS[kind]()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def pair_of_protections(signer=const.SIGNER_HTTP, kind="ed25519", encrypts="", **changes):
    """Return (ours, theirs): each signs with its own key and believes the other's.

    :param encrypts: kind of the keys that messages are encrypted for, empty for none
    """
    sides = []
    for own, other in (("our", "their"), ("their", "our")):
        protection = Protection(
            signer=signer,
            signing_key=key_pair(kind, own)[0],
            signing_key_id=f"{own}-key",
            peer_keys=(PeerKey(f"{other}-key", key_pair(kind, other)[1]),),
            **changes,
        )
        if encrypts:
            protection = replace(
                protection,
                encrypts=True,
                peer_encryption_key=PeerKey(f"{other}-enc", key_pair(encrypts, f"{other} secret")[1]),
                decryption_key=key_pair(encrypts, f"{own} secret")[0],
                decryption_key_id=f"{own}-enc",
            )
        sides.append(protection)
    return tuple(sides)


def our_envelope(protection, now=NOW, settings=SETTINGS):
    """Return our side; ``now`` None for the present."""
    return Envelope(settings, protection, clock=time.time if now is None else lambda: now)


def their_envelope(protection, now=NOW):
    """Return their side; ``now`` None for the present."""
    return our_envelope(protection, now, THEIR_SETTINGS)


def their_bridge(protection):
    """Return what a bridge opens our messages with, and closes its own."""
    return _BridgesEnvelope(
        replace(BRIDGE, sender_id=BRIDGE.receiver_id, receiver_id=BRIDGE.sender_id), protection
    )


def signed(protection, message):
    """Return a signed answer of the bridge, that something was done."""
    body, headers = their_bridge(protection).close("disburse", 1, json.dumps(message))
    return Answer(status=200, body=body.decode(), headers=headers)


class _BridgesEnvelope(Envelope):
    def _header(self, action, count):
        return super()._header(action, count) | {"status": bridge.DONE, "status_reason_message": ""}
