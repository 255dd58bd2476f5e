"""What OpenG2P's G2P Bridge 1.0 says, and what it lets us conclude, as data.

Source: the OpenAPI file of the bridge 1.0.2 and exchanges with a running one. The bridge shares nothing with the
disburse core API but the header; see also ``../const.py``.
"""

import re

from ..const import REFUSING_ERRORS

# ---- What a submission is for
#: Opens an envelope, which says how many payments of how much will come; carries none.
ENVELOPE = "envelope"
#: Payments of one envelope.
DISBURSEMENTS = "disbursements"
#: Says anew how many will come, as the envelope pays nobody before all have.
AMENDMENT = "amendment"
#: Takes an envelope back that has not been paid.
CANCELLATION = "cancellation"
#: After these an envelope pays less, or nobody: it is looked into once they are done.
CLOSING = (AMENDMENT, CANCELLATION)

ENVELOPE_STATUS = "envelope_status"
DISBURSEMENT_STATUS = "disbursement_status"
#: header.action by what is asked for: the verb of the path. Version 1.0 looks at none, later ones do.
ACTIONS = {
    ENVELOPE: "create_disbursement_envelope",
    DISBURSEMENTS: "create_disbursements",
    AMENDMENT: "amend_disbursement_envelope",
    CANCELLATION: "cancel_disbursement_envelope",
    ENVELOPE_STATUS: "get_disbursement_envelope_status",
    DISBURSEMENT_STATUS: "get_disbursement_status",
}

# ---- What is sent
#: DisbursementFrequency.
FREQUENCIES = (
    "Daily",
    "Weekly",
    "Fortnightly",
    "Monthly",
    "BiMonthly",
    "Quarterly",
    "SemiAnnually",
    "Annually",
    "OnDemand",
)
DEFAULT_FREQUENCY = "OnDemand"
#: Payments of one request: the bridge has no limit, but an answer must be read, and a time-out leaves all of it open.
MAX_DISBURSEMENTS_PER_REQUEST = 1_000
#: Ids of one get_disbursement_status.
MAX_IDS_PER_QUESTION = 1_000
#: Amounts and counts are kept as 32-bit integers; a larger one is an error of the bridge's database.
MAX_INTEGER = 2**31 - 1
#: disbursement_schedule_date.
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: What software writes for nothing, in small letters: never part of an identifier.
NOTHING = frozenset({"false", "none", "null"})

#: Why a payment cannot be sent; the payment manager has a text for each.
ROW_REASONS = ("reference", "beneficiary", "name", "amount", "amount_fraction", "currency")
#: Why a request cannot be made; the payment manager has a text for each.
REQUEST_REASONS = (
    "purpose",
    "url",
    "mnemonic",
    "frequency",
    "cycle_code",
    "narrative",
    "schedule_date",
    "envelope_id",
    "currencies",
    "size",
    "total",
    "twins",
    "carried",
)
#: What may be wrong with settings as a whole; the payment manager has a text for each.
SETTING_REASONS = (
    "mode",
    "sender",
    "envelope_creation_url",
    "envelope_status_url",
    "envelope_amend_url",
    "envelope_cancel_url",
    "payment_endpoint_url",
    "status_endpoint_url",
    "mnemonic",
    "frequency",
    "prefix",
    "encryption",
)

# ---- What an answer means
#: RequestStatus of the header. HTTP 200 is the answer to what was done and to what was refused.
DONE = "succ"
REFUSED = "rjct"
#: Codes of the bridge, which stand in ``status_reason_message``, and of banks. What looks otherwise may be text about
#: a payee, or an account, and is not kept.
CODE = re.compile(r"(?!.*[0-9]{5})[A-Z][A-Z0-9_]{0,63}")

ENVELOPE_NOT_FOUND = "DISBURSEMENT_ENVELOPE_NOT_FOUND"
ALREADY_CANCELED = "DISBURSEMENT_ENVELOPE_ALREADY_CANCELED"
#: header code of create_disbursements after which nothing of the list was taken: looked at before anything is
#: written, or for the list as a whole (all or nothing).
DISBURSEMENT_REFUSALS = frozenset(
    {
        "MULTIPLE_ENVELOPES_FOUND",
        ENVELOPE_NOT_FOUND,
        ALREADY_CANCELED,
        "INVALID_DISBURSEMENT_PAYLOAD",
    }
)
#: The envelope is full: perhaps of an earlier copy of this very list. The first is spelt so on the wire.
DISBURSEMENT_DOUBTS = frozenset(
    {"NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED", "TOTAL_DISBURSEMENT_AMOUNT_EXCEEDS_DECLARED"}
)

