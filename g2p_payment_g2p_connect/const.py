"""What G2P Connect's disburse core API 1.0.0 says, and what it lets us conclude, as data.

Source: disburse_core_api_v1.0.0.yaml, the official file; names in the comments are those of its components.
What an answer may mean is bounded by the engine: "failed" and "rejected" are said only where no money can
have moved.
"""

import re
from enum import StrEnum

from odoo.addons.g2p_programs.dispatch.outcome import RowResult

VERSION = "1.0.0"
#: Versions of the messaging protocol that are understood; a message without one speaks the first.
VERSIONS = re.compile(r"1\.[0-9]{1,3}(\.[0-9]{1,3})?")

# ---- What is spoken
MODE_SYNC = "sync"
MODE_ASYNC = "async"
#: Halves of the official API.
OFFICIAL_MODES = (MODE_SYNC, MODE_ASYNC)
#: OpenG2P's G2P Bridge 1.0, which shares only the header; see ``bridge/``.
MODE_BRIDGE = "bridge"
API_MODES = (*OFFICIAL_MODES, MODE_BRIDGE)

# ---- Developer's switch
#: System parameter that allows plain http to a payment system on this machine.
LOOPBACK_PARAMETER = "g2p_payment_g2p_connect.allow_loopback_http"

# ---- What is sent
ACTION_DISBURSE = "disburse"
#: The official file allows only actions of other paths here; its sibling specifications say this.
ACTION_STATUS = "txn-status"
TXN_TYPE = "disburse"
#: The only form of the three that passes a validator of the official file (oneOf two kinds of plain string).
ATTRIBUTE_TYPE = "reference_id_list"

#: TransactionId, note and Purpose: maxLength.
MAX_TRANSACTION_ID = 99
MAX_NOTE = 99
#: Amount: a string with one or two decimals, no sign, no exponent.
AMOUNT = re.compile(r"[0-9]{1,13}\.[0-9]{1,2}")
AMOUNT_DIGITS = 2
PLAIN_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
#: CurrencyCode, ISO 4217.
CURRENCY = re.compile(r"[A-Z]{3}")
#: LanguageCode, ISO 639-3.
LOCALE = re.compile(r"[a-z]{3}")
#: cdpi_FinancialAddress, id-type:id@provider. The rule written there stands under "format", binds nobody and
#: refuses the file's own examples; this is what those examples have in common.
FINANCIAL_ADDRESS = re.compile(r"([A-Za-z0-9_.-]+:)?[A-Za-z0-9_.+-]+@[A-Za-z0-9_.-]+")
ADDRESS_PREFIX = re.compile(r"([A-Za-z0-9_.-]+:)?")
ADDRESS_ID = re.compile(r"[A-Za-z0-9_.+-]+")
ADDRESS_PROVIDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")

#: Proposed prefix (id-type) by what the payee is identified with. An e-mail address has its provider in it
#: and stands as it is, like the file's example joeuser@national-bank.
PREFIXES = {
    "bank_acc_no": "account:",
    "bank_acc_iban": "account:",
    "phone": "mobile:",
    "email": "",
    "reg_id": "token:",
}
#: What people write into an identifier for reading, and what is not part of it.
SEPARATORS = {
    "bank_acc_no": re.compile(r"\s"),
    "bank_acc_iban": re.compile(r"[\s-]"),
    "phone": re.compile(r"[\s().-]"),
    "email": re.compile(r"\s"),
    "reg_id": re.compile(r"^\s+|\s+$"),
}

#: Why a payment cannot be sent; the payment manager has a text for each.
REASONS = ("transaction", "reference", "address", "amount", "currency", "payer", "locale")

# ---- How much at a time
#: An answer has a row for each payment, and of a larger answer than 16 MiB nothing is read. Rows as measured: 116
#: bytes with what the API requires, 226 with amount and payee, 724 with every field and a message of 200 characters;
#: 10,000 leave 1,677 each.
MAX_PAYMENTS_PER_BATCH = 10_000
#: Leaves each row 8,388 bytes: every field with the longest message and instruction, 999 characters of three bytes
#: each. So a question gets an answer that is read, also where the submission's own was too large.
MAX_REFERENCES_PER_QUESTION = 2_000

