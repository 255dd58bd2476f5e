"""The client of the bridge against a simulated bridge that refuses, or whose answer is lost or means nothing.

A refusal is believed only where it can mean nothing else; of everything else a question finds out whether it was taken.
"""

from dataclasses import replace
from unittest.mock import patch

import pytest

from odoo.addons.g2p_payment_g2p_connect.bridge import const
from odoo.addons.g2p_payment_g2p_connect.bridge.client import BridgeClient
from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Found,
    NeverHad,
    NotSent,
    Rejected,
    RowResult,
    Unknown,
    Unreadable,
)

from .contract import LONG, SHORT, simulator_fixtures
from .g2p_bridge_rail import SILENT, BridgeRail, play
from .simulators.g2p_bridge.messages import BY_HAND
from .simulators.g2p_bridge.process import running_simulator

PAID = RowResult.PAID

process, simulator = simulator_fixtures(running_simulator, BY_HAND)


# ---- refusals ---------------------------------------------------------------------------------------------------
def test_refused_envelope_has_no_id_though_http_says_yes(simulator):
    play(simulator, programs=["OTHER"])
    _envelope, outcome = BridgeRail(simulator).open()
    assert outcome == Rejected(code="INVALID_PROGRAM_MNEMONIC")


def test_envelope_of_a_day_that_is_over_is_refused(process):
    play(process)
    _envelope, outcome = BridgeRail(process, days=-1).open()
    assert outcome == Rejected(code="INVALID_DISBURSEMENT_SCHEDULE_DATE")
    assert process.state()["violations"] == ["a schedule date is past, or is none"]
    process.reset()


@pytest.mark.parametrize("code", sorted(const.DISBURSEMENT_REFUSALS))
def test_list_that_is_refused_for_a_reason_of_its_own_was_not_taken(simulator, code):
    play(simulator, {"on": "disbursements", "play": "header_rjct", "code": code})
    rail = BridgeRail(simulator)
    rail.open()
    request, outcome = rail.send()
    assert (type(outcome), outcome.code) == (Rejected, code)
    assert isinstance(rail.ask(request), NeverHad)


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("code", sorted(const.DISBURSEMENT_DOUBTS))
def test_list_for_which_there_is_no_room_may_be_there_already(simulator, code, executed):
    play(simulator, {"on": "disbursements", "play": "header_rjct", "code": code, "executed": executed})
    rail = BridgeRail(simulator)
    rail.open()
    request, outcome = rail.send()
    assert (type(outcome), outcome.code) == (Unknown, code)
    assert isinstance(rail.ask(request), Found if executed else NeverHad)


def test_list_into_an_envelope_that_nobody_knows_is_not_sent(simulator):
    rail = BridgeRail(simulator)
    rail.settings = replace(rail.settings, disbursement_envelope_id="1795220601750")
    _request, outcome = rail.send()
    assert outcome == NotSent(code=const.ENVELOPE_LOST, attention=const.ENVELOPE_LOST)
    assert (rail.calls("envelope_status"), rail.calls("disbursements")) == (1, 0)


def test_list_into_an_envelope_that_vanishes_behind_the_look_is_refused(simulator):
    """The look is answered for an envelope that the bridge does not know any more when the list comes."""
    rail = BridgeRail(simulator)
    rail.open()
    lost = replace(rail.settings, disbursement_envelope_id="1795220601750")
    with patch.object(BridgeClient, "_look_into_envelope", lambda _client, _transport: None):
        rail.settings = lost
        request, outcome = rail.send()
    assert outcome == Rejected(code=const.ENVELOPE_NOT_FOUND)
    assert rail.calls("disbursements") == 1
    assert rail.ask(request) == Unreadable(code=const.ENVELOPE_NOT_FOUND)


def test_second_copy_of_a_list_is_refused_where_there_is_no_room_and_the_first_is_not_doubted(process):
    play(process)
    rail = BridgeRail(process)
    rail.open()
    request, _outcome = rail.send()
    # As if the bridge had taken the first in behind the look.
    rail.expect(rail.payments)
    outcome = rail.submit(request)
    assert (type(outcome), outcome.code) == (Unknown, "NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED")
    assert outcome.attention == "envelope.full"
    assert rail.calls("disbursements") == 2
    process.finish()
    assert rail.results(rail.ask(request)) == [PAID] * 3
    assert rail.executed == [1, 1, 1]
    process.reset()


