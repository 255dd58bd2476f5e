"""The client of the bridge against a simulated bridge that tells of too few payments, too many, or others.

Ids and statements go to the payment that they are of, and to no other. Doubt leaves payments open, a question that
fails says nothing, and counts that somebody else has raised prove nothing and keep back what was not sent.
"""

import pytest

from odoo.addons.g2p_programs.dispatch.outcome import Accepted, Found, NotSent, RowResult, Unknown, Unreadable

from .contract import LONG, SHORT, simulator_fixtures
from .g2p_bridge_rail import SILENT, BridgeRail, attentions, play
from .simulators.g2p_bridge.messages import BY_HAND
from .simulators.g2p_bridge.process import running_simulator

PAID, PENDING = RowResult.PAID, RowResult.PENDING

process, simulator = simulator_fixtures(running_simulator, BY_HAND)


@pytest.mark.parametrize(
    ("fault", "told", "attention"),
    [
        ({"play": "missing_rows"}, [None, PENDING, PENDING], {"ids.lost"}),
        ({"play": "missing_rows", "rows": 2}, [None, None, PENDING], {"ids.lost"}),
        ({"play": "contradictory_rows"}, [None, PENDING, PENDING], {"ids.lost"}),
        ({"play": "duplicated_rows", "rows": 3}, [PENDING] * 3, set()),
        ({"play": "reordered_rows"}, [PENDING] * 3, set()),
        ({"play": "wrong_amount"}, [PENDING] * 3, {"echo.differs"}),
    ],
)
def test_ids_are_matched_by_reference(simulator, fault, told, attention):
    play(simulator, {"on": "disbursements", **fault})
    rail = BridgeRail(simulator)
    rail.open()
    request, outcome = rail.send()
    assert isinstance(outcome, Accepted)
    assert rail.results(outcome) == told
    assert attentions(outcome) == attention
    simulator.finish()
    assert rail.results(rail.ask(request)) == [result and PAID for result in told]


@pytest.mark.parametrize(
    ("fault", "results"),
    [
        ({"play": "missing_rows"}, [None, PAID, PAID]),
        ({"play": "extra_rows", "rows": 5}, [PAID, PAID, PAID]),
        ({"play": "duplicated_rows", "rows": 3}, [PAID, PAID, PAID]),
        ({"play": "reordered_rows"}, [PAID, PAID, PAID]),
        ({"play": "contradictory_rows"}, [PENDING, PAID, PAID]),
        ({"play": "other_ids"}, [None, PAID, PAID]),
        ({"play": "other_transaction"}, [PENDING, PAID, PAID]),
    ],
)
def test_statements_are_matched_by_id_and_doubt_leaves_payments_open(simulator, fault, results):
    play(simulator, {"on": "status", "calls": [1], **fault})
    rail = BridgeRail(simulator)
    request = rail.paid()
    assert rail.results(rail.ask(request)) == results
    assert rail.results(rail.ask(request)) == [PAID] * 3


@pytest.mark.parametrize(
    ("fault", "code"), [*SILENT, ({"play": "header_rjct"}, "INVALID_DISBURSEMENT_PAYLOAD")]
)
@pytest.mark.parametrize("on", ["status", "envelope_status"])
def test_question_that_fails_says_nothing(simulator, on, fault, code):
    # The envelope's status is asked for once before, by the look into it.
    play(simulator, {"on": on, "calls": [1 if on == "status" else 2], **fault})
    rail = BridgeRail(simulator)
    envelope, _outcome = rail.open()
    request, outcome = rail.send()
    assert isinstance(outcome, Accepted)
    asked = request if on == "status" else envelope
    told = rail.ask(asked, seconds=SHORT if code == "timeout" else LONG)
    assert (type(told), told.code) == (Unreadable, code)
    simulator.release()
    assert isinstance(rail.ask(asked), Found)


@pytest.mark.parametrize(
    ("rows", "amount", "expected"),
    [
        (1, "100", Unreadable),
        (1, "300", Unreadable),
        (3, "1", Unreadable),
        (9, "299", Unreadable),
        (3, "300", Found),
        (9, "900", Found),
    ],
)
def test_counts_of_somebody_else_are_never_absence(simulator, rows, amount, expected):
    play(
        simulator,
        {"on": "disbursements", "play": "reset", "executed": False},
        {"on": "envelope_status", "calls": [2], "play": "counts_risen", "rows": rows, "amount": amount},
    )
    rail = BridgeRail(simulator)
    rail.open()
    request, outcome = rail.send()
    assert (type(outcome), outcome.code) == (Unknown, "connection")
    assert type(rail.ask(request)) is expected


@pytest.mark.parametrize(("rows", "amount"), [(1, "100"), (1, "300"), (3, "300"), (9, "900")])
def test_nothing_is_put_into_an_envelope_whose_counts_somebody_else_has_raised(simulator, rows, amount):
    play(
        simulator,
        {"on": "envelope_status", "calls": [1], "play": "counts_risen", "rows": rows, "amount": amount},
    )
    rail = BridgeRail(simulator)
    rail.open()
    request, outcome = rail.send()
    assert (type(outcome), outcome.code) == (NotSent, "counts.differ")
    assert outcome.reason.startswith(f"received={rows} amount={amount} ")
    assert rail.calls("disbursements") == 0
    assert isinstance(rail.submit(request), Accepted), "they are as they were"
