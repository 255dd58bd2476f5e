"""The simulated operations app tells of payments, page by page, and of batches in lists (sections 4.3 and 4.4)."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from .phee.messages import CORRELATION, SAMPLES, by_phone, csv_of, name_of, row, sample, send_sample

pytest_plugins = ("tests.simulators.phee.fixtures",)


# Payments, page by page


def test_closedloop_page_is_told_as_in_the_sample(hub, caller):
    hub.play({"hub": {"transfer_batch_ids": "parent", "quoted_ids": False}})
    batch_id = send_sample(caller).batch_id
    for number in (0, 1):
        told = caller.ops(f"/batch/detail?batchId={batch_id}&pageNo={number}&pageSize=5").body
        expected = sample(f"detail_200_page{number}_closedloop.json")
        assert list(told) == list(expected)
        assert told["pageable"] == expected["pageable"]
        for name in set(expected) - {"content"}:
            assert told[name] == expected[name]
        for mine, theirs in zip(told["content"], expected["content"], strict=True):
            assert list(mine) == list(theirs)
            for name in (
                "transactionId",
                "payeePartyId",
                "payerPartyId",
                "amount",
                "direction",
                "statusDetail",
            ):
                assert mine[name] == theirs[name]


def test_page_of_payments_by_phone_is_told_as_in_the_sample(hub, caller):
    expected = sample("detail_200_mojaloop_split.json")["content"]
    numbers = [one["payeePartyId"] for one in expected]
    hub.play(
        {
            "hub": {
                "budget_accounts": [{"institution": "I", "program": "P", "identifier": "123456789"}],
            },
            "outcomes": [
                {"payees": [numbers[2]], "result": "refused", "code": "PayeeNotFound"},
                {"payees": [numbers[3]], "result": "pending"},
                {"payees": [numbers[4]], "result": "pending", "status": "EXCEPTION"},
            ],
        }
    )
    content = (SAMPLES / "csv" / "02_mojaloop_msisdn_budget_account.csv").read_text()
    headers = {"X-Registering-Institution-ID": "I", "X-Program-ID": "P"}
    told = caller.details(caller.send(content=content, headers=headers).batch_id)
    apart = {"id", "workflowInstanceKey", "transactionId", "startedAt", "completedAt", "batchId"}
    for mine, theirs in zip(told, expected, strict=True):
        assert list(mine) == list(theirs)
        assert {name: mine[name] for name in mine if name not in apart} == {
            name: theirs[name] for name in theirs if name not in apart
        }
        assert (mine["completedAt"] is None) == (theirs["completedAt"] is None)
        assert isinstance(mine["workflowInstanceKey"], str)


def test_pages_hold_every_payment_once(hub, caller):
    batch_id = caller.send(*(row(number) for number in range(23))).batch_id
    seen, number, last = [], 0, False
    while not last:
        told = caller.ops(f"/batch/detail?batchId={batch_id}&pageNo={number}").body
        seen += [name_of(one) for one in told["content"]]
        number, last = number + 1, told["last"]
    assert seen == [f"PAY-{n}" for n in range(23)]
    assert number == 3


def test_page_after_the_last_and_page_of_nobody_are_empty(hub, caller):
    batch_id = caller.send(row(0)).batch_id
    for query in (f"batchId={batch_id}&pageNo=3", "batchId=unknown"):
        told = caller.ops(f"/batch/detail?{query}").body
        assert (told["content"], told["empty"], told["last"]) == ([], True, True)


@pytest.mark.parametrize("status", ["COMPLETED", "in_progress", "FAILED"])
def test_filter_of_pages_is_a_server_error(hub, caller, status):
    batch_id = caller.send(row(0)).batch_id
    answer = caller.ops(f"/batch/detail?batchId={batch_id}&status={status}")
    assert (answer.status, answer.headers["Content-Type"][:9]) == (500, "text/html")


@pytest.mark.parametrize("query", ["", "pageNo=1", "batchId=1&pageNo=x"])
def test_page_that_is_asked_for_wrongly_is_a_page_of_the_container(hub, caller, query):
    answer = caller.ops(f"/batch/detail?{query}")
    assert (answer.status, answer.headers["Content-Type"][:9]) == (400, "text/html")


def test_download_leads_to_the_file_where_there_is_one(hub, caller):
    batch_id = caller.send(row(0)).batch_id
    assert caller.ops(f"/batch/detail?batchId={batch_id}&command=download").status == 404
    told = caller.summary(batch_id)
    answer = caller.ops(f"/batch/detail?batchId={batch_id}&command=download")
    assert (answer.status, answer.headers["Location"]) == (302, told["file"])


# The others


def test_transactions_are_told_for_batches_that_were_not_split(hub, caller):
    one = caller.send(row(0), row(1)).batch_id
    assert caller.ops(f"/batch/transactions?batchId={one}").body == {
        "PAY-0": "COMPLETED",
        "PAY-1": "COMPLETED",
    }
    split = caller.send(*(row(number) for number in range(8))).batch_id
    assert caller.ops(f"/batch/transactions?batchId={split}").body == {}
    answer = caller.ops("/batch/transactions?batchId=unknown")
    assert (answer.status, answer.raw) == (200, b"")


def test_transfers_are_found_by_request_id_where_the_channel_made_them(hub, caller):
    caller.send(by_phone(0), by_phone(1))
    caller.send(row(2))
    asked = json.dumps({"requestIds": ["PAY-0", "PAY-1", "PAY-2"]})
    told = caller.ops("/transfers", "POST", asked, Content_Type="application/json").body
    assert [name_of(one) for one in told["content"]] == ["PAY-0", "PAY-1"]
    assert told["totalElements"] == told["totalPages"] == 1
    one = caller.ops("/transfers?clientCorrelationId=PAY-1").body["content"]
    assert [name_of(transfer) for transfer in one] == ["PAY-1"]


def test_list_shows_the_correlation_and_the_right_status(hub, caller):
    hub.play(
        {"outcomes": [{"reference": "-0$", "result": "refused"}, {"reference": "-1$", "result": "pending"}]}
    )
    for number in range(3):
        caller.send(row(number), headers={"X-CorrelationID": f"C-{number}"})
    told = caller.ops("/batches?sort=-startedAt&limit=100").body
    assert [(one["correlationId"], one["status"]) for one in told["data"]] == [
        ("C-2", "COMPLETED"),
        ("C-1", "IN_PROGRESS"),
        ("C-0", "FAILED"),
    ]
    assert (told["totalBatches"], told["totalSubBatchesCreated"]) == (3, 10)
    assert {"result_file", "batchId", "startedAt"} <= set(told["data"][0])


def test_list_has_only_the_counters_of_the_last_look(hub, caller):
    batch_id = caller.send(row(0), row(1)).batch_id

    def counted():
        one = caller.ops("/batches").body["data"][0]
        return one["totalTransactions"], one["completed"], one["totalAmount"]

    assert counted() == (None, None, None)
    caller.summary(batch_id)
    assert counted() == (2, 2, 201)


def test_list_has_ten_batches_and_pages_of_whole_limits(hub, caller):
    for number in range(12):
        caller.send(row(number), headers={"X-CorrelationID": f"C-{number}"})

    def seen(query):
        data = caller.ops(f"/batches?sort=startedAt&{query}").body["data"]
        return [one["correlationId"] for one in data]

    assert seen("") == [f"C-{n}" for n in range(10)]
    assert seen("offset=10") == ["C-10", "C-11"]
    assert seen("offset=7&limit=5") == [f"C-{n}" for n in range(5, 10)]


def test_dates_of_the_list_are_in_the_zone_of_the_interface(hub, caller):
    caller.send(row(0))
    zone = ZoneInfo("Asia/Kolkata")

    def found(moment, name="dateFrom"):
        text = moment.strftime("%Y-%m-%d+%H:%M:%S")
        return caller.ops(f"/batches?{name}={text}").body["totalBatches"]

    here, soon, before = datetime.now(zone), timedelta(minutes=1), -timedelta(minutes=1)
    assert (found(here + before), found(here + soon)) == (1, 0)
    assert (found(here + before, "dateTo"), found(here + soon, "dateTo")) == (0, 1)
    # Who takes it for UTC asks for hours before.
    assert found(datetime.now(UTC) + timedelta(hours=5)) == 1
    assert caller.ops("/batches?dateFrom=yesterday").status == 500


def test_list_is_filtered_by_parts_of_texts(hub, caller):
    batch_id = caller.send(row(0), headers={"X-Registering-Institution-ID": "Welfare"}).batch_id
    caller.send(row(1))

    def found(query):
        return [one["batchId"] for one in caller.ops(f"/batches?{query}").body["data"]]

    assert found("registeringInstitutionId=elf") == [batch_id]
    assert found(f"batchId={batch_id[:8]}") == [batch_id]
    assert len(found("payerFsp=gor")) == 2


def test_batch_with_sub_batches_wants_a_correlation_header(hub, caller):
    batch_id = send_sample(caller).batch_id
    answer = caller.ops(f"/batches/{batch_id}")
    assert (answer.status, answer.headers["Content-Type"][:9]) == (400, "text/html")
    # Spelt as the bulk processor wants it, it is none.
    assert caller.ops(f"/batches/{batch_id}", X_CorrelationID="1").status == 400
    answer = caller.ops("/batches/unknown", X_Correlation_ID="1")
    assert (answer.status, answer.raw) == (404, b"")


def test_batch_with_sub_batches_is_told_as_in_the_sample(hub, caller):
    failing = ["500210004441", "500210004482"]
    hub.play({"outcomes": [{"payees": failing, "result": "refused"}]})
    batch_id = send_sample(caller).batch_id
    assert caller.ops(f"/batches/{batch_id}", X_Correlation_ID="1").body["total"] is None
    caller.summary(batch_id)
    told = caller.ops(f"/batches/{batch_id}", X_Correlation_ID="1").body
    expected = sample("batches_id_200_summary.json")
    assert sorted(told) == sorted(expected)
    apart = {"batchId", "startedAt", "completedAt", "createdAt", "generatedAt", "subBatchSummaryList"}
    assert {name: told[name] for name in told if name not in apart} == {
        name: expected[name] for name in expected if name not in apart
    }
    apart |= {"subBatchId", "payeeFspSet"}
    for mine, theirs in zip(told["subBatchSummaryList"], expected["subBatchSummaryList"], strict=True):
        assert sorted(mine) == sorted(theirs)
        same = {"total", "failed", "successful", "totalAmount", "status", "modes", "payerFsp"}
        assert {name: mine[name] for name in same} == {name: theirs[name] for name in same}


def test_batch_with_its_payments_is_told_as_in_the_sample(hub, caller):
    failing = ["500210004441", "500210004482"]
    hub.play({"outcomes": [{"payees": failing, "result": "refused"}], "hub": {"quoted_ids": False}})
    batch_id = send_sample(caller).batch_id
    caller.summary(batch_id)
    told = caller.ops(f"/batches/{batch_id}?associations=all", X_Correlation_ID="1").body
    expected = sample("batches_id_associations_all_200.json")
    assert sorted(told) == sorted(expected)
    same = {"instructionId", "payerFsp", "payeeFunctionalId", "amount", "status", "reason"}
    for mine, theirs in zip(told["instructionList"], expected["instructionList"], strict=True):
        assert sorted(mine) == sorted(theirs)
        assert {name: mine[name] for name in same} == {name: theirs[name] for name in same}
    assert told["clientCorrelationId"] == CORRELATION
    limited = caller.ops(f"/batches/{batch_id}?associations=all&limit=2", X_Correlation_ID="1").body
    assert len(limited["instructionList"]) == 4


def test_sub_batch_tells_the_reason_and_the_payer_for_the_payee(hub, caller):
    hub.play({"outcomes": [{"reference": "-5$", "result": "refused"}]})
    batch_id = caller.send(*(row(number) for number in range(6))).batch_id
    sub_batch = caller.details(batch_id)[-1]["batchId"]
    told = caller.ops(f"/batches/{batch_id}/subBatches/{sub_batch}", X_Correlation_ID="1").body
    one = told["instructionList"][0]
    assert (one["instructionId"], one["reason"], one["payeeFunctionalId"]) == (
        "PAY-5",
        "FAILED",
        "900100007781",
    )
    unknown = caller.ops(f"/batches/{batch_id}/subBatches/unknown", X_Correlation_ID="1")
    assert unknown.status == 404


def test_correlation_is_overwritten_where_authorization_is_enabled(hub, caller):
    hub.play({"hub": {"authorization_enabled": True}})
    batch_id = caller.send(content=csv_of(row(0))).batch_id
    told = caller.summary(batch_id)["correlationId"]
    assert told.isdigit()
    assert caller.ops("/batches").body["data"][0]["correlationId"] == told
