"""The simulated layer: what it says of lines, what it forgets, and what it pays again."""

import threading
import time

import pytest

from .interop.contract import pil
from .interop.knobs import TOOLKIT_RULES
from .interop.layer import ERROR
from .interop.messages import call, disbursement, payee, until, words
from .ledger import paid_twice

pytest_plugins = ("tests.simulators.interop.fixtures",)


def play(dfsp, *outcomes, faults=(), **scheme):
    dfsp.simulator.play({"outcomes": list(outcomes), "faults": list(faults), "scheme": scheme})


def test_lines_are_paid_one_after_another_and_told_in_order(dfsp):
    answer = dfsp.disburse(*(payee(number) for number in (3, 1, 2)))
    assert list(words(answer).values()) == ["COMPLETED"] * 3
    assert dfsp.payees() == [row["payeeIdValue"] for row in answer.body["payeeResults"]]
    assert dfsp.payees() == [payee(number)["payeeIdValue"] for number in (3, 1, 2)]
    assert not pil().problem("DisbursementResponse", answer.body)


@pytest.mark.parametrize(
    "id_type", ["MSISDN", "EMAIL", "PERSONAL_ID", "BUSINESS", "DEVICE", "ACCOUNT_ID", "IBAN", "ALIAS"]
)
def test_all_eight_kinds_of_identifiers_are_paid(dfsp, id_type):
    assert list(words(dfsp.disburse(payee(1, payeeIdType=id_type))).values()) == ["COMPLETED"]
    assert dfsp.simulator.state()["violations"] == []


@pytest.mark.parametrize("id_type", ["AADHAAR", "MOBILE", "PHONE", "bank_acc_no"])
def test_other_kinds_of_identifiers_are_aborted(dfsp, id_type):
    assert list(words(dfsp.disburse(payee(1, payeeIdType=id_type))).values()) == ["ABORTED"]
    assert dfsp.paid() == []
    assert dfsp.simulator.state()["violations"] == [
        "an identifier type was sent that the scheme does not know"
    ]


def test_identifiers_of_nobody_and_equal_lines_are_noted_and_paid(dfsp):
    dfsp.disburse(
        payee(1, payeeIdValue="False"), payee(2), payee(2), payee(3, amount="0"), disbursement_id=""
    )
    assert len(dfsp.paid()) == 4
    assert len(paid_twice(dfsp.lines())) == 1
    assert dfsp.simulator.state()["violations"] == [
        "an empty disbursementId was sent",
        "two equal lines were sent in one disbursement",
        "an identifier of nobody was sent",
        "an amount of nothing was sent",
    ]


# What becomes of a line. how, the switch's state, what the layer says by habit, and what it says without habits

REFUSED, PENDING = {"result": "refused"}, {"result": "pending"}
LINES = [
    ({"result": "paid"}, True, "COMPLETED", "COMPLETED"),
    ({"result": "paid", "how": "bad_fulfilment"}, True, "ABORTED", "PENDING"),
    (REFUSED, False, "ABORTED", "REJECTED"),
    ({**REFUSED, "how": "party_silent"}, False, "ABORTED", "REJECTED"),
    ({**REFUSED, "how": "quote"}, False, "ABORTED", "REJECTED"),
    ({**REFUSED, "how": "quote_silent"}, False, "ABORTED", "REJECTED"),
    ({**REFUSED, "how": "transfer"}, False, "ABORTED", "REJECTED"),
    ({**REFUSED, "how": "transfer", "code": "4001"}, False, "ABORTED", "REJECTED"),
    ({**REFUSED, "how": "aborted"}, False, "COMPLETED", "REJECTED"),
    ({**PENDING, "how": "RESERVED"}, False, "COMPLETED", "PENDING"),
    ({**PENDING, "how": "RECEIVED"}, False, "COMPLETED", "PENDING"),
    (PENDING, False, "ABORTED", "PENDING"),
    ({**PENDING, "after": 0.0}, True, "ABORTED", "PENDING"),
]


@pytest.mark.parametrize(("outcome", "paid", "by_habit", "without"), LINES)
def test_layer_says_of_a_line_what_it_usually_says(dfsp, outcome, paid, by_habit, without):
    play(dfsp, {"payees": [payee(1)["payeeIdValue"]], **outcome})
    answer = dfsp.disburse(payee(1), payee(2))
    first, second = answer.body["payeeResults"]
    assert (first["status"], second["status"]) == (by_habit, "COMPLETED")
    assert dfsp.payees() == [payee(number)["payeeIdValue"] for number in ((1, 2) if paid else (2,))]
    if by_habit == "ABORTED":
        assert first["errors"] == [ERROR]
        assert not {"amountDebited", "amountCredited"} & set(first)
    else:
        assert (first["amountDebited"], first["amountCredited"]) == ("101", "101")
    assert not pil().problem("DisbursementResponse", answer.body)


