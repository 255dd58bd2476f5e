"""The simulated layer and adapter play the faults of their script, and understand nothing that they do not play."""

import time
import urllib.error
from http.client import HTTPException

import pytest

from .interop.knobs import ONLY_ON, ROW_PLAYS, SchemeFault, SchemeScript
from .interop.messages import disbursement, payee, state_of, transfer, until, words
from .script import PLAYS, ScriptError

pytest_plugins = ("tests.simulators.interop.fixtures",)


def play(dfsp, *faults, outcomes=()):
    dfsp.simulator.play({"faults": [{"calls": [1], **fault} for fault in faults], "outcomes": list(outcomes)})


@pytest.mark.parametrize(
    "script",
    [
        {"scheme": {"coerce": True}},
        {"scheme": {"coerces": "yes"}},
        {"scheme": {"running_get": "404"}},
        {"scheme": {"modified": "refused"}},
        {"scheme": {"auth": "magic"}},
        {"scheme": {"receive_fee": "much"}},
        {"scheme": {"send_fee": "-1"}},
        {"scheme": {"parties": [{"id_value": "1"}]}},
        {"outcomes": [{"how": "party"}]},
        {"outcomes": [{"result": "pending", "how": "quote"}]},
        {"outcomes": [{"result": "refused", "how": "RESERVED"}]},
        {"outcomes": [{"then": {"how": "quote"}}]},
        {"outcomes": [{"amounts": "100"}]},
        {"faults": [{"play": "explode"}]},
        {"faults": [{"play": "timeout"}]},
        {"faults": [{"play": "reset", "on": "accept"}]},
        {"faults": [{"play": "html", "on": "detail"}]},
        {"faults": [{"play": "breaks_off", "on": "status"}]},
        {"faults": [{"play": "missing_rows", "on": "token"}]},
        {"faults": [{"play": "other_transaction", "on": "check"}]},
        {"max_items": 5},
        {"unknown": "refused"},
        [],
    ],
)
def test_script_that_is_not_understood_is_an_error(script):
    with pytest.raises(ScriptError):
        SchemeScript.parse(script)


def test_running_simulator_refuses_a_script_it_does_not_understand(scheme):
    with pytest.raises(urllib.error.HTTPError):
        scheme.play({"faults": [{"play": "explode"}]})


def test_every_play_of_the_scripts_is_understood():
    assert set(PLAYS) < set(SchemeFault.plays)
    for name in SchemeFault.plays:
        for kind in ONLY_ON.get(name, SchemeFault.kinds):
            assert SchemeScript.parse({"faults": [{"play": name, "on": kind, "executed": True}]})


class Layer:
    """What is the same of both modes: somebody submits, asks, and sees who was paid."""

    def __init__(self, dfsp):
        self.dfsp = dfsp
        self.body = disbursement(payee(1), payee(2), disbursement_id="D-1")

    def submit(self, timeout=20):
        return self.dfsp.send(self.body, timeout)

    def ask(self, timeout=20):
        return self.dfsp.results("D-1", timeout)

    def look_up(self):
        return self.dfsp.check(payee(1), payee(2))

    def paid(self):
        return len(self.dfsp.paid()) == 2

    def knows_nothing(self):
        return self.ask().raw == b""

    def is_right(self, answer):
        return answer.status == 200 and words(answer) == {
            one["payeeIdValue"]: "COMPLETED" for one in self.body["payeeList"]
        }


class Adapter:
    def __init__(self, dfsp):
        self.dfsp = dfsp
        self.body = transfer(1)

    def submit(self, timeout=20):
        return self.dfsp.transfer(self.body, timeout)

    def ask(self, timeout=20):
        return self.dfsp.ask(self.body["transferId"], timeout)

    def look_up(self):
        return self.dfsp.party("MSISDN", "1")

    def paid(self):
        return self.dfsp.paid() == ["PAY-1"]

    def knows_nothing(self):
        return "3208" in str(self.ask().body)

    def is_right(self, answer):
        return answer.status == 200 and state_of(answer) == "COMMITTED"


@pytest.fixture(params=[Layer, Adapter])
def mode(request, dfsp):
    return request.param(dfsp)


# ---- Submissions

