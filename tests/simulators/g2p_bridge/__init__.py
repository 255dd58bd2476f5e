"""A payment system that speaks the API of OpenG2P's G2P Bridge 1.0.2, with the real bridge's bugs.

It takes an envelope (what will come), then its disbursements, and pays on the schedule date only, once what came is
what was declared: the mapper looks every beneficiary up, the bank is asked for the funds and blocks them, one request
after another is shipped, and a bank statement tells of each payment. A clock does one of these steps at a time; script
and control calls say how fast it goes and which day it is (:mod:`.knobs`). Refusals come with HTTP 200, nothing has a
key, and the same list is taken again while there is room: the ledger shows it. Each of these bugs is a switch of the
script; ``violations`` in the state name what a careful caller would not have sent.

"Contract" is what was seen on a running bridge; ``samples`` are recordings of it, all of which come out again here. The
bank's side of the API (the upload of a statement) is not here: :meth:`.process.SimulatorHandle.statement` lets one
come in.

The ledger has one line for each payment that the bank has executed: ``transaction_id`` is the envelope's id,
``reference_id`` the mis_reference_number, ``payee_fa`` the beneficiary_id.

Beside the ledger is a journal (its name and ``.journal``) of what was taken, so that a bridge that is killed and
started again with the same ledger goes on where it was. Only what its bank was asked before is forgotten.
"""
