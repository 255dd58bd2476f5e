"""Start the simulator alone: ``python -m tests.simulators.g2p_bridge --ledger FILE``."""

from .server import main

main()
