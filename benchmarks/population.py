"""Who the benchmark pays: users for each part of the work, and households made by plain SQL."""

from odoo import Command
from odoo.tools import SQL

ROLES = {
    "officer": ("g2p_programs.g2p_program_manager", "g2p_registry_base.group_g2p_registrar"),
    "approver": ("g2p_programs.g2p_program_cycle_approver",),
    "finance": ("g2p_programs.g2p_finance_validator",),
    "releaser": ("g2p_programs.g2p_payment_releaser",),
    "administrator": ("base.group_system", "g2p_registry_base.group_g2p_admin"),
}
MEMBERS = 2  # of each household, the first of them its head


def make_users(env):
    """Make one user for each role.

    :param env: environment of the superuser
    :return: dict {role: user id}
    """
    users = {}
    for role, groups in ROLES.items():
        ids = [env.ref(name).id for name in ("base.group_user", *groups)]
        values = {"name": f"Bench {role}", "login": f"bench_{role}", "group_ids": [Command.set(ids)]}
        users[role] = env["res.users"].create(values).id
    return users


def make_individuals(env, count):
    """Make individuals with an account each.

    :return: list of ids
    """
    people = _make_partners(env, count, "Person", is_group=False)
    _make_accounts(env, people)
    return people


def make_households(env, count):
    """Make households whose heads have an account each.

    :return: list of ids of the households
    """
    groups = _make_partners(env, count, "Household", is_group=True)
    people = _make_partners(env, count * MEMBERS, "Member", is_group=False)
    heads = people[::MEMBERS]
    _make_accounts(env, heads)
    env.cr.execute(
        """
        INSERT INTO g2p_group_membership ("group", individual, start_date, create_uid, create_date)
        SELECT g.id, p.id, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM unnest(%s::int[]) WITH ORDINALITY AS p(id, place)
          JOIN unnest(%s::int[]) WITH ORDINALITY AS g(id, place) ON g.place = (p.place - 1) / %s + 1
        """,
        (people, groups, MEMBERS),
    )
    kind = env.ref("g2p_registry_membership.group_membership_kind_head")
    field = env["g2p.group.membership"]._fields["kind"]
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s, %s) SELECT id, %s FROM g2p_group_membership WHERE individual = ANY(%s)",
            SQL.identifier(field.relation),
            SQL.identifier(field.column1),
            SQL.identifier(field.column2),
            kind.id,
            heads,
        )
    )
    return groups


def _make_partners(env, count, name, is_group):
    """Make registrants; the ORM would take minutes, as other addons want to see every new partner."""
    rows = env.execute_query(
        SQL(
            """
            INSERT INTO res_partner (
                name, complete_name, is_registrant, is_group, active, type, company_id, lang, autopost_bills,
                partner_share, is_company, color, registration_date, create_uid, create_date, write_uid, write_date)
            SELECT given.name, given.name, true, %s, true, 'contact', %s, 'en_US', 'ask',
                   true, false, 0, current_date, 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
              FROM (SELECT %s || ' ' || number AS name FROM generate_series(1, %s) AS number) AS given
            RETURNING id
            """,
            is_group,
            env.company.id,
            f"Bench {name}",
            count,
        )
    )
    ids = [id_ for (id_,) in rows]
    env.cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)", (ids,))
    return ids


def _make_accounts(env, partner_ids):
    bank = env["res.bank"].create({"name": "Bench Bank", "bic": "BENCH001"})
    env.cr.execute(
        """
        INSERT INTO res_partner_bank (partner_id, acc_number, sanitized_acc_number, bank_id, active, sequence)
        SELECT id, lpad(id::text, 12, '0'), lpad(id::text, 12, '0'), %s, true, 10 FROM unnest(%s::int[]) AS id
        """,
        (bank.id, partner_ids),
    )
