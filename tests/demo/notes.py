"""What the demo leaves behind for people and for ``make serve``: .g2p/demo.json."""

import json

from tests.environment.cache import REPO, STATE, digest

from . import users

FILE = STATE / "demo.json"


def database_name():
    """Name of the demo's database; another clone on the same PostgreSQL has another."""
    return f"g2p_demo_{digest(REPO)[:6]}"


def ledger_path():
    """File of what the payment system really paid."""
    return STATE / "demo-ledger.jsonl"


def files_path():
    """Folder of the files that were made, for whoever wants to open them."""
    return STATE / "demo" / "files"


def write(environment, rail, **more):
    """Write the notes.

    :param environment: tests.environment.environment.Environment
    :param rail: rails.rail.Rail
    :param more: what is known besides
    """
    server = environment.server
    contents = {
        "database": database_name(),
        "postgres": {"host": server.host, "port": server.port, "user": server.user},
        "ledger": str(ledger_path()),
        "rail": rail.name,
        "mode": rail.mode,
        **rail.notes(),
        "channels": rail.channels,
        "logins": [
            {"role": user.role, "login": user.login, "password": user.password}
            for user in (*users.ALL, *rail.users)
        ],
        **more,
    }
    FILE.write_text(json.dumps(contents, indent=2) + "\n")
