import pytest

from .g2p_connect.caller import Caller
from .g2p_connect.process import running_simulator


@pytest.fixture(scope="session")
def process(tmp_path_factory):
    """One simulator for all tests of simulators."""
    with running_simulator({}, tmp_path_factory.mktemp("simulator") / "ledger.jsonl") as handle:
        yield handle


@pytest.fixture
def simulator(process):
    """A simulator that remembers nothing of other tests; only the ledger goes on."""
    process.play({})
    process.reset()
    return process


@pytest.fixture
def payer(simulator):
    """Somebody who speaks the asynchronous half of G2P Connect with the simulator."""
    payer = Caller(simulator)
    yield payer
    simulator.reset()
    payer.close()
