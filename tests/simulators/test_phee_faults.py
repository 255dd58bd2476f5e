"""The simulated Payment Hub EE plays the faults of its script, and understands nothing that it does not play."""

import time

import pytest

from .phee import jws
from .phee.knobs import REFUSALS, ROW_PLAYS, HubFault, HubScript
from .phee.messages import Caller, csv_of, name_of, row
from .script import PLAYS, ScriptError

pytest_plugins = ("tests.simulators.phee.fixtures",)

BATCHES = {"sub_batch_size": 0}


def play(hub, *faults, **script):
    hub.play({"faults": [{"calls": [1], **fault} for fault in faults], "hub": BATCHES, **script})


@pytest.mark.parametrize(
    "script",
    [
        {"hub": {"profile": "v9"}},
        {"hub": {"tenant": "gorilla"}},
        {"hub": {"jws": "on"}},
        {"hub": {"bulk_gateway": "magic"}},
        {"hub": {"budget_accounts": [{"institution": "I"}]}},
        {"outcomes": [{"hidden": "2"}]},
        {"outcomes": [{"then": {"seen": 1}}]},
        {"faults": [{"play": "explode"}]},
        {"faults": [{"play": "timeout"}]},
        {"faults": [{"play": "html", "on": "both"}]},
        {"faults": [{"play": "dead_engine", "on": "status"}]},
        {"faults": [{"play": "header_rjct", "code": "rjct.version.invalid"}]},
        {"faults": [{"play": "other_transaction", "on": "token"}]},
        {"max_items": 5},
        {"unknown": "refused"},
        [],
    ],
)
def test_script_that_is_not_understood_is_an_error(script):
    with pytest.raises(ScriptError):
        HubScript.parse(script)


@pytest.mark.parametrize("name", ROW_PLAYS)
def test_row_faults_mean_nothing_where_there_are_no_rows(name):
    for kind in ("submit", "list", "token"):
        with pytest.raises(ScriptError):
            HubScript.parse({"faults": [{"play": name, "on": kind}]})


def test_every_play_of_the_scripts_is_understood():
    assert set(PLAYS) < set(HubFault.plays)
    for name in HubFault.plays:
        assert any(
            HubScript.parse({"faults": [{"play": name, "on": kind, "executed": True}]})
            for kind in HubFault.kinds
            if kind not in ("submit", "token", "list") or name not in ROW_PLAYS
            if not (name in ("dead_engine", "error_200") and kind != "submit")
            if not (name == "other_transaction" and kind in ("list", "token"))
        )


# Submissions

INSTEAD = {
    "rubbish": lambda answer: b"\x00" in answer.raw,
    "html": lambda answer: (answer.status, answer.headers["Content-Type"]) == (200, "text/html"),
    "empty": lambda answer: (answer.status, answer.raw) == (200, b""),
    "truncated": lambda answer: answer.status == 202 and answer.raw.startswith(b'{"PollingPath"'),
    "redirect": lambda answer: (answer.status, answer.headers["Location"]) == (302, "/elsewhere"),
    "error_200": lambda answer: (answer.status, answer.body["errorCode"]) == (200, 500),
    "bare_list": lambda answer: "PollingPath" in answer.body[0],
    "dead_engine": lambda answer: answer.status == 202 and answer.batch_id,
    "other_transaction": lambda answer: answer.status == 202 and answer.batch_id,
}


@pytest.mark.parametrize("name", INSTEAD)
@pytest.mark.parametrize("executed", [True, False])
def test_answer_is_replaced_and_executed_is_as_scripted(hub, caller, name, executed):
    play(hub, {"play": name, "executed": executed})
    assert INSTEAD[name](caller.send(row(0)))
    assert caller.paid() == (["PAY-0"] if executed else [])
    assert caller.ops("/batches").body["totalBatches"] == executed
    assert caller.send(row(1)).status == 202


def test_dead_engine_is_never_seen(hub, caller):
    play(hub, {"play": "dead_engine"})
    answer = caller.send(row(0))
    assert caller.ops(f"/batch/{answer.batch_id}").status == 404
    assert caller.paid() == []


