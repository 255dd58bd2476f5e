"""The client of the bridge against the simulated bridge, which were made from the same contract without each other.

What is sent is taken and what is taken is paid, once; what statements tell is read as what really happened. What fails
is in test_g2p_bridge_contract_refusals.py, rows that do not fit in test_g2p_bridge_contract_rows.py.
"""

from dataclasses import replace

import pytest

from odoo.addons.g2p_payment_g2p_connect.bridge import check, const, cut
from odoo.addons.g2p_programs.dispatch.access import AUTH_BEARER, AccessSecrets, AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Fault,
    Found,
    NeverHad,
    NotSent,
    Rejected,
    RowResult,
    Unknown,
)
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .contract import LONG, simulator_fixtures
from .g2p_bridge_rail import SILENT, BridgeRail, attentions, play
from .simulators.g2p_bridge.messages import BY_HAND, Caller
from .simulators.g2p_bridge.process import running_simulator

PAID, PENDING, REVERSED = RowResult.PAID, RowResult.PENDING, RowResult.REVERSED

process, simulator = simulator_fixtures(running_simulator, BY_HAND)


# ---- the whole way ----------------------------------------------------------------------------------------------
def test_envelope_is_filled_and_paid_once(simulator):
    rail = BridgeRail(simulator)
    _envelope, opened = rail.open()
    assert isinstance(opened, Accepted)
    request, outcome = rail.send()
    assert rail.results(outcome) == [PENDING] * 3
    assert len(set(request.external_references.values())) == 3
    assert rail.results(rail.ask(request)) == [PENDING] * 3, "a bank has said nothing yet"
    simulator.finish()
    told = rail.ask(request)
    assert rail.results(told) == [PAID] * 3
    assert {row.amount for row in told.rows} == {None}, "the bridge tells no amounts"
    assert all(row.when and row.details["remittance_statement_id"] for row in told.rows)
    assert rail.executed == [1, 1, 1]
    assert {(line.amount, line.currency) for line in simulator.ledger()[-3:]} == {("100", "USD")}
    assert {line.payee_fa for line in simulator.ledger()[-3:]} == {f"token:100{n}@nid" for n in range(3)}


@pytest.mark.parametrize(
    ("amount", "wire"), [("1", "1"), ("7.00", "7"), (f"{2**31 - 1}.000", str(2**31 - 1))]
)
def test_whole_amounts_arrive_exactly(simulator, amount, wire):
    rail = BridgeRail(simulator, count=1, amount=amount)
    assert rail.results(rail.ask(rail.paid())) == [PAID]
    assert simulator.ledger()[-1].amount == wire


def test_requests_of_a_large_envelope_are_taken_in_turn_and_asked_about_by_and_by(simulator):
    rail = BridgeRail(simulator, count=const.MAX_DISBURSEMENTS_PER_REQUEST + 5, amount="1.00")
    rail.open()
    by_id = {one.id: one for one in rail.payments}
    plan = cut.plan(rail.payments, rail.settings)
    assert [len(ids) for ids in plan] == [const.MAX_DISBURSEMENTS_PER_REQUEST, 5]
    requests, sent = [], []
    for ids in plan:
        rail.expect(sent)
        requests.append(rail.send([by_id[id_] for id_ in ids]))
        sent += [by_id[id_] for id_ in ids]
    assert all(isinstance(outcome, Accepted) for _request, outcome in requests)
    simulator.finish()
    told = [rail.ask(request) for request, _outcome in requests]
    assert [len(outcome.rows) for outcome in told] == [const.MAX_DISBURSEMENTS_PER_REQUEST, 5]
    assert {row.result for outcome in told for row in outcome.rows} == {PAID}
    assert set(rail.executed) == {1}


def test_some_of_a_request_can_be_asked_about(simulator):
    rail = BridgeRail(simulator)
    request = rail.paid()
    assert rail.results(rail.ask(request, rail.references[1])) == [None, PAID, None]


def test_one_person_twice_is_in_two_requests(simulator):
    rail = BridgeRail(simulator, count=3, payee_id_value="7")
    plan = cut.plan(rail.payments, rail.settings)
    assert plan == [(0,), (1,), (2,)]
    envelope, _outcome = rail.open()
    for (number,) in plan:
        rail.expect(rail.payments[:number])
        _request, outcome = rail.send([rail.payments[number]])
        assert isinstance(outcome, Accepted)
    simulator.finish()
    assert rail.executed == [1, 1, 1]
    assert isinstance(rail.ask(envelope), Found)


def test_envelope_tells_how_far_it_has_come(simulator):
    rail = BridgeRail(simulator)
    envelope, _outcome = rail.open()
    for words, do in (
        (("received=0", "shipped=0"), rail.send),
        (("received=3", "amount=300", "funds=PENDING_CHECK"), simulator.finish),
        (("blocked=FUNDS_BLOCK_SUCCESS", "shipped=3", "reconciled=3"), lambda: None),
    ):
        found = rail.ask(envelope)
        assert isinstance(found, Found) and not found.attention
        assert all(word in found.reason for word in words), found.reason
        do()


