"""The simulated Payment Hub EE takes and refuses batches as the hub does (contract, section 3)."""

import hashlib
import json

import pytest

from .phee.messages import (
    BOUNDARY,
    SAMPLES,
    by_phone,
    call,
    csv_of,
    heard,
    json_of,
    multipart,
    part,
    row,
    sample,
)

pytest_plugins = ("tests.simulators.phee.fixtures",)

EMPTY_200 = (200, b"")


# Headers


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("X-CorrelationID", "X-CorrelationID"),
        ("Purpose", "purpose"),
        ("Type", "type"),
        ("Platform-TenantId", "Platform-TenantId"),
    ],
)
def test_missing_header_is_a_server_error(hub, caller, header, name):
    expected = sample("submit_500_missing_header.json")
    expected["responseDescription"] = expected["responseDescription"].replace("purpose", name)
    assert heard(caller.send(row(0), headers={header: None})) == (500, expected)
    assert caller.paid() == []


def test_missing_file_name_is_a_server_error(hub, caller):
    answer = caller.send(row(0), headers={"filename": None})
    assert (answer.status, answer.body["responseCode"]) == (500, "01")


@pytest.mark.parametrize("name", ["a/b.csv", "/etc/x.csv"])
def test_slash_in_the_file_name_is_a_server_error(hub, caller, name):
    answer = caller.send(row(0), headers={"filename": name})
    assert (answer.status, answer.body["responseCode"]) == (500, "01")


@pytest.mark.parametrize(
    "headers", [{"Type": "RAW"}, {"Type": "xml"}, {"Type": "type"}, {"Content-Type": "text/csv"}]
)
def test_three_causes_have_one_text(hub, caller, headers):
    if "Content-Type" in headers:
        body = csv_of(row(0)).encode()
        answer = caller.send(row(0), body=body, headers=headers)
    else:
        answer = caller.send(row(0), headers=headers)
    assert heard(answer) == (400, sample("submit_400_header_rules.json"))


