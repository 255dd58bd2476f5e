"""What a request must look like, in the library that the real bridge reads requests with."""

from datetime import date, datetime
from enum import Enum
from typing import Any

from pydantic import AliasChoices, BaseModel, Field, TypeAdapter, ValidationError

Frequency = Enum(
    "Frequency",
    {
        word: word
        for word in (
            *("Daily", "Weekly", "Fortnightly", "Monthly", "BiMonthly"),
            *("Quarterly", "SemiAnnually", "Annually", "OnDemand"),
        )
    },
)
Cancellation = Enum("Cancellation", {word: word for word in ("Not_Cancelled", "Cancelled")})


class Header(BaseModel):
    """Types only; no value is ever looked at."""

    version: str | None = "1.0.0"
    message_id: str
    message_ts: str
    action: str
    sender_id: str
    sender_uri: str | None = ""
    receiver_id: str | None = ""
    total_count: int
    is_msg_encrypted: bool | None = Field(
        False, validation_alias=AliasChoices("is_encrypted", "is_msg_encrypted")
    )
    meta: Any = None


class EnvelopePayload(BaseModel):
    id: str | None = None
    disbursement_envelope_id: str | None = None
    benefit_program_mnemonic: str | None = None
    disbursement_frequency: Frequency | None = None
    cycle_code_mnemonic: str | None = None
    number_of_beneficiaries: int | None = None
    number_of_disbursements: int | None = None
    total_disbursement_amount: float | None = None
    disbursement_currency_code: str | None = None
    disbursement_schedule_date: date | None = None


class DisbursementPayload(BaseModel):
    id: str | None = None
    mis_reference_number: str | None = None
    disbursement_id: str | None = None
    disbursement_envelope_id: str | None = None
    beneficiary_id: str | None = None
    beneficiary_name: str | None = None
    disbursement_amount: float | None = None
    narrative: str | None = None
    receipt_time_stamp: datetime | None = None
    cancellation_status: Cancellation | None = None
    cancellation_time_stamp: datetime | None = None
    response_error_codes: list[str] | None = None


class _Request(BaseModel):
    signature: str | None = None
    header: Header


class EnvelopeRequest(_Request):
    message: EnvelopePayload


class DisbursementRequest(_Request):
    message: list[DisbursementPayload]


class EnvelopeStatusRequest(_Request):
    message: str


class StatusRequest(_Request):
    message: list[str]


class Unreadable(ValueError):
    """A request that is not of the right shape.

    :ivar problems: what is wrong, in the library's words, none of which names the field
    """

    def __init__(self, problems):
        super().__init__("; ".join(problems))
        self.problems = problems


def read(schema, body):
    """Return ``body`` (parsed JSON, or bytes that were not called JSON) as ``schema``.

    :raise Unreadable: when it has another shape
    """
    try:
        return TypeAdapter(schema).validate_python(body, from_attributes=True)
    except ValidationError as error:
        raise Unreadable([problem["msg"] for problem in error.errors()]) from error
