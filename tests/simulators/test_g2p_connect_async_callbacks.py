"""The simulated G2P Connect payment system calls back as its script says: late, twice, in parts, wrongly, never."""

import time

import pytest

from .g2p_connect.contract import ON_DISBURSE, contract
from .g2p_connect.knobs import ConnectScript
from .g2p_connect.messages import Since, called_back, disbursement, item, post, question, rows_of
from .script import ScriptError

DONE = {"PAY-1": "succ", "PAY-2": "succ"}


def play(simulator, outcomes=(), faults=(), security=None, **rules):
    simulator.play(
        {
            "callbacks": {"retry_seconds": 0.01, **rules},
            "outcomes": list(outcomes),
            "faults": list(faults),
            "security": security or {},
        }
    )


def test_callback_comes_after_the_delay(payer, simulator):
    play(simulator, delay=0.3)
    begin = time.monotonic()
    payer.submit(item(1))
    payer.wait()
    assert time.monotonic() - begin >= 0.3


def test_callback_may_come_before_the_ack(payer, simulator):
    play(simulator, faults=[{"play": "timeout", "executed": True, "seconds": 60}])
    with pytest.raises(TimeoutError):
        post(simulator.async_payment_url, called_back(disbursement(item(1)), payer.uri), timeout=0.3)
    assert payer.wait()[0].words == {"PAY-1": "succ"}
    simulator.release()


def test_every_message_is_repeated_byte_for_byte(payer, simulator):
    play(simulator, copies=3)
    payer.submit(item(1))
    payer.settled(3)
    assert len({one.data for one in payer.wait(3)}) == 1
    assert simulator.state()["acks"] == {"ACK": 3}


def test_rows_come_in_parts(payer, simulator):
    play(simulator, parts=2)
    payer.submit(item(1), item(2), item(3))
    heard = payer.wait(2)
    assert [list(one.words) for one in heard] == [["PAY-1", "PAY-2"], ["PAY-3"]]
    headers = [one.body["header"] for one in heard]
    assert [header["status"] for header in headers] == ["pdng", "succ"]
    assert [(header["total_count"], header["completed_count"]) for header in headers] == [(3, 2), (3, 3)]
    assert len({header["message_id"] for header in headers}) == 2
    assert not any(contract().request_error(ON_DISBURSE, one.body) for one in heard)


def test_parts_come_in_the_other_order(payer, simulator):
    play(simulator, parts=3, reversed_parts=True)
    payer.submit(item(1), item(2), item(3))
    assert [list(one.words) for one in payer.wait(3)] == [["PAY-3"], ["PAY-2"], ["PAY-1"]]


def test_callbacks_of_several_requests_are_held_and_reordered(payer, simulator):
    play(simulator, hold=3)
    for number in range(3):
        payer.submit(item(number), transaction=f"BATCH-{number}")
    heard = payer.wait(3)
    assert [one.body["message"]["transaction_id"] for one in heard] == ["BATCH-2", "BATCH-1", "BATCH-0"]


def test_pending_comes_first_and_the_rest_after_it(payer, simulator):
    since = Since(simulator)
    play(simulator, pending_first=True)
    payer.submit(item(1), item(2))
    heard = payer.wait(2)
    assert [one.words for one in heard] == [{"PAY-1": "pdng", "PAY-2": "pdng"}, DONE]
    assert [one.body["header"]["completed_count"] for one in heard] == [0, 2]
    assert since.references == ["PAY-1", "PAY-2"]


def test_rows_are_missing_foreign_and_of_another_transaction(payer, simulator):
    play(simulator, missing=1, foreign=2, transaction="OTHER")
    payer.submit(item(1), item(2))
    told = payer.wait()[0]
    assert list(told.words) == ["UNHEARD-OF-1", "UNHEARD-OF-2", "PAY-2"]
    assert told.body["message"]["transaction_id"] == "OTHER"


@pytest.mark.parametrize("half", ["sync", "async"])
def test_callback_waits_for_a_question(payer, simulator, half):
    play(simulator, after_question=True)
    payer.submit(item(1))
    payer.submit(item(2), transaction="BATCH-2")
    if half == "sync":
        post(simulator.status_url, question("PAY-1"))
    else:
        payer.ask("PAY-1")
    heard = payer.wait(1 if half == "sync" else 2)
    told = [one.words for one in heard if one.path.endswith("/on-disburse")]
    assert told == [{"PAY-1": "succ"}]


