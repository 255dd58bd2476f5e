"""G2P Connect's disburse core API 1.0.0, synchronous half: plain Python, no environment, no ORM.

A payment goes out as one item of ``POST /disburse/sync/disburse`` and is asked about by its reference with
``POST /disburse/sync/txn/status``. Answers are read in ``reading.py``.
"""

import json
import random
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from odoo.addons.g2p_programs.dispatch.outcome import (
    Answer,
    Fault,
    Outcome,
    PaymentData,
    SubmissionData,
)
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal
from odoo.addons.g2p_programs.dispatch.transport import HttpRequest, Transport

from . import const, reading


@dataclass(frozen=True)
class Settings:
    """What a submission is pinned to; plain texts, so that it can be stored as JSON.

    :param payment_endpoint_url: full URL of sync/disburse
    :param status_endpoint_url: full URL of sync/txn/status
    :param payer_fa: financial address of the account that pays
    :param locale: ISO 639-3
    :param note: for the statement; cut to 99 characters, as is ``purpose``
    :param payee_prefix: id-type with its colon, such as ``account:``
    :param payee_suffix: ``@provider`` where a payee has no bank code; one that begins with a dot follows the
        bank code instead, as in ``account:1@abcd0000001.ifsc.national-rail``
    :param final_refusal_codes: further codes, with spaces between, that refuse a payment for good
    """

    payment_endpoint_url: str = ""
    status_endpoint_url: str = ""
    sender_id: str = ""
    payer_fa: str = ""
    receiver_id: str = ""
    payer_name: str = ""
    locale: str = ""
    note: str = ""
    purpose: str = ""
    status_action: str = const.ACTION_STATUS
    payee_prefix: str = ""
    payee_suffix: str = ""
    final_refusal_codes: str = ""

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Settings":
        """Return stored settings, also those that another version of this addon has pinned.

        What is not known here is left out; what is missing, or is no text, takes its default.
        """
        names = (one.name for one in fields(cls))
        return cls(**{name: stored[name] for name in names if isinstance(stored.get(name), str)})


@dataclass(frozen=True)
class Credentials:
    """Today's secrets; they show in no representation."""

    token: str = field(default="", repr=False)


def payee_fa(payment: PaymentData, settings: Settings) -> str:
    """Return the financial address that a payment goes to, or an empty text where there is no valid one.

    Source: cdpi_FinancialAddress, ``id-type:id@provider``. The provider is the bank's code, else the suffix.
    """
    separators = const.SEPARATORS.get(payment.payee_id_type)
    if separators is None or not const.ADDRESS_PREFIX.fullmatch(settings.payee_prefix):
        return ""
    value = separators.sub("", payment.payee_id_value)
    if payment.payee_id_type == "email":
        value, _at, provider = value.rpartition("@")
    else:
        provider = _provider(payment.payee_bank_code.strip(), settings.payee_suffix.strip())
    if payment.payee_id_type == "bank_acc_iban":
        value = value.upper()
    if not const.ADDRESS_ID.fullmatch(value) or not const.ADDRESS_PROVIDER.fullmatch(provider):
        return ""
    return f"{settings.payee_prefix}{value}@{provider}"


def _provider(bank_code, suffix):
    if bank_code:
        return bank_code + suffix if suffix.startswith(".") else bank_code
    return suffix.removeprefix("@")


def wire_amount(amount: str) -> str:
    """Return ``amount`` as the API writes it, or an empty text where it cannot be carried exactly.

    Source: Amount, ``^\\d{1,13}\\.\\d{1,2}$``.
    """
    whole, _point, fraction = amount.partition(".")
    carried = f"{whole}.{fraction.rstrip('0').ljust(const.AMOUNT_DIGITS, '0')}"
    if not const.PLAIN_DECIMAL.fullmatch(amount) or not const.AMOUNT.fullmatch(carried):
        return ""
    return carried if Decimal(carried) == Decimal(amount) > 0 else ""


