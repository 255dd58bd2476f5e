"""Whom a connection trusts, and with which certificate it shows who we are.

Nothing here can switch verification off: there is an own authority instead of the public ones, or there is not.
"""

import os
import re
import ssl
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .pem import restore_lines

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----[\sA-Za-z0-9+/=:,.-]*?-----END \1-----")
_PRIVATE = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")

#: What may be wrong with :class:`TlsOptions`, in the words that go into an answer's note.
TLS_FAULTS = {
    "ca": "own certificate authority cannot be read",
    "ca_over": "own certificate authority is over",
    "ca_secret": "own certificate authority holds a private key",
    "certificate": "client certificate cannot be read",
    "certificate_over": "client certificate is over",
    "certificate_early": "client certificate is not valid yet",
    "certificate_secret": "client certificate holds a private key",
    "certificate_missing": "client key without a certificate",
    "key": "client key cannot be read",
    "key_missing": "client certificate without a key",
    "pair": "client key is not that of the certificate",
}


class TlsProblem(ValueError):
    """Texts that cannot be used; ``code`` is a key of :data:`TLS_FAULTS`, and nothing of them is in the text."""

    def __init__(self, code: str):
        super().__init__(TLS_FAULTS[code])
        self.code = code


@dataclass(frozen=True)
class TlsOptions:
    """What differs from public https.

    :param ca: PEM of one or more certificates; when given, these alone are trusted. The host's name is checked
        in any case
    :param certificate: PEM of our own certificate, followed by those between it and its authority
    :param key: PEM of its private key, without a passphrase
    """

    ca: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)


def find_tls_faults(options: TlsOptions, now: datetime | None = None) -> list[str]:
    """Return everything that is wrong with ``options`` (keys of :data:`TLS_FAULTS`).

    :param now: aware moment, by default the present one
    """
    now = now or datetime.now(UTC)
    found = []
    trusted = _certificates(options.ca, "ca", found)
    own = _certificates(options.certificate, "certificate", found)
    key = _private_key(options.key, found)
    if any(one.not_valid_after_utc < now for one in trusted):
        found.append("ca_over")
    if own and own[0].not_valid_after_utc < now:
        found.append("certificate_over")
    if own and own[0].not_valid_before_utc > now:
        found.append("certificate_early")
    if options.certificate and not options.key:
        found.append("key_missing")
    if options.key and not options.certificate:
        found.append("certificate_missing")
    if own and key and _public(own[0].public_key()) != _public(key.public_key()):
        found.append("pair")
    return found


def make_context(options: TlsOptions) -> ssl.SSLContext:
    """Return a context for one connection: verified, with the host's name checked, TLS 1.2 or later.

    Without an own authority it trusts nobody yet: whoever uses it adds the public ones.

    :raise TlsProblem: when ``options`` cannot be used
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    context.hostname_checks_common_name = False
    if options.ca:
        # An authority between the root and the server may be the one that is trusted.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            context.load_verify_locations(cadata=_certificate_blocks(options.ca))
        except (ssl.SSLError, ValueError):
            raise TlsProblem("ca") from None
    if options.certificate or options.key:
        _load_own(context, options)
    return context


def _load_own(context, options):
    if not options.certificate:
        raise TlsProblem("certificate_missing")
    if not options.key:
        raise TlsProblem("key_missing")
    text = _certificate_blocks(options.certificate) + _key_block(options.key)
    try:
        with _unnamed_file(text.encode()) as path:
            # Without a password OpenSSL would ask for one on the terminal.
            context.load_cert_chain(path, password="")
    except (ssl.SSLError, ValueError, OSError):
        found = find_tls_faults(options)
        raise TlsProblem(next((code for code in ("key", "pair") if code in found), "certificate")) from None


@contextmanager
def _unnamed_file(data):
    """Offer ``data`` under a path while the block runs, as OpenSSL reads keys from files only.

    In memory where the system can do that, else in a file that nobody else may read and that is gone afterwards.
    """
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        with os.fdopen(os.memfd_create("tls"), "wb") as file:
            file.write(data)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        yield file.name


def _blocks(text):
    """Return (label, PEM) of what is in ``text``: people paste what stands around it too."""
    lines = "\n".join(line.strip() for line in text.splitlines())
    return [(match.group(1), f"{match.group()}\n") for match in _BLOCK.finditer(restore_lines(lines))]


def _certificate_blocks(text):
    return "".join(block for label, block in _blocks(text) if label == "CERTIFICATE")


def _key_block(text):
    return next((block for label, block in _blocks(text) if label.endswith("PRIVATE KEY")), "")


def _certificates(text, name, found):
    if not text:
        return []
    if _PRIVATE.search(text):
        found.append(f"{name}_secret")
    try:
        return x509.load_pem_x509_certificates(_certificate_blocks(text).encode())
    except ValueError:
        found.append(name)
        return []


def _private_key(text, found):
    if not text:
        return None
    try:
        return serialization.load_pem_private_key(_key_block(text).encode(), None)
    # cryptography has many exceptions of its own here, none of which helps anybody to mend a key.
    except Exception:  # pylint: disable=broad-exception-caught
        found.append("key")
        return None


def _public(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
