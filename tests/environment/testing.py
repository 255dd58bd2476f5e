"""One pytest run over every addon's own tests and the top-level ones, in a clone of the template."""

import os
import subprocess
import sys

from . import addons, browser
from .cache import REPO
from .environment import TEMPLATE


def run(environment, arguments):
    """Run pytest and return its exit code.

    :param environment: environment.Environment
    :param arguments: pytest's own arguments; without a path among them everything is run
    """
    executable = browser.obtain()
    databases = environment.databases
    databases.drop_leftovers()
    name = environment.clone_database(f"g2p_test_run_{os.getpid()}_main")
    log = environment.state_dir / "log" / "test.log"
    log.unlink(missing_ok=True)
    config = environment.write_config(
        environment.state_dir / "conf" / "test.conf", name, logfile=log, limit_memory_hard=0
    )
    paths = [] if any(os.path.exists(word.split("::")[0]) for word in arguments) else everything()
    command = [sys.executable, "-m", "pytest", f"--odoo-config={config}", f"--odoo-database={name}"]
    command += ["--odoo-http", "--odoo-log-level=warn", *arguments, *paths]
    environ = {**os.environ, "CHROMIUM": executable, TEMPLATE: environment.template()}
    try:
        return subprocess.run(command, cwd=REPO, env=environ, check=False).returncode
    finally:
        databases.drop(name)


def everything():
    return [name for name in addons.present() if (REPO / name / "tests").exists()] + ["tests"]
