"""The simulated Payment Hub EE does with payments what the hub does (contract, sections 3.2, 3.5, 3.6)."""

import pytest

from .ledger import paid_twice
from .phee.messages import by_phone, csv_of, name_of, no_rows, row
from .phee.profiles import BASE_COLUMNS

pytest_plugins = ("tests.simulators.phee.fixtures",)


# Modes


@pytest.mark.parametrize("mode", ["mojaloop", "gsma", "Mojaloop", "GSMA"])
def test_payment_by_phone_keeps_the_request_id_as_correlation(hub, caller, mode):
    answer = caller.send(by_phone(0, mode))
    one = caller.details(answer.batch_id)[0]
    assert (one["clientCorrelationId"], one["direction"]) == ("PAY-0", "OUTGOING")
    assert one["transactionId"] != "PAY-0"
    assert one["payeePartyIdType"] == ("msisdn" if mode.lower() == "gsma" else "MSISDN")


@pytest.mark.parametrize("mode", ["closedloop", "slcb"])
def test_bulk_payment_keeps_the_request_id_as_transaction(hub, caller, mode):
    answer = caller.send(row(0, payment_mode=mode))
    one = caller.details(answer.batch_id)[0]
    assert (one["transactionId"], one["direction"]) == ("PAY-0", "UNKNOWN")
    assert one["clientCorrelationId"] != "PAY-0"
    assert one["payeePartyIdType"] == "accountNumber"


def test_unknown_mode_is_accepted_and_nobody_is_paid(hub, caller):
    answer = caller.send(row(0, payment_mode="IMMEDIATE"))
    assert answer.status == 202
    assert no_rows(caller, answer.batch_id)
    assert caller.paid() == []


def test_modes_are_configured(hub, caller):
    hub.play({"hub": {"modes": ["gsma"]}})
    assert no_rows(caller, caller.send(row(0)).batch_id)
    assert caller.paid() == []


def test_first_row_decides_on_the_mode_of_all(hub, caller):
    answer = caller.send(row(0), row(1, payment_mode="IMMEDIATE"))
    assert caller.paid() == ["PAY-0", "PAY-1"]
    assert caller.statuses(answer.batch_id) == {"PAY-0": "COMPLETED", "PAY-1": "COMPLETED"}
    caller.send(row(2, id="0", payment_mode="IMMEDIATE"), row(3, id="1"))
    assert len(caller.paid()) == 2


def test_first_row_of_each_sub_batch_decides(hub, caller):
    hub.play({"hub": {"sub_batch_size": 2}})
    rows = [row(0), row(1), row(2, payment_mode="IMMEDIATE"), row(3)]
    answer = caller.send(*rows)
    assert caller.statuses(answer.batch_id) == {"PAY-0": "COMPLETED", "PAY-1": "COMPLETED"}


def test_closedloop_in_capitals_is_paid_and_never_imported(hub, caller):
    answer = caller.send(row(0, payment_mode="CLOSEDLOOP"))
    assert caller.paid() == ["PAY-0"]
    assert no_rows(caller, answer.batch_id)


@pytest.mark.parametrize("mode", ["mojaloop", "gsma"])
def test_payee_that_is_no_phone_number_is_not_found(hub, caller, mode):
    answer = caller.send(by_phone(0, mode), row(1, payment_mode=mode, payee_identifier="+277139001"))
    assert caller.statuses(answer.batch_id) == {"PAY-0": "COMPLETED", "PAY-1": "FAILED"}
    assert caller.paid() == ["PAY-0"]


# Amounts


def test_decimal_in_a_batch_that_is_split_kills_the_whole_batch(hub, caller):
    rows = [row(number) for number in range(5)]
    answer = caller.send(*rows, row(5, amount="850.0"))
    assert answer.status == 202
    assert no_rows(caller, answer.batch_id)
    assert caller.paid() == []


