"""The engine's own transactions: what could not be serialized runs again, and quietly."""

from unittest.mock import patch

import psycopg2.errors

from odoo.addons.g2p_programs.dispatch import cursors

from .common import SINGLE, EngineCase


class TestOwnTransactions(EngineCase):
    def setUp(self):
        super().setUp()
        self.submission_id = self.make_queued(model=SINGLE, payments=1)["submissions"][0]
        self.runs = 0

    def run_and_be_overtaken(self, times):
        """Lock a submission that others change, the first ``times`` times, after the transaction has begun."""

        def stage(env):
            env.cr.execute("SELECT 1")  # from here on it sees what was committed before
            self.runs += 1
            if self.runs <= times:
                with self.committed() as other:
                    other.cr.execute(
                        "UPDATE g2p_payment_submission SET write_date = now() WHERE id = %s",
                        (self.submission_id,),
                    )
            env["g2p.payment.submission"].browse(self.submission_id)._lock()
            return "locked"

        with patch.object(cursors.time, "sleep"):
            return cursors.run_in_own_transaction(self.registry, stage)

    def test_what_could_not_be_serialized_runs_again_and_is_no_error_in_the_log(self):
        with self.assertNoLogs("odoo.sql_db", "WARNING"):
            self.assertEqual(self.run_and_be_overtaken(2), "locked")
        self.assertEqual(self.runs, 3)

    def test_what_is_given_up_is_logged_and_raised(self):
        with (
            self.assertLogs("odoo.sql_db", "ERROR") as logged,
            self.assertRaises(psycopg2.errors.SerializationFailure),
        ):
            self.run_and_be_overtaken(100)
        self.assertEqual(len(logged.records), 1)

    def test_other_errors_are_logged_at_once(self):
        def stage(env):
            env.cr.execute("SELECT 1 / 0")

        with self.assertLogs("odoo.sql_db", "ERROR"), self.assertRaises(psycopg2.errors.DivisionByZero):
            cursors.run_in_own_transaction(self.registry, stage)
