"""``python -m benchmarks --n 20000``: time each stage, from members to paid, against plain SQL in the same run."""

import argparse
import os
import sys
from pathlib import Path

from odoo.sql_db import close_db
from odoo.tools import config

from tests.environment.environment import Environment

from . import report

LIMIT = 8.0


def main():
    arguments = _parse()
    environment = Environment()
    name = f"g2p_test_run_{os.getpid()}_bench"
    environment.clone_database(name, durable=True)
    try:
        path = environment.write_config(environment.state_dir / "conf" / "bench.conf", name, log_level="warn")
        config.parse_config(["-c", str(path)], setup_logging=True)
        from .measure import measure  # The configuration tells Odoo where the addons are.

        done = measure(environment.server, name, arguments.n, arguments.limit, arguments.vouchers)
    finally:
        close_db(name)
        environment.databases.drop(name)
    report.show(done)
    path = arguments.json or environment.state_dir / "bench.json"
    report.save(done, path)
    print(f"\nwritten to {path}")
    if slow := report.over_limit(done):
        print(f"more than {arguments.limit:g}x plain SQL: {', '.join(slow)}")
        return 1
    return 0


def _parse():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--n", type=int, default=20000, help="households to pay (default 20000)")
    parser.add_argument(
        "--limit",
        type=float,
        default=LIMIT,
        help=f"ratio to plain SQL that no stage may pass (default {LIMIT:g})",
    )
    parser.add_argument("--vouchers", action="store_true", help="make 10,000 vouchers too (minutes)")
    parser.add_argument("--json", type=Path, help="file to write (default .g2p/bench.json)")
    arguments = parser.parse_args()
    if arguments.n < 1:
        parser.error("--n must be at least 1")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