# ---- what an envelope holds before a request ----------------------------------------------------------------------
def test_envelope_is_looked_into_once_before_each_request(simulator):
    rail = BridgeRail(simulator)
    rail.open()
    assert (rail.calls("envelope_status"), rail.calls("disbursements")) == (0, 0)
    for number in range(3):
        rail.expect(rail.payments[:number])
        rail.send([rail.payments[number]])
        assert (rail.calls("envelope_status"), rail.calls("disbursements")) == (number + 1, number + 1)


@pytest.mark.parametrize(
    ("before", "perhaps", "is_sent"),
    [
        (slice(0, 2), slice(0, 0), True),
        (slice(0, 1), slice(1, 2), True),
        (slice(0, 0), slice(0, 2), True),
        (slice(0, 2), slice(2, 3), True),
        (slice(0, 0), slice(0, 3), True),
        (slice(0, 0), slice(0, 0), False),
        (slice(0, 1), slice(0, 0), False),
        (slice(0, 0), slice(0, 1), False),
        (slice(0, 3), slice(0, 0), False),
        (slice(0, 3), slice(3, 4), False),
    ],
)
def test_request_goes_only_into_an_envelope_that_holds_what_it_should(simulator, before, perhaps, is_sent):
    rail = BridgeRail(simulator, count=4)
    rail.open()
    rail.send(rail.payments[:2])
    rail.expect(rail.payments[before], rail.payments[perhaps])
    _request, outcome = rail.send(rail.payments[2:])
    assert rail.calls("disbursements") == 1 + is_sent
    simulator.finish()
    if is_sent:
        assert isinstance(outcome, Accepted)
        assert rail.executed == [1, 1, 1, 1]
        return
    count = len(rail.payments[before])
    assert (type(outcome), outcome.code, outcome.attention) == (
        NotSent,
        const.COUNTS_DIFFER,
        const.COUNTS_DIFFER,
    )
    assert outcome.reason.startswith("received=2 amount=200 ")
    assert outcome.reason.endswith(f" expected={count} amount={100 * count}")
    assert rail.executed == [0, 0, 0, 0], "an envelope that is not complete pays nobody"


def test_nothing_is_put_into_an_envelope_of_which_something_was_cancelled(process):
    play(process)
    rail = BridgeRail(process, days=1)
    rail.open()
    request, _outcome = rail.send(rail.payments[:2])
    cancelled = Caller(process).cancel_disbursements(request.external_references[rail.references[0]])
    assert cancelled.body["header"]["status"] == "succ"
    rail.expect(rail.payments[:2])
    _request, outcome = rail.send(rail.payments[2:])
    assert (type(outcome), outcome.code) == (NotSent, const.COUNTS_DIFFER)
    assert outcome.reason.startswith("received=1 amount=100 ")
    assert outcome.reason.endswith(" expected=2 amount=200")
    assert rail.calls("disbursements") == 1
    assert process.state()["violations"] == ["a disbursement was cancelled, which may be paid all the same"]
    process.reset()


# ---- what statements tell ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("outcome", "result", "code", "attention"),
    [
        ({"result": "unresolved"}, PENDING, "", ""),
        ({"result": "pending", "questions": 9}, PENDING, "", ""),
        (
            {"result": "reversed", "code": "ACCOUNT_CLOSED", "reversal_questions": 0},
            *(REVERSED, "ACCOUNT_CLOSED", ""),
        ),
        ({"result": "duplicate_line"}, PAID, *["bank.duplicate_disbursement"] * 2),
        ({"result": "invalid_reversal"}, PENDING, *["bank.invalid_reversal"] * 2),
        ({"result": "invalid_id"}, PENDING, *["bank.invalid_disbursement_id"] * 2),
    ],
)
def test_what_a_bank_tells_is_read_as_what_happened(simulator, outcome, result, code, attention):
    play(simulator, outcomes=[{"payees": ["1001"], **outcome}])
    rail = BridgeRail(simulator)
    told = rail.ask(rail.paid())
    assert rail.results(told) == [PAID, result, PAID]
    assert rail.codes(told)[1] == code
    assert attentions(told) == ({attention} if attention else set())
    assert "Émile" not in str(told)


def test_money_that_comes_back_later_was_paid_before(simulator):
    play(simulator, outcomes=[{"payees": ["1001"], "result": "reversed", "code": "ACCOUNT_CLOSED"}])
    rail = BridgeRail(simulator)
    request = rail.paid()
    assert rail.results(rail.ask(request)) == [PAID] * 3
    told = rail.ask(request)
    assert rail.results(told) == [PAID, REVERSED, PAID]
    assert told.rows[1].paid_before and told.rows[1].details["reversal_reason"] == "ACCOUNT_CLOSED"


