"""Work off a folder of files: ``python -m tests.simulators.bank --inbox DIR --outbox DIR --ledger FILE``."""

import sys

from .counter import main

sys.exit(main())
