"""The database of the last demo, in the browser."""

import contextlib
import json

from . import server
from .progress import SetupError

PORT = 8069


def serve(environment):
    """Serve the last demo's database on port 8069 until interrupted, and print its logins.

    The demo's payment system runs beside it, so that payments made by hand go somewhere.
    """
    notes = environment.state_dir / "demo.json"
    if not notes.exists():
        raise SetupError("There is no demo to show yet. Run: make demo")
    demo = json.loads(notes.read_text())
    name = demo["database"]
    if not environment.databases.exists(name):
        raise SetupError(f"The demo's database {name} is gone. Run: make demo")
    odoo = server.OdooServer(
        environment,
        name,
        http_port=PORT,
        channels=demo.get("channels", "root:4"),
        log_path=environment.state_dir / "log" / "serve.log",
    )
    with contextlib.ExitStack() as stack:
        beside = payment_system(demo)
        stack.callback(beside.stop)
        stack.enter_context(odoo)
        print(f"\nOdoo is at {odoo.url} (database {name}; log {odoo.log_path})\n")
        for role, login, password in logins(demo):
            print(f"  {role:<16} login {login:<20} password {password}")
        print("", *beside.lines, "", "Ctrl-C stops both.", sep="\n", flush=True)
        try:
            odoo.process.wait()
        except KeyboardInterrupt:
            print("stopping …", flush=True)


def payment_system(demo):
    """Start the demo's payment system again, where its payment manager expects it."""
    from tests.demo.rails import make_rail  # The demo builds on this package.

    return make_rail(demo.get("rail", "g2p_connect"), demo.get("mode", "")).serve(demo)


def logins(demo):
    """Rows of (role, login, password) from the demo's notes: a list of dicts, or a dict by role."""
    found = demo.get("logins", [])
    if isinstance(found, dict):
        found = [{"role": role, **_as_login(value)} for role, value in found.items()]
    return [(row.get("role", ""), row["login"], row.get("password", row["login"])) for row in found]


def _as_login(value):
    return value if isinstance(value, dict) else {"login": value}
