from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...dispatch.claim import canonical_amount
from ...dispatch.outcome import PaymentData
from ...sets import id_slices, set_insert


@dataclass(frozen=True)
class Draft:
    """A payment about to be made of one entitlement."""

    entitlement_id: int
    partner_id: int
    disabled: bool
    amount: str
    fee: str
    currency_id: int
    digits: int
    predecessor_id: int | None
    data: PaymentData
    contradicted: bool = False
    problem: str = ""
    problem_code: str = ""


class G2PPaymentPreparationMixin(models.AbstractModel):
    """Prepares payments as sets: payees resolved, rules checked, all findings at once, cut into batches."""

    _name = "g2p.payment.preparation.mixin"
    _description = "Payment Preparation"
    _inherit = ["g2p.base.program.payment.manager", "g2p.payee.mixin"]

    create_batch = fields.Boolean("Automatically Create Batch", default=True)
    # Every concrete manager declares it again with a relation table of its own.
    batch_tag_ids = fields.Many2many("g2p.payment.batch.tag", string="Batch Tags")

    # ---- Constraints ------------------------------------------------------------------------------------------
    @api.constrains("create_batch", "batch_tag_ids")
    def _check_last_tag_takes_all(self):
        for manager in self.filtered("batch_tag_ids"):
            last = manager.batch_tag_ids.sorted("order")[-1]
            if not last._get_domain().is_true():
                raise ValidationError(
                    self.env._(
                        "%(manager)s: the last batch tag, %(tag)s, must take everything that is left: empty its filter "
                        "or add a tag without one.",
                        manager=manager.name,
                        tag=last.name,
                    )
                )

    # ---- Business ---------------------------------------------------------------------------------------------
    @api.private
    def prepare_payments(self, cycle, entitlements=None):
        self.ensure_one()
        cycle.ensure_one()
        self._check_may_prepare(cycle)
        payments, batches = self._prepare_payments(cycle, entitlements)
        blocked, warned = self._count_findings(cycle)
        message = self.env._(
            "%(payments)s payments in %(batches)s batches are prepared. %(blocked)s entitlements are blocked and "
            "%(warned)s payments should be looked at.",
            payments=len(payments or ()),
            batches=len(batches or ()),
            blocked=blocked,
            warned=warned,
        )
        if not payments:
            message = self.env._(
                "There are no new payments. %(blocked)s entitlements are blocked: see the findings of the cycle.",
                blocked=blocked,
            )
        return self._notify(message, "warning" if blocked or not payments else "success")

    def _prepare_payments(self, cycle, entitlements):
        """Make the payments of a cycle that may be made now.

        :param cycle: ``g2p.cycle`` record
        :param entitlements: ``g2p.entitlement`` recordset or None for all; only approved ones are taken
        :return: (``g2p.payment`` recordset or None, ``g2p.payment.batch`` recordset or None)
        """
        self._claim_preparation(cycle)
        ids = self._find_payable(cycle, entitlements)
        good, blocked = [], []
        for part in id_slices(ids):
            for draft in self._judge(self._draft(part)):
                (blocked if draft.problem else good).append(draft)
        good, refused = self._reserve_again(cycle, good)
        blocked += refused
        batches, batch_of = self._make_batches(cycle, [draft.entitlement_id for draft in good])
        payment_ids = self._insert_payments(cycle, good, batch_of)
        self._write_findings(cycle, blocked)
        payments = self.env["g2p.payment"].browse(payment_ids)
        return payments or None, batches or None

    def _reserve_again(self, cycle, drafts):
        """Reserve the fund once more for what failed before: its money was free in between.

        :return: (drafts that may be paid, drafts that the fund cannot carry)
        """
        again = [draft for draft in drafts if draft.predecessor_id]
        if not again:
            return drafts, []
        program = cycle.program_id
        program._claim_fund()
        needed = sum(Decimal(draft.amount) + Decimal(draft.fee) for draft in again)
        shortage = program._explain_shortage(needed)
        if not shortage:
            return drafts, []
        refused = [replace(draft, problem=shortage, problem_code="fund") for draft in again]
        return [draft for draft in drafts if not draft.predecessor_id], refused

    def _check_may_prepare(self, cycle):
        """Raise when payments of this cycle may not be prepared now, with every reason at once."""
        self.env["g2p.payment"].check_access("create")
        problems = self._configuration_problems()
        if cycle.state != "approved":
            problems.append(self.env._("cycle %s is not approved", cycle.name))
        if cycle.program_id.state != "active":
            problems.append(self.env._("program %s has ended", cycle.program_id.name))
        if problems:
            raise UserError(self.env._("No payments were prepared: %s.", "; ".join(problems)))

    def _claim_preparation(self, cycle):
        """Make this transaction the only one that prepares this cycle.

        A row lock alone would not do: under repeatable read whoever waited for it still sees the payments of before.
        Writing the row makes the second of two transactions fail and run again from the start.
        """
        self.env.flush_all()
        self.env.cr.execute("UPDATE g2p_cycle SET write_date = write_date WHERE id = %s", (cycle.id,))

    def _configuration_problems(self):
        """Return what of this manager's settings stands in the way (list of texts)."""
        if self.payee_id_type == "reg_id" and not self.reg_id_type_for_payee_id:
            return [
                self.env._("payment manager %s pays by registrant ID, and its ID type is empty", self.name)
            ]
        return []

    def _find_payable(self, cycle, entitlements):
        """Return the ids of approved entitlements of the cycle that have no live payment."""
        domain = Domain("cycle_id", "=", cycle.id) & Domain("state", "=", "approved")
        if entitlements is not None:
            domain &= Domain("id", "in", entitlements.ids)
        query = self.env["g2p.entitlement"]._search(domain)
        self.env["g2p.payment"].flush_model()
        query.add_where(
            SQL(
                """NOT EXISTS (SELECT 1 FROM g2p_payment live WHERE live.entitlement_id = %s
                   AND live.state <> 'cancelled' AND live.status IS DISTINCT FROM 'failed'
                   AND live.reversal_confirmed IS NOT TRUE)""",
                SQL.identifier("g2p_entitlement", "id"),
            )
        )
        return [row[0] for row in self.env.execute_query(query.select())]

    def _draft(self, entitlement_ids):
        """Return one :class:`Draft` per entitlement, payees resolved, nothing judged but the payee."""
        payees = self._resolve_payees(self.env["g2p.entitlement"].browse(entitlement_ids))
        self.env["g2p.entitlement"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT e.id, e.partner_id, p.disabled IS NOT NULL, e.initial_amount::text,
                       coalesce(e.transfer_fee, 0)::text, c.id, c.decimal_places, c.name,
                       (SELECT max(failed.id) FROM g2p_payment failed
                         WHERE failed.entitlement_id = e.id AND failed.status IS NOT NULL),
                       EXISTS (SELECT 1 FROM g2p_payment said
                                WHERE said.entitlement_id = e.id AND said.contradicted)
                  FROM g2p_entitlement e JOIN res_partner p ON p.id = e.partner_id
                  JOIN res_currency c ON c.id = e.currency_id
                 WHERE e.id = ANY(%s) ORDER BY e.id
                """,
                entitlement_ids,
            )
        )
        drafts = []
        for (
            id_,
            partner_id,
            disabled,
            amount,
            fee,
            currency_id,
            digits,
            currency,
            predecessor,
            contradicted,
        ) in rows:
            payee = payees[id_]
            data = PaymentData(
                id_,
                str(uuid4()),
                self.payee_id_type,
                payee.value,
                payee.bank_code,
                payee.name,
                canonical_amount(amount, digits),
                currency,
            )
            drafts.append(
                Draft(
                    id_,
                    partner_id,
                    disabled,
                    amount,
                    fee,
                    currency_id,
                    digits,
                    predecessor,
                    data,
                    contradicted,
                    payee.problem,
                    payee.problem_code,
                )
            )
        return drafts

    def _judge(self, drafts):
        """Return the drafts with the first problem of each named; the rail judges those that are left."""
        judged = [self._judge_common(draft) for draft in drafts]
        findings = self._rail_findings([draft.data for draft in judged if not draft.problem])
        return [
            replace(draft, problem=findings[draft.data.reference], problem_code="rail")
            if not draft.problem and draft.data.reference in findings
            else draft
            for draft in judged
        ]

    def _judge_common(self, draft):
        if draft.disabled:
            problem = self.env._("The registrant is disabled. Enable it, or cancel the entitlement.")
            return replace(draft, problem=problem, problem_code="disabled")
        if draft.contradicted:
            problem = self.env._(
                "The payment system contradicts itself about an earlier payment. Finance has to decide about it first."
            )
            return replace(draft, problem=problem, problem_code="contradicted")
        if draft.problem:
            return draft
        whole, _dot, fraction = draft.data.amount.partition(".")
        if draft.data.amount.startswith("-") or not (whole + fraction).strip("0"):
            problem = self.env._("The amount is 0. Correct or cancel the entitlement.")
            return replace(draft, problem=problem, problem_code="amount")
        if len(fraction) > draft.digits:
            problem = self.env._(
                "The amount %(amount)s has more digits than %(currency)s has. Correct the entitlement.",
                amount=draft.data.amount,
                currency=draft.data.currency,
            )
            return replace(draft, problem=problem, problem_code="amount")
        return draft

    def _insert_payments(self, cycle, drafts, batch_of):
        columns = [
            "name", "entitlement_id", "cycle_id", "program_id", "partner_id", "company_id", "journal_id",
            "currency_id", "batch_id", "predecessor_id", "payee_id_type", "payee_id_value", "payee_bank_code",
            "payee_name", "account_number", "amount_issued", "payment_fee", "state",
        ]  # fmt: skip
        program = cycle.program_id
        company = (program.company_id or cycle.company_id).id
        rows = [
            (
                draft.data.reference, draft.entitlement_id, cycle.id, program.id, draft.partner_id, company,
                program.journal_id.id, draft.currency_id, batch_of.get(draft.entitlement_id), draft.predecessor_id,
                draft.data.payee_id_type, draft.data.payee_id_value, draft.data.payee_bank_code,
                draft.data.payee_name, draft.data.payee_id_value, draft.amount, draft.fee, "issued",
            )
            for draft in drafts
        ]  # fmt: skip
        return set_insert(self.env["g2p.payment"], columns, rows)

    # ---- Batches ----------------------------------------------------------------------------------------------
    def _make_batches(self, cycle, entitlement_ids):
        """Make batches for entitlements: by tag, currency and size.

        :return: (``g2p.payment.batch`` recordset, dict {entitlement id: batch id})
        """
        if not self.create_batch or not entitlement_ids:
            return self.env["g2p.payment.batch"], {}
        parts = []
        for tag, ids in self._match_tags(entitlement_ids):
            size = self._get_batch_size(tag)
            for currency_id, same in self._group_by_currency(ids):
                parts += [
                    (tag, currency_id, same[start : start + size]) for start in range(0, len(same), size)
                ]
        batches = (
            self.env["g2p.payment.batch"]
            .with_context(tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True)
            ._guarded_create(
                [self._prepare_batch_vals(cycle, tag, currency_id) for tag, currency_id, _ids in parts]
            )
        )
        batch_of = {}
        for batch, (_tag, _currency, ids) in zip(batches, parts, strict=True):
            batch_of.update(dict.fromkeys(ids, batch.id))
        return batches, batch_of

    def _prepare_batch_vals(self, cycle, tag, currency_id):
        """Return the values of one new batch (dict)."""
        return {
            "cycle_id": cycle.id,
            "company_id": (cycle.program_id.company_id or cycle.company_id).id,
            "currency_id": currency_id,
            "tag_id": tag.id,
            "manager_model": self._name,
            "manager_res_id": self.id,
            "manager_name": self.display_name,
            "prepared_by": self.env.uid,
        }

    def _match_tags(self, entitlement_ids):
        """Yield (tag, ids): each entitlement once, with the first tag whose filter takes it."""
        left = sorted(entitlement_ids)
        for tag in self.batch_tag_ids.sorted("order"):
            domain = tag._get_domain()
            if domain.is_true():
                taken = left
            else:
                found = self.env["g2p.entitlement"].search(domain & Domain("id", "in", left))
                taken = sorted(found.ids)
            if taken:
                yield tag, taken
                gone = set(taken)
                left = [id_ for id_ in left if id_ not in gone]
        if left:
            yield self.env["g2p.payment.batch.tag"], left

    def _group_by_currency(self, entitlement_ids):
        rows = self.env.execute_query(
            SQL("SELECT id, currency_id FROM g2p_entitlement WHERE id = ANY(%s) ORDER BY id", entitlement_ids)
        )
        groups = {}
        for id_, currency_id in rows:
            groups.setdefault(currency_id, []).append(id_)
        return groups.items()

    # ---- Findings ---------------------------------------------------------------------------------------------
    def _write_findings(self, cycle, blocked):
        """Replace the cycle's findings: what was blocked now, and payees that share one account."""
        # sudo: findings are ours; officers read them only.
        model = self.env["g2p.payment.finding"].sudo()
        model.search([("cycle_id", "=", cycle.id)]).unlink()
        columns = [
            "cycle_id", "company_id", "entitlement_id", "partner_id", "severity", "code", "message", "amount",
            "currency_id",
        ]  # fmt: skip
        company = cycle.company_id.id
        rows = [
            (
                cycle.id, company, one.entitlement_id, one.partner_id, "blocked", one.problem_code, one.problem,
                one.amount, one.currency_id,
            )
            for one in blocked
        ]  # fmt: skip
        message = self.env._(
            "Another payment of this cycle goes to the same account. Check that this is right."
        )
        rows += [
            (cycle.id, company, entitlement, partner, "warning", "shared_account", message, amount, currency)
            for entitlement, partner, amount, currency in self._find_shared(cycle)
        ]
        set_insert(model, columns, rows)

    def _find_shared(self, cycle):
        """Return (entitlement, partner, amount, currency) of payments that share a payee with another."""
        return self.env.execute_query(
            SQL(
                """
                SELECT entitlement_id, partner_id, amount_issued::text, currency_id FROM (
                    SELECT p.*, count(*) OVER (PARTITION BY payee_id_type, payee_id_value, payee_bank_code) AS shared
                      FROM g2p_payment p
                     WHERE cycle_id = %s AND state <> 'cancelled' AND status IS DISTINCT FROM 'failed'
                       AND payee_id_value <> ''
                ) AS counted WHERE shared > 1 ORDER BY payee_id_value, id
                """,
                cycle.id,
            )
        )

    def _count_findings(self, cycle):
        counts = Counter(
            dict(
                self.env["g2p.payment.finding"]._read_group(
                    [("cycle_id", "=", cycle.id)], ["severity"], ["__count"]
                )
            )
        )
        return counts["blocked"], counts["warning"]
