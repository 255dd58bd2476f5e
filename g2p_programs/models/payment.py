from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..sets import set_update

#: Who works with payments; nobody else reads where money goes.
PAYEE_GROUPS = (
    "g2p_programs.g2p_program_manager,g2p_programs.g2p_program_validator,g2p_programs.g2p_finance_validator,"
    "g2p_programs.g2p_payment_releaser,g2p_programs.g2p_payment_auditor,g2p_registry_base.group_g2p_admin"
)

#: What is signed of one payment, as text.
_SIGNED = SQL(
    """jsonb_build_array(name, payee_id_type, payee_id_value, payee_bank_code, payee_name, amount_issued::text,
           currency_id, entitlement_id)::text"""
)


class G2PPayment(models.Model):
    """One attempt to pay one entitlement. Whatever will be sent of it is resolved and stored when it is prepared."""

    _name = "g2p.payment"
    _description = "Payment"
    _inherit = ["g2p.guarded.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Internal Reference #", required=True, readonly=True, copy=False)
    entitlement_id = fields.Many2one(
        "g2p.entitlement", required=True, index=True, ondelete="restrict", readonly=True
    )
    cycle_id = fields.Many2one("g2p.cycle", required=True, index=True, ondelete="restrict", readonly=True)
    program_id = fields.Many2one("g2p.program", related="cycle_id.program_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", required=True, index=True, ondelete="restrict", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    journal_id = fields.Many2one("account.journal", readonly=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")

    batch_id = fields.Many2one("g2p.payment.batch", index=True, ondelete="restrict", copy=False)
    submission_id = fields.Many2one("g2p.payment.submission", index=True, ondelete="restrict", copy=False)
    predecessor_id = fields.Many2one(
        "g2p.payment",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The failed payment that this one pays again.",
    )

    payee_id_type = fields.Char("Payee ID Type", readonly=True)
    payee_id_value = fields.Char("Payee ID", readonly=True, groups=PAYEE_GROUPS)
    payee_bank_code = fields.Char(readonly=True, groups=PAYEE_GROUPS)
    payee_name = fields.Char(readonly=True)
    account_number = fields.Char(readonly=True, groups=PAYEE_GROUPS)

    amount_issued = fields.Monetary(required=True, aggregator="sum")
    amount_paid = fields.Monetary(readonly=True, copy=False, aggregator="sum")
    payment_fee = fields.Monetary(readonly=True)
    issuance_date = fields.Datetime(default=fields.Datetime.now, readonly=True)
    payment_datetime = fields.Datetime(readonly=True, copy=False)

    state = fields.Selection(
        [("issued", "Issued"), ("sent", "Sent"), ("reconciled", "Reconciled"), ("cancelled", "Cancelled")],
        required=True,
        default="issued",
        readonly=True,
        copy=False,
        index=True,
    )
    status = fields.Selection([("paid", "Paid"), ("failed", "Failed")], readonly=True, copy=False)
    status_is_final = fields.Boolean(readonly=True, copy=False)
    status_datetime = fields.Datetime(readonly=True, copy=False)
    status_code = fields.Char("Reason Code", readonly=True, copy=False)
    status_reason = fields.Char("Reason", readonly=True, copy=False)
    external_reference = fields.Char("Reference of the Payment System", readonly=True, copy=False)
    disputed = fields.Boolean(
        readonly=True,
        copy=False,
        help="What the payment system said does not fit this payment. It counts as open until finance decides.",
    )
    contradicted = fields.Boolean(
        readonly=True, copy=False, help="After it was final, the payment system said something else of it."
    )
    dispute_reason = fields.Char(readonly=True, copy=False)
    settlement_move_id = fields.Many2one(
        "account.move",
        "Journal Entry",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    reversal_ids = fields.One2many("g2p.payment.reversal", "payment_id", readonly=True)
    reversal_confirmed = fields.Boolean(
        readonly=True, copy=False, help="The money came back and finance confirmed it: it may be paid again."
    )

    _name_unique = models.UniqueIndex("(name)", "A payment with this reference exists already.")
    _one_live_per_entitlement = models.UniqueIndex(
        "(entitlement_id) WHERE state <> 'cancelled' AND status IS DISTINCT FROM 'failed'"
        " AND reversal_confirmed IS NOT TRUE",
        "This entitlement has a live payment already: it may not be paid twice.",
    )
    _status_means_reconciled = models.Constraint(
        "CHECK ((state = 'reconciled') = (status IS NOT NULL))",
        "A payment has a status exactly when it is reconciled.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount_issued > 0)", "The amount of a payment must be above 0."
    )
    _open_per_submission = models.Index("(submission_id, id) WHERE state = 'sent'")
    _per_batch = models.Index("(batch_id, state, status)")

    @api.model
    def _get_guarded_fields(self):
        return self._all_stored_fields_but("batch_id")

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """Refuse payments that were not prepared: only a payment manager knows payee, amount and entitlement."""
        if not self._is_guarded_call():
            raise UserError(
                self.env._(
                    "Payments are made by Prepare Payments on a cycle, not by hand: open the cycle and use it."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        if "batch_id" not in vals:
            return super().write(vals)
        self._check_may_move(vals["batch_id"])
        moved = self.filtered(lambda payment: payment.batch_id.id != (vals["batch_id"] or False))
        before = moved.batch_id
        result = super().write(vals)
        (before | moved.batch_id)._remember_editor()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_issued(self):
        # What was given up may have left: who is paid again must not forget that.
        wrong = self.filtered(
            lambda payment: (
                payment._is_bound() or payment.state != "issued" or payment.sudo().submission_id.tries
            )
        )
        if wrong:
            raise UserError(
                self.env._(
                    "These payments cannot be deleted, because they were released, sent or are disputed: %(names)s. "
                    "Cancel them on their batch instead, where that is still possible.",
                    names=", ".join(wrong[:20].mapped("name")),
                )
            )
        self.batch_id._remember_editor()

    def _is_bound(self):
        """Return whether nobody may change, move or remove this payment now."""
        return self.batch_id.released or self.disputed

    def _needs_decision(self):
        """Return whether two people may have to say what became of this payment."""
        if self.state == "reconciled":
            return self.contradicted
        return self.state == "sent" or (self.state == "issued" and self.disputed)

    def _check_may_move(self, batch_id):
        """Refuse to move payments that are on their way, or into a batch they do not fit."""
        batch = self.env["g2p.payment.batch"].browse(batch_id)
        problems = []
        for payment in self:
            if payment.batch_id == batch:
                continue
            if payment.state != "issued" or payment._is_bound():
                problems.append(
                    self.env._("%(name)s was released or sent, or is disputed", name=payment.name)
                )
            elif batch and batch.released:
                problems.append(
                    self.env._("%(name)s: batch %(batch)s is released", name=payment.name, batch=batch.name)
                )
            elif batch and batch._get_fit_key() != payment._get_fit_key():
                problems.append(
                    self.env._(
                        "%(name)s differs from the batch in cycle, company or currency", name=payment.name
                    )
                )
        if problems:
            raise UserError(
                self.env._(
                    "Nothing was moved. %(problems)s. Take these payments out of the selection, or use a new batch.",
                    problems="; ".join(problems[:50]),
                )
            )

    def _get_fit_key(self):
        return (self.cycle_id, self.company_id, self.currency_id)

    # ---- Transitions (each called by the engine or by a checked button; all are sets) --------------------------
    def _cancel(self):
        """Cancel issued payments that are in no released batch. The caller has checked the actor's right."""
        bound = self.filtered(lambda payment: payment._is_bound())
        if bound:
            raise UserError(
                self.env._(
                    "These payments are in a released batch or disputed: %(names)s. Withdraw the release of the batch, "
                    "or let finance decide, first.",
                    names=", ".join(bound[:20].mapped("name")),
                )
            )
        count = set_update(self, {"state": "cancelled"}, legal_from=("issued",))
        # sudo: a batch whose last open payment goes is done; nobody may write that by hand.
        self.batch_id.sudo()._recompute_dispatch_state()
        return count

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_cancel(self):
        """Cancel issued payments, so that their entitlements can be prepared again.

        :return: True
        :raise UserError: naming the payments that were released or sent
        """
        self.check_access("write")
        self._cancel()
        self.batch_id._remember_editor()
        return True

    def send_payment(self):
        """Release and send the whole batches of these payments (see ``g2p.payment.batch.send_payment``)."""
        return self.batch_id.send_payment()

    # ---- Business ---------------------------------------------------------------------------------------------
    @api.model
    def _digests(self, batch_ids):
        """Count, total and digest of what each batch holds: what is released, and checked again at the claim.

        :param batch_ids: list of ids
        :return: dict {batch id: (count, total as Decimal, hex digest)}; cancelled payments are left out
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT batch_id, count(*), sum(amount_issued),
                       encode(sha256(convert_to(string_agg(%s, E'\\n' ORDER BY id), 'UTF8')), 'hex')
                  FROM g2p_payment
                 WHERE batch_id = ANY(%s) AND state <> 'cancelled'
                 GROUP BY batch_id
                """,
                _SIGNED,
                list(batch_ids),
            )
        )
        return {batch_id: (count, total, digest) for batch_id, count, total, digest in rows}

    @api.model
    def _digest_each(self, where):
        """Digest single payments, of the same columns as :meth:`_digests`.

        :param SQL where: condition; cancelled payments are left out
        :return: dict {payment id: (batch id, digest as bytes)}
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, batch_id, sha256(convert_to(%s, 'UTF8')) FROM g2p_payment
                 WHERE state <> 'cancelled' AND %s
                """,
                _SIGNED,
                where,
            )
        )
        return {id_: (batch_id, bytes(digest)) for id_, batch_id, digest in rows}
