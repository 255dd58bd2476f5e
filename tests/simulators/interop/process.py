"""Start and stop the simulator as a process of its own, from tests, the demo and benchmarks."""

import urllib.request
from pathlib import Path

from ..handle import ProcessHandle, running, start_process
from ..ledger import Executed
from .access import TOKEN
from .by_payment import named
from .knobs import Scheme
from .papers import Papers


class SimulatorHandle(ProcessHandle):
    """A running simulator, as its starter sees it.

    User, token and the like are those of a scheme that the script says nothing else of. Its state has calls, refused,
    refusals, violations, tokens, known, waiting, executed, repeated, to_be_accepted, disbursements and
    disbursements_repeated.
    """

    username = Scheme.username
    password = Scheme.password
    bearer_token = Scheme.bearer_token
    header_name = Scheme.header_name
    header_value = Scheme.header_value
    client_id = Scheme.client_id
    client_secret = Scheme.client_secret

    def __init__(self, process, ports, ledger_path, papers=None):
        port, self.sdk_port = ports
        kind = "https" if papers else "http"
        super().__init__(process, port, ledger_path, kind)
        self.pil_url = self.base_url
        self.sdk_url = f"{kind}://127.0.0.1:{self.sdk_port}"
        self.papers = papers

    # ---- The layer ------------------------------------------------------------------------------------------
    @property
    def payment_url(self):
        """For POST; for GET, with ``/disbursementId`` after it."""
        return f"{self.pil_url}/disbursement"

    @property
    def check_url(self):
        return f"{self.pil_url}/disbursementCheck"

    # ---- The scheme adapter ---------------------------------------------------------------------------------
    @property
    def transfers_url(self):
        """For POST; for GET and PUT, with ``/transferId`` after it."""
        return f"{self.sdk_url}/transfers"

    @property
    def parties_url(self):
        """For GET, with ``/idType/idValue`` after it."""
        return f"{self.sdk_url}/parties"

    @property
    def token_url(self):
        return self.pil_url + TOKEN

    def restart(self) -> dict:
        """Let layer and adapter forget what they have in memory, as a restart does; the switch goes on."""
        return self._control("restart", {})

    def settle(self) -> dict:
        """Bring every pending transfer to its end."""
        return self._control("settle", {})

    def expire_tokens(self) -> dict:
        """Let every token made until now be expired."""
        return self._control("expire", {})

    def ledger(self, payments=None) -> list[Executed]:
        """Return what was really paid.

        :param payments: {payment's reference: (idValue, amount, currency)}, as :func:`.by_payment.named` wants them:
            the lines of the layer then bear these references
        """
        executed = super().ledger()
        return executed if payments is None else named(executed, payments)

    def _handlers(self):
        return [urllib.request.HTTPSHandler(context=self.papers.client_context())] if self.papers else []


def start_simulator(script, ledger_path, port=0, sdk_port=0, papers=None, mutual=False):
    """Start the simulator and return its handle when it answers; the caller stops it.

    :param script: a dict as :mod:`tests.simulators.interop.knobs` describes it, or None
    :param ledger_path: file of committed transfers; kept and added to
    :param port: of the layer; 0 takes a free one
    :param sdk_port: of the scheme adapter; 0 takes a free one
    :param papers: folder of certificates, made when there are none; both then speak TLS only
    :param mutual: with TLS, only with callers who show the client certificate
    :raise RuntimeError: when it does not start
    """
    options = ["--pil-port", port, "--sdk-port", sdk_port]
    if papers:
        options += ["--papers", Path(papers).resolve(), *(["--mutual"] if mutual else [])]
    process, ports = start_process(__package__, "interoperability layer", script, ledger_path, *options)
    return SimulatorHandle(process, ports, ledger_path, Papers(papers) if papers else None)


#: As :func:`start_simulator`, for a ``with`` block.
running_simulator = running(start_simulator)
