"""Signatures and encryption of the simulated G2P Connect payment system, both ways."""

import time

import pytest

from .g2p_connect.contract import ASYNC_DISBURSE, ON_DISBURSE, contract
from .g2p_connect.encryption import KEY_OF as KEY_ALGORITHMS
from .g2p_connect.encryption import decrypt
from .g2p_connect.envelope import compose, dump, members
from .g2p_connect.messages import (
    Since,
    called_back,
    disbursement,
    item,
    post,
    sealed,
    words,
)
from .g2p_connect.signatures import KEY_OF as ALGORITHMS
from .g2p_connect.signatures import SignatureError, check_http, check_jws, content, packed

KINDS = ("http_signature", *ALGORITHMS)
OTHER_KINDS = {"http_signature": "jws", "jws": "http_signature"}


def kind_of(kind):
    return kind if kind == "http_signature" else "jws"


def pay(payer, simulator, kind="none", path="async_payment_url", **kwargs):
    """Send a payment, sealed, and return status and body of the answer."""
    data = sealed(simulator.keys, called_back(disbursement(item(1)), payer.uri), kind, **kwargs)
    status, _type, answer = post(getattr(simulator, path), data)
    return status, answer


def error_of(answer):
    return answer["message"].get("error", {}).get("code", answer["message"]["ack_status"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encrypt", ["", *KEY_ALGORITHMS])
def test_right_signature_is_let_in(payer, simulator, kind, encrypt):
    simulator.play({"security": {"signature": kind_of(kind), "encryption": "accepted"}})
    assert error_of(pay(payer, simulator, kind, encrypt=encrypt)[1]) == "ACK"
    assert payer.wait()[0].words == {"PAY-1": "succ"}
    assert simulator.state()["encrypted"] == ({"unprotected": 1} if encrypt else {})


@pytest.mark.parametrize("kind", ["http_signature", "jws"])
@pytest.mark.parametrize("sign", ["none", "other"])
def test_missing_or_other_signature_is_an_error_of_the_envelope(payer, simulator, kind, sign):
    simulator.play({"security": {"signature": kind}})
    since = Since(simulator)
    other = {"jws": "EdDSA"}.get(OTHER_KINDS[kind], "http_signature")
    code = "err.signature.missing" if sign == "none" else "err.signature.invalid"
    status, answer = pay(payer, simulator, "none" if sign == "none" else other)
    assert (status, error_of(answer)) == (200, code)
    assert not contract().answer_error(ASYNC_DISBURSE, answer)
    # The synchronous half has no Ack to say it in.
    status, answer = pay(payer, simulator, "none" if sign == "none" else other, path="payment_url")
    assert (status, answer["errors"][0]["code"]) == (403, code)
    assert simulator.state()["refusals"] == [code, code]
    assert since.references == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.replace(b'"10.50"', b'"99.50"'),
        lambda data: data.replace(b'"total_count":1', b'"total_count": 1'),
        lambda data: data[:-1] + b',"message":{}}',
    ],
)
def test_message_changed_after_signing_is_refused(payer, simulator, kind, spoil):
    simulator.play({"security": {"signature": kind_of(kind)}})
    since = Since(simulator)
    data = sealed(simulator.keys, called_back(disbursement(item(1)), payer.uri), kind)
    assert spoil(data) != data
    # The last one is against the contract as most parsers read it, and signed as others do.
    code = error_of(post(simulator.async_payment_url, spoil(data))[2])
    assert code in ("err.signature.invalid", "err.request.bad")
    assert since.references == []


@pytest.mark.parametrize("kind", KINDS)
def test_key_of_nobody_is_refused(payer, simulator, kind):
    simulator.play({"security": {"signature": kind_of(kind)}})
    strangers = simulator.keys.stranger[ALGORITHMS.get(kind, "ed25519")]
    known = simulator.keys.caller[ALGORITHMS.get(kind, "ed25519")]
    under_right_name = type(known)(known.id, strangers.private, strangers.public)
    for pair in (strangers, under_right_name):
        assert error_of(pay(payer, simulator, kind, pair=pair)[1]) == "err.signature.invalid"


