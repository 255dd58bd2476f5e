"""What a scanned text is worth."""

from dataclasses import dataclass, field
from datetime import UTC

from .claims import MAX_TEXT, NotATokenError, get_period
from .cwt_tokens import PREFIX, read_cwt
from .jwt_tokens import read_jwt
from .keys import load_keys

TEXTS = {
    "valid": "Signed by a known key, unchanged, and in its time.",
    "altered": "It names a known key, but was changed after it was signed, or was never signed with that key.",
    "expired": "Genuine, but its time is over.",
    "early": "Genuine, but its time has not come yet.",
    "unknown_key": "Signed with a key that is not among the given ones: nothing can be said about it.",
    "invalid": "This is no signed document.",
}


@dataclass(frozen=True)
class Verdict:
    """What a scanned text is worth.

    :param result: ``valid``, ``altered``, ``expired``, ``early`` (its time has not come yet), ``unknown_key`` or
        ``invalid`` (no token of this suite)
    :param claims: what it says; empty unless the signature fits, as nothing else deserves to be read
    :param kid: the key it names
    :param text: the same for people, in English
    """

    result: str
    claims: dict = field(default_factory=dict)
    kid: str = ""
    text: str = ""


def verify(text, keys, now, payload=None):
    """Say what a scanned text is worth.

    Nothing in the text chooses how it is checked: the key decides on the algorithm, and the text only names a key of
    the given ones.

    :param str text: what was scanned; blanks around it are passed over
    :param keys: list of public JWKs (dict) or :class:`~.keys.Key`; others than P-256 and Ed25519 are passed over
    :param datetime now: when; UTC if it names no zone
    :param payload: str or bytes that were signed, where they travel apart from the token (JWT only)
    :return: :class:`Verdict`
    """
    try:
        token = _read(text, payload)
    except NotATokenError as error:
        return _verdict("invalid", detail=str(error))
    named = [key for key in load_keys(keys) if token.kid in key.names or token.kid == key.short_kid]
    if not named:
        return _verdict("unknown_key", kid=token.kid)
    try:
        for key in named:
            claims = token.check(key) if key.algorithm == token.algorithm else None
            if claims is not None:
                return _verdict(_when(claims, now), claims, key.kid)
    except NotATokenError as error:
        return _verdict("invalid", detail=str(error))
    return _verdict("altered", kid=named[0].kid)


def _read(text, payload):
    if not isinstance(text, str) or len(text) > MAX_TEXT + 2:
        raise NotATokenError("It is too long for a QR code.")
    # Scanners add line ends and blanks. Base45 has a blank too, but by its arithmetic never as the last character.
    text = text.strip()
    if not text.startswith(PREFIX):
        return read_jwt(text, payload)
    if payload is not None:
        raise NotATokenError("Only a JSON Web Token can travel without what it says.")
    return read_cwt(text)


def _when(claims, now):
    now = now.replace(tzinfo=UTC) if now.tzinfo is None else now
    start, end = get_period(claims)
    if end is not None and now >= end:
        return "expired"
    return "early" if start is not None and now < start else "valid"


def _verdict(result, claims=None, kid="", detail=""):
    text = f"{TEXTS[result]} {detail}".strip()
    return Verdict(result, claims or {}, kid, text)
