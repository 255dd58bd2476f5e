"""The layer: pays disbursements line by line through the adapter, and remembers what it said of them."""

import threading
from dataclasses import dataclass, field

from . import contract
from .by_payment import line_reference
from .switch import Transfer, now

#: All that the layer says of an error, whatever it was.
ERROR = "Request failed with status code 500"
#: Nothing downstream can be traced to a disbursement: all of this is constant.
CONNECTOR = {
    "homeTransactionId": "abc123",
    "from": {"idType": "BUSINESS", "idValue": "payer", "displayName": "Payer"},
    "amountType": "SEND",
    "transactionType": "TRANSFER",
    "note": "string",
}
OPEN_WORDS = ("RECEIVED", "PENDING")


class BrokenOff(Exception):
    """The layer has died in the midst of a disbursement."""


@dataclass
class Line:
    """One line that was done, as it is told.

    :param live: the layer asks the switch again before it tells of this line
    """

    row: dict
    transfer: Transfer | None = None
    live: bool = False


@dataclass
class Disbursement:
    """One disbursement, done as far as ``lines`` go."""

    body: dict
    lines: list = field(default_factory=list)
    done: bool = False


class Layer:
    """All disbursements of which a result is kept. Safe to use from several threads."""

    def __init__(self, simulator):
        self._simulator = simulator
        self._lock = threading.Lock()
        self.repeated = 0
        self.forget()

    @property
    def _scheme(self):
        return self._simulator.script.scheme

    def forget(self):
        """Forget everything, as a restart does."""
        self._disbursements = {}
        self._seen = {}

    def disburse(self, body, dry=False, breaks_after=None):
        """Pay every line of ``body``, one after another, and return the answer.

        :param dry: answer as if, and keep nothing
        :param breaks_after: die after so many lines
        :raise BrokenOff: where it died; what was paid is paid, and no result is kept
        """
        disbursement_id = body["disbursementId"]
        disbursement = Disbursement(body)
        with self._lock:
            before = self._seen.get(disbursement_id)
            if not dry:
                self._seen[disbursement_id] = before or disbursement
                self.repeated += before is not None
        if before and self._scheme.idempotent:
            return self._tell(before)
        if not dry and self._scheme.running_get == "rows":
            self._disbursements[disbursement_id] = disbursement
        for number, payee in enumerate(body["payeeList"]):
            if number == breaks_after:
                raise BrokenOff
            disbursement.lines.append(self._pay(disbursement_id, payee, dry))
        disbursement.done = True
        if not dry:
            # Not before the last line, and over whatever was there.
            self._disbursements[disbursement_id] = disbursement
        return self._tell(disbursement)

    def ask(self, disbursement_id):
        """Return what is told of a disbursement; None where nothing is kept."""
        disbursement = self._disbursements.get(disbursement_id)
        if disbursement is None:
            return None
        for line in disbursement.lines:
            if line.live:
                self._simulator.switch.ask(line.transfer)
                self._bring_forward(line)
        return self._tell(disbursement)

    def check(self, payees):
        """Return what is known of payees."""
        return [self._check(payee) for payee in payees]

    def state(self):
        """Return what was asked for, for tests."""
        return {
            "disbursements": [
                {"disbursementId": name, "lines": len(one.body["payeeList"]), "done": len(one.lines)}
                for name, one in list(self._seen.items())
            ],
            "disbursements_repeated": self.repeated,
        }

    # ---- One line -------------------------------------------------------------------------------------------
    def _pay(self, disbursement_id, payee, dry):
        names = ("payeeIdType", "payeeIdValue", "amount", "currency")
        row = {**payee} if self._scheme.echoes else {name: payee[name] for name in names}
        reference = line_reference(disbursement_id, *(payee[name] for name in names))
        body = {
            **CONNECTOR,
            "to": {"idType": payee["payeeIdType"], "idValue": payee["payeeIdValue"]},
            "amount": payee["amount"],
            "currency": payee["currency"],
        }
        status, answer, transfer = 400, {}, None
        if not contract.sdk().problem("transferRequest", body):
            status, answer, transfer = self._simulator.adapter.post(body, disbursement_id, reference, dry)
        word, reason = self._word(status, answer, transfer)
        row.update(timestamp=now(), status=word)
        if status == 200 or self._scheme.failed_amounts:
            # Copies of what was asked for, not of the quote.
            row.update(amountDebited=payee["amount"], amountCredited=payee["amount"])
        if reason:
            row["errors"] = [reason]
        pending = transfer is not None and transfer.decided.result == "pending"
        live = pending and (bool(transfer.decided.status) or word in OPEN_WORDS)
        return Line(row, transfer, live)

    def _word(self, status, answer, transfer):
        """Return the status of a line, and what is said of the error."""
        scheme = self._scheme
        told = transfer.decided.status if transfer else ""
        if status == 200:
            word, state = (
                answer["currentState"],
                answer.get("fulfil", {}).get("body", {}).get("transferState"),
            )
            if word == "COMPLETED" and not scheme.completed_over_everything:
                word = {"COMMITTED": "COMPLETED", "ABORTED": "REJECTED"}.get(state, "PENDING")
            return told or word, ""
        if scheme.aborted_for_everything:
            return told or "ABORTED", "" if told in OPEN_WORDS else ERROR
        if transfer is not None and transfer.state and transfer.state != "ABORTED":
            return told or "PENDING", ""
        return told or "REJECTED", answer.get("message") or "Bad request"

    def _bring_forward(self, line):
        """Tell of a line what has become of it."""
        transfer, row = line.transfer, line.row
        if not transfer.settled:
            return
        line.live = False
        paid = transfer.state == "COMMITTED"
        row.update(timestamp=now(), status=transfer.outcome.status or ("COMPLETED" if paid else "REJECTED"))
        row.pop("errors", None)
        if paid or self._scheme.failed_amounts:
            row.update(amountDebited=row["amount"], amountCredited=row["amount"])
        else:
            for name in ("amountDebited", "amountCredited"):
                row.pop(name, None)
            row["errors"] = ["The transfer was aborted"]

    def _tell(self, disbursement):
        payees = disbursement.body["payeeList"]
        rows = [dict(line.row) for line in disbursement.lines]
        if not disbursement.done:
            rows += [{**payee, "timestamp": now(), "status": "PENDING"} for payee in payees[len(rows) :]]
        return {"disbursementId": disbursement.body["disbursementId"], "payeeResults": rows}

    def _check(self, payee):
        status, answer = self._simulator.adapter.look_up(payee["payeeIdType"], payee["payeeIdValue"])
        row = {**payee, "isPayable": status == 200, "timestamp": now()}
        if status == 200:
            party = answer["party"]["body"]
            row.update(name=party["name"], dateOfBirth=party["personalInfo"]["dateOfBirth"])
        return row
