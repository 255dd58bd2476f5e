"""The G2P Connect rail's client against the simulated payment system.

What is sent keeps to the official file, and what comes back is read as what really happened.
"""

from dataclasses import replace

import pytest

from odoo.addons.g2p_payment_g2p_connect import const
from odoo.addons.g2p_payment_g2p_connect.client import G2PConnectClient
from odoo.addons.g2p_payment_g2p_connect.settings import Credentials
from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Fault,
    Found,
    NotSeen,
    NotSent,
    Rejected,
    RowResult,
    Unknown,
    Unreadable,
)

from .contract import FOR_EVER, LONG, NO_ANSWER, SHORT, simulator_fixtures
from .g2p_connect_rail import SyncRail
from .simulators.g2p_connect.contract import official
from .simulators.g2p_connect.process import running_simulator

PAID, FAILED, PENDING = RowResult.PAID, RowResult.FAILED, RowResult.PENDING

process, simulator = simulator_fixtures(running_simulator, {})


def test_payments_are_executed_once_and_read_as_paid(simulator):
    rail = SyncRail(simulator)
    outcome = rail.submit()
    assert isinstance(outcome, Accepted)
    assert rail.results(outcome) == [PAID] * 3
    assert rail.executed == [1, 1, 1]
    assert {(str(row.amount), row.currency) for row in outcome.rows} == {("1250.50", "SLE")}
    assert {(line.amount, line.currency) for line in simulator.ledger()[-3:]} == {("1250.50", "SLE")}
    assert isinstance(rail.ask(), Found)
    assert rail.results(rail.ask(rail.references[1])) == [None, PAID, None]


@pytest.mark.parametrize(
    ("amount", "wire"), [("100", "100.00"), ("0.01", "0.01"), ("9999999999999.99", "9999999999999.99")]
)
def test_amounts_arrive_exactly(simulator, amount, wire):
    rail = SyncRail(simulator, count=1, amount=amount)
    assert rail.results(rail.submit()) == [PAID]
    assert simulator.ledger()[-1].amount == wire


def test_five_hundred_payments_in_one_request(simulator):
    rail = SyncRail(simulator, count=500)
    assert set(rail.results(rail.submit())) == {PAID}
    assert set(rail.results(rail.ask())) == {PAID}
    assert rail.executed == [1] * 500


def test_refusals_are_failed_and_not_executed(simulator):
    refused = {"payees": ["1001"], "result": "refused", "code": "rjct.payee_fa.invalid"}
    simulator.play({"outcomes": [refused]})
    rail = SyncRail(simulator)
    outcome = rail.submit()
    assert rail.results(outcome) == [PAID, FAILED, PAID]
    assert outcome.rows[1].code == "rjct.payee_fa.invalid"
    assert "Émile" not in str(outcome)
    assert rail.executed == [1, 0, 1]


@pytest.mark.parametrize("code", ["rjct.reference_id.not_found", "rjct.funds.insufficient", ""])
def test_refusals_of_other_kinds_stay_open_until_they_are_declared(simulator, code):
    refused = {"payees": ["1001"], "result": "refused", "code": code}
    simulator.play({"outcomes": [refused]})
    rail = SyncRail(simulator)
    rail.submit()
    asked = rail.ask()
    assert rail.results(asked) == [PAID, None if "not_found" in code else PENDING, PAID]
    if "not_found" not in code:
        assert asked.rows[1].code == (code or "rjct")
        settings = replace(rail.client._settings, final_refusal_codes=code or "rjct")
        rail.client = G2PConnectClient(settings, rail.client._credentials)
        assert rail.results(rail.ask()) == [PAID, FAILED, PAID]


def test_more_payments_than_a_question_takes_are_asked_about_by_and_by(simulator):
    rail = SyncRail(simulator, count=const.MAX_REFERENCES_PER_QUESTION + 1)
    rail.submit()
    told = set()
    while len(told) < len(rail.references):
        outcome = rail.ask()
        assert len(outcome.rows) == const.MAX_REFERENCES_PER_QUESTION
        told |= {row.reference for row in outcome.rows}
    assert told == set(rail.references)


