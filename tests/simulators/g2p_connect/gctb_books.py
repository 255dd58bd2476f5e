"""What OpenG2P's Cash Transfer Bridge keeps, and what its payment backend makes of it (contract, section 2.1)."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from ..ledger import Executed
from ..script import Outcome

RECEIVED, PAID, REFUSED = "rcvd", "succ", "rjct"
FAILED_CODE = "rjct.payment.failed"
FAILED_MESSAGE = "Mpesa Payment Failed with unknown reason"


def moment():
    """Return the present moment as it writes it, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


@dataclass
class Row:
    """One payment; the same reference sent twice makes two."""

    transaction_id: str
    item: dict
    outcome: Outcome
    questions: int = 0
    status: str = RECEIVED
    code: str | None = None
    timestamp: str = ""

    @property
    def is_final(self):
        return self.status in (PAID, REFUSED)

    def told(self):
        """Return what a question is told of it; payer, names and instruction are not."""
        return {
            "reference_id": self.item["reference_id"],
            "timestamp": self.timestamp,
            "status": self.status,
            "status_reason_code": self.code,
            "status_reason_message": FAILED_MESSAGE if self.code else None,
            "instruction": None,
            "amount": self.item["amount"],
            "payer_fa": None,
            "payer_name": None,
            "payee_fa": self.item["payee_fa"],
            "payee_name": None,
            "currency_code": self.item["currency_code"],
            "locale": self.item.get("locale"),
        }


class Books:
    """All payments it has taken, and the backend that pays them. Safe to use from several threads.

    :param executed: what was paid before a restart; what waited then is forgotten
    """

    def __init__(self, ledger, executed=()):
        self._ledger = ledger
        self._lock = threading.Lock()
        self.forget()
        for one in executed:
            item = {
                "reference_id": one.reference_id,
                "payee_fa": one.payee_fa,
                "amount": one.amount,
                "currency_code": one.currency,
            }
            self._rows.append(Row(one.transaction_id, item, Outcome(), status=PAID, timestamp=one.timestamp))

    def forget(self):
        """Forget all payments. The ledger stays."""
        self._rows = []
        self._executed = 0

    def take(self, script, transaction, items):
        """Keep ``items`` (dicts), whatever is there already; one without a currency is lost, with all after it."""
        with self._lock:
            for item in items:
                if not item.get("currency_code"):
                    break
                outcome = script.outcome_of(transaction, item["reference_id"], item["payee_fa"])
                self._rows.append(Row(transaction, item, outcome, outcome.questions, timestamp=moment()))
            self._work()

    def ask(self, references):
        """Return what is told of ``references``, of whatever transaction; then the backend takes another turn."""
        with self._lock:
            told = [row.told() for row in self._rows if row.item["reference_id"] in references]
            self._work()
            return told

    def state(self):
        """Return how many payments are known and waiting."""
        with self._lock:
            waiting = sum(not row.is_final for row in self._rows)
            return {"known": len(self._rows), "waiting": waiting, "executed": self._executed}

    def _work(self):
        """Take one turn: try what was received, and what failed, again."""
        for row in self._rows:
            if row.is_final:
                continue
            if row.outcome.result == "pending" and row.questions > 0:
                row.questions -= 1
                row.status = row.outcome.status or RECEIVED
                row.code = FAILED_CODE if row.outcome.status else None
            else:
                if row.outcome.result == "pending":
                    row.outcome = row.outcome.then or Outcome()
                self._finish(row)
            row.timestamp = moment()

    def _finish(self, row):
        if row.outcome.result == "refused":
            row.status, row.code = REFUSED, row.outcome.code or FAILED_CODE
            return
        row.status, row.code = PAID, None
        self._executed += 1
        item = row.item
        self._ledger.append(
            [
                Executed(
                    row.transaction_id,
                    item["reference_id"],
                    item["payee_fa"],
                    item["amount"],
                    item["currency_code"],
                    moment(),
                )
            ]
        )