@pytest.mark.parametrize("times", ["http_signature", "iat", "created"])
@pytest.mark.parametrize(
    ("shift", "offset", "right"),
    [
        (0, 0.0, True),
        (20, 0.0, True),
        (60, 0.0, False),  # created in the future
        (-320, 0.0, True),  # expired, within the tolerance
        (-400, 0.0, False),
        (60, 60.0, True),  # both clocks are wrong
        (0, -60.0, False),  # the payment system's is
    ],
)
def test_signature_is_good_for_its_time_only(payer, simulator, times, shift, offset, right):
    jws = times != "http_signature"
    kind = "jws" if jws else "http_signature"
    simulator.play({"security": {"signature": kind, "clock_offset": offset, "clock_tolerance": 30.0}})
    changes = {"times": times} if jws else {}
    told = error_of(pay(payer, simulator, "EdDSA" if jws else kind, shift=shift, **changes)[1])
    assert told == ("ACK" if right else "err.signature.invalid")


TEMPLATE = (
    'Signature:  namespace="g2p", kidId="{sender_id}|{unique_key_id}|{algorithm}", algorithm="ed25519", '
    'created="1606970629", expires="1607030629", headers="(created) (expires) digest", '
    'signature="Base64(signing content)'
)


@pytest.mark.parametrize(
    "signature",
    [
        TEMPLATE,
        TEMPLATE + '"',
        "x",
        'namespace="g2p"',
    ],
)
def test_template_of_the_specification_is_no_signature(payer, simulator, signature):
    simulator.play({"security": {"signature": "http_signature"}})
    body = called_back(disbursement(item(1)), payer.uri)
    data = compose(dump(body["header"]), dump(body["message"]), signature)
    assert error_of(post(simulator.async_payment_url, data)[2]) == "err.signature.invalid"


@pytest.mark.parametrize("style", ["", "prefixed", "keyId"])
def test_spellings_of_the_http_signature_are_understood(payer, simulator, style):
    simulator.play({"security": {"signature": "http_signature"}})
    assert error_of(pay(payer, simulator, "http_signature", style=style)[1]) == "ACK"


@pytest.mark.parametrize("sender", ["other.example.org", ""])
def test_signature_of_another_sender_is_refused(payer, simulator, sender):
    simulator.play({"security": {"signature": "http_signature"}})
    told = error_of(pay(payer, simulator, "http_signature", sender=sender)[1])
    assert told == "err.signature.invalid"


def test_jws_without_protection_is_refused(payer, simulator):
    simulator.play({"security": {"signature": "jws"}})
    body = called_back(disbursement(item(1)), payer.uri)
    for algorithm in ("none", "HS256"):
        head = packed(dump({"alg": algorithm, "kid": simulator.keys.caller["ed25519"].id}))
        data = compose(dump(body["header"]), dump(body["message"]), f"{head}..")
        assert error_of(post(simulator.async_payment_url, data)[2]) == "err.signature.invalid"


# encryption of callers


@pytest.mark.parametrize(
    ("wanted", "encrypt", "expected"),
    [
        ("none", "RSA-OAEP-256", "err.encryption.invalid"),
        ("accepted", "", "ACK"),
        ("accepted", "RSA-OAEP-256", "ACK"),
        ("required", "", "err.encryption.invalid"),
        ("required", "ECDH-ES+A256KW", "ACK"),
    ],
)
def test_encryption_is_as_it_was_agreed(payer, simulator, wanted, encrypt, expected):
    simulator.play({"security": {"encryption": wanted}})
    since = Since(simulator)
    assert error_of(pay(payer, simulator, encrypt=encrypt)[1]) == expected
    assert since.references == (["PAY-1"] if expected == "ACK" else [])


def test_synchronous_half_reads_encrypted_messages_where_agreed(payer, simulator):
    simulator.play({"security": {"encryption": "accepted"}})
    status, answer = pay(payer, simulator, encrypt="RSA-OAEP-256", path="payment_url")
    assert (status, words(answer)) == (200, {"PAY-1": "succ"})


def test_hidden_message_is_checked_by_the_contract_too(payer, simulator):
    simulator.play({"security": {"encryption": "accepted"}})
    body = called_back(disbursement(item(1, amount="10")), payer.uri)
    data = sealed(simulator.keys, body, encrypt="RSA-OAEP-256")
    assert error_of(post(simulator.async_payment_url, data)[2]) == "err.request.bad"
    assert simulator.state()["violations"][0].startswith("$.message.disbursements[0].amount: pattern")


