"""What the bridge has taken: envelopes, requests, disbursements, each known by its id."""

import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .knobs import BridgeOutcome

DECLARED = (
    "number_of_beneficiaries",
    "number_of_disbursements",
    "total_disbursement_amount",
    "disbursement_schedule_date",
)


def exact(amount):
    """Return an amount as Decimal, as it was written."""
    return Decimal(repr(amount))


@dataclass(eq=False)
class Disbursement:
    """One disbursement as it was taken; the same sent twice makes two.

    :param outcome: what becomes of it, decided when the mapper looks the beneficiary up
    :param told: whether a bank statement was there that would tell of it
    :param recon: the record of the bank statement; None before there is one
    :param errors: the records of lines that were not expected
    :param questions: so many more questions before a pending one, or a reversal, goes on
    :param reversal_due: moment of the monotonic clock
    """

    disbursement_id: str
    envelope: "Envelope"
    batch_id: str
    reference: str
    beneficiary_id: str
    amount: float
    cancelled: bool = False
    shipped: bool = False
    executed: bool = False
    outcome: BridgeOutcome | None = None
    told: bool = False
    recon: dict | None = None
    errors: list = field(default_factory=list)
    questions: int = 0
    reversal_due: float | None = None

    @property
    def reversed(self):
        return self.recon is not None and self.recon["reversal_found"]


@dataclass(eq=False)
class Request:
    """The disbursements of one create_disbursements, which are shipped together."""

    batch_id: str
    disbursements: list
    shipped: bool = False

    @property
    def has_one_person_twice(self):
        people = Counter(one.beneficiary_id for one in self.disbursements)
        return any(times > 1 for times in people.values())


@dataclass(eq=False)
class Envelope:
    """One envelope, and how far it has come.

    :param number: the bridge's own number of its row
    :param values: what was declared, as JSON
    :param made: local moment, as the API writes it
    :param to_ship: requests that may still be shipped
    :param to_reconcile: disbursements that the next statement tells of
    """

    envelope_id: str
    number: int
    values: dict
    made: str
    cancelled: bool = False
    received: int = 0
    amount_received: Decimal = Decimal()
    requests: list = field(default_factory=list)
    to_ship: list = field(default_factory=list)
    to_reconcile: list = field(default_factory=list)
    resolved: bool = False
    funds: dict = field(default_factory=dict)
    block: dict = field(default_factory=dict)
    block_reference: str | None = None
    shipped: int = 0
    reconciled: int = 0
    reversed: int = 0

    def __post_init__(self):
        for checks in (self.funds, self.block):
            checks.update(word="PENDING_CHECK", moment=self.made, error="", attempts=0)

    @property
    def schedule_date(self):
        return date.fromisoformat(self.values["disbursement_schedule_date"])

    def declared_amount(self, cuts):
        """Return the declared total, cut to a whole number where the bridge ``cuts``."""
        amount = exact(self.values["total_disbursement_amount"])
        return Decimal(int(amount)) if cuts else amount

    def is_complete(self, cuts):
        """Whether what was received is what was declared."""
        declared = self.values["number_of_disbursements"], self.declared_amount(cuts)
        return declared == (self.received, self.amount_received)


