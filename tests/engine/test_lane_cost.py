"""What thousands of submissions cost: a bounded number of statements, but for the INSERTs that Odoo makes."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.addons.g2p_programs.dispatch import sweep

from .lane_case import LANE, LaneCase

#: Rows that Odoo inserts, reads or computes with one statement at the least.
PER_STATEMENT = 100


class TestLaneCost(LaneCase):
    @contextmanager
    def statements(self):
        """Collect the statements that the block executes."""
        from odoo.sql_db import Cursor

        execute, seen = Cursor.execute, []

        def note(cursor, query, *args, **kwargs):
            seen.append(query)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", note):
            yield seen

    def released(self, payments):
        vals = {"endpoint": self.server.url, "at_once": 4}
        return self.make_released(model=LANE, payments=payments, manager_vals=vals)

    def queue(self, made):
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).send_payment()
        with self.committed() as env:
            made["submissions"] = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.submission_ids.ids

    def assert_bounded(self, costs):
        """Assert that {rows: statements} grows by no more than one statement of each kind a hundred rows."""
        (small, cheap), (large, dear) = sorted(costs.items())
        self.assertLessEqual(dear - cheap, 6 * (large - small) // PER_STATEMENT, costs)

    def test_queueing_takes_a_bounded_number_of_statements_and_leaves_one_job(self):
        costs = {}
        for payments in (100, 400):
            made = self.released(payments)
            with self.statements() as seen:
                self.queue(made)
            costs[payments] = len(seen)
            self.assertEqual(self.count_jobs(made), 1)
        self.assert_bounded(costs)

    def test_sweeping_takes_a_bounded_number_of_statements(self):
        costs = {}
        for payments in (100, 400):
            made = self.released(payments)
            self.queue(made)
            self.take_jobs(made)
            with self.statements() as seen:
                sweep.sweep(self.registry)
            costs[payments] = len(seen)
            self.assertEqual(self.count_jobs(made), 1)
            with self.committed() as env:
                env[LANE].browse(made["manager"][1]).action_pause()
        self.assert_bounded(costs)

    def test_asking_and_resuming_take_a_bounded_number_of_statements(self):
        for action in ("ask", "resume"):
            with self.subTest(action):
                costs = {}
                for payments in (100, 400):
                    made = self.released(payments)
                    self.queue(made)
                    with self.committed() as env, self.statements() as seen:
                        submissions = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.submission_ids
                        if action == "ask":
                            submissions._schedule_question()
                        else:
                            env[LANE].browse(made["manager"][1])._resume()
                        env.flush_all()
                    costs[payments] = len(seen)
                self.assert_bounded(costs)

    def test_each_payment_costs_the_same_however_many_are_in_its_batch(self):
        costs = {}
        for payments in (16, 64):
            made = self.make_queued_here(payments=payments, at_once=1)
            with self.statements() as seen:
                self.run_lane(made)
            self.assertEqual(self.count_states(made), {"done": payments})
            costs[payments] = len(seen) / payments
        self.assertLessEqual(costs[64], costs[16] * 1.1, costs)