INSTEAD = {
    "rubbish": lambda answer: answer.status == 200 and b"\x00" in answer.raw,
    "html": lambda answer: (answer.status, answer.headers["Content-Type"]) == (200, "text/html"),
    "empty": lambda answer: (answer.status, answer.raw) == (200, b""),
    "truncated": lambda answer: (
        answer.status == 200 and answer.raw[:1] == b"{" and isinstance(answer.body, bytes)
    ),
    "redirect": lambda answer: (answer.status, answer.headers["Location"]) == (302, "/elsewhere"),
    "bare_list": lambda answer: answer.status == 200 and isinstance(answer.body, list),
    "error_200": lambda answer: (
        answer.status == 200 and {"errorInformation", "statusCode"} & set(answer.body)
    ),
    "header_rjct": lambda answer: (
        answer.status == 400 and {"errorInformation", "statusCode"} & set(answer.body)
    ),
}


@pytest.mark.parametrize("name", INSTEAD)
@pytest.mark.parametrize("executed", [True, False])
def test_answer_is_replaced_and_executed_is_as_scripted(mode, name, executed):
    play(mode.dfsp, {"play": name, "executed": executed})
    assert INSTEAD[name](mode.submit())
    assert (mode.paid(), mode.knows_nothing()) == (executed, not executed)
    mode.dfsp.simulator.play({})
    assert mode.is_right(mode.submit())


@pytest.mark.parametrize("status", [400, 401, 404, 409, 429, 500, 504])
@pytest.mark.parametrize("shape", [True, False])
@pytest.mark.parametrize("executed", [True, False])
def test_http_status_is_as_scripted(mode, status, shape, executed):
    play(mode.dfsp, {"play": "status", "status": status, "shape": shape, "executed": executed})
    answer = mode.submit()
    assert answer.status == status
    assert isinstance(answer.body, dict) if shape else answer.raw.startswith(b"<!DOCTYPE")
    assert mode.paid() == executed


def test_error_of_the_adapter_tells_of_a_quote_only_where_there_was_a_transfer(dfsp):
    for executed in (True, False):
        play(dfsp, {"play": "status", "status": 504, "executed": executed})
        data = dfsp.transfer(transfer(1)).body["transferState"]
        assert (data["currentState"], "quoteResponse" in data) == ("ERROR_OCCURRED", executed)


@pytest.mark.parametrize("executed", [True, False])
def test_timeout_waits_after_it_has_paid_or_not(mode, executed):
    play(mode.dfsp, {"play": "timeout", "executed": executed})
    with pytest.raises(TimeoutError):
        mode.submit(timeout=0.1)
    until(lambda: mode.dfsp.simulator.state()["calls"]["submit"] == 1)
    until(lambda: mode.paid() == executed)
    mode.dfsp.simulator.release()
    assert mode.knows_nothing() != executed


def test_late_pays_after_the_wait(mode):
    play(mode.dfsp, {"play": "late"})
    with pytest.raises(TimeoutError):
        mode.submit(timeout=0.1)
    until(lambda: mode.dfsp.simulator.state()["calls"]["submit"] == 1)
    assert not mode.paid()
    assert mode.knows_nothing()
    until(lambda: mode.dfsp.simulator.release() and not mode.knows_nothing())
    assert mode.is_right(mode.ask())
    assert mode.paid()


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("after_bytes", [0, 20, 300])
def test_reset_breaks_the_connection(mode, executed, after_bytes):
    play(mode.dfsp, {"play": "reset", "executed": executed, "after_bytes": after_bytes})
    with pytest.raises((OSError, HTTPException)):
        mode.submit()
    assert mode.paid() == executed


@pytest.mark.parametrize("name", ["drip_header", "drip_body"])
def test_dripping_takes_its_time_and_is_right_in_the_end(mode, name):
    play(mode.dfsp, {"play": name, "seconds": 0.2, "interval": 0.02})
    begun = time.monotonic()
    assert mode.is_right(mode.submit())
    assert time.monotonic() - begun >= 0.2


def test_huge_answer_is_right_in_the_end(mode):
    play(mode.dfsp, {"play": "huge", "size": 1024 * 1024})
    answer = mode.submit()
    assert len(answer.raw) > 1024 * 1024 - 65536
    assert mode.is_right(answer)


