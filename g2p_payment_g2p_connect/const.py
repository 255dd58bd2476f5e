"""What G2P Connect's disburse core API 1.0.0 says, and what it lets us conclude, as data.

Source: disburse_core_api_v1.0.0.yaml, the official file; names in the comments are those of its components.
What an answer may mean is bounded by the engine: "failed" and "rejected" are said only where no money can
have moved.
"""

import re

from odoo.addons.g2p_programs.dispatch.outcome import RowResult

VERSION = "1.0.0"

# ---- Developer's switch
#: System parameter that allows plain http to a payment system on this machine.
LOOPBACK_PARAMETER = "g2p_payment_g2p_connect.allow_loopback_http"
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")

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

#: Why a payment cannot be sent, for officers; no payee and no account in it.
REASONS = {
    "reference": "it has no reference, or one that another payment of the batch has too: prepare it again",
    "address": "there is no valid financial address of the payee: check the kind of account, its bank code, "
    "and prefix and suffix of the payment manager",
    "amount": "the amount cannot be carried: it must be above 0, have at most 13 digits before the point and "
    "at most 2 behind it",
    "currency": "the currency has no three-letter ISO 4217 code: correct the currency",
    "payer": "the payer's financial address is not one: correct it in the payment manager",
    "locale": "the locale is not ISO 639-3: use three small letters in the payment manager",
    "transaction": "the transaction's key is longer than the 99 characters that the API allows",
}

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
#: HTTP statuses that, in the API's own error shape and without a doubtful code, say that nothing was taken.
#: Never one of 3xx, 408, 409, 425, 499 and 5xx.
REJECTING_HTTP_STATUSES = (400, 401, 403, 404, 405, 413, 415, 422, 429)
#: Codes and texts of a refusal after which an earlier copy may exist or may still be at work: time-out,
#: duplicate and "modified request". Among them err.request.timeout, err.service.unavailable,
#: rjct.message_id.duplicate and rjct.reference_id.duplicate.
DOUBTFUL = re.compile(
    r"duplicat|timed?[\s._-]?out|unavailable|modif|conflict|in[\s._-]?progress"
    r"|already[\s._-]?(been|exist|process|paid|receiv|submi|sent|execut|known|accept)",
    re.IGNORECASE,
)
#: In the answer to a question a row with one of these says "I know no such payment", which proves nothing:
#: the submission may still be on its way.
UNKNOWN_REFERENCE_CODES = (
    "rjct.reference_id.invalid",
    "rjct.srch_transaction_id.invalid",
    "rjct.srch_transaction_id.not_found",
    "rjct_srch_reference_id.invalid",
    "rjct_srch_reference_id.not_found",
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
