"""The asynchronous half of the simulated G2P Connect payment system: acknowledged first, called back later."""

import json

import pytest

from .g2p_connect.caller import Caller
from .g2p_connect.contract import (
    ASYNC_DISBURSE,
    ASYNC_SEARCH,
    ASYNC_TXN_STATUS,
    ON_DISBURSE,
    ON_SEARCH,
    ON_TXN_STATUS,
    contract,
)
from .g2p_connect.messages import (
    Since,
    called_back,
    disbursement,
    item,
    post,
    question,
    rows_of,
    words,
)
from .ledger import paid_twice


def test_disbursement_is_acknowledged_executed_and_called_back(payer, simulator):
    since = Since(simulator)
    ack = payer.submit(item(1), item(2))
    [heard] = payer.wait()
    assert (ack["ack_status"], "error" in ack) == ("ACK", False)
    assert not contract().answer_error(ASYNC_DISBURSE, {"message": ack})
    assert heard.path == "/callback/OPAQUE/on-disburse"
    assert not contract().request_error(ON_DISBURSE, heard.body)
    assert heard.words == {"PAY-1": "succ", "PAY-2": "succ"}
    header = heard.body["header"]
    assert (header["action"], header["status"]) == ("on-disburse", "succ")
    assert (header["total_count"], header["completed_count"]) == (2, 2)
    assert (header["sender_id"], header["receiver_id"]) == ("pay.example.org", "spp.example.org")
    assert heard.headers["Content-Type"] == "application/json"
    assert not {"Authorization", "Signature"} & set(heard.headers)
    assert "signature" not in heard.body
    assert since.references == ["PAY-1", "PAY-2"]


def test_question_is_acknowledged_and_called_back(payer):
    correlation = payer.submit(item(1), item(2))["correlation_id"]
    payer.wait()
    ack = payer.ask("PAY-2", "PAY-9")
    heard = payer.wait(2)[1]
    assert ack["correlation_id"] == correlation == heard.body["message"]["correlation_id"]
    assert not contract().answer_error(ASYNC_TXN_STATUS, {"message": ack})
    assert heard.path == "/callback/OPAQUE/disburse/txn/on-status"
    assert not contract().request_error(ON_TXN_STATUS, heard.body)
    assert heard.body["header"]["action"] == "txn-on-status"
    assert heard.words == {"PAY-2": "succ"}


def test_question_by_transaction_and_by_correlation(payer, simulator):
    correlation = payer.submit(item(1), item(2))["correlation_id"]
    for kind, value in (("transaction_id", "BATCH-1"), ("correlation_id", correlation)):
        body = question()
        body["message"]["txnstatus_request"].update(attribute_type=kind, attribute_value=value)
        assert payer.send(simulator.async_status_url, body)["ack_status"] == "ACK"
    told = [heard.words for heard in payer.wait(3) if "on-status" in heard.path]
    assert told == [{"PAY-1": "succ", "PAY-2": "succ"}] * 2


def test_search_tells_every_payment_that_fits(payer):
    payer.submit(item(1), item(2, account=1001), item(3))
    payer.wait()
    ack = payer.search("ACCOUNT:1001@bank-a", "account:5@bank-a")
    heard = payer.wait(2)[1]
    assert not contract().answer_error(ASYNC_SEARCH, {"message": ack})
    assert heard.path == "/callback/OPAQUE/disburse/on-search"
    assert not contract().request_error(ON_SEARCH, heard.body)
    assert heard.words == {"PAY-1": "succ", "PAY-2": "succ", "S-2": "rjct"}
    assert rows_of(heard.body)[2]["status_reason_code"] == "rjct.srch_payee_fa.invalid"


@pytest.mark.parametrize("known", [True, False])
def test_question_about_a_search(payer, simulator, known):
    if known:
        payer.search("account:7001@central-bank", attribute="payer_fa")
    body = question("S-1", transaction="SEARCH-1")
    body["message"]["txnstatus_request"]["txn_type"] = "search"
    payer.send(simulator.async_status_url, body)
    heard = payer.wait(1 + known)[-1]
    told = heard.body["message"]["txnstatus_response"]
    reason = "rjct.srch_payer_fa.invalid" if known else "rjct.srch_transaction_id.not_found"
    assert told["txn_type"] == "on-search"
    assert rows_of(heard.body)[0]["status_reason_code"] == reason
    assert not contract().request_error(ON_TXN_STATUS, heard.body)