def test_pending_payments_are_called_back_about_until_they_are_final(payer, simulator):
    since = Since(simulator)
    pending = {"payees": ["1001"], "result": "pending", "questions": 1}
    play(simulator, outcomes=[pending], follow_up_seconds=0.02)
    payer.submit(item(1), item(2))
    told = [one.words for one in payer.wait(3)]
    assert told == [{"PAY-1": "pdng", "PAY-2": "succ"}, {"PAY-1": "pdng"}, {"PAY-1": "succ"}]
    assert since.references == ["PAY-2", "PAY-1"]


def test_pending_payments_are_told_once_unless_asked_for(payer, simulator):
    play(simulator, outcomes=[{"result": "pending", "questions": 0}])
    payer.submit(item(1))
    payer.wait()
    payer.ask("PAY-1")
    assert [one.words for one in payer.wait(2)] == [{"PAY-1": "pdng"}, {"PAY-1": "succ"}]


@pytest.mark.parametrize(
    "reply", ["ERR", 401, 403, 500, b"no json", b"{}", b'{"message": {"ack_status": "OK"}}']
)
def test_message_is_sent_again_until_it_is_acknowledged(payer, simulator, reply):
    play(simulator, tries=3)
    payer.replies[:] = [reply]
    payer.submit(item(1))
    [made] = payer.settled()
    first, second = payer.wait(2)
    assert (first.data, made["tries"], made["ack"]) == (second.data, 2, "ACK")
    name = "ERR" if reply == "ERR" else f"http_{reply}" if isinstance(reply, int) else "invalid"
    assert simulator.state()["acks"] == {name: 1, "ACK": 1}


def test_nack_is_an_acknowledgement_too(payer, simulator):
    payer.replies[:] = ["NACK"]
    payer.submit(item(1))
    [made] = payer.settled()
    assert (made["tries"], made["ack"]) == (1, "NACK")


def test_message_is_given_up_after_so_many_tries(payer, simulator):
    play(simulator, tries=2)
    payer.replies[:] = ["ERR"] * 3
    payer.submit(item(1))
    [made] = payer.settled()
    assert (made["tries"], made["ack"], simulator.state()["acks"]) == (2, "ERR", {"ERR": 2})


@pytest.mark.parametrize(("stop", "number"), [(True, 1), (False, 2)])
def test_unacknowledged_part_may_be_the_last(payer, simulator, stop, number):
    play(simulator, parts=2, tries=1, stop_unless_acked=stop)
    payer.replies[:] = [500]
    payer.submit(item(1), item(2))
    payer.wait(number)
    # What comes later than that would be here before the next one.
    play(simulator, delay=0.2)
    payer.submit(item(3), transaction="BATCH-2")
    made = payer.settled(number + 1)
    assert [one["transaction"] for one in made] == ["BATCH-1"] * number + ["BATCH-2"]


def test_nobody_there_is_counted(payer, simulator):
    play(simulator, tries=2)
    payer.close()
    payer.submit(item(1))
    [made] = payer.settled()
    assert (made["tries"], made["status"], made["problem"]) == (2, None, "ConnectionRefusedError")
    assert simulator.state()["acks"] == {"none": 2}


def test_reset_ends_what_goes_on(payer, simulator):
    play(simulator, parts=2, part_seconds=0.2)
    payer.submit(item(1), item(2))
    payer.wait()
    simulator.reset()
    play(simulator, delay=0.4)
    payer.submit(item(3))
    assert [list(one.words) for one in payer.wait(2)] == [["PAY-1"], ["PAY-3"]]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"play": "missing_rows"}, {"PAY-2": "succ"}),
        ({"play": "extra_rows"}, {"UNHEARD-OF-1": "succ", **DONE}),
        ({"play": "reordered_rows"}, {"PAY-2": "succ", "PAY-1": "succ"}),
        ({"play": "contradictory_rows"}, {"PAY-1": "rjct", "PAY-2": "succ"}),
        ({"play": "unknown_status"}, {"PAY-1": "fail", "PAY-2": "succ"}),
        ({"play": "duplicate_reference"}, {"PAY-1": "rjct", "PAY-2": "rjct"}),
    ],
)
@pytest.mark.parametrize("on", ["submit", "callback"])
def test_rows_are_spoiled_in_the_callback(payer, simulator, fault, expected, on):
    play(simulator, faults=[{"on": on, "calls": [1], **fault}])
    assert payer.submit(item(1), item(2))["ack_status"] == "ACK"
    assert payer.wait()[0].words == expected


