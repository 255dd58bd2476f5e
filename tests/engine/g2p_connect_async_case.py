"""The asynchronous half of the G2P Connect rail against its simulator, which calls back Odoo's own controllers."""

import threading
import time
from unittest.mock import patch

import odoo.http

from tests.simulators.serving import open_http

from .g2p_connect_case import G2P_CONNECT, REFUSED, G2PConnectCase

SECONDS = 30


class G2PConnectAsyncCase(G2PConnectCase):
    """Odoo's web application serves the class's database on loopback, each request in transactions of its own."""

    #: How the simulated payment system protects itself.
    security = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        patcher = patch.object(odoo.http, "db_filter", lambda dbs, host=None: list(dbs))
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        server = open_http("127.0.0.1", 0, cls.serve)
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        cls.base = f"http://127.0.0.1:{server.port}"

    @classmethod
    def serve(cls, environ, start_response):
        return odoo.http.root(environ | {"HTTP_X_ODOO_DATABASE": cls.database}, start_response)

    def setUp(self):
        super().setUp()
        # What one case gets wrong must not shut the next one out.
        from odoo.addons.g2p_payment_g2p_connect.controllers import bad_calls, callback

        patcher = patch.object(callback, "_bad_calls", bad_calls.BadCalls())
        patcher.start()
        self.addCleanup(patcher.stop)
        # Nothing of this case may call back into the next one.
        self.addCleanup(lambda: self.simulator.reset())

    # ---- Builders ---------------------------------------------------------------------------------------------
    def manager_vals(self, seconds=20, **values):
        return super().manager_vals(
            seconds,
            **{
                "api_mode": "async",
                "payment_endpoint_url": self.simulator.async_payment_url,
                "status_endpoint_url": self.simulator.async_status_url,
                "callback_base_url": self.base,
                **self.protection_vals(),
                **values,
            },
        )

    def protection_vals(self):
        """Return how a manager signs, encrypts and is called back."""
        return {}

    def play(self, *faults, outcomes=(REFUSED,), callbacks=None, **script):
        rules = {"retry_seconds": 0.01, "tries": 2, **(callbacks or {})}
        script = {"security": self.security, "callbacks": rules, **script}
        return super().play(*[{"on": "submit"} | one for one in faults], outcomes=outcomes, **script)

    def manager(self, env, made):
        return env[G2P_CONNECT].browse(made["manager"][1])

    # ---- What is called back ----------------------------------------------------------------------------------
    def wait_for_messages(self, made, count, path=""):
        """Wait until the payment system is through with so many messages about a batch, and return them."""
        key = self.read("g2p.payment.submission", made["submissions"][0], "key")["key"]
        ends = time.monotonic() + SECONDS
        while True:
            sent = [
                one
                for one in self.simulator.state()["callbacks"]
                if one["transaction"] == key and one["path"].endswith(path)
            ]
            if len(sent) >= count:
                return sent
            self.assertLess(time.monotonic(), ends, f"called back only: {sent}")
            time.sleep(0.02)

    def hear(self, made, count=1):
        """Wait for so many messages, and let the jobs run that they left."""
        sent = self.wait_for_messages(made, count)
        self.run_apply_jobs()
        return sent

    def run_apply_jobs(self):
        """Run the jobs that callbacks left, and no others."""
        with self.committed() as env:
            jobs = env["queue.job"].search([("method_name", "=", "_job_apply"), ("state", "=", "pending")])
            todo = [job.records.ids for job in jobs]
            env.cr.execute("DELETE FROM queue_job WHERE id = ANY(%s)", (jobs.ids,))
        for ids in todo:
            with self.committed() as env:
                env["g2p.payment.submission"].browse(ids)._job_apply()
        return len(todo)

    def ask_and_hear(self, made):
        """Ask about a batch that may be asked about, and hear the answer."""
        if self.states(made)[0] not in ("sent", "unknown"):
            return
        known = len(self.wait_for_messages(made, 0, "txn/on-status"))
        self.ask(made)
        self.wait_for_messages(made, known + 1, "txn/on-status")
        self.run_apply_jobs()

    def count_stored(self, made):
        """Return how many callbacks are on record."""
        with self.committed() as env:
            domain = [("submission_id", "in", made["submissions"]), ("kind", "=", "callback")]
            return env["g2p.payment.exchange"].search_count(domain)

    def assert_is(self, made, expected, when=""):
        self.assertEqual((self.states(made)[0], self.tally(made)), expected, when)
