"""The asynchronous half of the G2P Connect rail, and its security, against the simulated payment system.

The two were written from the same documents and neither from the other, so each checks the other.
"""

from dataclasses import replace

import pytest

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Found,
    Rejected,
    RowResult,
    Unknown,
    Unreadable,
)

from .contract import simulator_fixtures
from .g2p_connect_rail import play, protect, rails
from .simulators.g2p_connect.process import running_simulator

PAID, FAILED, PENDING = RowResult.PAID, RowResult.FAILED, RowResult.PENDING
SYNC = "sync"
#: (kind of signature, kind of our key, algorithm of the payment system's JWS).
FORMS = [
    ("http_signature", "ed25519", "EdDSA"),
    ("jws", "ed25519", "ES256"),
    ("jws", "p256", "PS256"),
    ("jws", "rsa", "RS256"),
    ("jws", "p256", "EdDSA"),
]
JWE = {"rsa": "RSA-OAEP-256", "p256": "ECDH-ES+A256KW"}

process, simulator = simulator_fixtures(running_simulator, {})
make_rail = rails


# ---- Acknowledged and called back -----------------------------------------------------------------------------
def test_payments_are_acknowledged_executed_once_and_called_back(make_rail):
    rail = make_rail()
    outcome = rail.submit()
    assert isinstance(outcome, Accepted) and outcome.code == "ack" and outcome.correlation
    assert outcome.rows == ()
    (told,) = rail.hear()
    assert rail.results(told) == [PAID] * 3
    assert {(str(row.amount), row.currency) for row in told.rows} == {("1250.50", "SLE")}
    assert rail.executed == [1, 1, 1]
    assert rail.wait_for_acks(1) == {"ACK": 1}


def test_question_is_acknowledged_and_its_answer_called_back(make_rail):
    rail = make_rail()
    rail.submit()
    rail.hear()
    assert rail.ask() == Unreadable("ack")
    assert rail.results(rail.hear(2)[1]) == [PAID] * 3
    assert rail.receiver.taken[1].kind == "on-status"


def test_question_about_what_never_arrived_proves_nothing(make_rail):
    rail = make_rail()
    assert rail.ask() == Unreadable("ack")
    assert rail.hear() == [Unreadable("not_seen.callback")]


def test_synchronous_question_about_an_asynchronous_submission_is_answered_at_once(make_rail, simulator):
    rail = make_rail(status_endpoint_url=simulator.status_url)
    rail.submit()
    rail.hear()
    assert rail.results(rail.ask()) == [PAID] * 3


def test_nack_is_taken_and_asked_for(simulator, make_rail):
    play(simulator, {"play": "nack"})
    rail = make_rail()
    assert rail.submit().code == "nack"
    assert rail.executed == [1, 1, 1]
    rail.ask()
    assert rail.results(rail.hear()[0]) == [PAID] * 3


def test_callback_that_is_lost_is_made_up_for_by_a_question(simulator, make_rail):
    play(simulator, {"play": "never"})
    rail = make_rail()
    assert isinstance(rail.submit(), Accepted)
    rail.ask()
    assert rail.results(rail.hear()[0]) == [PAID] * 3
    assert rail.executed == [1, 1, 1]


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("err.request.bad", Rejected),
        ("err.sender_uri.invalid", Rejected),
        ("err.request.timeout", Unknown),
        ("err.service.unavailable", Unknown),
    ],
)
def test_err_is_refused_by_the_table(simulator, make_rail, code, expected, status):
    play(simulator, {"play": "err", "code": code}, security={"err_status": status})
    rail = make_rail()
    assert isinstance(rail.submit(), expected)
    assert rail.executed == [0, 0, 0]


@pytest.mark.parametrize(
    "fault", [{"play": "unknown_ack", "code": "MAYBE"}, {"play": "rubbish"}, {"play": "reset"}]
)
def test_anything_else_is_unknown(simulator, make_rail, fault):
    play(simulator, {"executed": True} | fault)
    rail = make_rail()
    assert isinstance(rail.submit(), Unknown)


