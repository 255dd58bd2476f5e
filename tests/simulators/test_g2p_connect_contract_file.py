"""The simulated G2P Connect payment system keeps to the official OpenAPI file."""

import copy
import hashlib

import pytest

from .g2p_connect.contract import (
    ASYNC_TXN_STATUS,
    DISBURSE,
    ON_TXN_STATUS,
    PATCHES,
    SPECIFICATION,
    TXN_STATUS,
    Contract,
    contract,
    official,
)
from .g2p_connect.messages import (
    Since,
    disbursement,
    header,
    item,
    post,
    question,
    submit,
)


def test_specification_is_the_official_file_byte_for_byte():
    digest = hashlib.sha256(SPECIFICATION.read_bytes()).hexdigest()
    assert digest == "460d9f7b214a1045e47cfe03789b612bee1c377edc44fc07ac8ed11e677d7475"


def without(name):
    """Return the contract with all the patches but ``name``."""
    specification = official()
    for patch in PATCHES:
        if patch.name != name:
            patch.apply(specification)
    return Contract(specification)


DISBURSE_ANSWER = {
    "header": {**header("on-disburse", 1), "status": "succ"},
    "message": {
        "transaction_id": "BATCH-1",
        "disbursements_status": [
            {"reference_id": "PAY-1", "timestamp": "2026-11-20T09:30:00+00:00", "status": "succ"}
        ],
    },
}
STATUS_ANSWER = {
    "header": {**header("txn-on-status", 1), "status": "succ"},
    "message": {
        "transaction_id": "BATCH-1",
        "correlation_id": "C-1",
        "txnstatus_response": {"txn_type": "on-disburse", "txn_status": DISBURSE_ANSWER["message"]},
    },
}
SEARCH_STATUS_ANSWER = copy.deepcopy(STATUS_ANSWER)
SEARCH_STATUS_ANSWER["message"]["txnstatus_response"]["txn_type"] = "on-search"
SEARCH_STATUS_ANSWER["message"]["txnstatus_response"]["txn_status"]["disbursements_status"][0].update(
    status="rjct", status_reason_code="rjct.srch_payee_fa.invalid"
)
BY_TRANSACTION = question()
BY_TRANSACTION["message"]["txnstatus_request"].update(
    attribute_type="transaction_id", attribute_value="BATCH-1"
)
#: For each patch, a right message that the file refuses without it.
NEEDED = {
    "required-misspelt": ("request", DISBURSE, disbursement(item(1))),
    "action-of-disburse": ("request", DISBURSE, disbursement(item(1))),
    "action-of-disburse-answer": ("answer", DISBURSE, DISBURSE_ANSWER),
    "action-of-status": ("request", TXN_STATUS, question("PAY-1")),
    "action-of-status-answer": ("answer", TXN_STATUS, STATUS_ANSWER),
    "action-of-async-status": ("request", ASYNC_TXN_STATUS, question("PAY-1")),
    "action-of-async-status-callback": ("request", ON_TXN_STATUS, STATUS_ANSWER),
    "attribute-value-matches-twice": ("request", TXN_STATUS, BY_TRANSACTION),
    "status-answer-holds-a-request": ("answer", TXN_STATUS, SEARCH_STATUS_ANSWER),
}


def test_every_patch_has_its_proof():
    assert set(NEEDED) == {patch.name for patch in PATCHES}


@pytest.mark.parametrize("name", NEEDED)
def test_patch_lets_a_right_message_through_that_the_file_refuses(name):
    kind, path, message = NEEDED[name]
    assert getattr(without(name), f"{kind}_error")(path, message)
    assert not getattr(contract(), f"{kind}_error")(path, message)


def test_patch_of_another_file_is_an_error():
    specification = official()
    del specification["components"]["schemas"]["DisburseRequest"]["required"]
    with pytest.raises(KeyError):
        PATCHES[0].apply(specification)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.pop("header"),
        lambda body: body.pop("message"),
        lambda body: body["header"].pop("message_id"),
        lambda body: body["header"].pop("total_count"),
        lambda body: body["header"].update(message_ts="2026-11-20 09:30:00.123456"),
        lambda body: body["header"].update(message_ts="string"),
        lambda body: body["header"].update(action="on-disburse"),
        lambda body: body["header"].update(meta="string"),
        lambda body: body["header"].update(total_count="1"),
        lambda body: body["message"].update(transaction_id="x" * 100),
        lambda body: body["message"].pop("disbursements"),
        lambda body: body["message"]["disbursements"][0].pop("payer_fa"),
        lambda body: body["message"]["disbursements"][0].update(amount=10.5),
        lambda body: body["message"]["disbursements"][0].update(amount="10"),
        lambda body: body["message"]["disbursements"][0].update(amount="1e+16"),
        lambda body: body["message"]["disbursements"][0].update(amount="10.505"),
        lambda body: body["message"]["disbursements"][0].update(currency_code="sll"),
        lambda body: body["message"]["disbursements"][0].update(locale="en_US"),
        lambda body: body["message"]["disbursements"][0].update(note="x" * 100),
        lambda body: body["message"]["disbursements"][0].update(scheduled_timestamp="2026-11-20 09:30"),
    ],
)
def test_request_against_the_contract_is_refused_and_not_executed(simulator, spoil):
    since, body = Since(simulator), disbursement(item(1))
    spoil(body)
    status, _type, answer = post(simulator.payment_url, body)
    assert (status, answer["errors"][0]["code"]) == (400, "err.request.bad")
    assert since.references == []
    assert len(simulator.state()["violations"]) == 1


def test_violation_names_the_place_and_no_value(simulator):
    post(simulator.payment_url, disbursement(item(1, amount="secret-amount")))
    violation = simulator.state()["violations"][0]
    assert violation.startswith("$.message.disbursements[0].amount: pattern")
    assert "secret-amount" not in violation


def test_no_json_is_refused(simulator):
    assert post(simulator.payment_url, b"not json")[0] == 400


@pytest.mark.parametrize("token", ["", "wrong", "simulator-token "])
def test_call_without_the_token_is_unauthorized(simulator, token):
    since = Since(simulator)
    for url in (simulator.payment_url, simulator.status_url):
        status, _type, answer = post(url, disbursement(item(1)), token=token.ljust(1, "x"))
        assert (status, answer["errors"][0]["code"]) == (401, "err.request.unauthorized")
    assert since.references == []


def test_other_paths_are_not_found_in_the_shape_of_the_api(simulator):
    status, _type, answer = post(simulator.base_url + "/disburse/sync/link", disbursement(item(1)))
    assert (status, answer["errors"][0]["code"]) == (404, "err.request.not_found")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"total_count": 2}, "rjct.total_count.invalid"), ({"version": "9"}, "rjct.version.invalid")],
)
def test_wrong_header_is_refused_in_the_answer(simulator, changes, reason):
    since, body = Since(simulator), disbursement(item(1))
    body["header"].update(changes)
    answer = post(simulator.payment_url, body)[2]
    assert (answer["header"]["status"], answer["header"]["status_reason_code"]) == ("rjct", reason)
    assert not contract().answer_error(DISBURSE, answer)
    assert since.references == []


def test_too_many_items_are_refused(simulator):
    simulator.play({"max_items": 1})
    answer = submit(simulator, item(1), item(2))
    assert answer["header"]["status_reason_code"] == "rjct.total_count.limit_exceeded"
