"""The simulated G2P Connect payment system pays, refuses and keeps waiting as its script says."""

import pytest

from .g2p_connect.contract import DISBURSE, TXN_STATUS, contract
from .g2p_connect.messages import (
    Since,
    ask,
    item,
    post,
    question,
    rows_of,
    submit,
    words,
)
from .ledger import paid_twice


def test_payment_is_executed_and_answered_by_the_contract(simulator):
    since = Since(simulator)
    answer = submit(simulator, item(1), item(2))
    assert words(answer) == {"PAY-1": "succ", "PAY-2": "succ"}
    assert not contract().answer_error(DISBURSE, answer)
    assert since.references == ["PAY-1", "PAY-2"]
    last = simulator.ledger()[-1]
    assert (last.transaction_id, last.payee_fa) == ("BATCH-1", "account:1002@bank-a")
    assert (last.amount, last.currency) == ("10.50", "SLL")


def test_same_transaction_twice_is_executed_twice(simulator):
    since = Since(simulator)
    submit(simulator, item(1))
    submit(simulator, item(1))
    assert since.references == ["PAY-1", "PAY-1"]
    assert "PAY-1" in paid_twice(simulator.ledger())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payee_fa": "account:1@"}, "rjct.payee_fa.invalid"),
        ({"payee_fa": "23276000111"}, "rjct.payee_fa.invalid"),
        ({"payer_fa": ""}, "rjct.payer_fa.invalid"),
        ({"amount": "0.00"}, "rjct.amount.invalid"),
        ({"currency_code": "XXX"}, "rjct.currency_code.invalid"),
        ({"reference_id": " "}, "rjct.reference_id.invalid"),
        ({"scheduled_timestamp": "2030-01-01T00:00:00Z"}, "rjct.schedule_ts.invalid"),
    ],
)
def test_payment_that_cannot_be_made_is_refused_alone(simulator, changes, reason):
    simulator.play({"currencies": ["SLL"]})
    since = Since(simulator)
    rows = rows_of(submit(simulator, item(1, **changes), item(2)))
    assert (rows[0]["status"], rows[0]["status_reason_code"]) == ("rjct", reason)
    assert since.references == ["PAY-2"]


def test_scripted_accounts_are_refused(simulator):
    code = "rjct.payee_fa.invalid"
    simulator.play(
        {
            "outcomes": [
                {"payees": ["1001", "account:1002@bank-a"], "result": "refused", "code": code},
                {"payee_suffixes": ["77"], "result": "refused", "code": code},
                {"reference": "-5$", "result": "refused", "code": "rjct.payment.failed"},
            ]
        }
    )
    since = Since(simulator)
    answer = submit(simulator, item(1), item(2), item(3), item(4, account=123477), item(5))
    assert words(answer) == {
        "PAY-1": "rjct",
        "PAY-2": "rjct",
        "PAY-3": "succ",
        "PAY-4": "rjct",
        "PAY-5": "rjct",
    }
    assert since.references == ["PAY-3"]
    assert words(ask(simulator, "PAY-1", "PAY-3")) == {"PAY-1": "rjct", "PAY-3": "succ"}


def test_pending_payment_is_executed_after_so_many_questions(simulator):
    simulator.play({"outcomes": [{"payees": ["1001"], "result": "pending", "questions": 2}]})
    since = Since(simulator)
    seen = [words(submit(simulator, item(1)))["PAY-1"]]
    for _turn in range(2):
        seen.append(words(ask(simulator, "PAY-1"))["PAY-1"])
        assert since.references == []
    seen += [words(ask(simulator, "PAY-1"))["PAY-1"] for _turn in range(2)]
    assert seen == ["pdng", "pdng", "pdng", "succ", "succ"]
    assert since.references == ["PAY-1"]


def test_pending_payment_may_end_refused(simulator):
    then = {"result": "refused", "code": "rjct.payee_fa.invalid"}
    simulator.play(
        {"outcomes": [{"result": "pending", "status": "rcvd", "questions": 0, "then": then}]},
    )
    since = Since(simulator)
    assert words(submit(simulator, item(1))) == {"PAY-1": "rcvd"}
    assert words(ask(simulator, "PAY-1")) == {"PAY-1": "rjct"}
    assert since.references == []


def test_question_is_answered_by_the_contract(simulator):
    submit(simulator, item(1), item(2))
    answer = ask(simulator, "PAY-2", "PAY-1", "PAY-9")
    assert not contract().answer_error(TXN_STATUS, answer)
    assert [row["reference_id"] for row in rows_of(answer)] == ["PAY-2", "PAY-1"]


def test_question_in_another_transaction_finds_nothing(simulator):
    submit(simulator, item(1))
    assert rows_of(ask(simulator, "PAY-1", transaction="BATCH-2")) == []


def test_question_by_transaction_and_by_correlation(simulator):
    submit(simulator, item(1), item(2))
    body = question()
    asked = body["message"]["txnstatus_request"]
    asked.update(attribute_type="transaction_id", attribute_value="BATCH-1")
    answer = post(simulator.status_url, body)[2]
    assert set(words(answer)) == {"PAY-1", "PAY-2"}
    asked.update(attribute_type="correlation_id", attribute_value=answer["message"]["correlation_id"])
    assert set(words(post(simulator.status_url, body)[2])) == {"PAY-1", "PAY-2"}
    asked.update(attribute_value=["PAY-1"])
    assert post(simulator.status_url, body)[0] == 400


def test_unknown_reference_can_be_answered_by_a_refusal(simulator):
    simulator.play({"unknown": "refused"})
    assert rows_of(ask(simulator, "PAY-1"))[0]["status_reason_code"] == "rjct.reference_id.invalid"


def test_question_with_a_wrong_count_is_refused(simulator):
    body = question("PAY-1", "PAY-2")
    body["header"]["total_count"] = 2
    answer = post(simulator.status_url, body)[2]
    assert answer["header"]["status_reason_code"] == "rjct.total_count.invalid"