def findings(payments: list[PaymentData], settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return why payments cannot be sent, by reference: keys of :data:`const.REASONS`, all of each payment."""
    times = Counter(payment.reference for payment in payments)
    found = {}
    for payment in payments:
        wrong = (
            ("reference", not payment.reference or times[payment.reference] > 1),
            ("address", not payee_fa(payment, settings)),
            ("amount", not wire_amount(payment.amount)),
            ("currency", not const.CURRENCY.fullmatch(payment.currency)),
            ("payer", not const.FINANCIAL_ADDRESS.fullmatch(settings.payer_fa)),
            ("locale", settings.locale and not const.LOCALE.fullmatch(settings.locale)),
        )
        reasons = tuple(name for name, is_wrong in wrong if is_wrong)
        if reasons:
            found[payment.reference] = reasons
    return found


def explain(found: dict[str, tuple[str, ...]], reasons: Mapping[str, str]) -> dict[str, str]:
    """Return :func:`findings` as texts for people; a reason without a text stands for itself."""
    return {reference: "; ".join(reasons.get(key, key) for key in keys) for reference, keys in found.items()}


def choose_references(references: tuple[str, ...]) -> tuple[str, ...]:
    """Return those that one question asks about: all, or as many as its answer can carry, from anywhere on.

    A start by chance needs no memory and falls in step with no clock, so that with every question any of them is
    as likely to be asked about as any other. Those that become final are no longer among them.
    """
    most = const.MAX_REFERENCES_PER_QUESTION
    if len(references) <= most:
        return references
    start = random.randrange(len(references))
    return (references[start:] + references[:start])[:most]


class G2PConnectClient:
    """One G2P Connect payment system; see :class:`odoo.addons.g2p_programs.dispatch.rail.RailClient`.

    :param reasons: texts for people, by key of :data:`const.REASONS`
    """

    def __init__(
        self, settings: Settings, credentials: Credentials, reasons: Mapping[str, str] | None = None
    ):
        self._settings = settings
        self._credentials = credentials
        self._reasons = reasons or {}

    def build(self, submission: SubmissionData, payments: list[PaymentData]) -> str:
        """Return the business payload, a DisburseRequest as canonical JSON (ASCII, sorted keys).

        :raise RailRefusal: naming every payment that cannot be put into this format
        """
        refused = findings(payments, self._settings)
        if len(submission.key) > const.MAX_TRANSACTION_ID:
            refused = {
                payment.reference: ("transaction", *refused.get(payment.reference, ()))
                for payment in payments
            }
        if refused:
            raise RailRefusal(explain(refused, self._reasons))
        items = [self._disbursement(payment) for payment in payments]
        return _canonical({"transaction_id": submission.key, "disbursements": items})

    def submit(self, transport: Transport, submission: SubmissionData) -> Answer:
        """Send the stored payload once, byte for byte, under a header of this try."""
        count = len(json.loads(submission.payload)["disbursements"])
        return self._post(
            transport, self._settings.payment_endpoint_url, const.ACTION_DISBURSE, count, submission.payload
        )

    def read_submission(self, answer: Answer, submission: SubmissionData) -> Outcome:
        """Tell Accepted, Rejected, NotSent or Unknown from a stored answer."""
        return reading.read_submission(answer, submission.key, self._declared)

    def ask(self, transport: Transport, submission: SubmissionData, references: tuple[str, ...]) -> Answer:
        """Ask in one question what became of ``references``, under the submission's own transaction.

        Of more than :data:`const.MAX_REFERENCES_PER_QUESTION` some are asked about, the next time others.
        """
        question = {
            "reference_id": str(uuid.uuid4()),
            "txn_type": const.TXN_TYPE,
            "attribute_type": const.ATTRIBUTE_TYPE,
            "attribute_value": list(choose_references(references or submission.references)),
        }
        if self._settings.locale:
            question["locale"] = self._settings.locale
        message = _canonical({"transaction_id": submission.key, "txnstatus_request": question})
        return self._post(
            transport, self._settings.status_endpoint_url, self._settings.status_action, 1, message
        )

    def read_question(
        self, answer: Answer, submission: SubmissionData, references: tuple[str, ...]
    ) -> Outcome:
        """Tell Found, NotSeen or Unreadable from a stored answer."""
        in_part = len(references or submission.references) > const.MAX_REFERENCES_PER_QUESTION
        ours = {*references, *submission.references}
        return reading.read_question(answer, submission.key, ours, in_part, self._declared)

    @property
    def _declared(self):
        return frozenset(self._settings.final_refusal_codes.split())

    def _disbursement(self, payment):
        settings = self._settings
        item = {
            "reference_id": payment.reference,
            "payer_fa": settings.payer_fa,
            "payee_fa": payee_fa(payment, settings),
            "amount": wire_amount(payment.amount),
            "currency_code": payment.currency,
        }
        for_reading = {
            "payer_name": settings.payer_name,
            "payee_name": payment.payee_name,
            "note": settings.note[: const.MAX_NOTE],
            "purpose": settings.purpose[: const.MAX_NOTE],
            "locale": settings.locale,
        }
        return item | {name: value for name, value in for_reading.items() if value}

    def _header(self, action, count):
        header = {
            "version": const.VERSION,
            "message_id": str(uuid.uuid4()),
            "message_ts": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "action": action,
            "sender_id": self._settings.sender_id,
            "total_count": count,
            "is_msg_encrypted": False,
            "meta": {},
        }
        if self._settings.receiver_id:
            header["receiver_id"] = self._settings.receiver_id
        return header

    def _post(self, transport, url, action, count, message):
        if not self._credentials.token:
            return Answer(fault=Fault.NOT_SENT, note="no access token")
        # The message is embedded as it is stored, never parsed and written again.
        body = f'{{"header":{_canonical(self._header(action, count))},"message":{message}}}'
        headers = {
            "Authorization": f"Bearer {self._credentials.token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        return transport.send(HttpRequest("POST", url, body.encode(), headers))


def _canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
