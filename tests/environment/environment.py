"""Everything set up, in one object."""

import os
import sys
from configparser import ConfigParser

from . import addons, odoo_source, postgres
from .cache import REPO, STATE, cache_dir, digest
from .database import Databases
from .template import Templates

SERVER_WIDE = ("base", "web", "rpc")
TEMPLATE = "G2P_TEMPLATE"  # set for children, so that one run uses one template even while files change
SCRIPT = REPO / "tests" / "environment" / "bin" / "odoo-server"
DEFAULTS = {
    "list_db": False,
    "http_interface": "127.0.0.1",
    "db_maxconn": 64,
    "limit_time_real": 600,
    "limit_time_cpu": 600,
}


class Environment:
    """Odoo, PostgreSQL and databases, ready for use. Runs inside the virtual environment only.

    Attributes that others use: ``databases`` (database.Databases), ``server`` (postgres.Server),
    ``odoo_path``, ``data_dir``, ``state_dir`` (the clone's own .g2p folder, a pathlib.Path).
    """

    def __init__(self):
        self.state_dir = STATE
        for folder in ("log", "conf"):
            (STATE / folder).mkdir(parents=True, exist_ok=True)
        self.odoo_path = odoo_source.obtain()
        self.server = postgres.obtain()
        self.data_dir = cache_dir() / "odoo-data"
        self.databases = Databases(self.server, self.data_dir)
        self.templates = Templates(self)
        self._template = os.environ.get(TEMPLATE)

    @property
    def identity(self):
        """What a database template depends on besides the modules in it."""
        version = self.server.query("SHOW server_version_num")[0][0]
        return digest(odoo_source.version(self.odoo_path), REPO / "requirements.txt", version, self.server)

    def template(self):
        """Name of the sealed database that has all addons installed as they are now."""
        if self._template is None:
            self._template = self.templates.with_addons()
        return self._template

    def clone_database(self, name, durable=False):
        """Make a database with all addons installed, in about a second.

        :param str name: must start with g2p_demo_ or g2p_test_; one of that name is replaced
        :param bool durable: wait for commits to be written (benchmarks)
        :return: str, the name
        """
        template = self.template()
        self.databases.drop(name)
        return self.databases.create(name, template=template, durable=durable)

    def odoo_command(self, *arguments):
        """The command line of an Odoo process.

        A script path, not ``-m odoo``: a server that reloads itself starts again from it.
        """
        return [sys.executable, str(SCRIPT), *map(str, arguments)]

    def write_config(self, path, database, jobs=None, **options):
        """Write an Odoo configuration file.

        :param path: pathlib.Path of the file
        :param str database: the only database the server will see
        :param dict jobs: contents of the [queue_job] section; None for no job runner
        :param options: further options of Odoo's
        :return: the path
        """
        modules = [*SERVER_WIDE, "queue_job"] if jobs is not None else SERVER_WIDE
        values = {
            **DEFAULTS,
            "server_wide_modules": ",".join(modules),
            "db_host": self.server.host,
            "db_port": self.server.port,
            "db_user": self.server.user,
            "db_name": database,
            "dbfilter": f"^{database}$",
            "data_dir": self.data_dir,
            **options,
        }
        if paths := addons.paths():
            values["addons_path"] = ",".join(map(str, paths))
        if self.server.password:
            values["db_password"] = self.server.password
        parser = ConfigParser(interpolation=None)
        parser["options"] = {key: str(value) for key, value in values.items()}
        if jobs is not None:
            parser["queue_job"] = {key: str(value) for key, value in jobs.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w") as stream:
            parser.write(stream)
        path.chmod(0o600)
        return path