# NeverHad is said in three places, and the proof of each is this:
#
# Envelope. Only the answer to its creation ever tells the id of an envelope, which the bridge makes of its clock.
# One whose id nobody was told can be filled by nobody, and an empty one pays nobody: neither funds nor bank are asked
# before as many payments of as much have come as were declared, at least one. So another may be opened in any case.
# The question asks for an envelope that there cannot be; that it is not found says that the bridge is there and works.
#
# Amendment and cancellation. They move no money, and an amendment's numbers are absolute: said twice it is the same.
# Cancelling twice is refused with ALREADY_CANCELED, which is taken for done.
#
# Disbursements. An envelope counts what it takes, in the same transaction, and nobody else knows its id. No request
# goes out while another may be under way, but for those whose absence is believed; so number AND amount as they were
# before it mean that it was not taken. The engine believes it after the longest life of the call, the rail's settle
# time, and two agreeing answers. Three things can make it false all the same:
# - The bridge takes a request in later still. One that was believed to be absent is sent again behind all others of its
#   envelope, and only where the envelope is complete with it: then there is room for it once, and the bridge refuses
#   the other. Where there would be more room it is not sent again; people give it up.
# - It is given up and comes in later, or was refused and taken all the same. Its payments are sent in no other envelope
#   before the bridge has amended this one, and a look has shown that it is full with the rest, or has cancelled it, and
#   a look has shown that no money had gone: there is no room for it then. (The bridge says yes to cancelling also after
#   it has paid.) Nor do risen counts tell that another request arrived, as they may have risen by this one.
# - Somebody cancels disbursements there (we never do), which lowers the counts. So they are looked at right before each
#   request, which is kept back where they are not as they should be: an envelope that is not complete pays nobody.

#: What keeps a request from being put into an envelope whose counts are looked at first.
COUNTS_DIFFER = "counts.differ"
COUNTS_UNREAD = "counts.unread"
#: What an envelope holds tells neither that a request is in it nor that it is not.
COUNTS_UNCLEAR = "counts.unclear"
ENVELOPE_LOST = "envelope.lost"
#: An envelope was amended and holds something else than it declares; it was cancelled, and its money had gone already.
AMENDMENT_DIFFERS = "amendment.differs"
CANCELLATION_LATE = "cancellation.late"
#: Under which the answer to a closing step keeps what the envelope said of itself right after it.
LOOK_HEADER = "g2p-envelope-status"
#: How long a request that was cut off may still be at work there, in seconds: it waits for the envelope's lock, again
#: and again, while others of the bridge's own steps hold it.
SETTLE_SECONDS = 900

# ---- Funds and shipment of an envelope
FUNDS_AVAILABLE = "FUNDS_AVAILABLE"
FUNDS_NOT_AVAILABLE = "FUNDS_NOT_AVAILABLE"
FUNDS_BLOCKED = "FUNDS_BLOCK_SUCCESS"
FUNDS_NOT_BLOCKED = "FUNDS_BLOCK_FAILURE"
FUNDS_ERROR = "ERROR"
#: After so many tries the bridge leaves a step as it is for ever.
LAST_ATTEMPT = 3
#: The bridge pays on the schedule date itself; whose clock ends the day is not told, so a whole one is added.
SHIPMENT_DAYS = 1

# ---- Bank statements
#: error_reason of the bank's lines that belong to no payment as they should, worst first.
BANK_ERRORS = {
    "DUPLICATE_DISBURSEMENT": "bank.duplicate_disbursement",
    "INVALID_REVERSAL": "bank.invalid_reversal",
    "INVALID_DISBURSEMENT_ID": "bank.invalid_disbursement_id",
}
BANK_ERROR = "bank.error"
#: Of a reversal whose reason is no code.
REVERSED = "bank.reversed"
#: Facts of a record that are kept with the payment, under the same names. The payee's name at the bank is none.
DETAILS = (
    "remittance_reference_number",
    "remittance_statement_id",
    "remittance_entry_sequence",
    "remittance_entry_date",
    "reversal_statement_id",
    "reversal_entry_sequence",
    "reversal_entry_date",
    "reversal_reason",
)
MAX_DETAIL = 128

#: What finance must hear of; the payment manager has a text for each.
ATTENTIONS = (
    COUNTS_DIFFER,
    COUNTS_UNCLEAR,
    "ids.lost",
    "echo.differs",
    "amendment.refused",
    AMENDMENT_DIFFERS,
    "cancellation.refused",
    CANCELLATION_LATE,
    "envelope.full",
    ENVELOPE_LOST,
    "funds.not_available",
    "funds.not_blocked",
    "funds.error",
    "funds.attempts",
    "shipment.none",
    "shipment.incomplete",
    *BANK_ERRORS.values(),
    BANK_ERROR,
)

# ---- Test connection
#: What may be wrong besides what is listed in ``../const.py``, and codes of the bridge.
CHECK_CODES = tuple(REFUSING_ERRORS.values())
