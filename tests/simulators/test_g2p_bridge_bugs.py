"""Each bug of the real bridge is in the simulated one, and can be switched off."""

import pytest

from .g2p_bridge.messages import BY_HAND, day, item
from .ledger import paid_twice

pytest_plugins = ("tests.simulators.g2p_bridge.fixtures",)


def received(mis, envelope_id):
    message = mis.ask_envelope(envelope_id).message
    return message["number_of_disbursements_received"], message["total_disbursement_amount_received"]


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
    assert received(mis, envelope_id) == (1, 101)


@pytest.mark.parametrize(
    ("bug", "paid"), [("", ["PAY-1", "PAY-2", "PAY-3"]), ("pays_cancelled", ["PAY-2", "PAY-3"])]
)
def test_cancelled_disbursement_is_paid_when_its_envelope_is_complete(bridge, mis, bug, paid):
    if bug:
        without(bridge, bug)
    envelope_id = mis.opened(2, 205, disbursement_schedule_date=day(1))
    first = mis.given(item(1, envelope_id))
    mis.cancel_disbursements(*first)
    assert received(mis, envelope_id) == (0, 0)
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
    assert mis.ask_envelope(envelope_id).message["number_of_disbursements_shipped"] == len(paid)


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
    assert received(mis, envelope_id) == (2, 20)
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
