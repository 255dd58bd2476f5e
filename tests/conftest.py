"""Fixtures for tests that cross addons: databases of their own, running servers, a browser."""

import itertools
import os

import pytest

from tests.environment import browser as chromium
from tests.environment.environment import Environment
from tests.environment.server import OdooServer

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def environment():
    """The set-up: see tests.environment.environment.Environment."""
    return Environment()


@pytest.fixture
def clean_database(environment):
    """Call it for the name of a new database with all addons installed; dropped after the test.

    ``clean_database(durable=False)``
    """
    names = []

    def make(durable=False):
        name = f"g2p_test_run_{os.getpid()}_{next(_numbers)}"
        names.append(name)
        return environment.clone_database(name, durable=durable)

    yield make
    for name in names:
        environment.databases.drop(name)


@pytest.fixture
def odoo_server(environment, clean_database):
    """Call it for a running server (tests.environment.server.OdooServer), stopped after the test.

    ``odoo_server(database=None, allow_warnings=False, **options)``: a clean database where None is given;
    the options are OdooServer's. A server that logged a warning fails the test unless told otherwise.
    """
    started = []

    def start(database=None, *, allow_warnings=False, **options):
        server = OdooServer(environment, database or clean_database(), **options)
        started.append((server, allow_warnings))
        return server.start()

    yield start
    for server, _allowed in started:
        server.stop()
    complaints = [text for server, allowed in started if not allowed for text in server.warnings()]
    if complaints:
        pytest.fail("Odoo servers logged:\n" + "\n".join(complaints), pytrace=False)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, headless, driven by Playwright (playwright.sync_api.Browser)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.obtain(), args=list(chromium.FLAGS))
        yield started
        started.close()


@pytest.fixture
def page(browser):
    """A fresh browser page with cookies of its own (playwright.sync_api.Page)."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    yield context.new_page()
    context.close()