class Books:
    """All that was taken. Safe to use from several threads; whoever looks at more than one thing holds ``lock``.

    :param journal: journal.Journal
    """

    def __init__(self, journal):
        self.lock = threading.RLock()
        self._journal = journal
        self._last_id = 0
        self._forget()

    def forget(self):
        """Forget everything; also what is on the disk."""
        with self.lock:
            self._journal.clear()
            self._forget()

    def _forget(self):
        self.envelopes = {}
        self.disbursements = {}
        self.by_reference = {}
        self._rows = 0

    # ---- Ids ------------------------------------------------------------------------------------------------
    def new_envelope_id(self):
        """Return the present moment in milliseconds, each only once."""
        return self._new_id(1_000)

    def new_disbursement_ids(self, number):
        """Return so many moments in microseconds, each only once."""
        return [self._new_id(1_000_000) for _each in range(number)]

    def _new_id(self, parts):
        with self.lock:
            # In microseconds; so neither kind is ever told twice.
            step = 1_000_000 // parts
            moment = max(time.time_ns() // 1_000, self._last_id + step)
            self._last_id = moment
            return str(moment // step)

    def new_row(self):
        """Return the number of the next row in the bridge's own table."""
        self._rows += 1
        return self._rows

    # ---- What happens, and is noted -------------------------------------------------------------------------
    def add_envelope(self, envelope_id, values, made):
        """Keep a new envelope."""
        with self.lock:
            envelope = Envelope(envelope_id, self.new_row(), values, made)
            self.envelopes[envelope_id] = envelope
            self._journal.write("envelope", envelope_id=envelope_id, values=values, made=made)
            return envelope

    def add_request(self, envelope, rows, cuts, batch_id=None):
        """Keep the disbursements ``rows`` of one request.

        :param rows: dicts with disbursement_id, reference, beneficiary_id, amount
        :param cuts: whether the total received is cut to a whole number
        """
        with self.lock:
            batch_id = batch_id or str(uuid.uuid4())
            made = [Disbursement(envelope=envelope, batch_id=batch_id, **row) for row in rows]
            request = Request(batch_id, made)
            envelope.requests.append(request)
            envelope.to_ship.append(request)
            self.count(envelope, len(made), sum(exact(one.amount) for one in made), cuts)
            for one in made:
                self.disbursements[one.disbursement_id] = one
                self.by_reference.setdefault(one.reference, []).append(one)
            facts = {"envelope_id": envelope.envelope_id, "rows": rows, "cuts": cuts, "batch_id": batch_id}
            self._journal.write("request", **facts)

    def count(self, envelope, number, amount, cuts):
        """Add to what was received."""
        envelope.received += number
        total = envelope.amount_received + amount
        envelope.amount_received = Decimal(int(total)) if cuts else total

    def cancel(self, envelope, disbursements, cuts):
        """Cancel disbursements; that makes room in their envelope."""
        with self.lock:
            for one in disbursements:
                one.cancelled = True
            amount = sum(exact(one.amount) for one in disbursements)
            self.count(envelope, -len(disbursements), -amount, cuts)
            ids = [one.disbursement_id for one in disbursements]
            self._journal.write("cancel", envelope_id=envelope.envelope_id, ids=ids, cuts=cuts)

    def cancel_envelope(self, envelope):
        """Cancel a whole envelope."""
        with self.lock:
            envelope.cancelled = True
            self._journal.write("cancel_envelope", envelope_id=envelope.envelope_id)

    def amend(self, envelope, values):
        """Declare something else."""
        with self.lock:
            envelope.values = {**envelope.values, **values}
            self._journal.write("amend", envelope_id=envelope.envelope_id, values=values)

    def ship(self, envelope, request, disbursements):
        """Note that ``disbursements`` of a request go to the bank now."""
        with self.lock:
            request.shipped = True
            envelope.to_ship.remove(request)
            envelope.resolved = True
            envelope.shipped += len(disbursements)
            envelope.to_reconcile += disbursements
            for one in disbursements:
                one.shipped = True
            ids = [one.disbursement_id for one in disbursements]
            facts = {"funds": envelope.funds, "block": envelope.block, "reference": envelope.block_reference}
            facts |= {"envelope_id": envelope.envelope_id, "batch_id": request.batch_id, "ids": ids}
            self._journal.write("ship", **facts)

    def told_of_reversal(self, disbursement):
        """Note that a reversal was told of."""
        self._journal.write("reversal", disbursement_id=disbursement.disbursement_id)

    # ---- After a restart ------------------------------------------------------------------------------------
    def replay(self):
        """Take again all that the journal has, and return the ids of disbursements whose reversal was told of."""
        told = set()
        self._journal.muted = True
        with self.lock:
            for event in self._journal.events:
                facts = {name: value for name, value in event.items() if name != "kind"}
                if event["kind"] == "reversal":
                    told.add(facts["disbursement_id"])
                else:
                    getattr(self, f"_replay_{event['kind']}")(**facts)
        self._journal.muted = False
        return told

    def _replay_envelope(self, envelope_id, values, made):
        self.add_envelope(envelope_id, values, made)

    def _replay_request(self, envelope_id, rows, cuts, batch_id):
        self.add_request(self.envelopes[envelope_id], rows, cuts, batch_id)

    def _replay_cancel(self, envelope_id, ids, cuts):
        self.cancel(self.envelopes[envelope_id], [self.disbursements[one] for one in ids], cuts)

    def _replay_cancel_envelope(self, envelope_id):
        self.cancel_envelope(self.envelopes[envelope_id])

    def _replay_amend(self, envelope_id, values):
        self.amend(self.envelopes[envelope_id], values)

    def _replay_ship(self, envelope_id, batch_id, ids, funds, block, reference):
        envelope = self.envelopes[envelope_id]
        envelope.funds, envelope.block, envelope.block_reference = funds, block, reference
        request = next(one for one in envelope.to_ship if one.batch_id == batch_id)
        self.ship(envelope, request, [self.disbursements[one] for one in ids])

    # ---- For tests ------------------------------------------------------------------------------------------
    def state(self):
        """Return what was taken and what has become of it."""
        known = self.disbursements.values()
        return {
            "known": len(known),
            "waiting": sum(not (one.recon or one.errors) for one in known),
            "reversed": [one.reference for one in known if one.reversed],
            "repeated": [name for name, made in self.by_reference.items() if len(made) > 1],
            "envelopes": [_envelope_state(envelope) for envelope in self.envelopes.values()],
            "requests": [
                {
                    "disbursement_envelope_id": envelope.envelope_id,
                    "disbursements": len(request.disbursements),
                    "amount": float(sum(exact(one.amount) for one in request.disbursements)),
                    "shipped": request.shipped,
                }
                for envelope in self.envelopes.values()
                for request in envelope.requests
            ],
        }


def _envelope_state(envelope):
    return {
        "disbursement_envelope_id": envelope.envelope_id,
        "cycle_code_mnemonic": envelope.values["cycle_code_mnemonic"],
        "schedule_date": envelope.values["disbursement_schedule_date"],
        "declared": envelope.values["number_of_disbursements"],
        "declared_beneficiaries": envelope.values["number_of_beneficiaries"],
        "declared_amount": envelope.values["total_disbursement_amount"],
        "received": envelope.received,
        "received_amount": float(envelope.amount_received),
        "requests": len(envelope.requests),
        "funds": envelope.funds["word"],
        "block": envelope.block["word"],
        "shipped": envelope.shipped,
        "reconciled": envelope.reconciled,
        "reversed": envelope.reversed,
        "cancelled": envelope.cancelled,
    }
