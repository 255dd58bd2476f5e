"""Throw-away certificates: an authority, the simulator's own, and one for a caller to show."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_PEM = serialization.Encoding.PEM
_HOSTS = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]


class Papers:
    """Certificates and keys as PEM files of a folder, made when there are none yet.

    ``ca`` signs all others, ``server`` is for 127.0.0.1 and localhost, ``client`` is for callers.
    """

    def __init__(self, folder):
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self._path("client.pem").exists():
            self._make()

    def text(self, name):
        """Return the text of ``ca.pem``, ``client.pem`` and the like."""
        return self._path(name).read_text()

    def server_context(self, mutual):
        """Return how the simulator talks; ``mutual``: only with callers who show a certificate of the authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._path("server.pem"), self._path("server.key"))
        if mutual:
            context.load_verify_locations(self._path("ca.pem"))
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client_context(self, shows=True):
        """Return how a caller talks who trusts the authority, and ``shows`` the caller's certificate."""
        context = ssl.create_default_context(cafile=self._path("ca.pem"))
        if shows:
            context.load_cert_chain(self._path("client.pem"), self._path("client.key"))
        return context

    def _path(self, name):
        return self._folder / name

    def _make(self):
        ca_key, ca = self._signed("authority of the simulator", None, None)
        self._write("ca", ca_key, ca)
        self._write("server", *self._signed("127.0.0.1", ca_key, ca))
        self._write("client", *self._signed("caller of the simulator", ca_key, ca))

    def _signed(self, owner, ca_key, ca):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, owner)])
        now, signer = datetime.now(UTC), ca_key or key
        builder = (
            x509.CertificateBuilder(
                ca.subject if ca else name, name, key.public_key(), x509.random_serial_number()
            )
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=ca is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
            )
        )
        if ca:
            builder = builder.add_extension(x509.SubjectAlternativeName(_HOSTS), critical=False)
        return key, builder.sign(signer, hashes.SHA256())

    def _write(self, name, key, certificate):
        secret = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = self._path(f"{name}.key")
        file.touch(mode=0o600)
        file.write_bytes(secret)
        self._path(f"{name}.pem").write_bytes(certificate.public_bytes(_PEM))
