"""The simulated bridge plays the faults of its script on each kind of call."""

import http.client
import time

import pytest

from .g2p_bridge.contract import answer_error
from .g2p_bridge.faults import STRANGER
from .g2p_bridge.knobs import KINDS
from .g2p_bridge.messages import BY_HAND, day, item

pytest_plugins = ("tests.simulators.g2p_bridge.fixtures",)


def faults(bridge, *given, **more):
    bridge.play({**BY_HAND, **more, "faults": list(given)})


class Scene:
    """An envelope for tomorrow with one disbursement and room for two more, and each kind of call once."""

    def __init__(self, mis):
        self.mis = mis
        self.envelope_id = mis.opened(3, 306, disbursement_schedule_date=day(1))
        self.ids = mis.given(item(1, self.envelope_id))

    def call(self, kind, timeout=20):
        mis, simulator = self.mis, self.mis.simulator
        url, message = {
            "envelope": (simulator.envelope_creation_url, None),
            "disbursements": (simulator.payment_url, [item(2, self.envelope_id), item(3, self.envelope_id)]),
            "envelope_status": (simulator.envelope_status_url, self.envelope_id),
            "status": (simulator.status_url, self.ids),
            "amend": (simulator.amend_url, None),
            "cancel": (simulator.cancel_url, {"disbursement_envelope_id": self.envelope_id}),
            "cancel_disbursements": (
                simulator.cancel_disbursements_url,
                [{"disbursement_id": each} for each in self.ids],
            ),
        }[kind]
        if kind == "envelope":
            return mis.open(1, 100, disbursement_schedule_date=day(1))
        if kind == "amend":
            return mis.amend(self.envelope_id, 1, 101, disbursement_schedule_date=day(1))
        return mis.send(url, message, timeout)

    def executed(self):
        """Return what has changed since the beginning, by kind of call."""
        state = self.mis.simulator.state()
        mine = next(one for one in state["envelopes"] if one["disbursement_envelope_id"] == self.envelope_id)
        return [
            kind
            for kind, changed in (
                ("envelope", len(state["envelopes"]) > 1),
                ("disbursements", mine["received"] > 1),
                ("amend", mine["declared"] == 1),
                ("cancel", mine["cancelled"]),
                ("cancel_disbursements", mine["received"] == 0),
            )
            if changed
        ]


