"""HTTPS: the handshake in the thread of its own connection, so that nobody holds up the others."""

import os
import ssl
import tempfile

from werkzeug.serving import ThreadedWSGIServer


class TLSServer(ThreadedWSGIServer):
    """Serves over TLS what it would serve otherwise.

    :param context: ssl.SSLContext of the server
    """

    daemon_threads = True
    # Played faults hold threads that nobody should wait for at the end.
    block_on_close = False

    def __init__(self, context, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Only read by the handler, to say which scheme it is.
        self.ssl_context = context

    def finish_request(self, request, client_address):
        """Shake hands, then serve; whoever does not get through the handshake is not heard of."""
        request.settimeout(30)
        try:
            secured = self.ssl_context.wrap_socket(request, server_side=True)
        except (OSError, ValueError):
            return
        secured.settimeout(None)
        try:
            super().finish_request(secured, client_address)
        finally:
            self.shutdown_request(secured)


def context_of(certificates, client_wanted):
    """Return the server's side of TLS.

    :param certificates: keys.Certificates
    :param client_wanted: whether a client needs a certificate of our authority
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    file, path = tempfile.mkstemp(prefix="g2p_simulator_")
    try:
        # The standard library reads keys from files only.
        with os.fdopen(file, "w") as draft:
            draft.write(certificates.server_certificate + certificates.server_key)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
    if client_wanted:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=certificates.ca)
    return context