# ---- What an answer means
#: RequestStatus: received, started, done, refused.
ACCEPTING_STATUSES = ("rcvd", "pdng", "succ")
REFUSED = "rjct"
#: RequestStatus of one payment. Any other word (a GCTB says "fail" for what it tries again) leaves it open.
ROW_RESULTS = {
    "succ": RowResult.PAID,
    "rjct": RowResult.FAILED,
    "rcvd": RowResult.PENDING,
    "pdng": RowResult.PENDING,
}
#: HTTP statuses that, in the API's own error shape and with one of :data:`ENVELOPE_REFUSALS`, say that nothing
#: was taken. Never one of 3xx, 408, 409, 425, 499 and 5xx.
REJECTING_HTTP_STATUSES = (400, 401, 403, 404, 405, 413, 415, 422, 429)

# What refuses is listed; whatever is not listed leaves the payment, or the submission, open. An open one costs a
# question or two people's decision; one that is wrongly called refused costs a second payment.

#: MsgHeaderStatusReasonCode: the message was refused before its payments were looked at. Not among them:
#: rjct.message_id.duplicate, as an earlier copy exists. A refusal without a code is none of these.
HEADER_REFUSALS = frozenset(
    {
        "rjct.version.invalid",
        "rjct.message_ts.invalid",
        "rjct.action.invalid",
        "rjct.action.not_supported",
        "rjct.total_count.invalid",
        "rjct.total_count.limit_exceeded",
        "rjct.errors.too_many",
    }
)


#: HTTP statuses, each with the code that all errors beside it must have: FastAPI refused the request before any code of
#: OpenG2P's bridges ran (G2P Bridge, Cash Transfer Bridge). All their other codes prove nothing: what is wrong with an
#: answer of their own is HTTP 500, G2P-RES-100, and what broke within them G2P-REQ-100.
REFUSING_ERRORS = {400: "G2P-REQ-102", 404: "G2P-REQ-404", 405: "G2P-REQ-405"}


class AckMeaning(StrEnum):
    """What an acknowledgement of the asynchronous half says of the message that it answers."""

    #: It is valid, and results will be called back.
    CALLS_BACK = "ack"
    #: It is valid too, and nothing will be called back: results are asked for.
    NO_CALLBACK = "nack"
    #: It is invalid and will not be processed, for the reason in ``error``.
    REFUSED = "err"


#: Ack.
ACKS = {
    "ACK": AckMeaning.CALLS_BACK,  # "valid (for basic checks) and async callback will be invoked"
    "NACK": AckMeaning.NO_CALLBACK,  # "valid (for basic checks) and there is no further updates"
    "ERR": AckMeaning.REFUSED,  # "invalid and receiver can't process the request"
}
#: Error.code, which is "about the envelope only, never about business", and whether nothing was taken then.
ERRORS = {
    "err.request.bad": True,  # not parsable, or against the schema
    "err.request.unauthorized": True,  # no token, or one that is over
    "err.request.forbidden": True,  # a token that may not do this
    "err.request.not_found": True,  # no such address
    "err.request.timeout": False,  # it may be at work
    "err.request.too_many_requests": True,  # turned away before it was looked at
    "err.version.not_supported": True,  # header.version
    "err.sender_id.invalid": True,  # header.sender_id is not registered
    "err.sender_uri.invalid": True,  # header.sender_uri cannot be called back
    "err.receiver_id.invalid": True,  # header.receiver_id is somebody else
    "err.signature.missing": True,  # it has to be signed
    "err.signature.invalid": True,  # it is not signed by whom it names
    "err.encryption.invalid": True,  # it cannot be decrypted
    "err.service.unavailable": False,  # it may be at work
}
ENVELOPE_REFUSALS = frozenset(code for code, refuses in ERRORS.items() if refuses)
#: DisburseStatusReasonCode: this one payment was refused before anything was executed; the last is what GCTB
#: adds for a payment that its bank refused. Not among them: rjct.reference_id.duplicate, as an earlier one
#: exists, and rjct.reference_id.invalid: our references are right by the API, so it can mean "had that already",
#: and in the answer to a question it means "never heard of it".
#: A payment system's other codes are declared on the payment manager (``final_refusal_codes``), for single
#: payments only: "no funds" for the whole may come after half of the payments were made.
PAYMENT_REFUSALS = frozenset(
    {
        "rjct.timestamp.invalid",
        "rjct.payer_fa.invalid",
        "rjct.payee_fa.invalid",
        "rjct.amount.invalid",
        "rjct.schedule_ts.invalid",
        "rjct.currency_code.invalid",
        "rjct.payment.failed",
    }
)
#: Codes that SearchStatusReasonCode has too: in the answer to a question they may refuse the question.
REFUSALS_OF_QUESTIONS = frozenset({"rjct.timestamp.invalid"})
#: A payment's refusal that gives no code goes by this one, so that it can be declared like any other. Undeclared
#: it is final in one place only: in the answer to the submission itself, and without a text, which might say
#: anything in any language. In the answer to a question it may say that the payment is not known.
REFUSED_WITHOUT_CODE = REFUSED
#: Where a code is there and cannot be kept.
UNREADABLE_REFUSAL = "unreadable.refusal"

