"""What the processes of all simulators share: reading their script, HTTP servers, telling their ports, the end."""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from .script import ScriptError


class QuietHandler(WSGIRequestHandler):
    """Prints nothing for a request, and leaves a connection that was dealt with on the socket."""

    # Head and body go out as two pieces; the second must not wait for the caller to say it has the first.
    disable_nagle_algorithm = True

    def log_request(self, code="-", size="-"):
        """Print nothing."""

    def connection_dropped(self, error, environ=None):
        self.close_connection = True


def make_parser(name, description):
    """Return a command line with what every simulator has.

    :param name: of the package beside this module
    """
    parser = argparse.ArgumentParser(prog=f"python -m tests.simulators.{name}", description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--ledger", required=True, help="file of executed payments; kept and added to")
    parser.add_argument("--script", help="JSON file of what it plays: outcomes, faults, and its own parts")
    parser.add_argument(
        "--ports-file", help="file to write its ports to, the first first, when the simulator is ready"
    )
    return parser


def load_script(kind, path):
    """Return a script, or end the process with what is wrong with it.

    :param kind: subclass of script.Script
    :param path: of a JSON file, or None
    """
    try:
        return kind.load(path)
    except (OSError, json.JSONDecodeError, ScriptError) as error:
        sys.exit(f"{path}: {error}")


def open_http(host, port, app, tls=None):
    """Return a server of an application that is ready to serve.

    :param port: 0 takes a free one
    :param tls: ssl.SSLContext, None for plain HTTP
    """
    server = make_server(host, port, app, threaded=True, request_handler=QuietHandler, ssl_context=tls)
    server.daemon_threads = True
    # Played faults hold threads that nobody should wait for at the end.
    server.block_on_close = False
    return server


def serve(servers, ports_file=None):
    """Serve until SIGTERM.

    :param servers: the first in this thread, the others in their own
    :param ports_file: file to write their ports to
    """
    signal.signal(signal.SIGTERM, lambda *args: os._exit(0))
    if ports_file:
        # Whoever waits for the file must never read half of it.
        draft = Path(f"{ports_file}.new")
        draft.write_text(" ".join(str(one.port) for one in servers))
        draft.replace(ports_file)
    for one in servers[1:]:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    try:
        servers[0].serve_forever()
    except KeyboardInterrupt:
        os._exit(0)
