"""The comparison at the end of the demo: it agrees only where both sides do."""

from decimal import Decimal

import pytest

from tests.simulators.ledger import Executed

from .ledger_check import Payment, compare, compare_sets

PAYEE = "account:1@BANK"


def paid(reference, amount="32.50", **values):
    amount = Decimal(amount)
    return Payment(**{
        "reference": reference, "batch": "PB-1", "fate": "paid", "amount": amount, "amount_paid": amount,
        "currency": "USD", "payee_fa": PAYEE, **values,
    })  # fmt: skip


def executed(reference, amount="32.50", currency="USD", payee=PAYEE):
    return Executed("T", reference, payee, amount, currency, "2026-11-21T00:00:00+00:00")


def failed(reference):
    return paid(reference, fate="failed", amount_paid=Decimal())


def test_last_line_of_two_sides_that_agree():
    verdict = compare([paid("A"), paid("B"), failed("C")], [executed("B"), executed("A", "32.5")])
    assert verdict.agrees
    assert verdict.last_line == "demo: 3 issued = 2 paid + 1 failed + 0 open; ledger agrees; 0 paid twice"


@pytest.mark.parametrize(
    ("payments", "ledger"),
    [
        ([paid("A")], []),
        ([paid("A")], [executed("A", "32.51")]),
        ([paid("A")], [executed("A", currency="EUR")]),
        ([paid("A")], [executed("A", payee="account:2@BANK")]),
        ([paid("A", amount_paid=Decimal("32.00"))], [executed("A")]),
        ([failed("A")], [executed("A")]),
        ([paid("A", fate="reversed")], []),
        ([paid("A", fate="reversed")], [executed("A", "32.51")]),
        ([paid("A", fate="open")], []),
        ([paid("A", fate="open")], [executed("A")]),
        ([], [executed("A")]),
        ([paid("A")], [executed("A"), executed("A")]),
        ([failed("A")], [executed("A"), executed("A")]),
    ],
)
def test_each_difference_is_seen(payments, ledger):
    verdict = compare(payments, ledger)
    assert not verdict.agrees
    assert "ledger DISAGREES" in verdict.last_line
    assert all(line.startswith("A") for line in verdict.differences)


def test_paid_twice_is_counted():
    ledger = [executed("A"), executed("B"), executed("A"), executed("A"), executed("B"), executed("C")]
    verdict = compare([paid("A"), paid("B"), paid("C")], ledger)
    assert verdict.twice == ["A", "B"]
    assert verdict.last_line.endswith("ledger DISAGREES; 2 paid twice")


def test_what_came_back_was_paid_before_and_is_counted_by_itself():
    verdict = compare([paid("A"), paid("B", fate="reversed")], [executed("A"), executed("B")])
    assert verdict.agrees
    assert verdict.last_line.startswith("demo: 2 issued = 1 paid + 1 paid and reversed + 0 failed + 0 open;")


def test_open_payments_are_counted():
    verdict = compare([paid("A", fate="open"), failed("B")], [])
    assert verdict.last_line.startswith("demo: 2 issued = 0 paid + 1 failed + 1 open; ledger DISAGREES")


def test_sets_that_differ_are_told_from_both_sides():
    assert compare_sets("blocked", {"A", "B"}, {"B", "A"}) == []
    assert compare_sets("blocked", {"A", "B"}, {"B", "C"}) == [
        "A should be among the blocked and is not",
        "C is among the blocked and should not be",
    ]
