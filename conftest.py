"""A test that makes Odoo log a warning or an error fails, unless it expects it (assertLogs, mute_logger).

And what several processes need (pytest-xdist): see tests.environment.workers.
"""

import logging
import threading

import pytest
from hypothesis import HealthCheck, settings

# Regular expressions of "logger: message" that any test may log. Empty, and meant to stay so.
ALLOWED = ()

# How long an example takes depends on the machine and on who else works there: that is no property of the code.
settings.register_profile("g2p", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("g2p")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    """Gives each of several processes a database of its own, before pytest-odoo lets Odoo read its settings."""
    if hasattr(config, "workerinput"):
        from tests.environment import workers

        workers.take_place(config.option, config.workerinput["workerid"])
    return (yield)


def pytest_collection_modifyitems(config, items):
    """Puts first what takes longest, where there are several processes."""
    if hasattr(config, "workerinput"):
        from tests.environment import workers

        workers.sort(items)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable(config):
    """Lets a report reach the process that prints it, whatever text a test has put into it."""
    data = yield
    return _sendable(data) if hasattr(config, "workerinput") else data


def _sendable(value):
    """Return JSON values whose texts are all valid: half a character, as attacks have it, cannot be sent."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_sendable(key): _sendable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_sendable, value))
    return value


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Says which tests go to one process, where there are several."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.environment import workers

    return workers.ByFile(config, log)


class _Complaints(logging.Handler):
    """Collects records above INFO of Odoo's loggers."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []

    def emit(self, record):
        if record.name == "odoo" or record.name.startswith("odoo."):
            self.records.append(logging.Formatter("%(levelname)s %(name)s: %(message)s").format(record))

    def take(self):
        taken, self.records = self.records, []
        return taken


@pytest.fixture(scope="session", autouse=True)
def odoo_complaints():
    """Listens from before the registry is loaded until after the last test."""
    handler = _Complaints()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
    _fail_on(handler.take(), "outside any test")


@pytest.fixture(scope="session", autouse=True)
def load_registry(odoo_complaints):
    """Loads the registry before the first test, as pytest-odoo's fixture of this name does.

    That one would copy the database for each of several processes, with programs of PostgreSQL's that a machine may
    lack; here each has its own already.
    """
    from odoo.modules.registry import Registry
    from odoo.tests.common import get_db_name

    threading.current_thread().testing = True
    Registry(get_db_name())


@pytest.fixture(autouse=True)
def no_odoo_complaint(odoo_complaints, request):
    """Fails the test that made Odoo complain."""
    yield
    _fail_on(odoo_complaints.take(), f"in {request.node.nodeid}")


def _fail_on(complaints, where):
    if complaints:
        pytest.fail(f"Odoo logged {where}:\n" + "\n".join(complaints), pytrace=False)
