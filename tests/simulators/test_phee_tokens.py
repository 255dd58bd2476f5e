"""The simulated operations app gives and checks tokens; gateways check theirs (contract, section 2)."""

import base64
import json
from urllib.parse import urlencode

import pytest

from .phee import jws
from .phee.messages import call, row, sample

pytest_plugins = ("tests.simulators.phee.fixtures",)

TENANTS = {"tenants": ["gorilla", "rhino"]}


def basic(client, secret=""):
    return "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()


def claims_of(token):
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_token_is_told_as_in_the_sample(hub, caller):
    answer = caller.token()
    assert (answer.status, list(answer.body)) == (200, list(sample("token_200.json")))
    assert (answer.body["token_type"], answer.body["expires_in"], answer.body["scope"]) == (
        "bearer",
        599,
        "identity",
    )
    claims = claims_of(answer.body["access_token"])
    expected = sample("token_jwt_claims_decoded.json")
    assert set(expected) <= set(claims)
    for name in ("aud", "user_name", "scope", "authorities", "client_id"):
        assert claims[name] == expected[name]
    assert claims["jti"] == answer.body["jti"]


def test_parameters_may_stand_in_the_query(hub, caller):
    query = "?" + urlencode({"grant_type": "password", "username": "mifos", "password": "password"})
    assert caller.token(query=query).status == 200


@pytest.mark.parametrize("values", [{"username": "x"}, {"password": "x"}, {"password": ""}])
def test_wrong_user_is_told_as_in_the_sample(hub, caller, values):
    right = {"grant_type": "password", "username": "mifos", "password": "password"}
    answer = caller.token(**{**right, **values})
    expected = sample("token_401_bad_credentials.json")
    assert answer.status == 401
    assert {**answer.body, "timestamp": 0} == {**expected, "timestamp": 0}


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"username": "mifos"}, "Missing grant type"),
        ({"grant_type": "implicit"}, "Unsupported grant type: implicit"),
        ({"grant_type": "client_credentials"}, "Unauthorized grant type: client_credentials"),
    ],
)
def test_other_grants_are_bad_requests(hub, caller, values, error):
    answer = caller.token(**values)
    assert (answer.status, answer.body) == (400, {"error": error})


def test_token_is_asked_for_by_post(hub, caller):
    query = "?" + urlencode({"grant_type": "password", "username": "mifos", "password": "password"})
    answer = caller.token(method="GET", query=query)
    assert (answer.status, list(answer.body)) == (400, ["error"])


@pytest.mark.parametrize(
    "authorization", [None, basic("client", "x"), basic("other"), "Basic ???", "Bearer Y2xpZW50Og=="]
)
def test_wrong_client_is_a_page(hub, caller, authorization):
    answer = caller.token(authorization=authorization)
    assert (answer.status, answer.headers["Content-Type"][:9]) == (401, "text/html")


@pytest.mark.parametrize("tenant", [None, "zebra"])
def test_token_without_a_tenant_is_a_server_error_without_a_word(hub, caller, tenant):
    answer = caller.token(tenant=tenant)
    assert (answer.status, answer.raw) == (500, b"")


def test_token_can_be_refreshed(hub, caller):
    first = caller.token().body
    answer = caller.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert answer.status == 200
    assert answer.body["access_token"] != first["access_token"]


@pytest.mark.parametrize("which", ["access_token", "garbage"])
def test_what_is_no_refresh_token_is_a_bad_request(hub, caller, which):
    given = caller.token().body.get(which, "garbage")
    answer = caller.token(grant_type="refresh_token", refresh_token=given)
    assert (answer.status, list(answer.body)) == (400, ["error"])


