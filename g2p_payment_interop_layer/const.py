"""What the Payments Interoperability Layer and the Mojaloop SDK scheme adapter take and say, and what that lets us
conclude, as data.

Source: ``pil-api.yaml`` 0.1 and ``sdk-outbound-2.1.0.yaml``, and both systems as they really answer. What an answer
may mean is bounded by the engine: "rejected" and "failed" are said only where no money can have moved.
"""

import re

from odoo.addons.g2p_programs.dispatch.outcome import RowResult

# ---- Modes and requests ---------------------------------------------------------------------------------------
#: One disbursement for many payments.
MODE_PIL = "pil"
#: One transfer for each payment.
MODE_SDK = "sdk"
MODES = (MODE_PIL, MODE_SDK)

#: Last segment of the address that payments are sent to, and what stands in its place for other questions.
PAYMENT_SEGMENTS = {MODE_PIL: "disbursement", MODE_SDK: "transfers"}
CHECK_SEGMENTS = {MODE_PIL: "disbursementCheck", MODE_SDK: "parties"}
HEALTH_SEGMENTS = {MODE_PIL: "health", MODE_SDK: ""}

AMOUNT_RECEIVE = "RECEIVE"
AMOUNT_SEND = "SEND"
AMOUNT_TYPES = (AMOUNT_RECEIVE, AMOUNT_SEND)
TRANSACTION_TYPE = "TRANSFER"
PARTY_TYPES = ("CONSUMER", "AGENT", "BUSINESS", "DEVICE")

# ---- Limits and times -----------------------------------------------------------------------------------------
#: The layer pays line after line, about a second each, and answers at the end.
SECONDS_PER_LINE = 1
BASE_SECONDS = 30
#: For one transfer: three steps at the switch, each bounded by the adapter's own 30 s, mostly far below.
TRANSFER_SECONDS = 60
#: How long a call may live on in the adapter and at the switch once we have given up: three steps of 30 s each and a
#: transfer's 60 s. Before that a 3208 proves nothing.
SETTLE_SECONDS = 600
DEFAULT_BATCH_SIZE = 50
#: ``maxItems`` of payeeList.
MAX_LINES = 1000
#: The layer takes 1 MiB, whatever its document says of 5; what is over it is answered with a 500, which is no refusal.
MAX_BYTES = 1024 * 1024
#: A transfer halts at most for its party, for a conversion and for its quote.
MAX_CONTINUATIONS = 3

# ---- Identifiers ----------------------------------------------------------------------------------------------
MSISDN = "MSISDN"
EMAIL = "EMAIL"
IBAN = "IBAN"
#: All that Mojaloop knows; any other type is accepted by the layer and pays nobody.
ID_TYPES = (MSISDN, EMAIL, "PERSONAL_ID", "BUSINESS", "DEVICE", "ACCOUNT_ID", IBAN, "ALIAS")
#: How the registry's kinds of identifiers are sent by default.
DEFAULT_ID_TYPES = {
    "bank_acc_no": "ACCOUNT_ID",
    "bank_acc_iban": IBAN,
    "phone": MSISDN,
    "email": EMAIL,
    "reg_id": "PERSONAL_ID",
}
PHONE_DIGITS = "digits"
PHONE_E164 = "e164"
PHONE_FORMATS = (PHONE_DIGITS, PHONE_E164)
#: What people write into an identifier for reading, and what is not part of it.
PHONE_SEPARATORS = re.compile(r"[\s().-]")
IBAN_SEPARATORS = re.compile(r"[\s-]")
ACCOUNT_SEPARATORS = re.compile(r"\s")
#: International format (E.164), which never begins with 0; a national number means another person elsewhere.
PHONE = re.compile(r"[1-9][0-9]{6,14}")
EMAIL_ADDRESS = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}@[^\s@\"(),:;<>\[\]\\]+\.[^\s@\"(),:;<>\[\]\\.]{2,}")
MAX_IDENTIFIER = 128
MAX_FSP_ID = 32
#: What an empty field becomes when it is written without looking: the layer once paid the party "false".
NOTHING_WORDS = frozenset({"false", "none", "null", "nan", "undefined", "true"})
#: Characters of a business key.
MAX_KEY = 64
KEY = re.compile(rf"[A-Za-z0-9-]{{1,{MAX_KEY}}}")
#: A switch of FSPIOP 1.1 takes versions 1 to 5 only.
TRANSFER_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
REFERENCE = re.compile(r"[\x21-\x7e]{1,128}")
NAME = re.compile(r"(?!\s*$)[\w .,'-]{1,128}")

