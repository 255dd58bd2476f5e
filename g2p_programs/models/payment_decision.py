from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..dispatch import news
from ..dispatch.follow_up import follow_openers
from ..dispatch.states import DECIDED, Event
from ..sets import set_update


class G2PPaymentDecision(models.Model):
    """What two people of finance know of money that the payment system gives no certain answer about."""

    _name = "g2p.payment.decision"
    _description = "Payment Decision"
    _inherit = ["g2p.guarded.mixin"]
    _order = "id desc"

    submission_id = fields.Many2one("g2p.payment.submission", index=True, ondelete="restrict")
    payment_id = fields.Many2one(
        "g2p.payment",
        index=True,
        ondelete="restrict",
        help="Decide about this payment only; leave empty to decide about the whole submission.",
    )
    batch_id = fields.Many2one("g2p.payment.batch", compute="_compute_batch_id", store=True)
    company_id = fields.Many2one("res.company", compute="_compute_batch_id", store=True)
    verdict = fields.Selection(
        [("executed", "It was executed"), ("never_executed", "It was never executed")], required=True
    )
    reason = fields.Text(required=True, help="How it is known: who was asked, when, and what was answered.")
    evidence = fields.Binary(attachment=True, help="The payment system's letter, statement or ticket.")
    evidence_name = fields.Char()
    evidence_reference = fields.Char(
        help="Number of the ticket, letter or statement, where there is no file."
    )
    state = fields.Selection(
        [("proposed", "Proposed"), ("confirmed", "Confirmed"), ("refused", "Refused")],
        required=True,
        default="proposed",
        readonly=True,
        copy=False,
    )
    proposed_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    confirmed_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    confirmed_at = fields.Datetime(readonly=True, copy=False)

    can_confirm = fields.Boolean(compute="_compute_can_confirm")

    _guarded_fields = ("state", "proposed_by", "confirmed_by", "confirmed_at")
    _one_open = models.UniqueIndex(
        "(coalesce(submission_id, 0), coalesce(payment_id, 0)) WHERE state = 'proposed'",
        "There is an open proposal for this already: confirm or refuse that one.",
    )

    # ---- Constraints ------------------------------------------------------------------------------------------
    @api.constrains("reason", "evidence", "evidence_reference", "payment_id", "submission_id")
    def _check_complete(self):
        problems = []
        for decision in self:
            name = decision._get_subject()
            if not decision.submission_id and not decision.payment_id:
                problems.append(self.env._("Choose the submission or the payment to decide about."))
            if not (decision.reason or "").strip():
                problems.append(self.env._("%s: say how it is known (Reason).", name))
            if not decision.evidence and not (decision.evidence_reference or "").strip():
                problems.append(self.env._("%s: attach the evidence, or give its number.", name))
            if decision.payment_id and decision.payment_id.submission_id != decision.submission_id:
                problems.append(
                    self.env._("%(payment)s is not of %(name)s.", payment=decision.payment_id.name, name=name)
                )
        if problems:
            raise ValidationError("\n".join(problems))

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("submission_id", "payment_id")
    def _compute_batch_id(self):
        for decision in self:
            batch = decision.payment_id.batch_id or decision.submission_id.batch_id
            decision.batch_id = batch
            decision.company_id = batch.company_id or decision.payment_id.company_id

    def _get_subject(self):
        """Return what messages call what this decision is about."""
        return self.payment_id.name or self.submission_id.name or ""

    @api.depends("submission_id", "payment_id")
    def _compute_display_name(self):
        for decision in self:
            what = decision.payment_id.partner_id.display_name or decision.submission_id.name
            decision.display_name = self.env._("Decision about %s", what) if what else ""

    @api.depends("state", "proposed_by")
    @api.depends_context("uid")
    def _compute_can_confirm(self):
        """Say which buttons to show; confirming checks again."""
        finance = self.env.user.has_group("g2p_programs.g2p_finance_validator")
        for decision in self:
            others = decision.proposed_by | decision.batch_id.released_by
            decision.can_confirm = finance and decision.state == "proposed" and self.env.user not in others

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        payments = self.env["g2p.payment"]
        vals_list = [
            {
                **vals,
                "submission_id": vals.get("submission_id")
                or payments.browse(vals.get("payment_id")).submission_id.id,
            }
            for vals in vals_list
        ]
        decisions = super().create(vals_list)
        decisions._check_may_decide()
        decisions._check_decidable()
        decisions._guarded_write({"proposed_by": self.env.uid})
        return decisions

    def write(self, vals):
        if not self._is_guarded_call():
            raise UserError(self.env._("A proposal cannot be changed: refuse it and make a new one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Decisions are a record of who decided what: refuse a proposal instead."))

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_confirm(self):
        """Confirm proposals of somebody else; from now on they are true.

        :return: True
        :raise UserError: when the user proposed or released it, is not of finance, or it is settled by now
        """
        for decision in self:
            decision._check_may_decide()
            if decision.proposed_by == self.env.user:
                raise UserError(
                    self.env._(
                        "%s was proposed by you: a second person of finance has to confirm it.",
                        decision._get_subject(),
                    )
                )
            # sudo: the rights of both people were checked; nobody may write these records in any other way.
            decision.sudo()._confirm(self.env.user)
        return True

    def action_refuse(self):
        """Refuse proposals: nothing changes.

        :return: True
        :raise UserError: when the user may not decide or it was decided already
        """
        self._check_may_decide()
        self._check_state("proposed")
        self.sudo()._guarded_write({"state": "refused"})  # sudo: the right was checked above
        return True

    # ---- Business ---------------------------------------------------------------------------------------------
    def _check_may_decide(self):
        """Two people of finance, none of whom released it; no exception for administrators."""
        user = self.env.user
        if not user.has_group("g2p_programs.g2p_finance_validator"):
            raise UserError(self.env._("Only finance may decide what became of a payment."))
        released = self.filtered(lambda decision: decision.batch_id.released_by == user)
        if released:
            raise UserError(
                self.env._(
                    "You released %s: two other people of finance have to decide.",
                    ", ".join(one._get_subject() for one in released),
                )
            )

    def _check_state(self, state):
        wrong = self.filtered(lambda decision: decision.state != state)
        if wrong:
            raise UserError(
                self.env._("Decided already: %s.", ", ".join(one._get_subject() for one in wrong))
            )

    def _check_decidable(self):
        """Refuse proposals about what is neither open at the payment system nor disputed."""
        problems = []
        for decision in self:
            submission, payment = decision.submission_id, decision.payment_id
            if payment and not payment._needs_decision():
                problems.append(
                    self.env._("%s is neither open at the payment system nor disputed.", payment.name)
                )
            elif payment and submission.state == "queued":
                problems.append(
                    self.env._(
                        "%(payment)s waits to be sent again in %(name)s: give that submission up first.",
                        payment=payment.name,
                        name=submission.name,
                    )
                )
            elif not payment and submission.lasts and submission.state == "sent":
                problems.append(
                    self.env._(
                        "%s is open as long as what it opened is: decide about that, or about its payments.",
                        submission.name,
                    )
                )
            elif not payment and submission.state not in ("sent", "unknown"):
                problems.append(
                    self.env._("%s is neither sent nor unknown: there is nothing to decide.", submission.name)
                )
        if problems:
            raise UserError("\n".join(problems))

    def _confirm(self, user):
        """Make one confirmed proposal true, after what the payment system said already, through the same locks."""
        self.ensure_one()
        self.submission_id._apply_stored()
        self.submission_id._lock()
        self._lock_payment()
        self._check_state("proposed")
        self._check_decidable()
        self._guarded_write(
            {"state": "confirmed", "confirmed_by": user.id, "confirmed_at": fields.Datetime.now()}
        )
        self._record_exchange(user)
        if self.payment_id:
            self._settle_payment()
        elif self.verdict == "never_executed" and self.submission_id.state == "unknown":
            self._reject_submission()
        else:
            self._settle_submission()
        for submission in self.submission_id:
            news.settle_if_final(submission)
        follow_openers(self.batch_id)
        self.batch_id._recompute_dispatch_state()

    def _lock_payment(self):
        self.env.flush_all()
        ids = self.payment_id.entitlement_id.payment_ids.ids
        self.env.cr.execute("SELECT id FROM g2p_payment WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (ids,))
        self.env["g2p.payment"].invalidate_model(flush=False)

    def _settle_submission(self):
        """Settle all that is open of a submission; one that carries no payments is settled itself."""
        self._settle(self.submission_id.payment_ids.filtered(lambda one: one.state == "sent"))
        if self.verdict == "executed" and not self.submission_id.payment_ids:
            self.submission_id._request_move(Event.PEOPLE_EXECUTED, {"next_question_at": False})

    def _settle_payment(self):
        """Settle one payment: open at the payment system, held back, or final and contradicted."""
        payment = self.payment_id
        if payment.state == "sent" or (payment.state == "issued" and self.verdict == "executed"):
            self._settle(payment)
        elif payment.state == "issued":
            payment._guarded_write({"disputed": False, "dispute_reason": False})
        elif self.verdict == "never_executed":
            # The payment system was wrong to contradict itself: what was held because of it may go on.
            payment._guarded_write({"contradicted": False, "dispute_reason": False})
            held = payment.entitlement_id.payment_ids.filtered(
                lambda one: (
                    one.disputed and one.state == "issued" and one.dispute_reason == "predecessor_paid"
                )
            )
            held._guarded_write({"disputed": False, "dispute_reason": False})

    def _reject_submission(self):
        """Two people's proof undoes the doubt: the payments are free again, and a new try gets a new key."""
        payments = self.submission_id.payment_ids
        known = payments.filtered(lambda one: one.state != "sent" or one.disputed)
        if known:
            raise UserError(
                self.env._(
                    "Of %(submission)s the payment system or somebody has spoken already: %(names)s. Decide about its "
                    "payments one by one.",
                    submission=self.submission_id.name,
                    names=", ".join(known[:20].mapped("name")),
                )
            )
        self.submission_id._request_move(Event.PEOPLE_NEVER, {"next_question_at": False})
        set_update(payments, {"state": "issued"}, legal_from=("sent",))

    def _settle(self, payments):
        """Make open payments final as two people say."""
        now = fields.Datetime.now()
        common = {
            "state": "reconciled",
            "status_is_final": True,
            "status_datetime": now,
            "status_code": DECIDED,
            "disputed": False,
        }
        if self.verdict == "never_executed":
            set_update(payments, common | {"status": "failed", "amount_paid": 0}, legal_from=("sent",))
            return
        set_update(
            payments, common | {"status": "paid", "payment_datetime": now}, legal_from=("issued", "sent")
        )
        self.env["g2p.payment"].flush_model()
        self.env.cr.execute(
            "UPDATE g2p_payment SET amount_paid = amount_issued WHERE id = ANY(%s)", (payments.ids,)
        )
        payments.invalidate_recordset(["amount_paid"], flush=False)

    def _record_exchange(self, user):
        if not self.submission_id:
            return
        self.env["g2p.payment.exchange"].create(
            {
                "submission_id": self.submission_id.id,
                "kind": "decision",
                "key": self.submission_id.key,
                "payload_hash": self.submission_id.payload_hash,
                "outcome": self.verdict,
                "code": f"decision-{self.id}",
                "user_id": user.id,
            }
        )
