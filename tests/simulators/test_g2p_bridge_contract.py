"""The simulated bridge checks what the contract says, in its order, and breaks where the real one breaks."""

import pytest

from .g2p_bridge.contract import answer_error
from .g2p_bridge.messages import BY_HAND, asked, call, day, envelope, item

pytest_plugins = ("tests.simulators.g2p_bridge.fixtures",)

ENVELOPE = "/create_disbursement_envelope"
#: Each spoils what the next checks would find wrong too: the order of the checks.
ENVELOPE_CHECKS = [
    ({"benefit_program_mnemonic": ""}, "INVALID_PROGRAM_MNEMONIC"),
    ({"benefit_program_mnemonic": None}, "INVALID_PROGRAM_MNEMONIC"),
    ({"disbursement_frequency": None}, "INVALID_DISBURSEMENT_FREQUENCY"),
    ({"cycle_code_mnemonic": ""}, "INVALID_CYCLE_CODE_MNEMONIC"),
    ({"number_of_beneficiaries": 0}, "INVALID_NO_OF_BENEFICIARIES"),
    ({"number_of_disbursements": None}, "INVALID_NO_OF_DISBURSEMENTS"),
    ({"total_disbursement_amount": -1}, "INVALID_TOTAL_DISBURSEMENT_AMOUNT"),
    ({"total_disbursement_amount": None}, "INVALID_TOTAL_DISBURSEMENT_AMOUNT"),
    ({"disbursement_schedule_date": None}, "INVALID_DISBURSEMENT_SCHEDULE_DATE"),
    ({"disbursement_schedule_date": day(-1)}, "INVALID_DISBURSEMENT_SCHEDULE_DATE"),
    ({"benefit_program_mnemonic": "NOPE"}, "INVALID_PROGRAM_MNEMONIC"),
]


def spoiled_from(number):
    """Return an envelope in which this check and all later ones find something wrong."""
    message = envelope(2, 300)
    for changes, _code in reversed(ENVELOPE_CHECKS[number:]):
        message.update(changes)
    return message


@pytest.mark.parametrize("number", range(len(ENVELOPE_CHECKS)))
def test_envelope_is_refused_for_the_first_thing_wrong(bridge, mis, number):
    answer = mis.send(bridge.envelope_creation_url, spoiled_from(number))
    assert answer.said == (200, "rjct", ENVELOPE_CHECKS[number][1])
    assert set(answer.message.values()) == {None}
    assert bridge.state()["envelopes"] == []


def test_envelope_of_today_with_a_total_of_nothing_and_any_currency_passes(bridge, mis):
    answer = mis.open(1, 0, disbursement_currency_code="no currency at all")
    assert answer.said == (200, "succ", "")
    assert answer.message["disbursement_envelope_id"].isdigit()


def test_second_envelope_of_a_cycle_is_simply_made(bridge, mis):
    assert mis.opened(1, 100) != mis.opened(1, 100)
    assert len(bridge.state()["envelopes"]) == 2


@pytest.mark.parametrize(
    "name", ["number_of_beneficiaries", "number_of_disbursements", "total_disbursement_amount"]
)
def test_integer_that_the_database_cannot_hold_is_a_crash(bridge, mis, name):
    answer = mis.open(1, 100, **{name: 2**31})
    assert (answer.status, "out of int32 range" in answer.body["errors"][0]["code"]) == (500, True)
    assert mis.open(1, 100, **{name: 2**31 - 1}).said == (200, "succ", "")


def test_any_program_passes_where_none_is_configured(bridge, mis):
    bridge.play({"bridge": {"programs": []}})
    assert mis.open(1, 100, benefit_program_mnemonic="ANY").said == (200, "succ", "")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"total_disbursement_amount": "x"},
            "Input should be a valid number, unable to parse string as a number",
        ),
        (
            {"number_of_beneficiaries": 1.5},
            "Input should be a valid integer, got a number with a fractional part",
        ),
        ({"disbursement_currency_code": False}, "Input should be a valid string"),
        ({"cycle_code_mnemonic": 7}, "Input should be a valid string"),
        (
            {"disbursement_schedule_date": "soon"},
            "Input should be a valid date or datetime, input is too short",
        ),
    ],
)
def test_type_is_checked_without_naming_the_field(bridge, mis, changes, text):
    assert mis.open(1, 100, **changes).error == (400, "G2P-REQ-102", f"Invalid Input. {text}")


