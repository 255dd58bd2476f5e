"""Throw-away keys of both sides, and certificates of an authority of our own. All texts are PEM."""

import ipaddress
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

_PEM = serialization.Encoding.PEM
_MAKERS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
}
SIGNING = ("ed25519", "p256", "rsa")
ENCRYPTION = ("rsa", "p256")


@dataclass(frozen=True)
class KeyPair:
    """A pair and its name on the wire.

    :param id: key id, as ``kid`` has it
    :param private: PEM, PKCS#8, without a password
    :param public: PEM, SubjectPublicKeyInfo
    """

    id: str
    private: str
    public: str

    @cached_property
    def private_key(self):
        return serialization.load_pem_private_key(self.private.encode(), None)

    @cached_property
    def public_key(self):
        return serialization.load_pem_public_key(self.public.encode())

    @classmethod
    def made(cls, identifier, kind):
        """Return a new pair: ed25519, p256 or rsa."""
        key = _MAKERS[kind]()
        public = key.public_key().public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return cls(identifier, _private_text(key), public.decode())


@dataclass(frozen=True)
class Certificates:
    """What TLS needs, on both sides.

    :param ca: the authority that signed the server's and the client's certificate
    :param server_certificate: good for 127.0.0.1 only, not for the name localhost
    :param foreign_ca: another authority; its client is let in by nobody, and it did not sign the server's certificate
    """

    ca: str
    server_certificate: str
    server_key: str
    client_certificate: str
    client_key: str
    foreign_ca: str
    foreign_client_certificate: str
    foreign_client_key: str

    @classmethod
    def made(cls):
        """Return new ones."""
        ours, foreign = _Authority("authority of the simulator"), _Authority("foreign authority")
        return cls(
            ours.text,
            *ours.issue("simulator", server=True),
            *ours.issue("caller of the simulator"),
            foreign.text,
            *foreign.issue("caller of nobody"),
        )


@dataclass(frozen=True)
class Keys:
    """The keys of caller and server by kind, and the certificates.

    :param caller: the caller's own signing keys: ed25519, p256, rsa
    :param caller_encryption: with these the caller reads what was encrypted for it: rsa, p256
    :param server: the payment system's own, the same
    :param server_encryption: for these callers encrypt
    :param stranger: signing keys that nobody was told
    """

    caller: dict
    caller_encryption: dict
    server: dict
    server_encryption: dict
    stranger: dict
    certificates: Certificates

    @classmethod
    def made(cls):
        """Return new ones."""
        return cls(
            caller=_pairs("caller", SIGNING),
            caller_encryption=_pairs("caller-encryption", ENCRYPTION),
            server=_pairs("server", SIGNING),
            server_encryption=_pairs("server-encryption", ENCRYPTION),
            stranger=_pairs("stranger", SIGNING),
            certificates=Certificates.made(),
        )

    @classmethod
    def kept(cls, path):
        """Return those in the file ``path``, made when there is none: keys stay the same over a restart."""
        path = Path(path)
        if not path.exists():
            draft = path.with_name(path.name + ".new")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(asdict(cls.made())))
            os.replace(draft, path)
        values = json.loads(path.read_text())
        certificates = Certificates(**values.pop("certificates"))
        pairs = {
            name: {kind: KeyPair(**pair) for kind, pair in kinds.items()} for name, kinds in values.items()
        }
        return cls(**pairs, certificates=certificates)


def keys_beside(ledger):
    """Return the usual file of keys for a ledger."""
    return Path(f"{ledger}.keys.json").resolve()


class _Authority:
    """Signs certificates."""

    def __init__(self, name):
        self.key = _MAKERS["p256"]()
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(*[False] * 5, key_cert_sign=True, crl_sign=True, **_NEITHER)
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        self.text = _text(self._sign(self.name, self.key.public_key(), constraints, usage))

    def issue(self, name, server=False):
        """Return certificate and key of somebody."""
        key = _MAKERS["p256"]()
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        purpose = x509.ExtendedKeyUsageOID.SERVER_AUTH if server else x509.ExtendedKeyUsageOID.CLIENT_AUTH
        more = [x509.ExtendedKeyUsage([purpose])]
        if server:
            more.append(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]))
        usage = x509.KeyUsage(True, *[False] * 6, **_NEITHER)
        constraints = x509.BasicConstraints(ca=False, path_length=None)
        return _text(self._sign(subject, key.public_key(), constraints, usage, *more)), _private_text(key)

    def _sign(self, subject, public, constraints, usage, *more):
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder(self.name, subject, public, x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=3650))
            .add_extension(constraints, critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, hashes.SHA256())


_NEITHER = {"encipher_only": False, "decipher_only": False}


def _pairs(owner, kinds):
    return {kind: KeyPair.made(f"{owner}-{kind}", kind) for kind in kinds}


def _text(certificate):
    return certificate.public_bytes(_PEM).decode()


def _private_text(key):
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
