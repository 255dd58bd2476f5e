"""Fixtures for tests of the simulator itself."""

import pytest

from .messages import BY_HAND, Caller
from .process import simulator_in_thread


@pytest.fixture(scope="session")
def bridge_thread(tmp_path_factory):
    """One bridge for all tests."""
    with simulator_in_thread(BY_HAND, tmp_path_factory.mktemp("g2p_bridge") / "ledger.jsonl") as handle:
        yield handle


@pytest.fixture
def bridge(bridge_thread):
    """A bridge that remembers nothing of other tests, and whose clock stands; only the ledger goes on."""
    bridge_thread.play(BY_HAND)
    bridge_thread.reset()
    return bridge_thread


@pytest.fixture
def mis(bridge):
    """Somebody who sends envelopes and disbursements."""
    return Caller(bridge)
