"""The simulated operations app tells of batches what the hub tells, lies included (sections 4.1 and 4.2)."""

import time

import pytest

from .phee.messages import SAMPLES, call, row, sample, send_sample

pytest_plugins = ("tests.simulators.phee.fixtures",)


def counts(told):
    return [told[name] for name in ("total", "ongoing", "failed", "successful")]


# The batch as a whole


def same_as(told, expected, *but):
    """Whether ``told`` says what the sample says, but for ids, dates and addresses."""
    apart = {"batchId", "createdAt", "file", *but}
    assert list(told) == list(expected)
    assert {name: type(value) for name, value in told.items()} == {
        name: type(value) for name, value in expected.items()
    }
    assert {name: told[name] for name in told if name not in apart} == {
        name: expected[name] for name in expected if name not in apart
    }
    return True


def test_complete_batch_is_told_as_in_the_sample(hub, caller):
    assert same_as(caller.summary(send_sample(caller).batch_id), sample("summary_200_completed.json"))


def test_partial_failure_is_told_as_in_the_sample(hub, caller):
    hub.play({"outcomes": [{"payees": ["500210004441", "500210004482"], "result": "refused"}]})
    told = caller.summary(send_sample(caller).batch_id)
    assert same_as(told, sample("summary_200_partial_failure.json"))


def test_running_batch_says_failed_as_in_the_sample(hub, caller):
    hub.play(
        {
            "outcomes": [
                {"payees": ["500210004466", "500210004474", "500210004482"], "result": "pending"},
            ]
        }
    )
    told = caller.summary(send_sample(caller).batch_id)
    assert same_as(told, sample("summary_200_in_progress_says_failed_trap.json"))


def test_batch_without_rows_says_completed_as_in_the_sample(hub, caller):
    hub.play({"hub": {"empty_questions": 1}})
    batch_id = send_sample(caller).batch_id
    expected = sample("summary_200_too_early_trap.json")
    expected.update(totalAmount=0)
    assert same_as(caller.summary(batch_id), expected)
    assert counts(caller.summary(batch_id)) == [8, 0, 0, 8]


def test_thirds_are_written_as_the_hub_writes_them(hub, caller):
    hub.play({"outcomes": [{"reference": "-0$", "result": "refused"}]})
    told = caller.summary(caller.send(row(0), row(1), row(2)).batch_id)
    assert (told["successPercentage"], told["failPercentage"]) == ("66.66666666666666", "33.33333333333333")


def test_exceptions_and_unknown_words_count_in_the_total_only(hub, caller):
    hub.play(
        {
            "outcomes": [
                {"reference": "-0$", "result": "pending", "status": "EXCEPTION", "questions": 9},
                {"reference": "-1$", "status": "UNKNOWN"},
            ]
        }
    )
    assert counts(caller.summary(caller.send(row(0), row(1), row(2)).batch_id)) == [3, 0, 0, 1]


def test_result_file_is_of_the_first_look_that_finds_all_completed(hub, caller):
    hub.play({"hub": {"empty_questions": 1}})
    batch_id = caller.send(row(0)).batch_id
    first, second = caller.summary(batch_id), caller.summary(batch_id)
    assert first["file"] == second["file"]
    assert call(first["file"]).raw == b""


def test_result_file_is_not_made_while_a_payment_runs(hub, caller):
    hub.play({"outcomes": [{"result": "pending", "questions": 1}]})
    batch_id = caller.send(row(0), row(1, currency="ZAR")).batch_id
    assert caller.summary(batch_id)["file"] is None
    lines = call(caller.summary(batch_id)["file"]).raw.decode().splitlines()
    expected = (SAMPLES / "responses" / "result_file_ops_app.csv").read_text().splitlines()[0]
    assert lines[0].startswith("PAY-0,COMPLETED,null,500210000001,gorilla,900100007781,100,USD,null,")
    assert lines[0].count(",") == expected.count(",") == 11
    assert (len(lines), lines[0][-1]) == (2, ",")