def test_numeric_string_is_taken_for_a_number(bridge, mis):
    answer = mis.open("2", "300.0")
    assert (answer.message["number_of_disbursements"], answer.message["total_disbursement_amount"]) == (
        2,
        300.0,
    )


def test_each_wrong_field_has_an_error(bridge, mis):
    answer = mis.open(1, 100, benefit_program_mnemonic=False, cycle_code_mnemonic=False)
    assert [error["message"] for error in answer.body["errors"]] == [
        "Invalid Input. Input should be a valid string"
    ] * 2


@pytest.mark.parametrize("name", ["message_id", "message_ts", "action", "sender_id", "total_count"])
def test_header_needs(bridge, name):
    body = asked(envelope(1, 100))
    del body["header"][name]
    assert call(bridge.envelope_creation_url, body).error == (
        400,
        "G2P-REQ-102",
        "Invalid Input. Field required",
    )


def test_values_of_the_header_are_never_looked_at(bridge, mis):
    changes = {
        "version": "9",
        "action": "x",
        "is_msg_encrypted": True,
        "total_count": 99,
        "message_ts": "string",
    }
    answer = mis.send(bridge.envelope_creation_url, envelope(1, 100), meta="string", **changes)
    assert answer.said == (200, "succ", "")
    header = answer.body["header"]
    assert (header["version"], header["action"], header["total_count"]) == ("1.0.0", "x", None)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{", "JSON decode error"),
        (b"", "Field required"),
        (b"[]", "Input should be a valid dictionary or object to extract fields from"),
    ],
)
def test_what_is_no_request_is_refused(bridge, body, text):
    assert call(bridge.envelope_creation_url, body).error == (400, "G2P-REQ-102", f"Invalid Input. {text}")


def test_body_that_is_not_called_json_is_refused(bridge):
    headers = {"Content-Type": "text/plain"}
    assert call(bridge.envelope_creation_url, b"{}", headers=headers).status == 400


def test_other_paths_and_methods_are_refused_in_the_bridge_s_shape(bridge):
    assert call(f"{bridge.base_url}/nowhere", {}).error == (404, "G2P-REQ-404", "Not Found")
    assert call(bridge.payment_url, method="GET").error == (405, "G2P-REQ-405", "Method Not Allowed")
    assert call(f"{bridge.base_url}/ping", method="GET").body == "pong"


def test_token_is_not_asked_for(bridge, mis):
    mis.headers = {"Authorization": "Bearer nonsense"}
    assert mis.open(1, 100).said == (200, "succ", "")


def test_gateway_asks_for_a_token_and_has_another_shape(bridge, mis):
    bridge.play({"bridge": {"token": "secret", "step_seconds": -1.0}})
    for headers in (None, {"Authorization": "Bearer nonsense"}, {"Authorization": "secret"}):
        mis.headers = headers
        answer = mis.open(1, 100)
        assert (answer.status, answer.body) == (401, {"message": "Unauthorized"})
    mis.headers = {"Authorization": "Bearer secret"}
    assert mis.open(1, 100).said == (200, "succ", "")
    state = bridge.state()
    assert (state["refusals"], state["calls"]["envelope"]) == (["gateway"] * 3, 1)


