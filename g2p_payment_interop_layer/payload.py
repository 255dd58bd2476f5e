"""The business payload of both modes, exactly as it is sent, and what is read back from it."""

from dataclasses import dataclass
from decimal import Decimal

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData, SubmissionData

from . import const
from .parsing import dumps, inner, parse_object
from .row_rules import WireRow, wire_fsp_id, wire_row
from .settings import Settings


@dataclass(frozen=True)
class Line:
    """One payment as a stored payload says that it was sent."""

    reference: str
    id_type: str
    id_value: str
    amount: Decimal
    currency: str

    @property
    def payee(self) -> tuple[str, str]:
        """Whom it pays."""
        return self.id_type, self.id_value

    @property
    def key(self) -> tuple[str, str, Decimal, str]:
        """All that an answer of the layer names it by."""
        return self.id_type, self.id_value, self.amount, self.currency


@dataclass(frozen=True)
class Sent:
    """One transfer as it was sent; ``amount`` is None, and ``currency`` empty, where the payload is not known."""

    key: str
    reference: str
    amount: Decimal | None
    currency: str


# ---- The layer ------------------------------------------------------------------------------------------------
def line(row: WireRow) -> dict[str, str]:
    """Return one payment of a disbursement. There is no identifier of the line, and no payer."""
    return {
        "payeeIdType": row.id_type,
        "payeeIdValue": row.id_value,
        "amount": row.amount,
        "currency": row.currency,
    }


def render_disbursement(key: str, payments: list[PaymentData], settings: Settings) -> str:
    """Return the body of POST /disbursement."""
    return dumps(_disbursement(key, payments, settings))


def render_stored(key: str, payments: list[PaymentData], settings: Settings) -> str:
    """Return what is stored of a disbursement: the body, and our keys in the order of its lines."""
    references = [payment.reference for payment in payments]
    return dumps({"disbursement": _disbursement(key, payments, settings), "references": references})


def disbursement_of(submission: SubmissionData) -> str:
    """Return the body to send of a stored payload, empty where it is none of this submission."""
    body = inner(parse_object(submission.payload), "disbursement")
    return dumps(body) if body and body.get("disbursementId") == submission.key else ""


def lines_of(payload: str) -> tuple[Line, ...]:
    """Return the lines of a stored disbursement, empty where it is none."""
    stored = parse_object(payload)
    lines, references = inner(stored, "disbursement").get("payeeList"), (stored or {}).get("references")
    if not isinstance(lines, list) or not isinstance(references, list) or len(lines) != len(references):
        return ()
    try:
        return tuple(
            Line(
                reference,
                told["payeeIdType"],
                told["payeeIdValue"],
                Decimal(told["amount"]),
                told["currency"],
            )
            for told, reference in zip(lines, references, strict=True)
        )
    except (TypeError, KeyError, ArithmeticError):
        return ()


def _disbursement(key, payments, settings):
    body = {"disbursementId": key}
    if settings.note:
        body["note"] = settings.note
    return body | {"payeeList": [line(wire_row(payment, settings)) for payment in payments]}


# ---- The adapter ----------------------------------------------------------------------------------------------
def render_transfer(key: str, payment: PaymentData, settings: Settings) -> str:
    """Return the body of POST /transfers. The id is ours, chosen and stored before the call."""
    row = wire_row(payment, settings)
    payer = {
        "type": settings.payer_type,
        "idType": settings.payer_id_type,
        "idValue": settings.payer_id_value,
    }
    if settings.payer_name:
        payer["displayName"] = settings.payer_name
    payee = {"idType": row.id_type, "idValue": row.id_value}
    fsp_id = wire_fsp_id(payment, settings)
    if fsp_id:
        payee["fspId"] = fsp_id
    body = {
        "transferId": key,
        "homeTransactionId": row.reference,
        "from": payer,
        "to": payee,
        "amountType": settings.amount_type,
        "currency": row.currency,
        "amount": row.amount,
        "transactionType": const.TRANSACTION_TYPE,
    }
    return dumps(body | ({"note": settings.note} if settings.note else {}))


def is_transfer_of(submission: SubmissionData) -> bool:
    """Whether a stored payload is the transfer of this submission."""
    body = parse_object(submission.payload) or {}
    return bool(const.TRANSFER_ID.fullmatch(submission.key)) and body.get("transferId") == submission.key


def read_sent(submission: SubmissionData, references: tuple[str, ...]) -> Sent | None:
    """Return the payment of a stored transfer, None where nobody knows which it is.

    :param references: the payments that were sent or asked about; the only one is it, where the payload is not known
    """
    body = parse_object(submission.payload)
    if body is None:
        return Sent(submission.key, references[0], None, "") if len(references) == 1 else None
    try:
        return Sent(submission.key, body["homeTransactionId"], Decimal(body["amount"]), body["currency"])
    except (TypeError, KeyError, ArithmeticError):
        return None
