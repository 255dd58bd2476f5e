"""A payment system that speaks the official G2P Connect disburse core API 1.0.0, synchronous half.

It checks every request against the official OpenAPI file. It does not deduplicate, as the specification does
not promise it: the same transaction sent twice is executed twice, and the ledger shows it.
"""
