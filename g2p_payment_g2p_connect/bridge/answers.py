"""Answers in the bridge's own shape: its header says whether something was done, whatever HTTP says."""

from dataclasses import dataclass
from typing import Any

from odoo.addons.g2p_programs.dispatch.outcome import Answer

from .. import parsing
from . import const


@dataclass(frozen=True)
class Told:
    """What the bridge says.

    :param is_done: whether it did what it was asked for; else it refused
    :param code: why it refused, empty where that is no code
    :param message: of any kind
    :param sent_at: of the answer, as it was written
    """

    is_done: bool
    code: str
    message: Any
    sent_at: str


def tell(text: str) -> Told | None:
    """Return what an answer says, or None where it has not the bridge's shape."""
    body = parsing.parse(text)
    if body is None or "errors" in body:
        return None
    header = parsing.object_of(body, "header")
    status = header.get("status")
    if status not in (const.DONE, const.REFUSED):
        return None
    sent_at = header.get("message_ts")
    return Told(
        status == const.DONE, _code(header), body.get("message"), sent_at if parsing.is_text(sent_at) else ""
    )


def object_in(told: Told) -> dict[str, Any]:
    """Return the message where it is an object, an empty one where it is not."""
    return told.message if isinstance(told.message, dict) else {}


def is_success(answer: Answer) -> bool:
    """Whether HTTP says nothing against it."""
    return 200 <= answer.status < 300


def code_of(value: Any) -> str:
    """Return a code of the bridge or of a bank, or an empty text for what is none."""
    return value if parsing.is_text(value) and const.CODE.fullmatch(value) else ""


def is_id(value: Any) -> bool:
    """Whether ``value`` can be an id that the bridge gave, and is not what software writes for none."""
    return bool(parsing.identifier(value)) and value.strip().casefold() not in const.NOTHING | {""}


def is_named(value: Any, known: str) -> bool:
    """Whether ``value`` is the id ``known``, as a text; without an id nothing is."""
    return bool(known) and parsing.is_text(value) and value == known


def _code(header):
    """Return the one code of a refusal. It stands in the message; where there are two, it is neither."""
    told = [header.get(name) for name in ("status_reason_message", "status_reason_code")]
    codes = [value for value in told if value not in (None, "")]
    return code_of(codes[0]) if codes and codes.count(codes[0]) == len(codes) else ""
