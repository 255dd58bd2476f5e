"""What templates see of a payment, a batch and a file: plain values behind the names that upstream's templates use.

``SCHEMA`` says, for each kind of object, which attributes there are and of which kind each is. Templates are checked
against it before they are used, so nothing else can be reached; a test holds it against the classes below.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from .layout import Layout

TEXT, INT, AMOUNT, DATE, DATETIME, BOOL, NONE = "text", "int", "amount", "date", "datetime", "bool", "none"
PAYMENT, BATCH, FILE, PAYMENTS, CODES, CODE = "payment", "batch", "file", "payments", "codes", "code"
NAMED, PARTNER, ENTITLEMENT = "named", "partner", "entitlement"
#: A payment as its own codes see it: the same codes in whichever file it is shown.
CODED = "coded payment"
#: A whole data URL of a code, and the base64 inside one.
IMAGE, BASE64 = "image", "base64"

SCHEMA = {
    PAYMENT: {
        "number": INT,
        "name": TEXT,
        "reference": TEXT,
        "end_to_end_id": TEXT,
        "amount_issued": AMOUNT,
        "amount": AMOUNT,
        "payment_fee": AMOUNT,
        "fee": AMOUNT,
        "currency": TEXT,
        "payee_name": TEXT,
        "payee_id_type": TEXT,
        "payee_id_value": TEXT,
        "payee_bank_code": TEXT,
        "account_number": TEXT,
        "entitlement_code": TEXT,
        "registrant_name": TEXT,
        "registrant_id": TEXT,
        "registrant_phone": TEXT,
        "registrant_address": TEXT,
        "valid_from": DATE,
        "valid_until": DATE,
        "partner_id": PARTNER,
        "entitlement_id": ENTITLEMENT,
        "program_id": NAMED,
        "cycle_id": NAMED,
        "batch_id": NAMED,
        "company_id": NAMED,
        "currency_id": NAMED,
        "qrcode_ids": CODES,
    },
    BATCH: {
        "name": TEXT,
        "payment_ids": PAYMENTS,
        "count": INT,
        "total": AMOUNT,
        "stats_issued_transactions": INT,
        "stats_issued_amount": AMOUNT,
        "currency": TEXT,
        "program_id": NAMED,
        "cycle_id": NAMED,
        "company_id": NAMED,
        "currency_id": NAMED,
        "qrcode_ids": CODES,
    },
    FILE: {
        "message_id": TEXT,
        "created_at": DATETIME,
        "count": INT,
        "total": AMOUNT,
        "currency": TEXT,
        "batch": TEXT,
        "program": TEXT,
        "cycle": TEXT,
        "company": TEXT,
        "payer_name": TEXT,
        "payer_account": TEXT,
        "payer_bank_code": TEXT,
        "execution_date": DATE,
        "replaces": TEXT,
    },
    PARTNER: {"name": TEXT, "phone": TEXT, "address": TEXT, "registrant_id": TEXT},
    ENTITLEMENT: {"code": TEXT, "valid_from": DATE, "valid_until": DATE, "initial_amount": AMOUNT},
    NAMED: {"name": TEXT},
    CODES: {},
    CODE: {"name": TEXT, "data": TEXT, "content_htmlsafe": IMAGE, "content_base64": BASE64},
}
SCHEMA[CODED] = {
    name: kind
    for name, kind in SCHEMA[PAYMENT].items()
    if name not in ("number", "program_id", "cycle_id", "batch_id", "company_id", "qrcode_ids")
}


class Amount(Decimal):
    """A decimal that stays one when amounts are added, and never prints an exponent."""

    def __str__(self):
        return format(self, "f")

    def __add__(self, other):
        return Amount(Decimal(self) + Decimal(other))

    __radd__ = __add__

    def __sub__(self, other):
        return Amount(Decimal(self) - Decimal(other))

    def __rsub__(self, other):
        return Amount(Decimal(other) - Decimal(self))

    def __neg__(self):
        return Amount(-Decimal(self))


class ShownNamed:
    """Something of which only the name is shown."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name


class ShownPartner:
    """The registrant who is paid."""

    __slots__ = ("address", "name", "phone", "registrant_id")

    def __init__(self, facts):
        self.name = facts.registrant_name
        self.phone = facts.registrant_phone
        self.address = facts.registrant_address
        self.registrant_id = facts.registrant_id


class ShownEntitlement:
    """What the payment pays."""

    __slots__ = ("code", "initial_amount", "valid_from", "valid_until")

    def __init__(self, facts):
        self.code = facts.entitlement_code
        self.valid_from = facts.valid_from
        self.valid_until = facts.valid_until
        self.initial_amount = Amount(facts.amount or 0)


class ShownCodes:
    """The QR and bar codes of one payment or batch."""

    __slots__ = ("_codes",)

    def __init__(self, codes=()):
        self._codes = {code.name: code for code in codes}

    def get_by_name(self, name):
        """Return the code of that name, or None."""
        return self._codes.get(name)


