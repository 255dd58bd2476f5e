"""The simulated scheme adapter: transfers, questions, acceptances and look-ups."""

import threading

import pytest

from .interop.contract import sdk
from .interop.knobs import TOOLKIT_RULES
from .interop.messages import call, payee, state_of, transfer, until
from .ledger import paid_twice

pytest_plugins = ("tests.simulators.interop.fixtures",)

REFUSED, PENDING = {"result": "refused"}, {"result": "pending"}


def play(dfsp, *outcomes, faults=(), **scheme):
    dfsp.simulator.play({"outcomes": list(outcomes), "faults": list(faults), "scheme": scheme})


def seen(answer):
    """Return what the contract's table has of an answer."""
    body = answer.body
    data = body.get("transferState", body)
    code = data.get("lastError", {}).get("mojaloopError", {}).get("errorInformation", {}).get("errorCode")
    return answer.status, body.get("statusCode"), code, data.get("currentState"), "quoteResponse" in data


def test_transfer_is_committed_under_the_callers_own_ids(dfsp):
    body = transfer(1)
    answer = dfsp.transfer(body)
    assert seen(answer) == (200, None, None, "COMPLETED", True)
    assert (state_of(answer), answer.body["transferId"]) == ("COMMITTED", body["transferId"])
    [line] = dfsp.lines()
    assert (line.transaction_id, line.reference_id) == (body["transferId"], "PAY-1")
    assert (line.payee_fa, line.amount, line.currency) == (body["to"]["idValue"], "101", "INR")
    assert dfsp.simulator.state()["violations"] == []


def test_transfer_without_an_id_gets_one(dfsp):
    answer = dfsp.transfer(transfer(1, transferId=None))
    assert not sdk().problem("CorrelationId", answer.body["transferId"])
    assert dfsp.simulator.state()["violations"] == ["no transferId was sent"]


TABLE = [
    ({"result": "paid"}, (200, None, None, "COMPLETED", True), "COMMITTED", "COMMITTED"),
    ({**REFUSED, "how": "aborted"}, (200, None, None, "COMPLETED", True), "ABORTED", "ABORTED"),
    ({**PENDING, "how": "RESERVED"}, (200, None, None, "COMPLETED", True), "RESERVED", "RESERVED"),
    ({**PENDING, "how": "RECEIVED"}, (200, None, None, "COMPLETED", True), "RECEIVED", "RECEIVED"),
    (REFUSED, (500, "3204", "3204", "ERROR_OCCURRED", False), "", "3208"),
    ({**REFUSED, "how": "party_silent"}, (504, "504", None, "ERROR_OCCURRED", False), "", "3208"),
    ({**REFUSED, "how": "quote"}, (500, "5200", "5200", "ERROR_OCCURRED", False), "", "3208"),
    ({**REFUSED, "how": "quote", "code": "5106"}, (500, "5106", "5106", "ERROR_OCCURRED", False), "", "3208"),
    ({**REFUSED, "how": "quote_silent"}, (504, "504", None, "ERROR_OCCURRED", False), "", "3208"),
    ({**REFUSED, "how": "transfer"}, (500, "5104", "5104", "ERROR_OCCURRED", True), "", "ABORTED"),
    (
        {**REFUSED, "how": "transfer", "code": "4001"},
        (500, "4001", "4001", "ERROR_OCCURRED", True),
        "",
        "ABORTED",
    ),
    (PENDING, (504, "504", None, "ERROR_OCCURRED", True), "", "RESERVED"),
    ({**PENDING, "after": 0.0}, (504, "504", None, "ERROR_OCCURRED", True), "", "COMMITTED"),
    (
        {**PENDING, "after": 0.0, "then": {**REFUSED, "how": "aborted"}},
        (504, "504", None, "ERROR_OCCURRED", True),
        "",
        "ABORTED",
    ),
    (
        {"result": "paid", "how": "bad_fulfilment"},
        (500, "500", None, "ERROR_OCCURRED", True),
        "",
        "COMMITTED",
    ),
]