@pytest.mark.parametrize(
    ("bridge", "attention"),
    [
        ({"funds": "not_available"}, "funds.not_available"),
        ({"funds": "error"}, "funds.error"),
        ({"block": "failure"}, "funds.not_blocked"),
        ({"block": "error"}, "funds.error"),
    ],
)
def test_trouble_with_money_is_called_to_attention(simulator, bridge, attention):
    play(simulator, **bridge)
    rail = BridgeRail(simulator)
    envelope, _outcome = rail.open()
    rail.send()
    simulator.finish()
    assert rail.ask(envelope).attention == attention
    assert rail.executed == [0, 0, 0]


def test_day_that_is_over_without_everybody_is_called_to_attention(simulator):
    play(simulator, outcomes=[{"payees": ["1001"], "result": "unresolved"}])
    rail = BridgeRail(simulator)
    envelope, _outcome = rail.open()
    rail.send()
    simulator.finish()
    simulator.day(1)
    assert rail.ask(envelope).attention == "", "whose clock ends the day is not told"
    simulator.day(2)
    assert rail.ask(envelope).attention == "shipment.incomplete"


# ---- amendment and cancellation ---------------------------------------------------------------------------------
def test_amended_envelope_pays_what_is_in_it(simulator):
    rail = BridgeRail(simulator, days=1)
    rail.open()
    rail.send(rail.payments[:2])
    simulator.day(1)
    simulator.finish()
    assert rail.executed == [0, 0, 0], "it waits for the third"
    simulator.day(0)
    amendment = rail.amend(rail.payments[:2])
    for _twice in range(2):
        assert rail.submit(amendment) == Accepted()
    simulator.day(1)
    simulator.finish()
    assert rail.executed == [1, 1, 0]


def test_amendment_on_the_day_itself_is_refused_and_called_to_attention(simulator):
    rail = BridgeRail(simulator)
    rail.open()
    rail.send(rail.payments[:2])
    outcome = rail.submit(rail.amend(rail.payments[:2]))
    assert outcome == Rejected(code="DISBURSEMENT_ENVELOPE_DATE_PASSED", attention="amendment.refused")


def test_cancelled_envelope_pays_nobody_and_cancelling_it_twice_is_as_good(simulator):
    rail = BridgeRail(simulator)
    rail.sent()
    cancellation = rail.make(const.CANCELLATION)
    assert rail.submit(cancellation) == Accepted()
    assert rail.submit(cancellation) == Accepted(code=const.ALREADY_CANCELED)
    simulator.finish()
    assert rail.executed == [0, 0, 0]


@pytest.mark.parametrize("on", ["amend", "cancel"])
@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize(
    ("fault", "code"), [SILENT[3], SILENT[9], *SILENT[-2:], ({"play": "other_transaction"}, "other.envelope")]
)
def test_what_changes_no_money_may_be_said_again(simulator, fault, code, executed, on):
    play(simulator, {"on": on, "calls": [1], "executed": executed, **fault})
    rail = BridgeRail(simulator, days=1)
    rail.open()
    rail.send(rail.payments[:2])
    step = rail.amend(rail.payments[:2]) if on == "amend" else rail.make(const.CANCELLATION)
    outcome = rail.submit(step)
    assert (type(outcome), outcome.code) == (Unknown, code)
    assert rail.ask(step) == NeverHad(code=const.ENVELOPE_NOT_FOUND)
    assert isinstance(rail.submit(step), Accepted)


# ---- who asks ---------------------------------------------------------------------------------------------------
def test_gateway_that_wants_a_token_gets_it_and_without_it_nothing_is_certain(simulator):
    play(simulator, token="right")
    rail = BridgeRail(simulator)
    assert rail.open()[1] == Unknown(code="http.401", reason="HTTP 401")
    rail.settings = replace(rail.settings, access=AccessSettings(AUTH_BEARER))
    envelope = rail.make(const.ENVELOPE, rail.payments)
    assert isinstance(rail.submit(envelope, access=AccessSecrets(bearer_token="wrong")), Unknown)
    assert isinstance(rail.submit(envelope, access=AccessSecrets(bearer_token="right")), Accepted)
    assert isinstance(rail.submit(envelope, access=AccessSecrets()), NotSent)


def test_bridge_that_is_gone_was_not_sent_to(tmp_path):
    with running_simulator(BY_HAND, tmp_path / "ledger.jsonl") as simulator:
        rail = BridgeRail(simulator)
        simulator.kill()
        assert rail.open()[1] == NotSent(code=Fault.NOT_SENT.value)


def test_connection_is_in_order_without_an_envelope(simulator):
    rail = BridgeRail(simulator)
    looked_at = check.check_connection(rail.client(), rail.settings, Transport(LONG), "no-such-envelope")
    assert [one.code for one in looked_at if one.code] == []
    assert simulator.state()["envelopes"] == []
