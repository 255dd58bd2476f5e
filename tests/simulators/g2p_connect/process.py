"""Start and stop the simulator as a process of its own, from tests, the demo and benchmarks."""

from pathlib import Path

from ..handle import ProcessHandle, running, start_process
from .contract import ASYNC_DISBURSE, ASYNC_SEARCH, ASYNC_TXN_STATUS, DISBURSE, TXN_STATUS
from .keys import Keys, keys_beside
from .knobs import Security
from .server import DEFAULT_TOKEN, TOKEN_VARIABLE
from .tokens import PATH as TOKEN


class SimulatorHandle(ProcessHandle):
    """A running simulator, as its starter sees it.

    ``payment_url`` and ``status_url`` are of the synchronous half, ``async_…_url`` of the asynchronous one. Client
    and secret of the token endpoint are those of a script that says nothing else. Its state has calls, executed,
    known, waiting, refused, refusals, violations, tokens, callbacks and acks.

    :ivar tls_url: base URL of HTTPS; its certificate is good for 127.0.0.1 only
    :ivar mtls_url: the same, for clients that have ``certificates.client_certificate``
    :ivar wrong_name_url: the same as ``tls_url``, under a name that the certificate is not good for
    :ivar token: static bearer token of callers
    :ivar keys: keys of both sides by kind: keys.Keys
    """

    client_id = Security.client_id
    client_secret = Security.client_secret

    def __init__(self, process, ports, ledger_path, token, keys):
        port, self.tls_port, self.mtls_port = ports
        super().__init__(process, port, ledger_path)
        self.tls_url = f"https://127.0.0.1:{self.tls_port}"
        self.mtls_url = f"https://127.0.0.1:{self.mtls_port}"
        self.wrong_name_url = f"https://localhost:{self.tls_port}"
        self.token = token
        self.keys = keys

    @property
    def payment_url(self):
        return self.base_url + DISBURSE

    @property
    def status_url(self):
        return self.base_url + TXN_STATUS

    @property
    def async_payment_url(self):
        return self.base_url + ASYNC_DISBURSE

    @property
    def async_status_url(self):
        return self.base_url + ASYNC_TXN_STATUS

    @property
    def async_search_url(self):
        return self.base_url + ASYNC_SEARCH

    @property
    def token_url(self):
        return self.base_url + TOKEN

    @property
    def certificates(self):
        """PEM texts: ca, client_certificate, client_key, foreign_ca and so on (keys.Certificates)."""
        return self.keys.certificates

    def expire_tokens(self) -> dict:
        """Let every token of the token endpoint that was made until now be expired."""
        return self._control("expire", {})

    def burst(self, **asked) -> dict:
        """Send many callbacks at once and return how that went; see :func:`.burst.burst`."""
        return self._control("burst", asked, timeout=600)


def start_simulator(
    script, ledger_path, token=DEFAULT_TOKEN, port=0, tls_port=0, mtls_port=0, keys_path=None
) -> SimulatorHandle:
    """Start the simulator and return when it answers; the caller stops it.

    :param script: a dict as :mod:`tests.simulators.g2p_connect.knobs` describes it, or None
    :param ledger_path: file of executed payments; kept and added to
    :param port: 0 takes a free one, as for the other two
    :param keys_path: file of keys, made when there is none; beside the ledger if not given
    :raise RuntimeError: when it does not start
    """
    keys_path = Path(keys_path or keys_beside(ledger_path)).resolve()
    options = ["--port", port, "--tls-port", tls_port, "--mtls-port", mtls_port, "--keys", keys_path]
    environ = {TOKEN_VARIABLE: token}
    process, ports = start_process(__package__, "G2P Connect", script, ledger_path, *options, environ=environ)
    return SimulatorHandle(process, ports, ledger_path, token, Keys.kept(keys_path))


#: As :func:`start_simulator`, for a ``with`` block.
running_simulator = running(start_simulator)
