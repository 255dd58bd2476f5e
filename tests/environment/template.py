"""Databases with everything installed, kept to be cloned: first Odoo's modules, then the addons on top."""

import subprocess

from . import addons, logs
from .cache import STATE, digest, lock
from .progress import SetupError, step

CORE = "g2p_test_core_"
WITH_ADDONS = "g2p_test_addons_"
KEEP = 8  # of each kind; older ones are dropped, which another run may still be using


class Templates:
    """Makes and finds the two templates.

    :param environment: environment.Environment
    """

    def __init__(self, environment):
        self.environment = environment
        self.databases = environment.databases

    def core(self):
        """Name of a database with Odoo's and OCA's modules installed, made where there is none."""
        key = digest(self.environment.identity, *addons.CORE_MODULES)
        return self._obtain(f"{CORE}{key}", None, addons.CORE_MODULES)

    def with_addons(self):
        """Name of a database with our addons installed as their files are now, made where there is none.

        :raise SetupError: where installing logs so much as a warning
        """
        names = addons.present()
        core = self.core()
        if not names:
            return core
        key = digest(core, addons.fingerprint())
        return self._obtain(f"{WITH_ADDONS}{key}", core, names)

    def _obtain(self, name, base, modules):
        with lock("templates"):
            if self.databases.is_sealed(name):
                return name
            self.databases.drop(name)
            with step(f"installing {', '.join(modules)}"):
                self.databases.create(name, template=base)
                self.install(name, modules, strict=base is not None)
                self.databases.seal(name)
            self._drop_old(name)
        return name

    def install(self, name, modules, strict):
        """Install modules into a database; with ``strict`` a warning in the log raises SetupError."""
        log = STATE / "log" / f"install-{name}.log"
        log.unlink(missing_ok=True)
        config = self.environment.write_config(STATE / "conf" / f"{name}.conf", name, logfile=log)
        command = self.environment.odoo_command("server", "-c", config, "--stop-after-init", "--no-http")
        command += ["-i", ",".join(modules)]
        answer = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        found = logs.complaints(log)
        if answer.returncode or (strict and found):
            raise SetupError(
                f"Installing {', '.join(modules)} failed or complained (log: {log}):\n"
                + "\n".join([*found, answer.stdout[-2000:]])
            )

    def _drop_old(self, name):
        prefix = CORE if name.startswith(CORE) else WITH_ADDONS
        for old in self.databases.names(prefix)[:-KEEP]:
            self.databases.drop(old)
