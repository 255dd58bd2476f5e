"""The process: command line and two HTTP servers."""

from pathlib import Path

from ..ledger import Ledger, read_ledger
from ..serving import load_script, make_parser, open_http, serve
from .bulk_app import create_bulk_app
from .keys import Keys
from .knobs import HubScript
from .ops_app import create_ops_app
from .profiles import NEWEST, PROFILES
from .simulator import Simulator

DESCRIPTION = (
    "Payment Hub EE: a bulk processor and an operations app that never recognise a batch they had before."
)


def keys_beside(ledger):
    """Return the usual file of keys for a ledger."""
    return Path(f"{ledger}.keys.json")


def arguments():
    """Return the command line, parsed."""
    parser = make_parser("phee", DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="of the bulk processor; 0 takes a free one")
    parser.add_argument("--ops-port", type=int, default=0, help="of the operations app; 0 takes a free one")
    parser.add_argument(
        "--profile", default=NEWEST, choices=PROFILES, help="version, where no script says it"
    )
    parser.add_argument(
        "--keys", help="file of keys, made when there is none; beside the ledger if not given"
    )
    return parser.parse_args()


def main():
    """Serve until SIGTERM."""
    args = arguments()
    script = load_script(HubScript, args.script)
    keys = Keys.kept(args.keys or keys_beside(args.ledger))
    simulator = Simulator(Ledger(args.ledger), read_ledger(args.ledger), script, keys, args.profile)
    bulk = open_http(args.host, args.port, create_bulk_app(simulator))
    ops = open_http(args.host, args.ops_port, create_ops_app(simulator))
    print(
        f"Payment Hub EE {simulator.profile.name} simulator: bulk processor on http://{args.host}:{bulk.port},"
    )
    print(f"operations app on http://{args.host}:{ops.port}", flush=True)
    serve([bulk, ops], args.ports_file)
