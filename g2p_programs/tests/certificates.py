"""Authorities that live as long as a test, and what they have signed."""

import os
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = "127.0.0.1"


class Authority:
    """A certificate authority of its own, or one below another.

    :param above: the authority that signs this one's certificate
    """

    def __init__(self, name="Authority", above=None, days=(-1, 1)):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        signer = above or self
        extension = x509.BasicConstraints(ca=True, path_length=None)
        self.pem = signer._sign(self._name, self._key, days, (extension, True))

    def issue(self, host=HERE, days=(-1, 1)):
        """Return (certificate, key), both PEM, for a host.

        :param days: from when until when it is valid, from now
        """
        try:
            name = x509.IPAddress(ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        return self._sign(subject, key, days, (x509.SubjectAlternativeName([name]), False)), key_pem(key)

    def _sign(self, subject, key, days, extension):
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
            .add_extension(extension[0], critical=extension[1])
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key, passphrase=""):
    """Return a private key as PEM."""
    encryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    ).decode()


def server_context(folder, certificate, key, client_ca=""):
    """Return the context of a server.

    :param str folder: where its certificate is written
    :param str client_ca: PEM; when given, a caller without a certificate of it is refused
    """
    path = os.path.join(folder, "server.pem")
    with open(path, "w") as file:
        file.write(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=client_ca)
    return context


def write_pem(folder, text, name="public.pem"):
    """Write PEM into a file and return its path."""
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path