def test_answer_may_name_another_batch(hub, caller):
    play(hub, {"play": "other_transaction", "executed": True})
    told = caller.send(row(0)).batch_id
    real = hub.state()["batches"][0]["batchId"]
    assert told != real
    assert (caller.ops(f"/batch/{told}").status, caller.ops(f"/batch/{real}").status) == (404, 200)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 412, 425, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("shape", [True, False])
@pytest.mark.parametrize("executed", [True, False])
def test_http_status_is_as_scripted(hub, caller, status, shape, executed):
    play(hub, {"play": "status", "status": status, "shape": shape, "executed": executed})
    answer = caller.send(row(0))
    assert answer.status == status
    assert (answer.body["responseCode"] == "01") if shape else answer.raw.startswith(b"<!DOCTYPE")
    assert caller.paid() == (["PAY-0"] if executed else [])


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("after_bytes", [0, 20, 500])
def test_reset_breaks_the_connection(hub, caller, executed, after_bytes):
    play(hub, {"play": "reset", "executed": executed, "after_bytes": after_bytes})
    with pytest.raises(ConnectionError):
        caller.send(row(0))
    assert caller.paid() == (["PAY-0"] if executed else [])
    assert caller.send(row(1)).status == 202


@pytest.mark.parametrize("executed", [True, False])
def test_timeout_outlasts_the_caller(hub, caller, executed):
    play(hub, {"play": "timeout", "executed": executed, "seconds": 60})
    with pytest.raises(TimeoutError):
        caller.send(row(0), timeout=0.3)
    assert caller.paid() == (["PAY-0"] if executed else [])
    found = [batch["correlationId"] for batch in caller.ops("/batches").body["data"]]
    assert len(found) == executed
    hub.release()


def test_late_execution_comes_after_the_caller_has_gone(hub, caller):
    play(hub, {"play": "late", "seconds": 60})
    with pytest.raises(TimeoutError):
        caller.send(row(0), timeout=0.3)
    assert caller.ops("/batches").body["data"] == []
    assert caller.paid() == []
    hub.release()
    ends = time.monotonic() + 30
    while not caller.paid() and time.monotonic() < ends:
        time.sleep(0.01)
    assert caller.paid() == ["PAY-0"]


@pytest.mark.parametrize("name", ["drip_header", "drip_body", "huge"])
@pytest.mark.parametrize("on", ["submit", "status"])
def test_slow_or_huge_answer_is_whole_in_the_end(hub, caller, name, on):
    play(hub, {"on": on, "play": name, "seconds": 0.2, "interval": 0.01, "size": 1_000_000})
    answer = caller.send(row(0))
    assert answer.status == 202
    if on == "submit":
        assert jws.verified(
            hub.keys.server_public, answer.headers["X-SIGNATURE"], answer.raw.decode().strip()
        )
    assert caller.summary(answer.batch_id)["successful"] == 1


@pytest.mark.parametrize(("name", "kept"), [("wrong_signature", True), ("no_signature", False)])
def test_signature_of_the_answer_may_be_bad(hub, caller, name, kept):
    play(hub, {"play": name})
    answer = caller.send(row(0))
    assert ("X-SIGNATURE" in answer.headers) is kept
    if kept:
        with pytest.raises(jws.UnusableSignature):
            jws.verified(hub.keys.server_public, answer.headers["X-SIGNATURE"], answer.raw.decode())
    assert caller.paid() == ["PAY-0"]


@pytest.mark.parametrize("code", REFUSALS)
def test_batch_is_refused_in_each_of_the_hub_s_ways(hub, caller, code):
    play(hub, {"play": "header_rjct", "code": code})
    answer = caller.send(row(0))
    assert answer.status == {"no_workflow": 412, "missing_header": 500}.get(code, 400)
    assert not {"PollingPath", "batch_id"} & set(answer.body)
    assert caller.paid() == []


