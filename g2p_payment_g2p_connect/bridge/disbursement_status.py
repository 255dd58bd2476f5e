"""What the bridge says of single disbursements: the lines of bank statements that it found for each.

A record has neither an amount nor a word for its state: that it is there says that the money left, and
``reversal_found`` that it came back.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from odoo.addons.g2p_programs.dispatch.outcome import Row, RowResult

from .. import parsing
from . import const
from .answers import code_of, is_id, is_named

_ERROR_CODES = (*const.BANK_ERRORS.values(), const.BANK_ERROR)


def read_rows(entries: list[Any], ids: Mapping[str, str], envelope_id: str) -> tuple[Row, ...]:
    """Return one row for each payment that was told of, with what banks had against it.

    A payment that is told of in two ways stays open. What a row calls attention to is one of :data:`const.ATTENTIONS`.

    :param entries: DisbursementStatusPayload
    :param ids: the bridge's ids of our payments by reference; what two of them share is believed of neither
    :param envelope_id: the envelope that they are in
    """
    times = Counter(ids.values())
    references = {told: reference for reference, told in ids.items() if is_id(told) and times[told] == 1}
    rows = {}
    for entry in entries:
        told = parsing.identifier(entry.get("disbursement_id")) if isinstance(entry, dict) else ""
        if told not in references:
            continue
        row = _row(entry, references[told], told, envelope_id)
        if rows.setdefault(row.reference, row) != row:
            rows[row.reference] = _open(row.reference, told, "contradictory.rows")
    return tuple(rows.values())


def _row(entry, reference, told, envelope_id):
    records = parsing.object_of(entry, "disbursement_recon_records")
    paid = _records(records, "disbursement_recon_payloads")
    errors = _records(records, "disbursement_error_recon_payloads")
    if paid is None or errors is None:
        return _open(reference, told, "unreadable.records")
    error = _error(errors, told)
    doubt = _doubt(paid, told, envelope_id)
    if doubt or not paid:
        return _open(reference, told, doubt or error, error)
    return _final(reference, told, paid[0], error)


def _doubt(records, told, envelope_id):
    """Return why records are not believed, as a code; an empty text where they are, or there are none."""
    for record in records:
        if record != records[0]:
            return "contradictory.rows"
        if not is_named(record.get("disbursement_id"), told):
            return "other.disbursement"
        envelope = record.get("disbursement_envelope_id")
        if envelope is not None and not is_named(envelope, envelope_id):
            return "other.envelope"
        if record.get("reversal_found") not in (True, False) or not _is_of_a_statement(record):
            return "unreadable.records"
    return ""


def _final(reference, told, record, error):
    is_reversed = record["reversal_found"] is True
    reason = code_of(record.get("reversal_reason")) or const.REVERSED
    return Row(
        reference,
        RowResult.REVERSED if is_reversed else RowResult.PAID,
        code=reason if is_reversed else error,
        when=_day(record.get("remittance_value_date")) or _day(record.get("remittance_entry_date")),
        external_reference=told,
        paid_before=is_reversed,
        details=_details(record),
        attention=error,
    )


def _open(reference, told, code, error=""):
    return Row(reference, RowResult.PENDING, code=code, external_reference=told, attention=error)


def _records(parent, name):
    """Return a list of records, or None where it is no such list."""
    records = parent.get(name)
    if records is None:
        return []
    is_list = isinstance(records, list) and all(isinstance(record, dict) for record in records)
    return records if is_list else None


def _is_of_a_statement(record):
    """Whether a record names the line of a bank statement that it comes from."""
    names = ("remittance_reference_number", "remittance_statement_id")
    texts = [record.get(name) for name in names if parsing.is_text(record.get(name))]
    return any(_printable(text).casefold() not in const.NOTHING | {""} for text in texts)


def _error(errors, told):
    """Return what is worst of a bank's lines, an empty text where there are none."""
    if not errors:
        return ""
    found = {
        const.BANK_ERRORS.get(code_of(error.get("error_reason")), const.BANK_ERROR)
        for error in errors
        if is_named(error.get("disbursement_id"), told)
    }
    return _worst(found) or const.BANK_ERROR


def _worst(errors):
    return next((code for code in _ERROR_CODES if code in errors), "")


def _details(record):
    values = {name: _printable(record.get(name)) for name in const.DETAILS}
    return {name: value for name, value in values.items() if value}


def _printable(value):
    """Return what can be kept of a text, or of a number as it was written."""
    if not isinstance(value, str):
        return ""
    return "".join(one for one in value if one.isprintable())[: const.MAX_DETAIL].strip()


def _day(value):
    """Return the moment of a bank's day, or None. It has no zone: it is a day, and is kept as one."""
    if not parsing.is_text(value):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