EXECUTING = ("envelope", "disbursements", "amend", "cancel", "cancel_disbursements")
INSTEAD = {
    "rubbish": lambda answer: b"\x00" in answer.raw,
    "html": lambda answer: answer.headers["Content-Type"] == "text/html",
    "empty": lambda answer: answer.raw == b"",
    "truncated": lambda answer: answer.raw.startswith(b'{"signature"') and isinstance(answer.body, bytes),
    "redirect": lambda answer: answer.status == 302,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("play", INSTEAD)
def test_answer_is_replaced_on_every_kind_of_call(bridge, mis, kind, play):
    scene = Scene(mis)
    faults(bridge, {"on": kind, "play": play, "calls": [1], "executed": True})
    assert INSTEAD[play](scene.call(kind))
    assert scene.executed() == [one for one in EXECUTING if one == kind]


@pytest.mark.parametrize("kind", EXECUTING)
@pytest.mark.parametrize("executed", [True, False])
def test_reset_and_executed_is_as_scripted(bridge, mis, kind, executed):
    scene = Scene(mis)
    faults(bridge, {"on": kind, "play": "reset", "calls": [1], "executed": executed})
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        scene.call(kind)
    assert scene.executed() == ([kind] if executed else [])


@pytest.mark.parametrize("kind", ["disbursements", "envelope_status", "status"])
@pytest.mark.parametrize("executed", [True, False])
def test_timeout_outlasts_the_caller(bridge, mis, kind, executed):
    scene = Scene(mis)
    faults(bridge, {"on": kind, "play": "timeout", "executed": executed, "seconds": 60})
    with pytest.raises(TimeoutError):
        scene.call(kind, timeout=0.3)
    bridge.release()
    assert scene.executed() == (["disbursements"] if executed and kind == "disbursements" else [])


def test_late_request_is_taken_when_the_caller_has_gone(bridge, mis):
    scene = Scene(mis)
    faults(bridge, {"play": "late", "calls": [1], "seconds": 60})
    with pytest.raises(TimeoutError):
        scene.call("disbursements", timeout=0.3)
    assert scene.executed() == []
    bridge.release()
    ends = time.monotonic() + 20
    while not scene.executed() and time.monotonic() < ends:
        time.sleep(0.01)
    assert scene.executed() == ["disbursements"]
    assert bridge.state()["violations"] == []


@pytest.mark.parametrize("play", ["drip_header", "drip_body", "huge"])
def test_slow_and_huge_answers_are_whole_in_the_end(bridge, mis, play):
    scene = Scene(mis)
    faults(bridge, {"play": play, "seconds": 0.2, "interval": 0.01, "size": 300_000})
    assert len(scene.call("disbursements").message) == 2


@pytest.mark.parametrize(
    ("status", "code"), [(400, "G2P-REQ-102"), (404, "G2P-REQ-404"), (503, "G2P-REQ-100")]
)
@pytest.mark.parametrize("shape", [True, False])
def test_http_status_is_as_scripted(bridge, mis, status, code, shape):
    scene = Scene(mis)
    faults(bridge, {"play": "status", "status": status, "shape": shape, "executed": True})
    answer = scene.call("disbursements")
    assert (answer.error[:2] if shape else answer.status) == ((status, code) if shape else status)
    assert scene.executed() == ["disbursements"]


@pytest.mark.parametrize("kind", KINDS)
def test_header_refuses_with_a_scripted_code(bridge, mis, kind):
    scene = Scene(mis)
    faults(bridge, {"on": kind, "play": "header_rjct", "code": "MULTIPLE_ENVELOPES_FOUND"})
    answer = scene.call(kind)
    assert answer.said == (200, "rjct", "MULTIPLE_ENVELOPES_FOUND")
    assert answer_error(f"/{PATHS[kind]}", 200, answer.body) == ""
    assert scene.executed() == []


PATHS = {
    "envelope": "create_disbursement_envelope",
    "disbursements": "create_disbursements",
    "envelope_status": "get_disbursement_envelope_status",
    "status": "get_disbursement_status",
    "amend": "amend_disbursement_envelope",
    "cancel": "cancel_disbursement_envelope",
    "cancel_disbursements": "cancel_disbursements",
}


# ---- Rows and ids -------------------------------------------------------------------------------------------
def references(answer):
    return [row["mis_reference_number"] for row in answer.message]


@pytest.mark.parametrize(
    ("play", "expected"),
    [
        ("missing_rows", ["PAY-3"]),
        ("duplicated_rows", ["PAY-2", "PAY-3", "PAY-2"]),
        ("contradictory_rows", ["PAY-2", "PAY-3", "PAY-2"]),
        ("reordered_rows", ["PAY-3", "PAY-2"]),
        ("extra_rows", ["UNHEARD", "PAY-2", "PAY-3"]),
    ],
)
def test_rows_of_disbursements_are_spoiled(bridge, mis, play, expected):
    scene = Scene(mis)
    faults(bridge, {"play": play})
    answer = scene.call("disbursements")
    assert [each.partition("-OF-")[0] for each in references(answer)] == expected
    ids = {row["mis_reference_number"]: row["disbursement_id"] for row in answer.message}
    known = mis.ask_envelope(scene.envelope_id).message["number_of_disbursements_received"]
    assert (known, len(set(ids.values()))) == (3, len(ids))
    told = [row["disbursement_id"] for row in answer.message if row["mis_reference_number"] == "PAY-2"]
    assert len(set(told)) == (2 if play == "contradictory_rows" else len(told) and 1)


@pytest.mark.parametrize(
    ("play", "expected"),
    [
        ("missing_rows", [1]),
        ("duplicated_rows", [0, 1, 0]),
        ("contradictory_rows", [0, 1, 0]),
        ("reordered_rows", [1, 0]),
        ("extra_rows", [None, 0, 1]),
        ("other_ids", [None, 1]),
    ],
)
def test_rows_of_a_status_are_spoiled(bridge, mis, play, expected):
    _envelope_id, ids = mis.full(1, 2)
    bridge.finish()
    faults(bridge, {"on": "status", "play": play, "calls": [1]})
    rows = mis.ask(*ids).message
    assert [
        ids.index(row["disbursement_id"]) if row["disbursement_id"] in ids else None for row in rows
    ] == expected
    records = [row["disbursement_recon_records"]["disbursement_recon_payloads"][0] for row in rows]
    assert [one["disbursement_id"] for one in records] == [row["disbursement_id"] for row in rows]
    reversed_ = [one["reversal_found"] for one in records]
    assert reversed_ == [play == "contradictory_rows" and number == 2 for number in range(len(rows))]
    assert [row["disbursement_id"] for row in mis.ask(*ids).message] == ids


@pytest.mark.parametrize("kind", ["envelope", "disbursements"])
def test_succ_with_null_ids(bridge, mis, kind):
    scene = Scene(mis)
    faults(bridge, {"on": kind, "play": "null_ids"})
    answer = scene.call(kind)
    rows = answer.message if kind == "disbursements" else [answer.message]
    name = "disbursement_id" if kind == "disbursements" else "disbursement_envelope_id"
    assert (answer.said, {row[name] for row in rows}) == ((200, "succ", ""), {None})
    assert scene.executed() == [kind]


@pytest.mark.parametrize("kind", ["envelope", "disbursements", "envelope_status", "amend", "cancel"])
def test_answer_about_the_envelope_of_a_stranger(bridge, mis, kind):
    scene = Scene(mis)
    faults(bridge, {"on": kind, "play": "other_transaction", "rows": 2})
    answer = scene.call(kind)
    rows = answer.message if kind == "disbursements" else [answer.message]
    assert {row["disbursement_envelope_id"] for row in rows} == {STRANGER}


def test_record_of_the_envelope_of_a_stranger(bridge, mis):
    _envelope_id, ids = mis.full(1)
    bridge.finish()
    faults(bridge, {"on": "status", "play": "other_transaction"})
    records, _errors = mis.records(ids[0])
    assert (records[0]["disbursement_id"], records[0]["disbursement_envelope_id"]) == (ids[0], STRANGER)


def test_ids_of_nobody(bridge, mis):
    scene = Scene(mis)
    faults(bridge, {"play": "other_ids"}, {"on": "envelope", "play": "other_ids"})
    rows = scene.call("disbursements").message
    told = scene.call("envelope").message["disbursement_envelope_id"]
    bridge.play(BY_HAND)
    bridge.statement()
    assert [bool(mis.records(row["disbursement_id"])[0]) for row in rows] == [False, True]
    assert mis.ask_envelope(told).said == (200, "rjct", "DISBURSEMENT_ENVELOPE_NOT_FOUND")


def test_wrong_amount_and_currency_are_told(bridge, mis):
    scene = Scene(mis)
    faults(bridge, {"play": "wrong_amount", "amount": "7"}, {"on": "envelope", "play": "wrong_currency"})
    assert [row["disbursement_amount"] for row in scene.call("disbursements").message] == [7.0, 103.0]
    assert scene.call("envelope").message["disbursement_currency_code"] == "XXX"


def test_message_can_be_missing_and_a_status_unheard_of(bridge, mis):
    scene = Scene(mis)
    faults(bridge, {"play": "null_message"}, {"on": "status", "play": "unknown_status", "code": "rcvd"})
    assert scene.call("disbursements").body["message"] is None
    assert scene.call("status").said == (200, "rcvd", "")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"play": "counts_unchanged"}, (1, 101)),
        ({"play": "counts_risen"}, (4, 307)),
        ({"play": "counts_risen", "rows": 2, "amount": "500"}, (5, 806)),
    ],
)
def test_counts_are_wrong(bridge, mis, fault, expected):
    scene = Scene(mis)
    scene.call("disbursements")
    faults(bridge, {"on": "envelope_status", "calls": [1], **fault})
    for right in (expected, (3, 306)):
        told = scene.call("envelope_status").message
        got = told["number_of_disbursements_received"], told["total_disbursement_amount_received"]
        assert got == right


def test_fault_is_found_by_envelope_and_reference(bridge, mis):
    scene = Scene(mis)
    faults(
        bridge,
        {"transaction": scene.envelope_id, "reference": "PAY-3$", "play": "html"},
        {"on": "status", "reference": "PAY-1$", "play": "html"},
        {"on": "envelope", "transaction": "^CYCLE-1$", "play": "html"},
        {"on": "envelope_status", "transaction": scene.envelope_id, "play": "html"},
    )
    for kind in ("disbursements", "status", "envelope", "envelope_status"):
        assert INSTEAD["html"](scene.call(kind))
    assert mis.disburse(item(9, scene.envelope_id)).status == 200
