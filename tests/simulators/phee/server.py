"""The process: command line, two HTTP servers, end."""

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
from .bulk_app import create_bulk_app
from .keys import Keys
from .knobs import HubScript
from .ops_app import create_ops_app
from .profiles import NEWEST, PROFILES
from .simulator import Simulator

DESCRIPTION = (
    "Payment Hub EE: a bulk processor and an operations app that never recognise a batch they had before."
)


class QuietHandler(WSGIRequestHandler):
    """Prints nothing for a request, and leaves a connection that was dealt with on the socket."""

    # Head and body go out as two pieces; the second must not wait for the caller to say it has the first.
    disable_nagle_algorithm = True

    def log_request(self, code="-", size="-"):
        """Print nothing."""

    def connection_dropped(self, error, environ=None):
        self.close_connection = True


def keys_beside(ledger):
    """Return the usual file of keys for a ledger."""
    return Path(f"{ledger}.keys.json")


def arguments():
    """Return the command line, parsed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.phee", description=DESCRIPTION)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="of the bulk processor; 0 takes a free one")
    parser.add_argument("--ops-port", type=int, default=0, help="of the operations app; 0 takes a free one")
    parser.add_argument("--ledger", required=True, help="file of executed payments; kept and added to")
    parser.add_argument("--script", help="JSON file: hub, outcomes and faults")
    parser.add_argument(
        "--profile", default=NEWEST, choices=PROFILES, help="version, where no script says it"
    )
    parser.add_argument(
        "--keys", help="file of keys, made when there is none; beside the ledger if not given"
    )
    parser.add_argument("--ports-file", help="file to write both ports to when the simulator is ready")
    return parser.parse_args()


def main():
    """Serve until SIGTERM."""
    args = arguments()
    try:
        script = HubScript.load(args.script)
    except (OSError, json.JSONDecodeError, ScriptError) as error:
        sys.exit(f"{args.script}: {error}")
    keys = Keys.kept(args.keys or keys_beside(args.ledger))
    simulator = Simulator(Ledger(args.ledger), read_ledger(args.ledger), script, keys, args.profile)
    servers = [
        _server(args.host, args.port, create_bulk_app(simulator)),
        _server(args.host, args.ops_port, create_ops_app(simulator)),
    ]
    signal.signal(signal.SIGTERM, lambda *args: os._exit(0))
    bulk, ops = (server.port for server in servers)
    print(f"Payment Hub EE {simulator.profile.name} simulator: bulk processor on http://{args.host}:{bulk},")
    print(f"operations app on http://{args.host}:{ops}", flush=True)
    if args.ports_file:
        # Whoever waits for the file must never read half of it.
        draft = Path(f"{args.ports_file}.new")
        draft.write_text(f"{bulk} {ops}")
        draft.replace(args.ports_file)
    threading.Thread(target=servers[1].serve_forever, daemon=True).start()
    try:
        servers[0].serve_forever()
    except KeyboardInterrupt:
        os._exit(0)


def _server(host, port, app):
    server = make_server(host, port, app, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True
    # Played faults hold threads that nobody should wait for at the end.
    server.block_on_close = False
    return server