# ---- Amounts --------------------------------------------------------------------------------------------------
AMOUNT = re.compile(r"([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?", re.ASCII)
PLAIN_DECIMAL = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
ANSWERED_AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,10})?", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}")
#: The currencies of both documents, which have the same list: that of 2015.
CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GGP GHS GIP GMD GNF GTQ GYD HKD
    HNL HRK HTG HUF IDR ILS IMP INR IQD IRR ISK JEP JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD
    LSL LYD MAD MDL MGA MKD MMK MNT MOP MRO MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR
    PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLL SOS SPL SRD STD SVC SYP SZL THB TJS TMT TND TOP TRY
    TTD TVD TWD TZS UAH UGX USD UYU UZS VEF VND VUV WST XAF XCD XDR XOF XPF XTS XXX YER ZAR ZMW ZWD
    """.split()
)
#: ISO 4217 of today that the list lacks. Some have an old code in it, which is worth something else.
MISSING_CURRENCIES = frozenset({"MRU", "SLE", "SSP", "STN", "VES", "ZWG"})
#: Digits behind the point; two where nothing is said.
MINOR_DIGITS = dict.fromkeys(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0
) | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
DEFAULT_MINOR_DIGITS = 2

# ---- Why something is not sent --------------------------------------------------------------------------------
#: Why a payment cannot be sent; the payment manager has a text for each in the user's language.
ROW_REASONS = {
    "reference": "it has no reference, or one that another payment has too",
    "payee_kind": "its payee's identifier is of another kind than the payment manager sends: prepare it again",
    "payee": "the payee's identifier is empty",
    "payee_text": "the payee's identifier has more than 128 characters, or one that cannot be printed",
    "payee_phone": "the payee's identifier is not an international phone number of 7 to 15 digits",
    "payee_iban": "the payee's identifier is not a valid IBAN",
    "payee_email": "the payee's identifier is not an e-mail address",
    "fsp_id": "the payee's bank code stands for nothing, has more than 32 characters, or one that cannot be printed",
    "amount": "the amount is not above 0, or has more than 18 digits before the point",
    "amount_digits": "the amount has more digits behind the point than its currency",
    "currency": "the currency is not one of those that the payment system knows",
    "currency_missing": "the payment system's list of currencies is of 2015 and lacks this one, as it lacks MRU, SLE, "
    "SSP, STN, VES and ZWG: pay it through another payment manager",
    "duplicate": "another payment of the disbursement has the same payee, amount and currency",
    "size": "the disbursement has more lines or bytes than the payment system takes",
    "key": "the key of the submission is not one",
}
#: Why nothing of a manager can be sent.
SETTING_REASONS = {
    "mode": "the mode is not known",
    "url": "the payment endpoint URL is missing",
    "payee_id_type": "the payee's kind of identifier is not known",
    "payee_id_type_to_send": "the payee's type to send is none of the eight that Mojaloop knows",
    "phone_format": "the format of phone numbers is not known",
    "payer": "the payer's type or identifier is missing or not valid",
    "payer_type": "the payer is neither a consumer, an agent, a business nor a device",
    "payer_name": "the payer's name has more than 128 characters, or one that names may not have",
    "amount_type": "the type of amount is neither RECEIVE nor SEND",
    "note": "the note has more than 128 characters, or one that cannot be printed",
    "limits": "the largest number of payments of a disbursement is not 1 to 1000",
    "auth": "the kind of authentication is not known",
}

# ---- The layer: what an answer means --------------------------------------------------------------------------
#: (HTTP status, code) of refusals in the layer's own shape, each seen to have stored and paid nothing: one bad line
#: refuses the whole request before the first is paid, and an unknown path or method reaches no payment at all.
PIL_REFUSALS = frozenset(
    {
        (400, "3100"),  # pattern, enumeration, number of items
        (400, "3102"),  # a missing element
        (400, "3000"),  # no JSON
        (404, "3002"),  # unknown path
        (405, "3000"),  # wrong method
    }
)
# A body over 1 MiB is answered with 500 and code 2001, "internal server error". It was seen to pay nothing, but a 5xx
# proves nothing (the same code stands for faults on the way), so it is not in the list and leaves the try unknown;
# larger bodies are never built.

#: Word of a line: (result, our code).
PIL_WORDS = {
    # The layer says so too where the switch's own word is ABORTED, RESERVED or RECEIVED: officers list these apart.
    "COMPLETED": (RowResult.PAID, "layer.completed"),
    "REJECTED": (RowResult.FAILED, "layer.rejected"),
    "FAILED": (RowResult.FAILED, "layer.failed"),
    "RECEIVED": (RowResult.PENDING, "layer.received"),
    "PENDING": (RowResult.PENDING, "layer.pending"),
    "WAITING_FOR_PARTY_ACCEPTANCE": (RowResult.PENDING, "layer.waiting_party"),
    "WAITING_FOR_QUOTE_ACCEPTANCE": (RowResult.PENDING, "layer.waiting_quote"),
    "WAITING_FOR_CONVERSION_ACCEPTANCE": (RowResult.PENDING, "layer.waiting_conversion"),
}
#: The contract means "failed". The layer says it of every error, also of a transfer that was sent and not answered,
#: where money may have moved: it is failed only where the manager says that this peer can be trusted.
PIL_DOUBTFUL_WORDS = frozenset({"ABORTED", "ABORETED", "ERROR_OCCURRED"})
DOUBTFUL = (RowResult.PENDING, "to.be.confirmed")
TRUSTED_ABORT = (RowResult.FAILED, "layer.aborted")
UNKNOWN_WORD = (RowResult.PENDING, "unknown.word")
#: Errors of a failed line after which money may have moved, or an earlier copy may exist (ENGINE.md section 4). Only
#: "Request failed with status code 500" is not among them: the layer says it of everything, so it says nothing.
DOUBTFUL_ERRORS = re.compile(
    r"duplicat|already|repeat|previous|earlier|modif|conflict|timed?[ -]?out|request aborted|in progress|"
    r"no (response|answer)|connection|socket|ECONN|(?<![0-9])(3106|2004|408|409|425|429|499|502|503|504)(?![0-9])",
    re.IGNORECASE,
)
#: A word that is not known is shown as it is, if it is a word: no identifier looks like one.
WORD = re.compile(r"[A-Z]+(_[A-Z]+){0,5}")
MAX_WORD = 40

# An empty answer of the layer is no proof of anything: it answers so while it pays, and after a restart. It never says
# that it never had a disbursement, and it has no idempotency.

# ---- The adapter: what an answer means ------------------------------------------------------------------------
#: The switch's word of a transfer: (result, our code). Nothing else pays, least of all ``currentState``, which is
#: COMPLETED over every one of these.
TRANSFER_STATES = {
    "COMMITTED": (RowResult.PAID, ""),
    "ABORTED": (RowResult.FAILED, "transfer.aborted"),
    "RESERVED": (RowResult.PENDING, "transfer.reserved"),
    "RECEIVED": (RowResult.PENDING, "transfer.received"),
}
UNKNOWN_STATE = (RowResult.PENDING, "transfer.unknown_state")
#: ``currentState`` after a decline: no transfer was prepared.
STATE_DECLINED = "ABORTED"
DECLINED = (RowResult.FAILED, "declined")
STATE_ERROR = "ERROR_OCCURRED"
#: Where a transfer halts: (member of the answer to it, setting that decides, our code). A conversion is a part of the
#: terms, as the quote is.
WAITING = {
    "WAITING_FOR_PARTY_ACCEPTANCE": ("acceptParty", "accept_parties", "waiting.party"),
    "WAITING_FOR_QUOTE_ACCEPTANCE": ("acceptQuote", "accept_quotes", "waiting.quote"),
    "WAITING_FOR_CONVERSION_ACCEPTANCE": ("acceptConversion", "accept_quotes", "waiting.conversion"),
}
#: Note of a stored answer that is about the continuation of a transfer: whatever it says, the transfer was taken.
CONTINUED = "continued"

#: Schema refusals: this status, these members and no other, the number and not a text. Nothing was looked up yet.
SDK_REFUSAL_STATUS = 400
SDK_REFUSAL_MEMBERS = frozenset({"message", "statusCode"})
SDK_REFUSAL = "schema.refused"
#: With any of these a transfer was prepared. A declined one has a quote, and none of these.
PREPARED_MEMBERS = ("prepare", "fulfil", "fxTransferRequest", "fxTransferResponse")
#: With any of these a transfer may have been prepared: an error says nothing then, and the switch is asked.
QUOTED_MEMBERS = ("quoteResponse", *PREPARED_MEMBERS)
#: Statuses after which nobody knows how far a request came, whatever stands in the body.
UNCERTAIN_STATUSES = frozenset({408, 409, 425, 429, 499, 502, 503, 504})
#: "Modified request": an earlier transfer of this id exists.
MODIFIED_REQUEST = "3106"
#: The same in words, of whoever has no code for it; never a refusal, as the earlier one may be paid.
DUPLICATE_ERRORS = re.compile(r"duplicat|already|modified", re.IGNORECASE)
HTTP_STATUS = re.compile(r"[1-5][0-9]{2}", re.ASCII)
MOJALOOP_CODE = re.compile(r"[1-9][0-9]{3}", re.ASCII)
#: The switch does not know the transfer. Proof that it never had it, once the first call's longest life is over: the
#: adapter asks the switch itself for every GET, and prepares no transfer without the call that we made. It is told
#: with HTTP 500, in ``statusCode`` or, where that is the HTTP status again, in ``message`` only.
TRANSFER_UNKNOWN = "3208"
TRANSFER_UNKNOWN_STATUS = 500
TRANSFER_ERROR_MEMBERS = frozenset({"message", "statusCode", "transferState"})
#: How the adapter hands on what the switch answered; what it was about to do, and the answer.
ERROR_MESSAGE = re.compile(r"Got an error response ([a-z ]{1,60}): (\{.*\})", re.DOTALL)
RETRIEVING = "retrieving transfer"

# ---- Payees ---------------------------------------------------------------------------------------------------
PAYABLE = "payable"
UNKNOWN = "unknown"
UNCLEAR = "unclear"
#: GET /parties with HTTP 404: nobody has this identifier.
PARTY_UNKNOWN_STATUS = 404
PARTY_UNKNOWN_CODES = frozenset({"3200", "3204"})
PARTY_FOUND_STATE = "COMPLETED"

#: Longest id that is taken from an answer.
MAX_ANSWERED_ID = 128
