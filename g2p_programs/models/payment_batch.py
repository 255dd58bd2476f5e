from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..dispatch.states import ASKABLE_STATES, BATCH_STATES, BATCH_WORST_FIRST


class G2PPaymentBatch(models.Model):
    """What an officer sees and releases: payments of one cycle, company, currency and payment manager."""

    _name = "g2p.payment.batch"
    _description = "Payment Batch"
    _inherit = ["g2p.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default=lambda self: self._next_name())
    cycle_id = fields.Many2one("g2p.cycle", required=True, readonly=True, index=True, ondelete="restrict")
    program_id = fields.Many2one("g2p.program", related="cycle_id.program_id", store=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    tag_id = fields.Many2one("g2p.payment.batch.tag", readonly=True, ondelete="set null")
    external_batch_ref = fields.Char("Reference of the Payment System", readonly=True, copy=False)
    manager_model = fields.Char("Payment Manager Model", readonly=True)
    manager_res_id = fields.Many2oneReference("Payment Manager", model_field="manager_model", readonly=True)
    manager_name = fields.Char("Payment Manager Name", readonly=True)
    payment_ids = fields.One2many("g2p.payment", "batch_id", readonly=True)
    submission_ids = fields.One2many("g2p.payment.submission", "batch_id", readonly=True)

    prepared_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    dispatch_state = fields.Selection(BATCH_STATES, compute="_compute_dispatch_state", store=True, index=True)
    batch_has_started = fields.Boolean(compute="_compute_dispatch_state", store=True)
    batch_has_completed = fields.Boolean(compute="_compute_dispatch_state", store=True)
    hold_reason = fields.Text("Held Back Because", compute="_compute_hold_reason")

    stats_issued_transactions = fields.Integer("Payments", compute="_compute_stats")
    stats_issued_amount = fields.Monetary("Amount", compute="_compute_stats")
    stats_sent_transactions = fields.Integer("Open at the Payment System", compute="_compute_stats")
    stats_sent_amount = fields.Monetary("Open Amount", compute="_compute_stats")
    stats_paid_transactions = fields.Integer("Paid", compute="_compute_stats")
    stats_paid_amount = fields.Monetary("Paid Amount", compute="_compute_stats")
    stats_failed_transactions = fields.Integer("Failed", compute="_compute_stats")
    stats_failed_amount = fields.Monetary("Failed Amount", compute="_compute_stats")
    stats_disputed_transactions = fields.Integer("Disputed", compute="_compute_stats")
    stats_progress = fields.Float("Settled (%)", compute="_compute_stats")
    stats_datetime = fields.Datetime("Counted At", compute="_compute_stats")

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("released", "submission_ids.state")
    def _compute_dispatch_state(self):
        states = self._find_submission_states()
        # What nothing carries shows only where everything else is complete: a batch on its way is not searched for it.
        complete = self.filtered(lambda batch: states.get(batch._origin.id or batch.id) == {"done"})
        idle = complete._find_idle()
        for batch in self:
            id_ = batch._origin.id or batch.id
            found = states.get(id_, set())
            if not found or id_ in idle:
                # A payment that nothing carries is still to be sent, whatever became of the others.
                found = found | {"draft"}
            state = next(state for state in BATCH_WORST_FIRST if state in found)
            if batch.dispatch_state != state:  # read first: what stays the same is not written again
                batch.dispatch_state = state
            batch.batch_has_started = bool(found - {"queued", "draft"})
            batch.batch_has_completed = found == {"done"}

    def _find_submission_states(self):
        """Return {batch id: set of states of its submissions, the cancelled left out}, without reading them all."""
        self.env["g2p.payment.submission"].flush_model(["batch_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT batch.id, kind.state FROM unnest(%s::int[]) AS batch(id)
                 CROSS JOIN unnest(%s) AS kind(state)
                 CROSS JOIN LATERAL (SELECT 1 FROM g2p_payment_submission AS one
                                      WHERE one.batch_id = batch.id AND one.state = kind.state LIMIT 1) AS found
                """,
                list(self.ids),
                [state for state in BATCH_WORST_FIRST if state != "draft"],
            )
        )
        states = {}
        for id_, state in rows:
            states.setdefault(id_, set()).add(state)
        return states

    def _find_idle(self):
        """Return the ids of batches with issued payments that no live submission carries."""
        if not self:
            return set()
        self.env["g2p.payment"].flush_model()
        self.env["g2p.payment.submission"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT p.batch_id FROM g2p_payment p
                  LEFT JOIN g2p_payment_submission s ON s.id = p.submission_id
                 WHERE p.batch_id = ANY(%s) AND p.state = 'issued' AND (s.id IS NULL OR s.state = 'cancelled')
                """,
                list(self.ids),
            )
        )
        return {row[0] for row in rows}

    def _recompute_dispatch_state(self):
        """Derive the state anew after payments changed in a way that no submission shows."""
        self.env.add_to_compute(self._fields["dispatch_state"], self)

    @contextmanager
    def _derive_state_later(self):
        """Leave the states of these batches as they are while the block runs; whoever uses it derives them afterwards.

        For those who move many submissions of one batch at once: each would wait for, or fail at, the batch's row.
        """
        names = ("dispatch_state", "batch_has_started", "batch_has_completed")
        with self.env.protecting([self._fields[name] for name in names], self):
            yield
            self.env.flush_all()

    @api.depends("submission_ids.hold_reason")
    def _compute_hold_reason(self):
        for batch in self:
            reasons = batch.submission_ids.filtered("hold_reason").mapped("hold_reason")
            batch.hold_reason = "\n".join(dict.fromkeys(reasons)) or False

    @api.depends("payment_ids.state", "payment_ids.status", "payment_ids.amount_issued")
    def _compute_stats(self):
        totals = {}
        self.env["g2p.payment"].flush_model()
        if self.ids:
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT batch_id,
                           count(*) FILTER (WHERE state <> 'cancelled') AS issued_transactions,
                           sum(amount_issued) FILTER (WHERE state <> 'cancelled') AS issued_amount,
                           count(*) FILTER (WHERE state = 'sent') AS sent_transactions,
                           sum(amount_issued) FILTER (WHERE state = 'sent') AS sent_amount,
                           count(*) FILTER (WHERE status = 'paid') AS paid_transactions,
                           sum(amount_paid) FILTER (WHERE status = 'paid') AS paid_amount,
                           count(*) FILTER (WHERE status = 'failed') AS failed_transactions,
                           sum(amount_issued) FILTER (WHERE status = 'failed') AS failed_amount,
                           count(*) FILTER (WHERE disputed) AS disputed_transactions
                      FROM g2p_payment WHERE batch_id = ANY(%s) GROUP BY batch_id
                    """,
                    self.ids,
                )
            )
            totals = {row[0]: row[1:] for row in rows}
        names = ("issued", "sent", "paid", "failed")
        now = fields.Datetime.now()
        for batch in self:
            values = totals.get(batch._origin.id or batch.id, (0,) * 9)
            for i, name in enumerate(names):
                batch[f"stats_{name}_transactions"] = values[2 * i] or 0
                batch[f"stats_{name}_amount"] = values[2 * i + 1] or 0
            batch.stats_disputed_transactions = values[8] or 0
            settled = batch.stats_paid_transactions + batch.stats_failed_transactions
            count = batch.stats_issued_transactions
            batch.stats_progress = 100.0 * settled / count if count else 0.0
            batch.stats_datetime = now

    @api.model
    def _get_guarded_fields(self):
        return (*self._all_stored_fields_but(), "payment_ids", "submission_ids")

    # ---- CRUD -------------------------------------------------------------------------------------------------
    def _next_name(self):
        # sudo: officers need the next number, not a right on sequences.
        return self.env["ir.sequence"].sudo().next_by_code("g2p.payment.batch")

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unreleased(self):
        wrong = self.filtered(lambda batch: batch.released or batch.submission_ids)
        if wrong:
            raise UserError(
                self.env._(
                    "These batches cannot be deleted, because they were released: %(names)s. "
                    "Their history must stay readable.",
                    names=", ".join(wrong.mapped("name")),
                )
            )
        self.payment_ids.unlink()

    # ---- Sending ----------------------------------------------------------------------------------------------
    def send_payment(self):
        """Record that these batches are to be sent; releases them first when the user may. Nothing is sent here.

        :return: notification action (dict)
        :raise UserError: naming the batches that are not released and may not be released by this user
        """
        action = None
        for manager, batches in self._group_by_manager():
            action = manager.send_payments(batches)
        return action

    def _group_by_manager(self):
        """Return [(manager, its batches)], or raise naming the batches whose manager is gone."""
        managers = self._get_managers()
        gone = self.filtered(lambda one: managers[one.manager_model, one.manager_res_id] is None)
        if gone:
            raise UserError(
                self.env._(
                    "The payment manager of %s was removed. Prepare these payments again.",
                    ", ".join(gone.mapped("name")),
                )
            )
        groups = self.grouped(lambda one: (one.manager_model, one.manager_res_id))
        return [(managers[key], batches) for key, batches in groups.items()]

    def _get_managers(self):
        """Return {(model, id): concrete payment manager, or None when it or its addon is gone}."""
        managers = {}
        for batch in self:
            key = (batch.manager_model, batch.manager_res_id)
            if key not in managers:
                managers[key] = batch._get_manager()
        return managers

    def _get_manager(self):
        """Return the concrete payment manager, or None when it or its addon is gone."""
        self.ensure_one()
        if self.manager_model not in self.env:
            return None
        return self.env[self.manager_model].browse(self.manager_res_id).exists() or None

    def _lock_for_queueing(self):
        """Lock these batches by id, so that two people who press Send make one submission of each."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id FROM g2p_payment_batch WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (self.ids,)
        )

    def _add_steps(self):
        """Queue the steps that what was sent and given up of these batches makes necessary, as their rails say."""
        # Written, not only locked: who waits for this transaction has to look again at what it made.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE g2p_payment_batch SET write_date = write_date WHERE id = ANY(%s)", (self.ids,)
        )
        self.invalidate_model(flush=False)
        for batch in self:
            manager = batch._get_manager()
            plan = manager._rail_steps_to_add(batch) if manager is not None else []
            if plan:
                manager._queue_plans([(batch, planned) for planned in plan])

    def _get_fit_key(self):
        return (self.cycle_id, self.company_id, self.currency_id)

    def action_ask_now(self):
        """Ask the payment system at once about everything of these batches that is open there.

        :return: notification action (dict)
        :raise UserError: when nothing of them can be asked about
        """
        self.check_access("read")
        submissions = self.submission_ids.filtered(lambda one: one.state in ASKABLE_STATES)
        if not submissions:
            raise UserError(
                self.env._("Nothing of %s is open at the payment system.", ", ".join(self.mapped("name")))
            )
        return submissions.action_ask_now()

    def action_open_batch(self):
        """Open this batch by itself.

        :return: act_window
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_open_payments(self):
        """Open this batch's payments.

        :return: act_window
        """
        return self._open_related("g2p.payment", self.env._("Payments"))

    def action_open_submissions(self):
        """Open what was made of this batch for the payment system.

        :return: act_window
        """
        return self._open_related("g2p.payment.submission", self.env._("Submissions"))

    def _open_related(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("batch_id", "in", self.ids)],
            "context": {"create": False},
        }
