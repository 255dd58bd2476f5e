"""Payment systems for tests. Each keeps a ledger of what it really paid, and plays a script of faults."""