@pytest.mark.parametrize("on", ["status", "callback"])
def test_answer_to_a_question_is_spoiled_in_the_callback(payer, simulator, on):
    payer.submit(item(1))
    payer.wait()
    play(simulator, faults=[{"on": on, "play": "bare_list"}])
    payer.ask("PAY-1")
    told = payer.wait(2)[1].body["message"]["txnstatus_response"]["txn_status"]
    assert [row["reference_id"] for row in told] == ["PAY-1"]


@pytest.mark.parametrize("on", ["submit", "callback"])
def test_header_is_refused_in_the_callback(payer, simulator, on):
    since = Since(simulator)
    play(simulator, faults=[{"on": on, "play": "header_rjct", "code": "rjct.errors.too_many"}])
    payer.submit(item(1))
    told = payer.wait()[0].body
    assert (told["header"]["status"], told["header"]["status_reason_code"]) == (
        "rjct",
        "rjct.errors.too_many",
    )
    assert "message" not in told
    # A refusal of the request keeps the money; one that is only told does not.
    assert since.references == ([] if on == "submit" else ["PAY-1"])


def test_lost_callback_is_never_sent(payer, simulator):
    play(simulator, faults=[{"on": "callback", "calls": [1], "play": "lost"}])
    payer.submit(item(1))
    [made] = payer.settled()
    assert (made["play"], made["tries"], made["problem"]) == ("lost", 0, "lost")
    payer.submit(item(2))
    assert [one.words for one in payer.wait()] == [{"PAY-2": "succ"}]


def test_callback_that_hangs_up_is_sent_again(payer, simulator):
    play(simulator, faults=[{"on": "callback", "calls": [1], "play": "reset"}])
    payer.submit(item(1))
    [made] = payer.settled()
    first, second = payer.wait(2)
    assert (first.data, made["tries"], made["ack"]) == (second.data, 2, "ACK")


@pytest.mark.parametrize(
    ("fault", "right"),
    [
        ({"play": "twice"}, lambda heard: heard[0].data == heard[1].data),
        ({"play": "rubbish"}, lambda heard: b"\x00" in heard[0].data),
        ({"play": "html"}, lambda heard: heard[0].headers["Content-Type"] == "text/html"),
        ({"play": "empty"}, lambda heard: heard[0].data == b""),
        ({"play": "truncated"}, lambda heard: heard[0].data.startswith(b'{"header"')),
        ({"play": "huge", "size": 3_000_000}, lambda heard: len(heard[0].data) > 3_000_000),
        ({"play": "wrong_action"}, lambda heard: heard[0].body["header"]["action"] == "disburse"),
        ({"play": "wrong_address"}, lambda heard: heard[0].path == "/callback/somebody-else/on-disburse"),
        ({"play": "other_transaction"}, lambda heard: b"OTHER-" in heard[0].data),
        ({"play": "wrong_amount"}, lambda heard: rows_of(heard[0].body)[0]["amount"] == "11.50"),
    ],
)
def test_message_is_as_wrong_as_scripted_and_the_next_is_right(payer, simulator, fault, right):
    play(simulator, faults=[{"on": "callback", "calls": [1], **fault}])
    payer.submit(item(1))
    number = 2 if fault["play"] == "twice" else 1
    assert right(payer.wait(number))
    payer.submit(item(2))
    assert payer.wait(number + 1)[-1].words == {"PAY-2": "succ"}


def test_late_message_is_late(payer, simulator):
    play(simulator, faults=[{"on": "callback", "calls": [1], "play": "late", "seconds": 60}])
    payer.submit(item(1))
    payer.submit(item(2))
    assert payer.wait()[0].words == {"PAY-2": "succ"}
    simulator.release()
    assert payer.wait(2)[1].words == {"PAY-1": "succ"}


@pytest.mark.parametrize(
    "script",
    [
        {"callbacks": {"parts": 0}},
        {"callbacks": {"ack": "OK"}},
        {"callbacks": {"unheard_of": 1}},
        {"security": {"signature": "hmac"}},
        {"security": {"clock_offset": "1"}},
        {"faults": [{"on": "callback", "play": "nack"}]},
        {"faults": [{"on": "submit", "play": "lost"}]},
        {"faults": [{"on": "token", "play": "missing_rows"}]},
        {"faults": [{"on": "callback", "play": "redirect"}]},
        {"faults": [{"on": "nowhere", "play": "status"}]},
    ],
)
def test_script_that_nobody_understands_is_an_error(script):
    with pytest.raises(ScriptError):
        ConnectScript.parse(script)
