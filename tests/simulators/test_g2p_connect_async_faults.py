"""The asynchronous half of the simulated G2P Connect payment system plays the faults of its script on its Acks."""

import time
import urllib.error

import pytest

from .g2p_connect.caller import Caller
from .g2p_connect.contract import ASYNC_DISBURSE, contract, official
from .g2p_connect.messages import (
    Since,
    called_back,
    disbursement,
    item,
    post,
    question,
    rows_of,
    search,
)
from .g2p_connect.process import running_simulator

NORMAL_HTTP = {
    "rubbish": lambda status, kind, body: isinstance(body, bytes) and b"\x00" in body,
    "html": lambda status, kind, body: (status, kind) == (200, "text/html"),
    "empty": lambda status, kind, body: (status, body) == (200, b""),
    "truncated": lambda status, kind, body: status == 200 and body.startswith(b'{"message"'),
    "redirect": lambda status, kind, body: status == 404,  # what urllib finds where it is led to
}


def play(simulator, **fault):
    simulator.play({"faults": [{"calls": [1], **fault}]})


def pay(payer, simulator, **kwargs):
    return post(simulator.async_payment_url, called_back(disbursement(item(1)), payer.uri), **kwargs)


def silent(payer):
    """Tell whether nothing came of the first request: what the second brings about comes after that."""
    payer.submit(item(2))
    return "PAY-1" not in payer.wait()[0].words


@pytest.mark.parametrize("name", NORMAL_HTTP)
@pytest.mark.parametrize("executed", [True, False])
def test_ack_is_replaced_and_the_callback_comes_where_it_was_executed(payer, simulator, name, executed):
    play(simulator, play=name, executed=executed)
    since = Since(simulator)
    assert NORMAL_HTTP[name](*pay(payer, simulator))
    assert since.references == (["PAY-1"] if executed else [])
    if executed:
        assert payer.wait()[0].words == {"PAY-1": "succ"}
    else:
        assert silent(payer)


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("shape", [True, False])
def test_http_status_is_as_scripted(payer, simulator, status, shape):
    play(simulator, play="status", status=status, shape=shape, executed=True)
    seen, _type, body = pay(payer, simulator)
    assert seen == status
    assert (body["errors"][0]["code"].startswith("err.")) if shape else body.startswith(b"<!DOCTYPE")
    assert payer.wait()[0].words == {"PAY-1": "succ"}


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("after_bytes", [0, 20, 150])
def test_reset_breaks_the_connection(payer, simulator, executed, after_bytes):
    play(simulator, play="reset", executed=executed, after_bytes=after_bytes)
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        pay(payer, simulator)
    assert payer.wait()[0].words == {"PAY-1": "succ"} if executed else silent(payer)


@pytest.mark.parametrize("executed", [True, False])
def test_timeout_outlasts_the_caller(payer, simulator, executed):
    play(simulator, play="timeout", executed=executed, seconds=60)
    since = Since(simulator)
    with pytest.raises(TimeoutError):
        pay(payer, simulator, timeout=0.3)
    assert since.references == (["PAY-1"] if executed else [])
    simulator.release()
    assert payer.wait()[0].words == {"PAY-1": "succ"} if executed else silent(payer)


def test_late_execution_comes_after_the_caller_has_gone(payer, simulator):
    play(simulator, play="late", seconds=60)
    since = Since(simulator)
    with pytest.raises(TimeoutError):
        pay(payer, simulator, timeout=0.3)
    assert (since.references, payer.heard) == ([], [])
    simulator.release()
    assert payer.wait()[0].words == {"PAY-1": "succ"}
    assert since.references == ["PAY-1"]


@pytest.mark.parametrize("name", ["drip_header", "drip_body"])
def test_dripping_ack_is_whole_in_the_end(payer, simulator, name):
    play(simulator, play=name, seconds=0.2, interval=0.01)
    assert payer.submit(item(1))["ack_status"] == "ACK"