def test_second_copy_of_a_list_is_not_sent_where_the_first_is_seen(simulator):
    rail = BridgeRail(simulator)
    rail.open()
    request, _outcome = rail.send()
    outcome = rail.submit(request)
    assert (type(outcome), outcome.code) == (NotSent, const.COUNTS_DIFFER)
    assert outcome.reason.startswith("received=3 amount=300 ")
    assert outcome.reason.endswith(" expected=0 amount=0")
    assert rail.calls("disbursements") == 1
    simulator.finish()
    assert rail.results(rail.ask(request)) == [PAID] * 3
    assert rail.executed == [1, 1, 1]


# ---- a look that says nothing -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        *SILENT,
        ({"play": "header_rjct"}, ""),
        *(({"play": "status", "status": status}, "") for status in sorted(const.REFUSING_ERRORS)),
    ],
)
def test_nothing_is_sent_where_nobody_says_what_the_envelope_holds(simulator, fault, code):
    play(simulator, {"on": "envelope_status", "calls": [1], **fault})
    rail = BridgeRail(simulator)
    rail.open()
    request, outcome = rail.send(seconds=SHORT if code == "timeout" else LONG)
    assert (type(outcome), outcome.code, outcome.attention) == (NotSent, const.COUNTS_UNREAD, "")
    simulator.release()
    assert (rail.calls("envelope_status"), rail.calls("disbursements")) == (1, 0)
    assert isinstance(rail.submit(request), Accepted)
    simulator.finish()
    assert rail.executed == [1, 1, 1]


# ---- no answer, or none that means anything ---------------------------------------------------------------------
@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize(("fault", "code"), SILENT)
def test_list_without_an_answer_is_found_in_the_counts_or_was_never_had(simulator, fault, code, executed):
    play(simulator, {"on": "disbursements", "executed": executed, **fault})
    rail = BridgeRail(simulator)
    rail.open()
    request, outcome = rail.send(seconds=SHORT if code == "timeout" else LONG)
    assert (type(outcome), outcome.code) == (Unknown, code)
    simulator.release()
    found = rail.ask(request)
    assert (type(found), found.code) == ((Found, "ids.lost") if executed else (NeverHad, "counts.unchanged"))
    assert found.attention == ("ids.lost" if executed else "")
    simulator.finish()
    assert rail.executed == [int(executed)] * 3


@pytest.mark.parametrize(("fault", "code"), SILENT)
def test_envelope_without_an_answer_is_one_that_nobody_can_fill(simulator, fault, code):
    play(simulator, {"on": "envelope", "executed": True, **fault})
    rail = BridgeRail(simulator)
    envelope, outcome = rail.open(seconds=SHORT if code == "timeout" else LONG)
    assert (type(outcome), outcome.code) == (Unknown, code)
    simulator.release()
    assert rail.ask(envelope) == NeverHad(code=const.ENVELOPE_NOT_FOUND)


@pytest.mark.parametrize(
    ("on", "fault", "code"),
    [
        ("envelope", {"play": "null_ids"}, "envelope.without_id"),
        ("envelope", {"play": "null_message"}, "envelope.without_id"),
        ("envelope", {"play": "wrong_amount"}, "other.envelope"),
        ("envelope", {"play": "wrong_currency"}, "other.envelope"),
        ("disbursements", {"play": "null_ids"}, "ids.missing"),
        ("disbursements", {"play": "null_message"}, "ids.missing"),
        ("disbursements", {"play": "missing_rows", "rows": 3}, "ids.missing"),
        ("disbursements", {"play": "extra_rows"}, "other.references"),
        ("disbursements", {"play": "other_transaction"}, "other.references"),
    ],
)
def test_answer_that_says_yes_and_tells_nothing_that_fits_is_unknown(simulator, on, fault, code):
    play(simulator, {"on": on, **fault})
    rail = BridgeRail(simulator)
    _envelope, outcome = rail.open()
    if on == "disbursements":
        _request, outcome = rail.send()
    assert (type(outcome), outcome.code) == (Unknown, code)


@pytest.mark.parametrize("status", sorted(const.REFUSING_ERRORS))
@pytest.mark.parametrize("on", ["envelope", "disbursements"])
def test_what_the_framework_refuses_was_not_looked_at(simulator, on, status):
    play(simulator, {"on": on, "play": "status", "status": status})
    rail = BridgeRail(simulator)
    _envelope, outcome = rail.open()
    if on == "disbursements":
        _request, outcome = rail.send()
    assert outcome == Rejected(code=const.REFUSING_ERRORS[status], reason=f"HTTP {status}")