def test_decimal_in_a_whole_closedloop_batch_is_paid_and_never_imported(hub, caller):
    answer = caller.send(row(0, amount="850.0"), row(1))
    assert caller.paid() == ["PAY-0", "PAY-1"]
    assert caller.statuses(answer.batch_id) == {"PAY-1": "COMPLETED"}


def test_decimal_by_phone_loses_its_decimals_in_what_is_told(hub, caller):
    answer = caller.send(by_phone(0, amount="850.75"))
    assert caller.details(answer.batch_id)[0]["amount"] == "850"
    assert [line.amount for line in caller.lines()] == ["850.75"]


@pytest.mark.parametrize("amount", ["0", "-5"])
def test_amount_that_is_none_fails(hub, caller, amount):
    answer = caller.send(row(0, amount=amount))
    assert caller.statuses(answer.batch_id) == {"PAY-0": "FAILED"}
    assert caller.paid() == []


def test_currency_that_is_not_dealt_in_fails(hub, caller):
    hub.play({"currencies": ["USD"]})
    answer = caller.send(row(0), row(1, currency="ZAR"))
    assert caller.statuses(answer.batch_id) == {"PAY-0": "COMPLETED", "PAY-1": "FAILED"}


# Duplicates


def test_equal_rows_of_a_file_are_paid_once(hub, caller):
    twin = {"payee_identifier": "500210000001", "amount": "100"}
    answer = caller.send(row(0, **twin), row(1, **twin), row(2, **twin, currency="ZAR"))
    assert caller.paid() == ["PAY-0", "PAY-2"]
    double = next(one for one in caller.details(answer.batch_id) if one["transactionId"] == "PAY-1")
    assert (double["status"], double["errorInformation"]) == ("FAILED", "Duplicate transaction.")
    assert "row 1: same payee, type, amount and currency as another row" in hub.state()["violations"]


def test_double_of_a_payment_by_phone_has_its_request_id_as_transaction(hub, caller):
    twin = {**by_phone(1), "payee_identifier": by_phone(0)["payee_identifier"], "amount": "100"}
    answer = caller.send(by_phone(0), twin)
    ids = {one["transactionId"]: one["status"] for one in caller.details(answer.batch_id)}
    assert ids["PAY-1"] == "FAILED"


def test_equal_rows_are_all_paid_without_that_stage(hub, caller):
    hub.play({"hub": {"dedup": False}})
    twin = {"payee_identifier": "500210000001", "amount": "100"}
    caller.send(row(0, **twin), row(1, **twin))
    assert caller.paid() == ["PAY-0", "PAY-1"]


def test_mojaloop_knows_request_ids_and_shows_no_row_for_a_repeat(hub, caller):
    caller.send(by_phone(0))
    again = caller.send(by_phone(0), by_phone(1))
    assert caller.paid() == ["PAY-0", "PAY-1"]
    assert caller.statuses(again.batch_id) == {"PAY-1": "COMPLETED"}
    hub.play({"hub": {"redis_idempotency": False}})
    caller.send(by_phone(0))
    assert caller.paid() == ["PAY-0", "PAY-1", "PAY-0"]


@pytest.mark.parametrize("mode", ["gsma", "closedloop"])
def test_other_modes_pay_a_repeated_request_id_again(hub, caller, mode):
    one = by_phone(0, mode)
    caller.send(one)
    caller.send(one)
    assert caller.paid() == ["PAY-0", "PAY-0"]
    assert "PAY-0" in paid_twice(caller.lines())


def test_request_ids_are_known_by_tenant(hub, caller):
    hub.play({"hub": {"tenants": ["gorilla", "rhino"]}})
    caller.send(by_phone(0))
    caller.send(by_phone(0), headers={"Platform-TenantId": "rhino"})
    assert caller.paid() == ["PAY-0", "PAY-0"]


# Sub-batches