def test_empty_file_name_has_the_same_text(hub, caller):
    given = caller.signed(caller.headers(filename=""), csv_of(row(0)))
    given["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
    answer = call(hub.payment_url, "POST", multipart(part(csv_of(row(0)))), given)
    assert heard(answer) == (400, sample("submit_400_header_rules.json"))


@pytest.mark.parametrize("word", ["CSV", "csv", "Csv"])
def test_case_of_the_type_does_not_matter(hub, caller, word):
    assert caller.send(row(0), headers={"Type": word}).status == 202


@pytest.mark.parametrize("name", ["grant.txt", "grant", "grant.csv.gz"])
def test_other_extension_is_refused(hub, caller, name):
    answer = caller.send(row(0), headers={"filename": name})
    assert heard(answer) == (400, sample("submit_400_extension.json"))


def test_case_of_the_extension_does_not_matter(hub, caller):
    assert caller.send(row(0), headers={"filename": "GRANT.CSV"}).status == 202


def test_unknown_tenant_has_no_workflow(hub, caller):
    answer = caller.send(row(0), headers={"Platform-TenantId": "zebra"})
    assert heard(answer) == (412, sample("submit_412_unknown_tenant_flow.json"))
    assert caller.paid() == []


# Files


def test_file_up_to_the_limit_is_taken_and_one_byte_more_is_not(hub, caller):
    content = csv_of(row(0))
    hub.play({"hub": {"csv_size": len(content)}})
    assert caller.send(content=content).status == 202
    hub.play({"hub": {"csv_size": len(content) - 1}})
    assert heard(caller.send(content=content)) == (400, sample("submit_400_too_big.json"))


def test_limit_is_a_hundred_thousand_bytes(hub, caller):
    big = csv_of(*(row(number, note="x" * 90) for number in range(600)))
    assert len(big) > 100_000
    assert heard(caller.send(content=big)) == (400, sample("submit_400_too_big.json"))


def test_unknown_column_is_refused(hub, caller):
    content = (SAMPLES / "csv" / "90_bad_unknown_column.csv").read_text()
    assert heard(caller.send(content=content)) == (400, sample("submit_400_structure.json"))


def test_quoted_column_names_are_unknown(hub, caller):
    content = csv_of(row(0)).replace("currency", '"currency"')
    assert caller.send(content=content).body == sample("submit_400_structure.json")


def test_order_and_completeness_of_columns_are_not_checked(hub, caller):
    columns = ("amount", "payee_identifier", "request_id", "id", "payment_mode", "currency")
    assert caller.send(content=csv_of(row(0), columns=columns)).status == 202
    assert caller.paid() == ["PAY-0"]
    assert "columns are not in the hub's own order" in hub.state()["violations"]


@pytest.mark.parametrize(
    "changes", [{"id": "x"}, {"id": "1.0"}, {"id": "2147483648"}, {"amount": "1 200"}, {"amount": ""}]
)
def test_what_cannot_be_parsed_is_answered_by_nothing(hub, caller, changes):
    assert heard(caller.send(row(0), row(1, **changes))) == EMPTY_200
    assert caller.paid() == []
    assert hub.state()["refusals"] == ["id or amount"]


def test_checks_come_in_the_order_of_the_hub(hub, caller):
    """Each request has all the faults below its own; the uppermost is told."""
    hub.play({"hub": {"csv_size": 10}})
    headers = {"filename": "a/b.txt", "Type": "xml", "Purpose": None, "Platform-TenantId": "zebra"}
    bad = csv_of(row(0, amount="x")).replace("currency", "money")
    seen = []
    for name in ("Purpose", "Type", "filename", "filename "):
        seen.append(caller.send(content=bad, headers=headers))
        headers[name.strip()] = {"Purpose": "p", "Type": "CSV", "filename": "b.txt", "filename ": "b.csv"}[
            name
        ]
    seen.append(caller.send(content=bad, headers=headers))
    hub.play({})
    seen.append(caller.send(content=bad, headers=headers))
    seen.append(caller.send(content=bad.replace("money", "currency"), headers=headers))
    seen.append(caller.send(row(0), headers=headers))
    assert [answer.status for answer in seen] == [500, 400, 500, 400, 400, 400, 200, 412]
    assert hub.state()["refusals"] == [
        "no purpose",
        "header rules",
        "slash in filename",
        "extension",
        "too big",
        "structure",
        "id or amount",
        "unknown tenant",
    ]


# Accepted


def test_accepted_batch_is_answered_by_a_path_that_is_no_path(hub, caller):
    answer = caller.send(row(0))
    sample_path = sample("submit_202_v1.9plus.json")["PollingPath"]
    prefix = sample_path.rpartition("/")[0]
    expected = {"PollingPath": f"{prefix}/{answer.batch_id}", "SuggestedCallbackSeconds": "120"}
    assert (answer.status, answer.headers["Content-Type"]) == (202, "application/json")
    assert answer.body == expected
    for base in (hub.base_url, hub.ops_url):
        assert call(base + answer.body["PollingPath"]).status in (404, 500)


def test_polling_seconds_are_a_text(hub, caller):
    hub.play({"hub": {"polling_seconds": 180}})
    assert caller.send(row(0)).body["SuggestedCallbackSeconds"] == "180"


def test_state_tells_the_hash_of_what_each_batch_was_sent(hub, caller):
    caller.send(row(0))
    caller.send_raw(row(1))
    sent = [csv_of(row(0)), json_of(row(1))]
    told = [batch["sha256"] for batch in hub.state()["batches"]]
    assert told == [hashlib.sha256(text.encode()).hexdigest() for text in sent]


def test_same_batch_twice_is_two_batches_and_paid_twice(hub, caller):
    first, second = caller.send(row(0)), caller.send(row(0))
    assert first.batch_id != second.batch_id
    assert caller.paid() == ["PAY-0", "PAY-0"]
    assert [line.transaction_id for line in caller.lines()] == [first.batch_id, second.batch_id]
    state = hub.state()
    assert [batch["batchId"] for batch in state["batches"]] == [first.batch_id, second.batch_id]
    assert (state["calls"]["submit"], state["repeated"]) == (2, 1)


def test_ledger_has_one_line_for_each_payment(hub, caller):
    caller.send(row(0), row(1, amount="250", currency="ZAR"))
    line = caller.lines()[1]
    assert (line.reference_id, line.payee_fa, line.amount, line.currency) == (
        "PAY-1",
        "500210000011",
        "250",
        "ZAR",
    )


@pytest.mark.parametrize("name", ["01_closedloop_bank_accounts", "02_mojaloop_msisdn_budget_account"])
def test_samples_are_taken_without_a_caution(hub, caller, name):
    content = (SAMPLES / "csv" / f"{name}.csv").read_text()
    assert caller.send(content=content).status == 202
    assert len(caller.paid()) == content.count("\n")
    assert hub.state()["violations"] == []


def test_sample_with_fifteen_columns_is_taken_without_a_caution(hub, caller):
    content = (SAMPLES / "csv" / "03_gsma_msisdn_15col_v1.13.csv").read_text()
    answer = caller.send(content=content)
    assert len(caller.paid()) == 6
    assert hub.state()["violations"] == []
    assert {one["payeeDfspId"] for one in caller.details(answer.batch_id)} == {"walletone", "wallettwo"}


@pytest.mark.parametrize(
    ("changes", "caution"),
    [
        ({"payee_identifier": "False"}, "payee_identifier is empty or False"),
        ({"payee_identifier": ""}, "payee_identifier is empty or False"),
        ({"amount": "850.0"}, "amount is no positive whole number"),
        ({"note": "=1+1"}, "a cell begins like a formula"),
        ({"payment_mode": "IMMEDIATE"}, "payment_mode is none of the configured ones in lower case"),
        ({"payment_mode": "CLOSEDLOOP"}, "payment_mode is none of the configured ones in lower case"),
        ({"note": '"a, b"'}, "has commas or quotes in its cells, or too few cells"),
        ({"id": "7"}, "id is not the running number"),
        ({"request_id": "PAY 0"}, "request_id has other than letters, digits, dashes"),
        ({"payer_identifier": ""}, "half a payer"),
        ({"currency": "False"}, "currency is no code"),
    ],
)
def test_what_the_hub_swallows_is_a_caution(hub, caller, changes, caution):
    assert caller.send(row(0, **changes)).status == 202
    assert f"row 0: {caution}" in hub.state()["violations"]


def test_money_goes_to_nobody_when_nobody_is_named(hub, caller):
    """The hub pays whatever stands in the file."""
    caller.send(row(0, payee_identifier="False"), row(1, payee_identifier=""))
    assert [line.payee_fa for line in caller.lines()] == ["False", ""]


# RAW


def test_json_is_taken_like_a_file(hub, caller):
    answer = caller.send_raw(row(0), by_phone(1, mode="closedloop"))
    assert answer.status == 202
    assert caller.statuses(answer.batch_id) == {"PAY-0": "COMPLETED", "PAY-1": "COMPLETED"}
    assert [line.amount for line in caller.lines()] == ["100", "101"]


def test_sample_of_json_is_taken(hub, caller):
    content = (SAMPLES / "requests" / "batchtransactions_raw.json").read_text()
    assert caller.send_raw(content=content).status == 202
    assert caller.paid() == [one["requestId"] for one in json.loads(content)]


def test_single_json_object_is_taken_and_unknown_properties_are_ignored(hub, caller):
    one = {**json.loads(json_of(row(0)))[0], "more": {"a": 1}}
    one.pop("debitParty")
    assert caller.send_raw(content=json.dumps(one)).status == 202
    assert caller.paid() == ["PAY-0"]


def test_request_id_is_made_where_there_is_none(hub, caller):
    one = json.loads(json_of(row(0)))
    one[0].pop("requestId")
    caller.send_raw(content=json.dumps(one))
    assert len(caller.paid()[0]) == 36


@pytest.mark.parametrize("content", ["{", '[{"paymentMode":"closedloop"}]', "[1]", "null"])
def test_json_that_is_not_understood_is_a_server_error(hub, caller, content):
    answer = caller.send_raw(content=content)
    assert (answer.status, answer.body["responseCode"]) == (500, "01")
    assert caller.paid() == []


def test_json_is_signed_as_it_is_sent(hub, caller):
    content = json_of(row(0)) + "\n"
    assert caller.send_raw(content=content).status == 202


def test_json_has_the_limit_of_files(hub, caller):
    hub.play({"hub": {"csv_size": 100}})
    assert caller.send_raw(row(0)).body == sample("submit_400_too_big.json")
