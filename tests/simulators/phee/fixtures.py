"""Fixtures for tests of the simulator itself."""

import pytest

from .messages import Caller
from .process import running_simulator


@pytest.fixture(scope="session")
def hub_process(tmp_path_factory):
    """One hub for all tests."""
    with running_simulator({}, tmp_path_factory.mktemp("phee") / "ledger.jsonl") as handle:
        yield handle


@pytest.fixture
def hub(hub_process):
    """A hub that remembers nothing of other tests; only the ledger and the tokens go on."""
    hub_process.play({})
    hub_process.reset()
    return hub_process


@pytest.fixture
def caller(hub):
    """Somebody who sends batches to the hub."""
    return Caller(hub)