def test_both_halves_know_the_same_payments(payer, simulator):
    payer.submit(item(1))
    assert words(post(simulator.status_url, question("PAY-1"))[2]) == {"PAY-1": "succ"}


def test_same_transaction_twice_is_executed_twice(payer, simulator):
    for _time in range(2):
        payer.submit(item(1))
    payer.wait(2)
    assert "PAY-1" in paid_twice(simulator.ledger())


def test_refused_payments_are_told_in_the_callback(payer, simulator):
    since = Since(simulator)
    simulator.play({"outcomes": [{"payees": ["1001"], "result": "refused", "code": "rjct.payment.failed"}]})
    assert payer.submit(item(1), item(2, payee_fa="nobody"), item(3))["ack_status"] == "ACK"
    told = {row["reference_id"]: row.get("status_reason_code") for row in rows_of(payer.wait()[0].body)}
    assert told == {"PAY-1": "rjct.payment.failed", "PAY-2": "rjct.payee_fa.invalid", "PAY-3": None}
    assert since.references == ["PAY-3"]


def test_wrong_count_is_refused_in_the_callback(payer, simulator):
    since, body = Since(simulator), disbursement(item(1))
    body["header"]["total_count"] = 2
    assert payer.send(simulator.async_payment_url, body)["ack_status"] == "ACK"
    told = payer.wait()[0].body
    assert not contract().request_error(ON_DISBURSE, told)
    assert (told["header"]["status"], told["header"]["status_reason_code"]) == (
        "rjct",
        "rjct.total_count.invalid",
    )
    assert "message" not in told
    assert since.references == []
    assert simulator.state()["violations"] == ["rjct.total_count.invalid"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.pop("header"),
        lambda body: body.pop("message"),
        lambda body: body["header"].pop("message_id"),
        lambda body: body["header"].update(message_ts="2026-11-20 09:30:00"),
        lambda body: body["header"].update(action="search"),
        lambda body: body["header"].update(meta="string"),
        lambda body: body["message"]["disbursements"][0].update(amount="10"),
        lambda body: body["message"]["disbursements"][0].update(locale="en_US"),
    ],
)
def test_request_against_the_contract_is_an_error_of_the_envelope(payer, simulator, spoil):
    since, body = Since(simulator), called_back(disbursement(item(1)), payer.uri)
    spoil(body)
    status, _type, answer = post(simulator.async_payment_url, body)
    assert (status, answer["message"]["ack_status"]) == (200, "ERR")
    assert answer["message"]["error"]["code"] == "err.request.bad"
    assert not contract().answer_error(ASYNC_DISBURSE, answer)
    assert since.references == []
    assert len(simulator.state()["violations"]) == 1


def test_message_id_is_for_one_message_only(payer, simulator):
    body = disbursement(item(1))
    for _time in range(2):
        payer.send(simulator.async_payment_url, body)
    assert simulator.state()["violations"] == []
    payer.send(simulator.async_payment_url, {**disbursement(item(2)), "header": body["header"]})
    assert simulator.state()["violations"] == ["$.header.message_id: is that of another message"]


@pytest.mark.parametrize("action", ["txn-status", "on-disburse", "on-search"])
def test_question_may_have_each_action_that_the_file_or_its_siblings_have(payer, simulator, action):
    body = question("PAY-1")
    body["header"]["action"] = action
    assert payer.send(simulator.async_status_url, body)["ack_status"] == "ACK"


@pytest.mark.parametrize("action", ["disburse", "search", "status"])
def test_question_with_another_action_is_an_error(payer, simulator, action):
    body = question("PAY-1")
    body["header"]["action"] = action
    assert payer.send(simulator.async_status_url, body)["error"]["code"] == "err.request.bad"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": "9"}, "err.version.not_supported"),
        ({"sender_uri": "no uri"}, "err.sender_uri.invalid"),
        ({"sender_uri": "https://spp.example.org/callback"}, "err.sender_uri.invalid"),
        ({"sender_uri": "http://203.0.113.7/callback"}, "err.sender_uri.invalid"),
        ({"sender_id": "somebody.example.org"}, "err.sender_id.invalid"),
        ({"receiver_id": "somebody.example.org"}, "err.receiver_id.invalid"),
    ],
)
def test_wrong_header_is_an_error_of_the_envelope(simulator, changes, code):
    simulator.play({"security": {"senders": ["spp.example.org"], "receivers": ["pay.example.org"]}})
    since, body = Since(simulator), called_back(disbursement(item(1)), "http://127.0.0.1:9/callback")
    body["header"].update(changes)
    ack = post(simulator.async_payment_url, body)[2]["message"]
    assert (ack["ack_status"], ack["error"]["code"]) == ("ERR", code)
    assert since.references == []
    assert simulator.state()["refusals"] == [code]