@pytest.mark.parametrize(("outcome", "paid", "by_habit", "without"), LINES)
def test_layer_without_habits_tells_refusals_from_what_nobody_knows(dfsp, outcome, paid, by_habit, without):
    play(dfsp, outcome, aborted_for_everything=False, completed_over_everything=False)
    [row] = dfsp.disburse(payee(1)).body["payeeResults"]
    assert row["status"] == without
    assert ERROR not in row.get("errors", [])


def test_amounts_may_stand_on_failed_lines_too(dfsp):
    play(dfsp, REFUSED, failed_amounts=True)
    [row] = dfsp.disburse(payee(1)).body["payeeResults"]
    assert (row["status"], row["amountCredited"]) == ("ABORTED", "101")


@pytest.mark.parametrize(
    "word", ["REJECTED", "FAILED", "ABORETED", "ERROR_OCCURRED", "RECEIVED", "PENDING", "REVERSED"]
)
def test_script_may_have_the_layer_say_any_word(dfsp, word):
    play(dfsp, {**REFUSED, "status": word})
    answer = dfsp.disburse(payee(1), disbursement_id="D-1")
    assert list(words(answer).values()) == list(words(dfsp.results("D-1")).values()) == [word]


@pytest.mark.parametrize(
    ("then", "last", "paid"),
    [
        (None, "COMPLETED", 1),
        ({**REFUSED, "how": "aborted"}, "REJECTED", 0),
        ({**REFUSED, "status": "FAILED"}, "FAILED", 0),
    ],
)
def test_layer_that_says_pending_is_asked_until_it_knows(dfsp, then, last, paid):
    outcome = {**PENDING, "status": "PENDING", "questions": 2, **({"then": then} if then else {})}
    play(dfsp, outcome)
    heard = [dfsp.disburse(payee(1), disbursement_id="D-1")]
    heard += [dfsp.results("D-1") for _question in range(4)]
    assert [next(iter(words(one).values())) for one in heard] == ["PENDING", "PENDING", "PENDING", last, last]
    assert len(dfsp.paid()) == paid


def test_layer_by_habit_never_changes_what_it_said(dfsp):
    play(dfsp, {**PENDING, "after": 0.0})
    answer = dfsp.disburse(payee(1), disbursement_id="D-1")
    assert dfsp.results("D-1").body == answer.body
    assert (list(words(answer).values()), len(dfsp.paid())) == (["ABORTED"], 1)


def test_pending_transfer_settles_by_time_or_by_hand(dfsp):
    play(dfsp, {**PENDING, "payees": [payee(1)["payeeIdValue"]], "after": 0.2}, PENDING)
    dfsp.disburse(payee(1), payee(2))
    until(lambda: dfsp.payees() == [payee(1)["payeeIdValue"]])
    assert dfsp.simulator.settle()["waiting"] == 0
    assert dfsp.payees() == [payee(1)["payeeIdValue"], payee(2)["payeeIdValue"]]


def test_transcript_of_the_toolkit(dfsp):
    play(dfsp, *TOOLKIT_RULES)
    amounts = ("100", "500", "666", "777", "778", "888", "999", "998")
    answer = dfsp.disburse(*(payee(number, amount=amount) for number, amount in enumerate(amounts)))
    assert [row["status"] for row in answer.body["payeeResults"]] == [
        *["COMPLETED", "ABORTED", "ABORTED", "ABORTED", "ABORTED", "COMPLETED", "COMPLETED", "COMPLETED"]
    ]
    assert [line.amount for line in dfsp.lines()] == ["100", "777"]


@pytest.mark.parametrize(
    ("habits", "word"),
    [
        ({"auto_accept_party": False}, "WAITING_FOR_PARTY_ACCEPTANCE"),
        ({"auto_accept_quotes": False}, "WAITING_FOR_QUOTE_ACCEPTANCE"),
        ({"conversion": True}, "WAITING_FOR_CONVERSION_ACCEPTANCE"),
    ],
)
def test_waiting_passes_through_as_if_paid(dfsp, habits, word):
    play(dfsp, **habits)
    [row] = dfsp.disburse(payee(1)).body["payeeResults"]
    assert (row["status"], row["amountCredited"]) == (word, "101")
    assert dfsp.paid() == []


def test_unknown_members_come_back_where_the_layer_echoes(dfsp):
    assert dfsp.disburse(payee(1, externalId="E")).body["payeeResults"][0]["externalId"] == "E"
    play(dfsp, echoes=False)
    assert "externalId" not in dfsp.disburse(payee(1, externalId="E")).body["payeeResults"][0]


# What it remembers


def test_get_is_empty_for_the_unknown_after_a_restart_and_while_it_runs(dfsp):
    dfsp.disburse(payee(1), disbursement_id="D-1")
    assert dfsp.results("D-1").status == 200
    dfsp.simulator.restart()
    for name in ("D-1", "D-2"):
        answer = dfsp.results(name)
        assert (answer.status, answer.raw, answer.headers.get("Content-Type")) == (200, b"", None)
    assert dfsp.results("__proto__").body == {}


