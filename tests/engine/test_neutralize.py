"""A neutralized copy of a database pays nobody and asks nobody."""

from odoo.modules.neutralize import neutralize_database

from .common import copy_engine_database, drop_database
from .g2p_connect_case import G2P_CONNECT, TOKEN, G2PConnectCase
from .rail_case import Tally


class TestNeutralize(G2PConnectCase):
    @classmethod
    def make_database(cls):
        name = copy_engine_database("neutralize")
        cls.addClassCleanup(drop_database, name)
        return name

    def neutralize(self):
        with self.registry.cursor() as cr:
            neutralize_database(cr)
        # Odoo neutralizes a database before a server opens it; here one had it open.
        self.registry.clear_all_caches()

    def test_neutralized_copy_has_no_secret_no_work_and_neither_sends_nor_asks(self):
        asked = self.make_queued_here()
        self.play({"play": "reset", "executed": True})
        self.dispatch(asked)
        with self.committed() as env:
            env["g2p.payment.submission"].browse(asked["submissions"])._schedule_question()
        queued = self.make_queued_here()
        with self.committed() as env:
            pending = [("state", "=", "pending"), ("model_name", "=", "g2p.payment.submission")]
            self.assertGreaterEqual(env["queue.job"].search_count(pending), 2)
        self.neutralize()
        calls = self.simulator.state()["calls"]
        with self.committed() as env:
            managers = env[G2P_CONNECT].search([])
            self.assertFalse([one for one in managers.mapped("api_token") if one])
            self.assertTrue(all(managers.mapped("dispatch_paused")))
            self.assertTrue(all(env["g2p.program"].search([]).mapped("dispatch_paused")))
            self.assertTrue(all(env["res.company"].search([]).mapped("dispatch_paused")))
            self.assertEqual(env["queue.job"].search_count(pending), 0)
            env.cr.execute(
                "SELECT count(*) FROM g2p_program_payment_manager_g2p_connect t WHERE t::text LIKE %s",
                (f"%{TOKEN}%",),
            )
            self.assertEqual(env.cr.fetchone()[0], 0)
        self.try_everything(queued, asked)
        with self.subTest("somebody switches sending on again"), self.committed() as env:
            env[G2P_CONNECT].search([]).write({"api_token": TOKEN, "dispatch_paused": False})
            env["g2p.program"].search([]).dispatch_paused = False
            env["res.company"].search([]).dispatch_paused = False
        self.try_everything(queued, asked)
        self.assertEqual(
            self.simulator.state()["calls"], calls, "a neutralized copy talked to the payment system"
        )
        self.assertEqual((self.states(queued), self.states(asked)), (["queued"], ["unknown"]))
        self.assertEqual(self.tally(queued), Tally(issued=3))
        row = self.read("g2p.payment.submission", queued["submissions"][0], "hold_reason", "payload", "tries")
        self.assertIn("neutralized", row["hold_reason"])
        self.assertEqual((row["payload"], row["tries"]), (False, 0))

    def try_everything(self, queued, asked):
        for made in (queued, asked):
            self.move_time_on(made)
            self.sweep()
            self.dispatch(made)
            self.ask(made)
