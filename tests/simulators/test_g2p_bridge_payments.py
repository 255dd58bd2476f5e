"""The simulated bridge pays on the schedule date, when what came is what was declared, one step at a time."""

import threading

import pytest

from .g2p_bridge.messages import BY_HAND, Caller, day, item
from .ledger import paid_twice, totals

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


# ---- Bugs ---------------------------------------------------------------------------------------------------
def without(bridge, bug):
    bridge.play({**BY_HAND, "bugs": {bug: False}})


def test_same_list_is_taken_and_paid_again_while_there_is_room(bridge, mis):
    envelope_id = mis.opened(2, 202, beneficiaries=1)
    first, second = (mis.given(item(1, envelope_id)) for _turn in range(2))
    assert first != second
    bridge.finish()
    assert (mis.paid(), paid_twice(mis.lines())) == (["PAY-1", "PAY-1"], ["PAY-1"])
    state = bridge.state()
    assert (state["repeated"], state["violations"]) == (
        ["PAY-1"],
        ["a payment was sent again that may be paid"],
    )


def test_same_list_is_answered_again_without_the_bug(bridge, mis):
    without(bridge, "takes_again")
    envelope_id = mis.opened(2, 202)
    first, second = (mis.given(item(1, envelope_id)) for _turn in range(2))
    assert first == second
    assert told(mis, envelope_id, "number_of_disbursements_received") == (1,)


@pytest.mark.parametrize(
    ("bug", "paid"), [("", ["PAY-1", "PAY-2", "PAY-3"]), ("pays_cancelled", ["PAY-2", "PAY-3"])]
)
def test_cancelled_disbursement_is_paid_when_its_envelope_is_complete(bridge, mis, bug, paid):
    if bug:
        without(bridge, bug)
    envelope_id = mis.opened(2, 205, disbursement_schedule_date=day(1))
    first = mis.given(item(1, envelope_id))
    mis.cancel_disbursements(*first)
    assert told(mis, envelope_id, "number_of_disbursements_received") == (0,)
    mis.given(item(2, envelope_id), item(3, envelope_id))
    bridge.day(1)
    bridge.finish()
    assert mis.paid() == paid


def test_envelope_can_be_cancelled_when_the_money_has_gone(bridge, mis):
    envelope_id, ids = mis.full(1)
    bridge.finish()
    assert mis.cancel(envelope_id).said == (200, "succ", "")
    assert len(mis.records(ids[0])[0]) == 1


def test_envelope_whose_money_has_gone_is_not_cancelled_without_the_bug(bridge, mis):
    without(bridge, "cancels_after_payment")
    envelope_id, _ids = mis.full(1)
    bridge.finish()
    assert mis.cancel(envelope_id).said == (200, "rjct", "DISBURSEMENT_ENVELOPE_SCHEDULE_DATE_REACHED")


@pytest.mark.parametrize(
    ("bug", "said"),
    [("", ("succ", "")), ("takes_into_cancelled", ("rjct", "DISBURSEMENT_ENVELOPE_ALREADY_CANCELED"))],
)
def test_cancelled_envelope_takes_disbursements(bridge, mis, bug, said):
    if bug:
        without(bridge, bug)
    envelope_id = mis.opened(1, 101)
    mis.cancel(envelope_id)
    assert mis.disburse(item(1, envelope_id)).said == (200, *said)
    bridge.finish()
    assert mis.paid() == []


@pytest.mark.parametrize(
    ("bug", "paid"), [("", ["PAY-3"]), ("double_person_blocks", ["PAY-1", "PAY-2", "PAY-3"])]
)
def test_request_that_has_one_person_twice_is_never_shipped(bridge, mis, bug, paid):
    if bug:
        without(bridge, bug)
    envelope_id = mis.opened(3, 306, beneficiaries=2)
    mis.given(item(1, envelope_id), item(2, envelope_id, beneficiary_id="token:1@nid"))
    mis.given(item(3, envelope_id))
    bridge.finish()
    assert mis.paid() == paid
    assert told(mis, envelope_id, *COUNTS)[0] == len(paid)


def test_one_person_in_two_requests_is_shipped(bridge, mis):
    envelope_id = mis.opened(2, 203, beneficiaries=1)
    mis.given(item(1, envelope_id))
    mis.given(item(2, envelope_id, beneficiary_id="token:1@nid"))
    assert bridge.finish()["violations"] == []
    assert mis.paid() == ["PAY-1", "PAY-2"]


def test_total_with_a_fraction_cannot_be_paid(bridge, mis):
    envelope_id = mis.opened(1, 21.5)
    row = item(1, envelope_id, disbursement_amount=21.5)
    assert mis.disburse(row).said == (200, "rjct", "TOTAL_DISBURSEMENT_AMOUNT_EXCEEDS_DECLARED")


def test_fractions_are_cut_in_each_request(bridge, mis):
    envelope_id = mis.opened(2, 21)
    for number, amount in ((1, 10.5), (2, 10.5)):
        mis.given(item(number, envelope_id, disbursement_amount=amount))
    assert told(mis, envelope_id, "total_disbursement_amount_received") == (20,)
    bridge.finish()
    assert mis.paid() == []


