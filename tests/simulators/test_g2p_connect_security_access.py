"""Tokens and TLS of the simulated G2P Connect payment system, seen from its callers."""

import base64
import ssl
import time
import urllib.error
import urllib.request

import pytest

from .g2p_connect.messages import Since, called_back, disbursement, item, post, post_form, question


def basic(client, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()}


def token_of(simulator, **fields):
    """Return status and answer of the token endpoint."""
    asked = {"grant_type": "client_credentials", **fields}
    return post_form(simulator.token_url, asked, basic(simulator.client_id, simulator.client_secret))


# tokens


def test_token_of_client_credentials_opens_both_halves(payer, simulator):
    simulator.play({"security": {"static_token": False, "token_seconds": 120}})
    status, answer = token_of(simulator)
    assert (status, answer["token_type"], answer["expires_in"]) == (200, "Bearer", 120)
    token = answer["access_token"]
    assert token.count(".") == 2
    body = called_back(disbursement(item(1)), payer.uri)
    assert post(simulator.async_payment_url, body, token=token)[2]["message"]["ack_status"] == "ACK"
    assert post(simulator.status_url, question("PAY-1"), token=token)[0] == 200


@pytest.mark.parametrize("url", ["async_payment_url", "async_status_url", "async_search_url", "payment_url"])
def test_call_without_a_token_is_unauthorized(simulator, url):
    simulator.play({"security": {"static_token": False}})
    since = Since(simulator)
    status, _type, answer = post(getattr(simulator, url), disbursement(item(1)))
    assert (status, answer["errors"][0]["code"]) == (401, "err.request.unauthorized")
    assert since.references == []


def test_token_expires(payer, simulator):
    simulator.play({"security": {"static_token": False, "token_seconds": 1}})
    token = token_of(simulator)[1]["access_token"]
    body = called_back(disbursement(item(1)), payer.uri)
    assert post(simulator.async_payment_url, body, token=token)[0] == 200
    time.sleep(1.1)
    assert post(simulator.async_payment_url, body, token=token)[0] == 401


def test_tokens_can_be_revoked(simulator):
    made = simulator.state()["tokens"]
    token = token_of(simulator)[1]["access_token"]
    assert simulator.expire_tokens()["tokens"] == made + 1
    assert post(simulator.status_url, question("PAY-1"), token=token)[0] == 401
    token = token_of(simulator)[1]["access_token"]
    assert post(simulator.status_url, question("PAY-1"), token=token)[0] == 200


@pytest.mark.parametrize(
    ("fields", "headers", "expected"),
    [
        ({"grant_type": "password"}, basic("g2p", "client-secret"), (400, "unsupported_grant_type")),
        ({}, basic("g2p", "wrong"), (401, "invalid_client")),
        ({}, {"Authorization": "Basic nonsense!"}, (401, "invalid_client")),
        ({}, {}, (401, "invalid_client")),
        ({"client_id": "g2p", "client_secret": "client-secret"}, {}, (400, "invalid_scope")),
        ({"scope": "other"}, basic("g2p", "client-secret"), (400, "invalid_scope")),
    ],
)
def test_token_is_refused_as_the_standard_says(simulator, fields, headers, expected):
    simulator.play({"security": {"scope": "payments"}})
    status, answer = post_form(simulator.token_url, {"grant_type": "client_credentials", **fields}, headers)
    assert (status, answer["error"]) == expected


@pytest.mark.parametrize("where", ["basic", "body"])
def test_secret_has_to_stand_where_it_was_agreed(simulator, where):
    simulator.play({"security": {"client_authentication": where}})
    in_body = {
        "grant_type": "client_credentials",
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
    }
    statuses = token_of(simulator)[0], post_form(simulator.token_url, in_body)[0]
    assert statuses == ((200, 401) if where == "basic" else (401, 200))


def test_secret_is_encoded_before_it_goes_into_the_header(simulator):
    simulator.play({"security": {"client_secret": "per:cent%&+"}})
    asked = {"grant_type": "client_credentials"}
    assert post_form(simulator.token_url, asked, basic("g2p", "per%3Acent%25%26%2B"))[0] == 200


def test_token_may_not_tell_how_long_it_is_good(simulator):
    simulator.play({"security": {"tell_expiry": False, "scope": "payments"}})
    answer = token_of(simulator, scope="payments")[1]
    assert ("expires_in" in answer, answer["scope"]) == (False, "payments")


@pytest.mark.parametrize(
    ("fault", "right"),
    [
        ({"play": "status", "status": 503, "shape": False}, lambda status, body: status == 503),
        ({"play": "html"}, lambda status, body: (status, body[:9]) == (200, b"<!DOCTYPE")),
        ({"play": "empty"}, lambda status, body: (status, body) == (200, b"")),
        ({"play": "truncated"}, lambda status, body: isinstance(body, bytes)),
    ],
)
def test_token_endpoint_plays_faults(simulator, fault, right):
    simulator.play({"faults": [{"on": "token", "calls": [1], **fault}]})
    assert right(*token_of(simulator))
    assert token_of(simulator)[0] == 200
    assert simulator.state()["calls"]["token"] == 2


# TLS


def https(url, ca="", certificate="", key="", tmp_path=None):
    """Return the status of an authorized question, or the error."""
    context = ssl.create_default_context(cadata=ca or None)
    if certificate:
        (tmp_path / "client.pem").write_text(certificate + key)
        context.load_cert_chain(tmp_path / "client.pem")
    handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    return post(url, question("PAY-1"), opener=urllib.request.build_opener(*handlers))[0]


def test_https_is_trusted_by_its_own_authority_only(simulator):
    path = "/disburse/sync/txn/status"
    assert https(simulator.tls_url + path, simulator.certificates.ca) == 200
    for url, ca in (
        (simulator.tls_url, ""),
        (simulator.tls_url, simulator.certificates.foreign_ca),
        (simulator.wrong_name_url, simulator.certificates.ca),
    ):
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            https(url + path, ca)


def test_client_certificate_is_wanted_where_it_is_mutual(simulator, tmp_path):
    url, certificates = simulator.mtls_url + "/disburse/sync/txn/status", simulator.certificates
    right = (certificates.client_certificate, certificates.client_key)
    foreign = (certificates.foreign_client_certificate, certificates.foreign_client_key)
    assert https(url, certificates.ca, *right, tmp_path) == 200
    for client in ((), foreign):
        # TLS 1.3 tells the client only when it reads.
        with pytest.raises((urllib.error.URLError, ssl.SSLError, ConnectionError)):
            https(url, certificates.ca, *client, tmp_path=tmp_path)
    assert https(url, certificates.ca, *right, tmp_path) == 200


def test_faults_are_played_over_tls_too(simulator):
    # A reset within the answer looks to this Python's TLS like its end (python/cpython#115627).
    simulator.play({"faults": [{"on": "status", "calls": [1], "play": "reset", "after_bytes": 0}]})
    url, ca = simulator.tls_url + "/disburse/sync/txn/status", simulator.certificates.ca
    with pytest.raises((urllib.error.URLError, ssl.SSLError, ConnectionError)):
        https(url, ca)
    assert https(url, ca) == 200
