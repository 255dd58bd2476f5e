"""The simulated layer and adapter keep to the official OpenAPI files, and coerce nothing unless they are told to."""

import hashlib

import pytest

from .interop.contract import (
    PIL_FILE,
    PIL_PATCHES,
    SDK_FILE,
    SDK_PATCHES,
    Contract,
    compiled,
    official,
    pil,
    sdk,
)
from .interop.messages import call, disbursement, payee, transfer, words

pytest_plugins = ("tests.simulators.interop.fixtures",)

AMOUNT = '"^([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?$"'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (PIL_FILE, "1abdb9db4bcf7493fdf9a0cb3dfbb32836ac15e44535b210a71bb6de14089c34"),
        (SDK_FILE, "c9c59c6e7e24bf7d9101bba77013659156c9f93333a8793762222022fcabe31f"),
    ],
)
def test_specification_is_the_official_file_byte_for_byte(path, expected):
    assert hashlib.sha256(path.read_bytes()).hexdigest() == expected


ROW = {**payee(1), "timestamp": "2026-11-21T00:35:32.620Z", "status": "COMPLETED"}
PAID_ROW = {**ROW, "amountDebited": "101", "amountCredited": "101"}
#: For each patch, an answer of the real systems that the file refuses without it.
NEEDED = {
    "answer-requires-the-request": (
        "DisbursementResponse",
        {"disbursementId": "x", "payeeResults": [PAID_ROW]},
    ),
    "check-requires-the-request": (
        "DisbursementCheckResponse",
        {"payeeResults": [{"payeeIdType": "MSISDN", "payeeIdValue": "1", "isPayable": False}]},
    ),
    "amounts-of-failed-lines": ("IndividualPayeeResult", {**ROW, "status": "REJECTED"}),
    "words-of-status": ("IndividualPayeeResult", {**PAID_ROW, "status": "ABORTED"}),
    "declined": ("transferStatus", "ABORTED"),
}
PATCHES = {PIL_FILE: PIL_PATCHES, SDK_FILE: SDK_PATCHES}


@pytest.mark.parametrize("path", PATCHES)
def test_every_patch_is_needed_by_a_real_answer(path):
    whole = {PIL_FILE: pil, SDK_FILE: sdk}[path]()
    for patch in PATCHES[path]:
        specification = official(path)
        for other in PATCHES[path]:
            if other is not patch:
                other.apply(specification)
        schema, answer = NEEDED[patch.name]
        assert Contract(specification).problem(schema, answer), patch.name
        assert not whole.problem(schema, answer), patch.name


def test_patch_of_another_file_is_an_error():
    with pytest.raises(KeyError):
        PIL_PATCHES[0].apply(official(SDK_FILE))


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        ("^[0-9]+$", "12", "12\n"),
        (r"^(?!\s*$)[\w .,'-]{1,128}$", "O'Neill, Ann-Mary", "Zoë"),
        (r"^\d{3}$", "123", "१२३"),
        (
            r"^(?!\s*$)[\p{L}\p{gc=Mark}\p{digit}\p{gc=Connector_Punctuation}\p{Join_Control} .,''-]{1,128}$",
            "नव्या Zoë",
            "<b>",
        ),
    ],
)
def test_patterns_mean_what_they_mean_to_the_real_systems(pattern, right, wrong):
    assert compiled(pattern).search(right)
    assert not compiled(pattern).search(wrong)


# The layer


def line(**changes):
    return lambda body: body["payeeList"][0].update(changes)