def test_batch_with_more_rows_than_fit_is_split(hub, caller):
    answer = caller.send(*(row(number) for number in range(8)))
    batches = [one["batchId"] for one in caller.details(answer.batch_id)]
    assert len(set(batches)) == 2
    assert answer.batch_id not in batches
    assert (batches.count(batches[0]), batches.count(batches[-1])) == (5, 3)
    assert hub.state()["batches"][0]["sub_batches"] == 2


def test_batch_that_fits_keeps_its_id(hub, caller):
    answer = caller.send(*(row(number) for number in range(5)))
    assert {one["batchId"] for one in caller.details(answer.batch_id)} == {answer.batch_id}


@pytest.mark.parametrize("knobs", [{"sub_batch_size": 0}, {"transfer_batch_ids": "parent"}])
def test_rows_may_bear_the_parent_batch(hub, caller, knobs):
    hub.play({"hub": knobs})
    answer = caller.send(*(row(number) for number in range(8)))
    assert {one["batchId"] for one in caller.details(answer.batch_id)} == {answer.batch_id}


def test_sub_batch_can_be_asked_for_by_its_own_id(hub, caller):
    answer = caller.send(*(row(number) for number in range(8)))
    sub_batch = caller.details(answer.batch_id)[-1]["batchId"]
    assert {name_of(one) for one in caller.details(sub_batch)} == {"PAY-5", "PAY-6", "PAY-7"}


def ids_of(caller, answer):
    names = ("transactionId", "clientCorrelationId")
    return {one[name] for one in caller.details(answer.batch_id) for name in names}


@pytest.mark.parametrize("make", [row, by_phone])
def test_long_request_ids_of_a_split_batch_come_back_in_quotes(hub, caller, make):
    long, short = "PAY-" + "0" * 21, "PAY-" + "0" * 20
    hub.play({"hub": {"sub_batch_size": 1}})
    answer = caller.send(make(0, request_id=long), make(1, request_id=short))
    assert {f'"{long}"', short} <= ids_of(caller, answer)
    assert caller.paid() == [long, short]
    hub.play({"hub": {"sub_batch_size": 1, "quoted_ids": False}})
    long = "PAY-" + "1" * 21
    again = caller.send(make(0, request_id=long), make(1, request_id="PAY-1"))
    assert long in ids_of(caller, again)


def test_long_request_ids_of_a_whole_batch_come_back_as_they_are(hub, caller):
    answer = caller.send(row(0, request_id="PAY-" + "0" * 32))
    assert caller.details(answer.batch_id)[0]["transactionId"] == "PAY-" + "0" * 32


def test_split_batch_is_read_by_position(hub, caller):
    """With payee and payer changed about, and said so in the header row, the payer is paid."""
    columns = list(BASE_COLUMNS)
    columns[3:7] = columns[5:7] + columns[3:5]
    hub.play({"hub": {"sub_batch_size": 1}})
    caller.send(content=csv_of(row(0), row(1), columns=columns))
    assert {line.payee_fa for line in caller.lines()} == {"900100007781"}


def test_split_batch_with_the_amount_elsewhere_is_killed(hub, caller):
    columns = ("amount", *[name for name in BASE_COLUMNS if name != "amount"])
    hub.play({"hub": {"sub_batch_size": 1}})
    answer = caller.send(content=csv_of(row(0), row(1), columns=columns))
    assert no_rows(caller, answer.batch_id)
    assert caller.paid() == []


def test_comma_in_quotes_is_read_well_in_a_whole_batch_and_moves_cells_in_a_split_one(hub, caller):
    rows = [row(number, payer_identifier='"9001,0"') for number in range(2)]
    whole = caller.send(*rows)
    assert {one["payerPartyId"] for one in caller.details(whole.batch_id)} == {"9001,0"}
    hub.play({"hub": {"sub_batch_size": 1}})
    before = len(caller.paid())
    caller.send(*rows)
    # The payee's number is the amount now.
    wrong = {(line.payee_fa, line.amount) for line in caller.lines()[before:]}
    assert wrong == {("accountNumber", "500210000001"), ("accountNumber", "500210000011")}
