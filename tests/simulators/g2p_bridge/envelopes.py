"""Envelopes: made, amended, cancelled (contract, 3.2 and 3.4). Of several things wrong only the first is told."""

from .books import DECLARED
from .telling import NO_ENVELOPE, Refused, sql_crash

_BIGGEST = 2**31 - 1
_NUMBERS = ("number_of_beneficiaries", "number_of_disbursements", "total_disbursement_amount")
_COLUMNS = (
    *(
        "disbursement_envelope_id",
        "benefit_program_mnemonic",
        "disbursement_frequency",
        "cycle_code_mnemonic",
    ),
    *(*_NUMBERS, "disbursement_currency_code", "disbursement_schedule_date", "receipt_time_stamp"),
    *("cancellation_status", "cancellation_timestamp", "created_at", "updated_at", "active"),
)
_INSERT = f"INSERT INTO disbursement_envelopes ({', '.join(_COLUMNS)}) VALUES ($1::VARCHAR, $2::VARCHAR, …)]"
_UPDATE = "UPDATE disbursement_envelopes SET number_of_beneficiaries=$1::INTEGER, …]"
_DRIVER = "(sqlalchemy.dialects.postgresql.asyncpg.{}) <class 'asyncpg.exceptions.{}'>: {}"


def create(simulator, message, keep):
    """Make an envelope and return what is told of it.

    :param message: schemas.EnvelopePayload
    :param keep: whether it is really made
    :raise Refused, Crashed: when it is not
    """
    _check_program(simulator, message)
    _check_storable(message, _INSERT)
    made = simulator.clock.moment()
    envelope_id = simulator.books.new_envelope_id()
    values = {**message.model_dump(mode="json"), "disbursement_envelope_id": envelope_id}
    _check_currency(simulator, values, made)
    if keep:
        simulator.books.add_envelope(envelope_id, values, made)
    return values


def amend(simulator, message, keep):
    """Declare something else; arguments as :func:`create`."""
    if not message.disbursement_envelope_id:
        raise Refused("INVALID_DISBURSEMENT_ENVELOPE_ID", NO_ENVELOPE)
    _check_declared(simulator, message)
    envelope = _open_envelope(simulator, message)
    if envelope.schedule_date <= simulator.clock.today():
        raise Refused("DISBURSEMENT_ENVELOPE_DATE_PASSED", NO_ENVELOPE)
    _check_storable(message, _UPDATE)
    told = message.model_dump(mode="json")
    if keep:
        simulator.books.amend(envelope, {name: told[name] for name in DECLARED})
    # The number of the row, where a text is promised.
    return {**told, "id": envelope.number}


def cancel(simulator, message, keep):
    """Cancel an envelope; arguments as :func:`create`."""
    envelope = _open_envelope(simulator, message)
    if envelope.shipped and not simulator.script.bugs.cancels_after_payment:
        raise Refused("DISBURSEMENT_ENVELOPE_SCHEDULE_DATE_REACHED", NO_ENVELOPE)
    if keep:
        simulator.books.cancel_envelope(envelope)
    return message.model_dump(mode="json")


def _open_envelope(simulator, message):
    envelope = simulator.books.envelopes.get(message.disbursement_envelope_id)
    if envelope is None:
        raise Refused("DISBURSEMENT_ENVELOPE_NOT_FOUND", NO_ENVELOPE)
    if envelope.cancelled:
        raise Refused("DISBURSEMENT_ENVELOPE_ALREADY_CANCELED", NO_ENVELOPE)
    return envelope


def _check_program(simulator, message):
    checks = (
        (message.benefit_program_mnemonic, "INVALID_PROGRAM_MNEMONIC"),
        (message.disbursement_frequency, "INVALID_DISBURSEMENT_FREQUENCY"),
        (message.cycle_code_mnemonic, "INVALID_CYCLE_CODE_MNEMONIC"),
    )
    for right, code in checks:
        if not right:
            raise Refused(code, NO_ENVELOPE)
    _check_declared(simulator, message)
    programs = simulator.script.bridge.programs
    if programs and message.benefit_program_mnemonic not in programs:
        raise Refused("INVALID_PROGRAM_MNEMONIC", NO_ENVELOPE)


def _check_declared(simulator, message):
    total, day = message.total_disbursement_amount, message.disbursement_schedule_date
    checks = (
        ((message.number_of_beneficiaries or 0) < 1, "INVALID_NO_OF_BENEFICIARIES"),
        ((message.number_of_disbursements or 0) < 1, "INVALID_NO_OF_DISBURSEMENTS"),
        (total is None or total < 0, "INVALID_TOTAL_DISBURSEMENT_AMOUNT"),
        (day is None or day < simulator.clock.today(), "INVALID_DISBURSEMENT_SCHEDULE_DATE"),
    )
    for wrong, code in checks:
        if wrong:
            raise Refused(code, NO_ENVELOPE)


def _check_storable(message, statement):
    for place, name in enumerate(_NUMBERS, 5):
        value = getattr(message, name)
        # Asked in this way, so that it is also true of what is no number at all.
        if not value <= _BIGGEST:
            text = f"invalid input for query argument ${place}: {value} (value out of int32 range)"
            raise sql_crash(_DRIVER.format("Error", "DataError", text), statement)


def _check_currency(simulator, values, made):
    if values["disbursement_currency_code"] is not None:
        return
    if not simulator.script.bugs.currency_crashes:
        raise Refused("INVALID_DISBURSEMENT_CURRENCY_CODE", NO_ENVELOPE)
    cut = {**values, "total_disbursement_amount": int(values["total_disbursement_amount"])}
    row = ", ".join("null" if cut.get(name) is None else str(cut[name]) for name in _COLUMNS[:9])
    moment = made.replace("T", " ")
    row += f", {moment}, Not_Cancelled, null, {moment}, {moment}, {simulator.books.new_row()}, t"
    text = (
        'null value in column "disbursement_currency_code" of relation "disbursement_envelopes" violates not-null '
        f"constraint\nDETAIL:  Failing row contains ({row})."
    )
    raise sql_crash(_DRIVER.format("IntegrityError", "NotNullViolationError", text), _INSERT)