def test_layer_that_breaks_off_has_paid_some_and_knows_nothing(dfsp):
    play(dfsp, {"play": "breaks_off", "rows": 1})
    answer = dfsp.disburse(payee(1), payee(2), disbursement_id="D-1")
    assert (answer.status, answer.raw) == (500, b"")
    assert dfsp.payees() == [payee(1)["payeeIdValue"]]
    assert dfsp.results("D-1").raw == b""


@pytest.mark.parametrize("rows", [0, 1])
def test_adapter_that_breaks_off_says_nothing(dfsp, rows):
    play(dfsp, {"play": "breaks_off", "rows": rows})
    answer = dfsp.transfer(transfer(1))
    assert (answer.status, answer.raw, len(dfsp.paid())) == (500, b"", rows)


# ---- Questions


@pytest.mark.parametrize("name", INSTEAD)
def test_answer_to_a_question_is_replaced(mode, name):
    mode.submit()
    play(mode.dfsp, {"play": name, "on": "status"})
    assert INSTEAD[name](mode.ask())
    assert mode.is_right(mode.ask())


@pytest.mark.parametrize("name", ["timeout", "late"])
def test_question_may_find_no_answer_in_time(mode, name):
    mode.submit()
    play(mode.dfsp, {"play": name, "on": "status", "executed": True, "seconds": 0.3})
    with pytest.raises(TimeoutError):
        mode.ask(timeout=0.1)
    assert mode.is_right(mode.ask())


@pytest.mark.parametrize("name", ["drip_header", "drip_body"])
def test_answer_to_a_question_may_drip(mode, name):
    mode.submit()
    play(mode.dfsp, {"play": name, "on": "status", "seconds": 0.2, "interval": 0.02})
    begun = time.monotonic()
    assert mode.is_right(mode.ask())
    assert time.monotonic() - begun >= 0.2


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503, 504])
@pytest.mark.parametrize("shape", [True, False])
def test_question_may_be_answered_by_an_error(mode, status, shape):
    mode.submit()
    play(mode.dfsp, {"play": "status", "on": "status", "status": status, "shape": shape})
    answer = mode.ask()
    assert (answer.status, isinstance(answer.body, dict)) == (status, shape)


@pytest.mark.parametrize("name", ["rubbish", "html", "empty", "header_rjct", "redirect"])
def test_check_of_payees_may_fail(mode, name):
    play(mode.dfsp, {"play": name, "on": "check"})
    assert INSTEAD[name](mode.look_up())
    assert mode.look_up().status == 200


def test_acceptance_may_be_lost_after_it_was_done(dfsp):
    dfsp.simulator.play(
        {
            "scheme": {"auto_accept_party": False},
            "faults": [{"play": "html", "on": "accept", "executed": True}],
        }
    )
    body = transfer(1)
    dfsp.transfer(body)
    assert dfsp.accept(body["transferId"], acceptParty=True).headers["Content-Type"] == "text/html"
    assert dfsp.paid() == ["PAY-1"]


def test_acceptance_may_be_lost_before_it_was_done(dfsp):
    lost = {"play": "timeout", "on": "accept", "executed": False, "seconds": 0.01, "calls": [1]}
    dfsp.simulator.play({"scheme": {"auto_accept_party": False}, "faults": [lost]})
    body = transfer(1)
    dfsp.transfer(body)
    assert dfsp.accept(body["transferId"], acceptParty=True).status == 504
    assert dfsp.paid() == []
    assert state_of(dfsp.accept(body["transferId"], acceptParty=True)) == "COMMITTED"


# ---- Rows


def rows(dfsp, on, play_name, **fault):
    """Return the rows of an answer with a fault, and those of the right one."""
    dfsp.simulator.play({"faults": [{"play": play_name, "on": on, "executed": True, **fault}]})
    body = disbursement(payee(1), payee(2), payee(3, currency="USD"), disbursement_id="D-1")
    told = dfsp.send(body)
    told = dfsp.results("D-1") if on == "status" else told
    dfsp.simulator.play({})
    return told.body["payeeResults"], dfsp.results("D-1").body["payeeResults"]


