"""What a careful caller would not have sent, though the hub takes it; no cell's content is told."""

import re

from .profiles import BASE_COLUMNS, COLUMNS

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]+")
_CURRENCY = re.compile(r"[A-Z]{3}")
_PHONE = re.compile(r"[0-9]{6,15}")
_WHOLE = re.compile(r"0*[1-9][0-9]*")
_PHONE_MODES = ("gsma", "mojaloop")
_PAYEE = ("payee_identifier", "payee_identifier_type", "amount", "currency")


def of(submission, modes):
    """Return the cautions about ``submission`` as texts.

    :param modes: configured payment modes, in lower case
    """
    found = list(submission.cautions)
    header = submission.header
    if header[:10] != BASE_COLUMNS or (len(header) == len(COLUMNS) and header != COLUMNS):
        found.append("columns are not in the hub's own order")
    seen = set()
    for number, row in enumerate(submission.rows):
        found += [f"row {number}: {text}" for text in _of_row(number, row, modes)]
        key = tuple(row[name] for name in _PAYEE)
        if key in seen:
            found.append(f"row {number}: same payee, type, amount and currency as another row")
        seen.add(key)
    for number, line in enumerate(submission.lines):
        if submission.kind == "csv" and (line.count(",") + 1 != len(header) or '"' in line):
            found.append(f"row {number}: has commas or quotes in its cells, or too few cells")
    if len({row["payment_mode"] for row in submission.rows}) > 1:
        found.append("more than one payment mode")
    identifiers = [row["request_id"] for row in submission.rows]
    if len(set(identifiers)) != len(identifiers):
        found.append("one request_id for two rows")
    return found


def _of_row(number, row, modes):
    mode = row["payment_mode"] or ""
    payee = row["payee_identifier"] or ""
    checks = (
        (row["id"] == str(number), "id is not the running number"),
        (_REQUEST_ID.fullmatch(row["request_id"] or ""), "request_id has other than letters, digits, dashes"),
        (mode in modes, "payment_mode is none of the configured ones in lower case"),
        (payee and payee != "False", "payee_identifier is empty or False"),
        (row["payee_identifier_type"], "payee_identifier_type is empty"),
        (mode not in _PHONE_MODES or _PHONE.fullmatch(payee), "payee_identifier is no phone number"),
        (_WHOLE.fullmatch(row["amount"] or ""), "amount is no positive whole number"),
        (_CURRENCY.fullmatch(row["currency"] or ""), "currency is no code"),
        (bool(row["payer_identifier"]) == bool(row["payer_identifier_type"]), "half a payer"),
        (all((cell or "").isascii() for cell in row.values()), "has other than ASCII"),
        (all((cell or " ")[0] not in "=+-@\t\r" for cell in row.values()), "a cell begins like a formula"),
        (not row["batch_id"], "batch_id is the hub's to fill"),
    )
    return [text for right, text in checks if not right]
