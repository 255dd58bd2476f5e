import hashlib
import json

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
    edited_by_ids = fields.Many2many(
        "res.users",
        "g2p_payment_batch_editor_rel",
        readonly=True,
        copy=False,
        help="Who moved, cancelled or removed payments of this batch: they do not release it either.",
    )
    released = fields.Boolean(readonly=True, copy=False)
    released_settings = fields.Json(
        readonly=True, copy=False, help="What it will be sent with; part of what was signed."
    )
    released_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    released_at = fields.Datetime(readonly=True, copy=False)
    released_count = fields.Integer(readonly=True, copy=False)
    released_total = fields.Monetary(readonly=True, copy=False)
    released_digest = fields.Char(
        readonly=True,
        copy=False,
        help="SHA-256 over every payment's payee, amount and currency, and over how they are sent.",
    )

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
        states = {batch.id: set() for batch in self}
        groups = self.env["g2p.payment.submission"]._read_group(
            [("batch_id", "in", self.ids)], ["batch_id", "state"]
        )
        for batch, state in groups:
            states[batch.id].add(state)
        idle = self._find_idle()
        for batch in self:
            id_ = batch._origin.id or batch.id
            found = states.get(id_, set()) - {"cancelled"}
            if not found or id_ in idle:
                # A payment that nothing carries is still to be sent, whatever became of the others.
                found = found | {"draft"}
            batch.dispatch_state = next(state for state in BATCH_WORST_FIRST if state in found)
            batch.batch_has_started = bool(found - {"queued", "draft"})
            batch.batch_has_completed = found == {"done"}

    def _find_idle(self):
        """Return the ids of batches with issued payments that no live submission carries."""
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

    # ---- Release ----------------------------------------------------------------------------------------------
    def action_release(self):
        """Show count, total and digest of the selected batches, to be confirmed by somebody who may release.

        The wizard is stored before it is shown: what is confirmed is what was on the screen.

        :return: act_window of the release wizard
        :raise UserError: when the user may not release
        """
        self._check_release_right()
        wizard = self.env["g2p.payment.release.wizard"].create({"batch_ids": [(6, 0, self.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release Payments"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def get_release_summary(self):
        """Tell what a release of these batches would sign.

        :return: list of dicts {batch_id, name, count, total (decimal string), currency, digest}
        :raise AccessError: when the batches may not be read
        """
        self.check_access("read")
        digests = self._get_signatures()
        summary = []
        for batch in self:
            count, total, digest = digests.get(batch.id, (0, 0, ""))
            summary.append(
                {
                    "batch_id": batch.id,
                    "name": batch.name,
                    "count": count,
                    "total": str(total),
                    "currency": batch.currency_id.name,
                    "digest": digest,
                }
            )
        return summary

    def release_payments(self, digests=None):
        """Sign these batches: from now on exactly these payments may be sent, once.

        :param digests: optional dict {batch id: digest} of what the releaser saw; any difference refuses everything
        :return: True
        :raise AccessError: when the user may not release
        :raise UserError: naming every batch that cannot be released and why
        """
        self._check_release_right()
        found, settings, managers = (
            self._get_signatures(),
            self.sudo()._get_send_settings(),
            self._get_managers(),
        )
        expected = {int(key): value for key, value in (digests or {}).items()}
        problems, disputed = [], self._find_disputed()
        for batch in self:
            manager = managers[batch.manager_model, batch.manager_res_id]
            problems += batch._release_problems(
                found.get(batch.id), expected.get(batch.id), disputed, manager
            )
        if problems:
            raise UserError(self.env._("Nothing was released.\n%s", "\n".join(problems)))
        for batch in self.filtered(lambda batch: not batch.released):
            count, total, digest = found[batch.id]
            # sudo: releasers may not write batches in any other way.
            batch.sudo()._guarded_write(
                {
                    "released": True,
                    "released_by": self.env.uid,
                    "released_at": fields.Datetime.now(),
                    "released_count": count,
                    "released_total": total,
                    "released_digest": digest,
                    "released_settings": settings[batch.id],
                }
            )
        self._send_automatically()
        return True

    def _send_automatically(self):
        """Send released batches whose manager is set to send by itself."""
        for manager, batches in self._group_by_manager():
            if "send_automatically" in manager._fields and manager.send_automatically:
                manager.send_payments(batches)

    def _get_signatures(self):
        """Count, total and digest of each batch: its payments, who sends them, and how.

        :return: dict {batch id: (count, total as Decimal, hex digest)}
        """
        # sudo: sums and settings of batches that the caller was allowed to see
        batches = self.sudo()
        found = batches.env["g2p.payment"]._digests(batches.ids)
        settings = batches._get_send_settings()
        signatures = {}
        for batch in batches:
            if batch.id in found:
                count, total, digest = found[batch.id]
                how = [batch.manager_model, batch.manager_res_id, settings[batch.id]]
                text = digest + json.dumps(how, sort_keys=True)
                signatures[batch.id] = (count, total, hashlib.sha256(text.encode()).hexdigest())
        return signatures

    def _get_send_settings(self):
        """Tell what batches are, or would be, sent with: after the release what was signed, before it today's.

        :return: dict {batch id: settings (dict)}
        """
        today = {
            key: manager._get_pinned_settings() if manager is not None else {}
            for key, manager in self._get_managers().items()
        }
        return {
            batch.id: (batch.released_settings or {})
            if batch.released
            else today[batch.manager_model, batch.manager_res_id]
            for batch in self
        }

    def _get_managers(self):
        """Return {(model, id): concrete payment manager, or None when it or its addon is gone}."""
        managers = {}
        for batch in self:
            key = (batch.manager_model, batch.manager_res_id)
            if key not in managers:
                managers[key] = batch._get_manager()
        return managers

    def _remember_editor(self):
        """Note that the user changed what is in these batches."""
        if self:
            # sudo: the actor's right to change the payments was checked before
            self.sudo()._guarded_write({"edited_by_ids": [(4, self.env.uid)]})

    def _check_release_right(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("g2p_programs.g2p_payment_releaser"):
            raise UserError(
                self.env._(
                    "Only a Payment Releaser may release payments. Ask an administrator for that right, "
                    "or let somebody who has it release %(names)s.",
                    names=", ".join(self[:10].mapped("name")),
                )
            )

    def _find_disputed(self):
        """Return the ids of those of these batches that hold disputed payments."""
        # sudo: whether something is disputed decides a release, whoever releases
        payments = self.env["g2p.payment"].sudo()
        groups = payments._read_group([("batch_id", "in", self.ids), ("disputed", "=", True)], ["batch_id"])
        return {batch.id for (batch,) in groups}

    def _release_problems(self, found, expected, disputed, manager):
        """Return why this one batch cannot be released (list of texts)."""
        self.ensure_one()
        if self.released:
            return []
        if not found:
            return [self.env._("%s holds no payment to release: delete it or add payments.", self.name)]
        problems = []
        if expected is not None and expected != found[2]:
            problems.append(
                self.env._("%s changed since you looked at it: open it and look again.", self.name)
            )
        if self.id in disputed:
            problems.append(
                self.env._("%s holds disputed payments: finance has to decide about them first.", self.name)
            )
        separate = (
            self.cycle_id.program_id.sudo().separate_duties
        )  # sudo: a rule about the releaser, not for him
        if not self.env.su and separate and self.env.user in self.prepared_by | self.sudo().edited_by_ids:
            problems.append(
                self.env._(
                    "%s was prepared or edited by you: somebody else has to release it (program setting).",
                    self.name,
                )
            )
        if manager is None:
            problems.append(
                self.env._("%s has no payment manager any more: prepare these payments again.", self.name)
            )
        return problems

    def withdraw_release(self):
        """Take back a release of batches of which nothing was claimed; their payments may be changed again.

        :return: True
        :raise UserError: naming the batches of which something is on its way
        """
        self._check_release_right()
        # sudo: the right was checked above; releasers may not write submissions in any other way.
        batches = self.sudo()
        batches.submission_ids.filtered(
            lambda one: one.state not in ("cancelled", "done")
        )._cancel_unclaimed()
        batches.filtered("released")._guarded_write({"released": False, "released_digest": False})
        return True

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
