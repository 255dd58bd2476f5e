"""The bank without an API takes a file that is right, and refuses everything that a real one refuses."""

import pytest

from .bank.bank import Bank
from .bank.orders import Refused
from .bank.samples import make_csv, make_list, make_pain001, payment, tomorrow
from .ledger import read_ledger

FIRST, SECOND = payment(1), payment(2)


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def bank(ledger):
    bank = Bank(ledger)
    yield bank
    bank.close()


def paid(ledger):
    return [(one.reference_id, one.payee_fa, one.amount, one.currency) for one in read_ledger(ledger)]


def refusal_of(bank, data):
    with pytest.raises(Refused) as refused:
        bank.take("file", data)
    return "\n".join(refused.value.problems)


@pytest.mark.parametrize("make", [make_csv, make_pain001])
def test_right_file_is_paid_as_it_says(bank, ledger, make):
    reply = bank.take("order", make(FIRST, SECOND, message="MSG7"))
    assert (reply.paid, reply.refused, reply.message_id) == (2, 0, "MSG7")
    assert paid(ledger) == [
        (one["reference"], f"account:{one['account']}@HARBOUR1", one["amount"], "USD")
        for one in (FIRST, SECOND)
    ]
    assert {one.transaction_id for one in read_ledger(ledger)} == {"MSG7"}


def test_list_of_pay_point_is_paid_in_cash(bank, ledger):
    reply = bank.take("list.xlsx", make_list(FIRST, SECOND))
    assert (reply.name, reply.paid) == ("list-results.xlsx", 2)
    assert paid(ledger)[1] == (SECOND["reference"], "cash:Payee 2", "12.50", "USD")


def test_iban_is_the_account_that_is_paid(bank, ledger):
    bank.take("order", make_pain001(payment(1, iban="DE89370400440532013000")))
    assert paid(ledger)[0][1] == "account:DE89370400440532013000@HARBOUR1"


CSV_FAULTS = [
    (make_csv(FIRST, SECOND, count=3), "says '3' payments, and holds 2"),
    (make_csv(FIRST, SECOND, total="24.01"), "control sum of '24.01'"),
    (make_csv(FIRST, SECOND, total="lots"), "control sum of 'lots'"),
    (make_csv(FIRST, SECOND, totals=False), "is this all?"),
    (make_csv(FIRST, payment(2, line=3)), "numbered '3' and not 2"),
    (make_csv(FIRST, payment(2, message="OTHER")), "Message ID has to be the same"),
    (make_csv(FIRST, payment(2, currency="EUR")), "Currency has to be the same"),
    (make_csv(FIRST, message=""), "Message ID is missing"),
    (make_csv(FIRST, day="2020-01-01"), "is no day, or is over"),
    (make_csv(FIRST, day="21/11/2099"), "is no day, or is over"),
    (make_csv(FIRST, columns=["A", "B"]), "the columns have to be"),
    (make_csv(), "no payment in the file"),
    (make_csv(FIRST) + b"1,2\r\n", "is this all?"),
    (make_csv(FIRST).replace(b"HARBOUR1,", b""), "it has not 11 cells"),
    (make_csv(FIRST).replace(b"Payee 1", "Amélie".encode("cp1252")), "no UTF-8"),
    (make_csv(FIRST) + b'"', "no CSV"),
    (b"", "the columns have to be"),
]
PAIN_FAULTS = [
    (make_pain001(FIRST, SECOND, count=3, inner_count=2), "says '3' payments, and holds 2"),
    (make_pain001(FIRST, SECOND, total="24.01", inner_total="24.00"), "control sum of '24.01'"),
    (make_pain001(FIRST, SECOND, inner_count=1), "MSG1: it says 1 payments"),
    (make_pain001(FIRST, SECOND, inner_total="1.00"), "MSG1: the file says a control sum of '1.00'"),
    (make_pain001(FIRST).replace(b"<PmtMtd>TRF</PmtMtd>", b""), "PmtMtd"),
    (make_pain001(FIRST).replace(b"InstdAmt Ccy", b"InstdAmt Cur"), "Cur"),
    (make_pain001(payment(1, iban="nobody")), "IBAN"),
    (make_pain001(FIRST, day="2020-01-01"), "the execution date 2020-01-01 is over"),
    (make_pain001(FIRST).replace(b".001.09", b".001.03"), "pain.001.001.09 only"),
    (make_pain001(FIRST).replace(b"?><", b"?><!DOCTYPE a><"), "document type"),
    (b"<html>", "no XML"),
]
LIST_FAULTS = [
    (make_list(FIRST, headers=("Reference", "Payee")), "no column amount, currency, status, date, reason"),
    (make_list(), "no payment in the file"),
    (b"PK\x03\x04 something else", "no workbook"),
]