# ---- Disbursements ------------------------------------------------------------------------------------------
def test_disbursements_are_refused_for_the_first_thing_wrong(bridge, mis):
    one, other = mis.opened(2, 300), mis.opened(2, 300)
    bad = {"beneficiary_id": "", "disbursement_amount": 400}
    for rows, code in (
        ([item(1, one, **bad), item(2, "nope"), item(3, other)], "MULTIPLE_ENVELOPES_FOUND"),
        ([item(each, "nope", **bad) for each in (1, 2, 3)], "DISBURSEMENT_ENVELOPE_NOT_FOUND"),
        ([item(each, None, **bad) for each in (1, 2, 3)], "DISBURSEMENT_ENVELOPE_NOT_FOUND"),
        ([item(each, one, **bad) for each in (1, 2, 3)], "NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED"),
        ([item(1, one, **bad)], "TOTAL_DISBURSEMENT_AMOUNT_EXCEEDS_DECLARED"),
    ):
        answer = mis.disburse(*rows)
        assert answer.said == (200, "rjct", code)
        assert {row["disbursement_id"] for row in answer.message} == {None}
        assert {row["response_error_codes"] for row in answer.message} == {None}
        assert [row["mis_reference_number"] for row in answer.message] == [
            row["mis_reference_number"] for row in rows
        ]
        assert answer_error("/create_disbursements", 200, answer.body) == ""
    assert bridge.state()["known"] == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"disbursement_amount": 0}, "INVALID_DISBURSEMENT_AMOUNT"),
        ({"disbursement_amount": -5}, "INVALID_DISBURSEMENT_AMOUNT"),
        ({"beneficiary_id": None}, "INVALID_BENEFICIARY_ID"),
        ({"beneficiary_name": ""}, "INVALID_BENEFICIARY_NAME"),
        ({"narrative": None}, "INVALID_NARRATIVE"),
    ],
)
def test_one_bad_item_refuses_all(bridge, mis, changes, code):
    envelope_id = mis.opened(2, 300)
    answer = mis.disburse(item(1, envelope_id), item(2, envelope_id, **changes))
    assert answer.said == (200, "rjct", "INVALID_DISBURSEMENT_PAYLOAD")
    assert [row["response_error_codes"] for row in answer.message] == [[], [code]]
    assert mis.ask_envelope(envelope_id).message["number_of_disbursements_received"] == 0


def test_missing_amount_and_no_number_are_crashes(bridge, mis):
    envelope_id = mis.opened(2, 300)
    for amount in (None, float("nan"), float("inf")):
        answer = mis.disburse(item(1, envelope_id, disbursement_amount=amount))
        assert answer.error[:2] == (500, "G2P-REQ-100")
    assert bridge.state()["known"] == 0


@pytest.mark.parametrize(
    "name", ["disbursement_envelope_id", "beneficiary_id", "mis_reference_number", "narrative"]
)
def test_false_for_a_text_is_refused(bridge, mis, name):
    answer = mis.disburse(item(1, mis.opened(1, 101), **{name: False}))
    assert answer.error == (400, "G2P-REQ-102", "Invalid Input. Input should be a valid string")


def test_id_of_the_caller_is_overwritten_and_missing_reference_is_taken(bridge, mis):
    envelope_id = mis.opened(1, 101)
    answer = mis.disburse(item(1, envelope_id, disbursement_id="mine", mis_reference_number=None))
    assert answer.said == (200, "succ", "")
    assert answer.message[0]["disbursement_id"].isdigit()
    assert bridge.state()["violations"] == ["a disbursement has no mis_reference_number"]


# ---- Cancel and amend ---------------------------------------------------------------------------------------
def test_disbursements_are_cancelled_only_before_the_day(bridge, mis):
    later = {"disbursement_schedule_date": day(3)}
    _envelope_id, (one, two) = mis.full(1, 2, **later)
    _other, (third,) = mis.full(3, **later)
    for ids, code in (
        ([None, one], "INVALID_DISBURSEMENT_PAYLOAD"),
        (["nope"], "INVALID_DISBURSEMENT_ID"),
        ([one, third], "MULTIPLE_ENVELOPES_FOUND"),
        ([one, "nope"], "INVALID_DISBURSEMENT_PAYLOAD"),
    ):
        assert mis.cancel_disbursements(*ids).said == (200, "rjct", code)
    assert mis.cancel_disbursements(one).said == (200, "succ", "")
    again = mis.cancel_disbursements(one)
    assert again.said == (200, "rjct", "INVALID_DISBURSEMENT_PAYLOAD")
    assert again.message[0]["response_error_codes"] == ["DISBURSEMENT_ALREADY_CANCELED"]
    bridge.day(3)
    assert mis.cancel_disbursements(two).said == (200, "rjct", "DISBURSEMENT_ENVELOPE_SCHEDULE_DATE_REACHED")


