"""What the bridge does by itself on the schedule date, one step of each envelope at a time, and what its bank does."""

import hashlib
import threading
import time
import uuid
from collections import Counter

from ..ledger import Executed
from .knobs import BridgeOutcome

#: So often a check at the bank is made; then the envelope stays where it is for ever.
ATTEMPTS = 3
FUNDS = {"available": "FUNDS_AVAILABLE", "not_available": "FUNDS_NOT_AVAILABLE", "error": "ERROR"}
BLOCK = {"success": "FUNDS_BLOCK_SUCCESS", "failure": "FUNDS_BLOCK_FAILURE", "error": "ERROR"}
_ERRORS = {"invalid_reversal": "INVALID_REVERSAL", "invalid_id": "INVALID_DISBURSEMENT_ID"}
_REMITTANCE = ("statement_id", "statement_number", "statement_sequence", "entry_sequence", "entry_date")
_REMITTANCE = (*_REMITTANCE, "value_date")


def plain(amount):
    """Return an amount as the ledger has it: no point without need."""
    return str(int(amount)) if amount == int(amount) else repr(amount)


class Works:
    """Brings envelopes forward: by a clock of its own, by control calls, and by questions where the script says so."""

    def __init__(self, simulator, ledger, executed=()):
        self._simulator = simulator
        self._ledger = ledger
        self._before = Counter((one.transaction_id, one.reference_id) for one in executed)
        self._changed = threading.Condition()
        self._stepped = time.monotonic()
        self._woken = False
        self._statements = 0
        self.executed = 0

    @property
    def _books(self):
        return self._simulator.books

    @property
    def _bridge(self):
        return self._simulator.script.bridge

    # ---- The clock ------------------------------------------------------------------------------------------
    def start(self):
        """Take up what was shipped before a restart, and let the clock run."""
        told = self._books.replay()
        for one in self._books.disbursements.values():
            key = one.envelope.envelope_id, one.reference
            if one.shipped and self._before[key]:
                self._before[key] -= 1
                one.executed = True
            if one.disbursement_id in told:
                self._outcome_of(one)
                one.questions = 0
        threading.Thread(target=self._run, daemon=True).start()

    def wake(self):
        """Look again whether there is something to do."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    def _run(self):
        while True:
            self._wait()
            while self.step():
                self._wait()
            with self._changed:
                # Also by itself, as the day changes.
                self._changed.wait_for(lambda: self._woken, 1.0)
                self._woken = False

    def _wait(self):
        """Wait until a step is due."""
        with self._changed:
            while True:
                seconds = self._bridge.step_seconds
                left = self._stepped + seconds - time.monotonic()
                if seconds >= 0 and left <= 0:
                    return
                self._changed.wait(left if seconds >= 0 else None)

    def step(self):
        """Do one step of each envelope and tell whether there was any."""
        with self._books.lock:
            # Each of them, and not only as far as the first that has something to do.
            done = [self._advance(envelope) for envelope in self._books.envelopes.values()]
            self._stepped = time.monotonic()
            return any(done)

    def finish(self):
        """Do all steps that there are to do now."""
        while self.step():
            pass

    # ---- One step -------------------------------------------------------------------------------------------
    def _advance(self, envelope):
        done = self._reconcile(envelope)
        script = self._simulator.script
        stopped = envelope.cancelled or not envelope.is_complete(script.bugs.cuts_fractions)
        if stopped or envelope.schedule_date != self._simulator.clock.today():
            return done
        if not envelope.resolved:
            return self._resolve(envelope)
        if envelope.funds["word"] != FUNDS["available"]:
            return self._check(envelope.funds, FUNDS[self._bridge.funds]) or done
        if envelope.block["word"] != BLOCK["success"]:
            return self._block(envelope) or done
        return self._ship(envelope) or done

    def _resolve(self, envelope):
        """Let the mapper look everybody up."""
        for request in envelope.to_ship:
            for one in request.disbursements:
                self._outcome_of(one)
        envelope.resolved = True
        return True

    def _outcome_of(self, one):
        """Return what becomes of a disbursement, which is decided once."""
        if one.outcome is None:
            script = self._simulator.script
            self._decide(one, script.outcome_of(one.envelope.envelope_id, one.reference, one.beneficiary_id))
        return one.outcome

    def _decide(self, one, outcome):
        one.outcome = outcome
        one.questions = outcome.reversal_questions if outcome.result == "reversed" else outcome.questions

    def _check(self, checks, word):
        """Ask the bank once more, and tell whether it was asked."""
        if checks["attempts"] >= ATTEMPTS:
            return False
        error = "BANK_CONNECTION_ERROR" if word == "ERROR" else ""
        moment = self._simulator.clock.moment()
        checks.update(word=word, moment=moment, error=error, attempts=checks["attempts"] + 1)
        return True

    def _block(self, envelope):
        asked = self._check(envelope.block, BLOCK[self._bridge.block])
        if envelope.block["word"] == BLOCK["success"]:
            envelope.block_reference = uuid.uuid4().hex[:16]
        return asked

    def _ship(self, envelope):
        """Ship the next request, and tell whether there was one."""
        bugs = self._simulator.script.bugs
        for request in envelope.to_ship:
            if bugs.double_person_blocks and request.has_one_person_twice:
                continue
            shipped = [
                one
                for one in request.disbursements
                if self._outcome_of(one).result != "unresolved"
                and not one.told
                and (bugs.pays_cancelled or not one.cancelled)
            ]
            self._books.ship(envelope, request, shipped)
            self._execute([one for one in shipped if one.outcome.is_executed])
            return True
        return False

    # ---- The bank -------------------------------------------------------------------------------------------
    def statement(self):
        """Let a bank statement come in that tells of every disbursement, shipped or not, cancelled ones excepted."""
        with self._books.lock:
            known = self._books.disbursements.values()
            self._tell([one for one in known if not one.told and not one.cancelled])

    def _execute(self, disbursements):
        """Pay, each of them once."""
        due = [one for one in disbursements if not one.executed]
        if not due:
            return
        for one in due:
            one.executed = True
        moment = self._simulator.clock.utc()
        self._ledger.append(
            Executed(
                one.envelope.envelope_id,
                one.reference,
                one.beneficiary_id,
                plain(one.amount),
                one.envelope.values["disbursement_currency_code"] or "",
                moment,
            )
            for one in due
        )
        self.executed += len(due)

    def _reconcile(self, envelope):
        """Take in the statement about what was shipped before, and tell whether there was any."""
        waiting, envelope.to_reconcile = envelope.to_reconcile, []
        self._tell([one for one in waiting if not one.told])
        return bool(waiting)

    def _tell(self, disbursements):
        """Take in a statement about ``disbursements``."""
        if not disbursements:
            return
        # One that a kill overtook between its shipment and its payment is paid now.
        self._execute([one for one in disbursements if self._outcome_of(one).is_executed])
        self._statements += 1
        day = self._simulator.clock.day()
        for one in disbursements:
            one.told, result = True, one.outcome.result
            if one.outcome.is_executed:
                self._record(one, day)
            if result in _ERRORS:
                one.errors.append(self._error(one, _ERRORS[result], None))
            if result == "duplicate_line":
                one.errors.append(self._error(one, "DUPLICATE_DISBURSEMENT", day))

    def _line(self, one, word, day):
        """Return where in a statement a line stands."""
        statement_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{one.disbursement_id}/{word}"))
        sequence = "1" if day else None
        values = (statement_id, str(self._statements), "1", sequence, day, day)
        return dict(zip(_REMITTANCE, values, strict=True))

    def _record(self, one, day):
        line = self._line(one, "remittance", day)
        one.recon = {
            "bank_disbursement_batch_id": one.batch_id,
            "disbursement_id": one.disbursement_id,
            "disbursement_envelope_id": one.envelope.envelope_id,
            "beneficiary_name_from_bank": "Beneficiary at bank",
            "remittance_reference_number": _bank_reference(one, "remittance"),
            **{f"remittance_{name}": value for name, value in line.items()},
            "reversal_found": False,
            **{f"reversal_{name}": None for name in line},
            "reversal_reason": None,
        }
        one.envelope.reconciled += 1
        if one.outcome.result == "reversed" and one.outcome.reversal_seconds >= 0:
            one.reversal_due = time.monotonic() + one.outcome.reversal_seconds

    def _error(self, one, reason, day):
        return {
            **self._line(one, reason, day),
            "error_reason": reason,
            "disbursement_id": one.disbursement_id,
            "bank_reference_number": _bank_reference(one, reason),
        }

    # ---- Questions ------------------------------------------------------------------------------------------
    def asked(self, one):
        """Count one question about a disbursement, and bring it forward where that is the last."""
        if not one.told:
            return
        if one.outcome.result == "pending":
            one.questions -= 1
            if one.questions < 0:
                self._decide(one, one.outcome.then or BridgeOutcome())
                self._tell([one])
        elif one.outcome.result == "reversed" and not one.reversed:
            due = one.reversal_due is not None and time.monotonic() >= one.reversal_due
            one.questions -= 1
            if one.questions < 0 or due:
                self._reverse(one)

    def _reverse(self, one):
        line = self._line(one, "reversal", self._simulator.clock.day())
        one.recon.update(reversal_found=True, reversal_reason=one.outcome.code or "ACCOUNT_CLOSED")
        one.recon.update({f"reversal_{name}": value for name, value in line.items()})
        one.envelope.reversed += 1
        self._books.told_of_reversal(one)


def _bank_reference(one, word):
    return hashlib.sha256(f"{one.disbursement_id}/{word}".encode()).hexdigest()[:16]
