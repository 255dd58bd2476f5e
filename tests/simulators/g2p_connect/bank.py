"""What the payment system does with payments, behind the API: decide, execute, remember."""

import re
import threading
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from ..ledger import Executed
from ..script import Outcome

#: The rule of the specification stands under 'format', binds nobody and would refuse its own examples. This
#: is what the examples have in common.
FINANCIAL_ADDRESS = re.compile(r"([A-Za-z0-9_.-]+:)?[A-Za-z0-9_.+-]+@[A-Za-z0-9_.-]+", re.ASCII)
WORDS = {"paid": "succ", "refused": "rjct", "pending": "pdng"}


def now():
    """Return the present moment as the API writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass
class Record:
    """One payment as it was taken; the same reference sent twice makes two."""

    transaction_id: str
    item: dict
    outcome: Outcome
    questions: int = 0
    timestamp: str = ""

    @property
    def final(self):
        return self.outcome.result != "pending"

    def row(self):
        """Return what the API says of this payment."""
        row = {
            "reference_id": self.item["reference_id"],
            "timestamp": self.timestamp,
            "status": self.outcome.status or WORDS[self.outcome.result],
            "amount": self.item["amount"],
        }
        for name in ("currency_code", "payee_fa"):
            if name in self.item:
                row[name] = self.item[name]
        if self.outcome.code:
            row["status_reason_code"] = self.outcome.code
            row["status_reason_message"] = f"Refused for {self.item.get('payee_name', 'this payee')}"
        return row


class Bank:
    """All payments that were taken. Safe to use from several threads.

    Payments executed before a restart are known from the ledger; refused and waiting ones are not.
    """

    def __init__(self, ledger, executed=()):
        self._ledger = ledger
        self._lock = threading.Lock()
        self.forget()
        for payment in executed:
            item = {
                "reference_id": payment.reference_id,
                "payee_fa": payment.payee_fa,
                "amount": payment.amount,
            }
            if payment.currency:
                item["currency_code"] = payment.currency
            record = Record(payment.transaction_id, item, Outcome(), timestamp=payment.timestamp)
            self._keep(record)

    def forget(self):
        """Forget all payments. The ledger stays."""
        self._records = {}
        self._correlations = {}
        self.executed = 0

    def submit(self, script, message, execute=True):
        """Take the payments of ``message`` and return one row each; nothing is kept unless ``execute``."""
        transaction = message["transaction_id"]
        records = [
            Record(transaction, item, _decide(script, transaction, item), timestamp=now())
            for item in message["disbursements"]
        ]
        for record in records:
            record.questions = record.outcome.questions
        if execute:
            with self._lock:
                for record in records:
                    self._keep(record)
                self._execute([record for record in records if record.outcome.result == "paid"])
        return [record.row() for record in records]

    def ask(self, script, transaction, references):
        """Return one row for each known one of ``references``; a question brings waiting payments forward.

        :param references: None asks for all of the transaction
        """
        with self._lock:
            if references is None:
                references = [ref for tx, ref in self._records if tx == transaction]
            found = {ref: self._records.get((transaction, ref)) for ref in references}
            known = [record for record in found.values() if record]
            self._execute([record for record in known if self._bring_forward(record)])
            rows = [record.row() for record in known]
        if script.unknown == "refused":
            rows += [_unknown_row(ref) for ref, record in found.items() if not record]
        return rows

    def look(self, transaction, rows):
        """Return ``rows`` as they are now; nothing is brought forward by that."""
        with self._lock:
            found = [self._records.get((transaction, row["reference_id"])) for row in rows]
            return [now.row() if now else then for now, then in zip(found, rows, strict=True)]

    def search(self, attribute, address):
        """Return one row for each payment whose payer_fa or payee_fa is ``address``, whatever its letters' case."""
        wanted = address.lower()
        with self._lock:
            found = [one for one in self._records.values() if one.item.get(attribute, "").lower() == wanted]
            return [one.row() for one in found]

    def transactions(self):
        """Return the rows of all payments by transaction."""
        with self._lock:
            found = {}
            for (transaction, _reference), record in self._records.items():
                found.setdefault(transaction, []).append(record.row())
            return found

    def correlation_of(self, transaction):
        """Return the payment system's own id of the transaction."""
        with self._lock:
            return self._correlations.setdefault(transaction, str(uuid.uuid4()))

    def transaction_of(self, correlation):
        """Return the transaction that was given this id, or an empty text."""
        with self._lock:
            return next((tx for tx, own in self._correlations.items() if own == correlation), "")

    def state(self):
        """Return how many payments are known and waiting."""
        with self._lock:
            waiting = sum(not record.final for record in self._records.values())
            return {"known": len(self._records), "waiting": waiting, "executed": self.executed}

    def _keep(self, record):
        self._records[record.transaction_id, record.item["reference_id"]] = record

    def _bring_forward(self, record):
        """Count one question to a waiting payment; tell whether it is paid by that."""
        if record.final:
            return False
        if record.questions > 0:
            record.questions -= 1
            return False
        record.outcome = record.outcome.then or Outcome()
        record.questions = record.outcome.questions
        record.timestamp = now()
        return record.outcome.result == "paid"

    def _execute(self, records):
        if not records:
            return
        self._ledger.append(
            Executed(
                record.transaction_id,
                record.item["reference_id"],
                record.item["payee_fa"],
                record.item["amount"],
                record.item.get("currency_code", ""),
                record.timestamp,
            )
            for record in records
        )
        self.executed += len(records)


def _decide(script, transaction, item):
    """Refuse what the API has a reason code for; the rest goes as the script says."""
    currency = item.get("currency_code", "")
    checks = (
        (item["reference_id"].strip(), "rjct.reference_id.invalid"),
        (FINANCIAL_ADDRESS.fullmatch(item["payer_fa"]), "rjct.payer_fa.invalid"),
        (FINANCIAL_ADDRESS.fullmatch(item["payee_fa"]), "rjct.payee_fa.invalid"),
        (item["amount"].strip("0") != ".", "rjct.amount.invalid"),
        (not script.currencies or currency in script.currencies, "rjct.currency_code.invalid"),
        # Nothing is kept for a later day here.
        ("scheduled_timestamp" not in item, "rjct.schedule_ts.invalid"),
    )
    for right, code in checks:
        if not right:
            return Outcome("refused", code)
    return script.outcome_of(transaction, item["reference_id"], item["payee_fa"])


def _unknown_row(reference):
    return {
        "reference_id": reference,
        "timestamp": now(),
        "status": "rjct",
        "status_reason_code": "rjct.reference_id.invalid",
    }
