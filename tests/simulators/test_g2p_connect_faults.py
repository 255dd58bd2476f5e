"""The simulated G2P Connect payment system plays the faults of its script."""

import time
import urllib.error

import pytest

from .g2p_connect.contract import DISBURSE, contract, official
from .g2p_connect.messages import (
    Since,
    ask,
    disbursement,
    item,
    post,
    question,
    rows_of,
    submit,
    words,
)

NORMAL_HTTP = {
    "rubbish": lambda status, kind, body: isinstance(body, bytes) and b"\x00" in body,
    "html": lambda status, kind, body: (status, kind) == (200, "text/html"),
    "empty": lambda status, kind, body: (status, body) == (200, b""),
    "truncated": lambda status, kind, body: status == 200 and body.startswith(b'{"header"'),
    "redirect": lambda status, kind, body: status == 404,  # what urllib finds where it is led to
}


@pytest.mark.parametrize("play", NORMAL_HTTP)
@pytest.mark.parametrize("executed", [True, False])
def test_answer_is_replaced_and_executed_is_as_scripted(simulator, play, executed):
    simulator.play({"faults": [{"calls": [1], "play": play, "executed": executed}]})
    since = Since(simulator)
    assert NORMAL_HTTP[play](*post(simulator.payment_url, disbursement(item(1))))
    assert since.references == (["PAY-1"] if executed else [])
    assert bool(rows_of(ask(simulator, "PAY-1"))) is executed


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("shape", [True, False])
def test_http_status_is_as_scripted(simulator, status, shape):
    fault = {"calls": [1], "play": "status", "status": status, "shape": shape, "executed": True}
    simulator.play({"faults": [fault]})
    since = Since(simulator)
    seen, _type, body = post(simulator.payment_url, disbursement(item(1)))
    assert seen == status
    assert (body["errors"][0]["code"].startswith("err.")) if shape else body.startswith(b"<!DOCTYPE")
    assert since.references == ["PAY-1"]


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("after_bytes", [0, 20, 150])
def test_reset_breaks_the_connection(simulator, executed, after_bytes):
    fault = {"calls": [1], "play": "reset", "executed": executed, "after_bytes": after_bytes}
    simulator.play({"faults": [fault]})
    since = Since(simulator)
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        post(simulator.payment_url, disbursement(item(1)))
    assert since.references == (["PAY-1"] if executed else [])
    assert words(submit(simulator, item(2))) == {"PAY-2": "succ"}


@pytest.mark.parametrize("executed", [True, False])
def test_timeout_outlasts_the_caller(simulator, executed):
    simulator.play({"faults": [{"calls": [1], "play": "timeout", "executed": executed, "seconds": 60}]})
    since = Since(simulator)
    with pytest.raises(TimeoutError):
        post(simulator.payment_url, disbursement(item(1)), timeout=0.5)
    assert since.references == (["PAY-1"] if executed else [])
    simulator.release()


def test_late_execution_comes_after_the_caller_has_gone(simulator):
    simulator.play({"faults": [{"calls": [1], "play": "late", "seconds": 60}]})
    since = Since(simulator)
    with pytest.raises(TimeoutError):
        post(simulator.payment_url, disbursement(item(1)), timeout=0.5)
    assert rows_of(ask(simulator, "PAY-1")) == []
    assert since.references == []
    simulator.release()
    ends = time.monotonic() + 30
    while not since.references and time.monotonic() < ends:
        time.sleep(0.01)
    assert since.references == ["PAY-1"]


@pytest.mark.parametrize("play", ["drip_header", "drip_body"])
def test_dripping_answer_is_whole_in_the_end(simulator, play):
    simulator.play({"faults": [{"calls": [1], "play": play, "seconds": 0.3, "interval": 0.01}]})
    assert words(submit(simulator, item(1))) == {"PAY-1": "succ"}


