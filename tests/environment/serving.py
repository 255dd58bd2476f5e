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
        simulator = payment_system(demo)
        stack.callback(simulator.stop)
        stack.enter_context(odoo)
        print(f"\nOdoo is at {odoo.url} (database {name}; log {odoo.log_path})\n")
        for role, login, password in logins(demo):
            print(f"  {role:<16} login {login:<20} password {password}")
        print("\nThe simulated payment system, for the form of a payment manager:")
        print(f"  payments {simulator.payment_url}\n  status   {simulator.status_url}")
        print(f"  token    {simulator.token}\n  ledger   {demo['ledger']}")
        print("\nCtrl-C stops both.", flush=True)
        try:
            odoo.process.wait()
        except KeyboardInterrupt:
            print("stopping …", flush=True)


def payment_system(demo):
    """Start the demo's payment system again, where its payment manager expects it."""
    from tests.demo.serving_support import start_simulator_for  # The demo builds on this package.

    return start_simulator_for(demo)


def logins(demo):
    """Rows of (role, login, password) from the demo's notes: a list of dicts, or a dict by role."""
    found = demo.get("logins", [])
    if isinstance(found, dict):
        found = [{"role": role, **_as_login(value)} for role, value in found.items()]
    return [(row.get("role", ""), row["login"], row.get("password", row["login"])) for row in found]


def _as_login(value):
    return value if isinstance(value, dict) else {"login": value}
