"""Throw-away keys: those the hub signs with, and those a caller of this hub is to sign with."""

import base64
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_DER = serialization.Encoding.DER


@dataclass(frozen=True)
class Keys:
    """Both pairs, each text as the hub's own settings have it: base64 of DER (PKCS#8, X.509), in one line.

    :param client_key: for the caller to sign with
    :param client_certificate: what the hub holds of the caller
    :param server_key: the hub signs with
    :param server_certificate: for the caller to check with
    """

    client_key: str
    client_certificate: str
    server_key: str
    server_certificate: str

    @cached_property
    def client_private(self):
        return private_key_of(self.client_key)

    @cached_property
    def server_private(self):
        return private_key_of(self.server_key)

    @property
    def server_public(self):
        return public_key_of(self.server_certificate)

    @classmethod
    def made(cls):
        """Return new ones."""
        return cls(*_pair("caller of the simulator"), *_pair("Payment Hub EE simulator"))

    @classmethod
    def kept(cls, path):
        """Return those in the file ``path``, made when there is none yet: a hub keeps its keys over a restart."""
        path = Path(path)
        if not path.exists():
            draft = path.with_name(path.name + ".new")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(asdict(cls.made())))
            os.replace(draft, path)
        return cls(**json.loads(path.read_text()))


def private_key_of(text):
    return serialization.load_der_private_key(base64.b64decode(text), None)


@lru_cache
def public_key_of(certificate):
    return x509.load_der_x509_certificate(base64.b64decode(certificate)).public_key()


def _pair(owner):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, owner)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(_DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return base64.b64encode(private).decode(), base64.b64encode(certificate.public_bytes(_DER)).decode()
