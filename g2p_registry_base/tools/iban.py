"""International bank account numbers, without Odoo."""

import functools
import re

import schwifty

_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def compact(text):
    """Return a number without blanks and separators, in capitals.

    :param text: what was entered, a str or something false
    :return: str, "" for something false
    """
    return _NOT_ALPHANUMERIC.sub("", text or "").upper()


@functools.lru_cache(maxsize=512)
def _has_ibans(country_code):
    """Tell whether a country is in the official IBAN registry, not only waiting for it."""
    try:
        return not schwifty.IBAN(f"{country_code}00", allow_invalid=True).is_aspirational
    except ValueError:
        return False


def to_iban(acc_number, bank_code="", country_code=""):
    """Return the IBAN of an account, or "" where there is none. Never raises.

    :param str acc_number: a national account number, or an IBAN in any spelling
    :param str bank_code: the national bank code (not a SWIFT code of eight letters)
    :param str country_code: ISO 3166 code of the country of the bank
    :return: the IBAN without blanks, or ""
    """
    account = compact(acc_number)
    if _IBAN_SHAPE.fullmatch(account) and schwifty.IBAN(account, allow_invalid=True).is_valid:
        return account
    bank_code, country_code = compact(bank_code), (country_code or "").upper()
    if not (account and bank_code) or not _has_ibans(country_code):
        return ""
    try:
        return str(schwifty.IBAN.generate(country_code, bank_code=bank_code, account_code=account))
    except (ValueError, TypeError, KeyError, IndexError):
        # ValueError is what the library says of codes that do not fit the country's form
        return ""