def test_message_that_cannot_be_decrypted_is_an_error_of_the_envelope(payer, simulator):
    simulator.play({"security": {"encryption": "accepted"}})
    body = called_back(disbursement(item(1)), payer.uri)
    data = sealed(simulator.keys, body, encrypt="RSA-OAEP-256").replace(b'"tag":"', b'"tag":"A', 1)
    assert error_of(post(simulator.async_payment_url, data)[2]) == "err.encryption.invalid"


# what the payment system sends


def proven(heard, simulator, kind, now=None):
    """Check the signature of a callback, as the caller does."""
    parts = members(heard.data)
    signed = content(parts["header"], parts.get("message"))
    check = check_http if kind == "http_signature" else check_jws
    check(heard.body["signature"], "pay.example.org", signed, simulator.keys.server, now or time.time(), 5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encrypt", ["", *KEY_ALGORITHMS])
def test_callback_is_signed_and_encrypted(payer, simulator, kind, encrypt):
    algorithm = {} if kind == "http_signature" else {"jws_algorithm": kind}
    simulator.play({"security": {"sign": kind_of(kind), "encrypt": encrypt, **algorithm}})
    payer.submit(item(1))
    [heard] = payer.wait()
    assert not contract().request_error(ON_DISBURSE, heard.body)
    proven(heard, simulator, kind)
    if encrypt:
        plain, form = decrypt(heard.body["message"], simulator.keys.caller_encryption)
        assert form == "unprotected"
        assert heard.body["message"]["header"]["kid"] == (
            simulator.keys.caller_encryption[KEY_ALGORITHMS[encrypt]].id
        )
        assert b'"PAY-1"' in plain and b"PAY-1" not in heard.data
    assert heard.body["header"]["is_msg_encrypted"] is bool(encrypt)


@pytest.mark.parametrize("kind", ["http_signature", "jws"])
def test_synchronous_answer_is_signed_too(simulator, kind):
    simulator.play({"security": {"sign": kind}})
    answer = post(simulator.payment_url, disbursement(item(1)))[2]
    signed = content(dump(answer["header"]), dump(answer["message"]))
    check = check_http if kind == "http_signature" else check_jws
    check(answer["signature"], "pay.example.org", signed, simulator.keys.server, time.time(), 5)


@pytest.mark.parametrize("kind", ["http_signature", "jws"])
@pytest.mark.parametrize(
    "play",
    ["wrong_signature", "unknown_key", "expired_signature", "future_signature", "tampered", "no_signature"],
)
def test_signature_of_a_callback_is_as_wrong_as_scripted(payer, simulator, kind, play):
    simulator.play(
        {
            "security": {"sign": kind, "jws_times": "iat"},
            "faults": [{"on": "callback", "calls": [1], "play": play}],
        }
    )
    payer.submit(item(1))
    [heard] = payer.wait()
    if play == "no_signature":
        assert "signature" not in heard.body
        return
    with pytest.raises(SignatureError):
        proven(heard, simulator, kind)
    shift = {"expired_signature": -86_400, "future_signature": 86_400}.get(play)
    if shift:
        proven(heard, simulator, kind, time.time() + shift)


def test_clock_of_the_payment_system_may_be_wrong(payer, simulator):
    simulator.play({"security": {"sign": "http_signature", "clock_offset": 3600.0}})
    payer.submit(item(1))
    [heard] = payer.wait()
    with pytest.raises(SignatureError, match="future"):
        proven(heard, simulator, "http_signature")
    proven(heard, simulator, "http_signature", time.time() + 3600)
    assert time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() + 3600)) <= heard.body["header"]["message_ts"]


@pytest.mark.parametrize(
    ("play", "expected"),
    [("", "Bearer callback-token"), ("no_token", None), ("wrong_token", "Bearer wrong-token")],
)
def test_callback_has_the_token_of_the_script(payer, simulator, play, expected):
    faults = [{"on": "callback", "play": play}] if play else []
    simulator.play({"security": {"callback_token": "callback-token"}, "faults": faults})
    payer.submit(item(1))
    assert payer.wait()[0].headers.get("Authorization") == expected


def test_burst_is_signed_and_has_the_token(payer, simulator):
    simulator.play(
        {
            "callbacks": {"ack": "NACK"},
            "security": {"sign": "http_signature", "callback_token": "callback-token"},
        }
    )
    payer.submit(item(1))
    assert simulator.burst()["acks"] == {"ACK": 1}
    [heard] = payer.wait()
    proven(heard, simulator, "http_signature")
    assert heard.headers["Authorization"] == "Bearer callback-token"