def test_amendment_is_refused_for_the_first_thing_wrong(bridge, mis):
    later = {"disbursement_schedule_date": day(3)}
    envelope_id, today = mis.opened(2, 300, **later), mis.opened(2, 300)
    cancelled = mis.opened(2, 300, **later)
    mis.cancel(cancelled)
    past = {"disbursement_schedule_date": day(-1)}
    for given, code in (
        (mis.amend(None, 0, 1, **past), "INVALID_DISBURSEMENT_ENVELOPE_ID"),
        (mis.amend("nope", 0, -1, beneficiaries=0, **past), "INVALID_NO_OF_BENEFICIARIES"),
        (mis.amend("nope", 0, -1, beneficiaries=1, **past), "INVALID_NO_OF_DISBURSEMENTS"),
        (mis.amend("nope", 1, -1, **past), "INVALID_TOTAL_DISBURSEMENT_AMOUNT"),
        (mis.amend("nope", 1, 1, **past), "INVALID_DISBURSEMENT_SCHEDULE_DATE"),
        (mis.amend("nope", 1, 1), "DISBURSEMENT_ENVELOPE_NOT_FOUND"),
        (mis.amend(cancelled, 1, 1), "DISBURSEMENT_ENVELOPE_ALREADY_CANCELED"),
        (mis.amend(today, 1, 1, **later), "DISBURSEMENT_ENVELOPE_DATE_PASSED"),
    ):
        assert given.said == (200, "rjct", code)
    assert mis.amend(envelope_id, 1, 101, disbursement_schedule_date=day(4)).said == (200, "succ", "")
    states = {one["disbursement_envelope_id"]: one for one in bridge.state()["envelopes"]}
    told = states[envelope_id]
    assert (told["declared"], told["declared_amount"], told["schedule_date"]) == (1, 101, day(4))
    assert (states[today]["declared"], states[today]["declared_amount"]) == (2, 300)


def test_envelope_is_cancelled_once(bridge, mis):
    envelope_id = mis.opened(2, 300)
    assert mis.cancel("nope").said == (200, "rjct", "DISBURSEMENT_ENVELOPE_NOT_FOUND")
    assert mis.cancel(None).said == (200, "rjct", "DISBURSEMENT_ENVELOPE_NOT_FOUND")
    assert mis.cancel(envelope_id).said == (200, "succ", "")
    assert mis.cancel(envelope_id).said == (200, "rjct", "DISBURSEMENT_ENVELOPE_ALREADY_CANCELED")


def test_status_takes_a_bare_text_only(bridge, mis):
    assert mis.ask_envelope(["1"]).error == (
        400,
        "G2P-REQ-102",
        "Invalid Input. Input should be a valid string",
    )
    assert mis.ask_envelope("1").said == (200, "rjct", "DISBURSEMENT_ENVELOPE_NOT_FOUND")
    assert mis.ask_envelope("1").message is None


def test_status_has_one_row_for_each_id_asked_in_order(bridge, mis):
    _envelope_id, ids = mis.full(1, 2)
    answer = mis.ask(ids[1], "nope", ids[0], ids[1])
    assert [row["disbursement_id"] for row in answer.message] == [ids[1], "nope", ids[0], ids[1]]
    assert mis.ask().message == []


# ---- The script ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("script", "text"),
    [
        ({"bridge": {"funds": "plenty"}}, "unknown funds"),
        ({"bridge": {"steps": 1}}, "unknown 'steps'"),
        ({"bugs": {"none": False}}, "unknown 'none'"),
        ({"max_items": 5}, "knows no max_items"),
        ({"outcomes": [{"result": "refused"}]}, "unknown result"),
        ({"outcomes": [{"status": "succ"}]}, "no status words"),
        ({"faults": [{"play": "timeout"}]}, "must say whether it is executed"),
        ({"faults": [{"on": "envelope", "play": "reset"}]}, "must say whether it is executed"),
        ({"faults": [{"on": "submit", "play": "html"}]}, "'on' is envelope or disbursements"),
        ({"faults": [{"play": "counts_risen"}]}, "means nothing on disbursements"),
        ({"faults": [{"play": "bare_list"}]}, "unknown play"),
    ],
)
def test_script_that_nobody_understands_is_an_error(bridge, script, text):
    answer = call(f"{bridge.base_url}/_simulator/script", script)
    assert (answer.status, text in answer.body["error"]) == (400, True)


def test_day_that_is_none_is_an_error(bridge):
    assert call(f"{bridge.base_url}/_simulator/day", {"days_ahead": "1"}).status == 400


def test_next_script_brings_its_own_day(bridge, mis):
    assert bridge.day(2)["today"] == day(2)
    assert mis.open(1, 100).said == (200, "rjct", "INVALID_DISBURSEMENT_SCHEDULE_DATE")
    assert bridge.play(BY_HAND)["today"] == day()
