"""What Payment Hub EE takes and says, and what that lets us conclude, as data.

Source: the hub's own code (bulk processor v1.4.1 to v1.13.1, operations app v1.20.2); the public documents hold no
API contract. What an answer may mean is bounded by the engine: "rejected" and "failed" are said only where no money
can have moved.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from odoo.addons.g2p_programs.dispatch.outcome import RowResult

# ---- Versions of the server -----------------------------------------------------------------------------------
BASE_COLUMNS = (
    "id",
    "request_id",
    "payment_mode",
    "payer_identifier_type",
    "payer_identifier",
    "payee_identifier_type",
    "payee_identifier",
    "amount",
    "currency",
    "note",
)
#: By number of columns. Split batches are read again by position, and 15 columns are in that order.
COLUMNS = {
    10: BASE_COLUMNS,
    13: (*BASE_COLUMNS, "program_shortcode", "cycle", "account_number"),
    15: (*BASE_COLUMNS, "program_shortcode", "cycle", "payee_dfsp_id", "batch_id", "account_number"),
}


@dataclass(frozen=True)
class Profile:
    """What a range of the bulk processor's versions understands.

    :param columns: numbers of columns of a CSV that it takes, the proposed one last
    :param raw: whether ``RAW`` pays anybody (before v1.8 it is a stub that invents ids)
    :param signs: whether it knows ``X-SIGNATURE``
    :param calls_back: whether it forwards the callback's address at all
    """

    columns: tuple[int, ...]
    raw: bool
    signs: bool
    calls_back: bool


#: By the first version of each range.
PROFILES = {
    "v1.4": Profile((10,), raw=False, signs=False, calls_back=True),
    # Every row must have exactly ten cells, or the workflow ends without a payment.
    "v1.6": Profile((10,), raw=False, signs=False, calls_back=True),
    # The only one that reads the type from the query alone.
    "v1.8": Profile((10, 13), raw=True, signs=True, calls_back=True),
    "v1.9": Profile((10, 13), raw=True, signs=True, calls_back=False),
    "v1.11": Profile((10, 13), raw=True, signs=True, calls_back=True),
    "v1.13": Profile((10, 13, 15), raw=True, signs=True, calls_back=True),
}
DEFAULT_VERSION = "v1.13"

# ---- Requests -------------------------------------------------------------------------------------------------
TYPE_CSV = "CSV"
TYPE_RAW = "RAW"
TYPES = (TYPE_CSV, TYPE_RAW)
#: Name of the one part of a form; a second part would lose the file.
PART_NAME = "data"

TENANT_HEADER = "Platform-TenantId"
CORRELATION_HEADER = "X-CorrelationID"
SIGNATURE_HEADER = "X-SIGNATURE"
#: The signature as the engine keeps it with an answer.
SIGNATURE_ANSWERED = "x-signature"
INSTITUTION_HEADER = "X-Registering-Institution-ID"
PROGRAM_HEADER = "X-Program-ID"
PAYEE_DFSP_HEADER = "X-PayeeDFSP-ID"
#: Old and new spelling; both together are right for every version.
CALLBACK_HEADERS = ("X-CallbackURL", "X-Callback-URL")
CALLBACK_URL = re.compile(r"https?://[\x21-\x7e]{1,2000}")
DEFAULT_API_KEY_HEADER = "X-API-KEY"
#: Headers with a meaning of their own: a key in one of them would take the place of what finds or proves a batch.
OWN_HEADERS = frozenset(
    name.lower()
    for name in (
        TENANT_HEADER, CORRELATION_HEADER, SIGNATURE_HEADER, INSTITUTION_HEADER, PROGRAM_HEADER, PAYEE_DFSP_HEADER,
        *CALLBACK_HEADERS, "X-BatchID", "Purpose", "Type", "filename", "Accept", "Content-Type", "Content-Length",
        "Host",
    )
)  # fmt: skip

# ---- Authentication, of each host by itself
AUTH_NONE = "none"
AUTH_HUB = "hub"
AUTH_OIDC = "oidc"
AUTH_API_KEY = "api_key"
AUTHS = (AUTH_NONE, AUTH_HUB, AUTH_OIDC, AUTH_API_KEY)
GRANT_PASSWORD = "password"
GRANT_CLIENT = "client_credentials"
GRANTS = (GRANT_PASSWORD, GRANT_CLIENT)
#: What is shorter stands in any text by chance, and is not taken out of answers.
SHORTEST_SECRET = 8

# ---- Limits
MAX_ROWS = 500
#: ``csv.size`` of the bulk processor, in bytes.
MAX_BYTES = 100_000
#: The hub adds amounts as double and stores them as BIGINT; 15 digits are exact in both.
MAX_AMOUNT_DIGITS = 15
MAX_FUNCTIONAL_ID = 20
MAX_MINOR_DIGITS = 4
#: A whole submission fits into one page, as pages have no order of their own.
PAGE_SIZE = 1000
MAX_PAGES = 20
#: Pages of all batches, newest first, in which a correlation id is looked for.
SEARCH_PAGE_SIZE = 100
MAX_SEARCH_PAGES = 20
#: Batches of one correlation id that are read; there should be one.
MAX_SAME_CORRELATION = 3
#: The dates of a search are in the server's own zone, whichever that is.
SEARCH_DAYS_BEFORE = 2
#: All answers to one question together, in characters.
MAX_ANSWER_CHARS = 16 * 1024 * 1024

# ---- Rows -----------------------------------------------------------------------------------------------------
#: Configured modes (application-paymentmode.yaml). Any other is accepted with 202 and pays nobody.
PAYMENT_MODES = ("gsma", "mojaloop", "slcb", "closedloop")
#: Modes that ignore the payee's type and take the identifier for a phone number.
PHONE_MODES = ("gsma", "mojaloop")
ACCOUNT_TYPE = "accountNumber"
PHONE_TYPE = "msisdn"
#: What a payee's identifier is called by default. There is no word for the others: the manager has to give one.
PAYEE_TYPES = {"bank_acc_no": ACCOUNT_TYPE, "bank_acc_iban": ACCOUNT_TYPE, "phone": PHONE_TYPE}
#: What people write into an identifier for reading, and what is not part of it.
SEPARATORS = {
    "bank_acc_no": re.compile(r"\s"),
    "bank_acc_iban": re.compile(r"[\s-]"),
    "phone": re.compile(r"^\s*\+|[\s().-]"),
}
#: The hub splits rows at every comma, so quoting is no remedy; another charset breaks names and signature.
CELL = re.compile(r'(?! )(?:(?![",])[\x20-\x7e])*(?<! )')
#: A cell that begins so is a formula to whoever opens the file.
FORMULA_STARTS = ("=", "+", "-", "@")
#: What an empty field becomes when it is written without looking.
NOTHING_WORDS = frozenset({"false", "none", "null", "nan", "undefined"})
REFERENCE = re.compile(r"[A-Za-z0-9-]{1,64}")
KEY = re.compile(r"[A-Za-z0-9-]{1,64}")
PHONE = re.compile(r"[1-9][0-9]{5,14}")
WIRE_AMOUNT = re.compile(r"[1-9][0-9]{0,14}")
PLAIN_DECIMAL = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?")
CURRENCY = re.compile(r"[A-Z]{3}")
TYPE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
FILE_PREFIX = re.compile(r"[A-Za-z0-9_-]{0,60}")
#: A header's value: nothing that ends a header, no other charset.
HEADER_VALUE = re.compile(r"(?! )[\x20-\x7e]{0,200}(?<! )")
HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")

#: Why a payment cannot be sent; the payment manager has a text for each in the user's language.
ROW_REASONS = {
    "reference": "it has no reference, or one that another payment has too",
    "payee": "the payee's identifier is empty",
    "payee_text": "the payee's identifier has a character that the hub cannot take",
    "payee_type": "the payee's kind of identifier has no name that can be sent",
    "payee_phone": "the payee's identifier is not an international phone number",
    "payee_functional": "the payee's identifier is longer than a functional id",
    "payee_dfsp": "the payee's bank code has a character that the hub cannot take",
    "amount": "the amount is not a whole number above 0 of at most 15 digits",
    "currency": "the currency is not an ISO 4217 code",
    "duplicate": "another payment of the file has the same payee, amount and currency",
    "size": "the file has more rows or bytes than the hub takes",
    "key": "the correlation id is not one",
}
#: Why nothing of a manager can be sent.
SETTING_REASONS = {
    "version": "the server's version is not known",
    "urls": "an address of the hub is missing",
    "tenant": "the tenant is missing or is no plain text",
    "auth": "the kind of authentication is not known, or something of it is missing",
    "type": "the type of request is neither CSV nor RAW",
    "raw": "this version of the server pays nobody with RAW",
    "columns": "this version of the server does not take that number of columns",
    "mode": "the payment mode is not one of those that the hub has",
    "payer": "the payer is neither given nor left to institution and program",
    "payee_type_to_send": "the payee's type to send is no single plain word",
    "institution": "account look-up needs the registering institution",
    "headers": "purpose, institution, program or payee's DFSP are no plain text",
    "text": "note, program code or cycle have a character that the hub cannot take",
    "file_name": "the file name's prefix may have letters, digits, _ and - only",
    "limits": "the largest number of rows or bytes is not above 0, or the minor unit is not 0 to 4 digits",
    "certificate": "the hub's certificate cannot be read",
}

# ---- What the answer to a submission means --------------------------------------------------------------------
#: Statuses that may accept; v1.4 to v1.7 say 200, later ones 202.
ACCEPTING_STATUSES = (200, 202)
#: Keys of an answer that accepts: the path whose last part is the batch id, or (v1.4) the id itself.
POLLING_KEY = "PollingPath"
POLLING_PATH = re.compile(r"(?:\S*/)?batch/summary/([A-Za-z0-9-]{1,64})/?", re.IGNORECASE)
BATCH_ID_KEYS = ("batch_id", "batchId")
#: Keys of an error, which v1.4 sends with status 200.
ERROR_KEYS = (
    "errorCode",
    "errorInformation",
    "errorDescription",
    "Error Information: ",
    "Error Description : ",
    "responseCode",
)


@dataclass(frozen=True)
class Refusal:
    """One of the hub's own errors.

    :param says: what must stand there word for word
    :param may_say: further keys that this error has; with any other it is another error
    :param code: what we call it
    """

    status: int
    says: Mapping[str, str]
    may_say: frozenset[str]
    code: str


_ERROR_DTO = frozenset(
    {"errorCategory", "errorDescription", "developerMessage", "defaultUserMessage", "errorParameters"}
)
_ODD_KEYS = frozenset({"Error Description : "})

#: What refuses, all of it, before a workflow is started: everything else leaves the submission unknown. Order of the
#: bulk processor's checks: signature (interceptor), headers, rules of the controller, extension, size, columns.
REFUSALS = (
    # JWSUtil/WebSignatureInterceptor: no header, not base64, or made with another key
    Refusal(400, {"errorCode": "InvalidPublicKeyConfigured"}, _ERROR_DTO, "InvalidPublicKeyConfigured"),
    # the same: right key, other text, tenant or correlation id
    Refusal(400, {"errorCode": "InvalidJsonWebSignature"}, _ERROR_DTO, "InvalidJsonWebSignature"),
    # BatchTransactionsController:127-157: type and content type disagree, empty file name, or unknown type
    Refusal(
        400,
        {"errorInformation": "File not uploaded"},
        frozenset({"errorDescription", "errorCode"}),
        "file.not_uploaded",
    ),
    # file name without .csv
    Refusal(400, {"Error Information: ": "Broken file"}, _ODD_KEYS, "file.extension"),
    # more bytes than csv.size
    Refusal(400, {"Error Information: ": "File too big"}, _ODD_KEYS, "file.too_big"),
    # a column with an unknown name
    Refusal(400, {"Error Information: ": "Invalid file structure"}, _ODD_KEYS, "file.structure"),
    # v1.12 and later: the tenant has no workflow that could be started
    Refusal(
        412,
        {"responseCode": "01", "responseDescription": "Process definition not found"},
        frozenset(),
        "tenant.no_workflow",
    ),
)

#: What does not accept and proves nothing, with our words for it: (status, key, beginning of what it says, code).
DOUBTS = (
    # a mandatory header is missing; any other exception has the same shape, also one after the workflow's start
    (500, "responseDescription", "Required request header", "header.missing"),
    # body unreadable or without a content type
    (500, "errorCode", "JWSVerificationServerError", "JWSVerificationServerError"),
    (500, "responseCode", "", "hub.exception"),
)
#: 200 without a body: id or amount that cannot be parsed, or an empty file. Read from code, never executed, so it
#: refuses nothing here.
EMPTY_ANSWER = "empty.body"

# ---- What the answer to a question means ----------------------------------------------------------------------
#: The answer for a batch that was not imported yet, or never will be; plain text with status 404.
NO_SUCH_BATCH = "Batch corresponding to batchId: {} does not exist."
#: The word of a whole batch ("COMPLETED" before anything was imported, "Failed" while it runs) is read nowhere.
#: Status of a transfer. EXCEPTION is an incident that an operator may resume, so it is not final.
ROW_RESULTS = {
    "COMPLETED": RowResult.PAID,
    "FAILED": RowResult.FAILED,
    "IN_PROGRESS": RowResult.PENDING,
    "UNKNOWN": RowResult.PENDING,
    "EXCEPTION": RowResult.PENDING,
}
#: Shown with a payment that stays open.
PENDING_CODES = {"EXCEPTION": "incident"}
#: Free texts that are known, and our codes for them.
ERROR_TEXTS = {"FAILED": "failed", "Duplicate transaction.": "duplicate.transaction"}
#: Category of errors inside the hub, after which nobody knows how far a transfer came.
DOUBTFUL_CATEGORIES = frozenset({"system"})
SEPARATION = re.compile(r"[\s._-]+|(?<=[a-z0-9])(?=[A-Z])")
#: Codes and texts of a failed transfer after which money may have moved, or an earlier copy may exist.
#: Rather one word too many: it costs two people's decision, and one too few costs a second payment.
DOUBTFUL = re.compile(
    r"already|previous|earlier|duplicat|re ?us|repeat|conflict|modif|\bagain\b|"
    r"(?<!not )(?<!n't )(?<!non )(?<!non)exist|"
    r"pending|progress|flight|process|queue|ongoing|running|retr(y|ie)|\b(later|waiting|wait|hold|yet)\b|"
    r"time ?d? ?out|unavailable|unreachable|lost|interrupt|abort|unclear|uncertain|indetermin|unknown error|"
    r"server error|internal|connection|callback|no (response|answer|reply)|deadline|expire|broken pipe|\breset\b|"
    r"socket|gateway|partial|\bexception\b|"
    r"(?<!in)complete|(?<!un)success|succeed|settled|(?<!not )executed|disbursed|credited|transferred|"
    r"(?<!not )accepted|revers|refund|\b(paid|sent|done|taken|reserved|committed)\b",
    re.IGNORECASE,
)

# There is no proof that Payment Hub EE never had a submission: it has no idempotency, its importer lags, and with
# authorization enabled it overwrites our correlation id. NeverHad is never said, and repeated keys are not refused.

#: What a reason code looks like. Anything else may be text about a payee, and is not kept.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
BATCH_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
ANSWERED_AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,10})?")
#: Longest reference or id that is taken from an answer.
MAX_ANSWERED_ID = 128
