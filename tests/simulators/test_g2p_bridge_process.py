"""The simulated bridge survives a kill, and is as fast as it must be."""

import pytest

from .g2p_bridge.journal import journal_beside
from .g2p_bridge.messages import BY_HAND, Caller, day, item
from .g2p_bridge.process import running_simulator, start_simulator
from .ledger import paid_twice, read_ledger

pytest_plugins = ("tests.simulators.g2p_bridge.fixtures",)


@pytest.mark.parametrize("steps", range(7))
def test_killed_bridge_goes_on_where_it_was(tmp_path, steps):
    ledger = tmp_path / "ledger.jsonl"
    reverses = {**BY_HAND, "outcomes": [{"payees": ["token:2@nid"], "result": "reversed"}]}
    with running_simulator(reverses, ledger) as bridge:
        mis = Caller(bridge)
        envelope_id = mis.opened(9, 900, disbursement_schedule_date=day(1))
        cancelled = mis.opened(1, 100)
        first, second = (mis.given(item(number, envelope_id))[0] for number in (1, 2))
        gone = mis.given(item(3, envelope_id))
        mis.cancel_disbursements(*gone)
        mis.amend(envelope_id, 2, 203, disbursement_schedule_date=day(1))
        mis.cancel(cancelled)
        bridge.day(1)
        for _step in range(steps):
            bridge.step()
        told = [[one["reversal_found"] for one in mis.records(second)[0]] for _turn in range(2)]
        before = bridge.state()["envelopes"]
        bridge.kill()
    moved = {**reverses, "bridge": {"step_seconds": -1.0, "days_ahead": 1}}
    with running_simulator(moved, ledger) as bridge:
        mis.simulator = bridge
        names = ("declared", "received", "cancelled", "shipped", "requests", "schedule_date")
        known = [[one[name] for name in names] for one in bridge.state()["envelopes"]]
        assert known == [[one[name] for name in names] for one in before]
        bridge.finish()
        assert sorted(line.reference_id for line in read_ledger(ledger))[:2] == ["PAY-1", "PAY-2"]
        assert paid_twice(read_ledger(ledger)) == []
        assert told == ([[False], [True]] if steps == 6 else [[], []])
        again = [mis.records(second)[0][0]["reversal_found"] for _turn in range(2)]
        assert again == [steps == 6, True]
        assert [len(mis.records(each)[0]) for each in (first, second)] == [1, 1]


def test_what_was_shipped_and_not_paid_when_killed_is_paid_after(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    with running_simulator(BY_HAND, ledger) as bridge:
        Caller(bridge).full(1, 2)
        bridge.finish()
        bridge.kill()
    # The kill came after the note of the shipment and within the second line.
    content = ledger.read_bytes()
    ledger.write_bytes(content[: content.index(b"\n") + 20])
    with running_simulator(BY_HAND, ledger) as bridge:
        bridge.finish()
    assert [line.reference_id for line in read_ledger(ledger)] == ["PAY-1", "PAY-2"]


def test_request_that_a_kill_cut_off_was_never_taken(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    with running_simulator(BY_HAND, ledger) as bridge:
        mis = Caller(bridge)
        envelope_id, _ids = mis.full(1)
        bridge.kill()
    journal = journal_beside(ledger)
    journal.write_bytes(journal.read_bytes()[:-5])
    for _turn in range(2):
        with running_simulator(BY_HAND, ledger) as bridge:
            mis.simulator = bridge
            state = bridge.state()
            assert (len(state["envelopes"]), state["known"]) == (1, 0)
    with running_simulator(BY_HAND, ledger) as bridge:
        mis.simulator = bridge
        mis.given(item(1, envelope_id))
        bridge.finish()
        assert mis.paid() == ["PAY-1"]
        bridge.kill()
    with running_simulator(BY_HAND, ledger) as bridge:
        assert bridge.finish()["envelopes"][0]["reconciled"] == 1
        assert mis.paid() == ["PAY-1"]


def test_simulator_that_cannot_start_says_so(tmp_path):
    with pytest.raises(RuntimeError):
        start_simulator({"bridge": {"funds": "plenty"}}, tmp_path / "ledger.jsonl")


def test_reset_forgets_everything_but_the_ledger(bridge, mis):
    mis.full(1)
    bridge.finish()
    state = bridge.reset()
    assert (state["envelopes"], state["known"], state["executed"], mis.paid()) == ([], 0, 0, ["PAY-1"])


@pytest.mark.parametrize("number", [10_000])
def test_ten_thousand_are_taken_paid_and_asked_about(bridge, mis, number):
    total = sum(100 + each for each in range(number))
    envelope_id = mis.opened(number, total)
    ids = []
    for start in range(0, number, 1000):
        ids += mis.given(*(item(each, envelope_id) for each in range(start, start + 1000)))
    bridge.finish()
    assert len(mis.paid()) == number
    assert len(set(ids)) == number
    rows = mis.ask(*ids[:1000]).message
    assert sum(bool(row["disbursement_recon_records"]["disbursement_recon_payloads"]) for row in rows) == 1000
    assert bridge.state()["violations"] == []
