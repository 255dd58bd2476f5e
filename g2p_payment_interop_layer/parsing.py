"""What stands in a body, field by field: parsed here, judged elsewhere.

Pure functions that never raise, whatever stands there.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from . import const


class Number(str):
    """A JSON number as it was written, so that an amount is exact and a number is told from a text."""

    __slots__ = ()


def dumps(body: Any) -> str:
    """Return the one text that stands for a body: what is stored and what is sent are the same bytes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def parse(text: str) -> Any:
    """Return the JSON in ``text`` with its numbers as they are written, or None."""
    try:
        return json.loads(
            text, parse_float=Number, parse_int=Number, parse_constant=_refuse, object_pairs_hook=_unambiguous
        )
    except (ValueError, RecursionError):
        return None


def parse_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object in ``text``, or None."""
    body = parse(text)
    return body if isinstance(body, dict) else None


def inner(body: Any, *names: str) -> dict[str, Any]:
    """Return the object that lies under ``names``, one within the other; an empty one where there is none."""
    for name in names:
        body = body.get(name) if isinstance(body, dict) else None
    return body if isinstance(body, dict) else {}


def speaks_of(pattern: re.Pattern[str], value: Any) -> bool:
    """Whether anything within ``value`` matches; what is too deep to be read may say anything."""
    try:
        return bool(pattern.search(dumps(value)))
    except (ValueError, RecursionError):
        return True


def plain(value: Any) -> str:
    """Return an id of an answer, or an empty text for what no database would store."""
    is_text = isinstance(value, str) and not isinstance(value, Number)
    return value if is_text and len(value) <= const.MAX_ANSWERED_ID and value.isprintable() else ""


def moment(value: Any) -> datetime | None:
    """Return an ISO 8601 moment in UTC, or None; with or without fraction, and UTC where it has no offset."""
    text = plain(value)
    try:
        told = datetime.fromisoformat(text)
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def mojaloop_code(error: Any) -> str:
    """Return the four digits of an error in Mojaloop's own shape, empty where there are none.

    :param error: an object with ``errorInformation``
    """
    code = plain(inner(error, "errorInformation").get("errorCode"))
    return code if const.MOJALOOP_CODE.fullmatch(code) else ""


def _refuse(name):
    raise ValueError(name)


def _unambiguous(pairs: Iterable[tuple[str, Any]]):
    """An object that says one thing twice says nothing."""
    pairs = list(pairs)
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("repeated name")
    return made
