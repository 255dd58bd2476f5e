"""Engine tests run on committed data, in a clone of the test database: a second cursor must see what they do."""

import atexit
import os
import time
import unittest
from contextlib import contextmanager
from pathlib import Path

import psycopg2

import odoo
import odoo.modules.module
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.sql_db import close_db, db_connect
from odoo.tests.common import get_db_name

RAILS = "g2p_payment_test_rails"
STEPS = "g2p.program.payment.manager.test.steps"
SINGLE = "g2p.program.payment.manager.test.single"
ENVELOPE = "g2p.program.payment.manager.test.envelope"
MARKER = "g2p-payments: may be dropped"

_clone = None


def engine_database():
    """Return the name of the clone that all engine tests of this process share, made when first asked for."""
    global _clone
    if _clone is None:
        # The template is in nobody's use; without one (a run by hand) the database under test has to do.
        source = os.environ.get("G2P_TEMPLATE") or get_db_name()
        _clone = f"g2p_test_engine_{os.getpid()}"
        close_db(source)
        _execute(f'DROP DATABASE IF EXISTS "{_clone}"', f'CREATE DATABASE "{_clone}" TEMPLATE "{source}"')
        _execute(f"COMMENT ON DATABASE \"{_clone}\" IS '{MARKER}'")
        atexit.register(_drop)
        _install_rails(_clone)
        # Kept as it is now, for tests that need a database where nobody else left anything.
        close_db(_clone)
        _execute(f'CREATE DATABASE "{_clone}_unused" TEMPLATE "{_clone}"')
        _execute(f"COMMENT ON DATABASE \"{_clone}_unused\" IS '{MARKER}'")
    return _clone


def copy_engine_database(suffix):
    """Return the name of a new copy of the clone as it was, for what cannot be undone; the caller drops it."""
    name = f"{engine_database()}_{suffix}"
    _execute(f'CREATE DATABASE "{name}" TEMPLATE "{engine_database()}_unused"')
    _execute(f"COMMENT ON DATABASE \"{name}\" IS '{MARKER}'")
    with without_tests():
        Registry(name)
    return name


@contextmanager
def without_tests():
    """Let Odoo load and change addons as a server does, which it refuses in tests, and run none of their tests."""
    enabled, current = odoo.tools.config["test_enable"], odoo.modules.module.current_test
    odoo.tools.config["test_enable"], odoo.modules.module.current_test = False, False
    try:
        yield
    finally:
        odoo.tools.config["test_enable"], odoo.modules.module.current_test = enabled, current


def drop_database(name):
    """Drop a copy and forget its registry."""
    Registry.delete(name)
    close_db(name)
    _execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _drop():
    close_db(_clone)
    for name in (_clone, f"{_clone}_unused"):
        _execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _execute(*statements):
    connection = db_connect("postgres")
    with connection.cursor() as cr:
        cr._cnx.set_isolation_level(psycopg2.extensions.ISOLATION_LEVEL_AUTOCOMMIT)
        for statement in statements:
            cr.execute(statement)


def _install_rails(database):
    path = str(Path(__file__).parents[1] / "addons")
    if path not in odoo.addons.__path__:
        odoo.addons.__path__.append(path)
    with without_tests():
        registry = Registry.new(database, update_module=False)
        with registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["ir.module.module"].update_list()
        Registry.new(database, update_module=True, install_modules=[RAILS])


