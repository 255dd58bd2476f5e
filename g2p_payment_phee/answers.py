"""What the hub's bodies say, field by field: parsed here, judged elsewhere.

Pure functions that never raise, whatever stands in a body.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from . import const

_WHOLE = re.compile(r"[0-9]{1,15}")


class Number(str):
    """A JSON number as it was written, so that an amount is exact."""

    __slots__ = ()


@dataclass(frozen=True)
class Summary:
    """The numbers of a batch; its word for them lies by construction and is not read."""

    batch_id: str
    correlation_id: str
    total: int
    ongoing: int
    successful: int
    failed: int

    @property
    def says_something_final(self) -> bool:
        """Whether there may be a transfer that is not simply at work."""
        return self.successful + self.failed > 0 or self.ongoing < self.total

    @property
    def is_over(self) -> bool:
        """Whether all that was imported is final; there may be more that never will be imported."""
        return self.total > 0 and self.ongoing == 0 and self.successful + self.failed == self.total


@dataclass(frozen=True)
class Transfer:
    """One transfer of a details page.

    :param identity: the hub's own number of it, empty where it says none
    :param references: what may be our key: which of the fields it is depends on the payment mode
    :param amount: as it was written; None when it does not say, empty when it cannot be read. So is ``currency``
    :param error: whatever it says of an error, None when nothing
    """

    identity: str
    references: tuple[str, ...]
    status: str
    amount: str | None
    currency: str | None
    payee: str
    error: Any
    when: datetime | None
    own_id: str


@dataclass(frozen=True)
class DetailsPage:
    """One page of transfers; ``is_last`` only where the hub says so."""

    transfers: tuple[Transfer, ...]
    is_last: bool


@dataclass(frozen=True)
class BatchesPage:
    """One page of all batches: (batch id, correlation id) of each, and how many there are."""

    batches: tuple[tuple[str, str], ...]
    rows: int
    total: int | None


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


def summary(text: str, batch_id: str) -> Summary | None:
    """Return the summary of this batch, or None for anything else."""
    body = parse_object(text)
    if body is None or _either(body, "batchId", "batch_id") != batch_id:
        return None
    numbers = [_whole(body.get(name)) for name in ("total", "ongoing", "successful", "failed")]
    if None in numbers:
        return None
    return Summary(batch_id, plain(_either(body, "correlationId", "correlation_id")), *numbers)


def says_no_such_batch(text: str, batch_id: str) -> bool:
    """Whether this is the hub's own word for a batch that it has not imported."""
    return text.strip() == const.NO_SUCH_BATCH.format(batch_id)


def details(text: str) -> DetailsPage | None:
    """Return a page of transfers, or None where it is none."""
    body = parse_object(text)
    if body is None or not isinstance(body.get("content"), list):
        return None
    found = tuple(_transfer(item) for item in body["content"] if isinstance(item, dict))
    return DetailsPage(found, body.get("last") is True)


def batches(text: str) -> BatchesPage | None:
    """Return a page of the list of all batches, or None where it is none."""
    body = parse_object(text)
    if body is None or not isinstance(body.get("data"), list):
        return None
    pairs = [
        (plain(_either(item, "batchId", "batch_id")), plain(_either(item, "correlationId", "correlation_id")))
        for item in body["data"]
        if isinstance(item, dict)
    ]
    kept = tuple(pair for pair in pairs if const.BATCH_ID.fullmatch(pair[0]))
    return BatchesPage(kept, len(body["data"]), _whole(body.get("totalBatches")))


def batches_with(page: BatchesPage, correlation_id: str) -> tuple[str, ...]:
    """Return the ids of the batches of a page that carry our correlation id."""
    return tuple(batch_id for batch_id, theirs in page.batches if theirs == correlation_id)


def plain(value: Any) -> str:
    """Return an id of an answer, or an empty text for what no database would store."""
    is_text = isinstance(value, str) and not isinstance(value, Number)
    return value if is_text and len(value) <= const.MAX_ANSWERED_ID and value.isprintable() else ""


def error_texts(error: Any) -> Iterator[str]:
    """Yield every text in an error, also of one that is a JSON document within a text, twice over."""
    pending, rounds = [unfold(error)], 0
    while pending and rounds < 500:
        rounds += 1
        one = pending.pop()
        if isinstance(one, dict):
            pending.extend(one.values())
        elif isinstance(one, list):
            pending.extend(one)
        elif isinstance(one, str):
            yield one
    if pending:
        # More than anybody would say of one transfer: it cannot be read, so it may say anything.
        yield "unclear"


def unfold(error: Any) -> Any:
    """Return an error as an object where it is one that was written as a text, at most three times over."""
    for _time in range(3):
        if not isinstance(error, str) or isinstance(error, Number):
            break
        inner = parse(error)
        if not isinstance(inner, dict | list | str) or isinstance(inner, Number):
            break
        error = inner
    return error


def error_field(error: Any, name: str) -> str:
    """Return a field of an error, also of one in an envelope of its own; empty when there is none."""
    error = unfold(error)
    if isinstance(error, dict) and isinstance(error.get("errorInformation"), dict):
        error = error["errorInformation"]
    value = error.get(name) if isinstance(error, dict) else None
    return value if isinstance(value, str) else ""


def _transfer(item):
    correlation, transaction = (plain(item.get(name)) for name in ("clientCorrelationId", "transactionId"))
    keys = (_unquoted(correlation), _unquoted(transaction))
    return Transfer(
        identity=_identity(item.get("id")) or plain(item.get("workflowInstanceKey")),
        references=tuple(key for key in keys if key),
        status=item["status"] if isinstance(item.get("status"), str) else "",
        amount=_told(item.get("amount"), const.ANSWERED_AMOUNT),
        currency=_told(item.get("currency"), const.CURRENCY),
        payee=plain(item.get("payeePartyId")),
        error=item.get("errorInformation"),
        when=_moment(item.get("completedAt")),
        own_id=_unquoted(transaction) or plain(item.get("workflowInstanceKey")),
    )


def _identity(value):
    return str(value) if isinstance(value, Number) and _WHOLE.fullmatch(value) else ""


def _told(value, pattern):
    """Return a text of this form, None for nothing, and an empty text for what cannot be read."""
    if value is None:
        return None
    return str(value) if isinstance(value, str) and pattern.fullmatch(value) else ""


def _unquoted(text):
    """Keys of more than 24 characters come back in the quotes that the hub's CSV writer gave them."""
    return text.strip().strip('"')


def _moment(value):
    """Return milliseconds since 1970 as a moment in UTC, or None."""
    if not isinstance(value, Number) or not _WHOLE.fullmatch(value):
        return None
    try:
        return datetime.fromtimestamp(int(value) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _either(body, *names: str):
    """Return the first of these fields that is there: spellings differ between versions."""
    return next((body[name] for name in names if body.get(name) is not None), None)


def _whole(value):
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None


def _refuse(name):
    raise ValueError(name)


def _unambiguous(pairs: Iterable[tuple[str, Any]]):
    """An object that says one thing twice says nothing."""
    pairs = list(pairs)
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("repeated name")
    return made
