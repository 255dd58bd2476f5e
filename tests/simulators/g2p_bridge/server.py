"""The process: command line, HTTP server, end."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from ..ledger import Ledger, read_ledger
from ..script import ScriptError
from .app import create_app
from .journal import Journal, journal_beside
from .knobs import BridgeScript
from .simulator import Simulator

DESCRIPTION = "A G2P Bridge 1.0.2 that takes again whatever it is sent again."


class QuietHandler(WSGIRequestHandler):
    """Prints nothing for a request, and leaves a connection that was dealt with on the socket."""

    # Head and body go out as two pieces; the second must not wait for the caller to say it has the first.
    disable_nagle_algorithm = True

    def log_request(self, code="-", size="-"):
        """Print nothing."""

    def connection_dropped(self, error, environ=None):
        self.close_connection = True


def open_server(script, ledger_path, host="127.0.0.1", port=0):
    """Return a server that is ready to serve.

    :param script: knobs.BridgeScript
    :param ledger_path: file of executed payments; kept and added to, as is the journal beside it
    :param port: 0 takes a free one
    """
    journal = Journal(journal_beside(ledger_path))
    simulator = Simulator(Ledger(ledger_path), read_ledger(ledger_path), journal, script)
    server = make_server(host, port, create_app(simulator), threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True
    # Played faults hold threads that nobody should wait for at the end.
    server.block_on_close = False
    return server


def arguments():
    """Return the command line, parsed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.g2p_bridge", description=DESCRIPTION)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ledger", required=True, help="file of executed payments; kept and added to")
    parser.add_argument("--script", help="JSON file: bridge, bugs, outcomes and faults")
    parser.add_argument("--ports-file", help="file to write the port to when the simulator is ready")
    return parser.parse_args()


def main():
    """Serve until SIGTERM."""
    args = arguments()
    try:
        script = BridgeScript.load(args.script)
    except (OSError, json.JSONDecodeError, ScriptError) as error:
        sys.exit(f"{args.script}: {error}")
    server = open_server(script, args.ledger, args.host, args.port)
    signal.signal(signal.SIGTERM, lambda *args: os._exit(0))
    print(f"G2P Bridge simulator on http://{args.host}:{server.port}", flush=True)
    if args.ports_file:
        # Whoever waits for the file must never read half of it.
        draft = Path(f"{args.ports_file}.new")
        draft.write_text(str(server.port))
        draft.replace(args.ports_file)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        os._exit(0)