def test_unknown_batch_is_a_plain_text(hub, caller):
    answer = caller.ops("/batch/6d0f3c1e-6a1a-4f3e-9b53-0f4b8f1f7a10")
    expected = (SAMPLES / "responses" / "summary_404_not_imported_yet.txt").read_bytes()
    assert (answer.status, answer.raw) == (404, expected.strip())
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_batch_of_another_tenant_is_unknown(hub, caller):
    hub.play({"hub": {"tenants": ["gorilla", "rhino"]}})
    batch_id = caller.send(row(0)).batch_id
    assert caller.ops(f"/batch/{batch_id}", tenant="rhino").status == 404
    assert caller.ops(f"/batch/{batch_id}").status == 200


@pytest.mark.parametrize(
    "path", ["/batch/1", "/batch?batchId=1", "/batches", "/batch/detail?batchId=1", "/x"]
)
@pytest.mark.parametrize("tenant", [None, "zebra"])
def test_missing_or_unknown_tenant_is_a_server_error_without_a_word(hub, caller, path, tenant):
    answer = caller.ops(path, tenant=tenant)
    assert (answer.status, answer.raw) == (500, b"")


def test_tenant_may_stand_in_the_query(hub, caller):
    assert caller.ops("/batches?tenantIdentifier=gorilla", tenant=None).status == 200


def test_other_paths_are_pages(hub, caller):
    answer = caller.ops("/nothing")
    assert (answer.status, answer.headers["Content-Type"][:9]) == (404, "text/html")


# Late import


def test_batch_is_imported_after_so_many_questions(hub, caller):
    hub.play({"hub": {"import_questions": 2}})
    batch_id = caller.send(row(0)).batch_id
    assert caller.paid() == ["PAY-0"]
    assert caller.details(batch_id) == []
    seen = [caller.ops(f"/batch/{batch_id}").status for _turn in range(3)]
    assert seen == [404, 404, 200]
    assert len(caller.details(batch_id)) == 1


def test_batch_is_imported_after_so_many_seconds(hub, caller):
    hub.play({"hub": {"import_seconds": 3600}})
    batch_id = caller.send(row(0)).batch_id
    assert [caller.ops(f"/batch/{batch_id}").status for _turn in range(3)] == [404] * 3
    assert caller.ops("/batches").body["data"] == []
    hub.play({"hub": {"import_seconds": 0.05}})
    soon = caller.send(row(0)).batch_id
    ends = time.monotonic() + 10
    while caller.ops(f"/batch/{soon}").status == 404:
        assert time.monotonic() < ends
        time.sleep(0.01)
    assert caller.summary(soon)["total"] == 1


def test_list_of_batches_is_a_question_too(hub, caller):
    hub.play({"hub": {"import_questions": 1}})
    caller.send(row(0))
    assert [caller.ops("/batches").body["totalBatches"] for _turn in range(2)] == [0, 1]


# What the last look left


def test_stored_counters_are_empty_until_somebody_looked(hub, caller):
    hub.play({"outcomes": [{"reference": "-0$", "result": "refused"}]})
    batch_id = caller.send(row(0), row(1), row(2)).batch_id
    told = caller.ops(f"/batch?batchId={batch_id}").body
    assert counts(told) == [None] * 4
    assert (told["status"], told["successPercentage"]) == ("UNKNOWN", None)
    caller.summary(batch_id)
    told = caller.ops(f"/batch?batchId={batch_id}").body
    assert counts(told) == [3, 0, 1, 2]
    assert (told["status"], told["successPercentage"], told["failPercentage"]) == (
        "UNKNOWN",
        "66.66",
        "33.33",
    )


@pytest.mark.parametrize(("result", "status"), [("paid", "COMPLETED"), ("pending", "Pending")])
def test_stored_status(hub, caller, result, status):
    hub.play({"outcomes": [{"result": result, "questions": 5}]})
    batch_id = caller.send(row(0)).batch_id
    caller.summary(batch_id)
    assert caller.ops(f"/batch?batchId={batch_id}").body["status"] == status


def test_stored_view_of_an_unknown_batch_is_the_plain_text(hub, caller):
    answer = caller.ops("/batch?batchId=1&requestId=PAY-0")
    assert (answer.status, answer.raw) == (404, b"Batch corresponding to batchId: 1 does not exist.")
