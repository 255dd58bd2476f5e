"""The project's commands: ``python3 -m tests.environment COMMAND``. See the Makefile for what each does."""

import argparse
import os
import subprocess
import sys

from . import checks, lint, odoo_source, virtualenv
from .cache import REPO, STATE
from .progress import SetupError, say

REQUIREMENTS = ("requirements.txt", "requirements-test.txt")
INSIDE = "G2P_INSIDE"  # set for the second stage, which runs in the virtual environment


def main():
    arguments = parse()
    if arguments.command in ("lint", "format"):
        return lint.run(write=arguments.command == "format")
    if arguments.command == "stop":
        return stop()
    if os.environ.get(INSIDE) != sys.prefix:
        return enter_virtualenv()
    from . import commands  # Needs what the first stage has installed.

    return getattr(commands, arguments.command.replace("-", "_"))(arguments.rest)


def parse():
    parser = argparse.ArgumentParser(prog="python3 -m tests.environment")
    parser.add_argument("command", choices=("check-setup", "test", "serve", "run", "lint", "format", "stop"))
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    return parser.parse_args()


def enter_virtualenv():
    """Make the virtual environment with Odoo in it where there is none, and start again inside it."""
    checks.require()
    python = virtualenv.make("run", REQUIREMENTS, odoo_source.obtain())
    link(python.parents[1])
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "PYTHON"))}
    environ[INSIDE] = str(python.parents[1])
    os.chdir(REPO)
    os.execve(python, [str(python), "-m", "tests.environment", *sys.argv[1:]], environ)


def link(folder):
    """Point .g2p/venv at the virtual environment, for people and editors."""
    STATE.mkdir(exist_ok=True)
    pointer = STATE / "venv"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(folder)


def stop():
    """Stop the private PostgreSQL cluster that this clone uses."""
    home = STATE / "postgres"
    if not home.exists():
        return 0
    return enter_virtualenv() if os.environ.get(INSIDE) != sys.prefix else _stop()


def _stop():
    from .postgres import Cluster

    Cluster().stop()
    say("PostgreSQL is stopped")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        say(f"ERROR: {error}")
        sys.exit(2)
    except subprocess.CalledProcessError as error:
        say(f"ERROR: {error}\n{error.stderr or ''}")
        sys.exit(2)
