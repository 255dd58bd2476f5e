"""Peers on loopback sockets that answer well, badly, slowly or not at all."""

import os
import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

#: A slow peer notes that nobody hung up, and ends its answer properly, after this many seconds. So a deadline
#: that fails to hold shows in what the peer saw, and no test needs to look at a clock.
PATIENCE = 8
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def read_request(connection):
    """Read one whole request and return its bytes."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _sep, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class Peer:
    """What a test sees of its server: the port, and the bytes of every request that arrived."""

    def __init__(self, port):
        self.port = port
        self.requests = []
        self.stopped = threading.Event()
        #: Whether a caller waited longer than the patience of the peer.
        self.outlasted = False

    def drip(self, connection, piece, end=b""):
        """Send ``piece`` again and again until nobody listens or patience ends, then ``end``."""
        for _turn in range(int(PATIENCE / 0.05)):
            connection.sendall(piece)
            if self.stopped.wait(0.05):
                return
        self.outlasted = True
        connection.sendall(end)

    def keep_silent(self, connection, end=b""):
        """Say nothing until the caller hangs up or patience ends, then ``end``."""
        if not self.stopped.wait(PATIENCE):
            self.outlasted = True
            connection.sendall(end)


@contextmanager
def peer(play, read=True, tls=None):
    """Serve every connection on a loopback port with ``play(connection, peer)`` until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        handle = Peer(listener.getsockname()[1])

        def serve(connection):
            try:
                with connection:
                    if tls:
                        connection = tls.wrap_socket(connection, server_side=True)
                    if read:
                        handle.requests.append(read_request(connection))
                    play(connection, handle)
            except OSError:
                # The client hung up, which is what half of these tests are about.
                handle.stopped.wait(0)

        def accept():
            while not handle.stopped.is_set():
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield handle
        finally:
            handle.stopped.set()


def answering(raw):
    """Return a play that sends ``raw`` and closes."""
    return lambda connection, handle: connection.sendall(raw)


def self_signed_context(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = os.path.join(folder, "peer.pem")
    with open(path, "wb") as pem:
        pem.write(certificate.public_bytes(serialization.Encoding.PEM))
        pem.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
