"""A payment system that speaks the official G2P Connect disburse core API 1.0.0, both halves.

It checks every request against the official OpenAPI file. It does not deduplicate, as the specification does
not promise it: the same transaction sent twice is executed twice, and the ledger shows it.

The asynchronous half acknowledges and calls back. What it asks of callers (token, TLS, signature, encryption), how it
proves itself, and how its callbacks go is said by the script: :mod:`.knobs`. Signatures and encryption are written here
from the specification's text alone, so that they check those of the addon.

By its script it may also be OpenG2P's Cash Transfer Bridge 0.1.0: :mod:`.gctb`.
"""
