"""Start the simulator alone: ``python -m tests.simulators.interop --ledger FILE``."""

from .server import main

main()
