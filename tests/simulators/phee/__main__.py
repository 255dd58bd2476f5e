"""Start the simulator alone: ``python -m tests.simulators.phee --ledger FILE``."""

from .server import main

main()
