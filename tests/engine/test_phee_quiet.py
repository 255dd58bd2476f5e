"""The hub's secrets and payees stay where they belong, and a neutralized copy calls no hub."""

import json

from odoo.modules.neutralize import neutralize_database

from . import test_canary
from .common import copy_engine_database, drop_database
from .phee_case import PHEE, PHEECase
from .rail_case import Tally
from .test_canary import COLUMNS, TABLES

NAMES = ("Zenobia Canaryfeather", "Quirin Canaryfeather", "Xanthe Canaryfeather")
ACCOUNTS = ("774411000", "774411001", "774411002")
SECRETS = (
    "password",
    "authorization",
    "oidc_client_secret",
    "payment_api_key",
    "status_api_key",
    "signing_key",
)
CANARY = "canary-secret-51c7"


class TestPHEECanary(PHEECase):
    everything_logged = test_canary.TestCanary.everything_logged

    def make_cycle(self, **values):
        """Make a cycle whose payees and accounts can be told from everything else."""
        made = super().make_cycle(**values)
        with self.committed() as env:
            partners = env["res.partner"].browse(made["partners"])
            for partner, name, account in zip(partners, NAMES, ACCOUNTS, strict=True):
                partner.name = name
                partner.bank_ids.acc_number = account
        return made

    def live(self, *faults, hub=None, **vals):
        """Send one batch and ask about it, as jobs do, while faults are played."""
        made = self.make_queued_here(**vals)
        self.play(*faults, hub=hub or {})
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"])._job_dispatch()
        for _time in range(2):
            self.move_time_on(made)
            self.sweep()
            self.ask(made)
        return made

    def test_no_payee_and_no_secret_leaves_the_records_that_are_for_them(self):
        keys = {"payment_api_key": CANARY, "status_api_key": CANARY, "password": CANARY}
        both = {"payment_auth": "api_key", "status_auth": "api_key", **keys}
        gates = {"bulk_gateway": "apikey", "ops_gateway": "apikey", "api_key": CANARY}
        with self.everything_logged() as log:
            self.live(hub=gates, **both)
            self.live({"play": "header_rjct", "code": "jws"})
            self.live({"play": "reset", "executed": True}, {"on": "list", "play": "html", "calls": [1]})
            self.live({"play": "truncated"}, {"on": "detail", "play": "truncated", "calls": [1]})
            self.live(
                {"play": "wrong_amount", "on": "detail"}, {"on": "status", "play": "rubbish", "calls": [1]}
            )
            self.live(
                {"play": "extra_rows", "on": "detail"},
                use_callbacks=True,
                callback_base_url="https://o.example",
            )
            self.live(batch_type_header="RAW")
            self.forge_file()
        self.assertIn("rail call POST", "\n".join(log.lines), "the log was not listened to")
        key = self.simulator.keys.client_key
        with self.committed() as env:
            tokens = [one._make_callback_token() for one in env[PHEE].search([("use_callbacks", "=", True)])]
            found = []
            for table, condition in TABLES:
                env.cr.execute(f"SELECT t::text FROM {table} t WHERE {condition}")
                found += [(table, row[0]) for row in env.cr.fetchall()]
            for table, columns in COLUMNS:
                env.cr.execute(f"SELECT concat_ws(' ', {', '.join(columns)}) FROM {table}")
                found += [(table, row[0]) for row in env.cr.fetchall()]
        self.assertTrue(tokens)
        for secret in (*NAMES, *ACCOUNTS, CANARY, key, *tokens):
            self.assertFalse([line for line in log.lines if secret in line], "it is in the log")
            self.assertEqual([table for table, text in found if secret in text], [])

    def forge_file(self):
        """Let a claim find another file than the one it would send."""
        made = self.make_queued_here()
        with self.committed() as env:
            submission = env["g2p.payment.submission"].browse(made["submissions"])
            submission.hub_file_ids._guarded_write({"replaced": True})
        self.dispatch(made)
        row = self.read("g2p.payment.submission", made["submissions"][0], "hold_reason", "state")
        self.assertEqual(row["state"], "queued")
        self.assertIn("no file is attached", row["hold_reason"])


class TestPHEENeutralize(PHEECase):
    @classmethod
    def make_database(cls):
        name = copy_engine_database("phee_neutralize")
        cls.addClassCleanup(drop_database, name)
        return name

    def test_neutralized_copy_has_no_secret_and_calls_no_hub(self):
        asked = self.make_queued_here()
        self.play({"play": "reset", "executed": True})
        self.dispatch(asked)
        queued = self.make_queued_here(**dict.fromkeys(SECRETS[:-1], CANARY))
        with self.committed() as env:
            env["ir.config_parameter"].set_param("g2p_payment_phee.password", CANARY)
            env["ir.config_parameter"].set_param("g2p_payment_phee.authorization", CANARY)
            env["res.config.settings"].create({"phee_password": CANARY, "phee_authorization": CANARY})
            env[PHEE].browse(queued["manager"][1]).action_test_connection()
        with self.registry.cursor() as cr:
            neutralize_database(cr)
        # Odoo neutralizes a database before a server opens it; here one had it open.
        self.registry.clear_all_caches()
        calls = self.simulator.state()["calls"]
        with self.committed() as env:
            managers = env[PHEE].search([])
            for name in (*SECRETS, "callback_salt"):
                self.assertFalse(any(managers.mapped(name)), name)
            self.assertTrue(all(managers.mapped("dispatch_paused")))
            jobs = env["queue.job"].search([("model_name", "=", PHEE)])
            self.assertEqual(set(jobs.mapped("state")), {"cancelled"})
            for table in ("g2p_program_payment_manager_phee", "ir_config_parameter", "res_config_settings"):
                env.cr.execute(f"SELECT t::text FROM {table} t")
                self.assertNotIn(CANARY, json.dumps(env.cr.fetchall()))
            managers.write({"signing_key": self.simulator.keys.client_key, "dispatch_paused": False})
            managers._job_test_connection()
        for made in (queued, asked):
            self.move_time_on(made)
            self.dispatch(made)
            self.ask(made)
        self.assertEqual(self.simulator.state()["calls"], calls, "a neutralized copy talked to the hub")
        self.assertEqual((self.states(queued), self.tally(queued)), (["queued"], Tally(issued=3)))
