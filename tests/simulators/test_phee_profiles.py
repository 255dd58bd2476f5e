"""The simulated Payment Hub EE is each of its versions (contract, section 1)."""

import pytest

from .phee.messages import CORRELATION, call, csv_of, multipart, part, row, sample
from .phee.process import running_simulator
from .phee.profiles import PROFILES

pytest_plugins = ("tests.simulators.phee.fixtures",)

WITH_JWS = [name for name, profile in PROFILES.items() if profile.jws]
BEFORE_JWS = [name for name in PROFILES if name not in WITH_JWS]
BEFORE_MAPPER = ["v1.8.0", "v1.9.0", "v1.10.0", "v1.11.0"]
SECOND = ["v1.6.1", "v1.7.0"]
TEN = csv_of(row(0))
#: A column, and the versions that know it.
COLUMN_SINCE = {
    "note": WITH_JWS + SECOND,
    "program_shortcode": WITH_JWS,
    "cycle": WITH_JWS,
    "account_number": WITH_JWS,
    "payee_dfsp_id": [
        name for name in WITH_JWS if name >= "v1.11" and name not in ("v1.8.0", "v1.8.1", "v1.9.0")
    ],
    "batch_id": ["v1.13.0", "v1.13.1"],
}


def play(hub, profile, **knobs):
    hub.play({"hub": {"profile": profile, **knobs}})


def send(caller, *rows, **kwargs):
    """Send with the type in both places, as somebody who does not know the version."""
    return caller.send(*rows, query="?type=CSV", **kwargs)


def test_every_version_of_the_contract_is_there():
    known = "v1.4.1 v1.6.1 v1.7.0 v1.8.0 v1.8.1 v1.9.0 v1.10.0 v1.11.0 v1.12.0 v1.12.1 v1.13.0 v1.13.1"
    assert list(PROFILES) == known.split()


@pytest.mark.parametrize("profile", PROFILES)
def test_ten_columns_with_the_type_in_both_places_are_taken_by_every_version(hub, caller, profile):
    play(hub, profile)
    answer = send(caller, row(0), row(1))
    assert answer.status == (202 if profile in WITH_JWS else 200)
    assert caller.paid() == ["PAY-0", "PAY-1"]
    known = hub.state()["batches"][0]["batchId"]
    assert known == (answer.body.get("batch_id") or answer.batch_id)
    assert caller.summary(known)["successful"] == 2


def test_version_can_be_chosen_at_the_start(tmp_path):
    with running_simulator({}, tmp_path / "ledger.jsonl", "v1.9.0") as simulator:
        assert simulator.state()["profile"] == "v1.9.0"


@pytest.mark.parametrize("profile", PROFILES)
def test_signature_is_wanted_since_v1_8(hub, caller, profile):
    play(hub, profile)
    answer = send(caller, row(0), sign_=False)
    assert (answer.status == 400) is (profile in WITH_JWS)
    assert ("X-SIGNATURE" in send(caller, row(0)).headers) is (profile in WITH_JWS)


@pytest.mark.parametrize("profile", PROFILES)
def test_place_of_the_type(hub, caller, profile):
    play(hub, profile)
    in_header = caller.send(row(0))
    in_query = caller.send(row(0), headers={"Type": None}, query="?type=CSV")
    right, wrong = (in_query, in_header) if profile.startswith("v1.8") else (in_header, in_query)
    assert "PollingPath" in right.body or "batch_id" in right.body
    assert "PollingPath" not in wrong.body
    assert caller.paid() == ["PAY-0"]


def test_query_parameter_is_spelt_in_lower_case(hub, caller):
    play(hub, "v1.8.1")
    assert caller.send(row(0), query="?Type=CSV").status == 400


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "v1.4.1"])
@pytest.mark.parametrize("column", COLUMN_SINCE)
def test_columns_that_a_version_knows(hub, caller, profile, column):
    play(hub, profile)
    columns = [*TEN.partition("\n")[0].split(","), column] if column != "note" else None
    send(caller, content=csv_of(row(0), columns=columns))
    assert bool(caller.paid()) is (profile in COLUMN_SINCE[column])


def test_columns_may_be_configured(hub, caller):
    play(hub, "v1.13.1", columns=TEN.partition("\n")[0].split(",")[:9])
    assert caller.send(row(0)).status == 400


def test_oldest_version_checks_no_column(hub, caller):
    play(hub, "v1.4.1")
    send(caller, content=TEN.replace("note", "remark"))
    assert caller.paid() == ["PAY-0"]


# v1.4.1


def test_oldest_version_queues_and_names_the_batch(hub, caller):
    play(hub, "v1.4.1")
    answer = caller.send(row(0))
    expected = sample("submit_200_v1.4.json")
    expected["batch_id"] = answer.body["batch_id"]
    assert (answer.status, answer.body) == (200, expected)
    assert answer.body["request_id"] == CORRELATION


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Type": "type"}, 400),
        ({"filename": "a.txt"}, 400),
        ({"Purpose": None}, 400),
        ({"filename": None}, 500),
    ],
)
def test_oldest_version_says_no_with_status_200(hub, caller, headers, code):
    play(hub, "v1.4.1")
    answer = caller.send(row(0), headers=headers)
    assert (answer.status, answer.body["errorCode"]) == (200, code)
    assert set(answer.body) == {"errorCode", "errorDescription", "developerMessage"}
    assert caller.paid() == []


@pytest.mark.parametrize("profile", BEFORE_JWS)
def test_json_pays_nobody_before_v1_8(hub, caller, profile):
    play(hub, profile)
    answer = caller.send_raw(row(0))
    assert answer.status == 200
    batch_id = answer.body.get("batch_id") or answer.batch_id
    assert caller.summary(batch_id)["total"] == 0
    assert caller.paid() == []
    assert hub.state()["batches"] == []