@pytest.mark.parametrize(("outcome", "expected", "state", "asked"), TABLE)
def test_each_case_of_the_contract_looks_as_it_was_seen(dfsp, outcome, expected, state, asked):
    play(dfsp, outcome)
    body = transfer(1)
    answer = dfsp.transfer(body)
    assert (seen(answer), state_of(answer)) == (expected, state)
    schema = "transferResponse" if answer.status == 200 else "errorTransferResponse"
    assert not sdk().problem(schema, answer.body)
    told = dfsp.ask(body["transferId"])
    if asked == "3208":
        assert (told.status, told.body["statusCode"], told.body["transferState"]) == (500, "500", {})
        assert '"errorCode":"3208"' in told.body["message"]
    else:
        assert (told.status, state_of(told), told.body["currentState"]) == (200, asked, "COMPLETED")
        assert not sdk().problem("transferStatusResponse", told.body)
        # What went wrong before is told for ever.
        assert ("lastError" in told.body) == (answer.status != 200)
    assert len(dfsp.paid()) == (asked == "COMMITTED")


def test_question_brings_a_pending_transfer_forward(dfsp):
    play(dfsp, {**PENDING, "questions": 2})
    body = transfer(1)
    dfsp.transfer(body)
    assert [state_of(dfsp.ask(body["transferId"])) for _question in range(4)] == [
        *["RESERVED", "RESERVED", "COMMITTED", "COMMITTED"]
    ]
    assert dfsp.paid() == ["PAY-1"]


def test_toolkit_looks_at_what_is_transferred(dfsp):
    play(dfsp, *TOOLKIT_RULES)
    answers = [dfsp.transfer(transfer(1, amount="777", amountType=kind)) for kind in ("RECEIVE", "SEND")]
    assert [answer.status for answer in answers] == [200, 504]


@pytest.mark.parametrize(
    ("amount_type", "habits", "leaves", "reaches"),
    [
        ("RECEIVE", {}, "100.5", "100"),
        ("SEND", {}, "100", "100"),
        ("RECEIVE", {"receive_fee": "1.25"}, "101.25", "100"),
        ("SEND", {"send_fee": "1.5"}, "100", "98.5"),
    ],
)
def test_fees_are_on_top_or_within(dfsp, amount_type, habits, leaves, reaches):
    play(dfsp, **habits)
    quote = dfsp.transfer(transfer(1, amount="100", amountType=amount_type)).body["quoteResponse"]["body"]
    assert (quote["transferAmount"]["amount"], quote["payeeReceiveAmount"]["amount"]) == (leaves, reaches)
    assert [line.amount for line in dfsp.lines()] == ["100"]


# Sent again


def test_same_transfer_again_is_paid_again(dfsp):
    body = transfer(1)
    for _try in range(2):
        assert state_of(dfsp.transfer(body)) == "COMMITTED"
    assert paid_twice(dfsp.lines()) == ["PAY-1"]
    state = dfsp.simulator.state()
    assert (state["repeated"], state["violations"]) == (
        1,
        ["a transferId was sent again that the switch has"],
    )


def test_switch_may_refuse_a_modified_transfer(dfsp):
    play(dfsp, modified="3106")
    body = transfer(1)
    dfsp.transfer(body)
    assert seen(dfsp.transfer(body)) == (500, "3106", "3106", "ERROR_OCCURRED", True)
    assert state_of(dfsp.ask(body["transferId"])) == "COMMITTED"
    assert dfsp.paid() == ["PAY-1"]


def test_payment_under_another_id_is_noted(dfsp):
    for _try in range(2):
        dfsp.transfer(transfer(1))
    assert dfsp.simulator.state()["violations"] == ["a payment was sent again that may be paid"]


def test_lost_transfer_is_to_be_asked_about_before_it_is_sent_again(dfsp):
    play(dfsp, faults=[{"play": "html", "executed": False, "calls": [1, 2]}])
    body = transfer(1)
    dfsp.transfer(body)
    dfsp.transfer(body)
    assert dfsp.simulator.state()["violations"] == ["a transferId was sent again without being asked about"]
    assert "3208" in dfsp.ask(body["transferId"]).body["message"]
    assert state_of(dfsp.transfer(body)) == "COMMITTED"
    assert len(dfsp.simulator.state()["violations"]) == 1


