"""Whether a refusal may speak of a payment that was made, is at work, or is not known. No text is ever kept."""

from typing import Any

from . import const, parsing

#: Where a refusal says why, in codes and in texts.
TELLING = ("status_reason_code", "status_reason_message", "code", "message", "instruction")


def speaks_of_doubt(text: str) -> bool:
    """Whether a refusal with this code or text may speak of a payment that was made, is at work, or is not known."""
    plain = const.SEPARATION.sub(" ", text)
    return bool(const.DOUBTFUL.search(plain) or const.UNSEEN.search(const.ACCOUNT_UNSEEN.sub("", plain)))


def is_doubtful(told: dict[str, Any]) -> bool:
    """Whether a refusal's code or text says that an earlier copy may exist or be at work."""
    return any(const.DOUBTFUL.search(const.SEPARATION.sub(" ", text)) for text in _said(told))


def is_unclear(item: dict[str, Any]) -> bool:
    """Whether one payment's refusal may mean something else; see :func:`speaks_of_doubt`."""
    return any(map(speaks_of_doubt, _said(item)))


def is_envelope_refusal(error: dict[str, Any]) -> bool:
    """Whether an Error says that nothing was taken."""
    return parsing.code(error.get("code")) in const.ENVELOPE_REFUSALS and not is_doubtful(error)


def _said(told):
    """Return the codes and texts in ``told``; what is no text cannot be read, and so speaks of doubt."""
    values = [told.get(name) for name in TELLING]
    return [value if isinstance(value, str) else "unclear" for value in values if value is not None]
