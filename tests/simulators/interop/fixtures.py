"""Fixtures for tests of the simulator itself."""

import pytest

from .messages import Caller
from .process import running_simulator


@pytest.fixture(scope="session")
def scheme_process(tmp_path_factory):
    """One scheme for all tests."""
    with running_simulator({}, tmp_path_factory.mktemp("interop") / "ledger.jsonl") as handle:
        yield handle


@pytest.fixture
def scheme(scheme_process):
    """A scheme that remembers nothing of other tests; only the ledger and the tokens go on."""
    scheme_process.play({})
    scheme_process.reset()
    return scheme_process


@pytest.fixture
def dfsp(scheme):
    """Somebody who sends disbursements and transfers."""
    return Caller(scheme)