def test_waiting_payments_are_paid_in_the_end(simulator):
    simulator.play({"outcomes": [{"payees": ["1002"], "result": "pending", "questions": 1}]})
    rail = SyncRail(simulator)
    assert rail.results(rail.submit()) == [PAID, PAID, PENDING]
    assert rail.results(rail.ask()) == [PAID, PAID, PENDING]
    assert rail.results(rail.ask()) == [PAID] * 3
    assert rail.executed == [1, 1, 1]


def test_question_about_what_was_never_sent_is_not_seen(simulator):
    assert isinstance(SyncRail(simulator).ask(), NotSeen)
    simulator.play({"unknown": "refused"})
    assert isinstance(SyncRail(simulator).ask(), NotSeen)


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        *NO_ANSWER,
        ({"play": "other_transaction"}, "other.transaction"),
        ({"play": "status", "status": 408}, "err.request.timeout"),
        ({"play": "status", "status": 409}, "err.request.bad"),
        ({"play": "status", "status": 425}, "err.request.bad"),
        ({"play": "status", "status": 429, "shape": False}, "http.429"),
        ({"play": "status", "status": 401, "shape": False}, "http.401"),
        ({"play": "status", "status": 403, "shape": False}, "http.403"),
        ({"play": "status", "status": 404, "shape": False}, "http.404"),
        ({"play": "status", "status": 400, "code": "err.request.timeout"}, "err.request.timeout"),
        ({"play": "status", "status": 500}, "err.service.unavailable"),
        ({"play": "status", "status": 502, "shape": False}, "http.502"),
        ({"play": "status", "status": 503}, "err.service.unavailable"),
        ({"play": "status", "status": 504, "shape": False}, "http.504"),
        ({"play": "header_rjct", "code": "rjct.message_id.duplicate"}, "rjct.message_id.duplicate"),
    ],
)
def test_uncertain_answer_is_unknown_and_a_question_settles_it(simulator, fault, code, executed):
    simulator.play({"faults": [{"calls": [1], "executed": executed, **fault}]})
    rail = SyncRail(simulator)
    outcome = rail.submit(SHORT if code == "timeout" else LONG)
    assert (type(outcome), outcome.code) == (Unknown, code)
    simulator.release()
    assert rail.executed == [int(executed)] * 3
    found = rail.ask()
    assert isinstance(found, Found if executed else NotSeen)
    if executed:
        assert rail.results(found) == [PAID] * 3


def test_payment_that_comes_after_everybody_gave_up_is_found_later(simulator):
    simulator.play({"faults": [{"calls": [1], "play": "late", "seconds": FOR_EVER}]})
    rail = SyncRail(simulator, count=1)
    assert isinstance(rail.submit(SHORT), Unknown)
    assert isinstance(rail.ask(), NotSeen)
    simulator.release()
    outcomes = (rail.ask() for _turn in range(10_000))
    assert rail.results(next(outcome for outcome in outcomes if isinstance(outcome, Found))) == [PAID]
    assert rail.executed == [1]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_refusal_in_the_own_shape_is_rejected(simulator, status):
    simulator.play({"faults": [{"calls": [1], "play": "status", "status": status}]})
    rail = SyncRail(simulator)
    outcome = rail.submit()
    assert isinstance(outcome, Rejected)
    assert outcome.reason == f"HTTP {status}"
    assert rail.executed == [0, 0, 0]


@pytest.mark.parametrize("reason", official()["components"]["schemas"]["MsgHeaderStatusReasonCode"]["enum"])
def test_refusal_in_the_header_is_rejected_unless_it_is_a_duplicate(simulator, reason):
    simulator.play({"faults": [{"calls": [1], "play": "header_rjct", "code": reason}]})
    outcome = SyncRail(simulator).submit()
    assert type(outcome) is (Unknown if "duplicate" in reason else Rejected)
    assert outcome.code == reason


def test_wrong_token_is_rejected(simulator):
    rail = SyncRail(simulator, token="wrong")
    assert rail.submit() == Rejected(code="err.request.unauthorized", reason="HTTP 401")
    assert isinstance(rail.ask(), Unreadable)


