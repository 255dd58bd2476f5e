"""The simulated bridge pays on the schedule date, when what came is what was declared, one step at a time."""

import pytest

from .g2p_bridge.messages import BY_HAND, day, item

pytest_plugins = ("tests.simulators.g2p_bridge.fixtures",)

TODAY = day()


def told(mis, envelope_id, *names):
    message = mis.ask_envelope(envelope_id).message
    return tuple(message[name] for name in names)


FUNDS = ("funds_available_with_bank", "funds_available_attempts")
BLOCK = ("funds_blocked_with_bank", "funds_blocked_attempts")
COUNTS = (
    "number_of_disbursements_shipped",
    "number_of_disbursements_reconciled",
    "number_of_disbursements_reversed",
)


def outcomes(bridge, *given, **more):
    bridge.play({**BY_HAND, "outcomes": list(given), **more})


def test_envelope_goes_one_step_at_a_time(bridge, mis):
    envelope_id = mis.opened(3, 306)
    first = mis.given(item(1, envelope_id))
    second = mis.given(item(2, envelope_id), item(3, envelope_id))
    bridge.step()  # the mapper
    assert told(mis, envelope_id, *FUNDS) == ("PENDING_CHECK", 0)
    bridge.step()
    assert told(mis, envelope_id, *FUNDS, *BLOCK) == ("FUNDS_AVAILABLE", 1, "PENDING_CHECK", 0)
    bridge.step()
    assert told(mis, envelope_id, *BLOCK, *COUNTS) == ("FUNDS_BLOCK_SUCCESS", 1, 0, 0, 0)
    assert told(mis, envelope_id, "funds_blocked_reference_number") != (None,)
    assert mis.paid() == []
    bridge.step()
    assert (mis.paid(), mis.records(first[0])) == (["PAY-1"], ([], []))
    bridge.step()
    assert (mis.paid(), told(mis, envelope_id, *COUNTS)) == (["PAY-1", "PAY-2", "PAY-3"], (3, 1, 0))
    assert mis.records(second[0]) == ([], [])
    bridge.step()
    assert told(mis, envelope_id, *COUNTS) == (3, 3, 0)
    records, errors = mis.records(second[0])
    assert (records[0]["disbursement_id"], records[0]["disbursement_envelope_id"]) == (second[0], envelope_id)
    assert (records[0]["remittance_value_date"], errors) == (f"{TODAY}T00:00:00", [])
    assert bridge.finish()["waiting"] == 0
    assert len(mis.paid()) == 3


def test_ledger_has_what_was_asked_for(bridge, mis):
    envelope_id, _ids = mis.full(1)
    bridge.finish()
    line = mis.lines()[0]
    assert (line.transaction_id, line.reference_id, line.payee_fa) == (envelope_id, "PAY-1", "token:1@nid")
    assert (line.amount, line.currency, line.timestamp[:10]) == ("101", "USD", TODAY)


def test_clock_makes_the_steps_by_itself(bridge, mis):
    bridge.play({"bridge": {"step_seconds": 0.01}})
    mis.full(1, 2)
    assert mis.wait_paid(2) == ["PAY-1", "PAY-2"]


@pytest.mark.parametrize("numbers", [(1,), ()])
def test_nothing_is_paid_before_all_that_was_declared_is_there(bridge, mis, numbers):
    envelope_id = mis.opened(2, 203)
    for number in numbers:
        mis.given(item(number, envelope_id))
    bridge.finish()
    assert (mis.paid(), told(mis, envelope_id, *FUNDS)) == ([], ("PENDING_CHECK", 0))


def test_nothing_is_paid_where_the_total_is_not_what_was_declared(bridge, mis):
    envelope_id = mis.opened(2, 500)
    mis.given(item(1, envelope_id), item(2, envelope_id))
    bridge.finish()
    assert mis.paid() == []


def test_nothing_is_paid_on_another_day(bridge, mis):
    mis.full(1, disbursement_schedule_date=day(2))
    for ahead in (0, 1, 3):
        bridge.day(ahead)
        bridge.finish()
        assert mis.paid() == []
    bridge.day(2)
    bridge.finish()
    assert mis.paid() == ["PAY-1"]
    assert mis.lines()[0].timestamp[:10] == day(2)


def test_amended_envelope_is_paid_with_what_is_there(bridge, mis):
    envelope_id = mis.opened(2, 500, disbursement_schedule_date=day(1))
    mis.given(item(1, envelope_id))
    mis.amend(envelope_id, 1, 101, disbursement_schedule_date=day(1))
    bridge.day(1)
    bridge.finish()
    assert mis.paid() == ["PAY-1"]
    assert bridge.state()["violations"] == []


def test_cancelled_envelope_is_not_paid(bridge, mis):
    envelope_id, _ids = mis.full(1)
    bridge.step()
    mis.cancel(envelope_id)
    bridge.finish()
    assert (mis.paid(), told(mis, envelope_id, *FUNDS)) == ([], ("PENDING_CHECK", 0))