def test_get_of_the_unknown_may_be_a_404(dfsp):
    play(dfsp, unknown_get="404")
    answer = dfsp.results("D-1")
    assert (answer.status, answer.body["errorInformation"]["errorCode"]) == (404, "3208")


@pytest.mark.parametrize("told", ["empty", "rows"])
def test_disbursement_goes_on_when_the_caller_has_gone(dfsp, told):
    play(dfsp, {"payees": [payee(3)["payeeIdValue"]], "seconds": 30.0}, running_get=told)
    with pytest.raises(TimeoutError):
        dfsp.disburse(*(payee(number) for number in range(5)), disbursement_id="D-1", timeout=0.1)
    until(lambda: len(dfsp.paid()) == 3)
    running = dfsp.results("D-1")
    if told == "empty":
        assert running.raw == b""
    else:
        assert list(words(running).values()) == ["COMPLETED"] * 3 + ["PENDING"] * 2
    until(lambda: dfsp.simulator.release() and len(dfsp.paid()) == 5)
    until(lambda: dfsp.results("D-1").raw and set(words(dfsp.results("D-1")).values()) == {"COMPLETED"})


def test_lines_take_their_time(dfsp):
    play(dfsp, {"payees": [payee(2)["payeeIdValue"]], "seconds": 0.2}, transfer_seconds=0.05)
    begun = time.monotonic()
    dfsp.disburse(payee(1), payee(2), payee(3))
    assert time.monotonic() - begun >= 0.35


def test_same_disbursement_again_is_paid_again_and_replaces_the_result(dfsp):
    dfsp.send(disbursement(payee(1), disbursement_id="D-1"))
    dfsp.send(disbursement(payee(1), payee(2), disbursement_id="D-1"))
    assert dfsp.payees() == [payee(number)["payeeIdValue"] for number in (1, 1, 2)]
    assert len(paid_twice(dfsp.lines())) == 1
    assert len(dfsp.results("D-1").body["payeeResults"]) == 2
    state = dfsp.simulator.state()
    assert (state["disbursements_repeated"], state["violations"]) == (1, ["a disbursementId was used again"])


def test_layer_that_knows_its_disbursements_pays_once(dfsp):
    play(dfsp, idempotent=True)
    body = disbursement(payee(1), disbursement_id="D-1")
    assert dfsp.send(body).body == dfsp.send(body).body
    assert len(dfsp.paid()) == 1


def test_disbursement_that_was_lost_may_not_be_used_again_either(dfsp):
    play(dfsp, faults=[{"play": "html", "executed": False}])
    body = disbursement(payee(1), disbursement_id="D-1")
    for _try in range(2):
        dfsp.send(body)
    assert dfsp.simulator.state()["violations"] == ["a disbursementId was used again"]


def test_disbursements_run_at_the_same_time(dfsp):
    play(dfsp, {"seconds": 30.0})
    senders = [threading.Thread(target=dfsp.disburse, args=[payee(number)]) for number in range(6)]
    for sender in senders:
        sender.start()
    until(lambda: dfsp.simulator.state()["calls"]["submit"] == 6)
    assert dfsp.paid() == []
    until(lambda: dfsp.simulator.release() and len(dfsp.paid()) == 6)
    for sender in senders:
        sender.join()


# Checks


def test_check_tells_who_can_be_paid_and_moves_nothing(dfsp):
    silent = {**REFUSED, "payees": [payee(3)["payeeIdValue"]], "how": "party_silent"}
    refused = {**REFUSED, "payees": [payee(2)["payeeIdValue"]]}
    play(dfsp, silent, refused, parties=[{"id_value": payee(4)["payeeIdValue"], "name": "Amina"}])
    answer = dfsp.check(payee(1), payee(2), payee(3), payee(4), payee(5, payeeIdType="AADHAAR"))
    told = [(row["isPayable"], row.get("name")) for row in answer.body["payeeResults"]]
    assert told == [(True, "Navya Agarwal"), (False, None), (False, None), (True, "Amina"), (False, None)]
    assert "requestId" not in answer.body
    assert not any("errors" in row for row in answer.body["payeeResults"])
    assert dfsp.paid() == []
    assert not pil().problem("DisbursementCheckResponse", answer.body)


def test_payee_who_fails_later_is_payable_by_the_check(dfsp):
    play(dfsp, {**REFUSED, "how": "quote"})
    assert dfsp.check(payee(1)).body["payeeResults"][0]["isPayable"] is True


@pytest.mark.parametrize("changes", [{"requestId": 1}, {"payeeList": []}])
def test_check_against_the_file_is_refused(dfsp, changes):
    assert dfsp.check(payee(1), **changes).status == 400


def test_health_looks_at_nothing(scheme):
    answer = call(f"{scheme.pil_url}/health")
    assert (answer.status, answer.body["status"], answer.body["services"]) == (200, "OK", [])