def test_simulator_that_is_gone_was_not_sent_to(tmp_path):
    with running_simulator({}, tmp_path / "ledger.jsonl") as simulator:
        rail = SyncRail(simulator)
        simulator.kill()
        assert rail.submit() == NotSent(code=Fault.NOT_SENT.value)


def test_second_copy_is_told_apart_and_the_first_one_is_asked_about(simulator):
    simulator.play({"faults": [{"calls": [2], "play": "duplicate_reference"}]})
    rail = SyncRail(simulator)
    rail.submit()
    outcome = rail.submit()
    assert rail.results(outcome) == [PENDING] * 3
    assert rail.results(rail.ask()) == [PAID] * 3
    assert rail.executed == [1, 1, 1]


@pytest.mark.parametrize("on", ["submit", "status"])
@pytest.mark.parametrize(
    ("fault", "results"),
    [
        ({"play": "missing_rows"}, [None, PAID, PAID]),
        ({"play": "missing_rows", "rows": 2}, [None, None, PAID]),
        ({"play": "extra_rows", "rows": 5}, [PAID, PAID, PAID]),
        ({"play": "duplicated_rows", "rows": 3}, [PAID, PAID, PAID]),
        ({"play": "reordered_rows"}, [PAID, PAID, PAID]),
        ({"play": "contradictory_rows"}, [PENDING, PAID, PAID]),
        ({"play": "unknown_status"}, [PENDING, PAID, PAID]),
        ({"play": "wrong_amount", "amount": "1,250.50"}, [PENDING, PAID, PAID]),
        ({"play": "wrong_currency", "currency": "Leone"}, [PENDING, PAID, PAID]),
        ({"play": "duplicate_reference", "executed": True}, [PENDING, PENDING, PENDING]),
    ],
)
def test_rows_are_matched_by_reference_and_doubt_leaves_them_open(simulator, fault, results, on):
    simulator.play({"faults": [{"calls": [1], "on": on, **fault}]})
    rail = SyncRail(simulator)
    outcomes = [rail.submit(), rail.ask()]
    spoiled, right = outcomes if on == "submit" else outcomes[::-1]
    assert rail.results(spoiled) == results
    assert rail.results(right) == [PAID] * 3
    assert rail.executed == [1, 1, 1]


@pytest.mark.parametrize("on", ["submit", "status"])
def test_wrong_amount_and_currency_are_told_as_they_are(simulator, on):
    faults = [
        {"calls": [1], "on": on, "play": "wrong_amount"},
        {"calls": [2], "on": on, "play": "wrong_currency"},
    ]
    simulator.play({"faults": faults})
    told = []
    for _turn in faults:
        rail = SyncRail(simulator, count=1)
        outcomes = {"submit": rail.submit(), "status": rail.ask()}
        told += [(str(row.amount), row.currency) for row in outcomes[on].rows]
    assert told == [("1251.50", "SLE"), ("1250.50", "XXX")]


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        ({"play": "timeout", "seconds": FOR_EVER}, SHORT),
        ({"play": "drip_body", "seconds": FOR_EVER}, SHORT),
        ({"play": "reset"}, LONG),
        ({"play": "status", "status": 503}, LONG),
        ({"play": "status", "status": 404}, LONG),
        ({"play": "html"}, LONG),
        ({"play": "truncated"}, LONG),
        ({"play": "other_transaction"}, LONG),
        ({"play": "header_rjct"}, LONG),
    ],
)
def test_question_that_fails_says_nothing(simulator, fault, seconds):
    simulator.play({"faults": [{"calls": [1], "on": "status", **fault}]})
    rail = SyncRail(simulator)
    rail.submit()
    assert isinstance(rail.ask(seconds=seconds), Unreadable)
    simulator.release()
    assert rail.results(rail.ask()) == [PAID] * 3


def test_bare_list_of_rows_is_read(simulator):
    simulator.play({"faults": [{"on": "status", "play": "bare_list"}]})
    rail = SyncRail(simulator)
    rail.submit()
    assert rail.results(rail.ask()) == [PAID] * 3


def test_without_a_token_nothing_is_sent(simulator):
    rail = SyncRail(simulator)
    rail.client = G2PConnectClient(rail.client._settings, Credentials())
    assert isinstance(rail.submit(), NotSent)
    assert simulator.state()["calls"]["submit"] == 0
