"""What became of a submission: a TxnStatusRequest."""

import random
import uuid

from . import const
from .parsing import canonical
from .settings import Settings


def choose_references(
    references: tuple[str, ...], most: int = const.MAX_REFERENCES_PER_QUESTION
) -> tuple[str, ...]:
    """Return those that one question asks about: all, or as many as its answer can carry, from anywhere on.

    A start by chance needs no memory and falls in step with no clock, so that with every question any of them is
    as likely to be asked about as any other. Those that become final are no longer among them.
    """
    if len(references) <= most:
        return references
    start = random.randrange(len(references))
    return (references[start:] + references[:start])[:most]


def status_request(key: str, references: tuple[str, ...], settings: Settings) -> str:
    """Return a TxnStatusRequest about ``references`` of the transaction ``key``, as canonical JSON."""
    question = {
        "reference_id": str(uuid.uuid4()),
        "txn_type": const.TXN_TYPE,
        "attribute_type": const.ATTRIBUTE_TYPE,
        "attribute_value": list(references),
    }
    if settings.locale:
        question["locale"] = settings.locale
    return canonical({"transaction_id": key, "txnstatus_request": question})
