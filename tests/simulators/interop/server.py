"""The process: command line and two HTTP servers."""

from ..ledger import Ledger, read_ledger
from ..serving import load_script, make_parser, open_http, serve
from .knobs import SchemeScript
from .papers import Papers
from .pil_app import create_pil_app
from .sdk_app import create_sdk_app
from .simulator import Simulator

DESCRIPTION = (
    "A payments interoperability layer and a scheme adapter that pay again whatever they are sent again."
)


def arguments():
    """Return the command line, parsed."""
    parser = make_parser("interop", DESCRIPTION)
    parser.add_argument("--pil-port", type=int, default=0, help="of the layer; 0 takes a free one")
    parser.add_argument("--sdk-port", type=int, default=0, help="of the scheme adapter; 0 takes a free one")
    parser.add_argument("--papers", help="folder of certificates, made when there are none: both speak TLS")
    parser.add_argument("--mutual", action="store_true", help="only with callers who show a certificate")
    return parser.parse_args()


def main():
    """Serve until SIGTERM."""
    args = arguments()
    simulator = Simulator(
        Ledger(args.ledger), read_ledger(args.ledger), load_script(SchemeScript, args.script)
    )
    tls = Papers(args.papers).server_context(args.mutual) if args.papers else None
    pil = open_http(args.host, args.pil_port, create_pil_app(simulator), tls)
    sdk = open_http(args.host, args.sdk_port, create_sdk_app(simulator), tls)
    kind = "https" if tls else "http"
    print(f"Interoperability layer simulator on {kind}://{args.host}:{pil.port},")
    print(f"scheme adapter on {kind}://{args.host}:{sdk.port}", flush=True)
    serve([pil, sdk], args.ports_file)
