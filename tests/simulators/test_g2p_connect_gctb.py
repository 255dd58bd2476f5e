"""The profile gctb behaves as the real Cash Transfer Bridge 0.1.0 did: every recorded exchange comes out again."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from .g2p_connect.messages import Since, disbursement, item, post, question
from .g2p_connect.process import running_simulator

SAMPLES = Path(__file__).parents[2] / "g2p_payment_g2p_connect" / "tests" / "samples"
EXCHANGES = json.loads((SAMPLES / "g2p_cash_transfer_bridge_v0.1.0.json").read_text())
FIRST, SECOND = "PAY-920e00-1", "PAY-920e00-2"
MOMENT = "2026-11-20T10:00:00+00:00"
#: Told anew each time.
VOLATILE = ("message_id", "message_ts", "correlation_id", "timestamp")
REFUSED = {"result": "refused", "code": "rjct.payment.failed"}
#: What happened to the second payment before each question was asked, and how often somebody had asked.
SCENES = {
    "status: received": (REFUSED, 0),
    "status: one paid, one refused": (REFUSED, 1),
    "status: fail (outside the specification)": ({"result": "pending", "status": "fail"}, 0),
    "status: unknown reference (simply left out)": (REFUSED, 1),
}


@pytest.fixture
def gctb(simulator):
    """The Cash Transfer Bridge; its backend pays everybody."""
    simulator.play({"profile": "gctb"})
    return simulator


def paid_for(*items, transaction="BATCH-1"):
    """Return a request that the bridge takes."""
    items = [{"scheduled_timestamp": MOMENT, **one} for one in items]
    return {"signature": "", **disbursement(*items, transaction=transaction)}


def asked_for(*references):
    return {"signature": "", **question(*references)}


def send(gctb, *items):
    return post(gctb.payment_url, paid_for(*items))[2]


def look(gctb, *references):
    """Return (reference, status) of each row that is told."""
    body = post(gctb.status_url, asked_for(*references))[2]
    return [
        (row["reference_id"], row["status"]) for row in body["message"]["txnstatus_response"]["txn_status"]
    ]


def essence(value, name=""):
    """Return what an answer says, without what is another each time."""
    if isinstance(value, dict):
        return {key: essence(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [essence(inner, name) for inner in value]
    return type(value).__name__ if name in VOLATILE else value


def recorded(name):
    (exchange,) = [one for one in EXCHANGES if one["case"] == name]
    return exchange


@pytest.mark.parametrize("name", [one["case"] for one in EXCHANGES])
def test_recorded_exchange_comes_out_again(gctb, name):
    exchange = recorded(name)
    if name in SCENES:
        second, asked_before = SCENES[name]
        waiting = {"result": "pending", "then": {}, "reference": f"^{FIRST}$"}
        other = second if second["result"] == "pending" else {"result": "pending", "then": second}
        gctb.play({"profile": "gctb", "outcomes": [waiting, {**other, "reference": f"^{SECOND}$"}]})
        post(gctb.payment_url, recorded("disburse accepted")["request"])
        for _time in range(asked_before):
            post(gctb.status_url, asked_for(FIRST, SECOND))
    path = gctb.base_url + exchange["path"]
    status, kind, body = post(path, exchange["request"])
    assert (status, kind) == (exchange["http_status"], "application/json")
    assert essence(body) == essence(exchange["response"])


def without(body, *path):
    """Return ``body`` without what is at the end of ``path``."""
    body = json.loads(json.dumps(body))
    node = body
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]
    return body


ITEM = ("message", "disbursements", 0)


@pytest.mark.parametrize(
    "path",
    [
        ("signature",),
        *(("header", name) for name in ("message_id", "message_ts", "action", "sender_id", "total_count")),
        *((*ITEM, name) for name in ("reference_id", "payee_fa", "amount", "scheduled_timestamp")),
    ],
)
def test_what_is_missing_is_refused_and_nothing_paid(gctb, path):
    since = Since(gctb)
    status, _kind, body = post(gctb.payment_url, without(paid_for(item(1)), *path))
    assert (status, body) == (
        400,
        {"errors": [{"code": "G2P-REQ-102", "message": "Invalid Input. Field required"}]},
    )
    assert since.references == []
    assert gctb.state()["refusals"] == ["G2P-REQ-102"]


def changed(body, value, *path):
    body = json.loads(json.dumps(body))
    node = body
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return body


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (10.5, (*ITEM, "amount")),
        ("string", ("header", "meta")),
        ("soon", ("header", "message_ts")),
        ("soon", (*ITEM, "scheduled_timestamp")),
        (7, ("signature",)),
    ],
)
def test_what_is_of_another_kind_is_refused(gctb, value, path):
    status, _kind, body = post(gctb.payment_url, changed(paid_for(item(1)), value, *path))
    assert status == 400
    assert {one["code"] for one in body["errors"]} == {"G2P-REQ-102"}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, ("signature",)),
        ("2026-11-20 09:30:00.123456", ("header", "message_ts")),
        ("2026-11-20 09:30:00.123456", (*ITEM, "scheduled_timestamp")),
        (99, ("header", "total_count")),
        ("jump", ("header", "action")),
        ("9", ("header", "version")),
        (True, ("header", "is_msg_encrypted")),
        ("", (*ITEM, "payer_fa")),
        ("a lot", (*ITEM, "amount")),
    ],
)
def test_what_nobody_looks_at_is_taken(gctb, value, path):
    headers = {"Content-Type": "application/json"}
    body = changed(paid_for(item(1)), value, *path)
    status, _kind, answer = post(gctb.payment_url, body, headers=headers)
    assert status == 200
    assert [row["status"] for row in answer["message"]["disbursements_status"]] == ["rcvd"]


def test_what_the_api_forbids_and_is_taken_is_a_violation(gctb):
    send(gctb, item(1))
    assert gctb.state()["violations"] == []
    post(gctb.payment_url, changed(paid_for(item(1)), "jump", "header", "action"))
    assert len(gctb.state()["violations"]) == 1


def test_other_paths_and_methods_are_not_served(gctb):
    for url in (gctb.async_payment_url, gctb.async_status_url, gctb.async_search_url, gctb.token_url):
        status, _kind, body = post(url, paid_for(item(1)))
        assert (status, body["errors"][0]["code"]) == (404, "G2P-REQ-404")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(gctb.payment_url, timeout=20)
    assert (caught.value.code, json.load(caught.value)["errors"][0]["code"]) == (405, "G2P-REQ-405")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"attribute_type": "transaction_id", "attribute_value": "BATCH-1"}, (500, "G2P-REQ-100")),
        ({"attribute_type": "correlation_id", "attribute_value": "C-1"}, (400, "GCTB-PMS-350")),
        ({"attribute_value": "PAY-1"}, (400, "GCTB-PMS-350")),
        ({"txn_type": "search"}, (400, "GCTB-PMS-350")),
        ({"attribute_value": 7}, (400, "G2P-REQ-102")),
    ],
)
def test_questions_but_those_by_references_are_refused(gctb, changes, expected):
    body = asked_for("PAY-1")
    body["message"]["txnstatus_request"].update(changes)
    status, _kind, answer = post(gctb.status_url, body)
    assert (status, answer["errors"][0]["code"]) == expected


def test_what_comes_twice_is_paid_and_told_twice(gctb):
    since = Since(gctb)
    for _time in range(2):
        send(gctb, item(1))
    assert since.references == ["PAY-1", "PAY-1"]
    assert look(gctb, "PAY-1") == [("PAY-1", "succ"), ("PAY-1", "succ")]


def test_item_without_a_currency_is_lost_with_all_after_it(gctb):
    since = Since(gctb)
    second = without({"item": item(2)}, "item", "currency_code")["item"]
    answer = send(gctb, item(1), second, item(3))
    assert [row["status"] for row in answer["message"]["disbursements_status"]] == ["rcvd"] * 3
    assert look(gctb, "PAY-1", "PAY-2", "PAY-3") == [("PAY-1", "succ")]
    assert since.references == ["PAY-1"]


def test_what_failed_is_tried_again_and_what_was_refused_is_not(gctb):
    fails = {"result": "pending", "status": "fail", "questions": 2, "then": {}, "reference": "1$"}
    refused = {"result": "refused", "reference": "2$"}
    gctb.play({"profile": "gctb", "outcomes": [fails, refused]})
    since = Since(gctb)
    send(gctb, item(1), item(2))
    told = [look(gctb, "PAY-1", "PAY-2") for _time in range(4)]
    assert [dict(one)["PAY-1"] for one in told] == ["fail", "fail", "succ", "succ"]
    assert {dict(one)["PAY-2"] for one in told} == {"rjct"}
    assert since.references == ["PAY-1"]
    assert gctb.state()["waiting"] == 0


def test_faults_are_played_in_its_own_words(gctb):
    faults = [
        {"calls": [1], "play": "status", "status": 400},
        {"calls": [2], "play": "timeout", "executed": False, "seconds": 0},
        {"calls": [3], "play": "missing_rows"},
    ]
    gctb.play({"profile": "gctb", "faults": faults})
    since = Since(gctb)
    status, _kind, body = post(gctb.payment_url, paid_for(item(1)))
    assert (status, body["errors"][0]["code"]) == (400, "G2P-REQ-102")
    assert post(gctb.payment_url, paid_for(item(2)))[0] == 504
    assert since.references == []
    assert send(gctb, item(3))["message"]["disbursements_status"] == []
    assert since.references == ["PAY-3"]
    assert gctb.state()["violations"] == []


@pytest.mark.parametrize("play", ["bare_list", "header_rjct", "nack"])
def test_fault_that_it_cannot_play_does_not_pass_unseen(gctb, play):
    gctb.play({"profile": "gctb", "faults": [{"play": play}]})
    post(gctb.payment_url, paid_for(item(1)))
    assert play in gctb.state()["violations"][0]


def test_unknown_profile_is_refused(simulator):
    with pytest.raises(urllib.error.HTTPError):
        simulator.play({"profile": "gctb2"})


def test_without_the_profile_all_is_by_the_book(simulator):
    status, _kind, _body = post(simulator.payment_url, paid_for(item(1)))
    assert status == 200
    post(simulator.payment_url, disbursement(item(1)))
    assert simulator.state()["violations"] == []


def test_what_was_paid_is_known_after_a_restart(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    with running_simulator({"profile": "gctb"}, ledger) as first:
        send(first, item(1))
        first.kill()
    with running_simulator({"profile": "gctb"}, ledger) as second:
        assert look(second, "PAY-1") == [("PAY-1", "succ")]
