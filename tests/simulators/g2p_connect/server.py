"""The process: command line, HTTP server, end."""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from ..ledger import Ledger, read_ledger
from ..script import ScriptError
from .app import create_app
from .bank import Bank
from .contract import contract
from .gctb_books import Books
from .keys import Keys, keys_beside
from .knobs import ConnectScript
from .simulator import Simulator
from .tls import TLSServer, context_of

TOKEN_VARIABLE = "G2P_SIMULATOR_TOKEN"
DESCRIPTION = "A payment system that speaks G2P Connect disburse 1.0.0 (both halves) and never deduplicates."
DEFAULT_TOKEN = "simulator-token"


class QuietHandler(WSGIRequestHandler):
    """Prints nothing for a request, and leaves a connection that was dealt with on the socket."""

    # Head and body go out as two pieces; the second must not wait for the caller to say it has the first.
    disable_nagle_algorithm = True

    def log_request(self, code="-", size="-"):
        """Print nothing."""

    def connection_dropped(self, error, environ=None):
        self.close_connection = True


def arguments():
    """Return the command line, parsed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.g2p_connect", description=DESCRIPTION)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--tls-port", type=int, default=0, help="of HTTPS; 0 takes a free one")
    parser.add_argument(
        "--mtls-port", type=int, default=0, help="of HTTPS with a client's certificate; 0 takes a free one"
    )
    parser.add_argument("--ledger", required=True, help="file of executed payments; kept and added to")
    parser.add_argument("--script", help="JSON file of outcomes and faults")
    parser.add_argument(
        "--keys", help="file of keys, made when there is none; beside the ledger if not given"
    )
    parser.add_argument(
        "--ports-file", help="file to write the three ports to (HTTP first) when the simulator is ready"
    )
    parser.add_argument(
        "--token",
        default=os.environ.get(TOKEN_VARIABLE, DEFAULT_TOKEN),
        help=f"bearer token that callers need; better given as {TOKEN_VARIABLE}",
    )
    return parser.parse_args()


def main():
    """Serve until SIGTERM."""
    args = arguments()
    try:
        script = ConnectScript.load(args.script)
    except (OSError, json.JSONDecodeError, ScriptError) as error:
        sys.exit(f"{args.script}: {error}")
    contract()
    keys = Keys.kept(args.keys or keys_beside(args.ledger))
    ledger, executed = Ledger(args.ledger), read_ledger(args.ledger)
    bank, cash_transfers = Bank(ledger, executed), Books(ledger, executed)
    app = create_app(Simulator(bank, script, args.token, cash_transfers, keys))
    server = make_server(args.host, args.port, app, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True
    # Played faults hold threads that nobody should wait for at the end.
    server.block_on_close = False
    secured = [
        TLSServer(context_of(keys.certificates, wanted), args.host, port, app, QuietHandler)
        for port, wanted in ((args.tls_port, False), (args.mtls_port, True))
    ]
    ports = [one.port for one in (server, *secured)]
    signal.signal(signal.SIGTERM, lambda *args: os._exit(0))
    print(f"G2P Connect simulator on http://{args.host}:{server.port}", flush=True)
    if args.ports_file:
        # Whoever waits for the file must never read half of it.
        draft = Path(f"{args.ports_file}.new")
        draft.write_text(" ".join(map(str, ports)))
        draft.replace(args.ports_file)
    for one in secured:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        os._exit(0)