@pytest.mark.parametrize("transfer_id", ["7", "B51EC534-EE48-4575-B6A9-EAD2955B8069", "not-a-uuid"])
def test_transfer_id_that_is_none_gets_no_quote(dfsp, transfer_id):
    answer = dfsp.transfer(transfer(1, transferId=transfer_id))
    assert seen(answer) == (500, "3100", "3100", "ERROR_OCCURRED", False)
    assert dfsp.simulator.state()["violations"] == ["a transferId was sent that is none"]
    assert dfsp.paid() == []


def test_transfer_goes_on_when_the_caller_has_gone_and_is_unknown_meanwhile(dfsp):
    play(dfsp, {"seconds": 30.0})
    body = transfer(1)
    with pytest.raises(TimeoutError):
        dfsp.transfer(body, timeout=0.1)
    until(lambda: dfsp.simulator.state()["calls"]["submit"] == 1)
    # Not yet at the switch: being unknown proves nothing as long as the first call may live.
    assert "3208" in dfsp.ask(body["transferId"]).body["message"]
    assert dfsp.paid() == []
    until(lambda: dfsp.simulator.release() and dfsp.paid())
    assert state_of(dfsp.ask(body["transferId"])) == "COMMITTED"


def test_transfers_run_at_the_same_time(dfsp):
    play(dfsp, {"seconds": 30.0})
    senders = [threading.Thread(target=dfsp.transfer, args=[transfer(number)]) for number in range(8)]
    for sender in senders:
        sender.start()
    until(lambda: dfsp.simulator.state()["calls"]["submit"] == 8)
    until(lambda: dfsp.simulator.release() and len(dfsp.paid()) == 8)
    for sender in senders:
        sender.join()
    assert sorted(dfsp.paid()) == sorted(f"PAY-{number}" for number in range(8))


def test_after_a_restart_the_switch_is_asked_without_what_was_remembered(dfsp):
    body = transfer(1)
    dfsp.transfer(body)
    dfsp.simulator.restart()
    told = dfsp.ask(body["transferId"])
    assert set(told.body) == {"transferId", "currentState", "fulfil", "traceId"}
    assert (state_of(told), dfsp.accept(body["transferId"], acceptParty=True).status) == ("COMMITTED", 500)


# Acceptance

PARTY, QUOTE, CONVERSION = (f"WAITING_FOR_{name}_ACCEPTANCE" for name in ("PARTY", "QUOTE", "CONVERSION"))
BOTH = {"auto_accept_party": False, "auto_accept_quotes": False}


@pytest.mark.parametrize(
    ("habits", "amount_type", "steps"),
    [
        ({"auto_accept_party": False}, "RECEIVE", [(PARTY, "acceptParty")]),
        ({"auto_accept_quotes": False}, "RECEIVE", [(QUOTE, "acceptQuote")]),
        (BOTH, "RECEIVE", [(PARTY, "acceptParty"), (QUOTE, "acceptQuote")]),
        (BOTH, "SEND", [(PARTY, "acceptParty"), (QUOTE, "acceptQuoteOrConversion")]),
        ({"conversion": True}, "SEND", [(CONVERSION, "acceptConversion"), (QUOTE, "acceptQuote")]),
        ({"conversion": True}, "RECEIVE", [(QUOTE, "acceptQuote"), (CONVERSION, "acceptQuoteOrConversion")]),
    ],
)
def test_transfer_waits_to_be_accepted_step_by_step(dfsp, habits, amount_type, steps):
    play(dfsp, **habits)
    body = transfer(1, amountType=amount_type)
    answer = dfsp.transfer(body)
    for word, key in steps:
        assert (answer.status, answer.body["currentState"]) == (200, word)
        assert not sdk().problem("transferResponse", answer.body)
        assert dfsp.paid() == []
        assert dfsp.simulator.state()["to_be_accepted"] == [body["transferId"]]
        answer = dfsp.accept(body["transferId"], **{key: True})
    assert (answer.status, answer.body["currentState"], state_of(answer)) == (200, "COMPLETED", "COMMITTED")
    assert dfsp.accept(body["transferId"], acceptQuote=False).body == answer.body
    assert dfsp.paid() == ["PAY-1"]


