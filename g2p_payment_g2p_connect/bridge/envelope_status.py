"""What the bridge says of an envelope: how much came, whether there are funds for it, and what became of it."""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from .. import parsing
from . import const
from .answers import Told, code_of, is_named, object_in, tell

#: DisbursementEnvelopeBatchStatusPayload: what may be null there.
_OPTIONAL = (
    "funds_available_latest_timestamp",
    "funds_available_latest_error_code",
    "funds_blocked_latest_timestamp",
    "funds_blocked_latest_error_code",
    "funds_blocked_reference_number",
)
_MAX_DIGITS = 15


@dataclass(frozen=True)
class EnvelopeStatus:
    """Status of an envelope, by the names of the API; amounts in whole units, moments as they were written."""

    disbursement_envelope_id: str
    number_of_disbursements_received: int
    total_disbursement_amount_received: int
    funds_available_with_bank: str
    funds_available_attempts: int
    funds_blocked_with_bank: str
    funds_blocked_attempts: int
    number_of_disbursements_shipped: int
    number_of_disbursements_reconciled: int
    number_of_disbursements_reversed: int
    funds_available_latest_timestamp: str = ""
    funds_available_latest_error_code: str = ""
    funds_blocked_latest_timestamp: str = ""
    funds_blocked_latest_error_code: str = ""
    funds_blocked_reference_number: str = ""
    id_mapper_resolution_required: bool | None = None

    @property
    def received(self) -> tuple[int, int]:
        """(Number of disbursements, their amount) that came."""
        return self.number_of_disbursements_received, self.total_disbursement_amount_received

    @property
    def summary(self) -> str:
        """One line in the words of the API."""
        return (
            f"received={self.number_of_disbursements_received} amount={self.total_disbursement_amount_received} "
            f"funds={self.funds_available_with_bank} blocked={self.funds_blocked_with_bank} "
            f"shipped={self.number_of_disbursements_shipped} "
            f"reconciled={self.number_of_disbursements_reconciled} "
            f"reversed={self.number_of_disbursements_reversed}"
        )


def read_envelope_status(text: str, envelope_id: str) -> EnvelopeStatus | None:
    """Return the status of an envelope, or None where an answer has none, or another's.

    :param text: body of the answer to get_disbursement_envelope_status
    :param envelope_id: the one that was asked about
    """
    told = tell(text)
    return status_in(told, envelope_id) if told else None


def status_in(told: Told, envelope_id: str) -> EnvelopeStatus | None:
    """Return the status of ``envelope_id`` that was told, or None."""
    message = object_in(told)
    if not told.is_done or not is_named(message.get("disbursement_envelope_id"), envelope_id):
        return None
    values = {"disbursement_envelope_id": envelope_id}
    for one in fields(EnvelopeStatus):
        value = message.get(one.name)
        if one.type is int:
            values[one.name] = _count(value)
        elif one.name in _OPTIONAL:
            values[one.name] = parsing.identifier(value)
        elif one.name.startswith("funds_"):
            values[one.name] = code_of(value) or None
    if None in values.values():
        return None
    required = message.get("id_mapper_resolution_required")
    return EnvelopeStatus(
        **values, id_mapper_resolution_required=required if isinstance(required, bool) else None
    )


def attention(status: EnvelopeStatus, schedule_date: str, sent_at: str) -> str:
    """Return what finance must hear of an envelope (one of :data:`const.ATTENTIONS`), the worst only, or "".

    :param schedule_date: the day on which the bridge pays, YYYY-MM-DD
    :param sent_at: of the answer, by the bridge's clock
    """
    available, blocked = status.funds_available_with_bank, status.funds_blocked_with_bank
    given_up = (
        available != const.FUNDS_AVAILABLE and status.funds_available_attempts >= const.LAST_ATTEMPT
    ) or (blocked != const.FUNDS_BLOCKED and status.funds_blocked_attempts >= const.LAST_ATTEMPT)
    is_over = _is_over(schedule_date, sent_at)
    shipped = status.number_of_disbursements_shipped
    wrong = (
        ("funds.not_available", available == const.FUNDS_NOT_AVAILABLE),
        ("funds.not_blocked", blocked == const.FUNDS_NOT_BLOCKED),
        ("funds.error", const.FUNDS_ERROR in (available, blocked)),
        ("funds.attempts", given_up),
        ("shipment.none", is_over and not shipped),
        ("shipment.incomplete", is_over and shipped < status.number_of_disbursements_received),
    )
    return next((name for name, is_wrong in wrong if is_wrong), "")


def _is_over(schedule_date, sent_at):
    """Whether the day on which the bridge pays is over, for certain."""
    try:
        last = date.fromisoformat(schedule_date) + timedelta(days=const.SHIPMENT_DAYS)
        return datetime.fromisoformat(sent_at).date() > last
    except (ValueError, OverflowError):
        return False


def _count(value):
    """Return a whole number as it was written, or None."""
    if not parsing.is_number(value):
        return None
    digits, _point, fraction = value.partition(".")
    is_whole = digits.isdecimal() and digits.isascii() and not fraction.strip("0")
    return int(digits) if is_whole and len(digits) <= _MAX_DIGITS else None
