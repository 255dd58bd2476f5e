"""The table of the demo adds up."""

from decimal import Decimal

from .table import COLUMNS, format_table, make_rows
from .test_ledger_check import failed, paid


def test_rows_add_up_to_the_total():
    payments = [
        paid("A", "10.00"),
        paid("B", "20.00", batch="PB-2"),
        failed("C"),
        paid("D", "5.00", fate="open"),
        paid("E", "6.00", batch="PB-2", fate="reversed"),
    ]
    first, second, without, total = make_rows(payments, [Decimal("7.50"), Decimal("1.00")])
    assert (first.name, second.name) == ("PB-1", "PB-2")
    assert first.counts == {"issued": 3, "blocked": 0, "paid": 1, "reversed": 0, "failed": 1, "open": 1}
    assert first.amounts["open"] == Decimal("5.00")
    assert without.counts["blocked"] == 2
    assert total.amounts == {
        "issued": Decimal("73.50"),
        "blocked": Decimal("8.50"),
        "paid": Decimal("30.00"),
        "reversed": Decimal("6.00"),
        "failed": Decimal("32.50"),
        "open": Decimal("5.00"),
    }
    assert total.counts["issued"] == sum(
        total.counts[name] for name in ("paid", "reversed", "failed", "open")
    )


def test_lines_are_of_one_width():
    lines = format_table(make_rows([paid("A", "123456.00", fate="reversed")], [Decimal("7.50")]))
    assert len({len(line) for line in lines}) == 1
    assert all(column in lines[0] for column in COLUMNS)


def test_reversals_have_a_column_only_where_there_are_any():
    lines = format_table(make_rows([paid("A")], []))
    assert "reversed" not in lines[0]
    assert len({len(line) for line in lines}) == 1
