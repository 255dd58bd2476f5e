"""The simulated bridge names what a careful caller would not have sent."""

import threading

import pytest

from .g2p_bridge.messages import BY_HAND, Caller, day, item
from .ledger import totals

pytest_plugins = ("tests.simulators.g2p_bridge.fixtures",)


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


def test_payment_of_a_cancelled_envelope_may_be_sent_again(bridge, mis):
    envelope_id, _ids = mis.full(1)
    mis.cancel(envelope_id)
    mis.full(1)
    assert (bridge.finish()["violations"], mis.paid()) == ([], ["PAY-1"])


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