def test_caller_without_an_address_is_called_back_where_it_was_agreed(payer, simulator):
    answer = post(simulator.async_payment_url, disbursement(item(1)))[2]
    assert answer["message"]["error"]["code"] == "err.sender_uri.invalid"
    simulator.play({"callbacks": {"default_uri": payer.uri}})
    assert post(simulator.async_payment_url, disbursement(item(1)))[2]["message"]["ack_status"] == "ACK"
    assert payer.wait()[0].words == {"PAY-1": "succ"}


def test_attribute_value_has_to_fit_its_type(payer, simulator):
    body = question("PAY-1")
    body["message"]["txnstatus_request"]["attribute_type"] = "transaction_id"
    assert payer.send(simulator.async_status_url, body)["error"]["code"] == "err.request.bad"


@pytest.mark.parametrize(("ack", "executed"), [("NACK", True), ("ERR", False)])
def test_other_words_than_ack_have_no_callback(payer, simulator, ack, executed):
    since = Since(simulator)
    simulator.play({"callbacks": {"ack": ack}})
    told = payer.submit(item(1))
    assert (told["ack_status"], "error" in told) == (ack, ack == "ERR")
    assert since.references == (["PAY-1"] if executed else [])
    simulator.play({})
    payer.submit(item(2))
    assert payer.wait()[0].words == {"PAY-2": "succ"}


def test_err_has_the_scripted_http_status(payer, simulator):
    simulator.play({"callbacks": {"ack": "ERR"}, "security": {"err_status": 400}})
    status, _type, answer = post(simulator.async_payment_url, called_back(disbursement(item(1)), payer.uri))
    assert (status, answer["message"]["ack_status"]) == (400, "ERR")


def test_searches_and_callbacks_are_counted(payer, simulator):
    payer.search("account:1@a")
    payer.settled()
    assert simulator.state()["calls"] == {"submit": 0, "status": 0, "search": 1, "callback": 1}


def test_burst_sends_as_many_as_are_known_and_reports_them(payer, simulator):
    simulator.play({"callbacks": {"ack": "NACK"}})
    for number in range(20):
        payer.submit(item(number), transaction=f"BATCH-{number}")
    report = simulator.burst(rate=500, lines=4, copies=2)
    assert (report["sent"], report["statuses"], report["acks"]) == (40, {"200": 40}, {"ACK": 40})
    assert 0 < report["latency"]["p50"] <= report["latency"]["p99"] <= report["latency"]["max"]
    assert report["seconds"] >= 39 / 500
    heard = payer.wait(40)
    assert len({one.data for one in heard}) == 20
    assert not any(contract().request_error(ON_DISBURSE, one.body) for one in heard)
    assert heard[0].words == {"PAY-0": "succ"}


def test_burst_counts_what_is_not_acknowledged(payer, simulator):
    payer.replies[:] = ["ERR", 401, b"{}", "NACK"]
    rows = [{"reference_id": "PAY-1", "timestamp": "2026-11-20T09:30:00+00:00", "status": "succ"}]
    given = [{"transaction_id": f"T-{number}", "rows": rows} for number in range(5)]
    report = simulator.burst(transactions=given, uri=payer.uri, lines=1)
    assert report["statuses"] == {"200": 4, "401": 1}
    assert report["acks"] == {"ERR": 1, "none": 2, "NACK": 1, "ACK": 1}
    assert set(report["problems"]) == {"HTTP 401", "$: 'message' is missing"}


def test_burst_needs_an_address(simulator):
    with pytest.raises(OSError):
        simulator.burst(transactions=[{"transaction_id": "T-1", "rows": []}])


def test_payer_hears_what_it_acknowledges(simulator):
    payer = Caller(simulator)
    status, _type, answer = post(payer.uri + ON_DISBURSE, json.dumps({}).encode())
    payer.close()
    assert (status, answer["message"]["ack_status"], payer.heard[0].body) == (200, "ACK", {})
