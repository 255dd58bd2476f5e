"""The commands inside the virtual environment; each takes its arguments and returns an exit code."""

import os
import subprocess
import sys

from . import browser, serving, testing
from .cache import REPO
from .environment import TEMPLATE, Environment
from .progress import say, step


def check_setup(_arguments):
    """Set everything up, then prove it: a clone answers a query, loads its registry, and is dropped."""
    environment = Environment()
    executable = browser.obtain()
    name = environment.clone_database(f"g2p_test_run_{os.getpid()}_check")
    try:
        environment.server.query("SELECT 1", database=name)
        with step("loading the registry"):
            script = "print(len(env.registry), 'models;', env['res.users'].search_count([]), 'users')"
            config = environment.write_config(environment.state_dir / "conf" / "check.conf", name)
            command = environment.odoo_command("shell", "-c", config, "--no-http")
            subprocess.run(command, input=script, text=True, check=True)
    finally:
        environment.databases.drop(name)
    say(f"set-up works: Odoo in {environment.odoo_path}")
    say(f"PostgreSQL at {environment.server.host}; browser {executable}")
    return 0


def test(arguments):
    return testing.run(Environment(), arguments)


def serve(_arguments):
    serving.serve(Environment())
    return 0


def run(arguments):
    """Run a module of this repository inside the virtual environment, such as tests.demo."""
    environ = {**os.environ, TEMPLATE: Environment().template()}
    return subprocess.run([sys.executable, "-m", *arguments], cwd=REPO, env=environ, check=False).returncode
