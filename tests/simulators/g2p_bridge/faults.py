"""Right answers with something wrong in them."""

import copy
import time

#: An envelope of somebody else.
STRANGER = "1795000000000"


def spoil(fault, answer, last_request):
    """Return the ``answer`` with what ``fault`` does to it.

    :param last_request: number and amount of what came last into the envelope
    """
    answer = copy.deepcopy(answer)
    message = answer["message"]
    if fault.play == "header_rjct":
        _refuse(fault, answer)
    elif fault.play == "unknown_status":
        answer["header"]["status"] = fault.code or "pdng"
    elif fault.play == "null_message":
        answer["message"] = None
    elif fault.play in _COUNTS and message:
        answer["message"] = {**message, **_COUNTS[fault.play](fault, message, last_request)}
    elif fault.play in _LISTS and isinstance(message, list):
        answer["message"] = _LISTS[fault.play](fault, message)
    elif fault.play in _OBJECTS and message:
        _OBJECTS[fault.play](fault, message)
    return answer


def _refuse(fault, answer):
    code, message = fault.code or "INVALID_DISBURSEMENT_PAYLOAD", answer["message"]
    answer["header"].update(status="rjct", status_reason_message=code)
    if isinstance(message, list):
        refused = {"disbursement_id": None, "response_error_codes": None}
        answer["message"] = [{**row, **refused} if "mis_reference_number" in row else row for row in message]
    elif message:
        answer["message"] = dict.fromkeys(message) if "cycle_code_mnemonic" in message else None


def _stranger(fault, row):
    number = str(time.time_ns() // 1_000)
    if "disbursement_recon_records" in row:
        return _paid({**row, "disbursement_id": number}, number, STRANGER)
    return {**row, "disbursement_id": number, "mis_reference_number": f"UNHEARD-OF-{number}"}


def _paid(row, disbursement_id, envelope_id):
    """Return a row of a status that tells of a payment, whatever became of it."""
    record = {
        "bank_disbursement_batch_id": "0",
        "disbursement_id": disbursement_id,
        "disbursement_envelope_id": envelope_id,
        "remittance_reference_number": "0",
        "remittance_entry_date": "2026-11-20T00:00:00",
        "remittance_value_date": "2026-11-20T00:00:00",
        "reversal_found": False,
    }
    records = {"disbursement_recon_payloads": [record], "disbursement_error_recon_payloads": []}
    return {**row, "disbursement_recon_records": records}


def _contradictory(fault, rows):
    """Say of the first rows a second time something else: that they were reversed, or paid, or not taken."""
    said = []
    for row in copy.deepcopy(rows[: fault.rows]):
        records = row.get("disbursement_recon_records", {}).get("disbursement_recon_payloads")
        if records:
            turned = not records[0]["reversal_found"]
            records[0].update(reversal_found=turned, reversal_reason="CONTRADICTION" if turned else None)
        elif "disbursement_recon_records" in row:
            row = _paid(row, row["disbursement_id"], None)
        else:
            row["disbursement_id"] = str(time.time_ns() // 1_000)
        said.append(row)
    return rows + said


def _each_row(change):
    """Return a spoiler that changes the first rows by ``change(fault, row)``."""

    def changed(fault, rows):
        for row in rows[: fault.rows]:
            change(fault, row)
        return rows

    return changed


def _other_ids(fault, row):
    number = str(time.time_ns() // 1_000)
    if "disbursement_id" not in row:
        row["disbursement_envelope_id"] = number
        return
    row["disbursement_id"] = number
    for record in _records(row):
        record["disbursement_id"] = number


def _other_envelope(fault, row):
    if "disbursement_envelope_id" in row:
        row["disbursement_envelope_id"] = STRANGER
    for record in _records(row):
        record["disbursement_envelope_id"] = STRANGER


def _records(row):
    return row.get("disbursement_recon_records", {}).get("disbursement_recon_payloads", [])


def _wrong_amount(fault, row):
    name = "disbursement_amount" if "disbursement_amount" in row else "total_disbursement_amount"
    row[name] = float(fault.amount) if fault.amount else (row[name] or 0) + 1


def _null_ids(fault, row):
    row["disbursement_id" if "disbursement_id" in row else "disbursement_envelope_id"] = None


def _wrong_currency(fault, row):
    row["disbursement_currency_code"] = fault.currency


_RECEIVED = ("number_of_disbursements_received", "total_disbursement_amount_received")


def _unchanged(fault, message, last_request):
    return {name: message[name] - last for name, last in zip(_RECEIVED, last_request, strict=True)}


def _risen(fault, message, last_request):
    more = fault.rows, int(fault.amount or fault.rows)
    return {name: message[name] + each for name, each in zip(_RECEIVED, more, strict=True)}


_COUNTS = {"counts_unchanged": _unchanged, "counts_risen": _risen}
_LISTS = {
    "missing_rows": lambda fault, rows: rows[fault.rows :],
    "extra_rows": lambda fault, rows: (
        [_stranger(fault, copy.deepcopy(rows[0])) for _each in range(fault.rows) if rows] + rows
    ),
    "duplicated_rows": lambda fault, rows: rows + rows[: fault.rows],
    "contradictory_rows": _contradictory,
    "reordered_rows": lambda fault, rows: rows[::-1],
    "wrong_amount": _each_row(_wrong_amount),
    "null_ids": lambda fault, rows: [{**row, "disbursement_id": None} for row in rows],
    "other_ids": _each_row(_other_ids),
    "other_transaction": _each_row(_other_envelope),
}
_OBJECTS = {
    "wrong_amount": _wrong_amount,
    "wrong_currency": _wrong_currency,
    "null_ids": _null_ids,
    "other_ids": _other_ids,
    "other_transaction": _other_envelope,
}
