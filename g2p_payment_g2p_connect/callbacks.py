"""What a payment system calls back: whether to believe it, what it is about, and what it says.

:func:`receive` looks at a request as it came, before anything of ours is touched; the caller finds the submission by
its transaction, stores the answer and has it read by :func:`read`, then or at any later time.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Outcome, Unreadable

from . import acks, const, parsing, reading
from .envelope import Envelope, NotOpened
from .settings import Settings


@dataclass(frozen=True)
class Callback:
    """One callback that is believed.

    :param kind: one of the values of :data:`const.CALLBACK_PATHS`
    :param message_id: the same when it is delivered again
    :param transaction_id: of the submission it is about; may be nobody's
    :param body_hash: SHA-256 of the body as it came, hexadecimal
    :param message_hash: SHA-256 of what it says, the same when it is delivered again under the same message_id: then
        signature, encryption and time may be new. A payment system that gives all its messages one id loses none
    :param answer: what is stored and read
    """

    kind: str
    message_id: str
    transaction_id: str
    correlation_id: str
    body_hash: str
    message_hash: str
    answer: Answer

    def make_ack(self, now: datetime | None = None) -> "Reply":
        """Return what the payment system is told: the same whether or not the transaction is known here."""
        return Reply(200, acks.make("ACK", self.message_id, now))


@dataclass(frozen=True)
class Reply:
    """An HTTP answer of ours."""

    status: int
    content: dict

    @property
    def body(self) -> bytes:
        """The content as JSON."""
        return json.dumps(self.content, separators=(",", ":")).encode()


class CallbackRefused(Exception):
    """A callback that is not taken.

    :param code: why, for our own records
    :param reply: what the payment system is told, which is less
    """

    def __init__(self, code: str, reply: Reply):
        super().__init__(code)
        self.code = code
        self.reply = reply


def is_authorized(expected: str, authorization: str | None) -> bool:
    """Whether an ``Authorization`` header brings the token that callbacks need; none is needed when it is empty."""
    if not expected:
        return True
    scheme, _space, token = (authorization or "").strip().partition(" ")
    # Compared in any case, and in a time that tells nothing.
    is_equal = hmac.compare_digest(
        token.strip().encode("utf-8", "replace"), expected.encode("utf-8", "replace")
    )
    return is_equal and scheme.lower() == "bearer"


def unauthorized() -> Reply:
    """Return what a stranger is told (HttpErrorResponse, without any detail)."""
    return Reply(401, {"errors": [{"code": "err.request.unauthorized", "message": "Unauthorized"}]})


def refusal(code: str, source: str = "") -> CallbackRefused:
    """Return the refusal of a callback, to be raised.

    :param code: why; what the payment system is told of it is one of :data:`const.ERRORS`, or nothing
    :param source: whatever tells the message that is refused from all others
    """
    if code in const.SIGNATURE_FAULTS:
        return CallbackRefused(code, unauthorized())
    told = "err.encryption.invalid" if code in const.ENCRYPTION_FAULTS else code
    told = told if told in const.ERRORS else "err.request.bad"
    return CallbackRefused(code, Reply(200, acks.make("ERR", source, code=told)))


def receive(
    kind: str,
    body: bytes,
    envelope: Envelope,
    settings: Settings,
    http_headers: Mapping[str, str] | None = None,
) -> Callback:
    """Return a callback that may be believed.

    One that is not signed as it should be is answered like one without a token; whom it is from and for is looked at
    behind that, so that strangers learn nothing of it.

    :param kind: by the path that it came to
    :param http_headers: of the request, names in small letters
    :raise CallbackRefused: in every other case
    """
    digest = hashlib.sha256(body).hexdigest()
    try:
        text = body.decode() if len(body) <= const.MAX_CALLBACK_BYTES else ""
        opened = envelope.open(text, http_headers)
    except UnicodeDecodeError:
        raise refusal("unreadable.body", digest) from None
    except NotOpened as problem:
        raise refusal(problem.code, digest) from None
    if code := _find_fault(kind, opened.header, settings):
        raise refusal(code, digest)
    return Callback(
        kind=kind,
        message_id=opened.header["message_id"],
        transaction_id=parsing.identifier(opened.message.get("transaction_id")),
        correlation_id=parsing.identifier(opened.message.get("correlation_id")),
        body_hash=digest,
        message_hash=_hash_message(kind, opened),
        answer=Answer(body=opened.text, headers={const.KIND_HEADER: kind}),
    )


def read(answer: Answer, key: str, references: set[str], declared: frozenset[str] = frozenset()) -> Outcome:
    """Tell Found or Unreadable from a stored callback. Never raises.

    :param key: the submission's transaction
    :param references: the payments of the submission
    :param declared: further codes with which this payment system refuses a payment for good
    """
    kind = answer.headers.get(const.KIND_HEADER)
    if answer.fault:
        return Unreadable(code=answer.fault.value)
    if kind == const.ON_DISBURSE:
        return reading.read_disburse_callback(answer, key, references, declared)
    if kind == const.ON_STATUS:
        return reading.read_status_callback(answer, key, references, declared)
    # The statuses of a search's answer are those of searches.
    return Unreadable(code="other.kind")


def _find_fault(kind, header, settings):
    """Return why a message with this header is not for us, a code of const.ERRORS, or an empty text."""
    actions = const.CALLBACK_ACTIONS.get(kind)
    if not parsing.identifier(header.get("message_id")) or (actions and header.get("action") not in actions):
        return "err.request.bad"
    version = header.get("version")
    if version is not None and not parsing.matches(const.VERSIONS, version):
        return "err.version.not_supported"
    if settings.receiver_id and header.get("sender_id") not in (None, settings.receiver_id):
        return "err.sender_id.invalid"
    if header.get("receiver_id") not in (None, settings.sender_id):
        return "err.receiver_id.invalid"
    return ""


def _hash_message(kind, opened):
    told = [opened.header.get(name) for name in ("message_id", "status", "status_reason_code")]
    return hashlib.sha256(parsing.canonical([kind, *told, opened.message]).encode()).hexdigest()