PIL_REFUSED = [
    (lambda body: body.pop("disbursementId"), "3102", " must have required property 'disbursementId'"),
    (lambda body: body.pop("payeeList"), "3102", " must have required property 'payeeList'"),
    (
        lambda body: body["payeeList"][0].pop("amount"),
        "3102",
        "/payeeList/0 must have required property 'amount'",
    ),
    (lambda body: body.update(payeeList=[]), "3100", "/payeeList must NOT have fewer than 1 items"),
    (lambda body: body.update(payeeList="all"), "3100", "/payeeList must be array"),
    (lambda body: body.update(disbursementId=7), "3100", "/disbursementId must be string"),
    (line(payeeIdValue=None), "3100", "/payeeList/0/payeeIdValue must be string"),
    (line(payeeIdValue=False), "3100", "/payeeList/0/payeeIdValue must be string"),
    (line(amount=100), "3100", "/payeeList/0/amount must be string"),
    *(
        (line(amount=amount), "3100", f"/payeeList/0/amount must match pattern {AMOUNT}")
        for amount in (
            "100.00",
            "100.50",
            "-1",
            ".5",
            "1e3",
            "01",
            "1.00001",
            "1" * 19,
            "1,5",
            " 1",
            "1\n",
            "",
        )
    ),
    *(
        (line(currency=currency), "3100", "/payeeList/0/currency must be equal to one of the allowed values")
        for currency in ("ZZZ", "inr", "MRU", "SLE", "SSP", "STN", "VES", "ZWG")
    ),
]


@pytest.mark.parametrize(("spoil", "code", "text"), PIL_REFUSED)
def test_disbursement_against_the_file_is_refused_whole_and_not_paid(dfsp, spoil, code, text):
    body = disbursement(payee(1), payee(2), disbursement_id="D-1")
    spoil(body)
    answer = dfsp.send(body)
    information = answer.body["errorInformation"]
    assert (answer.status, information["errorCode"]) == (400, code)
    assert information["errorDescription"].endswith(f" - /requestBody{text}")
    assert dfsp.results("D-1").raw == b""
    assert dfsp.paid() == []
    assert dfsp.simulator.state()["refused"] == 1


@pytest.mark.parametrize("amount", ["100", "100.5", "0.25", "0.0001", "1" * 18])
@pytest.mark.parametrize("currency", ["INR", "USD", "MRO", "HRK", "CUC"])
def test_disbursement_within_the_file_is_paid(dfsp, amount, currency):
    assert dfsp.disburse(payee(1, amount=amount, currency=currency)).status == 200
    assert [(one.amount, one.currency) for one in dfsp.lines()] == [(amount, currency)]


def test_refusal_names_the_place_and_no_value(dfsp):
    dfsp.disburse(payee(1, amount="secret"))
    assert dfsp.simulator.state()["refusals"] == ["/payeeList/0/amount pattern"]


def test_a_thousand_lines_are_paid_and_one_more_is_refused(dfsp):
    lines = [payee(number) for number in range(1001)]
    answer = dfsp.disburse(*lines)
    assert (answer.status, answer.body["errorInformation"]["errorCode"]) == (400, "3100")
    assert dfsp.paid() == []
    assert len(dfsp.disburse(*lines[:1000]).body["payeeResults"]) == 1000
    assert len(dfsp.paid()) == 1000


def test_body_over_a_mebibyte_is_a_500(dfsp):
    body = disbursement(payee(1), note="x" * 1024 * 1024)
    answer = dfsp.send(body)
    assert (answer.status, answer.body["errorInformation"]["errorCode"]) == (500, "2001")
    assert dfsp.paid() == []
    dfsp.simulator.play({"scheme": {"max_bytes": 2 * 1024 * 1024}})
    assert dfsp.send(body).status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/disbursement", b'{"disbursementId', 400, "3000"),
        ("POST", "/disbursement", b"", 400, "3000"),
        ("POST", "/disbursementCheck", b"[", 400, "3000"),
        ("GET", "/disbursements", None, 404, "3002"),
        ("POST", "/", b"{}", 404, "3002"),
        ("PUT", "/disbursement", b"{}", 405, "3000"),
        ("GET", "/disbursement", None, 405, "3000"),
    ],
)
def test_what_the_layer_does_not_serve_has_its_own_shape(scheme, method, path, body, status, code):
    answer = call(scheme.pil_url + path, method, body)
    assert (answer.status, answer.body["errorInformation"]["errorCode"]) == (status, code)


