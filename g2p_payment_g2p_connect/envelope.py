"""What goes around a message: header, encryption and signature, put on and taken off.

What goes out is encrypted first and signed then, and what comes in is verified before it is decrypted: nobody's key
works on what a stranger sent.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault

from . import const, encryption, parsing
from .detached_jws import JwsSigner
from .http_signature import HttpSigner
from .keys import KeyProblem
from .protection import Protection
from .settings import Settings
from .signing import BadSignature, NoSigner, Signer


class NotOpened(Exception):
    """A message that is not believed, or cannot be read; ``code`` is one of those of const.py."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Opened:
    """A message without what was around it.

    :param text: the body with its message decrypted; as it came where it was not encrypted
    """

    text: str
    header: dict[str, Any]
    message: dict[str, Any]


def make_signer(settings: Settings, protection: Protection) -> Signer:
    """Return the plug for signatures.

    :raise KeyProblem: when there is none of that kind
    """
    if protection.signer == const.SIGNER_NONE:
        return NoSigner()
    if protection.signer == const.SIGNER_HTTP:
        return HttpSigner(protection, settings.sender_id, settings.receiver_id)
    if protection.signer == const.SIGNER_JWS:
        return JwsSigner(protection)
    raise KeyProblem("unknown kind of signature")


class Envelope:
    """Closes and opens messages between us and one payment system.

    :param clock: seconds since 1970
    """

    def __init__(self, settings: Settings, protection: Protection, clock: Callable[[], float] = time.time):
        self._settings = settings
        self._protection = protection
        self._clock = clock

    def close(self, action: str, count: int, message: str) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of a request that carries ``message``.

        :param action: of the header; ``count`` is how many requests the message holds
        :param message: JSON. It is embedded as it is, never parsed and written again
        :raise KeyProblem: when a key is missing or cannot be used
        """
        if self._protection.encrypts:
            peer = self._protection.peer_encryption_key
            if peer is None:
                raise KeyProblem("no encryption key")
            message = encryption.dump(encryption.encrypt(message.encode(), peer))
        header = parsing.canonical(self._header(action, count))
        signer = make_signer(self._settings, self._protection)
        signed = signer.sign(header.encode(), message.encode(), int(self._clock()))
        is_named = signed.signature_member or self._settings.demands_signature
        signature = f'"signature":{parsing.canonical(signed.signature_member)},' if is_named else ""
        return f'{{{signature}"header":{header},"message":{message}}}'.encode(), signed.http_headers

    def open(self, text: str, http_headers: Mapping[str, str] | None = None, required: bool = True) -> Opened:
        """Return what is in a message from the payment system.

        :param http_headers: of the request or answer, names in small letters
        :param required: whether it has to be signed; a signature that is there has to be right in any case
        :raise NotOpened: when it cannot be read, or is not believed
        """
        members = parsing.split(text)
        if members is None or not isinstance(_value(members, "header"), dict):
            raise NotOpened("unreadable.body")
        self._verify(members, http_headers or {}, required)
        header, message = members["header"].value, _value(members, "message")
        said_encrypted = header.get("is_msg_encrypted") is True
        # A refusal may have no message at all.
        if message is not None and said_encrypted != encryption.is_encrypted(message):
            raise NotOpened("encryption.unreadable")
        if encryption.is_encrypted(message):
            plain, message = self._decrypt(message)
            text = f'{{"header":{members["header"].raw.decode()},"message":{plain}}}'
        return Opened(text, header, message if isinstance(message, dict) else {})

    def open_answer(self, answer: Answer) -> Answer:
        """Return an answer to a request of ours as it is stored: decrypted, and with why it must not be believed.

        Judged now and not when it is read, which may be at any time and with other keys. Acknowledgements and errors
        have neither header nor signature.
        """
        if answer.fault is not Fault.NONE:
            return answer
        members = parsing.split(answer.body)
        if members is not None and not {"header", "signature"} & set(members):
            return answer
        try:
            required = self._protection.require_signed_answers
            return replace(answer, body=self.open(answer.body, answer.headers, required).text)
        except NotOpened as problem:
            return replace(answer, headers=answer.headers | {const.VERDICT_HEADER: problem.code})

    def _verify(self, members, http_headers, required):
        signature = _value(members, "signature")
        if self._protection.signer == const.SIGNER_NONE or (signature in (None, "") and not required):
            return
        if not (signature is None or parsing.is_text(signature)):
            raise NotOpened("signature.unreadable")
        message = members["message"].raw if "message" in members else b""
        try:
            signer = make_signer(self._settings, self._protection)
            signer.verify(members["header"].raw, message, signature, http_headers, int(self._clock()))
        except BadSignature as problem:
            raise NotOpened(problem.code) from None
        except KeyProblem:
            raise NotOpened("signature.key_unknown") from None

    def _decrypt(self, sealed):
        """Return (the message as text, its value)."""
        if not self._protection.decryption_key:
            raise NotOpened("encryption.key_missing")
        try:
            plain = encryption.decrypt(
                sealed, self._protection.decryption_key, self._protection.decryption_key_id
            ).decode()
        except encryption.NotDecrypted as problem:
            raise NotOpened(problem.code) from None
        except UnicodeDecodeError:
            raise NotOpened("encryption.invalid") from None
        value = parsing.parse(plain)
        if value is None:
            raise NotOpened("encryption.invalid")
        return plain, value

    def _header(self, action, count):
        header = {
            "version": const.VERSION,
            "message_id": str(uuid.uuid4()),
            "message_ts": datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds"),
            "action": action,
            "sender_id": self._settings.sender_id,
            "total_count": count,
            "is_msg_encrypted": self._protection.encrypts,
            "meta": {},
        }
        if self._settings.receiver_id:
            header["receiver_id"] = self._settings.receiver_id
        if self._settings.is_async and self._settings.sender_uri:
            header["sender_uri"] = self._settings.sender_uri
        return header


def _value(members, name):
    return members[name].value if name in members else None
