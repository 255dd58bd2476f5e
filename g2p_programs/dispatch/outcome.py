"""The closed sets of what one try, and one question, can tell the engine (ENGINE.md section 4).

A rail's ``client.py`` turns every stored :class:`Answer` into one of these. There is no other way to tell the
engine anything, and no member may be added by a rail: the engine's transitions are a table over these types.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class RowResult(StrEnum):
    """What a payment system says of one payment."""

    PAID = "paid"
    FAILED = "failed"
    PENDING = "pending"
    REVERSED = "reversed"


@dataclass(frozen=True)
class Row:
    """News of one payment, matched by ``reference`` and never by its position.

    :param reference: the key the payment was sent under (``g2p.payment.name``)
    :param result: see :class:`RowResult`; ``FAILED`` only where no money can have moved
    :param amount: what the payment system says it paid, or None when it does not say
    :param currency: ISO 4217 code, or None when it does not say
    :param code: the payment system's own reason code, never free text
    :param reason: a short text for officers; must not name the payee
    :param when: aware or naive UTC moment of the result, or None
    :param external_reference: the payment system's own id of the transfer
    :param paid_before: of ``REVERSED``: the row itself proves that it was paid before it came back
    :param attention: for finance: an activity is raised from it when ``code`` is another one than the payment's last
    :param details: further facts by field of ``g2p.payment``, of those that the manager's ``_rail_detail_fields`` names
    """

    reference: str
    result: RowResult
    amount: Decimal | None = None
    currency: str | None = None
    code: str = ""
    reason: str = ""
    when: datetime | None = None
    external_reference: str = ""
    paid_before: bool = False
    attention: str = ""
    details: Mapping[str, str] = field(default_factory=dict, hash=False)


class Fault(StrEnum):
    """Why there is no HTTP answer. Only ``NOT_SENT`` proves that nothing left this machine."""

    NONE = ""
    NOT_SENT = "not_sent"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"


@dataclass(frozen=True)
class Answer:
    """What came back from the network for one try or one question, as it is stored before it is read.

    :param fault: why there is no usable HTTP answer, ``Fault.NONE`` when there is one
    :param status: HTTP status, 0 when there is none
    :param body: the body as text (undecodable bytes replaced); at most the transport's cap
    :param headers: the few headers a rail may need (lower-case names)
    :param duration_ms: from the first byte sent to the last byte read, in milliseconds
    :param note: which step failed, in the engine's own words; never the peer's text
    """

    fault: Fault = Fault.NONE
    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    duration_ms: int = 0
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """Base of everything a rail can say. ``code``, ``reason`` and ``attention`` are for people and never name a payee.

    ``attention`` is for finance: an activity is raised from it when ``code`` is another one than the last.
    """

    code: str = ""
    reason: str = ""
    attention: str = field(default="", kw_only=True)


# ---- of one try -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Accepted(Outcome):
    """The payment system has the submission; ``rows`` may already settle payments.

    ``correlation`` is the payment system's own id of the submission.
    """

    rows: tuple[Row, ...] = ()
    correlation: str = ""


@dataclass(frozen=True)
class Rejected(Outcome):
    """Refused as a whole, in the payment system's own error shape: nothing of it was taken."""


@dataclass(frozen=True)
class NotSent(Outcome):
    """Provably nothing of the business request left this machine (refused connection, no token)."""


@dataclass(frozen=True)
class Unknown(Outcome):
    """Everything else. It may or may not have arrived."""


# ---- of one question ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Found(Outcome):
    """The payment system knows the submission; ``rows`` say what it knows of its payments, and nothing of the rest."""

    rows: tuple[Row, ...] = ()
    correlation: str = ""


@dataclass(frozen=True)
class NotSeen(Outcome):
    """It answered properly and knows nothing of it, which proves nothing."""


@dataclass(frozen=True)
class Unreadable(Outcome):
    """The question was not answered in a way that means anything."""


@dataclass(frozen=True)
class NeverHad(Outcome):
    """Proof, cited in the rail's const.py, that it never had the submission and never will."""


TRY_OUTCOMES = (Accepted, Rejected, NotSent, Unknown)
QUESTION_OUTCOMES = (Found, NotSeen, Unreadable, NeverHad)


# ---- what a rail is given -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class PaymentData:
    """One payment as it was prepared: a request is built from this and from nothing else.

    :param amount: decimal string in the currency's own digits, e.g. ``"1250.00"``
    """

    id: int
    reference: str
    payee_id_type: str
    payee_id_value: str
    payee_bank_code: str
    payee_name: str
    amount: str
    currency: str


@dataclass(frozen=True)
class SubmissionData:
    """What is sent and asked about.

    :param key: business key, the same on every try of the same payload
    :param step: 1 for the first (and for most rails the only) step
    :param payload: the stored business payload, empty while it is being built
    :param settings: the pinned settings (no secrets), as the rail returned them at claim
    :param references: the payments' keys, in the order of their ids
    :param correlation: what the payment system called the submission, when it said so
    :param purpose: what the rail's plan made it for, empty for most
    :param external_references: the payment system's own ids of the payments that it told them of, by reference
    """

    key: str
    step: int
    payload: str
    settings: dict[str, Any]
    references: tuple[str, ...]
    correlation: str = ""
    purpose: str = ""
    external_references: Mapping[str, str] = field(default_factory=dict, hash=False)
