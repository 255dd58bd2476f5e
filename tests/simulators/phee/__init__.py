"""A payment system that behaves as Payment Hub EE does: a bulk processor that takes batches, and an operations app
that tells what became of them, on two ports.

It never recognises a batch that it has had before: the same batch sent twice is executed twice, and the ledger
shows it. Whatever the hub would refuse is refused in the hub's own words, and what the hub would swallow to the
caller's harm is swallowed, executed or lost in the same way; ``violations`` in the state name what a careful caller
would not have sent. "Contract" and its sections are what was read out of the hub's own code; ``samples`` belongs to
it.
"""
