"""The made-up registry: always the same, and with the troubles that the demo is about."""

import pytest

from .people import BANKS, DISTRICTS, HOUSEHOLDS, REFUSED, WITHOUT_ACCOUNT, make_households
from .rails import g2p_connect, phee


def test_same_seed_makes_the_same_households():
    assert make_households() == make_households()
    assert make_households(seed=1) != make_households(seed=2)


def test_troubles_are_as_many_as_announced():
    households = make_households()
    heads = [household.head for household in households]
    assert len(households) == HOUSEHOLDS
    assert sum(not head.account for head in heads) == WITHOUT_ACCOUNT
    assert sum(head.is_closed for head in heads) == REFUSED
    assert all(1 <= len(household.others) <= 6 for household in households)


def test_every_district_has_its_share_of_the_households_and_of_their_troubles():
    households = make_households()
    for district in DISTRICTS:
        heads = [household.head for household in households if household.district == district]
        assert len(heads) > HOUSEHOLDS / len(DISTRICTS) * 0.8
        assert any(head.is_closed for head in heads)
        assert any(not head.account for head in heads)


def test_identifiers_are_nobody_elses():
    households = make_households()
    people = [person for household in households for person in household.people]
    accounts = [person.account for person in people if person.account]
    phones = [person.phone for person in people if person.phone]
    for values in (
        [person.national_id for person in people],
        accounts,
        phones,
        [one.name for one in households],
    ):
        assert len(values) == len(set(values))
    assert {person.bank for person in people if person.account} == set(range(len(BANKS)))


@pytest.mark.parametrize("rail", [g2p_connect, phee])
def test_faults_are_spaced_and_come_before_the_last_batch(rail):
    ordinals = sorted(call for fault in rail.make_script()["faults"] for call in fault["calls"])
    assert len(ordinals) == len(set(ordinals)) == 5
    assert all(later - earlier > 2 for earlier, later in zip(ordinals, ordinals[1:], strict=False))
    assert ordinals[-1] <= (HOUSEHOLDS - WITHOUT_ACCOUNT) // 50
