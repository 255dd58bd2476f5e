"""What the demo's rails and its comparison with Odoo's log stand on."""

import base64
import io
import json
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests.simulators.g2p_bridge.knobs import BridgeScript
from tests.simulators.interop.knobs import SchemeScript
from tests.simulators.ledger import Executed
from tests.simulators.phee.knobs import HubScript

from .__main__ import find_complaints
from .narration import Narrator
from .people import CLOSED, DISTRICTS, make_households
from .rails import RAILS, UnknownRail, g2p_bridge_script, make_rail, phee
from .rails.file import WAYS
from .rails.file_errands import raise_amount
from .rails.interop import Cast, InteropRail, new_number
from .rails.rail import Rail

REFUSED = "2026-11-21 06:43:50,303 1999 WARNING db odoo.http: Not twice. "
FAILED = "2026-11-21 06:43:50,303 1999 ERROR db odoo.sql_db: Not twice."


@pytest.mark.parametrize(("name", "mode"), [(name, mode) for name in RAILS for mode in RAILS[name]])
def test_every_rail_is_what_the_story_wants(name, mode):
    rail = make_rail(name, mode)
    assert isinstance(rail, Rail)
    assert (rail.name, rail.mode) == (name, mode)


@pytest.mark.parametrize("name", RAILS)
def test_without_a_mode_the_usual_one_is_played(name):
    assert make_rail(name).mode == next(iter(RAILS[name]))


@pytest.mark.parametrize(
    ("name", "mode", "said"),
    [
        ("file", "pil", "it has no modes, leave MODE out"),
        ("interop", "bulk", "choose from pil, sdk"),
        ("cheques", "", "choose from file, g2p_connect, interop, phee"),
    ],
)
def test_unknown_rail_or_mode_is_refused_with_what_there_is(name, mode, said):
    with pytest.raises(UnknownRail, match=said):
        make_rail(name, mode)


def test_every_ready_made_configuration_is_used_and_every_district_has_a_way():
    assert [way.district for way in WAYS] == list(DISTRICTS)
    assert {config for way in WAYS for config in way.configs} == {
        "bank_csv",
        "pain001",
        "pay_point_list",
        "voucher_sheet",
    }


def test_ledger_of_files_is_read_by_references_without_hyphens(tmp_path):
    rail = make_rail("file")
    rail.ledger_path = tmp_path / "ledger.jsonl"
    line = {
        "transaction_id": "M",
        "reference_id": "a-b-c",
        "payee_fa": "cash:A",
        "amount": "1.00",
        "currency": "USD",
        "timestamp": "",
    }
    rail.ledger_path.write_text(json.dumps(line) + "\n")
    assert [one.reference_id for one in rail.ledger()] == [rail.key({"name": "a-b-c"})]


def test_amounts_of_the_hub_are_in_the_minor_unit_and_read_in_whole_units(tmp_path):
    rail = make_rail("phee")
    rail.ledger_path = tmp_path / "ledger.jsonl"
    line = {
        "transaction_id": "B",
        "reference_id": "a-b-c",
        "payee_fa": "1234",
        "amount": "5750",
        "currency": "USD",
        "timestamp": "",
    }
    rail.ledger_path.write_text(json.dumps(line) + "\n")
    [executed] = rail.ledger()
    row = {"name": "a-b-c", "payee_id_value": "1234", "payee_bank_code": "HARBOUR1"}
    assert Decimal(executed.amount) == Decimal("57.50")
    assert (rail.key(row), rail.payee(row)) == (executed.reference_id, executed.payee_fa)


def test_hub_refuses_closed_accounts_whatever_else_is_said_of_their_last_digits():
    script = HubScript.parse(phee.make_script())
    assert script.outcome_of("", "", f"1234{CLOSED}").result == "refused"
    late = script.outcome_of("", "", f"1234{phee.ENDING_LATE}")
    assert (late.result, late.hidden > 0) == ("paid", True)
    assert script.outcome_of("", "", f"1234{phee.ENDING_IN_PROGRESS}").result == "pending"


def test_bank_behind_the_bridge_pays_closed_accounts_and_gives_the_money_back():
    script = BridgeScript.parse(g2p_bridge_script.make_script(["R"], ["L"], ["A"], ["B"]))
    assert script.outcome_of("", "", f"account:1234{CLOSED}@BANK").result == "reversed"
    assert script.outcome_of("", "", "account:12345678@BANK").result == "paid"


@pytest.mark.parametrize(
    ("reference", "play", "executed"),
    [("R", "header_rjct", False), ("L", "timeout", False), ("A", "timeout", True), ("B", "status", False)],
)
def test_bridge_plays_its_faults_on_the_payments_that_it_is_told(reference, play, executed):
    script = BridgeScript.parse(g2p_bridge_script.make_script(["R"], ["L"], ["A"], ["B"]))
    [fault] = [one for one in script.faults if one.on == "disbursements" and one.matches(1, "", [reference])]
    assert (fault.play, fault.executed, fault.times) == (play, executed, 1)


