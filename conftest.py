"""A test that makes Odoo log a warning or an error fails, unless it expects it (assertLogs, mute_logger)."""

import logging

import pytest
from hypothesis import HealthCheck, settings

# Regular expressions of "logger: message" that any test may log. Empty, and meant to stay so.
ALLOWED = ()

# How long an example takes depends on the machine and on who else works there: that is no property of the code.
settings.register_profile("g2p", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("g2p")


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


@pytest.fixture(autouse=True)
def no_odoo_complaint(odoo_complaints, request):
    """Fails the test that made Odoo complain."""
    yield
    _fail_on(odoo_complaints.take(), f"in {request.node.nodeid}")


def _fail_on(complaints, where):
    if complaints:
        pytest.fail(f"Odoo logged {where}:\n" + "\n".join(complaints), pytrace=False)
