"""What the bridge says: header, refusals, crashes."""

from .schemas import EnvelopePayload

#: What is told of an envelope that was refused.
NO_ENVELOPE = dict.fromkeys(EnvelopePayload.model_fields)


class Refused(Exception):
    """A request that is understood, and not done.

    :param code: what is wrong; it stands in the header's status_reason_message
    :param message: what is told besides
    """

    def __init__(self, code, message):
        super().__init__(code)
        self.code = code
        self.message = message


class Crashed(Exception):
    """A request that the bridge breaks on; nothing of it is kept.

    :param text: what the library says that it broke in
    :param code: of the bridge
    """

    def __init__(self, text, code="G2P-REQ-100"):
        super().__init__(text)
        self.text = text
        self.code = code


def sql_crash(text, statement):
    """Return what is told when the database refuses: its text, cut in two at its first double colon."""
    # The bridge takes what is before the colons for the code, and what is behind for the message.
    code, message, *_lost = f"{text}\n[SQL: {statement}".split("::")
    return Crashed(message, code)


def answer(clock, header, message, status="succ", code=""):
    """Return an answer to a request with ``header`` (schemas.Header)."""
    return {
        "signature": None,
        "header": {
            "version": "1.0.0",
            "message_id": header.message_id,
            "message_ts": clock.moment(),
            "action": header.action,
            "status": status,
            "status_reason_code": None,
            "status_reason_message": code,
            "total_count": None,
            "completed_count": None,
            "sender_id": None,
            "receiver_id": None,
            "is_msg_encrypted": False,
            "meta": {},
        },
        "message": message,
    }


def errors(*pairs):
    """Return an answer that has only errors, each a code and a text."""
    return {"errors": [{"code": code, "message": text} for code, text in pairs]}
