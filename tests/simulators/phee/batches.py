"""What the hub keeps of batches and their payments, and when each is seen."""

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from .knobs import HubOutcome

WORDS = {"paid": "COMPLETED", "refused": "FAILED", "pending": "IN_PROGRESS"}
DUPLICATE = "Duplicate transaction."
PHONE_MODES = ("gsma", "mojaloop")
_CODE = re.compile(r"([A-Z][a-z]+){2,}")
_DESCRIPTIONS = {"PayeeNotFound": ("Interop", "Payee not found")}


def milliseconds(moment):
    """Return ``moment`` as the operations app writes it."""
    return int(moment.timestamp() * 1000)


@dataclass
class Payment:
    """One row of a batch as it was taken; the same request id sent twice makes two.

    :param hidden: so many more questions do not show it; below zero: it is never shown
    :param shown: whether the last question showed it
    :param mode: payment mode that decided for it, in lower case
    """

    number: int
    row: dict
    outcome: HubOutcome
    mode: str
    sub_batch: str | None
    started_at: datetime
    completed_at: datetime | None = None
    questions: int = 0
    hidden: int = 0
    shown: bool = True
    duplicate: bool = False
    own_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    quoted: bool = False

    @property
    def final(self):
        return self.outcome.result != "pending"

    @property
    def status(self):
        return self.outcome.status or WORDS[self.outcome.result]

    @property
    def whole_amount(self):
        """The amount as it lies in the operations app's column, without decimals."""
        return int(Decimal(self.row["amount"].strip().rstrip("dDfF")))

    def look(self):
        """Count one question; tell whether the payment is made by it."""
        self.shown = self.hidden == 0
        self.hidden -= self.hidden > 0
        if self.final:
            return False
        if self.questions > 0:
            self.questions -= 1
            return False
        self.outcome = self.outcome.then or HubOutcome()
        self.questions = self.outcome.questions
        return self.outcome.result == "paid"

    def transfer(self, batch, hub):
        """Return what the operations app tells of this payment."""
        request_id = self.row["request_id"]
        request_id = f'"{request_id}"' if self.quoted else request_id
        # The importer takes the hub's own ids from the channel, and the request id where there is none.
        by_channel = self.mode in PHONE_MODES and not self.duplicate
        in_sub = self.sub_batch and hub.transfer_batch_ids == "sub"
        completed = None if self.status == "IN_PROGRESS" else self.completed_at or self.started_at
        currency = self.row["currency"]
        return {
            "id": self.number,
            "workflowInstanceKey": str(2251799813700000 + self.number),
            "transactionId": self.own_id if by_channel else request_id,
            "startedAt": milliseconds(self.started_at),
            "completedAt": completed and milliseconds(completed),
            "status": self.status,
            "statusDetail": None,
            "payeeDfspId": self.row["payee_dfsp_id"] or None,
            "payeePartyId": self.row["payee_identifier"],
            "payeePartyIdType": self._payee_type(),
            "payeeFee": 0,
            "payeeFeeCurrency": currency,
            "payeeQuoteCode": None,
            "payerDfspId": batch.tenant,
            "payerPartyId": self.row["payer_identifier"] or None,
            "payerPartyIdType": self.row["payer_identifier_type"] or None,
            "payerFee": 0,
            "payerFeeCurrency": currency,
            "payerQuoteCode": None,
            "amount": str(self.whole_amount),
            "currency": currency,
            "direction": "OUTGOING" if by_channel else "UNKNOWN",
            "errorInformation": self._error(hub),
            "batchId": self.sub_batch if in_sub else batch.batch_id,
            "clientCorrelationId": request_id if by_channel else self.own_id,
        }

    def _payee_type(self):
        # Derived from the name of the mode, whatever the file says.
        return {"mojaloop": "MSISDN", "gsma": "msisdn"}.get(self.mode) or self.row["payee_identifier_type"]

    def _error(self, hub):
        if self.outcome.result != "refused":
            return None
        code = self.outcome.code or ("PayeeNotFound" if self.mode in PHONE_MODES else "FAILED")
        if not _CODE.fullmatch(code):
            return code
        category, description = _DESCRIPTIONS.get(code, ("BusinessRule", code))
        error = json.dumps(
            {
                "errorCategory": category,
                "errorCode": code,
                "errorDescription": description,
                "developerMessage": "",
                "defaultUserMessage": "",
            }
        )
        return json.dumps(error) if hub.escaped_errors else error


@dataclass
class Batch:
    """One accepted batch.

    :param import_questions: so many more questions do not find it
    :param sha256: of what was sent, as the hub read it
    :param counted: counters of the last look at it as a whole; the other views only have these
    :param file: address of the result file, made at the first look that finds every payment completed
    """

    batch_id: str
    correlation: str
    tenant: str
    mode: str
    sent_rows: int
    accepted: datetime
    institution: str | None = None
    file_name: str = ""
    callback_url: str | None = None
    import_questions: int = 0
    import_seconds: float = 0.0
    payments: list = field(default_factory=list)
    sub_batches: list = field(default_factory=list)
    counted: dict | None = None
    file: str | None = None
    number: int = 0
    sha256: str = ""

    def imported(self, now, counts=True):
        """Whether the operations app knows the batch; a question that ``counts`` brings that nearer."""
        if (now - self.accepted).total_seconds() < self.import_seconds:
            return False
        if self.import_questions > 0:
            self.import_questions -= counts
            return False
        return True

    @property
    def seen(self):
        """The payments that the last question showed."""
        return [payment for payment in self.payments if payment.shown]