class EngineCase(unittest.TestCase):
    """Builders for committed programs, and the stages of the engine called one at a time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.make_database()
        cls.registry = Registry(cls.database)
        from odoo.addons.g2p_payment_test_rails import client  # importable only once it is installed

        cls.rail = client
        cls.users = cls._make_users()

    @classmethod
    def make_database(cls):
        """Return the name of the database of this class."""
        return engine_database()

    def setUp(self):
        super().setUp()
        self.rail.reset()

    @classmethod
    @contextmanager
    def committed(cls, user=None):
        """Open an environment whose work is committed on leaving."""
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, cls.users[user] if user else SUPERUSER_ID, {})

    # ---- Builders ---------------------------------------------------------------------------------------------
    @classmethod
    def _make_users(cls):
        groups = {
            "officer": ["g2p_programs.g2p_program_manager", "g2p_registry_base.group_g2p_registrar"],
            "releaser": ["g2p_programs.g2p_payment_releaser", "g2p_programs.g2p_program_cycle_approver"],
            "finance_one": ["g2p_programs.g2p_finance_validator"],
            "finance_two": ["g2p_programs.g2p_finance_validator"],
            "finance_releaser": ["g2p_programs.g2p_finance_validator", "g2p_programs.g2p_payment_releaser"],
        }
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            users = {}
            for login, xmlids in groups.items():
                user = env["res.users"].search([("login", "=", f"engine_{login}")])
                if not user:
                    ids = [env.ref(xmlid).id for xmlid in ("base.group_user", *xmlids)]
                    user = env["res.users"].create(
                        {"name": login, "login": f"engine_{login}", "group_ids": [(6, 0, ids)]}
                    )
                users[login] = user.id
            return users

    def make_cycle(self, model=STEPS, payments=3, amount=100, manager_vals=None):
        """Commit a program with an approved cycle of approved entitlements, and return the ids as a dict."""
        with self.committed() as env:
            manager_vals = {"name": "Rail", **(manager_vals or {})}
            program = env["g2p.program"].create(
                {"name": f"Program {time.monotonic_ns()}", "target_type": "individual"}
            )
            program.payment_managers.unlink()
            manager = env[model].create({"program_id": program.id, **manager_vals})
            wrapper = env["g2p.program.payment.manager"].create(
                {"program_id": program.id, "manager_ref_id": f"{model},{manager.id}"}
            )
            program.payment_managers = wrapper
            cycle = env["g2p.cycle"]._guarded_create(
                [
                    {
                        "name": "Cycle 1",
                        "program_id": program.id,
                        "start_date": "2026-01-01",
                        "end_date": "2026-12-31",
                    }
                ]
            )
            bank = env["res.bank"].create({"name": "Bank", "bic": "ABCD0001"})
            partners = env["res.partner"].create(
                [
                    {
                        "name": f"Payee {index}",
                        "is_registrant": True,
                        "bank_ids": [(0, 0, {"acc_number": f"10{index:06d}", "bank_id": bank.id})],
                    }
                    for index in range(payments)
                ]
            )
            self._enroll(env, program, cycle, partners)
            cycle._guarded_write({"state": "approved"})
            entitlements = env["g2p.entitlement"]._guarded_create(
                [
                    {
                        "partner_id": partner.id,
                        "cycle_id": cycle.id,
                        "initial_amount": amount,
                        "is_cash_entitlement": True,
                        "state": "approved",
                        "currency_id": program.currency_id.id,
                    }
                    for partner in partners
                ]
            )
            return {
                "program": program.id,
                "cycle": cycle.id,
                "manager": (model, manager.id),
                "entitlements": entitlements.ids,
                "partners": partners.ids,
            }

    def _enroll(self, env, program, cycle, partners):
        for model, owner, field in (
            ("g2p.program_membership", program, "program_id"),
            ("g2p.cycle.membership", cycle, "cycle_id"),
        ):
            memberships = env[model].create([{"partner_id": one.id, field: owner.id} for one in partners])
            env.flush_all()
            env.cr.execute(
                f"UPDATE {memberships._table} SET state = 'enrolled' WHERE id = ANY(%s)", (memberships.ids,)
            )

    def post_fund(self, made, amount):
        """Commit a posted fund for a cycle's program."""
        with self.committed() as env:
            env["g2p.program.fund"].create({"program_id": made["program"], "amount": amount}).post_fund()

    def make_released(self, **values):
        """Commit a cycle whose batches are prepared by the officer and released by the releaser."""
        made = self.make_cycle(**values)
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.release_payments()
        return made

    def make_queued(self, **values):
        """Commit a cycle whose batches are released and queued; add ``batch``, ``submissions`` and ``payments``."""
        made = self.make_released(**values)
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).send_payment()
        with self.committed() as env:
            cycle = env["g2p.cycle"].browse(made["cycle"])
            made["batch"] = cycle.payment_batch_ids.id
            made["submissions"] = cycle.payment_batch_ids.submission_ids.sorted("step").ids
            made["payments"] = cycle.payment_batch_ids.payment_ids.sorted("id").ids
        return made

    # ---- Reading ----------------------------------------------------------------------------------------------
    def read(self, model, ids, *names):
        """Return committed values: of one id a dict, of several a list of dicts."""
        with self.committed() as env:
            rows = env[model].browse(ids).read(list(names))
            return rows[0] if isinstance(ids, int) else rows

    def states(self, made):
        """Return the states of a cycle's submissions, in the order of their steps."""
        return [row["state"] for row in self.read("g2p.payment.submission", made["submissions"], "state")]

    def payment_states(self, made):
        """Return the set of (state, status) of a cycle's payments."""
        rows = self.read("g2p.payment", made["payments"], "state", "status")
        return {(row["state"], row["status"]) for row in rows}

    def set_submission(self, submission_id, **values):
        """Commit columns of a submission, as if time had passed or something had happened."""
        with self.committed() as env:
            env["g2p.payment.submission"].browse(submission_id)._guarded_write(values)
