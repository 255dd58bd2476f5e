"""Acknowledgements of the asynchronous half: reading a payment system's, and making ours.

Source: Response, ``{"message": {"ack_status", "timestamp", "correlation_id", "error"?: {"code", "message"}}}``. It has
neither header nor signature: it is believed for the connection it came over.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from odoo.addons.g2p_programs.dispatch.outcome import Accepted, Outcome, Rejected, Unknown, Unreadable

from . import const, doubts, parsing

#: What our acknowledgements' ids are made from, so that a callback that comes twice gets the same one.
_OURS = uuid.UUID("6d1b3f5e-2f0d-5c0a-9a53-0c4d8b1a7e21")


def is_ack(body: dict[str, Any]) -> bool:
    """Whether ``body`` is an acknowledgement, right or wrong."""
    return not parsing.object_of(body, "header") and "ack_status" in parsing.object_of(body, "message")


def read_submission(body: dict[str, Any]) -> Outcome:
    """Tell Accepted, Rejected or Unknown from the acknowledgement of a submission.

    NACK says that it is valid as well, and that nothing will be called back.
    """
    message, meaning, error = _read(body)
    if "errors" in body or (error and meaning is not const.AckMeaning.REFUSED):
        return Unknown(code="contradictory.answer")
    code = parsing.code(error.get("code"))
    if meaning is const.AckMeaning.REFUSED:
        refuses = doubts.is_envelope_refusal(error)
        return Rejected(code=code) if refuses else Unknown(code=code or "unreadable.ack")
    if meaning is None:
        return Unknown(code=code or "unreadable.ack")
    correlation = parsing.identifier(message.get("correlation_id"))
    return Accepted(code=meaning.value, correlation=correlation)


def read_question(body: dict[str, Any]) -> Outcome:
    """Return Unreadable: that a question is valid says nothing of what it asks about; that will be called back."""
    _message, meaning, error = _read(body)
    code = parsing.code(error.get("code"))
    return Unreadable(code=code or (meaning.value if meaning else "unreadable.ack"))


def make(status: str, source: str, now: datetime | None = None, code: str = "") -> dict[str, Any]:
    """Return our acknowledgement of a callback.

    :param status: a key of :data:`const.ACKS`
    :param source: whatever tells the message that is acknowledged from all others
    :param now: aware moment, by default the present one
    :param code: of :data:`const.ERRORS`, for ERR
    """
    message = {
        "ack_status": status,
        "timestamp": (now or datetime.now(UTC)).isoformat(timespec="milliseconds"),
        "correlation_id": str(uuid.uuid5(_OURS, source)),
    }
    if code:
        message["error"] = {"code": code}
    return {"message": message}


def _read(body):
    """Return (message, its meaning or None, its error)."""
    message = parsing.object_of(body, "message")
    status = message.get("ack_status")
    meaning = const.ACKS.get(status) if parsing.is_text(status) else None
    return message, meaning, parsing.object_of(message, "error")
