"""Builders for tests of programs and of everything that is paid through them."""

from odoo import fields
from odoo.fields import Command
from odoo.tests.common import TransactionCase

from ..models import constants
from ..sets import set_insert

GROUPS = {
    "officer": "g2p_programs.g2p_program_manager,g2p_registry_base.group_g2p_registrar",
    "approver": "g2p_programs.g2p_program_cycle_approver",
    "validator": "g2p_programs.g2p_program_validator",
    "finance": "g2p_programs.g2p_finance_validator",
    "finance2": "g2p_programs.g2p_finance_validator",
    "releaser": "g2p_programs.g2p_payment_releaser",
    "auditor": "g2p_programs.g2p_payment_auditor",
    "g2padmin": "g2p_registry_base.group_g2p_admin",
    "registrar": "g2p_registry_base.group_g2p_registrar",
    "nobody": "",
}


class ProgramBuilders:
    """Make what a test needs, as the users who would make it. Works on any environment, committed or not.

    Use it as a mixin: ``cls.env`` has to be there, and :meth:`make_users` to have been called.
    """

    @classmethod
    def make_users(cls, suffix="", **kwargs):
        """Make one user for each role and keep them as ``cls.officer``, ``cls.approver``, …

        :param str suffix: added to the logins, for tests that commit
        """
        values = []
        for role, groups in GROUPS.items():
            login = f"t_{role}{suffix}"
            names = ["base.group_user", *filter(None, groups.split(","))]
            values.append(
                {
                    "login": login,
                    "password": login.ljust(8, "x"),
                    "name": f"{login} ({','.join(names)})",
                    "email": "t.t@example.com",
                    "group_ids": [Command.set([cls.env.ref(name).id for name in names])],
                    **kwargs,
                }
            )
        # Together, and nobody is invited by mail: a third of all time went into one after the other.
        users = cls.env["res.users"].with_context(no_reset_password=True).create(values).with_env(cls.env)
        for role, user in zip(GROUPS, users, strict=True):
            setattr(cls, role, user)

    @classmethod
    def make_registrants(cls, count, is_group=False, name="T Registrant", accounts=False, **vals):
        """Make registrants, thousands at a time.

        :param int count: how many
        :param bool is_group: households instead of people
        :param bool accounts: give each one a bank account
        :param vals: further columns
        :return: res.partner records, in order
        """
        common = {
            "is_registrant": True,
            "is_group": is_group,
            "active": True,
            "company_id": cls.env.company.id,
            "type": "contact",
            **vals,
        }
        columns = ["name", *common]
        rows = [(f"{name} {number:05}", *common.values()) for number in range(1, count + 1)]
        partners = cls.env["res.partner"].browse(set_insert(cls.env["res.partner"], columns, rows))
        if accounts:
            cls.env["res.partner.bank"].create(
                [{"partner_id": partner.id, "acc_number": f"T{partner.id:010}"} for partner in partners]
            )
        return partners

    @classmethod
    def make_households(cls, count, size=3, **kwargs):
        """Make households with ``size`` members each, the first of them the head.

        :return: res.partner records of the households, in order
        """
        groups = cls.make_registrants(count, is_group=True, name="T Household", **kwargs)
        people = cls.make_registrants(count * size, name="T Member", **kwargs)
        head = cls.env.ref("g2p_registry_membership.group_membership_kind_head")
        cls.env["g2p.group.membership"].create(
            [
                {
                    "group": groups[number // size].id,
                    "individual": person.id,
                    "kind": [Command.link(head.id)] if number % size == 0 else [],
                }
                for number, person in enumerate(people)
            ]
        )
        return groups

    @classmethod
    def make_program(cls, members=None, fund=0.0, enroll=True, user=None, **vals):
        """Make a program by the wizard, as an officer does.

        :param members: int: make so many registrants; or res.partner records; None for an empty program
        :param float fund: post so much money
        :param bool enroll: enrol the members, instead of leaving them drafts
        :param user: who makes it, the officer if not given
        :param vals: further fields of the wizard
        :return: g2p.program record, of that user
        """
        user = user or cls.officer
        vals = {"name": "T Program", "target_type": "individual", "amount_per_cycle": 100.0, **vals}
        if isinstance(members, int):
            members = cls.make_registrants(members, is_group=vals["target_type"] == "group")
        env = cls.env(user=user)
        wizard = env["g2p.program.create.wizard"].create(vals)
        program = env["g2p.program"].browse(wizard.create_program()["res_id"])
        if members:
            query = env["res.partner"]._search([("id", "in", members.ids)])
            program._insert_members(query, "enrolled" if enroll else "draft")
        if fund:
            cls.make_fund(program, fund)
        return program

    @classmethod
    def make_fund(cls, program, amount):
        """Post money for a program, as finance does."""
        fund = cls.env(user=cls.finance)["g2p.program.fund"].create(
            {"program_id": program.id, "amount": amount}
        )
        fund.post_fund()
        return fund

    @classmethod
    def make_cycle(cls, program, state="draft"):
        """Open a cycle and bring it as far as ``state``, each step by who may take it.

        :param program: g2p.program record of an officer
        :param str state: draft; prepared (entitlements made); to_approve; approved (cycle and entitlements)
        :return: g2p.cycle record of the officer
        """
        program.create_new_cycle()
        cycle = program.get_manager(constants.MANAGER_PROGRAM).last_cycle()
        if state == "draft":
            return cycle
        cycle.prepare_entitlement()
        if state == "prepared":
            return cycle
        cycle.to_approve()
        if state == "to_approve":
            return cycle
        approving = cycle.with_user(cls.approver)
        approving.approve()
        if not cycle.auto_approve_entitlements:
            approving.validate_entitlement()
        return cycle

    @classmethod
    def make_approved_cycle(cls, members=3, fund=1_000_000.0, **vals):
        """Make a program with money and an approved cycle of approved entitlements.

        :return: g2p.cycle record of the officer
        """
        return cls.make_cycle(cls.make_program(members, fund=fund, **vals), "approved")


class ProgramCase(ProgramBuilders, TransactionCase):
    """A test case with a user for each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_users()
        cls.today = fields.Date.today()

    def as_user(self, user, records):
        """Return ``records`` as ``user`` sees them."""
        return records.with_user(user).sudo(False)

    def count_queries(self, function, *args):
        """Return how many queries a call takes, flushing included."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
