"""What a script says is understood or refused, and the ledger tells exactly what was paid."""

import urllib.error
from decimal import Decimal

import pytest

from .g2p_connect.messages import (
    ask,
    disbursement,
    item,
    post,
    rows_of,
    submit,
    words,
)
from .g2p_connect.process import running_simulator
from .ledger import Executed, Ledger, paid_twice, read_ledger, totals
from .script import Fault, Player, Script, ScriptError


@pytest.mark.parametrize(
    "script",
    [
        {"outcome": []},
        {"faults": [{"play": "explode"}]},
        {"faults": [{"play": "timeout"}]},
        {"faults": [{"play": "reset"}]},
        {"faults": [{"calls": [1]}]},
        {"faults": [{"play": "html", "on": "both"}]},
        {"faults": [{"play": "html", "calls": 1}]},
        {"faults": [{"play": "html", "executed": "yes"}]},
        {"faults": [{"play": "html", "seconds": "1"}]},
        {"faults": ["html"]},
        {"outcomes": [{"result": "lost"}]},
        {"outcomes": [{"reference": "("}]},
        {"outcomes": [{"then": {"result": "lost"}}]},
        {"unknown": "guess"},
        [],
    ],
)
def test_script_that_is_not_understood_is_an_error(script):
    with pytest.raises(ScriptError):
        Script.parse(script)


def test_running_simulator_refuses_a_script_it_does_not_understand(simulator):
    with pytest.raises(urllib.error.HTTPError):
        simulator.play({"faults": [{"play": "explode"}]})
    assert words(submit(simulator, item(1))) == {"PAY-1": "succ"}


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"calls": (2, 5)}, [2, 5]),
        ({"every": 3}, [3, 6]),
        ({"every": 2, "times": 2}, [2, 4]),
        ({"transaction": "B-[14]$"}, [1, 4]),
        ({"reference": "^P-3$"}, [3]),
        ({"calls": (1, 2), "reference": "^P-2$"}, [2]),
        ({"on": "status"}, []),
    ],
)
def test_fault_hits_the_scripted_calls(fault, hit):
    player = Player(Script(faults=(Fault(play="html", **fault),)))
    calls = range(1, 7)
    assert [n for n in calls if player.next_fault("submit", f"B-{n}", ["P-0", f"P-{n}"])] == hit


def test_state_counts_and_reset_forgets_all_but_the_ledger(simulator):
    submit(simulator, item(1))
    ask(simulator, "PAY-1")
    state = simulator.state()
    assert (state["calls"], state["executed"], state["known"]) == ({"submit": 1, "status": 1}, 1, 1)
    lines = len(simulator.ledger())
    simulator.reset()
    assert simulator.state()["known"] == 0
    assert rows_of(ask(simulator, "PAY-1")) == []
    assert len(simulator.ledger()) == lines


def test_latency_is_spent_on_every_call(simulator):
    simulator.play({"latency": 60})
    with pytest.raises(TimeoutError):
        post(simulator.payment_url, disbursement(item(1)), timeout=0.5)
    simulator.play({})


def test_executed_payments_survive_a_kill(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with running_simulator({}, path, token="other-token") as first:
        status = post(first.payment_url, disbursement(*map(item, range(50))), token="other-token")[0]
        assert status == 200
        first.kill()
    assert len(read_ledger(path)) == 50
    with running_simulator({}, path) as second:
        assert words(ask(second, "PAY-7")) == {"PAY-7": "succ"}
        submit(second, item(7))
    assert paid_twice(read_ledger(path)) == ["PAY-7"]


def executed(reference, amount="1.10", currency="SLL"):
    return Executed("T", reference, "account:1@b", amount, currency, "2026-11-20T09:30:00+00:00")


def test_ledger_reads_back_and_sums_exactly(tmp_path):
    path = tmp_path / "ledger.jsonl"
    assert read_ledger(path) == []
    payments = [executed("A"), executed("B", "2.20"), executed("C", "5.00", "USD")]
    ledger = Ledger(path)
    ledger.append(payments[:2])
    ledger.append(payments[2:])
    ledger.close()
    assert read_ledger(path) == payments
    assert totals(payments) == {"SLL": (2, Decimal("3.30")), "USD": (1, Decimal("5.00"))}
    assert paid_twice(payments) == []


def test_line_that_a_kill_cut_off_never_happened(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path)
    ledger.append([executed("A")])
    ledger.close()
    with open(path, "ab") as file:
        file.write(b'{"transaction_id": "T", "refer')
    assert [payment.reference_id for payment in read_ledger(path)] == ["A"]
    again = Ledger(path)
    again.append([executed("B")])
    again.close()
    assert [payment.reference_id for payment in read_ledger(path)] == ["A", "B"]
