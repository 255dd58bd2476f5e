"""The ledger of the simulated scheme has what was committed and nothing else, and tells which payment that was."""

import threading
import time

import pytest

from .interop.by_payment import line_reference, named
from .interop.messages import Caller, payee, state_of, transfer, words
from .interop.process import running_simulator, start_simulator
from .ledger import Executed, paid_twice

pytest_plugins = ("tests.simulators.interop.fixtures",)

PAYMENTS = {
    f"PAY-{number}": (payee(number)["payeeIdValue"], f"{100 + number}.00", "INR") for number in (1, 2, 3)
}


def line(disbursement, id_value, amount="100", currency="INR"):
    reference = line_reference(disbursement, "MSISDN", id_value, amount, currency)
    return Executed(disbursement, reference, id_value, amount, currency, "2026-11-21T00:35:32.620Z")


def test_lines_of_the_layer_bear_the_reference_of_their_place(dfsp):
    dfsp.disburse(payee(1, amount="0.25"), disbursement_id="D-1")
    [one] = dfsp.lines()
    assert (one.transaction_id, one.reference_id) == ("D-1", f"D-1/MSISDN/{one.payee_fa}/0.25/INR")
    assert one.reference_id == line_reference("D-1", "MSISDN", one.payee_fa, "0.25", "INR")


def test_lines_of_both_get_the_references_of_payments(dfsp):
    before = len(dfsp.simulator.ledger())
    dfsp.disburse(payee(2), payee(1))
    dfsp.transfer(transfer(3))
    dfsp.disburse(payee(9))
    references = [one.reference_id for one in dfsp.simulator.ledger(PAYMENTS)[before:]]
    assert references[:3] == ["PAY-2", "PAY-1", "PAY-3"]
    assert references[3].endswith(f"/MSISDN/{payee(9)['payeeIdValue']}/109/INR")


@pytest.mark.parametrize(
    ("lines", "twice"),
    [
        ([line("D-1", "1"), line("D-1", "2")], []),
        ([line("D-1", "1"), line("D-1", "1")], ["A"]),
        ([line("D-1", "1"), line("D-2", "1")], ["A"]),
        ([line("D-1", "1"), line("D-1", "1", "200")], []),
        # Two payments of one payee over one amount
        ([line("D-1", "3"), line("D-2", "3")], []),
        ([line("D-1", "3"), line("D-1", "3")], ["C"]),
        ([line("D-1", "3"), line("D-2", "3"), line("D-3", "3")], ["D"]),
        ([line("D-1", "3"), line("D-2", "3"), line("D-1", "3")], ["C"]),
    ],
)
def test_whoever_is_paid_twice_is_found_under_the_payments_reference(lines, twice):
    payments = {
        "A": ("1", 100, "INR"),
        "B": ("2", "100.0", "INR"),
        "C": ("3", 100.0, "INR"),
        "D": ("3", 100, "INR"),
    }
    assert paid_twice(named(lines, payments)) == twice


@pytest.mark.parametrize(
    "other", [line("D-1", "9"), line("D-1", "1", "101"), line("D-1", "1", currency="USD")]
)
def test_line_that_is_no_payment_stays_as_it_is(other):
    assert named([other], {"A": ("1", 100, "INR")}) == [other]


def test_reset_forgets_everything_but_the_ledger(dfsp):
    body = transfer(1)
    dfsp.transfer(body)
    dfsp.disburse(payee(1), disbursement_id="D-1")
    state = dfsp.simulator.reset()
    assert {state[name] for name in ("known", "executed", "refused", "waiting")} == {0}
    assert (state["violations"], state["disbursements"], state["calls"]["submit"]) == ([], [], 0)
    assert dfsp.results("D-1").raw == b""
    assert "3208" in dfsp.ask(body["transferId"]).body["message"]
    assert len(dfsp.paid()) == 2


def test_forgotten_transfer_never_settles(dfsp):
    dfsp.simulator.play({"outcomes": [{"result": "pending", "after": 0.1}]})
    dfsp.transfer(transfer(1))
    dfsp.simulator.reset()
    time.sleep(0.2)
    assert dfsp.paid() == []


def test_killed_in_the_midst_what_is_paid_is_known_to_the_switch_and_not_to_the_layer(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    first = start_simulator({}, ledger)
    try:
        dfsp, body = Caller(first), transfer(7)
        dfsp.transfer(body)
        first.play({"scheme": {"transfer_seconds": 0.1}})
        lines = [payee(number) for number in range(50)]

        def send():
            with pytest.raises((ConnectionError, OSError)):
                dfsp.disburse(*lines, disbursement_id="D-1")

        sender = threading.Thread(target=send)
        sender.start()
        while len(dfsp.paid()) < 3:
            time.sleep(0.01)
        first.kill()
        sender.join()
        paid = dfsp.paid()
    finally:
        first.kill()
    assert 3 <= len(paid) < 51
    with running_simulator({}, ledger, port=first.port, sdk_port=first.sdk_port) as second:
        assert (second.port, second.sdk_port) == (first.port, first.sdk_port)
        again = Caller(second)
        assert again.results("D-1").raw == b""
        told = again.ask(body["transferId"])
        assert (state_of(told), "quoteResponse" in told.body) == ("COMMITTED", False)
        assert set(words(again.disburse(payee(60))).values()) == {"COMPLETED"}
        assert [one.reference_id for one in second.ledger()][: len(paid)] == paid


def test_simulator_that_does_not_understand_its_script_does_not_start(tmp_path, capfd):
    with pytest.raises(RuntimeError):
        start_simulator({"faults": [{"play": "explode"}]}, tmp_path / "ledger.jsonl")
    assert "explode" in capfd.readouterr().err
