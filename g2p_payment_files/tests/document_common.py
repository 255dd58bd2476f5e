"""Builders of payments and files for the tests of formats."""

import io
import tracemalloc
from datetime import date, datetime

from ..documents.facts import FileFacts, PaymentFacts, end_to_end_id
from ..documents.formats import FORMATS
from ..documents.layout import Column, Layout
from ..documents.parts import add_up

IBAN = "DE89370400440532013000"
COLUMNS = (
    Column("number", "No"),
    Column("reference", "Reference"),
    Column("payee_name", "Payee"),
    Column("payee_id_value", "Account"),
    Column("amount", "Amount"),
)


def make_reference(number):
    """Return the reference of a payment."""
    return f"3fa85f64-5717-4562-b3fc-{number:012}"


def make_payment(number=1, **more):
    """Return one payment; its account keeps leading zeros."""
    reference = make_reference(number)
    return PaymentFacts(
        **{
            "number": number,
            "reference": reference,
            "end_to_end_id": end_to_end_id(reference),
            "payee_name": f"Payee {number}",
            "payee_id_type": "bank_acc_no",
            "payee_id_value": f"000{number:07}",
            "payee_bank_code": "01234",
            "amount": "1250.00",
            "fee": "1.50",
            "currency": "KES",
            "registrant_name": f"Registrant {number}",
            "valid_from": date(2026, 1, 31),
            **more,
        }
    )


def make_head(payments, **more):
    """Return the head that belongs to payments."""
    return FileFacts(
        **{
            "message_id": "MSG-0001",
            "created_at": datetime(2026, 1, 2, 3, 4, 5),
            "count": len(payments),
            "total": f"{add_up(one.amount for one in payments):f}",
            "currency": payments[0].currency if payments else "KES",
            "batch": "B/0001",
            "program": "Program One",
            "cycle": "Cycle 1",
            "company": "Agency",
            "payer_name": "Ministry",
            "payer_account": IBAN,
            "payer_bank_code": "COBADEFF",
            "execution_date": date(2026, 1, 9),
            **more,
        }
    )


def make_file(kind, payments, head=None, slice_size=2, columns=COLUMNS, **layout):
    """Return the bytes of a file, made in parts."""
    layout = Layout(kind, columns=columns, **layout)
    head = head or make_head(payments)
    stream = io.BytesIO()
    FORMATS[kind].join(layout, head, iter_parts(layout, head, payments, slice_size), stream)
    return stream.getvalue()


def iter_parts(layout, head, payments, slice_size):
    """Yield the parts of a file."""
    for start in range(0, len(payments), slice_size):
        yield FORMATS[layout.type].part(layout, head, payments[start : start + slice_size])


def measure_join(kind, count, columns=COLUMNS, **layout):
    """Return the most memory (bytes) that joining a file of so many payments takes; parts come one at a time."""
    layout = Layout(kind, columns=columns, **layout)
    payments = [make_payment(number) for number in range(1, 101)]
    head = make_head(payments, count=count, total=f"{1250 * count}.00")
    part = FORMATS[kind].part(layout, head, payments)
    with open("/dev/null", "wb") as stream:
        tracemalloc.start()
        try:
            FORMATS[kind].join(layout, head, (bytes(bytearray(part)) for _ in range(count // 100)), stream)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
