"""What a careful caller would not send, though the real bridge takes it or makes a mess of it."""

import threading
from collections import Counter
from contextlib import contextmanager
from datetime import datetime

from .books import exact

_NOBODY = ("", "false", "none", "null", "undefined")
_HEADER = {
    *("version", "message_id", "message_ts", "action", "sender_id", "sender_uri", "receiver_id"),
    *("total_count", "is_msg_encrypted", "is_encrypted", "meta"),
}
_OVER = ("NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED", "TOTAL_DISBURSEMENT_AMOUNT_EXCEEDS_DECLARED")
_NUMBERS = ("number_of_beneficiaries", "number_of_disbursements", "total_disbursement_amount")


class Cautions:
    """Notes what a careful caller would not have sent, in order."""

    def __init__(self, simulator):
        self._simulator = simulator
        self._lock = threading.Lock()
        self.forget()

    def forget(self):
        """Forget everything."""
        self._found = []
        self._messages = set()
        self._going_on = Counter()

    def state(self):
        """Return all that was noted, and what is wrong with envelopes that are complete."""
        cuts = self._simulator.script.bugs.cuts_fractions
        complete = (one for one in self._simulator.books.envelopes.values() if one.is_complete(cuts))
        return [*self._found, *(text for envelope in complete for text in _of_complete(envelope))]

    @contextmanager
    def one_at_a_time(self, kind, transaction):
        """Note whether another request of the same envelope is taken while this one is."""
        if kind != "disbursements":
            yield
            return
        with self._lock:
            if self._going_on[transaction]:
                self._found.append("two requests of one envelope were sent at the same time")
            self._going_on[transaction] += 1
        try:
            yield
        finally:
            with self._lock:
                self._going_on[transaction] -= 1

    def refused(self, code):
        """Note what was refused for a reason that a careful caller knows beforehand."""
        if code in _OVER:
            self._found.append("more was sent than was declared")
        if code == "INVALID_DISBURSEMENT_SCHEDULE_DATE":
            self._found.append("a schedule date is past, or is none")

    def look(self, kind, body, request):
        """Note what is wrong with a request that could be read.

        :param body: the request as it was sent
        :param request: one of schemas' requests
        """
        with self._lock:
            self._found += list(self._of_header(body["header"], request))
            self._found += list(dict.fromkeys(_LOOKS[kind](self._simulator.books, body["message"])))

    def _of_header(self, header, request):
        if set(header) - _HEADER:
            yield "a header has a member that nobody knows"
        if header["message_id"] in self._messages or not header["message_id"].strip():
            yield "a message_id was used again, or is empty"
        self._messages.add(header["message_id"])
        if not _is_moment(header["message_ts"]):
            yield "a message_ts is no moment with a zone"
        if header.get("version", "1.0.0") != "1.0.0" or header.get("is_msg_encrypted"):
            yield "a header announces what the bridge does not speak"
        count = len(request.message) if isinstance(request.message, list) else 1
        if header["total_count"] not in (1, count):
            yield "a total_count is not the number of what was sent"


def _is_moment(text):
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _of_number(value):
    if isinstance(value, str | bool):
        yield "a number was sent as something else"
    elif value is not None and value % 1 != 0:
        yield "a fraction was sent"


def _of_envelope(books, message):
    for name in _NUMBERS:
        yield from _of_number(message.get(name))
    currency = message.get("disbursement_currency_code") or ""
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        yield "a currency is none"
    if (message.get("number_of_beneficiaries") or 0) > (message.get("number_of_disbursements") or 0):
        yield "more beneficiaries were declared than disbursements"


def _of_amendment(books, message):
    for name in _NUMBERS:
        yield from _of_number(message.get(name))
    envelope = books.envelopes.get(message.get("disbursement_envelope_id"))
    if envelope and (message.get("number_of_disbursements") or 0) < envelope.received:
        yield "less was declared than was sent"


def _of_disbursements(books, message):
    people = Counter(one.get("beneficiary_id") for one in message)
    if any(times > 1 for times in people.values()):
        yield "one person was sent twice in one request"
    references = Counter(one.get("mis_reference_number") for one in message)
    if any(times > 1 for times in references.values()):
        yield "one mis_reference_number was sent twice in one request"
    for one in message:
        yield from _of_disbursement(books, one)


def _of_disbursement(books, one):
    yield from _of_number(one.get("disbursement_amount"))
    reference, who = one.get("mis_reference_number") or "", one.get("beneficiary_id") or ""
    if not reference.strip():
        yield "a disbursement has no mis_reference_number"
    if {part.strip().lower() for part in who.replace("@", ":").split(":")} & set(_NOBODY):
        yield "an identifier of nobody was sent"
    if any(
        not made.envelope.cancelled and not made.cancelled for made in books.by_reference.get(reference, ())
    ):
        yield "a payment was sent again that may be paid"
    envelope = books.envelopes.get(one.get("disbursement_envelope_id"))
    if envelope and envelope.cancelled:
        yield "a disbursement was sent into a cancelled envelope"


def _of_status(books, message):
    if len(set(message)) < len(message):
        yield "one disbursement was asked about twice in one question"
    if any(one.strip().lower() in _NOBODY for one in message):
        yield "a disbursement was asked about that is none"


def _of_cancelled(books, message):
    yield "a disbursement was cancelled, which may be paid all the same"


def _of_envelope_id(books, message):
    text = message if isinstance(message, str) else message.get("disbursement_envelope_id") or ""
    if text.strip().lower() in _NOBODY:
        yield "an envelope was meant that is none"


def _of_complete(envelope):
    """Yield what is wrong with an envelope that will be paid."""
    people = {one.beneficiary_id for request in envelope.requests for one in request.disbursements}
    if len(people) != envelope.values["number_of_beneficiaries"]:
        yield "the beneficiaries sent are not as many as were declared"
    if exact(envelope.values["total_disbursement_amount"]) != envelope.amount_received:
        yield "the total sent is not what was declared"


_LOOKS = {
    "envelope": _of_envelope,
    "disbursements": _of_disbursements,
    "envelope_status": _of_envelope_id,
    "status": _of_status,
    "amend": _of_amendment,
    "cancel": _of_envelope_id,
    "cancel_disbursements": _of_cancelled,
}
