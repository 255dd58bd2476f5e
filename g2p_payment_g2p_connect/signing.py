"""The plug for signatures: what signs our messages, and tells whether others' are from whom they say.

What is signed is the bytes of the values of ``header`` and ``message`` exactly as they stand in the body, the second
right behind the first, without anything that stands between them. Both are JSON texts, so where one ends is plain.
A message that is encrypted is signed as it is sent: whoever checks needs no key for decrypting.

The specification names the parts (MsgSignature: "Signature of {header}+{message} body") and leaves their form open,
so it has to be agreed with each payment system.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class SignedParts:
    """A signature.

    :param signature_member: value of the body's ``signature``; none is sent when empty
    :param http_headers: headers of the HTTP request that belong to it
    """

    signature_member: str = ""
    http_headers: dict[str, str] = field(default_factory=dict)


class BadSignature(Exception):
    """A message is not believed; ``code`` is one of :data:`const.SIGNATURE_FAULTS`."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class Signer(Protocol):
    """One way of signing, with our key and for the payment system's keys."""

    def sign(self, header: bytes, message: bytes, now: int) -> SignedParts:
        """Sign what is sent.

        :param now: seconds since 1970, UTC
        :raise KeyProblem: when our key cannot sign
        """

    def verify(
        self,
        header: bytes,
        message: bytes,
        signature_member: str | None,
        http_headers: Mapping[str, str],
        now: int,
    ) -> None:
        """Return when the payment system signed this, and may have done so at this time.

        :param signature_member: value of the body's ``signature``, None where there is none
        :param http_headers: names in small letters
        :raise BadSignature: in every other case
        """


class NoSigner:
    """Signs nothing and believes everything."""

    def sign(self, _header: bytes, _message: bytes, _now: int) -> SignedParts:
        """Return no signature."""
        return SignedParts()

    def verify(self, _header, _message, _signature_member, _http_headers, _now) -> None:
        """Return in any case."""


def check_times(created: int | None, expires: int | None, now: int, skew: int) -> None:
    """Return when ``now`` lies between the two, give or take ``skew`` seconds.

    :raise BadSignature: when it does not
    """
    if created is not None and created > now + skew:
        raise BadSignature("signature.early")
    if expires is not None and (expires < now - skew or (created is not None and expires <= created)):
        raise BadSignature("signature.expired")