#: Codes and texts are searched with one space for each of these.
SEPARATION = re.compile(r"[\s._-]+")
#: Codes and texts after which an earlier copy may exist or be at work, whatever else is said. Rather one word
#: too many: it costs a question.
DOUBTFUL = re.compile(
    # there was an earlier one
    r"already|previous|earlier|before|duplicat|re ?us|repeat|another|conflict|modif|\bagain\b|"
    r"(?<!not )(?<!n't )(?<!longer )(?<!non )(?<!non)exist|"
    # there will be more
    r"pending|progress|flight|process|queue|ongoing|running|started|initiated|retr(y|ie)|"
    r"\b(later|waiting|wait|hold|yet|scheduled)\b|"
    # nobody knows
    r"timed? ?out|unavailable|lost|interrupt|abort|unclear|uncertain|indetermin|"
    # it was done
    r"(?<!in)complete|(?<!un)success|succeed|settled|(?<!not )executed|disbursed|credited|transferred|received|"
    r"submitted|(?<!not )accepted|revers|refund|\b(paid|sent|done|taken)\b",
    re.IGNORECASE,
)
#: Texts that say that something is not there: the payment itself, perhaps.
#: That nobody knows *why* says that the payment itself is known: GCTB writes so of each that its bank refused.
UNSEEN = re.compile(
    r"\bno[tr]? (\w+ )?(found|exist|known|seen)|n't exist|longer exist|non ?exist|missing|unrecogni|"
    r"unknown(?! (reason|cause)s?\b)|"
    r"unidentified|unheard|absent|\bno (such|match|record|payment|transaction|transfer|reference)",
    re.IGNORECASE,
)
_PARTY = r"(account|wallet|payee|payer|beneficiary|recipient|iban|bank|msisdn)( fa)?"
#: The same said of somebody's account is a plain refusal; taken out of a text before it is searched.
ACCOUNT_UNSEEN = re.compile(
    rf"\b{_PARTY} ((was|is|could|does) )?(not (be )?(found|known|exist)|unknown|missing|unrecogni[sz]ed)\b|"
    rf"\b{_PARTY} (doesn't exist|no longer exists|(is )?non ?existent)\b|"
    rf"\b(no such|unknown|non ?existent|unrecogni[sz]ed) {_PARTY}\b(?! ?\w)",
    re.IGNORECASE,
)
#: In the answer to a question a row with one of these says "I know no such payment", which proves nothing:
#: the submission may still be on its way.
UNKNOWN_REFERENCE_CODES = frozenset(
    {
        "rjct.reference_id.invalid",
        "rjct.reference_id.not_found",
        "rjct.transaction_id.invalid",
        "rjct.transaction_id.not_found",
        "rjct.srch_transaction_id.invalid",
        "rjct.srch_transaction_id.not_found",
        "rjct.srch_reference_id.invalid",
        "rjct.srch_reference_id.not_found",
        "rjct_srch_reference_id.invalid",
        "rjct_srch_reference_id.not_found",
    }
)
#: TxnStatusResponse.txn_type of an answer that speaks of payments (on-search speaks of searches). The second
#: is what GCTB 0.1.0 says.
STATUS_TXN_TYPES = ("on-disburse", "disburse")

# There is no proof that a G2P Connect system never had a submission, so NeverHad is never said.

#: What a reason code looks like. Anything else may be text about a payee, or an account, and is not kept.
CODE = re.compile(r"[a-z][a-z0-9._-]{0,63}")
#: An amount in an answer: plain decimal notation, so that it is exact and small.
ANSWERED_AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]{1,10})?")
#: Longest reference or id that is taken from an answer.
MAX_ANSWERED_ID = 128

