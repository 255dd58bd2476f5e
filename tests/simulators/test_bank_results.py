"""What the bank says afterwards: right, or spoiled as its script says; and the counter that works off a folder."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from .bank.bank import RESULT_COLUMNS, Bank
from .bank.counter import main
from .bank.orders import Refused
from .bank.samples import make_csv, make_list, make_pain001, payment
from .ledger import read_ledger
from .script import ScriptError

ROOT = Path(__file__).resolve().parents[2]
CLOSED = {"outcomes": [{"payee_suffixes": ["2"], "result": "refused", "code": "AC04"}]}
ONE, TWO, THREE = payment(1), payment(2), payment(3)


@pytest.fixture
def open_bank(tmp_path):
    banks = []

    def open_one(script=None):
        banks.append(Bank(tmp_path / "ledger.jsonl", script))
        return banks[-1]

    yield open_one
    for bank in banks:
        bank.close()


def rows_of(reply):
    lines = list(csv.reader(io.StringIO(reply.content.decode(), newline=""), delimiter=";"))
    assert tuple(lines[0]) == RESULT_COLUMNS
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def cells_of(reply):
    header, *rows = openpyxl.load_workbook(io.BytesIO(reply.content)).active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_results_tell_each_payment(open_bank, tmp_path):
    reply = open_bank(CLOSED).take("order.csv", make_csv(ONE, TWO))
    first, second = rows_of(reply)
    assert reply.name == "order-results.csv"
    assert (reply.paid, reply.refused) == (1, 1)
    assert first["Status"] == "EXECUTED" and first["Bank Reference"]
    assert second["Status"] == "REJECTED" and not second["Bank Reference"]
    assert (second["Reason Code"], second["Reason"]) == ("AC04", "Account closed")
    assert [row["End-to-End ID"] for row in (first, second)] == [ONE["reference"], TWO["reference"]]
    assert first["Booking Date"] == datetime.now(UTC).date().isoformat()
    assert [one.reference_id for one in read_ledger(tmp_path / "ledger.jsonl")] == [ONE["reference"]]


def test_list_comes_back_filled_in(open_bank):
    script = {"outcomes": [{"payees": ["Payee 2"], "result": "refused", "status": "did not come"}]}
    first, second = cells_of(open_bank(script).take("list.xlsx", make_list(ONE, TWO)))
    assert (first["Status"], first["Amount"], first["Batch"]) == ("paid", 11.5, "PB-1")
    assert isinstance(first["Date"], datetime)
    assert (second["Status"], second["Payee"]) == ("failed", "Payee 2")


def test_pending_payment_is_not_paid_and_has_no_date(open_bank, tmp_path):
    script = {"outcomes": [{"payees": [ONE["account"]], "result": "pending"}]}
    reply = open_bank(script).take("order", make_csv(ONE))
    [row] = rows_of(reply)
    assert (row["Status"], row["Booking Date"], reply.pending) == ("PENDING", "", 1)
    assert read_ledger(tmp_path / "ledger.jsonl") == []


def told(*payments, status="EXECUTED", amount=""):
    return [(one["reference"], status, amount or one["amount"]) for one in payments]


MISTAKES = [
    ({"play": "missing_rows"}, told(TWO, THREE)),
    ({"play": "wrong_amount"}, told(ONE, amount="12.50") + told(TWO, THREE)),
    ({"play": "wrong_amount", "rows": 3, "amount": "7.00"}, told(ONE, TWO, THREE, amount="7.00")),
    ({"play": "duplicated_rows", "rows": 3}, told(ONE, TWO, THREE, ONE, TWO, THREE)),
    ({"play": "contradictory_rows"}, told(ONE, TWO, THREE) + told(ONE, status="REJECTED")),
    ({"play": "unknown_status"}, told(ONE, status="IN CLARIFICATION") + told(TWO, THREE)),
]


@pytest.mark.parametrize(("fault", "expected"), MISTAKES)
def test_clerk_makes_the_mistake_of_the_script(open_bank, tmp_path, fault, expected):
    bank = open_bank({"faults": [fault]})
    assert _short(bank.take("order", make_csv(ONE, TWO, THREE))) == expected
    assert len(read_ledger(tmp_path / "ledger.jsonl")) == 3
    assert _short(bank.ask_again("MSG1")) == told(ONE, TWO, THREE)


def _short(reply):
    return [(row["End-to-End ID"], row["Status"], row["Amount"]) for row in rows_of(reply)]


def test_several_mistakes_meet_in_one_file(open_bank):
    script = {
        "faults": [{"play": "wrong_amount"}, {"play": "wrong_currency"}, {"play": "extra_rows", "rows": 2}]
    }
    rows = rows_of(open_bank(script).take("order", make_csv(ONE)))
    assert (rows[0]["Amount"], rows[0]["Currency"], len(rows)) == ("12.50", "XXX", 3)


def test_mistake_is_made_only_in_the_file_it_is_meant_for(open_bank):
    bank = open_bank({"faults": [{"play": "missing_rows", "calls": [2]}]})
    counts = [len(rows_of(bank.take(f"{n}", make_csv(payment(n), message=f"M{n}")))) for n in (1, 2, 3)]
    assert counts == [1, 0, 1]


def test_stranger_in_a_list_is_added_below_and_corrected_later(open_bank):
    bank = open_bank({"faults": [{"play": "extra_rows"}, {"play": "wrong_amount"}]})
    list_ = make_list(ONE)
    reply = bank.take("list.xlsx", list_)
    assert [(row["Status"], row["Amount"]) for row in cells_of(reply)] == [("paid", 12.5), ("paid", 11.5)]
    [right] = cells_of(bank.correct(list_, reply.message_id))
    assert (right["Reference"], right["Amount"]) == (ONE["reference"], 11.5)


def test_currency_that_is_not_dealt_in_is_refused_payment_by_payment(open_bank):
    reply = open_bank({"currencies": ["EUR"]}).take("order", make_csv(ONE))
    assert (reply.paid, reply.refused) == (0, 1)


def test_too_many_payments_are_refused_as_a_whole(open_bank):
    with pytest.raises(Refused, match="more than 1 payments"):
        open_bank({"max_items": 1}).take("order", make_csv(ONE, TWO))


@pytest.mark.parametrize(
    "script",
    [
        {"faults": [{"play": "timeout", "executed": True}]},
        {"faults": [{"play": "missing_rows", "on": "status"}]},
        {"outcomes": [{"result": "lost"}]},
        {"fault": []},
    ],
)
def test_script_that_is_not_understood_is_refused(tmp_path, script):
    with pytest.raises(ScriptError):
        Bank(tmp_path / "ledger.jsonl", script)


# ---- the counter ------------------------------------------------------------------------------------------------
def test_counter_works_off_a_folder_once(tmp_path, capsys):
    inbox, outbox = tmp_path / "in", tmp_path / "out"
    inbox.mkdir()
    (tmp_path / "script.json").write_text(json.dumps(CLOSED))
    (inbox / "1.csv").write_bytes(make_csv(ONE, TWO))
    (inbox / "2.xml").write_bytes(make_pain001(THREE, message="MSG2"))
    (inbox / "3.csv").write_bytes(make_csv(ONE, count=5, message="MSG3"))
    arguments = ["--inbox", inbox, "--outbox", outbox, "--ledger", tmp_path / "ledger.jsonl"]
    arguments = [str(one) for one in (*arguments, "--script", tmp_path / "script.json")]
    assert main(arguments) == 1
    assert {path.name for path in outbox.iterdir()} == {"1-results.csv", "2-results.csv", "3.csv-refused.txt"}
    assert "says '5' payments" in (outbox / "3.csv-refused.txt").read_text()
    assert "1.csv: 1 paid, 1 refused, 0 pending" in capsys.readouterr().out
    assert {path.name for path in (inbox / "done").iterdir()} == {"1.csv", "2.xml", "3.csv"}
    assert main(arguments) == 0
    assert len(read_ledger(tmp_path / "ledger.jsonl")) == 2


def test_counter_starts_alone(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "order.csv").write_bytes(make_csv(ONE))
    command = [sys.executable, "-m", "tests.simulators.bank", "--inbox", tmp_path / "in"]
    command += ["--outbox", tmp_path / "out", "--ledger", tmp_path / "ledger.jsonl"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60, stdout=subprocess.DEVNULL)
    assert len(read_ledger(tmp_path / "ledger.jsonl")) == 1
