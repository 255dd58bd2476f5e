"""Payments and a file that nobody has: for previews and tests."""

from datetime import date, datetime

from .facts import FileFacts, PaymentFacts, end_to_end_id

#: Names that show what a layout does with long ones, accents and more than one script.
NAMES = (
    "Amina Diallo", "Jean-Baptiste N'Guessan", "María José Fernández de la Cruz Etxeberria", "Søren Åkesson",
    "Nguyễn Thị Minh Khai", "Ивана Петровић", "Oluwaseun Adébáyọ̀", "Zeynep Şahin",
)  # fmt: skip
DIGITS = 2


def sample_payments(count=8, names=NAMES, currency="USD"):
    """Return made-up payments.

    :param int count: how many
    :param names: of payees, taken in turn
    :return: list of :class:`~.facts.PaymentFacts`
    """
    return [
        _make_payment(number, names[(number - 1) % len(names)], currency) for number in range(1, count + 1)
    ]


def _make_payment(number, name, currency):
    reference = f"00000000-0000-4000-8000-{number:012}"
    return PaymentFacts(
        number=number,
        reference=reference,
        end_to_end_id=end_to_end_id(reference),
        payee_name=name,
        payee_id_type="bank_acc",
        payee_id_value=f"0000{number:08}",
        payee_bank_code="SAMPLEXX",
        amount=f"{1000 + 12.5 * number:.{DIGITS}f}",
        fee="0.00",
        currency=currency,
        entitlement_code=f"SAMPLE{number:06}",
        registrant_name=name,
        registrant_id=f"ID-{number:06}",
        registrant_phone=f"+000 000 {number:04}",
        registrant_address=f"{number} Sample Road, Sample Town",
        valid_from=date(2030, 1, 1),
        valid_until=date(2030, 3, 31),
    )


def sample_file(payments=None, **more):
    """Return the head of a made-up file.

    :param payments: list of :class:`~.facts.PaymentFacts` that it counts; none if not given
    :param more: further values of :class:`~.facts.FileFacts`
    """
    payments = payments or []
    cents = sum(int(one.amount.replace(".", "")) for one in payments)
    return FileFacts(
        **{
            "message_id": "SAMPLE",
            "created_at": datetime(2030, 1, 1, 8, 0),
            "count": len(payments),
            "total": f"{cents // 100}.{cents % 100:02}",
            "currency": payments[0].currency if payments else "USD",
            "batch": "SAMPLE/0001",
            "program": "Sample Program",
            "cycle": "Sample Cycle 1",
            "company": "Sample Agency",
            "payer_name": "Sample Agency",
            "payer_account": "0000000001",
            "payer_bank_code": "SAMPLEXX",
            "execution_date": date(2030, 1, 2),
            **more,
        }
    )