def test_one_who_collects_for_two_is_in_one_batch():
    rail = make_rail("g2p_connect", "bridge")
    heads = [household.head for household in make_households() if household.head.account]
    places = [heads.index(one) // rail.batch_size for one in (rail.collector, rail.collected)]
    assert places[0] == places[1]
    assert not rail.collector.is_closed and not rail.collected.is_closed


def test_batches_that_may_lose_their_ids_have_nobody_whose_money_comes_back():
    def batch(*accounts):
        return [{"payee_id_value": account} for account in accounts]

    batches = [batch(f"{place}1111", f"{place}2222") for place in range(20)]
    batches[19] += batch(f"1{CLOSED}")
    twins = batches[17]
    assert g2p_bridge_script.choose_lost_ids(batches, twins) == [18, 16, 15]
    assert g2p_bridge_script.choose_lost_ids([batch(f"1{CLOSED}")] * 20, []) == []


def test_bridge_owes_whole_amounts_only():
    rail = make_rail("g2p_connect", "bridge")
    assert (rail.per_household % 1, rail.per_member % 1) == (0, 0)


def test_books_of_the_bridge_and_ours_name_what_came_back_on_one_side_only():
    rail = make_rail("g2p_connect", "bridge")
    rail.simulator = SimpleNamespace(
        state=lambda: {"violations": ["a fraction was sent"], "repeated": ["P-1"], "reversed": ["P-2", "P-3"]}
    )
    rail.story = SimpleNamespace(cycle=1, finance=lambda *args: [{"name": "P-3"}, {"name": "P-4"}])
    assert rail.complaints() == [
        "the bridge criticises: a fraction was sent",
        "P-1 was taken more than once",
        "P-2 has come back on one side only",
        "P-4 has come back on one side only",
    ]


@pytest.mark.parametrize("mode", RAILS["interop"])
def test_scheme_knows_everybody_but_those_whose_accounts_have_moved(mode):
    rail = make_rail("interop", mode)
    script = SchemeScript.parse(rail.make_script())
    cast = rail.cast
    assert isinstance(rail, InteropRail)
    assert {script.decide("", "", account).how for account in cast.moved} == {"party"}
    assert {script.decide("", "", new_number(account)).result for account in cast.moved} == {"paid"}
    assert all(script.decide("", "", account).how in ("quote", "transfer") for account in cast.closed)
    late = [script.decide("", "", account) for account in cast.slow]
    assert all((one.result, one.how, one.after) == ("pending", "no_answer", 0.0) for one in late)


def test_people_of_the_scheme_play_one_part_each():
    cast = Cast()
    parts = [*cast.closed, *cast.moved, *cast.slow, *cast.renamed]
    assert len(parts) == len(set(parts))
    parties = cast.parties()
    values = {party["id_value"] for party in parties}
    assert len(values) == len(parties)
    assert not values & set(cast.moved)


def test_no_rail_finds_ledger_or_keys_of_the_one_before(tmp_path):
    rail = make_rail("interop")
    rail.ledger_path = tmp_path / "ledger.jsonl"
    rail.start, rail.stop, rail.describe = (lambda: None), (lambda: None), (lambda: "")
    others = [tmp_path / name for name in ("ledger.jsonl", "ledger.jsonl.keys.json", "demo.json")]
    for path in others:
        path.touch()
    with rail.running(Narrator(io.StringIO())):
        assert [path.exists() for path in others] == [False, False, True]


def test_books_of_the_layer_are_ours_only_under_our_own_disbursements():
    rail = make_rail("interop", "pil")
    rail.read_keys = lambda: {1: "ours"}
    lines = [
        Executed(key, reference, "7", "1", "USD", "")
        for key, reference in (("ours", "ours/ACCOUNT_ID/7/1/USD"), ("theirs", "theirs/ACCOUNT_ID/7/1/USD"))
    ]
    assert rail.compare_books(lines) == ["theirs/ACCOUNT_ID/7/1/USD is of no disbursement of ours"]


def test_books_of_the_switch_are_ours_only_with_both_our_ids():
    rail = make_rail("interop", "sdk")
    rail.read_keys = lambda: {1: "T-1"}
    rail.read_payments = lambda: [{"submission_id": [1, "S"], "name": "P-1"}]
    lines = [Executed(key, name, "7", "1", "USD", "") for key, name in (("T-1", "P-1"), ("T-2", "P-1"))]
    assert rail.compare_books(lines) == ["T-2, P-1 is no transfer of ours"]


def test_payee_is_an_account_at_a_bank_and_a_name_at_a_pay_point():
    rail = make_rail("file")
    rail.way_of_batch = {1: WAYS[0], 2: WAYS[2]}
    row = {"payee_id_value": "77", "payee_bank_code": "HARBOUR1", "payee_name": "A B"}
    assert rail.payee({**row, "batch_id": (1, "PB-1")}) == "account:77@HARBOUR1"
    assert rail.payee({**row, "batch_id": (2, "PB-2")}) == "cash:A B"


def test_changed_voucher_says_more_money_and_keeps_its_signature():
    payload = base64.urlsafe_b64encode(b'{"reference":"x","amount":"12.50"}').decode().rstrip("=")
    head, changed, signature = raise_amount(f"HEAD.{payload}.SIGN").split(".")
    claims = json.loads(base64.urlsafe_b64decode(changed + "=" * (-len(changed) % 4)))
    assert (head, signature) == ("HEAD", "SIGN")
    assert claims == {"reference": "x", "amount": "125.00"}


def test_refusal_of_the_story_is_no_complaint_but_all_else_is():
    assert find_complaints([REFUSED], ["Not twice."]) == []
    assert find_complaints([REFUSED], []) == [REFUSED]
    assert find_complaints([REFUSED, REFUSED], ["Not twice."]) == [REFUSED]
    assert find_complaints([FAILED], ["Not twice."]) == [FAILED]
