"""What the demo leaves behind for people and for ``make serve``: .g2p/demo.json."""

import json

from tests.environment.cache import REPO, STATE, digest

from . import payment_system, users

FILE = STATE / "demo.json"


def database_name():
    """Name of the demo's database; another clone on the same PostgreSQL has another."""
    return f"g2p_demo_{digest(REPO)[:6]}"


def ledger_path():
    """File of what the payment system really paid."""
    return STATE / "demo-ledger.jsonl"


def write(environment, simulator, **more):
    """Write the notes.

    :param environment: tests.environment.environment.Environment
    :param simulator: tests.simulators.g2p_connect.process.SimulatorHandle
    :param more: what is known besides
    """
    server = environment.server
    contents = {
        "database": database_name(),
        "postgres": {"host": server.host, "port": server.port, "user": server.user},
        "ledger": str(ledger_path()),
        "simulator": {"port": simulator.port, "url": simulator.base_url},
        "channels": payment_system.CHANNELS,
        "logins": [{"role": user.role, "login": user.login, "password": user.password} for user in users.ALL],
        **more,
    }
    FILE.write_text(json.dumps(contents, indent=2) + "\n")
