"""What is told of envelopes and disbursements (contract, 3.5)."""

from .telling import Refused


def of_envelope(simulator, envelope_id, keep):
    """Return the status of an envelope.

    :raise Refused: when nobody knows it
    """
    envelope = simulator.books.envelopes.get(envelope_id)
    if envelope is None:
        raise Refused("DISBURSEMENT_ENVELOPE_NOT_FOUND", None)
    bugs = simulator.script.bugs
    amount = envelope.amount_received
    told = {
        "disbursement_envelope_id": envelope_id,
        "number_of_disbursements_received": envelope.received,
        "total_disbursement_amount_received": int(amount) if amount == int(amount) else float(amount),
        **_checks("funds_available", envelope.funds),
        **_checks("funds_blocked", envelope.block),
        "funds_blocked_reference_number": envelope.block_reference,
        "id_mapper_resolution_required": True,
        "number_of_disbursements_shipped": envelope.shipped,
        "number_of_disbursements_reconciled": envelope.reconciled,
        "number_of_disbursements_reversed": envelope.reversed,
    }
    if not bugs.hides_cancellation:
        told["cancellation_status"] = "Cancelled" if envelope.cancelled else "Not_Cancelled"
    return told


def of_disbursements(simulator, ids, keep):
    """Return one row for each id, in order; one that nobody knows looks like one that is pending."""
    with simulator.books.lock:
        return [_row(simulator, each) for each in ids]


def _row(simulator, disbursement_id):
    one = simulator.books.disbursements.get(disbursement_id)
    if one:
        simulator.works.asked(one)
    return {
        "disbursement_id": disbursement_id,
        "disbursement_recon_records": {
            "disbursement_recon_payloads": [dict(one.recon)] if one and one.recon else [],
            "disbursement_error_recon_payloads": [dict(error) for error in one.errors] if one else [],
        },
    }


def _checks(name, checks):
    return {
        f"{name}_with_bank": checks["word"],
        f"{name}_latest_timestamp": checks["moment"],
        f"{name}_latest_error_code": checks["error"],
        f"{name}_attempts": checks["attempts"],
    }
