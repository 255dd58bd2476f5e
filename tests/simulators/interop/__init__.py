"""A payments interoperability layer, and a Mojaloop SDK scheme adapter, before one scheme: a switch and payees' banks.

Two ports: the layer (``POST /disbursement`` and its like) pays through the same adapter that answers on the other
port (``POST /transfers`` and its like). Requests are held against the official OpenAPI files in ``spec``; whatever
these refuse is refused in the words of the real systems, and what those swallow to the caller's harm is swallowed in
the same way. Each habit is a switch of the script (:mod:`.knobs`); ``violations`` in the state name what a careful
caller would not have sent. "Contract" is what was seen on the running systems; ``samples`` are recordings of it.

The ledger has one line for each transfer that the switch has COMMITTED, and only for those:

- by the adapter: ``transaction_id`` is the transferId, ``reference_id`` the homeTransactionId, which is the payment;
- by the layer: ``transaction_id`` is the disbursementId, and ``reference_id`` is
  ``disbursementId/idType/idValue/amount/currency``, as the layer has no name for a line
  (:func:`.by_payment.line_reference`). :func:`.by_payment.named` puts the payments' references there, given who
  each payment is for, so that whoever compares (:func:`tests.simulators.ledger.paid_twice` too) needs no other rule.

``payee_fa`` is the idValue alone, ``amount`` what was asked for, without fees.
"""
