"""Start and stop the simulator as a process of its own, from tests, the demo and benchmarks."""

from pathlib import Path

from ..handle import ProcessHandle, running, start_process
from .bulk_app import SUBMIT
from .keys import Keys
from .knobs import Hub
from .ops_app import API, TOKEN
from .profiles import NEWEST
from .server import keys_beside


class SimulatorHandle(ProcessHandle):
    """A running simulator, as its starter sees it.

    Tenant, user and the like are those of a hub that the script says nothing else of. Its state has profile, calls,
    refused, refusals, violations, tokens, callbacks, batches and counts; ``transaction_id`` of its ledger is the hub's
    batch id.
    """

    tenant = Hub.tenants[0]
    username = Hub.username
    password = Hub.password
    authorization = "Basic Y2xpZW50Og=="
    grant_type = "password"
    api_key = Hub.api_key
    oidc_client = Hub.oidc_client
    oidc_secret = Hub.oidc_secret

    def __init__(self, process, ports, ledger_path, keys):
        port, self.ops_port = ports
        super().__init__(process, port, ledger_path)
        self.ops_url = f"http://127.0.0.1:{self.ops_port}"
        self.keys = keys

    @property
    def payment_url(self):
        return self.base_url + SUBMIT

    @property
    def auth_url(self):
        return self.ops_url + TOKEN

    @property
    def oidc_url(self):
        return f"{self.ops_url}/auth/realms/paymenthub/protocol/openid-connect/token"

    @property
    def status_url(self):
        return f"{self.ops_url}{API}/batch"

    @property
    def details_url(self):
        return f"{self.ops_url}{API}/batch/detail"

    @property
    def batches_url(self):
        return f"{self.ops_url}{API}/batches"

    def expire_tokens(self) -> dict:
        """Let every token made until now be expired."""
        return self._control("expire", {})

    def call_back(self, batch_id, **asked) -> dict:
        """Send a callback now; ``url`` and ``body`` where they are to be other than right."""
        return self._control("callback", {"batchId": batch_id, **asked})


def start_simulator(script, ledger_path, profile=NEWEST, port=0, ops_port=0, keys_path=None):
    """Start the simulator and return its handle when it answers; the caller stops it.

    :param script: a dict as :mod:`tests.simulators.phee.knobs` describes it, or None
    :param ledger_path: file of executed payments; kept and added to
    :param profile: version of the hub, where the script names none
    :param port: of the bulk processor; 0 takes a free one
    :param ops_port: of the operations app; 0 takes a free one
    :param keys_path: file of keys, made when there is none; beside the ledger if not given
    :raise RuntimeError: when it does not start
    """
    keys_path = Path(keys_path or keys_beside(ledger_path)).resolve()
    options = ["--profile", profile, "--port", port, "--ops-port", ops_port, "--keys", keys_path]
    process, ports = start_process(__package__, "Payment Hub EE", script, ledger_path, *options)
    return SimulatorHandle(process, ports, ledger_path, Keys.kept(keys_path))


#: As :func:`start_simulator`, for a ``with`` block.
running_simulator = running(start_simulator)