def test_refresh_token_expires_and_is_bound_to_its_tenant(hub, caller):
    hub.play({"hub": TENANTS})
    given = caller.token().body["refresh_token"]
    assert caller.token(tenant="rhino", grant_type="refresh_token", refresh_token=given).status == 400
    hub.play({"hub": {"refresh_seconds": 0}})
    given = caller.token().body["refresh_token"]
    assert caller.token(grant_type="refresh_token", refresh_token=given).status == 400


def test_client_of_the_channel_is_unusable_until_it_has_a_secret(hub, caller):
    asked = {"grant_type": "client_credentials", "authorization": basic("channel-gorilla", "s3")}
    assert caller.token(**asked).status == 401
    hub.play({"hub": {"channel_secret": "s3"}})
    answer = caller.token(**asked)
    assert (answer.status, answer.body["expires_in"]) == (200, 3599)
    assert "refresh_token" not in answer.body
    assert claims_of(answer.body["access_token"])["authorities"] == ["ALL_FUNCTIONS"]


# Where a token is wanted


def test_no_token_is_wanted_by_default(hub, caller):
    assert caller.ops("/batches").status == 200


def test_token_opens_the_operations_app(hub, caller):
    hub.play({"hub": {"rest_auth": True}})
    token = caller.token().body["access_token"]
    batch_id = caller.send(row(0)).batch_id
    for path in (f"/batch/{batch_id}", f"/batch/detail?batchId={batch_id}", "/batches"):
        answer = caller.ops(path)
        assert (answer.status, answer.body["error"]) == (401, "unauthorized")
        assert caller.ops(path, **bearer(token)).status == 200


@pytest.mark.parametrize("spoil", [lambda token: token[:-8] + "AAAAAAAA", lambda token: "garbage"])
def test_garbage_is_no_token(hub, caller, spoil):
    hub.play({"hub": {"rest_auth": True}})
    token = spoil(caller.token().body["access_token"])
    answer = caller.ops("/batches", **bearer(token))
    assert (answer.status, answer.body["error"]) == (401, "invalid_token")


def test_refresh_token_opens_nothing(hub, caller):
    hub.play({"hub": {"rest_auth": True}})
    token = caller.token().body["refresh_token"]
    assert caller.ops("/batches", **bearer(token)).body["error"] == "invalid_token"


