"""What a token says, and when it holds.

A claim is a name and a plain value. The names are those of :class:`~..documents.facts.PaymentFacts`, so that what a
column shows and what a code says are called the same; any other name is carried as it is.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from .strict_json import NotStrictError, dump_json, load_json

#: Names that RFC 7519 and RFC 8392 give a meaning.
REGISTERED = {"iss": 1, "sub": 2, "aud": 3, "exp": 4, "nbf": 5, "iat": 6}
#: Our names as numbers, for CWT. Numbers are never used again for something else: vouchers live for years.
SHORT = {
    "reference": 1,
    "amount": 2,
    "currency": 3,
    "payee_name": 4,
    "payee_id_type": 5,
    "payee_id_value": 6,
    "payee_bank_code": 7,
    "entitlement_code": 8,
    "end_to_end_id": 9,
    "valid_from": 10,
    "valid_until": 11,
    "program": 12,
    "cycle": 13,
    "batch": 14,
    "company": 15,
    "message_id": 16,
    "count": 17,
    "total": 18,
    "number": 19,
    "fee": 20,
}
#: A text that is longer fits in no QR code.
MAX_TEXT = 4296
#: A day is over when it is over everywhere on earth.
_DAY_SLACK = timedelta(hours=12)


class NotATokenError(ValueError):
    """What was read is no token of this suite, and why."""


@dataclass(frozen=True)
class Token:
    """A token as it was read, believed by nobody yet.

    :param kid: the key it names
    :param algorithm: the algorithm it names, as JOSE calls it
    :param check: function of a :class:`~.keys.Key`: returns the claims (dict), None when the signature does not fit,
        and raises :class:`NotATokenError` when what was signed are no claims
    """

    kid: str
    algorithm: str
    check: object


def read_claims(data):
    """Return the claims in what is to be signed.

    :param data: dict, or a JSON object as str or bytes
    :return: dict
    :raise NotStrictError: when it is not a JSON object, or could be read in two ways
    """
    claims = load_json(dump_json(data) if isinstance(data, dict) else data)
    if not isinstance(claims, dict):
        raise NotStrictError("only a JSON object can be signed.")
    for name in ("exp", "nbf", "iat"):
        if name in claims and not _is_number(claims[name]):
            raise NotStrictError(f"{name} is a number of seconds since 1970.")
    return claims


def get_period(claims):
    """Return from when to when a token holds.

    :param dict claims: its claims: ``nbf`` and ``exp`` in seconds since 1970, ``valid_from`` and ``valid_until`` as
        ISO dates; a date which is written otherwise says nothing here
    :return: tuple (aware datetime or None, aware datetime or None)
    :raise NotATokenError: when one of the two numbers is none
    """
    start = [_to_moment(claims["nbf"])] if "nbf" in claims else []
    end = [_to_moment(claims["exp"])] if "exp" in claims else []
    first, last = _to_date(claims.get("valid_from")), _to_date(claims.get("valid_until"))
    if first:
        start.append(datetime.combine(first, time(), UTC) - _DAY_SLACK)
    if last:
        end.append(datetime.combine(last, time(), UTC) + timedelta(days=1) + _DAY_SLACK)
    return max(start, default=None), min(end, default=None)


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _to_moment(seconds):
    if not _is_number(seconds):
        raise NotATokenError("The token's time is not a number.")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotATokenError("The token's time is out of range.") from error


def _to_date(value):
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    # Days at the ends of the calendar have no neighbours to compute with.
    return found if found and 1 < found.year < 9999 else None