def test_fractions_are_kept_without_the_bug(bridge, mis):
    without(bridge, "cuts_fractions")
    envelope_id = mis.opened(2, 21.5)
    for number, amount in ((1, 10.25), (2, 11.25)):
        mis.given(item(number, envelope_id, disbursement_amount=amount))
    bridge.finish()
    assert [line.amount for line in mis.lines()] == ["10.25", "11.25"]


def test_missing_currency_is_refused_without_the_bug(bridge, mis):
    assert mis.open(1, 100, disbursement_currency_code=None).status == 500
    without(bridge, "currency_crashes")
    answer = mis.open(1, 100, disbursement_currency_code=None)
    assert answer.said == (200, "rjct", "INVALID_DISBURSEMENT_CURRENCY_CODE")


def test_cancellation_is_told_without_the_bug(bridge, mis):
    envelope_id = mis.opened(1, 100)
    mis.cancel(envelope_id)
    assert "cancellation_status" not in mis.ask_envelope(envelope_id).message
    without(bridge, "hides_cancellation")
    assert mis.ask_envelope(envelope_id).message["cancellation_status"] == "Cancelled"


def test_refusal_has_another_http_status_without_the_bug(bridge, mis):
    without(bridge, "refuses_in_200")
    assert mis.ask_envelope("nope").said == (400, "rjct", "DISBURSEMENT_ENVELOPE_NOT_FOUND")


# ---- Cautions -----------------------------------------------------------------------------------------------
def test_careful_caller_is_never_named(bridge, mis):
    _envelope_id, ids = mis.full(1, 2, 3)
    bridge.finish()
    mis.ask(*ids)
    state = bridge.state()
    assert (state["violations"], state["refusals"], state["repeated"]) == ([], [], [])
    kinds = {kind: times for kind, times in state["calls"].items() if times}
    assert kinds == {"envelope": 1, "disbursements": 1, "status": 1}
    assert totals(mis.lines())["USD"] == (3, 306)


@pytest.mark.parametrize(
    ("send", "text"),
    [
        (lambda mis: mis.opened(1, 10.5), "a fraction was sent"),
        (lambda mis: mis.opened("1", 10), "a number was sent as something else"),
        (lambda mis: mis.opened(1, 10, disbursement_currency_code="dollars"), "a currency is none"),
        (
            lambda mis: mis.opened(1, 10, beneficiaries=2),
            "more beneficiaries were declared than disbursements",
        ),
        (
            lambda mis: mis.open(1, 10, disbursement_schedule_date=day(-1)),
            "a schedule date is past, or is none",
        ),
        (lambda mis: mis.disburse(item(1, mis.opened(1, 5))), "more was sent than was declared"),
        (
            lambda mis: mis.disburse(item(1, mis.opened(1, 101), beneficiary_id="token:False@nid")),
            "an identifier of nobody was sent",
        ),
        (
            lambda mis: mis.disburse(item(1, mis.opened(2, 202), disbursement_amount=0.5)),
            "a fraction was sent",
        ),
        (
            lambda mis: [mis.disburse(*[item(1, each)] * 2) for each in [mis.opened(3, 900)]],
            "one person was sent twice in one request",
        ),
        (lambda mis: mis.ask("False"), "a disbursement was asked about that is none"),
        (lambda mis: mis.ask("1", "1"), "one disbursement was asked about twice in one question"),
        (lambda mis: mis.ask_envelope("False"), "an envelope was meant that is none"),
        (
            lambda mis: mis.amend(mis.full(1, 2, disbursement_schedule_date=day(1))[0], 1, 101),
            "less was declared than was sent",
        ),
        (
            lambda mis: mis.cancel_disbursements(*mis.full(1)[1]),
            "a disbursement was cancelled, which may be paid all the same",
        ),
        (
            lambda mis: mis.full(1, beneficiaries=1, total_disbursement_amount=101.5),
            "the total sent is not what was declared",
        ),
        (
            lambda mis: mis.ask_envelope("1") and mis.send(mis.simulator.status_url, [], message_id=""),
            "is empty",
        ),
        (lambda mis: mis.send(mis.simulator.status_url, [], message_ts="string"), "no moment with a zone"),
        (lambda mis: mis.send(mis.simulator.status_url, [], total_count=7), "total_count is not"),
        (lambda mis: mis.send(mis.simulator.status_url, [], version="2"), "does not speak"),
        (lambda mis: mis.send(mis.simulator.status_url, [], siganature="x"), "that nobody knows"),
    ],
)
def test_careless_caller_is_named(bridge, mis, send, text):
    send(mis)
    assert any(text in found for found in bridge.state()["violations"])


def test_wrong_number_of_beneficiaries_is_named_when_the_envelope_is_complete(bridge, mis):
    envelope_id = mis.opened(2, 203, beneficiaries=1)
    mis.given(item(1, envelope_id))
    assert bridge.state()["violations"] == []
    mis.given(item(2, envelope_id))
    assert bridge.state()["violations"] == ["the beneficiaries sent are not as many as were declared"]


def test_two_requests_of_one_envelope_at_a_time_are_named(bridge, mis):
    one, other = mis.opened(2, 203), mis.opened(1, 103)
    bridge.play({**BY_HAND, "latency": 1.0})
    senders = [
        threading.Thread(target=Caller(bridge).disburse, args=(row,))
        for row in (item(1, one), item(2, one), item(3, other))
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(20)
    assert bridge.state()["violations"] == ["two requests of one envelope were sent at the same time"]
    assert bridge.state()["known"] == 3
