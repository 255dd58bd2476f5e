"""Pytest over every addon's own tests and the top-level ones: a process for each core, each in a clone of its own."""

import os
import subprocess
import sys

from . import addons, browser, workers
from .cache import REPO
from .environment import TEMPLATE


def run(environment, arguments):
    """Run pytest and return its exit code.

    :param environment: environment.Environment
    :param arguments: pytest's own arguments; without a path among them everything is run, by several processes
    """
    executable = browser.obtain()
    databases = environment.databases
    databases.drop_leftovers()
    # Whatever the arguments say of processes: one alone works in this database, several in others beside it.
    name = f"g2p_test_run_{os.getpid()}_main"
    config = workers.prepare(environment, name, "test")
    command = [sys.executable, "-m", "pytest", f"--odoo-config={config}", f"--odoo-database={name}"]
    command += ["--odoo-http", "--odoo-log-level=warn"]
    if any(os.path.exists(word.split("::")[0]) for word in arguments):
        command += arguments
    else:
        command += [*in_processes(workers.count(environment.server)), *arguments, *everything()]
    environ = {**os.environ, "CHROMIUM": executable, TEMPLATE: environment.template()}
    try:
        return subprocess.run(command, cwd=REPO, env=environ, check=False).returncode
    finally:
        for left in databases.names(name):
            databases.drop(left)
        databases.drop_leftovers()


def in_processes(number):
    """Options of pytest-xdist; files are begun in the order in which they are found: see workers.sort."""
    return [f"--numprocesses={number}", "--dist=loadfile", "--no-loadscope-reorder"] if number > 1 else []


def everything():
    """Folders of tests: the addons' own first, since Odoo's test cases end whatever process they find beside them."""
    return [name for name in addons.present() if (REPO / name / "tests").exists()] + ["tests"]