@pytest.mark.parametrize(("data", "reason"), CSV_FAULTS + PAIN_FAULTS + LIST_FAULTS)
def test_wrong_file_is_refused_as_a_whole_and_nothing_is_paid(bank, ledger, data, reason):
    assert reason in refusal_of(bank, data)
    assert paid(ledger) == []


@pytest.mark.parametrize("make", [make_csv, make_list])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reference": "x" * 65}, "the reference is"),
        ({"reference": FIRST["reference"]}, "stands in the file 2 times"),
        ({"amount": "0.00"}, "no amount above zero"),
        ({"amount": "-5.00"}, "no amount above zero"),
        ({"name": "  "}, "name is missing"),
    ],
)
def test_wrong_payment_keeps_the_whole_file_out(bank, ledger, make, changes, reason):
    assert reason in refusal_of(bank, make(FIRST, payment(2, **changes)))
    assert paid(ledger) == []


def test_reference_of_36_characters_is_for_a_pay_point_only(bank):
    one = payment(1, reference="x" * 36)
    assert "longer than 35," in refusal_of(bank, make_csv(one))
    assert "EndToEndId" in refusal_of(bank, make_pain001(one))
    assert bank.take("list", make_list(one)).paid == 1


@pytest.mark.parametrize("amount", ["12", "12.5", "1,250.00", "12,50", "1e3", "=1+1"])
def test_amount_has_two_digits_and_a_point(bank, amount):
    assert "no amount" in refusal_of(bank, make_csv(FIRST, payment(2, amount=amount), total="1.00"))


def test_all_problems_are_told_at_once(bank):
    text = refusal_of(bank, make_csv(payment(1, amount="x"), payment(2, account=""), total="1.00"))
    assert "line 2: 'x' is no amount" in text
    assert "line 3: the payee's account is missing" in text


# ---- what was there before --------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [make_csv, make_pain001, make_list])
def test_same_file_is_refused_the_second_time(bank, ledger, make):
    data = make(FIRST)
    bank.take("one", data)
    assert "this very file was taken before" in refusal_of(bank, data)
    assert len(paid(ledger)) == 1


@pytest.mark.parametrize("make", [make_csv, make_pain001])
def test_same_message_is_refused_with_other_bytes(bank, make):
    bank.take("one", make(FIRST))
    assert "message MSG1 was taken before" in refusal_of(bank, make(SECOND))


def test_what_was_taken_is_remembered_after_a_restart(ledger):
    data = make_csv(FIRST)
    first = Bank(ledger)
    first.take("one", data)
    first.close()
    second = Bank(ledger)
    assert "taken before" in refusal_of(second, data)
    assert second.ask_again("MSG1").paid == 1
    second.close()
    assert len(paid(ledger)) == 1


def test_refused_file_may_come_again_when_it_is_mended(bank, ledger):
    refusal_of(bank, make_csv(FIRST, count=9))
    bank.take("mended", make_csv(FIRST))
    assert len(paid(ledger)) == 1


def test_payment_ordered_under_another_message_is_paid_again(bank, ledger):
    bank.take("one", make_csv(FIRST, message="MSG1"))
    bank.take("two", make_csv(FIRST, message="MSG2"))
    assert [reference for reference, *_rest in paid(ledger)] == [FIRST["reference"]] * 2


def test_execution_date_may_be_tomorrow(bank):
    assert bank.take("one", make_csv(FIRST, day=tomorrow())).paid == 1
