import hashlib
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..dispatch import news, question, states
from ..dispatch.cursors import run_in_own_transaction
from ..dispatch.outcome import SubmissionData
from ..dispatch.states import Event
from ..notify import notification
from ..sets import set_update


class G2PPaymentSubmission(models.Model):
    """What is claimed, sent and asked about: a batch, a part of it, or one step of it.

    The stages live in ``dispatch/`` (claim, call, store, apply); this model holds the record and its moves.
    """

    _name = "g2p.payment.submission"
    _description = "Payment Submission"
    _inherit = ["g2p.guarded.mixin"]
    _order = "batch_id desc, step, id"

    name = fields.Char(compute="_compute_name", store=True)
    # Indexed together with the state, below.
    batch_id = fields.Many2one("g2p.payment.batch", required=True, ondelete="restrict", readonly=True)
    program_id = fields.Many2one("g2p.program", related="batch_id.program_id", store=True, index=True)
    cycle_id = fields.Many2one("g2p.cycle", related="batch_id.cycle_id", store=True)
    company_id = fields.Many2one("res.company", related="batch_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="batch_id.currency_id")
    payment_ids = fields.One2many("g2p.payment", "submission_id", readonly=True)
    on_demand = fields.Boolean(
        "Claimed by Hand",
        readonly=True,
        help="Paid by file: no job sends it, the person who takes the file claims it, and nobody can be asked.",
    )
    step = fields.Integer(default=1, required=True, readonly=True, aggregator=None)
    state = fields.Selection(
        states.SUBMISSION_STATES, required=True, default="queued", readonly=True, index=True
    )

    manager_model = fields.Char(required=True, readonly=True)
    manager_res_id = fields.Many2oneReference(
        "Payment Manager", model_field="manager_model", required=True, readonly=True
    )
    manager_name = fields.Char(readonly=True)
    settings = fields.Json(
        "Pinned Settings",
        readonly=True,
        help="What it was sent with: it is asked about and settled with the same.",
    )

    key = fields.Char("Business Key", readonly=True, copy=False)
    # Large: read by itself, where it is wanted.
    payload = fields.Text(
        readonly=True,
        copy=False,
        prefetch=False,
        groups="g2p_programs.g2p_payment_auditor,base.group_system",
    )
    payload_hash = fields.Char("SHA-256 of the Payload", readonly=True, copy=False)
    correlation = fields.Char("Reference of the Payment System", readonly=True, copy=False)

    claim_token = fields.Char(readonly=True, copy=False, groups="base.group_system")
    claimed_at = fields.Datetime(readonly=True, copy=False)
    deadline_at = fields.Datetime(readonly=True, copy=False)
    lease_until = fields.Datetime(readonly=True, copy=False)
    tries = fields.Integer(readonly=True, copy=False, aggregator=None)
    ever_unknown = fields.Boolean(
        readonly=True,
        copy=False,
        help="At least one try may have arrived, so no later refusal proves anything.",
    )
    next_try_at = fields.Datetime(readonly=True, copy=False)
    hold_reason = fields.Text("Held Back Because", readonly=True, copy=False)
    last_code = fields.Char(readonly=True, copy=False)
    last_reason = fields.Char(readonly=True, copy=False)

    questions = fields.Integer(readonly=True, copy=False, aggregator=None)
    next_question_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    absent_answers = fields.Integer(
        readonly=True, copy=False, aggregator=None, help="Agreeing answers in a row that it never arrived."
    )
    attention = fields.Char(
        readonly=True, copy=False, help="What finance has to look at; an activity is raised from it."
    )
    pending_exchange_ids = fields.Many2many(
        "g2p.payment.exchange",
        "g2p_payment_pending_exchange_rel",
        readonly=True,
        copy=False,
        string="Not Yet Applied",
    )
    exchange_ids = fields.One2many("g2p.payment.exchange", "submission_id", readonly=True)
    decision_ids = fields.One2many("g2p.payment.decision", "submission_id", readonly=True)
    payments_count = fields.Integer(compute="_compute_payments_count")

    _key_unique = models.UniqueIndex("(key)", "A submission with this business key exists already.")
    _claimed_has_token = models.Constraint(
        "CHECK (state IN ('queued', 'cancelled', 'rejected') OR claim_token IS NOT NULL)",
        "Only a claimed submission can be with the payment system.",
    )
    _of_manager = models.Index("(manager_model, manager_res_id, state, id)")
    _of_batch = models.Index("(batch_id, state)")
    _steps_to_do = models.Index("(batch_id, turn) WHERE state NOT IN ('done', 'cancelled')")
    _due_questions = models.Index("(next_question_at) WHERE state IN ('sent', 'unknown', 'done')")
    _untold = models.Index("(id) WHERE attention IS NOT NULL")
    _running_leases = models.Index("(lease_until) WHERE state = 'sending'")

    @api.model
    def _get_guarded_fields(self):
        return self._all_stored_fields_but()

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("batch_id.name", "step", "key")
    def _compute_name(self):
        for submission in self:
            submission.name = f"{submission.batch_id.name} / {submission.step}"

    @api.depends("payment_ids")
    def _compute_payments_count(self):
        counts = dict(
            self.env["g2p.payment"]._read_group(
                [("submission_id", "in", self.ids)], ["submission_id"], ["__count"]
            )
        )
        for submission in self:
            submission.payments_count = counts.get(submission, 0)

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.ondelete(at_uninstall=False)
    def _unlink_never_said(self):
        if self.filtered(
            lambda submission: submission.state not in ("queued", "cancelled") or submission.tries
        ):
            raise UserError(self.env._("Submissions are a record of what was sent: they cannot be deleted."))

    # ---- Moves ------------------------------------------------------------------------------------------------
    def _request_move(self, event, values=None):
        """Make a requested move on all of self, or raise naming every one that cannot make it.

        :param Event event: one of ``states.REQUESTS``
        :param dict values: further columns to write with the move
        """
        wrong, groups = self.browse(), {}
        for submission in self:
            target = states.move(submission.state, event).state
            if target is None:
                wrong |= submission
            else:
                groups.setdefault(target, self.browse())
                groups[target] |= submission
        if wrong:
            labels = dict(states.SUBMISSION_STATES)
            raise UserError(
                self.env._(
                    "Nothing was changed: %(names)s. Reload the page: somebody or the payment system was quicker.",
                    names=", ".join(f"{one.name} ({labels[one.state]})" for one in wrong[:20]),
                )
            )
        for target, submissions in groups.items():
            submissions._guarded_write({"state": target, **(values or {})})

    def _cancel_unclaimed(self):
        """Cancel queued and rejected submissions; their payments may be changed, and sent with another submission.

        The payments keep their link to what they were in, so that late news of it still finds them.
        """
        self._apply_stored()
        live = self.filtered(lambda submission: submission.state != "cancelled")
        live._lock()
        disputed = live.payment_ids.filtered("disputed")
        if disputed:
            raise UserError(
                self.env._(
                    "These payments are disputed: %s. Finance has to decide about them first.",
                    ", ".join(disputed[:20].mapped("name")),
                )
            )
        live._request_move(Event.CANCEL, {"hold_reason": False, "next_try_at": False})
        # What is queued after its absence was proven has payments that are still marked as sent.
        proven = live.payment_ids.filtered(lambda payment: payment.state == "sent")
        set_update(proven, {"state": "issued"}, legal_from=("sent",))
        live.batch_id._recompute_dispatch_state()

    def _apply_stored(self):
        """Apply what the payment system said already, before people act on what they think it did not say."""
        self.env.flush_all()
        for submission in self:
            if submission.pending_exchange_ids:
                news.apply_pending(self.env, submission.id)

    def _lock(self):
        """Lock these submissions, then their payments, each by id: the one lock order of the engine."""
        self.env.flush_all()
        if not self:
            return
        self.env.cr.execute(
            "SELECT id FROM g2p_payment_submission WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (self.ids,)
        )
        self.env.cr.execute(
            "SELECT id FROM g2p_payment WHERE submission_id = ANY(%s) ORDER BY id FOR UPDATE", (self.ids,)
        )
        self.invalidate_recordset(flush=False)
        self.env["g2p.payment"].invalidate_model(flush=False)

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_ask_now(self):
        """Ask the payment system at once what became of these submissions.

        :return: notification action (dict)
        :raise UserError: naming those that nobody can ask about now
        """
        self.check_access("read")
        wrong = self.filtered(lambda one: one.state not in states.ASKABLE_STATES and not one.is_watched)
        silent = (self - wrong).filtered("on_demand")
        if silent:
            raise UserError(
                self.env._(
                    "There is no payment system to ask about %s: import the results that came back instead.",
                    ", ".join(silent[:20].mapped("name")),
                )
            )
        if wrong:
            raise UserError(
                self.env._(
                    "Nothing to ask about: %s. Only submissions that are sent, unknown, or done and still watched "
                    "can be asked about.",
                    ", ".join(wrong.mapped("name")),
                )
            )
        # As the superuser: asking moves no money, and everybody who sees a submission may want to know.
        run_in_own_transaction(self.env.registry, question.make_due, self.ids)
        self.invalidate_recordset(["next_question_at", "questions"])
        message = self.env._(
            "The payment system is being asked about %s.", ", ".join(self[:20].mapped("name"))
        )
        return notification(self.env._("Payments"), message, kind="info")

    def action_queue_again(self):
        """Send rejected submissions again, under a new business key.

        :return: True
        :raise UserError: when the user may not release, or a submission is not rejected
        """
        self.batch_id._check_release_right()
        submissions = self.sudo()  # sudo: the right was checked above
        submissions._apply_stored()
        submissions._lock()
        for submission in submissions.filtered("ever_unknown"):
            submission._go_behind()
        submissions._request_move(
            Event.QUEUE_AGAIN,
            {
                "key": False,
                "payload": False,
                "payload_hash": False,
                "settings": False,
                "hold_reason": False,
                "next_try_at": False,
                "ever_unknown": False,
                "is_taken": False,
                "correlation": False,
                "last_code": False,
                "last_reason": False,
            },
        )
        submissions._enqueue_dispatch()
        return True

    def action_cancel(self):
        """Give up queued or rejected submissions: their payments become free to be changed and released again.

        Those of a batch whose other payments are on their way are moved into a batch of their own.

        :return: True
        :raise UserError: when the user may not release, or something may be on its way
        """
        self.batch_id._check_release_right()
        submissions = self.sudo()  # sudo: the right was checked above
        # What was to follow it can never go out without it.
        submissions |= submissions.opened_ids.filtered(lambda one: one.state in ("queued", "rejected"))
        submissions._cancel_unclaimed()
        submissions.batch_id._add_steps()
        over = ("cancelled", "done")
        idle = submissions.batch_id.filtered(
            lambda batch: all(one.state in over for one in batch.submission_ids)
        )
        idle._guarded_write({"released": False, "released_digest": False})
        (submissions.batch_id - idle)._set_apart_given_up()
        return True

    def action_try_now(self):
        """Try held-back and delayed submissions at once.

        :return: True
        :raise UserError: when the user may not release
        """
        self.batch_id._check_release_right()
        queued = self.sudo().filtered(lambda one: one.state == "queued")  # sudo: the right was checked above
        queued._guarded_write({"hold_reason": False, "next_try_at": False})
        queued._enqueue_dispatch()
        return True

    def action_open_exchanges(self):
        """Open everything that was said of these submissions.

        :return: act_window
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Exchanges"),
            "res_model": "g2p.payment.exchange",
            "view_mode": "list,form",
            "domain": [("submission_id", "in", self.ids)],
        }

    # ---- What the rail sees -----------------------------------------------------------------------------------
    def _get_manager(self):
        """Return the concrete payment manager, or None when it or its addon is gone."""
        self.ensure_one()
        if self.manager_model not in self.env:
            return None
        return self.env[self.manager_model].browse(self.manager_res_id).exists() or None

    def _get_data(self):
        """Return this submission as the rail's client gets it.

        :return: :class:`~..dispatch.outcome.SubmissionData`
        """
        self.ensure_one()
        payments = self.env["g2p.payment"].search_fetch(
            [("submission_id", "=", self.id)], ["name", "external_reference"], order="id"
        )
        return SubmissionData(
            key=self.key or "",
            step=self.step,
            payload=self.payload or "",
            settings=dict(self.settings or {}),
            references=tuple(payments.mapped("name")),
            correlation=self.correlation or "",
            purpose=self.purpose or "",
            external_references={
                one.name: one.external_reference for one in payments if one.external_reference
            },
        )

    @api.model
    def _new_key(self):
        """Return a business key that was never used: it is the payment system's only handle on a submission."""
        return str(uuid4())

    @api.model
    def _hash(self, payload):
        return hashlib.sha256(payload.encode()).hexdigest()