# v1.6 and v1.7


@pytest.mark.parametrize("profile", SECOND)
@pytest.mark.parametrize(
    "spoil",
    [
        {"headers": {"filename": "a.txt"}},
        {"content": TEN.replace("currency", "money")},
        {"content": TEN.replace(",100,", ",x,")},
        {"headers": {"Platform-TenantId": "zebra"}},
    ],
)
def test_later_failure_is_invisible(hub, caller, profile, spoil):
    play(hub, profile)
    answer = caller.send(row(0), **spoil)
    assert (answer.status, set(answer.body)) == (200, {"PollingPath", "SuggestedCallbackSeconds"})
    assert caller.paid() == []
    assert hub.state()["batches"] == []


@pytest.mark.parametrize("profile", SECOND)
@pytest.mark.parametrize(
    "line", ["1,PAY-1,closedloop,a,1,a,2,100,USD", "1,PAY-1,closedloop,a,1,a,2,100,USD,a,b"]
)
def test_row_without_exactly_ten_cells_ends_the_workflow(hub, caller, profile, line):
    play(hub, profile)
    answer = caller.send(content=f"{TEN}\n{line}")
    assert answer.status == 200
    assert caller.summary(answer.batch_id)["total"] == 0
    assert caller.paid() == []


@pytest.mark.parametrize("profile", BEFORE_JWS)
def test_deprecated_path_takes_batches(hub, caller, profile):
    play(hub, profile)
    headers = {"X-CorrelationID": None, "filename": None}
    caller.send(row(0), headers=headers, path="/bulk/transfer/REQUEST-1/grant.csv")
    assert caller.paid() == ["PAY-0"]
    assert hub.state()["batches"][0]["correlationId"] == "REQUEST-1"


@pytest.mark.parametrize("profile", ["v1.8.0", "v1.13.1"])
def test_deprecated_path_answers_nothing_since_v1_8(hub, caller, profile):
    play(hub, profile)
    answer = caller.send(row(0), path="/bulk/transfer/REQUEST-1/grant.csv")
    assert (answer.status, answer.raw) == (200, b"")
    assert caller.paid() == []


@pytest.mark.parametrize("profile", ["v1.4.1", "v1.13.1"])
def test_path_without_its_two_parts_has_never_been_one(hub, caller, profile):
    play(hub, profile)
    answer = caller.send(row(0), path="/bulk/transfer")
    assert (answer.status, answer.body["error"]) == (404, "Not Found")
    assert call(hub.payment_url).status == 405


def test_multipart_is_read_by_the_framework_before_v1_8(hub, caller):
    """A field before the file does no harm, and a blank line ends nothing."""
    play(hub, "v1.7.0")
    body = multipart(part("field", name="f", file_name=None), part(csv_of(row(0)) + "\n\n"))
    caller.send(content="", body=body)
    assert caller.paid() == ["PAY-0"]


# v1.8 to v1.11


@pytest.mark.parametrize("profile", BEFORE_MAPPER + SECOND)
def test_missing_header_is_a_bad_request_before_v1_12(hub, caller, profile):
    play(hub, profile)
    answer = send(caller, row(0), headers={"Purpose": None})
    assert (answer.status, answer.body["error"], answer.body["path"]) == (
        400,
        "Bad Request",
        "/batchtransactions",
    )


@pytest.mark.parametrize("profile", BEFORE_MAPPER)
def test_unknown_tenant_is_accepted_and_lost_before_v1_12(hub, caller, profile):
    play(hub, profile)
    answer = send(caller, row(0), headers={"Platform-TenantId": "zebra"})
    assert answer.status == 202
    assert caller.ops(f"/batch/{answer.batch_id}").status == 404
    assert caller.paid() == []


@pytest.mark.parametrize("profile", ["v1.12.0", "v1.12.1", "v1.13.0"])
def test_unknown_tenant_is_refused_since_v1_12(hub, caller, profile):
    play(hub, profile)
    answer = caller.send(row(0), headers={"Platform-TenantId": "zebra"})
    assert (answer.status, answer.body) == (412, sample("submit_412_unknown_tenant_flow.json"))


@pytest.mark.parametrize("profile", PROFILES)
def test_equal_rows_are_paid_once_since_v1_11(hub, caller, profile):
    play(hub, profile)
    send(caller, row(0), {**row(1), "payee_identifier": row(0)["payee_identifier"], "amount": "100"})
    late = int(profile.split(".")[1]) >= 11
    assert caller.paid() == (["PAY-0"] if late else ["PAY-0", "PAY-1"])


# The operations app of the time


@pytest.mark.parametrize("profile", PROFILES)
def test_names_in_the_summary(hub, caller, profile):
    play(hub, profile)
    answer = send(caller, row(0))
    told = caller.summary(answer.body.get("batch_id") or answer.batch_id)
    old = int(profile.split(".")[1]) <= 10
    names = {"batch_id", "request_id", "created_at"} if old else {"batchId", "requestId", "createdAt"}
    assert names <= set(told)
    assert not {"batch_id", "batchId"} <= set(told)


@pytest.mark.parametrize("profile", PROFILES)
def test_unknown_batch_is_zeros_up_to_v1_7(hub, caller, profile):
    play(hub, profile)
    answer = caller.ops("/batch/unknown")
    if profile in BEFORE_JWS:
        assert (answer.status, answer.body["total"], answer.body["batch_id"]) == (200, 0, "unknown")
    else:
        assert answer.status == 404
