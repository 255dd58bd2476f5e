"""Who we are to the simulated G2P Connect payment system, and what Test Connection says of it."""

from dataclasses import replace

import pytest

from odoo.addons.g2p_payment_g2p_connect.check import check_connection
from odoo.addons.g2p_programs.dispatch.access import AUTH_BEARER, AUTH_OAUTH2, AccessSecrets, AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import Accepted, NotSent, Rejected, RowResult
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .contract import LONG, simulator_fixtures
from .g2p_connect_rail import play, protect, rails
from .simulators.g2p_connect.process import running_simulator

PAID = RowResult.PAID
SYNC = "sync"

process, simulator = simulator_fixtures(running_simulator, {})
make_rail = rails


# ---- Access ---------------------------------------------------------------------------------------------------
def oauth2(simulator, secret=None):
    access = AccessSettings(
        AUTH_OAUTH2, oauth2_token_url=simulator.token_url, oauth2_client_id=simulator.client_id
    )
    return {
        "access": access,
        "secrets": AccessSecrets(oauth2_client_secret=secret or simulator.client_secret),
    }


def test_token_of_the_token_endpoint_is_used(simulator, make_rail):
    play(simulator, security={"static_token": False})
    rail = make_rail(**oauth2(simulator))
    assert isinstance(rail.submit(), Accepted)
    assert rail.results(rail.hear()[0]) == [PAID] * 3
    assert make_rail(**oauth2(simulator, "wrong-secret")).submit() == NotSent("not_sent")
    assert isinstance(make_rail().submit(), Rejected)


def test_own_authority_and_client_certificate(simulator, make_rail):
    known = simulator.certificates
    secrets = AccessSecrets(bearer_token=simulator.token, tls_client_key=known.client_key)
    access = AccessSettings(AUTH_BEARER, tls_ca=known.ca, tls_client_certificate=known.client_certificate)
    rail = make_rail(base=simulator.mtls_url, access=access, secrets=secrets)
    assert isinstance(rail.submit(), Accepted)
    assert rail.results(rail.hear()[0]) == [PAID] * 3
    stranger = replace(access, tls_ca=known.foreign_ca)
    rail = make_rail(base=simulator.tls_url, access=stranger, secrets=secrets)
    assert isinstance(rail.submit(), NotSent)
    assert rail.executed == [0, 0, 0]


# ---- Test Connection ------------------------------------------------------------------------------------------
def look(rail):
    """Return {name: code} of what is not in order."""
    checks = check_connection(rail.client, rail.settings, Transport(LONG), f"never-{rail.key}")
    assert rail.simulator.state()["executed"] == 0
    return {check.name: check.code for check in checks if not check.is_good}


@pytest.mark.parametrize("mode", ["async", SYNC])
@pytest.mark.parametrize("signer", ["none", "http_signature", "jws"])
def test_connection_that_works_is_in_order(simulator, make_rail, mode, signer):
    play(simulator, security={"signature": signer})
    assert look(make_rail(protect(simulator, signer), mode)) == {}


@pytest.mark.parametrize("mode", ["async", SYNC])
def test_what_is_wrong_with_a_connection_is_told(simulator, make_rail, mode):
    known = simulator.certificates
    play(simulator, security={"signature": "http_signature"})
    good = protect(simulator, "http_signature")
    assert look(make_rail(good, mode, base="https://nobody.invalid")) == {"name": "name.unknown"}
    assert look(make_rail(good, mode, base="http://127.0.0.1:1")) == {"connection": "connection.refused"}
    for access, base in (
        (AccessSettings(AUTH_BEARER), simulator.tls_url),
        (AccessSettings(AUTH_BEARER, tls_ca=known.foreign_ca), simulator.tls_url),
        (AccessSettings(AUTH_BEARER, tls_ca=known.ca), simulator.wrong_name_url),
    ):
        assert look(make_rail(good, mode, access=access, base=base)) == {"connection": "tls.refused"}
    wrong_token = AccessSecrets(bearer_token="wrong")
    assert look(make_rail(good, mode, secrets=wrong_token)) == {"message": "err.request.unauthorized"}
    assert look(make_rail(good, mode, **oauth2(simulator, "wrong"))) == {"token": "no token: HTTP 401"}
    assert look(make_rail(protect(simulator), mode)) == {"message": "err.signature.missing"}


def test_clock_that_is_wrong_is_told(simulator, make_rail):
    play(simulator, security={"signature": "http_signature", "clock_offset": 3600, "clock_tolerance": 7200})
    found = look(make_rail(protect(simulator, "http_signature"), SYNC))
    assert found == {"answer": "signature.early", "clock": "clock.ahead"}
    play(simulator, security={"signature": "http_signature", "clock_offset": 3600})
    found = look(make_rail(protect(simulator, "http_signature"), SYNC))
    assert found["message"].startswith(("err.signature", "rjct.message_ts"))
