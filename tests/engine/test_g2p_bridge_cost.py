"""What a bridge costs in statements: by requests, of whatever size, and not by payments."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.addons.g2p_programs.dispatch import worker

from .g2p_bridge_case import DISBURSEMENTS, ENVELOPE, BridgeCase

SMALL, LARGE = 100, 1_000


class TestG2PBridgeCost(BridgeCase):
    at_most = LARGE

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

    def manager_vals(self, **values):
        whole = {"name": "Whole", "max_batch_size": LARGE}
        return super().manager_vals(batch_tag_ids=[(0, 0, whole)], **values)

    def cost(self, work, *args):
        """Return how many statements some work takes."""
        with self.statements() as seen:
            work(self.registry, *args)
        return len(seen)

    def make_due(self, made):
        """Let questions about everything that is open, or watched, be due."""
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"])._schedule_question()

    def costs_of_life(self, payments):
        """Return {what: statements} of a batch with one request, from its envelope to the watch."""
        made = self.make_queued_here(payments=payments, schedule_days_ahead=1)
        envelope, request = self.find(made, ENVELOPE), self.find(made, DISBURSEMENTS)
        costs = {
            "opening": self.cost(worker.dispatch, envelope),
            "sending": self.cost(worker.dispatch, request),
        }
        self.simulator.day(1)
        self.simulator.finish()
        self.make_due(made)
        costs["asking for the envelope"] = self.cost(worker.ask, envelope)
        costs["settling"] = self.cost(worker.ask, request)
        self.assertEqual(self.tally(made).paid, payments)
        self.make_due(made)
        costs["watching"] = self.cost(worker.ask, request)
        return costs

    def test_a_request_of_a_thousand_takes_no_more_statements_than_one_of_a_hundred(self):
        self.play()
        few, many = self.costs_of_life(SMALL), self.costs_of_life(LARGE)
        self.assertEqual(many, {what: min(many[what], few[what]) for what in few}, few)

    def test_queueing_takes_statements_by_requests_and_not_by_payments(self):
        costs = {}
        for payments in (SMALL, LARGE):
            self.twins = 0
            made = self.make_released(
                model="g2p.program.payment.manager.g2p.connect",
                payments=payments,
                amount=100,
                manager_vals=self.manager_vals(),
            )
            with self.statements() as seen, self.committed("releaser") as env:
                env["g2p.cycle"].browse(made["cycle"]).send_payment()
            costs[payments] = len(seen)
            with self.committed() as env:
                made["batch"] = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.id
            self.addCleanup(self.abandon, made)
        self.assertLessEqual(costs[LARGE], costs[SMALL], costs)

    def test_each_request_costs_the_same_however_many_are_in_its_envelope(self):
        self.play()
        costs = {}
        with patch("odoo.addons.g2p_payment_g2p_connect.bridge.const.MAX_DISBURSEMENTS_PER_REQUEST", 5):
            for requests in (4, 16):
                made = self.make_queued_here(payments=5 * requests, schedule_days_ahead=1)
                worker.dispatch(self.registry, self.find(made, ENVELOPE))
                ids = [id_ for id_, purpose in self.refresh(made) if purpose == DISBURSEMENTS]
                self.assertEqual(len(ids), requests)
                costs[requests] = sum(self.cost(worker.dispatch, id_) for id_ in ids) / requests
                self.assertEqual(self.states(made), ["sent"] * (requests + 1))
        self.assertLessEqual(costs[16], costs[4] * 1.1, costs)
