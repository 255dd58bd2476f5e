"""Brings the made-up households into the registry, a few hundred records per call."""

from itertools import islice

from .people import BANKS, DISTRICTS

CHUNK = 250  # households per call
#: Thousands of notes "created" would only make the demo slower.
CONTEXT = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}


def make_lists(admin):
    """Make what the registry's lists need: genders, a national ID, banks, districts.

    :param admin: RPC caller of an administrator
    :return: dict, ids by name, for :func:`register`
    """
    genders = [{"code": code, "value": code.lower()} for code in ("Female", "Male")]
    admin("gender.type", "create", genders)
    id_type = {"name": "National ID", "id_validation": "[0-9]{10}", "unique_value": True}
    banks = [{"name": name, "bic": code} for name, code in BANKS]
    districts = admin("g2p.district", "create", [{"name": name} for name in DISTRICTS])
    return {
        "districts": dict(zip(DISTRICTS, districts, strict=True)),
        "national_id": admin("g2p.id.type", "create", [id_type])[0],
        "banks": admin("res.bank", "create", banks),
        "household": _find(admin, "g2p.group.kind", "Household"),
        "head": _find(admin, "g2p.group.membership.kind", "Head"),
    }


def register(registrar, households, lists):
    """Register households with their members, national IDs, phones and bank accounts.

    :param registrar: RPC caller of somebody who may register
    :param households: list of :class:`.people.Household`
    :param dict lists: what :func:`make_lists` returned
    :return: generator of how many households are registered so far
    """
    rest, done = iter(households), 0
    while part := list(islice(rest, CHUNK)):
        groups = _create_partners(registrar, [_group_values(one, lists) for one in part])
        people = [
            _person_values(person, group, person is household.head, lists)
            for household, group in zip(part, groups, strict=True)
            for person in household.people
        ]
        _create_partners(registrar, people)
        done += len(part)
        yield done


def _create_partners(registrar, values):
    return registrar("res.partner", "create", values, context=CONTEXT)


def _group_values(household, lists):
    return {
        "name": household.name,
        "address": household.address,
        "district": lists["districts"][household.district],
        "is_registrant": True,
        "is_group": True,
        "kind": lists["household"],
    }


def _person_values(person, group, is_head, lists):
    values = {
        "family_name": person.family_name,
        "given_name": person.given_name,
        "gender": person.gender,
        "birthdate": person.birthdate.isoformat(),
        "is_registrant": True,
        "reg_ids": [(0, 0, {"id_type": lists["national_id"], "value": person.national_id})],
        "individual_membership_ids": [
            (0, 0, {"group": group, "kind": [(6, 0, [lists["head"]] if is_head else [])]})
        ],
    }
    if person.phone:
        values["phone_number_ids"] = [(0, 0, {"phone_no": person.phone})]
    if person.account:
        account = {"acc_number": person.account, "bank_id": lists["banks"][person.bank]}
        values["bank_ids"] = [(0, 0, account)]
    return values


def _find(call, model, name):
    [found] = call(model, "search", [("name", "=", name)])
    return found