def but_for(row, names):
    return {name: value for name, value in row.items() if name not in names}


@pytest.mark.parametrize("on", ["submit", "status"])
def test_rows_of_the_layer_are_spoilt(dfsp, on):
    told, right = rows(dfsp, on, "missing_rows", rows=2)
    assert told == right[2:]
    told, right = rows(dfsp, on, "extra_rows", rows=2)
    assert told[2:] == right and len(told) == 5
    told, right = rows(dfsp, on, "duplicated_rows")
    assert told == [*right, right[0]]
    told, right = rows(dfsp, on, "contradictory_rows")
    assert told == [*right, {**right[0], "status": "REJECTED"}]
    told, right = rows(dfsp, on, "reordered_rows")
    assert told == right[::-1]
    told, right = rows(dfsp, on, "unknown_status", code="PAID")
    assert told == [{**right[0], "status": "PAID"}, *right[1:]]
    told, right = rows(dfsp, on, "wrong_currency")
    assert told == [{**right[0], "currency": "XXX"}, *right[1:]]
    told, right = rows(dfsp, on, "credited_amount")
    assert told == [{**right[0], "amountCredited": "102"}, *right[1:]]
    told, right = rows(dfsp, on, "wrong_amount", amount="7")
    assert (told[0]["amount"], told[0]["amountDebited"], told[0]["amountCredited"]) == ("7", "7", "7")
    told, right = rows(dfsp, on, "duplicate_reference")
    assert {row["status"] for row in told} == {"REJECTED"}


@pytest.mark.parametrize("on", ["submit", "status"])
def test_answer_of_the_layer_may_be_anothers(dfsp, on):
    dfsp.simulator.play({"faults": [{"play": "other_transaction", "on": on}]})
    answer = dfsp.disburse(payee(1), disbursement_id="D-1")
    answer = dfsp.results("D-1") if on == "status" else answer
    assert answer.body["disbursementId"] != "D-1"


def test_rows_of_a_check_are_spoilt(dfsp):
    for name, expected in (
        ("missing_rows", [True]),
        ("contradictory_rows", [True, True, False]),
        ("extra_rows", [True, True, True]),
        ("reordered_rows", [True, True]),
    ):
        play(dfsp, {"play": name, "on": "check"})
        told = dfsp.check(payee(1), payee(2)).body["payeeResults"]
        assert [row["isPayable"] for row in told] == expected


SPOILT = {
    "missing_rows": lambda told, right: "fulfil" not in told,
    "contradictory_rows": lambda told, right: told["fulfil"]["body"]["transferState"] == "ABORTED",
    "unknown_status": lambda told, right: told["fulfil"]["body"]["transferState"] == "REVERSED",
    "reordered_rows": lambda told, right: list(told)[-1] == "transferId" == list(right)[0],
    "wrong_amount": lambda told, right: told["amount"] == "102",
    "credited_amount": lambda told, right: (
        told["amount"] == "101" and told["quoteResponse"]["body"]["payeeReceiveAmount"]["amount"] == "102"
    ),
    "wrong_currency": lambda told, right: told["currency"] == "XXX",
    "other_transaction": lambda told, right: told["transferId"] != right["transferId"],
    "duplicated_rows": lambda told, right: [one["transferId"] for one in told] == [right["transferId"]] * 2,
    "extra_rows": lambda told, right: told[1]["transferId"] == right["transferId"],
    "duplicate_reference": lambda told, right: told["statusCode"] == "3106",
}


@pytest.mark.parametrize("on", ["submit", "status"])
@pytest.mark.parametrize("name", SPOILT)
def test_answer_of_the_adapter_is_spoilt(dfsp, on, name):
    play(dfsp, {"play": name, "on": on, "executed": True})
    body = transfer(1)
    told = dfsp.transfer(body)
    told = dfsp.ask(body["transferId"]) if on == "status" else told
    right = dfsp.ask(body["transferId"])
    assert SPOILT[name](told.body, right.body)
    assert dfsp.paid() == ["PAY-1"]


def test_every_fault_of_rows_is_tried_with_the_adapter():
    assert set(ROW_PLAYS) <= set(SPOILT)
