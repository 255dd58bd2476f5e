"""Databases kept to be cloned: Odoo's base alone, Odoo's modules on top of it, and the addons on top of those."""

import subprocess

from . import addons, logs
from .cache import STATE, digest, lock
from .progress import SetupError, step

BASE = "g2p_test_base_"
CORE = "g2p_test_core_"
WITH_ADDONS = "g2p_test_addons_"
KEEP = 8  # of each kind; older ones are dropped, which another run may still be using


class Templates:
    """Makes and finds the three templates.

    :param environment: environment.Environment
    """

    def __init__(self, environment):
        self.environment = environment
        self.databases = environment.databases

    def base(self):
        """Name of a database with nothing but Odoo's base installed, made where there is none."""
        return self._obtain(BASE, digest(self.environment.identity), None, ("base",))

    def core(self):
        """Name of a database with Odoo's and OCA's modules installed, made where there is none."""
        key = digest(self.environment.identity, *addons.CORE_MODULES)
        return self._obtain(CORE, key, self.base, addons.CORE_MODULES)

    def with_addons(self):
        """Name of a database with our addons installed as their files are now, made where there is none.

        :raise SetupError: where installing logs so much as a warning
        """
        names = addons.present()
        core = self.core()
        if not names:
            return core
        return self._obtain(WITH_ADDONS, digest(core, addons.fingerprint()), self.core, names, strict=True)

    def _obtain(self, prefix, key, below, modules, strict=False):
        name = prefix + key
        if self.databases.is_sealed(name):
            return name
        base = below and below()
        with lock("templates"):
            if self.databases.is_sealed(name):
                return name
            self.databases.drop(name)
            with step(f"installing {', '.join(modules)}"):
                self.databases.create(name, template=base)
                self.install(name, modules, strict)
                self.databases.seal(name)
            for old in self.databases.names(prefix)[:-KEEP]:
                self.databases.drop(old)
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