@pytest.mark.parametrize(
    ("habits", "declined"),
    [
        ({"auto_accept_party": False}, {"acceptParty": False}),
        ({"auto_accept_party": False}, {"acceptQuote": True}),
        ({"auto_accept_quotes": False}, {"acceptQuote": False}),
        ({"conversion": True}, {"acceptQuoteOrConversion": False}),
    ],
)
def test_declined_transfer_is_aborted_with_a_reason(dfsp, habits, declined):
    play(dfsp, **habits)
    body = transfer(1)
    dfsp.transfer(body)
    answer = dfsp.accept(body["transferId"], **declined)
    assert (answer.status, answer.body["currentState"], bool(answer.body["abortedReason"])) == (
        200,
        "ABORTED",
        True,
    )
    assert not sdk().problem("transferResponse", answer.body)
    assert dfsp.accept(body["transferId"], acceptParty=True).body["currentState"] == "ABORTED"
    assert "3208" in dfsp.ask(body["transferId"]).body["message"]
    assert dfsp.paid() == []


@pytest.mark.parametrize("told", ["RECEIVED", "RESERVED", "COMMITTED", ""])
def test_question_about_a_waiting_transfer_says_completed(dfsp, told):
    play(dfsp, auto_accept_party=False, waiting_is=told)
    body = transfer(1)
    dfsp.transfer(body)
    answer = dfsp.ask(body["transferId"])
    if told:
        assert (answer.body["currentState"], state_of(answer)) == ("COMPLETED", told)
    else:
        assert "3208" in answer.body["message"]
    assert dfsp.paid() == []


def test_refusals_come_after_the_acceptance_too(dfsp):
    play(dfsp, {**REFUSED, "how": "quote"}, auto_accept_party=False)
    body = transfer(1)
    dfsp.transfer(body)
    answer = dfsp.accept(body["transferId"], acceptParty=True)
    assert seen(answer) == (500, "5200", "5200", "ERROR_OCCURRED", False)


def test_acceptance_of_the_unknown_is_a_500(dfsp):
    answer = dfsp.accept("x", acceptParty=True)
    assert (answer.status, answer.body["message"]) == (500, "No cached data found for transferId: x")


def test_known_bank_needs_no_look_up(dfsp):
    play(dfsp, REFUSED)
    skipped = transfer(1, to={"fspId": "bank"}, skipPartyLookup=True)
    assert "getPartiesResponse" not in dfsp.transfer(skipped).body
    assert dfsp.transfer(transfer(2, skipPartyLookup=True)).status == 500


# Look-ups


def test_party_is_told_with_name_and_bank(dfsp):
    play(dfsp, parties=[{"id_value": "123", "name": "Amina Diallo"}])
    answer = dfsp.party("MSISDN", "123")
    body = answer.body["party"]["body"]
    assert (answer.status, body["name"], body["partyIdInfo"]["fspId"]) == (
        200,
        "Amina Diallo",
        "testingtoolkitdfsp",
    )
    assert not sdk().problem("partiesByIdResponse", answer.body)
    assert dfsp.party("PERSONAL_ID", "1/PASSPORT").status == 200


def test_party_that_is_not_found_is_a_404(dfsp):
    play(dfsp, {**REFUSED, "payees": [payee(1)["payeeIdValue"]]})
    answer = dfsp.party("MSISDN", payee(1)["payeeIdValue"])
    assert (answer.status, answer.body["currentState"]) == (404, "COMPLETED")
    assert answer.body["errorInformation"]["errorCode"] == "3204"


@pytest.mark.parametrize(
    ("id_type", "outcome"), [("AADHAAR", {}), ("MSISDN", {**REFUSED, "how": "party_silent"})]
)
def test_look_up_that_nobody_answers_is_a_504(dfsp, id_type, outcome):
    play(dfsp, *([outcome] if outcome else []))
    assert dfsp.party(id_type, "1").status == 504


def test_health_is_empty(scheme):
    answer = call(f"{scheme.sdk_url}/")
    assert (answer.status, answer.raw) == (200, b"")
