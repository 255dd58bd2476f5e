"""What stands before the simulated layer and adapter: credentials, tokens, TLS."""

import base64
import ssl
from urllib.parse import urlencode

import pytest

from .interop.knobs import Scheme
from .interop.messages import Caller, call, payee, state_of, transfer
from .interop.process import running_simulator

pytest_plugins = ("tests.simulators.interop.fixtures",)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def fetch(scheme, headers=None, **form):
    """Ask for a token."""
    values = {
        "grant_type": "client_credentials",
        "client_id": Scheme.client_id,
        "client_secret": Scheme.client_secret,
    }
    body = urlencode({**values, **form}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return call(scheme.token_url, "POST", body, headers)


RIGHT = {
    "basic": {"Authorization": basic(Scheme.username, Scheme.password)},
    "bearer": {"Authorization": f"Bearer {Scheme.bearer_token}"},
    "header": {Scheme.header_name: Scheme.header_value},
}
WRONG = {
    "basic": [{}, {"Authorization": basic(Scheme.username, "x")}, {"Authorization": "Basic ???"}],
    "bearer": [{}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {Scheme.bearer_token}"}],
    "header": [{}, {Scheme.header_name: "x"}, {"X-Other": Scheme.header_value}],
    "oauth2": [{}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer "}],
}


def everything(dfsp):
    """Return the HTTP status of each call there is."""
    scheme = dfsp.simulator
    health = [call(url, headers=dfsp.headers) for url in (f"{scheme.pil_url}/health", f"{scheme.sdk_url}/")]
    calls = [
        *health,
        dfsp.disburse(payee(1)),
        dfsp.results("D-1"),
        dfsp.check(payee(1)),
        dfsp.transfer(transfer(1)),
        dfsp.party("MSISDN", "1"),
    ]
    return {answer.status for answer in calls}


@pytest.mark.parametrize("auth", RIGHT)
def test_right_credentials_open_every_call(scheme, auth):
    scheme.play({"scheme": {"auth": auth}})
    assert everything(Caller(scheme, RIGHT[auth])) == {200}


@pytest.mark.parametrize(("auth", "headers"), [(auth, headers) for auth in WRONG for headers in WRONG[auth]])
def test_wrong_credentials_open_none_and_nothing_is_paid(scheme, auth, headers):
    scheme.play({"scheme": {"auth": auth}})
    dfsp = Caller(scheme, headers)
    assert everything(dfsp) == {401}
    assert dfsp.paid() == []
    state = scheme.state()
    assert (state["calls"]["submit"], set(state["refusals"])) == (0, {"gateway"})


def test_token_opens_until_it_expires(scheme):
    scheme.play({"scheme": {"auth": "oauth2"}})
    made = scheme.state()["tokens"]
    told = fetch(scheme).body
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 300)
    dfsp = Caller(scheme, {"Authorization": f"Bearer {told['access_token']}"})
    assert everything(dfsp) == {200}
    scheme.expire_tokens()
    assert everything(dfsp) == {401}
    assert scheme.state()["tokens"] == made + 1


def test_token_may_be_over_at_once(scheme):
    scheme.play({"scheme": {"auth": "oauth2", "token_seconds": 0}})
    dfsp = Caller(scheme, {"Authorization": f"Bearer {fetch(scheme).body['access_token']}"})
    assert everything(dfsp) == {401}


@pytest.mark.parametrize(
    ("headers", "form", "status", "error"),
    [
        ({}, {"client_secret": "x"}, 401, "invalid_client"),
        ({"Authorization": basic(Scheme.client_id, "x")}, {}, 401, "invalid_client"),
        ({}, {"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, {}, 400, "invalid_scope"),
        ({}, {"scope": "other"}, 400, "invalid_scope"),
    ],
)
def test_token_is_refused(scheme, headers, form, status, error):
    scheme.play({"scheme": {"scope": "payments"}})
    answer = fetch(scheme, headers, **form)
    assert (answer.status, answer.body) == (status, {"error": error})


def test_client_may_say_who_it_is_in_a_header(scheme):
    headers = {"Authorization": basic(Scheme.client_id, Scheme.client_secret)}
    assert fetch(scheme, headers, client_id="", client_secret="").status == 200


@pytest.mark.parametrize(
    ("fault", "status"),
    [({"play": "status", "status": 503}, 503), ({"play": "header_rjct"}, 400), ({"play": "html"}, 200)],
)
def test_token_endpoint_plays_faults(scheme, fault, status):
    scheme.play({"faults": [{"on": "token", "calls": [1], **fault}]})
    answer = fetch(scheme)
    assert (answer.status, isinstance(answer.body, dict)) == (status, fault["play"] != "html")
    assert "access_token" in fetch(scheme).body


# TLS


@pytest.fixture(scope="module")
def mutual(tmp_path_factory):
    """A scheme that talks only with callers who show the client certificate."""
    folder = tmp_path_factory.mktemp("mutual")
    with running_simulator({}, folder / "ledger.jsonl", papers=folder / "papers", mutual=True) as handle:
        yield handle


def test_caller_with_the_certificate_is_served_on_both_ports(mutual):
    dfsp = Caller(mutual, tls=mutual.papers.client_context())
    assert dfsp.disburse(payee(1)).status == 200
    assert state_of(dfsp.transfer(transfer(1))) == "COMMITTED"
    assert mutual.state()["executed"] == 2
    assert dfsp.disburse(payee(2)).status == 200


@pytest.mark.parametrize(
    "context",
    [lambda papers: papers.client_context(shows=False), lambda papers: ssl.create_default_context()],
)
def test_caller_without_a_certificate_or_without_trust_pays_nothing(mutual, context):
    dfsp = Caller(mutual, tls=context(mutual.papers))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        dfsp.disburse(payee(1))
    assert dfsp.paid() == []
    assert Caller(mutual, tls=mutual.papers.client_context()).disburse(payee(1)).status == 200


def test_faults_of_the_wire_are_played_under_tls(mutual):
    mutual.play({"faults": [{"play": "drip_body", "seconds": 0.1, "interval": 0.02, "calls": [1]}]})
    dfsp = Caller(mutual, tls=mutual.papers.client_context())
    assert dfsp.disburse(payee(1)).status == 200


def test_papers_are_those_of_before_when_started_again(tmp_path):
    papers = tmp_path / "papers"
    with running_simulator({}, tmp_path / "ledger.jsonl", papers=papers) as handle:
        before = handle.papers.text("ca.pem")
        dfsp = Caller(handle, tls=handle.papers.client_context(shows=False))
        assert dfsp.disburse(payee(1)).status == 200
    with running_simulator({}, tmp_path / "ledger.jsonl", papers=papers) as handle:
        assert handle.papers.text("ca.pem") == before
    assert (papers / "client.key").stat().st_mode & 0o777 == 0o600
