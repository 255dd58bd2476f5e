"""A running server with a registry, a simulated payment system, and people in front of their screens."""

import os
from pathlib import Path

import pytest

from tests.demo import people, registry_data
from tests.environment.server import OdooServer
from tests.simulators.g2p_connect.process import running_simulator

from .screen import Screen
from .staff import hire

HOUSEHOLDS = 40
#: Where pictures of the screens go; nowhere unless this variable says so.
PICTURES = os.environ.get("G2P_PICTURES")


@pytest.fixture(scope="package")
def payment_system(tmp_path_factory):
    """A simulated payment system that pays everybody until a test gives it another script."""
    with running_simulator({}, tmp_path_factory.mktemp("payments") / "ledger.jsonl") as simulator:
        yield simulator


@pytest.fixture(scope="package")
def server(environment):
    """A running server with its job runner, the users of the demo and 40 registered households."""
    name = environment.clone_database(f"g2p_test_run_{os.getpid()}_browser")
    with OdooServer(environment, name, channels="root:2") as started:
        admin = started.xmlrpc()
        hire(admin)
        admin("ir.config_parameter", "set_param", "g2p_payment_g2p_connect.allow_loopback_http", "True")
        households = people.make_households(HOUSEHOLDS, without_account=1, refused=1)
        list(registry_data.register(admin, households, registry_data.make_lists(admin)))
        yield started
    complaints = started.warnings()
    environment.databases.drop(name)
    if complaints:
        pytest.fail("The server logged:\n" + "\n".join(complaints), pytrace=False)


@pytest.fixture
def sit_down(browser, server):
    """Call it with a user of the demo: logs in and returns the user's Screen, in a browser of its own.

    What the browser complains about fails the test.
    """
    screens = []

    def open_screen(user):
        context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="en-US")
        screen = Screen(context.new_page(), server.url, Path(PICTURES) if PICTURES else None)
        screens.append(screen)
        screen.log_in(user)
        return screen

    yield open_screen
    complaints = [text for screen in screens for text in screen.complaints]
    for screen in screens:
        screen.page.context.close()
    if complaints:
        pytest.fail("The browser complained:\n" + "\n".join(complaints), pytrace=False)