def test_huge_ack_is_right_after_all_that_space(payer, simulator):
    play(simulator, play="huge", size=3_000_000)
    assert payer.submit(item(1))["ack_status"] == "ACK"


@pytest.mark.parametrize(
    ("fault", "ack", "executed", "called"),
    [
        ({"play": "nack"}, "NACK", True, False),
        ({"play": "never"}, "ACK", True, False),
        ({"play": "err", "code": "err.service.unavailable"}, "ERR", False, False),
        ({"play": "err", "executed": True}, "ERR", True, False),
        ({"play": "unknown_ack"}, "OK", True, False),
        ({"play": "unknown_ack", "code": "ack"}, "ack", True, False),
        ({"play": "bare_ack"}, "ACK", True, True),
    ],
)
def test_word_of_the_ack_is_as_scripted(payer, simulator, fault, ack, executed, called):
    play(simulator, **fault)
    since = Since(simulator)
    told = payer.submit(item(1))
    assert told["ack_status"] == ack
    assert since.references == (["PAY-1"] if executed else [])
    if ack == "ERR":
        assert told["error"]["code"] == fault.get("code", "err.request.bad")
    wrong = fault["play"] in ("unknown_ack", "bare_ack")
    assert bool(contract().answer_error(ASYNC_DISBURSE, {"message": told})) == wrong
    assert payer.wait()[0].words == {"PAY-1": "succ"} if called else silent(payer)


@pytest.mark.parametrize("code", official()["components"]["schemas"]["Error"]["properties"]["code"]["enum"])
def test_each_error_of_the_envelope_can_be_said(payer, simulator, code):
    play(simulator, play="err", code=code)
    told = payer.submit(item(1))
    assert told["error"]["code"] == code
    assert not contract().answer_error(ASYNC_DISBURSE, {"message": told})


@pytest.mark.parametrize("kind", ["status", "search"])
def test_faults_are_played_on_questions_and_searches_too(payer, simulator, kind):
    payer.submit(item(1))
    payer.wait()
    body, url = (
        (question("PAY-1"), simulator.async_status_url)
        if kind == "status"
        else (search("account:1001@bank-a"), simulator.async_search_url)
    )
    simulator.play(
        {
            "faults": [
                {"on": kind, "calls": [1], "play": "status", "status": 503},
                {"on": kind, "calls": [2], "play": "nack"},
                {"on": kind, "calls": [3], "play": "missing_rows"},
            ]
        }
    )
    assert payer.send(url, body)["errors"][0]["code"] == "err.service.unavailable"
    assert [payer.send(url, body)["ack_status"] for _turn in range(3)] == ["NACK", "ACK", "ACK"]
    told = [rows_of(one.body) for one in payer.wait(3)[1:]]
    assert sorted(len(rows) for rows in told) == [0, 1]


def test_plays_of_an_ack_are_a_violation_in_the_synchronous_half(simulator):
    play(simulator, play="nack")
    assert post(simulator.payment_url, disbursement(item(1)))[0] == 200
    assert "nack" in simulator.state()["violations"][0]


def test_latency_holds_up_every_call(payer, simulator):
    simulator.play({"latency": 0.2})
    begin = time.monotonic()
    payer.submit(item(1))
    assert time.monotonic() - begin >= 0.2


def test_payment_system_that_died_calls_nobody_back_and_knows_what_it_paid(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    with running_simulator({"callbacks": {"delay": 60.0}}, ledger) as first:
        payer = Caller(first)
        payer.submit(item(1))
        first.kill()
    ports = {"port": first.port, "tls_port": first.tls_port, "mtls_port": first.mtls_port}
    with running_simulator({}, ledger, **ports) as second:
        payer.ask("PAY-1")
        [heard] = payer.wait()
        assert heard.path.endswith("/on-status")
        assert heard.words == {"PAY-1": "succ"}
        assert (second.async_payment_url, second.keys) == (first.async_payment_url, first.keys)
    payer.close()