def test_huge_answer_has_the_scripted_size(simulator):
    simulator.play({"faults": [{"calls": [1], "play": "huge", "size": 3_000_000}]})
    assert words(submit(simulator, item(1))) == {"PAY-1": "succ"}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"play": "missing_rows"}, [("PAY-2", "succ", "10.50", "SLL")]),
        (
            {"play": "extra_rows"},
            [("UNHEARD-OF-1", "succ", "1.00", "XXX"), ("PAY-1", "succ", "10.50", "SLL")]
            + [("PAY-2", "succ", "10.50", "SLL")],
        ),
        (
            {"play": "duplicated_rows"},
            [("PAY-1", "succ", "10.50", "SLL"), ("PAY-2", "succ", "10.50", "SLL")]
            + [("PAY-1", "succ", "10.50", "SLL")],
        ),
        (
            {"play": "contradictory_rows"},
            [("PAY-1", "succ", "10.50", "SLL"), ("PAY-2", "succ", "10.50", "SLL")]
            + [("PAY-1", "rjct", "10.50", "SLL")],
        ),
        (
            {"play": "reordered_rows"},
            [("PAY-2", "succ", "10.50", "SLL"), ("PAY-1", "succ", "10.50", "SLL")],
        ),
        (
            {"play": "wrong_amount"},
            [("PAY-1", "succ", "11.50", "SLL"), ("PAY-2", "succ", "10.50", "SLL")],
        ),
        (
            {"play": "wrong_currency", "rows": 2},
            [("PAY-1", "succ", "10.50", "XXX"), ("PAY-2", "succ", "10.50", "XXX")],
        ),
        (
            {"play": "unknown_status", "code": "fail"},
            [("PAY-1", "fail", "10.50", "SLL"), ("PAY-2", "succ", "10.50", "SLL")],
        ),
    ],
)
@pytest.mark.parametrize("on", ["submit", "status"])
def test_rows_are_spoiled_and_the_payments_are_right(simulator, fault, expected, on):
    simulator.play({"faults": [{"calls": [1], "on": on, **fault}]})
    since = Since(simulator)
    answers = [submit(simulator, item(1), item(2)), ask(simulator, "PAY-1", "PAY-2")]
    spoiled, right = answers if on == "submit" else answers[::-1]
    names = ("reference_id", "status", "amount", "currency_code")
    assert [tuple(row[name] for name in names) for row in rows_of(spoiled)] == expected
    assert words(right) == {"PAY-1": "succ", "PAY-2": "succ"}
    assert since.references == ["PAY-1", "PAY-2"]
    assert {payment.amount for payment in simulator.ledger()[-2:]} == {"10.50"}


@pytest.mark.parametrize(
    "reason",
    official()["components"]["schemas"]["MsgHeaderStatusReasonCode"]["enum"],
)
def test_header_refuses_with_each_reason(simulator, reason):
    simulator.play({"faults": [{"calls": [1], "play": "header_rjct", "code": reason}]})
    since = Since(simulator)
    answer = submit(simulator, item(1))
    assert (answer["header"]["status"], answer["header"]["status_reason_code"]) == ("rjct", reason)
    assert not contract().answer_error(DISBURSE, answer)
    assert since.references == []


def test_duplicate_reference_says_that_an_earlier_one_exists(simulator):
    simulator.play({"faults": [{"calls": [2], "play": "duplicate_reference"}]})
    since = Since(simulator)
    submit(simulator, item(1))
    rows = rows_of(submit(simulator, item(1)))
    assert (rows[0]["status"], rows[0]["status_reason_code"]) == ("rjct", "rjct.reference_id.duplicate")
    assert since.references == ["PAY-1"]


def test_answer_for_another_transaction(simulator):
    simulator.play({"faults": [{"calls": [1], "play": "other_transaction"}]})
    assert submit(simulator, item(1))["message"]["transaction_id"].startswith("OTHER-")


def test_status_rows_as_a_bare_list(simulator):
    simulator.play({"faults": [{"on": "status", "play": "bare_list"}]})
    submit(simulator, item(1))
    told = ask(simulator, "PAY-1")["message"]["txnstatus_response"]["txn_status"]
    assert [row["reference_id"] for row in told] == ["PAY-1"]


def test_question_can_fail_while_the_payment_stands(simulator):
    simulator.play({"faults": [{"on": "status", "calls": [1, 2], "play": "status", "status": 503}]})
    submit(simulator, item(1))
    seen = [post(simulator.status_url, question("PAY-1"))[0] for _turn in range(3)]
    assert seen == [503, 503, 200]
