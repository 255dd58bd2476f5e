"""JSON as payment systems send it: strictly read, amounts exactly as they are written, nothing ever raised for it.

What says one thing twice says nothing, and neither do infinities; of ids, codes and moments only those are taken
that can be stored and compared.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from . import const

_WHITESPACE = re.compile(r"[ \t\n\r]*")


class _Number(str):
    """A JSON number as it was written, so that an amount is exact."""

    __slots__ = ()


@dataclass(frozen=True)
class Member:
    """One member of a body: its value, and the bytes of it as they were sent."""

    value: Any
    raw: bytes


def parse(text: str) -> dict[str, Any] | None:
    """Return the JSON object in ``text``, or None."""
    try:
        body = json.loads(text, **_HOOKS)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def split(text: str) -> dict[str, Member] | None:
    """Return the members of the JSON object in ``text``, or None.

    It understands the same texts as :func:`parse`, so that what is verified is what is read.
    """
    try:
        return _members(text)
    except (ValueError, IndexError, RecursionError):
        return None


def _members(text):
    position = _skip(text, 0)
    _expect(text, position, "{")
    position = _skip(text, position + 1)
    members = {}
    if text[position] == "}":
        return _finish(text, position, members)
    while True:
        _expect(text, position, '"')
        name, position = _decoder.raw_decode(text, position)
        position = _skip(text, position)
        _expect(text, position, ":")
        start = _skip(text, position + 1)
        value, end = _decoder.raw_decode(text, start)
        if name in members:
            raise ValueError("repeated name")
        members[name] = Member(value, text[start:end].encode())
        position = _skip(text, end)
        if text[position] == "}":
            return _finish(text, position, members)
        _expect(text, position, ",")
        position = _skip(text, position + 1)


def _finish(text, position, members):
    if _skip(text, position + 1) != len(text):
        raise ValueError("more than one value")
    return members


def _skip(text, position):
    return _WHITESPACE.match(text, position).end()


def _expect(text, position, character):
    if text[position] != character:
        raise ValueError("not JSON")


def object_of(parent: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object ``name`` of ``parent``, an empty one where there is none."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def is_text(value: Any) -> bool:
    """Whether ``value`` was a JSON string."""
    return isinstance(value, str) and not isinstance(value, _Number)


def is_number(value: Any) -> bool:
    """Whether ``value`` was a JSON number."""
    return isinstance(value, _Number)


def matches(pattern: re.Pattern, value: Any) -> bool:
    """Whether ``value`` is a text, or a number as it was written, that ``pattern`` covers."""
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def code(value: Any) -> str:
    """Return a reason code, or an empty text for what is none."""
    return value if matches(const.CODE, value) else ""


def identifier(value: Any) -> str:
    """Return an id of an answer, or an empty text for what no database would store."""
    fits = is_text(value) and len(value) <= const.MAX_ANSWERED_ID and value.isprintable()
    return value if fits else ""


def moment(value: Any) -> datetime | None:
    """Return a moment with its zone in UTC, or None; a time without a zone is not guessed at."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def canonical(value: Any) -> str:
    """Return JSON that is the same text every time: ASCII, sorted, without spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _refuse(name):
    raise ValueError(name)


def _unambiguous(pairs):
    """An object that says one thing twice says nothing."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("repeated name")
    return made


_HOOKS = {
    "parse_float": _Number,
    "parse_int": _Number,
    "parse_constant": _refuse,
    "object_pairs_hook": _unambiguous,
}
_decoder = json.JSONDecoder(**_HOOKS)