@pytest.mark.parametrize(
    ("value", "sent_as"), [(None, ""), (False, "false"), (True, "true"), (5, "5"), (5.0, "5")]
)
def test_layer_that_coerces_takes_anybody_for_somebody(dfsp, value, sent_as):
    dfsp.simulator.play({"scheme": {"coerces": True}})
    answer = dfsp.disburse(payee(1, payeeIdValue=value))
    # An empty one is refused further on, where it has to have one character.
    assert words(answer) == {sent_as: "COMPLETED" if sent_as else "ABORTED"}
    assert dfsp.payees() == ([sent_as] if sent_as else [])
    nobody = sent_as in ("", "false")
    assert dfsp.simulator.state()["violations"] == (["an identifier of nobody was sent"] if nobody else [])


@pytest.mark.parametrize(("amount", "status"), [(100.1, 200), (100, 200), (0.1 + 0.2, 400), (100.55555, 400)])
def test_layer_that_coerces_makes_texts_of_numbers_before_it_looks(dfsp, amount, status):
    dfsp.simulator.play({"scheme": {"coerces": True}})
    assert dfsp.disburse(payee(1, amount=amount)).status == status


# The adapter


def changed(**changes):
    return lambda body: body.update(changes)


def payee_is(**changes):
    return lambda body: body["to"].update(changes)


ALLOWED = "must be equal to one of the allowed values"
SDK_REFUSED = [
    *(
        (lambda body, name=name: body.pop(name), f"must have required property '{name}'")
        for name in ("homeTransactionId", "from", "to", "amountType", "currency", "amount", "transactionType")
    ),
    (changed(amount="100.00"), f"must match pattern {AMOUNT}"),
    (changed(amount=12.5), "must be string"),
    (changed(currency="ZWG"), ALLOWED),
    (changed(amountType="SENT"), ALLOWED),
    (changed(transactionType="DEPOSIT"), ALLOWED),
    (changed(note=""), "must NOT have fewer than 1 characters"),
    (changed(note="x" * 129), "must NOT have more than 128 characters"),
    (payee_is(idType="AADHAAR"), ALLOWED),
    (payee_is(idValue=""), "must NOT have fewer than 1 characters"),
    (payee_is(idValue="x" * 129), "must NOT have more than 128 characters"),
    (payee_is(type="PERSON"), ALLOWED),
    (payee_is(displayName="Zoë"), 'must match pattern "^(?!\\s*$)[\\w .,\'-]{1,128}$"'),
]


@pytest.mark.parametrize(("spoil", "text"), SDK_REFUSED)
def test_transfer_against_the_file_is_refused_and_not_paid(dfsp, spoil, text):
    body = transfer(1)
    spoil(body)
    answer = dfsp.transfer(body)
    assert (answer.status, answer.body) == (400, {"message": text, "statusCode": 400})
    assert dfsp.paid() == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/transfers", b"{"),
        ("PUT", "/transfers", b"{}"),
        ("DELETE", "/transfers/x", None),
        ("GET", "/bulkTransactions/x", None),
        ("GET", "/nowhere", None),
    ],
)
def test_what_the_adapter_does_not_serve_is_a_400(scheme, method, path, body):
    answer = call(scheme.sdk_url + path, method, body)
    assert (answer.status, answer.body["statusCode"], "transferState" in answer.body) == (400, 400, False)


def test_adapter_that_coerces_takes_a_number_for_an_amount(dfsp):
    dfsp.simulator.play({"scheme": {"coerces": True}})
    assert dfsp.transfer(transfer(1, amount=12.5)).body["amount"] == "12.5"
    assert [line.amount for line in dfsp.lines()] == ["12.5"]


@pytest.mark.parametrize(
    "body", [{}, {"acceptParty": "yes"}, {"acceptParty": True, "acceptQuote": True}, {"accept": 1}]
)
def test_acceptance_against_the_file_is_refused(dfsp, body):
    assert dfsp.accept("x", **body).status == 400
