"""What the hub does with batches, behind both apps: split, decide, execute, remember."""

import itertools
import re
import threading
import uuid
from datetime import UTC, datetime
from decimal import Decimal

from ..ledger import Executed
from .batches import DUPLICATE, PHONE_MODES, Batch, Payment
from .knobs import HubOutcome
from .profiles import COLUMNS
from .submission import by_position, is_long

_DEDUP_KEY = ("payee_identifier", "payee_identifier_type", "amount", "currency")
_PHONE = re.compile(r"[0-9]+")


def now():
    return datetime.now(UTC)


class Engine:
    """All batches that were taken. Safe to use from several threads.

    Payments executed before a restart are known from the ledger, under their batch; nothing else is.
    """

    def __init__(self, ledger, executed=()):
        self._ledger = ledger
        self.lock = threading.RLock()
        self.forget()
        for payment in executed:
            self._remember(payment)

    def forget(self):
        """Forget all batches. The ledger stays."""
        self.batches = {}
        self.executed = 0
        self._seen = set()
        self._redis = set()
        self.repeated = 0
        self._numbers = itertools.count(100)

    def accept(self, script, profile, submission, dead=False):
        """Take a batch, always as a new one, and return it.

        :param dead: its workflow never starts: nobody is paid, and it is never seen
        """
        hub = script.hub
        with self.lock:
            number = next(self._numbers)
            job_key = str(2251799813000000 + number)
            batch = Batch(
                batch_id=self.new_id(),
                correlation=job_key if hub.authorization_enabled else submission.correlation,
                tenant=submission.tenant,
                mode=submission.rows[0]["payment_mode"] if submission.rows else "",
                sent_rows=len(submission.rows),
                accepted=now(),
                institution=submission.institution,
                file_name=submission.file_name or "",
                callback_url=submission.callback_url,
                import_questions=hub.import_questions,
                import_seconds=hub.import_seconds,
                number=number,
                sha256=submission.sha256,
            )
            if not dead:
                self.batches[batch.batch_id] = batch
                batch.payments = self._payments(script, profile, submission, batch)
                self._execute(batch, [p for p in batch.payments if p.outcome.result == "paid"])
        return batch

    @staticmethod
    def new_id():
        """Return an id as batches have it."""
        return str(uuid.uuid4())

    def find(self, tenant, batch_id, counts=True):
        """Return the batch where the operations app knows it by now, else None; a look counts as a question."""
        with self.lock:
            batch = self.batches.get(batch_id)
            # Of a batch from before a restart the tenant is not known.
            found = batch and batch.tenant in (tenant, "") and batch.imported(now(), counts)
            return batch if found else None

    def look(self, batch):
        """Ask for the batch as a whole, which brings its payments forward."""
        with self.lock:
            due = [payment for payment in batch.payments if payment.look()]
            for payment in batch.payments:
                if payment.final and not payment.completed_at:
                    payment.completed_at = now()
            self._execute(batch, due)

    def all_of(self, tenant):
        """Return all batches of a tenant that the operations app knows; a look counts as a question."""
        with self.lock:
            return [b for b in self.batches.values() if b.tenant == tenant and b.imported(now())]

    def state(self):
        """Return counts, for tests."""
        with self.lock:
            payments = [payment for batch in self.batches.values() for payment in batch.payments]
            return {
                "known": len(payments),
                "waiting": sum(not payment.final for payment in payments),
                "executed": self.executed,
                "repeated": self.repeated,
                "batches": [
                    {
                        "batchId": batch.batch_id,
                        "correlationId": batch.correlation,
                        "tenant": batch.tenant,
                        "rows": batch.sent_rows,
                        "payments": len(batch.payments),
                        "sub_batches": len(batch.sub_batches),
                        "sha256": batch.sha256,
                    }
                    for batch in self.batches.values()
                ],
            }

    def _payments(self, script, profile, submission, batch):
        """Return the payments that the workflow makes of a submission; none where it breaks."""
        hub = script.hub
        pairs = list(zip(submission.lines, submission.rows, strict=False))
        if profile.exact_cells and any(line.count(",") + 1 != profile.exact_cells for line, _row in pairs):
            return []
        if submission.tenant in hub.account_lookup_tenants:
            if submission.institution is None:
                return []
            if hub.registered_payees:
                pairs = [pair for pair in pairs if pair[1]["payee_identifier"] in hub.registered_payees]
        doubles = []
        if profile.deduplicates if hub.dedup is None else hub.dedup:
            pairs, doubles = _deduplicated(pairs)
        size = hub.sub_batch_size
        try:
            if size and len(pairs) > size:
                groups = [self._split(batch, pairs[at : at + size]) for at in range(0, len(pairs), size)]
            else:
                groups = [(None, [row for _line, row in pairs])]
        except ValueError:
            return []
        payments = []
        for sub_batch, rows in groups:
            payments += self._of_group(script, submission, sub_batch, rows)
        return payments + [self._double(row) for _line, row in doubles]

    def _split(self, batch, pairs):
        sub_batch = str(uuid.uuid4())
        batch.sub_batches.append(sub_batch)
        rows = []
        for line, _row in pairs:
            row = by_position(line)
            row["request_id"] = row["request_id"].strip('"')
            rows.append(row)
        return sub_batch, rows

    def _of_group(self, script, submission, sub_batch, rows):
        """Return the payments of a (sub-)batch, whose first row decides on the mode of all."""
        hub = script.hub
        mode = (rows[0]["payment_mode"] or "") if rows else ""
        if mode.lower() not in hub.modes:
            return []
        payer = _budget(hub, submission)
        payments = []
        for row in rows:
            row = {**row, **payer}
            outcome = _decide(script, submission, row, mode.lower())
            hidden = outcome.hidden + hub.empty_questions * (outcome.hidden >= 0)
            if self._refused_by_redis(hub, submission.tenant, row["request_id"], mode.lower()):
                # TransactionExists, and no row is ever made of that.
                outcome, hidden = HubOutcome("refused", "TransactionExists"), -1
            if mode.lower() == "closedloop" and (mode != "closedloop" or not is_long(row["amount"])):
                # The money goes out; only the importer stumbles.
                hidden = -1
            payments.append(
                Payment(
                    next(self._numbers),
                    row,
                    outcome,
                    mode.lower(),
                    sub_batch,
                    now(),
                    now() if outcome.result != "pending" else None,
                    outcome.questions,
                    hidden,
                    hidden == 0,
                    quoted=bool(sub_batch) and hub.quoted_ids and len(row["request_id"] or "") > 24,
                )
            )
        return payments

    def _refused_by_redis(self, hub, tenant, request_id, mode):
        """Note a request id; tell whether the channel has had it before and knows that."""
        key = (tenant, request_id)
        self.repeated += key in self._seen
        self._seen.add(key)
        if mode != "mojaloop" or not hub.redis_idempotency:
            return False
        known = key in self._redis
        self._redis.add(key)
        return known

    def _double(self, row):
        outcome = HubOutcome("refused", DUPLICATE)
        mode = (row["payment_mode"] or "").lower()
        return Payment(next(self._numbers), row, outcome, mode, None, now(), now(), duplicate=True)

    def _execute(self, batch, payments):
        if not payments:
            return
        self._ledger.append(
            Executed(
                batch.batch_id,
                payment.row["request_id"] or "",
                payment.row["payee_identifier"] or "",
                payment.row["amount"],
                payment.row["currency"] or "",
                now().isoformat(timespec="seconds"),
            )
            for payment in payments
        )
        self.executed += len(payments)

    def _remember(self, executed):
        """Keep a payment that the ledger knows from before."""
        batch = self.batches.get(executed.transaction_id)
        moment = datetime.fromisoformat(executed.timestamp)
        if batch is None:
            batch = Batch(executed.transaction_id, "", "", "closedloop", 0, moment)
            self.batches[batch.batch_id] = batch
        row = dict.fromkeys(COLUMNS)
        row.update(
            request_id=executed.reference_id,
            payee_identifier=executed.payee_fa,
            amount=executed.amount,
            currency=executed.currency,
        )
        number = next(self._numbers)
        batch.payments.append(Payment(number, row, HubOutcome(), "closedloop", None, moment, moment))
        batch.sent_rows += 1


def _deduplicated(pairs):
    """Return the first of equal rows, and the others."""
    seen, first, others = set(), [], []
    for line, row in pairs:
        key = tuple(row[name] for name in _DEDUP_KEY)
        (others if key in seen else first).append((line, row))
        seen.add(key)
    return first, others


def _budget(hub, submission):
    """Return the payer that the institution's program is configured with, which overwrites every row's."""
    pair = (submission.institution, submission.program)
    for account in hub.budget_accounts:
        if (account.institution, account.program) == pair:
            return {
                "payer_identifier_type": account.identifier_type,
                "payer_identifier": account.identifier,
            }
    return {}


def _decide(script, submission, row, mode):
    """Refuse what can only fail further on; the rest goes as the script says."""
    if mode in PHONE_MODES and not _PHONE.fullmatch(row["payee_identifier"] or ""):
        return HubOutcome("refused", "PayeeNotFound")
    if Decimal(row["amount"].strip().rstrip("dDfF")) <= 0:
        return HubOutcome("refused", "FAILED")
    if script.currencies and row["currency"] not in script.currencies:
        return HubOutcome("refused", "FAILED")
    return script.outcome_of(submission.correlation, row["request_id"] or "", row["payee_identifier"] or "")
