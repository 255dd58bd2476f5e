from datetime import timedelta

from odoo import api, fields, models

from ..dispatch import news, timing
from ..dispatch.cursors import database_now
from ..dispatch.rail import WHEN_DONE, WHEN_SENT


class G2PPaymentSubmission(models.Model):
    """What a submission is among the steps of its batch: what opens it, what it waits for, how long it is followed."""

    _inherit = "g2p.payment.submission"

    turn = fields.Integer(
        compute="_compute_turn",
        store=True,
        precompute=True,
        aggregator=None,
        help="When it is sent among the steps of its batch: as they are numbered, but for one that never arrived and "
        "has to wait for the others.",
    )
    purpose = fields.Char(readonly=True, help="What the payment system's addon made this step for.")
    starts_when = fields.Selection(
        [(WHEN_DONE, "Lower steps are done"), (WHEN_SENT, "The payment system has the lower steps")],
        required=True,
        default=WHEN_DONE,
        readonly=True,
    )
    lasts = fields.Boolean(
        "Stays Open",
        readonly=True,
        help="It carries no payments, and stays open until those of the steps that it opens are final.",
    )
    only_stops = fields.Boolean(
        readonly=True, help="It can only keep money from moving, so it goes out also while sending is paused."
    )
    opener_id = fields.Many2one(
        "g2p.payment.submission",
        "Opened By",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    is_taken = fields.Boolean(
        "Certainly There",
        readonly=True,
        copy=False,
        help="The payment system has said itself that it has it; what people decided about it does not count.",
    )
    opened_ids = fields.One2many("g2p.payment.submission", "opener_id", "Opens", readonly=True)
    watch_until = fields.Datetime(
        "Watched Until",
        readonly=True,
        copy=False,
        help="Until then the payment system is asked whether money that was paid came back, and whether money moved of "
        "which people said that it never did.",
    )

    is_watched = fields.Boolean(compute="_compute_is_watched")

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("step")
    def _compute_turn(self):
        for submission in self:
            submission.turn = submission.step

    @api.depends("state", "watch_until")
    def _compute_is_watched(self):
        now = fields.Datetime.now()
        for submission in self:
            submission.is_watched = (
                submission.state == "done" and bool(submission.watch_until) and submission.watch_until > now
            )

    # ---- Business ---------------------------------------------------------------------------------------------
    def _get_opened(self):
        """Return the live submissions that this one opens."""
        return self.opened_ids.filtered(lambda one: one.state != "cancelled")

    def _go_behind(self):
        """Let this submission be sent behind all steps of its batch, where its rail wants that."""
        self.ensure_one()
        manager = self._get_manager()
        if manager is None or not manager._rail_goes_behind(self):
            return
        self.flush_model(["turn", "batch_id"])
        self.env.cr.execute(
            "SELECT max(turn) FROM g2p_payment_submission WHERE batch_id = %s", (self.batch_id.id,)
        )
        self._guarded_write({"turn": self.env.cr.fetchone()[0] + 1})

    def _only_serves(self):
        """Return whether this step carries nothing and only follows what its opener sent."""
        self.ensure_one()
        return bool(self.opener_id) and not self.payments_count

    def _has_open_payments(self):
        """Return whether any payment of this submission, or of those that it opens, is not final."""
        self.ensure_one()
        self.env["g2p.payment"].flush_model(["state", "submission_id"])
        ids = [self.id]
        if self.lasts:
            self.flush_model(["opener_id", "state"])
            ids += self._get_opened().ids
        self.env.cr.execute(
            """
            SELECT 1 FROM g2p_payment
             WHERE submission_id = ANY(%s) AND state NOT IN ('reconciled', 'cancelled') LIMIT 1
            """,
            (ids,),
        )
        return bool(self.env.cr.fetchone())

    def _has_watched_payments(self):
        """Return whether the payment system may say later that any payment was not what it counts for now."""
        self.env["g2p.payment"].flush_model(["status", "external_reference", "submission_id"])
        self.env.cr.execute(
            """
            SELECT 1 FROM g2p_payment
             WHERE submission_id = %s
               AND (status = 'paid' OR (status = 'failed' AND external_reference IS NOT NULL)) LIMIT 1
            """,
            (self.id,),
        )
        return bool(self.env.cr.fetchone())

    def _settle_openers(self):
        """Close those of these lasting submissions whose payments are all final."""
        # Only those that there is something to do for: whoever is about to ask about one passes over what is locked.
        for opener in self.filtered(lambda one: not one._has_open_payments()):
            opener._lock()
            news.settle_if_final(opener)

    def _watch_vals(self):
        """Return what begins the watch over what was paid, for a submission that is just done (dict)."""
        self.ensure_one()
        manager = self._get_manager()
        days = manager._rail_watch_days() if manager is not None else 0
        if not days or self.on_demand or not self._has_watched_payments():
            return {"next_question_at": False, "watch_until": False}
        now = database_now(self.env)
        return {
            "next_question_at": now + timedelta(seconds=timing.LONGEST_QUESTION_PAUSE),
            "watch_until": now + timedelta(days=days),
        }
