"""The process: command line and HTTP server."""

from ..ledger import Ledger, read_ledger
from ..serving import load_script, make_parser, open_http, serve
from .app import create_app
from .journal import Journal, journal_beside
from .knobs import BridgeScript
from .simulator import Simulator

DESCRIPTION = "A G2P Bridge 1.0.2 that takes again whatever it is sent again."


def open_server(script, ledger_path, host="127.0.0.1", port=0):
    """Return a server that is ready to serve.

    :param script: knobs.BridgeScript
    :param ledger_path: file of executed payments; kept and added to, as is the journal beside it
    :param port: 0 takes a free one
    """
    journal = Journal(journal_beside(ledger_path))
    simulator = Simulator(Ledger(ledger_path), read_ledger(ledger_path), journal, script)
    return open_http(host, port, create_app(simulator))


def arguments():
    """Return the command line, parsed."""
    parser = make_parser("g2p_bridge", DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    return parser.parse_args()


def main():
    """Serve until SIGTERM."""
    args = arguments()
    server = open_server(load_script(BridgeScript, args.script), args.ledger, args.host, args.port)
    print(f"G2P Bridge simulator on http://{args.host}:{server.port}", flush=True)
    serve([server], args.ports_file)
