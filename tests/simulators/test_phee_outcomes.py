"""The simulated Payment Hub EE: who pays, who is looked up, and what becomes of payments by the script."""

import json

import pytest

from .ledger import paid_twice
from .phee.knobs import SUFFIX_RULES
from .phee.messages import Caller, by_phone, no_rows, row
from .phee.process import running_simulator
from .phee.profiles import BASE_COLUMNS, COLUMNS

pytest_plugins = ("tests.simulators.phee.fixtures",)


# Who pays, who is looked up


ACCOUNT = {"institution": "Welfare", "program": "Grant", "identifier": "123456789"}
PAIR = {"X-Registering-Institution-ID": "Welfare", "X-Program-ID": "Grant"}


@pytest.mark.parametrize(
    ("headers", "payer"),
    [
        (PAIR, ("123456789", "ACCOUNT")),
        ({**PAIR, "X-Program-ID": "Other"}, ("900100007781", "accountNumber")),
        ({}, ("900100007781", "accountNumber")),
    ],
)
def test_budget_account_overwrites_the_payer_of_every_row(hub, caller, headers, payer):
    hub.play({"hub": {"budget_accounts": [ACCOUNT]}})
    answer = caller.send(row(0), headers=headers)
    one = caller.details(answer.batch_id)[0]
    assert (one["payerPartyId"], one["payerPartyIdType"]) == payer


def test_payer_may_be_blank(hub, caller):
    answer = caller.send(row(0, payer_identifier="", payer_identifier_type=""))
    assert caller.details(answer.batch_id)[0]["payerPartyId"] is None
    assert hub.state()["violations"] == []


def test_account_lookup_without_institution_ends_the_workflow(hub, caller):
    hub.play({"hub": {"account_lookup_tenants": ["gorilla"]}})
    assert no_rows(caller, caller.send(row(0)).batch_id)
    assert caller.paid() == []


def test_account_lookup_drops_who_is_not_registered(hub, caller):
    known = row(0)["payee_identifier"]
    hub.play({"hub": {"account_lookup_tenants": ["gorilla"], "registered_payees": [known]}})
    answer = caller.send(row(0), row(1), headers=PAIR)
    assert caller.statuses(answer.batch_id) == {"PAY-0": "COMPLETED"}
    assert caller.paid() == ["PAY-0"]
    assert caller.summary(answer.batch_id)["registeringInstitutionId"] == "Welfare"


def test_dead_engine_accepts_and_nothing_ever_comes(hub, caller):
    hub.play({"hub": {"dead_engine": True}})
    answer = caller.send(row(0))
    assert answer.status == 202
    assert caller.ops(f"/batch/{answer.batch_id}").status == 404
    assert caller.paid() == []


# Outcomes of the script


def test_usual_rules_by_the_last_digit(hub, caller):
    hub.play({"outcomes": SUFFIX_RULES, "hub": {"sub_batch_size": 0}})
    rows = [row(n, payee_identifier=f"50000000{n}{end}") for n, end in enumerate("98761")]
    answer = caller.send(*rows)
    for _question in range(3):
        told = caller.summary(answer.batch_id)
    assert caller.statuses(answer.batch_id) == {
        "PAY-0": "FAILED",
        "PAY-1": "EXCEPTION",
        "PAY-2": "IN_PROGRESS",
        "PAY-4": "COMPLETED",
    }
    assert [told[name] for name in ("total", "ongoing", "failed", "successful")] == [4, 1, 1, 1]
    assert caller.paid() == ["PAY-3", "PAY-4"]


@pytest.mark.parametrize(
    ("make", "code", "expected"),
    [
        (row, "", "FAILED"),
        (row, "No such account", "No such account"),
        (row, "PayeeNotFound", "PayeeNotFound"),
        (by_phone, "", "PayeeNotFound"),
        (by_phone, "InsufficientFunds", "InsufficientFunds"),
    ],
)
def test_reason_is_a_text_or_an_error_of_the_hub(hub, caller, make, code, expected):
    hub.play({"outcomes": [{"result": "refused", "code": code}]})
    answer = caller.send(make(0))
    told = caller.details(answer.batch_id)[0]["errorInformation"]
    if told.startswith("{"):
        error = json.loads(told)
        assert set(error) == {
            "errorCategory",
            "errorCode",
            "errorDescription",
            "developerMessage",
            "defaultUserMessage",
        }
        told = error["errorCode"]
    assert told == expected
    assert caller.paid() == []


def test_reason_may_be_escaped_twice(hub, caller):
    hub.play({"outcomes": [{"result": "refused"}], "hub": {"escaped_errors": True}})
    told = caller.details(caller.send(by_phone(0)).batch_id)[0]["errorInformation"]
    assert json.loads(json.loads(told))["errorCode"] == "PayeeNotFound"


def test_waiting_payment_is_made_after_so_many_questions(hub, caller):
    hub.play({"outcomes": [{"payees": [row(0)["payee_identifier"]], "result": "pending", "questions": 2}]})
    batch_id = caller.send(row(0), row(1)).batch_id
    seen = []
    for _turn in range(4):
        told = caller.summary(batch_id)
        assert caller.statuses(batch_id)["PAY-1"] == "COMPLETED"
        seen.append((told["ongoing"], caller.statuses(batch_id)["PAY-0"], "PAY-0" in caller.paid()))
    waiting, done = (1, "IN_PROGRESS", False), (0, "COMPLETED", True)
    assert seen == [waiting, waiting, done, done]
    assert caller.paid() == ["PAY-1", "PAY-0"]


def test_waiting_payment_may_fail(hub, caller):
    outcome = {"result": "pending", "questions": 0, "then": {"result": "refused", "code": "FAILED"}}
    hub.play({"outcomes": [outcome]})
    batch_id = caller.send(row(0)).batch_id
    assert caller.statuses(batch_id) == {"PAY-0": "IN_PROGRESS"}
    caller.summary(batch_id)
    assert caller.statuses(batch_id) == {"PAY-0": "FAILED"}
    assert caller.paid() == []


def test_row_may_come_late(hub, caller):
    hub.play({"outcomes": [{"reference": "-0$", "hidden": 2}]})
    batch_id = caller.send(row(0), row(1)).batch_id
    seen = []
    for _turn in range(3):
        caller.summary(batch_id)
        seen.append(sorted(caller.statuses(batch_id)))
    assert seen == [["PAY-1"], ["PAY-1"], ["PAY-0", "PAY-1"]]
    assert caller.paid() == ["PAY-0", "PAY-1"]


# The process


def test_payments_survive_a_kill_and_are_known_by_their_batch(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with running_simulator({}, path) as first:
        answer = Caller(first).send(*(row(number) for number in range(30)))
        first.kill()
        assert len(first.ledger()) == 30
    with running_simulator({}, path) as second:
        assert second.keys == first.keys
        caller = Caller(second)
        assert caller.summary(answer.batch_id)["successful"] == 30
        caller.send(row(7))
        assert paid_twice(second.ledger()) == ["PAY-7"]


def test_fifteen_columns_are_in_the_hub_s_order():
    assert COLUMNS[: len(BASE_COLUMNS)] == BASE_COLUMNS
    assert len(COLUMNS) == 15
