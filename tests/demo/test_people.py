"""The made-up registry: always the same, and with the troubles that the demo is about."""

from . import payment_system
from .people import BANKS, HOUSEHOLDS, REFUSED, WITHOUT_ACCOUNT, make_households


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


def test_faults_are_spaced_and_come_before_the_last_batch():
    ordinals = sorted(
        [
            *payment_system.TIMED_OUT,
            *payment_system.BUSY_AFTER_EXECUTING,
            *payment_system.BUSY_WITHOUT_EXECUTING,
        ]
    )
    assert all(later - earlier > 2 for earlier, later in zip(ordinals, ordinals[1:], strict=False))
    assert ordinals[-1] <= (HOUSEHOLDS - WITHOUT_ACCOUNT) // 50
