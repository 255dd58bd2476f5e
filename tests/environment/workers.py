"""Several test processes side by side: how many, whose database is whose, and which tests stay together."""

import os

from xdist.scheduler import LoadScopeScheduling

from .environment import Environment

# Connections that PostgreSQL must have for each process: the process's own and those of the servers it starts.
CONNECTIONS = 40
#: Folders whose files share something dear: the browser's tests have one server with households in it.
TOGETHER = ("tests/browser",)
#: Begun before all others in "tests", since they take longest: else one process would do them alone at the end.
LONG = ("tests/browser", "tests/test_install_order.py")


def count(server):
    """How many processes to run: one a core that this one may use, as far as PostgreSQL's connections go.

    :param server: postgres.Server
    """
    connections = int(server.query("SHOW max_connections")[0][0])
    return max(1, min(len(os.sched_getaffinity(0)), connections // CONNECTIONS))


def prepare(environment, name, log_name):
    """Make the database that a process works in, and the settings of its Odoo.

    :param environment: environment.Environment
    :param str name: of the database
    :param str log_name: of its log file, which is begun anew
    :return: pathlib.Path of the configuration file
    """
    environment.clone_database(name)
    log = environment.state_dir / "log" / f"{log_name}.log"
    log.unlink(missing_ok=True)
    path = environment.state_dir / "conf" / f"{log_name}.conf"
    return environment.write_config(path, name, logfile=log, limit_memory_hard=0)


def take_place(option, worker):
    """Give one of several processes a database, settings and a log of its own, before Odoo reads them.

    :param option: pytest's options, which are changed
    :param str worker: pytest-xdist's name of the process
    """
    option.odoo_database = f"{option.odoo_database}_{worker}"
    option.odoo_config = str(prepare(Environment(), option.odoo_database, f"test_{worker}"))


def sort(items):
    """Bring the tests of a run into the order in which several processes begin their files.

    The addons' own stay in front: Odoo's test cases end whatever process they find beside them.

    :param items: list of pytest.Item, sorted in place
    """

    def rank(item):
        if not item.nodeid.startswith("tests/"):
            return 0
        return 1 if item.nodeid.startswith(LONG) else 2

    items.sort(key=rank)


class ByFile(LoadScopeScheduling):
    """A file's tests go to one process, in their order, and so do a folder's in :data:`TOGETHER`."""

    def _split_scope(self, nodeid):
        file = nodeid.split("::", 1)[0]
        folder = os.path.dirname(file)
        return folder if folder in TOGETHER else file
