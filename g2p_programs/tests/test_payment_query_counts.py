from unittest.mock import patch

from odoo.tests import tagged

from ..dispatch import claim, news
from ..dispatch.outcome import Accepted, Row, RowResult
from .common import ProgramCase

SMALL, LARGE = 200, 1000
#: Payments per batch; what is done once a batch may cost queries once a batch.
BATCH = 100


class _Client:
    """A rail's client without a network."""

    def build(self, _submission, payments):
        return "\n".join(payment.reference for payment in payments)


def _rail_methods(env):
    """Return what makes a rail of the default payment manager, by name."""
    mixin = type(env["g2p.payment.dispatch.mixin"])
    names = (
        "_send_payments",
        "_filter_batches_to_send",
        "_queue_batches",
        "_queue_plans",
        "_prepare_submission",
        "_plan_idle",
        "_get_pinned_settings",
    )
    return {
        **{name: getattr(mixin, name) for name in names},
        "dispatch_paused": False,
        "dispatch_paused_reason": "",
        "_rail_settings": lambda self: {"endpoint": "loopback"},
        "_rail_client": lambda self, settings: _Client(),
    }


@tagged("post_install", "-at_install")
class TestPaymentQueryCounts(ProgramCase):
    """Sets, not rows: five times the payments cost a few queries more for each further batch, and no more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = type(cls.env["g2p.program.payment.manager.default"])
        patcher = patch.multiple(manager, create=True, **_rail_methods(cls.env))
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        cls.tag = cls.env["g2p.payment.batch.tag"].create({"name": "T Tag", "max_batch_size": BATCH})

    # ---- Builders ---------------------------------------------------------------------------------------------
    def make_payable(self, size):
        """Return an approved cycle of ``size`` entitlements, whose payees are paid by their e-mail address."""
        people = self.make_registrants(size)
        self.env.cr.execute(
            "UPDATE res_partner SET email = 'payee' || id || '@example.org' WHERE id = ANY(%s)", (people.ids,)
        )
        people.invalidate_recordset(["email"])
        program = self.make_program(people, fund=1e9)
        manager = program.get_manager(program.MANAGER_PAYMENT)
        manager.sudo().write({"payee_id_type": "email", "batch_tag_ids": [(6, 0, self.tag.ids)]})
        return self.make_cycle(program, "approved")

    def make_prepared(self, size):
        """Return the batches of such a cycle, as who releases sees them."""
        cycle = self.make_payable(size)
        cycle.prepare_payment()
        batches = self.as_user(self.releaser, cycle.payment_batch_ids)
        self.assertEqual(len(batches), size // BATCH)
        self.assertEqual(sum(batches.mapped("stats_issued_transactions")), size)
        return batches

    def make_released(self, size):
        batches = self.make_prepared(size)
        batches.release_payments()
        return batches

    def make_queued(self, size):
        """Return the submissions of such a cycle, as the engine sees them."""
        batches = self.make_released(size)
        batches.send_payment()
        submissions = batches.sudo().with_user(self.env.ref("base.user_root")).submission_ids
        self.assertEqual(len(submissions), size // BATCH)
        return submissions

    def make_claimed(self, size):
        submissions = self.make_queued(size)
        self.claim(submissions)
        self.assertEqual(set(submissions.mapped("state")), {"sending"})
        return submissions

    # ---- What is counted --------------------------------------------------------------------------------------
    def claim(self, submissions):
        for submission_id in submissions.ids:
            claim.claim(submissions.env, submission_id)

    def apply(self, submissions):
        for submission in submissions:
            submission._lock()
            rows = tuple(Row(name, RowResult.PAID) for name in submission._get_data().references)
            news.process(submission, Accepted(rows=rows), own_call=True)

    def assert_bounded(self, prepare, work, per_batch, fixed=12):
        """Do ``work`` on what ``prepare(size)`` makes, at two sizes, and compare the queries.

        :param int per_batch: queries that each further batch may cost; it holds 100 payments
        :param int fixed: queries that the larger size may cost besides
        """
        counts = {size: self.count_queries(work, prepare(size)) for size in (SMALL, LARGE)}
        further = (LARGE - SMALL) // BATCH
        self.assertLessEqual(counts[LARGE] - counts[SMALL], further * per_batch + fixed, counts)

    def test_preparing_payments_and_batches(self):
        self.assert_bounded(self.make_payable, lambda cycle: cycle.prepare_payment(), per_batch=1)

    def test_releasing(self):
        self.assert_bounded(self.make_prepared, lambda batches: batches.release_payments(), per_batch=2)

    def test_queueing(self):
        self.assert_bounded(self.make_released, lambda batches: batches.send_payment(), per_batch=5)

    def test_claiming(self):
        self.assert_bounded(self.make_queued, self.claim, per_batch=34)

    def test_applying_statuses(self):
        self.assert_bounded(self.make_claimed, self.apply, per_batch=24)

    def test_one_large_batch_costs_no_more_than_a_small_one(self):
        self.tag.max_batch_size = LARGE
        counts = {}
        for size in (SMALL, LARGE):
            cycle = self.make_payable(size)
            counts[size] = [self.count_queries(lambda cycle: cycle.prepare_payment(), cycle)]
            batches = self.as_user(self.releaser, cycle.payment_batch_ids)
            counts[size].append(self.count_queries(lambda batches: batches.release_payments(), batches))
            counts[size].append(self.count_queries(lambda batches: batches.send_payment(), batches))
            submissions = batches.sudo().with_user(self.env.ref("base.user_root")).submission_ids
            self.assertEqual(len(submissions), 1)
            counts[size].append(self.count_queries(self.claim, submissions))
            counts[size].append(self.count_queries(self.apply, submissions))
            payments = submissions.payment_ids
            self.assertEqual(set(payments.mapped("status")), {"paid"})
            self.assertEqual(len(payments), size)
        for small, large in zip(counts[SMALL], counts[LARGE], strict=True):
            self.assertLessEqual(large - small, 12, counts)