def test_refused_batches_are_no_calls(hub, caller):
    play(hub, {"play": "empty", "executed": False})
    assert caller.send(row(0), headers={"Type": "x"}).status == 400
    assert caller.send(row(0)).raw == b""
    assert hub.state()["calls"]["submit"] == 1


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        ({"calls": [2]}, [1]),
        ({"calls": [], "every": 2}, [1, 3]),
        ({"calls": [], "every": 2, "times": 1}, [1]),
        ({"calls": [], "transaction": "^C-3$"}, [3]),
        ({"calls": [], "reference": "^PAY-0$"}, [0]),
    ],
)
def test_fault_hits_by_ordinal_correlation_or_request_id(hub, caller, fault, hit):
    play(hub, {"play": "empty", "executed": False, **fault})
    seen = [caller.send(row(n), headers={"X-CorrelationID": f"C-{n}"}).raw == b"" for n in range(4)]
    assert [n for n in range(4) if seen[n]] == hit


def test_latency_is_spent_on_both_hosts(hub, caller):
    hub.play({"latency": 60})
    for ask in (lambda: caller.send(row(0), timeout=0.2), lambda: caller.ops("/batches", timeout=0.2)):
        with pytest.raises(TimeoutError):
            ask()
    hub.play({})


# Questions

RIGHT = [("PAY-0", "COMPLETED", "100", "USD"), ("PAY-1", "COMPLETED", "101", "USD")]


@pytest.mark.parametrize(
    ("fault", "expected", "total"),
    [
        ({"play": "missing_rows"}, RIGHT[1:], (1, 1, 101)),
        ({"play": "extra_rows"}, [("UNHEARD-OF-1", "COMPLETED", "1", "XXX"), *RIGHT], (3, 3, 202)),
        ({"play": "duplicated_rows"}, [*RIGHT, RIGHT[0]], (3, 3, 301)),
        ({"play": "contradictory_rows"}, [*RIGHT, ("PAY-0", "FAILED", "100", "USD")], (3, 2, 301)),
        ({"play": "reordered_rows"}, RIGHT[::-1], (2, 2, 201)),
        ({"play": "wrong_amount"}, [("PAY-0", "COMPLETED", "101", "USD"), RIGHT[1]], (2, 2, 202)),
        (
            {"play": "wrong_amount", "amount": "7"},
            [("PAY-0", "COMPLETED", "7", "USD"), RIGHT[1]],
            (2, 2, 108),
        ),
        (
            {"play": "wrong_currency", "rows": 2},
            [(*RIGHT[0][:3], "XXX"), (*RIGHT[1][:3], "XXX")],
            (2, 2, 201),
        ),
        ({"play": "unknown_status"}, [("PAY-0", "REVERSED", "100", "USD"), RIGHT[1]], (2, 1, 201)),
        (
            {"play": "duplicate_reference"},
            [("PAY-0", "FAILED", "100", "USD"), ("PAY-1", "FAILED", "101", "USD")],
            (2, 0, 201),
        ),
    ],
)
@pytest.mark.parametrize("on", ["detail", "status"])
def test_rows_are_spoiled_and_the_payments_are_right(hub, caller, fault, expected, total, on):
    play(hub, {"on": on, **fault})
    batch_id = caller.send(row(0), row(1)).batch_id
    told, pages = caller.summary(batch_id), [caller.details(batch_id) for _turn in range(2)]
    seen = [
        [(name_of(one), one["status"], one["amount"], one["currency"]) for one in content]
        for content in pages
    ]
    summed = tuple(told[name] for name in ("total", "successful", "totalAmount"))
    assert seen == [expected if on == "detail" else RIGHT, RIGHT]
    assert summed == (total if on == "status" else (2, 2, 201))
    assert caller.paid() == ["PAY-0", "PAY-1"]