def test_ack_without_what_it_must_have_is_still_one(simulator, make_rail):
    play(simulator, {"play": "bare_ack"})
    rail = make_rail()
    assert isinstance(rail.submit(), Accepted)
    assert rail.results(rail.hear()[0]) == [PAID] * 3


def test_refused_payment_is_failed_and_pending_is_open(simulator, make_rail):
    play(
        simulator,
        outcomes=[
            {"payees": ["1001"], "result": "refused", "code": "rjct.payee_fa.invalid"},
            {"payees": ["1002"], "result": "pending"},
        ],
    )
    rail = make_rail()
    rail.submit()
    assert rail.results(rail.hear()[0]) == [PAID, FAILED, PENDING]
    assert rail.executed[:2] == [1, 0]


def test_callback_that_comes_twice_is_the_same_one(simulator, make_rail):
    play(simulator, copies=3)
    rail = make_rail()
    rail.submit()
    rail.hear(3)
    assert len({(one.message_id, one.body_hash) for one in rail.receiver.taken}) == 1


def test_parts_foreign_rows_and_missing_ones(simulator, make_rail):
    play(simulator, parts=3, reversed_parts=True)
    rail = make_rail()
    rail.submit()
    told = [rail.results(one) for one in rail.hear(3)]
    assert told == [[None, None, PAID], [None, PAID, None], [PAID, None, None]]
    play(simulator, missing=1, foreign=2)
    rail = make_rail()
    rail.submit()
    assert rail.results(rail.hear()[0]) == [None, PAID, PAID]


def test_pending_first_and_paid_later(simulator, make_rail):
    play(simulator, pending_first=True)
    rail = make_rail()
    rail.submit()
    assert [rail.results(one) for one in rail.hear(2)] == [[PENDING] * 3, [PAID] * 3]


@pytest.mark.parametrize(
    "fault",
    ["other_transaction", "header_rjct", "contradictory_rows", "wrong_action", "rubbish", "html", "empty"]
    + ["truncated", "unknown_status", "duplicate_reference"],
)
def test_callback_that_is_wrong_fails_nobody_and_pays_nobody(simulator, make_rail, fault):
    play(simulator, {"on": "callback", "play": fault, "rows": 3})
    rail = make_rail()
    rail.submit()
    if fault in ("wrong_action", "rubbish", "html", "empty", "truncated"):
        rail.receiver.wait(refused=1)
        assert rail.receiver.taken == []
        return
    (told,) = rail.hear()
    assert isinstance(told, Unreadable) or set(rail.results(told)) <= {PENDING, None}


def test_callback_to_another_address_or_without_the_token_is_refused(simulator, make_rail):
    security = {"callback_token": "callback-secret"}
    for fault, code in (("wrong_address", "path"), ("no_token", "token"), ("wrong_token", "token")):
        play(simulator, {"on": "callback", "play": fault}, security=security)
        rail = make_rail(token="callback-secret")
        rail.submit()
        rail.receiver.wait(refused=1)
        assert (rail.receiver.taken, rail.receiver.refused[:1]) == ([], [code])
    play(simulator, security=security)
    rail = make_rail(token="callback-secret")
    rail.submit()
    assert rail.results(rail.hear()[0]) == [PAID] * 3


def test_found_is_never_said_without_a_row_of_ours(simulator, make_rail):
    play(simulator, foreign=3, missing=3)
    rail = make_rail()
    rail.submit()
    (told,) = rail.hear()
    assert not isinstance(told, Found)


# ---- Signed and encrypted -------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", ["async", SYNC])
@pytest.mark.parametrize("encrypts", ["", "rsa", "p256"])
@pytest.mark.parametrize(("signer", "kind", "algorithm"), FORMS)
def test_each_side_believes_the_other(simulator, make_rail, signer, kind, algorithm, encrypts, mode):
    security = {"signature": signer, "jws_algorithm": algorithm, "clock_tolerance": 30.0}
    security |= {"encryption": "required" if encrypts else "none", "encrypt": JWE.get(encrypts, "")}
    play(simulator, security=security)
    rail = make_rail(protect(simulator, signer, kind, encrypts), mode)
    outcome = rail.submit()
    assert isinstance(outcome, Accepted), outcome
    assert rail.results(outcome if mode == SYNC else rail.hear()[0]) == [PAID] * 3
    told = rail.ask()
    assert rail.results(told if mode == SYNC else rail.hear(2)[1]) == [PAID] * 3
    assert rail.receiver.refused == []