# ---- Callbacks
ON_DISBURSE = "on-disburse"
ON_STATUS = "on-status"
ON_SEARCH = "on-search"
#: Kind of a callback by its path under our ``sender_uri``.
CALLBACK_PATHS = {
    "/on-disburse": ON_DISBURSE,
    "/disburse/txn/on-status": ON_STATUS,
    "/disburse/on-search": ON_SEARCH,
}
#: header.action that a callback must have, so that no message is taken for one of another kind. The official file's
#: list for txn/on-status names those of other paths; what such a message is shows in ``txn_type``.
CALLBACK_ACTIONS = {ON_DISBURSE: ("on-disburse",), ON_SEARCH: ("on-search",)}
#: Of a larger callback nothing is read; an answer about the largest batch fits.
MAX_CALLBACK_BYTES = 16 * 1024 * 1024
#: Kept with a stored callback: its kind; with any stored answer: why it must not be believed. Neither is a header
#: that anybody sent: the transport keeps those of its own list only.
KIND_HEADER = "x-g2p-callback"
VERDICT_HEADER = "x-g2p-verdict"

# ---- Signatures and encryption
SIGNER_NONE = "none"
SIGNER_HTTP = "http_signature"
SIGNER_JWS = "jws"
SIGNERS = (SIGNER_NONE, SIGNER_HTTP, SIGNER_JWS)
#: How long a signature of ours is valid, in seconds, and how far the other clock may be off.
SIGNATURE_SECONDS = 600
CLOCK_SKEW = 60
MAX_CLOCK_SKEW = 3600
#: The id of a key stands between bars and quotation marks.
KEY_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}")

#: Why a message is not believed.
SIGNATURE_FAULTS = (
    "signature.missing",
    "signature.unreadable",
    "signature.sender_unknown",
    "signature.key_unknown",
    "signature.algorithm",
    "signature.early",
    "signature.expired",
    "signature.invalid",
)
#: Why a message cannot be decrypted.
ENCRYPTION_FAULTS = (
    "encryption.unreadable",
    "encryption.key_missing",
    "encryption.key_unknown",
    "encryption.algorithm",
    "encryption.invalid",
)

ALG_RSA = "RSA-OAEP-256"
ALG_ECDH = "ECDH-ES+A256KW"
ENC = "A256GCM"
#: Algorithms of detached signatures by kind of key; the first is used for signing. Neither none nor any with a
#: shared secret is here, and what is not here neither signs nor verifies.
JWS_ALGORITHMS = {"ed25519": ("EdDSA", "Ed25519"), "p256": ("ES256",), "rsa": ("PS256", "RS256")}
#: By kind of key.
JWE_ALGORITHMS = {"rsa": ALG_RSA, "p256": ALG_ECDH}

#: What may be wrong with keys and what belongs to them; the payment manager has a text for each.
PROTECTION_FAULTS = (
    "signer",
    "signing_key",
    "signing_key_kind",
    "signing_key_id",
    "signing_algorithm",
    "signature_seconds",
    "clock_skew",
    "peer_keys",
    "peer_key",
    "peer_key_kind",
    "peer_key_id",
    "peer_encryption_key",
    "peer_encryption_key_kind",
    "peer_encryption_key_id",
    "decryption_key",
    "decryption_key_kind",
    "decryption_key_id",
)
#: What may be wrong with settings as a whole; the payment manager has a text for each.
SETTING_REASONS = ("mode", "sender_uri", "sender")

# ---- Test connection
#: What is looked at, in this order.
CHECKS = ("settings", "keys", "name", "connection", "token", "message", "answer", "clock", "payment_host")
#: What may be wrong, besides faults of settings and keys, codes of :data:`ERRORS` and others of the payment system,
#: ``http.<status>``, and notes on tokens and TLS, which are texts.
CHECK_CODES = (
    "name.missing",
    "name.unknown",
    "name.timeout",
    "connection.refused",
    "tls.refused",
    "timeout",
    "connection",
    "too_large",
    "redirect",
    "found.unused",
    "clock.ahead",
    "clock.behind",
    *REFUSING_ERRORS.values(),
    *SIGNATURE_FAULTS,
    *ENCRYPTION_FAULTS,
)