class ShownCoded:
    """One payment, as its own codes see it.

    :param PaymentFacts facts: the payment
    """

    COPIED = (
        "reference", "end_to_end_id", "currency", "payee_name", "payee_id_type", "payee_id_value",
        "payee_bank_code", "entitlement_code", "registrant_name", "registrant_id", "registrant_phone",
        "registrant_address", "valid_from", "valid_until",
    )  # fmt: skip
    __slots__ = (
        *COPIED, "name", "account_number", "amount", "amount_issued", "currency_id", "entitlement_id", "fee",
        "partner_id", "payment_fee",
    )  # fmt: skip

    def __init__(self, facts):
        for name in self.COPIED:
            setattr(self, name, getattr(facts, name))
        self.name = facts.reference
        self.account_number = facts.payee_id_value
        self.amount = self.amount_issued = Amount(facts.amount or 0)
        self.fee = self.payment_fee = Amount(facts.fee or 0)
        self.partner_id = ShownPartner(facts)
        self.entitlement_id = ShownEntitlement(facts)
        self.currency_id = ShownNamed(facts.currency)


class ShownPayment(ShownCoded):
    """One payment in a file.

    :param PaymentFacts facts: the payment
    :param FileFacts head: the file it is shown in
    :param codes: its drawn codes (:class:`~.codes.DrawnCode`)
    """

    __slots__ = ("batch_id", "company_id", "cycle_id", "number", "program_id", "qrcode_ids")

    def __init__(self, facts, head, codes=()):
        super().__init__(facts)
        self.number = facts.number
        self.batch_id = ShownNamed(head.batch)
        self.program_id = ShownNamed(head.program)
        self.cycle_id = ShownNamed(head.cycle)
        self.company_id = ShownNamed(head.company)
        self.qrcode_ids = ShownCodes(codes)


class ShownBatch:
    """The batch that a file is made of.

    :param FileFacts head: the file
    :param payments: the :class:`ShownPayment` of this part
    :param codes: the batch's own drawn codes
    """

    __slots__ = (
        "company_id", "count", "currency", "currency_id", "cycle_id", "name", "payment_ids", "program_id",
        "qrcode_ids", "stats_issued_amount", "stats_issued_transactions", "total",
    )  # fmt: skip

    def __init__(self, head, payments=(), codes=()):
        self.name = head.batch
        self.payment_ids = list(payments)
        self.count = self.stats_issued_transactions = head.count
        self.total = self.stats_issued_amount = Amount(head.total or 0)
        self.currency = head.currency
        self.currency_id = ShownNamed(head.currency)
        self.program_id = ShownNamed(head.program)
        self.cycle_id = ShownNamed(head.cycle)
        self.company_id = ShownNamed(head.company)
        self.qrcode_ids = ShownCodes(codes)


class ShownFile:
    """The document as a whole."""

    __slots__ = tuple(SCHEMA[FILE])

    def __init__(self, head):
        for name in self.__slots__:
            setattr(self, name, getattr(head, name))
        self.total = Amount(head.total or 0)
        self.replaces = ", ".join(head.replaces)


def get_helpers(layout=None):
    """Return {name: function} of what templates may call besides ``len`` and ``range``.

    :param Layout layout: says how amounts and dates look
    """
    layout = layout or Layout("html")

    def format_amount(amount, currency=""):
        thousands, mark = ("\u00a0", ",") if layout.decimal_mark == "," else (",", ".")
        whole, _point, digits = format(amount, ",f").partition(".")
        text = whole.replace(",", thousands) + (mark + digits if digits else "")
        return f"{text}\u00a0{currency}" if currency else text

    def format_date(value, pattern=layout.date_format):
        return value.strftime(pattern) if value else ""

    def format_datetime(value, pattern=f"{layout.date_format} %H:%M"):
        return value.strftime(pattern) if value else ""

    return {
        "format_amount": format_amount,
        "format_date": format_date,
        "format_datetime": format_datetime,
        "timestamp": timestamp,
        "sum_amounts": sum_amounts,
        "in_groups": in_groups,
    }


def sum_amounts(payments):
    """Return what payments come to together.

    :param payments: list of :class:`ShownPayment`
    """
    return sum((payment.amount for payment in payments), Amount(0))


def in_groups(payments, size):
    """Return payments in lists of some each, for pages and rows.

    :param payments: list of :class:`ShownPayment`
    :param int size: how many to a list
    """
    return [payments[start : start + size] for start in range(0, len(payments), size)]


def timestamp(value):
    """Return the seconds since 1970 as tokens want them: of a date its last second, in UTC.

    :param value: date, datetime (UTC) or None
    :return: int, or None
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        return int(value.replace(tzinfo=UTC).timestamp())
    assert isinstance(value, date)
    midnight = datetime.combine(value + timedelta(days=1), time(), UTC)
    return int(midnight.timestamp()) - 1