@pytest.mark.parametrize(
    ("rules", "names", "word", "error"),
    [
        ({"funds": "not_available"}, FUNDS, "FUNDS_NOT_AVAILABLE", ""),
        ({"funds": "error"}, FUNDS, "ERROR", "BANK_CONNECTION_ERROR"),
        ({"block": "failure"}, BLOCK, "FUNDS_BLOCK_FAILURE", ""),
        ({"block": "error"}, BLOCK, "ERROR", "BANK_CONNECTION_ERROR"),
    ],
)
def test_bank_is_asked_three_times_and_then_never_again(bridge, mis, rules, names, word, error):
    bridge.play({"bridge": {**BY_HAND["bridge"], **rules}})
    envelope_id, _ids = mis.full(1)
    bridge.finish()
    assert told(mis, envelope_id, *names) == (word, 3)
    assert told(mis, envelope_id, names[0].replace("with_bank", "latest_error_code")) == (error,)
    bridge.play(BY_HAND)
    bridge.finish()
    assert mis.paid() == []


def test_funds_that_come_in_time_are_found(bridge, mis):
    bridge.play({"bridge": {**BY_HAND["bridge"], "funds": "not_available"}})
    envelope_id, _ids = mis.full(1)
    bridge.step()
    bridge.step()
    assert told(mis, envelope_id, *FUNDS) == ("FUNDS_NOT_AVAILABLE", 1)
    bridge.play(BY_HAND)
    bridge.finish()
    assert (mis.paid(), told(mis, envelope_id, *FUNDS)) == (["PAY-1"], ("FUNDS_AVAILABLE", 2))


# ---- Outcomes -----------------------------------------------------------------------------------------------
def test_pending_is_paid_after_so_many_questions(bridge, mis):
    outcomes(bridge, {"payees": ["token:1@nid"], "result": "pending", "questions": 2})
    _envelope_id, ids = mis.full(1, 2)
    bridge.finish()
    assert mis.paid() == ["PAY-2"]
    assert [mis.records(ids[0]) for _turn in range(2)] == [([], [])] * 2
    assert mis.paid() == ["PAY-2"]
    assert len(mis.records(ids[0])[0]) == 1
    assert mis.paid() == ["PAY-2", "PAY-1"]


def test_questions_before_the_statement_do_not_count(bridge, mis):
    outcomes(
        bridge, {"result": "pending", "questions": 0, "then": {"result": "reversed", "reversal_questions": 0}}
    )
    _envelope_id, ids = mis.full(1)
    for _turn in range(3):
        assert mis.records(ids[0]) == ([], [])
    bridge.finish()
    assert mis.records(ids[0])[0][0]["reversal_found"] is False
    assert mis.records(ids[0])[0][0]["reversal_found"] is True
    assert mis.paid() == ["PAY-1"]


def test_reversal_is_told_after_the_payment(bridge, mis):
    outcomes(bridge, {"result": "reversed", "code": "NO_SUCH_ACCOUNT", "reversal_questions": 2})
    envelope_id, ids = mis.full(1)
    bridge.finish()
    records = [mis.records(ids[0])[0][0] for _turn in range(4)]
    assert [one["reversal_found"] for one in records] == [False, False, True, True]
    assert (records[0]["reversal_reason"], records[2]["reversal_reason"]) == (None, "NO_SUCH_ACCOUNT")
    assert records[2]["reversal_entry_date"] == f"{TODAY}T00:00:00"
    assert records[0]["remittance_reference_number"] == records[3]["remittance_reference_number"]
    assert told(mis, envelope_id, *COUNTS) == (1, 1, 1)
    assert (bridge.state()["reversed"], mis.paid()) == (["PAY-1"], ["PAY-1"])


def test_reversal_can_come_by_time(bridge, mis):
    outcomes(bridge, {"result": "reversed", "reversal_questions": 1000, "reversal_seconds": 0.0})
    _envelope_id, ids = mis.full(1)
    bridge.finish()
    record = mis.records(ids[0])[0][0]
    assert (record["reversal_found"], record["reversal_reason"]) == (True, "ACCOUNT_CLOSED")


def test_unresolved_is_never_shipped_and_looks_pending(bridge, mis):
    outcomes(bridge, {"payees": ["token:1@nid"], "result": "unresolved"})
    envelope_id, ids = mis.full(1, 2)
    bridge.finish()
    assert (mis.paid(), mis.records(ids[0]), told(mis, envelope_id, *COUNTS)) == (
        ["PAY-2"],
        ([], []),
        (1, 1, 0),
    )
    assert bridge.state()["waiting"] == 1


@pytest.mark.parametrize(
    ("result", "reason", "paid"),
    [
        ("duplicate_line", "DUPLICATE_DISBURSEMENT", ["PAY-1"]),
        ("invalid_reversal", "INVALID_REVERSAL", []),
        ("invalid_id", "INVALID_DISBURSEMENT_ID", []),
    ],
)
def test_statement_that_was_not_expected_makes_an_error_record(bridge, mis, result, reason, paid):
    outcomes(bridge, {"result": result})
    _envelope_id, ids = mis.full(1)
    bridge.finish()
    records, errors = mis.records(ids[0])
    assert ([one["error_reason"] for one in errors], len(records), mis.paid()) == ([reason], len(paid), paid)
    assert errors[0]["disbursement_id"] == ids[0]


def test_statement_tells_of_what_was_never_shipped(bridge, mis):
    envelope_id, ids = mis.full(1, 2, disbursement_schedule_date=day(1))
    bridge.statement()
    assert (len(mis.records(ids[1])[0]), told(mis, envelope_id, *COUNTS)) == (1, (0, 2, 0))
    bridge.day(1)
    bridge.finish()
    assert mis.paid() == ["PAY-1", "PAY-2"]
