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
from .knobs import SchemeScript
from .papers import Papers
from .pil_app import create_pil_app
from .sdk_app import create_sdk_app
from .simulator import Simulator

DESCRIPTION = (
    "A payments interoperability layer and a scheme adapter that pay again whatever they are sent again."
)


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
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.interop", description=DESCRIPTION)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--pil-port", type=int, default=0, help="of the layer; 0 takes a free one")
    parser.add_argument("--sdk-port", type=int, default=0, help="of the scheme adapter; 0 takes a free one")
    parser.add_argument("--ledger", required=True, help="file of committed transfers; kept and added to")
    parser.add_argument("--script", help="JSON file: scheme, outcomes and faults")
    parser.add_argument("--papers", help="folder of certificates, made when there are none: both speak TLS")
    parser.add_argument("--mutual", action="store_true", help="only with callers who show a certificate")
    parser.add_argument("--ports-file", help="file to write both ports to when the simulator is ready")
    return parser.parse_args()


def main():
    """Serve until SIGTERM."""
    args = arguments()
    try:
        script = SchemeScript.load(args.script)
    except (OSError, json.JSONDecodeError, ScriptError) as error:
        sys.exit(f"{args.script}: {error}")
    simulator = Simulator(Ledger(args.ledger), read_ledger(args.ledger), script)
    tls = Papers(args.papers).server_context(args.mutual) if args.papers else None
    servers = [
        _server(args.host, args.pil_port, create_pil_app(simulator), tls),
        _server(args.host, args.sdk_port, create_sdk_app(simulator), tls),
    ]
    signal.signal(signal.SIGTERM, lambda *args: os._exit(0))
    pil, sdk = (server.port for server in servers)
    kind = "https" if tls else "http"
    print(f"Interoperability layer simulator on {kind}://{args.host}:{pil},")
    print(f"scheme adapter on {kind}://{args.host}:{sdk}", flush=True)
    if args.ports_file:
        # Whoever waits for the file must never read half of it.
        draft = Path(f"{args.ports_file}.new")
        draft.write_text(f"{pil} {sdk}")
        draft.replace(args.ports_file)
    threading.Thread(target=servers[1].serve_forever, daemon=True).start()
    try:
        servers[0].serve_forever()
    except KeyboardInterrupt:
        os._exit(0)


def _server(host, port, app, tls):
    server = make_server(host, port, app, threaded=True, request_handler=QuietHandler, ssl_context=tls)
    server.daemon_threads = True
    # Played faults hold threads that nobody should wait for at the end.
    server.block_on_close = False
    return server
