"""The process: command line and HTTP servers, plain, with TLS, and with a client's certificate."""

import os

from ..ledger import Ledger, read_ledger
from ..serving import QuietHandler, load_script, make_parser, open_http, serve
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


def arguments():
    """Return the command line, parsed."""
    parser = make_parser("g2p_connect", DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--tls-port", type=int, default=0, help="of HTTPS; 0 takes a free one")
    parser.add_argument(
        "--mtls-port", type=int, default=0, help="of HTTPS with a client's certificate; 0 takes a free one"
    )
    parser.add_argument(
        "--keys", help="file of keys, made when there is none; beside the ledger if not given"
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
    script = load_script(ConnectScript, args.script)
    contract()
    keys = Keys.kept(args.keys or keys_beside(args.ledger))
    ledger, executed = Ledger(args.ledger), read_ledger(args.ledger)
    bank, cash_transfers = Bank(ledger, executed), Books(ledger, executed)
    app = create_app(Simulator(bank, script, args.token, cash_transfers, keys))
    server = open_http(args.host, args.port, app)
    secured = [
        TLSServer(context_of(keys.certificates, wanted), args.host, port, app, QuietHandler)
        for port, wanted in ((args.tls_port, False), (args.mtls_port, True))
    ]
    print(f"G2P Connect simulator on http://{args.host}:{server.port}", flush=True)
    serve([server, *secured], args.ports_file)