def test_token_is_bound_to_its_tenant(hub, caller):
    hub.play({"hub": {**TENANTS, "rest_auth": True}})
    token = caller.token(tenant="rhino").body["access_token"]
    assert caller.ops("/batches", tenant="rhino", **bearer(token)).status == 200
    answer = caller.ops("/batches", **bearer(token))
    assert (answer.status, answer.body["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("how", ["time", "at once"])
def test_token_expires(hub, caller, how):
    hub.play({"hub": {"rest_auth": True, "token_seconds": 0 if how == "time" else 600}})
    token = caller.token().body["access_token"]
    if how == "at once":
        assert caller.ops("/batches", **bearer(token)).status == 200
        hub.expire_tokens()
    answer = caller.ops("/batches", **bearer(token))
    expected = sample("ops_401_expired_token.json")
    expected["error_description"] = expected["error_description"].replace("<token>", token)
    assert (answer.status, answer.body) == (401, expected)
    hub.play({"hub": {"rest_auth": True}})
    assert caller.ops("/batches", **bearer(caller.token().body["access_token"])).status == 200


def test_user_without_authority_is_forbidden(hub, caller):
    hub.play({"hub": {"rest_auth": True, "authorities": ["REFUND"]}})
    token = caller.token().body["access_token"]
    answer = caller.ops("/batches", **bearer(token))
    assert (answer.status, answer.body) == (403, sample("ops_403_no_authority.json"))


def test_tenant_comes_before_the_token(hub, caller):
    hub.play({"hub": {"rest_auth": True}})
    assert caller.ops("/batches", tenant=None).status == 500


def test_tokens_are_counted(hub, caller):
    before = hub.state()["tokens"]
    caller.token()
    state = hub.state()
    assert (state["tokens"] - before, state["calls"]["token"]) == (2, 1)


def test_bulk_processor_wants_no_token(hub, caller):
    hub.play({"hub": {"rest_auth": True}})
    assert caller.send(row(0)).status == 202
    assert caller.send(row(1), headers=bearer("garbage")).status == 202


# Gateways


def oidc(hub, client="g2p", secret="oidc-secret", grant="client_credentials", as_basic=False):
    values = {"grant_type": grant}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if as_basic:
        headers["Authorization"] = basic(client, secret)
    else:
        values.update(client_id=client, client_secret=secret)
    return call(hub.oidc_url, "POST", urlencode(values), headers)


@pytest.mark.parametrize("as_basic", [True, False])
def test_identity_provider_opens_both_hosts(hub, caller, as_basic):
    hub.play({"hub": {"bulk_gateway": "oidc", "ops_gateway": "oidc"}})
    assert caller.send(row(0)).status == 401
    assert caller.ops("/batches").status == 401
    answer = oidc(hub, as_basic=as_basic)
    assert (answer.status, answer.body["token_type"], answer.body["expires_in"]) == (200, "Bearer", 300)
    token = answer.body["access_token"]
    assert caller.send(row(0), headers=bearer(token)).status == 202
    assert caller.ops("/batches", **bearer(token)).status == 200
    assert caller.paid() == ["PAY-0"]


def test_identity_provider_knows_its_clients(hub):
    assert oidc(hub, secret="x").status == 401
    assert oidc(hub, client="x").status == 401
    assert oidc(hub, grant="implicit").body["error"] == "unsupported_grant_type"


def test_token_of_the_identity_provider_expires(hub, caller):
    hub.play({"hub": {"ops_gateway": "oidc", "oidc_seconds": 0}})
    assert caller.ops("/batches", **bearer(oidc(hub).body["access_token"])).status == 401


def test_api_key_opens_both_hosts_and_the_tokens(hub, caller):
    hub.play({"hub": {"bulk_gateway": "apikey", "ops_gateway": "apikey"}})
    key = {"X-API-KEY": hub.api_key}
    for wrong in ({}, {"X-API-KEY": "x"}):
        assert caller.send(row(0), headers=wrong).status == 401
        assert caller.ops("/batches", **wrong).status == 401
    assert caller.token().status == 401
    assert caller.send(row(0), headers=key).status == 202
    assert caller.ops("/batches", **key).status == 200
    assert caller.paid() == ["PAY-0"]


def test_gateway_may_want_the_token_of_the_hub(hub, caller):
    hub.play({"hub": {**TENANTS, "bulk_gateway": "hub", "ops_gateway": "hub"}})
    assert caller.send(row(0)).status == 401
    token = caller.token().body["access_token"]
    assert caller.send(row(0), headers=bearer(token)).status == 202
    other = caller.token(tenant="rhino").body["access_token"]
    assert caller.send(row(0), headers=bearer(other)).status == 401
    assert caller.ops("/batches", **bearer(token)).status == 200


def test_hosts_have_gateways_of_their_own(hub, caller):
    hub.play({"hub": {"bulk_gateway": "apikey"}})
    assert caller.ops("/batches").status == 200
    assert caller.send(row(0)).status == 401


# Signatures of the operations app


def test_operations_app_may_want_signatures(hub, caller):
    hub.play({"hub": {"ops_jws": True}})
    assert caller.ops("/batches").body["errorCode"] == "InvalidPublicKeyConfigured"
    headers = {"Platform-TenantId": "gorilla"}
    given = caller.signed(headers, "")
    answer = call(hub.batches_url, headers=given)
    assert answer.status == 200
    assert jws.verified(hub.keys.server_public, answer.headers["X-SIGNATURE"], answer.raw.decode())
    wrong = caller.signed(headers, "x")
    assert call(hub.batches_url, headers=wrong).body["errorCode"] == "InvalidJsonWebSignature"