@pytest.mark.parametrize("times", ["", "iat", "created"])
def test_jws_may_tell_its_time_in_several_ways(simulator, make_rail, times):
    play(simulator, security={"signature": "jws", "jws_times": times})
    rail = make_rail(protect(simulator, "jws"))
    rail.submit()
    assert rail.results(rail.hear()[0]) == [PAID] * 3


@pytest.mark.parametrize("style", ["prefixed", "keyId"])
def test_http_signature_may_be_spelt_in_several_ways(simulator, make_rail, style):
    play(simulator, security={"signature": "http_signature", "signature_style": style})
    rail = make_rail(protect(simulator, "http_signature"))
    rail.submit()
    assert rail.results(rail.hear()[0]) == [PAID] * 3


@pytest.mark.parametrize("key", ["rsa", "p256"])
def test_encrypted_message_with_a_protected_header_is_read(simulator, make_rail, key):
    play(simulator, security={"encryption": "accepted", "encrypt": JWE[key], "encryption_form": "protected"})
    rail = make_rail(protect(simulator, encrypts=key))
    rail.submit()
    assert rail.results(rail.hear()[0]) == [PAID] * 3


@pytest.mark.parametrize("signer", ["http_signature", "jws"])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("no_signature", "signature.missing"),
        ("wrong_signature", "signature.invalid"),
        ("unknown_key", "signature.key_unknown"),
        ("expired_signature", "signature.expired"),
        ("future_signature", "signature.early"),
        ("tampered", "signature.invalid"),
    ],
)
def test_callback_that_is_not_rightly_signed_is_refused(simulator, make_rail, signer, fault, code):
    play(
        simulator,
        {"on": "callback", "play": fault},
        security={"signature": signer, "jws_times": "iat" if signer == "jws" else ""},
    )
    rail = make_rail(protect(simulator, signer))
    rail.submit()
    rail.receiver.wait(refused=1)
    assert (rail.receiver.taken, rail.receiver.refused) == ([], [code])


@pytest.mark.parametrize("mode", ["async", SYNC])
@pytest.mark.parametrize("signer", ["http_signature", "jws"])
def test_what_the_payment_system_does_not_believe_is_refused_and_not_executed(
    simulator, make_rail, signer, mode
):
    play(simulator, security={"signature": signer})
    good = protect(simulator, signer)
    stranger = simulator.keys.stranger["ed25519"]
    for protection, code in (
        (protect(simulator), "err.signature.missing"),
        (replace(good, signing_key=stranger.private), "err.signature.invalid"),
        (replace(good, signing_key_id=stranger.id, signing_key=stranger.private), "err.signature.invalid"),
    ):
        rail = make_rail(protection, mode)
        outcome = rail.submit()
        # A text that speaks of "another" key leaves it unknown: it might have been another payment.
        assert isinstance(outcome, Rejected | Unknown) and outcome.code == code
        assert isinstance(outcome, Rejected) or protection.signing_key_id == stranger.id
        assert rail.executed == [0, 0, 0]


def test_sync_answer_without_a_signature_is_unknown_and_asked_for_in_vain(simulator, make_rail):
    play(simulator, security={"signature": "http_signature", "sign": "none"})
    rail = make_rail(protect(simulator, "http_signature"), SYNC)
    assert rail.submit() == Unknown("signature.missing")
    assert rail.ask() == Unreadable("signature.missing")
    lenient = make_rail(protect(simulator, "http_signature", require_signed_answers=False), SYNC)
    assert lenient.results(lenient.submit()) == [PAID] * 3
