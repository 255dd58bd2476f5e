"""The process: command line, HTTP server, end."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from ..ledger import Ledger, read_ledger
from ..script import Script, ScriptError
from .app import Simulator, create_app
from .bank import Bank
from .contract import contract

TOKEN_VARIABLE = "G2P_SIMULATOR_TOKEN"
DESCRIPTION = "A payment system that speaks G2P Connect disburse 1.0.0 (sync) and never deduplicates."
DEFAULT_TOKEN = "simulator-token"


class QuietHandler(WSGIRequestHandler):
    """Prints nothing for a request, and leaves a connection that was dealt with on the socket."""

    def log_request(self, code="-", size="-"):
        """Print nothing."""

    def connection_dropped(self, error, environ=None):
        self.close_connection = True


def arguments():
    """Return the command line, parsed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.g2p_connect", description=DESCRIPTION)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ledger", required=True, help="file of executed payments; kept and added to")
    parser.add_argument("--script", help="JSON file of outcomes and faults")
    parser.add_argument("--port-file", help="file to write the port to when the simulator is ready")
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
        script = Script.load(args.script)
    except (OSError, json.JSONDecodeError, ScriptError) as error:
        sys.exit(f"{args.script}: {error}")
    contract()
    bank = Bank(Ledger(args.ledger), read_ledger(args.ledger))
    app = create_app(Simulator(bank, script, args.token))
    server = make_server(args.host, args.port, app, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True
    # Played faults hold threads that nobody should wait for at the end.
    server.block_on_close = False
    signal.signal(signal.SIGTERM, lambda *args: os._exit(0))
    print(f"G2P Connect simulator on http://{args.host}:{server.port}", flush=True)
    if args.port_file:
        # Whoever waits for the file must never read half of it.
        draft = Path(f"{args.port_file}.new")
        draft.write_text(str(server.port))
        draft.replace(args.port_file)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        os._exit(0)