def test_rows_that_change_places_between_pages_come_twice_or_never(hub, caller):
    hub.play({"faults": [{"on": "detail", "calls": [2], "play": "reordered_rows"}]})
    batch_id = caller.send(row(0), row(1), row(2), row(3)).batch_id
    seen = [name_of(caller.details(batch_id, pageSize=2, pageNo=n)[0]) for n in (0, 1)]
    assert seen == ["PAY-0", "PAY-1"]


@pytest.mark.parametrize("on", ["status", "detail", "list"])
@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("rubbish", lambda answer: b"\x00" in answer.raw),
        ("html", lambda answer: answer.raw.startswith(b"<!DOCTYPE")),
        ("empty", lambda answer: answer.raw == b""),
        ("truncated", lambda answer: isinstance(answer.body, bytes) and answer.raw),
        ("redirect", lambda answer: answer.status == 302),
        ("bare_list", lambda answer: isinstance(answer.body, list)),
        ("status", lambda answer: (answer.status, answer.headers["Content-Type"][:9]) == (503, "text/html")),
    ],
)
def test_question_can_fail_while_the_payment_stands(hub, caller, on, name, check):
    play(hub, {"on": on, "play": name})
    batch_id = caller.send(row(0)).batch_id
    path = {
        "status": f"/batch/{batch_id}",
        "detail": f"/batch/detail?batchId={batch_id}",
        "list": "/batches",
    }[on]
    assert check(caller.ops(path))
    assert caller.ops(path).status == 200
    assert caller.statuses(batch_id) == {"PAY-0": "COMPLETED"}


@pytest.mark.parametrize(("status", "error"), [(401, "invalid_token"), (403, "access_denied")])
def test_question_can_be_refused_for_its_token(hub, caller, status, error):
    play(hub, {"on": "status", "play": "status", "status": status})
    answer = caller.ops(f"/batch/{caller.send(row(0)).batch_id}")
    assert (answer.status, answer.body["error"]) == (status, error)


@pytest.mark.parametrize("on", ["status", "detail", "list"])
@pytest.mark.parametrize("name", ["timeout", "late", "reset"])
def test_question_can_be_cut_or_kept_waiting(hub, caller, on, name):
    play(hub, {"on": on, "play": name, "seconds": 60})
    batch_id = caller.send(row(0)).batch_id
    path = {
        "status": f"/batch/{batch_id}",
        "detail": f"/batch/detail?batchId={batch_id}",
        "list": "/batches",
    }[on]
    with pytest.raises((TimeoutError, ConnectionError)):
        caller.ops(path, timeout=0.2)
    hub.release()
    assert caller.ops(path).status == 200


def test_known_batch_can_be_denied(hub, caller):
    play(hub, {"on": "status", "play": "header_rjct"})
    batch_id = caller.send(row(0)).batch_id
    answer = caller.ops(f"/batch/{batch_id}")
    assert (answer.status, answer.raw.decode()) == (
        404,
        f"Batch corresponding to batchId: {batch_id} does not exist.",
    )
    assert caller.summary(batch_id)["total"] == 1


@pytest.mark.parametrize("on", ["status", "detail"])
def test_answer_can_be_about_another_batch(hub, caller, on):
    play(hub, {"on": on, "play": "other_transaction"})
    batch_id = caller.send(row(0)).batch_id
    told = caller.summary(batch_id) if on == "status" else caller.details(batch_id)[0]
    assert told["batchId"] != batch_id


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ({"play": "status", "status": 503}, lambda answer: answer.status == 503),
        ({"play": "status", "status": 401}, lambda answer: answer.body["message"] == "Invalid credentials"),
        ({"play": "html"}, lambda answer: answer.raw.startswith(b"<!DOCTYPE")),
        ({"play": "empty"}, lambda answer: answer.raw == b""),
    ],
)
def test_token_can_fail(hub, caller, fault, check):
    play(hub, {"on": "token", **fault})
    assert check(caller.token())
    assert caller.token().status == 200


def test_running_simulator_refuses_a_script_it_does_not_understand(hub):
    with pytest.raises(OSError):
        hub.play({"hub": {"profile": "v9"}})
    assert Caller(hub).send(content=csv_of(row(0))).status == 202
