import uuid
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import formatLang

from ..notify import notification
from ..sets import set_update, set_update_rows
from . import constants

#: ERN: a fixed one-to-one mapping of ids onto ten digits, so two of them can never be equal.
_ERN_FIRST, _ERN_SPACE, _ERN_FACTOR, _ERN_SHIFT = 1_000_000_000, 9_000_000_000, 3_580_196_323, 48_731


class G2PEntitlement(models.Model):
    _name = "g2p.entitlement"
    _description = "Entitlement"
    _inherit = "g2p.guarded.mixin"
    _order = "partner_id asc, id desc"
    _check_company_auto = True
    _guarded_fields = (
        "state",
        "ern",
        "code",
        "currency_id",
        "company_id",
        "program_id",
        "journal_id",
        "prepared_by",
        "approved_by",
        "date_approved",
    )
    #: What may be changed in a draft only, and makes whoever changes it the one who prepared it.
    _draft_fields = (
        "initial_amount",
        "transfer_fee",
        "partner_id",
        "cycle_id",
        "is_cash_entitlement",
        "valid_from",
        "valid_until",
    )

    name = fields.Char(compute="_compute_name")
    code = fields.Char(required=True, readonly=True, copy=False, default=lambda self: self._generate_code())
    ern = fields.Char("ERN", readonly=True, copy=False, help="Given at the first approval, and kept.")
    partner_id = fields.Many2one(
        "res.partner",
        "Beneficiary",
        required=True,
        ondelete="restrict",
        index=True,
        domain=[("is_registrant", "=", True)],
    )
    cycle_id = fields.Many2one("g2p.cycle", required=True, ondelete="restrict", check_company=True)
    program_id = fields.Many2one(
        "g2p.program",
        compute="_compute_from_cycle",
        store=True,
        precompute=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", compute="_compute_from_cycle", store=True, precompute=True)
    journal_id = fields.Many2one(
        "account.journal", compute="_compute_from_cycle", store=True, precompute=True
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_from_cycle", store=True, precompute=True)
    valid_from = fields.Date()
    valid_until = fields.Date(default=lambda self: fields.Date.context_today(self) + relativedelta(years=1))
    is_cash_entitlement = fields.Boolean("Cash Entitlement")
    initial_amount = fields.Monetary(required=True, help="What the beneficiary receives.")
    transfer_fee = fields.Monetary(
        default=0.0, help="What the transfer costs the program, on top of the amount."
    )
    balance = fields.Monetary(compute="_compute_balance")
    disbursement_id = fields.Many2one("account.payment", copy=False)
    service_fee_disbursement_id = fields.Many2one("account.payment", copy=False)
    prepared_by = fields.Many2one(
        "res.users", readonly=True, copy=False, default=lambda self: self.env.user, ondelete="restrict"
    )
    approved_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    date_approved = fields.Date(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending_validation", "Pending Approval"),
            ("approved", "Approved"),
            ("trans2FSP", "Transferred to FSP"),
            ("rdpd2ben", "Redeemed/Paid to Beneficiary"),
            ("rejected1", "Rejected: Beneficiary didn't want the entitlement"),
            ("rejected2", "Rejected: Beneficiary account does not exist"),
            ("rejected3", "Rejected: Other reason"),
            ("cancelled", "Cancelled"),
            ("expired", "Expired"),
        ],
        default="draft",
        required=True,
        copy=False,
        readonly=True,
    )

    _unique_code = models.Constraint("UNIQUE (code)", "The entitlement code must be unique.")
    _unique_ern = models.UniqueIndex("(ern) WHERE ern IS NOT NULL", "The ERN must be unique.")
    _one_alive = models.UniqueIndex(
        "(cycle_id, partner_id) WHERE state NOT IN ('cancelled', 'expired', 'rejected1', 'rejected2', 'rejected3')",
        "A beneficiary has one live entitlement in a cycle. Cancel the other one first.",
    )
    _by_cycle = models.Index("(cycle_id, state, id)")
    _by_program = models.Index("(program_id, state)")

    # ---- constraints ----
    @api.constrains("valid_from", "valid_until")
    def _check_valid_dates(self):
        if wrong := self.filtered(lambda e: e.valid_from and e.valid_until and e.valid_until < e.valid_from):
            raise ValidationError(
                self.env._("These entitlements end before they begin: %s.", ", ".join(wrong.mapped("code")))
            )

    @api.constrains("initial_amount", "transfer_fee", "currency_id")
    def _check_amount(self):
        problems = []
        for one in self:
            if text := self._explain_bad_amount(one.initial_amount, one.transfer_fee, one.currency_id):
                problems.append(f"{one.partner_id.display_name}: {text}")
        if problems:
            raise ValidationError("\n".join(problems))

    @api.constrains("partner_id", "cycle_id")
    def _check_beneficiary(self):
        payable = self._get_payable_partner_ids_by_cycle()
        if wrong := self.filtered(lambda one: one.partner_id.id not in payable[one.cycle_id]):
            raise ValidationError(
                self.env._(
                    "Only members enrolled in the program and the cycle and not disabled can be entitled, not: %s.",
                    ", ".join(wrong.partner_id.mapped("display_name")),
                )
            )

    # ---- compute ----
    @api.depends("cycle_id")
    def _compute_from_cycle(self):
        for one in self:
            # sudo: the program's settings hold for the entitlement whoever prepares it.
            program = one.cycle_id.sudo().program_id
            one.program_id = program
            one.company_id = program.company_id
            one.journal_id = program.journal_id
            one.currency_id = program.currency_id

    @api.depends("is_cash_entitlement", "initial_amount", "currency_id", "code")
    def _compute_name(self):
        for one in self:
            if one.is_cash_entitlement:
                amount = formatLang(self.env, one.initial_amount, currency_obj=one.currency_id)
                one.name = self.env._("Entitlement Cash [%s]", amount)
            else:
                one.name = self.env._("Entitlement (%s)", one.code)

    @api.depends("initial_amount")
    def _compute_balance(self):
        for one in self:
            one.balance = one.initial_amount

    # ---- CRUD ----
    @api.model_create_multi
    def create(self, vals_list):
        entitlements = super().create(vals_list)
        if not self._is_guarded_call():
            entitlements.cycle_id._check_draft()
        return entitlements

    def write(self, vals):
        if not self._is_guarded_call() and any(name in vals for name in self._draft_fields):
            self._check_draft()
            result = super().write(vals)
            return self._guarded_write({"prepared_by": self.env.uid}) and result
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if wrong := self.filtered(lambda e: e.state != "draft"):
            raise ValidationError(
                self.env._(
                    "Only draft entitlements are allowed to be deleted, not: %s.",
                    ", ".join(wrong[:20].mapped("code")),
                )
            )

    def _check_draft(self):
        if wrong := self.filtered(lambda e: e.state != "draft"):
            raise UserError(
                self.env._(
                    "Amount, beneficiary, cycle and dates can be changed in a draft only, not in: %s.",
                    ", ".join(wrong[:20].mapped("code")),
                )
            )

    # ---- buttons ----
    def approve_entitlement(self):
        """Approve these entitlements and reserve their money.

        :return: dict notification when some could not be approved, else True
        :raise ValidationError: when they are of several programs
        :raise AccessError: when the user may not approve here
        :raise UserError: when the user prepared some of them
        """
        self.check_access("read")
        if len(self.program_id) > 1:
            raise ValidationError(
                self.env._(
                    "You can approve any number of entitlement cycles only from a specific program at a time"
                )
            )
        if not self:
            return True
        manager = self.program_id._require_manager(constants.MANAGER_ENTITLEMENT)
        err, message = manager.approve_entitlements(self)
        if err:
            return notification(self.env._("Entitlement"), message, kind="danger", sticky=True)
        return True

    def open_entitlement_form(self):
        """Open the entitlement.

        :return: dict action
        """
        self.ensure_one()
        return self.program_id._require_manager(constants.MANAGER_ENTITLEMENT).open_entitlement_form(self)

    def open_disb_form(self):
        """Open the account payment of the entitlement, where an addon made one.

        :return: dict action
        """
        self.ensure_one()
        return {
            "name": self.env._("Disbursement"),
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "res_id": self.disbursement_id.id,
            "view_mode": "form",
            "context": {"create": False},
        }

    def can_be_used(self):
        """Return whether the beneficiary may claim it today.

        :return: bool
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        begun = not self.valid_from or self.valid_from <= today
        return self.state == "approved" and begun and (not self.valid_until or today <= self.valid_until)

    # ---- business ----
    @api.model
    def _generate_code(self):
        """Return a code that nobody can guess: 21 characters of a random UUID."""
        return uuid.uuid4().hex[:21]

    @api.model
    def _explain_bad_amount(self, amount, fee, currency):
        """Return why an amount and its fee cannot be paid, or "".

        :param float amount: what the beneficiary would receive
        :param float fee: what the transfer would cost
        :param currency: res.currency record
        :return: str
        """
        if amount <= 0:
            return self.env._("the amount is %s; it has to be more than zero", amount)
        if fee < 0:
            return self.env._("the transfer fee is %s; it cannot be negative", fee)
        for value in (amount, fee):
            if Decimal(str(value)) != Decimal(str(currency.round(value))):
                return self.env._(
                    "%(amount)s has more digits than %(currency)s can be paid in",
                    amount=value,
                    currency=currency.name,
                )
        return ""

    def _explain_not_approvable(self):
        """Return why entitlements cannot be approved: their own state, their cycle's, or their beneficiary's.

        :return: dict {id: str reason} of those that cannot
        """
        # sudo: disabled registrants and ended programs may be hidden from the user, and are what is looked for.
        entitlements = self.sudo()
        entitlements.invalidate_recordset(["state"])
        payable = entitlements._get_payable_partner_ids_by_cycle()
        reasons = {}
        for one in entitlements:
            cycle = one.cycle_id
            if one.state not in ("draft", "pending_validation"):
                reasons[one.id] = self.env._("it is not waiting for approval")
            elif cycle.state != constants.STATE_APPROVED:
                reasons[one.id] = self.env._("its cycle is not approved")
            elif cycle.program_id.state != "active" or not cycle.program_id.active:
                reasons[one.id] = self.env._("its program has ended or is archived")
            elif one.partner_id.id not in payable[cycle]:
                reasons[one.id] = self.env._(
                    "the beneficiary is disabled, or not enrolled in program and cycle"
                )
        return reasons

    def _get_payable_partner_ids_by_cycle(self):
        """Return {cycle: set of ids of those partners of these entitlements that may be owed something}."""
        return {
            cycle: cycle._get_payable_partner_ids(owed.partner_id.ids)
            for cycle, owed in self.grouped("cycle_id").items()
        }

    def _format_problems(self, problems):
        """Return one text for {id: reason}, naming beneficiaries."""
        if not problems:
            return ""
        shown = dict(list(problems.items())[:20])
        lines = [f"{one.partner_id.display_name}: {shown[one.id]}" for one in self.sudo().browse(shown)]
        # sudo: disabled registrants may be hidden from the user, and are what the message is about.
        if len(problems) > len(shown):
            lines.append(self.env._("… and %s more", len(problems) - len(shown)))
        return self.env._("Not approved: %s.", "; ".join(lines))

    def _set_approved(self):
        """Approve: the caller has checked the actor's right and the fund."""
        # sudo: approving is a right of its own; approvers need no right to write on entitlements.
        waiting = self.sudo()
        count = len(waiting)
        set_update_rows(
            waiting,
            {
                "state": ["approved"] * count,
                "approved_by": [self.env.uid] * count,
                "date_approved": [fields.Date.context_today(self)] * count,
                "ern": [self._make_ern(id_) for id_ in waiting._ids],
            },
            legal_from=("draft", "pending_validation"),
        )
        self._forget_sums()

    def _forget_sums(self):
        """Let what is summed over entitlements be read anew: it is not stored, so nothing else marks it."""
        self.env["g2p.cycle"].invalidate_model(self.env["g2p.cycle"]._get_sum_fields(), flush=False)
        self.env["g2p.program"].invalidate_model(["fund_balance"], flush=False)

    @staticmethod
    def _make_ern(id_):
        return str(_ERN_FIRST + (id_ * _ERN_FACTOR + _ERN_SHIFT) % _ERN_SPACE)

    def _set_cancelled(self):
        """Cancel, with the payments that nobody has sent yet: the caller has checked the actor's right.

        :raise UserError: when a payment is on its way or made, or one is not to be cancelled any more
        """
        self._cancel_open_payments()
        set_update(self, {"state": "cancelled"}, legal_from=("draft", "pending_validation", "approved"))
        self._forget_sums()

    def _cancel_open_payments(self):
        """Cancel the payments of these entitlements that nobody has sent yet; whoever knows of payments does it.

        :raise UserError: naming the payments that are on their way or made
        """

    def _get_expirable_domain(self):
        """Return the domain of what expires today; whoever knows of payments leaves out those on their way or made."""
        today = fields.Date.context_today(self)
        return Domain("state", "=", "approved") & Domain("valid_until", "<", today)

    @api.autovacuum
    def _gc_mark_expired_entitlement(self):
        """Expire what was approved and not paid in time."""
        limit = 10000
        expired = self.search(self._get_expirable_domain(), limit=limit)
        expired._cancel_open_payments()
        set_update(expired, {"state": "expired"}, legal_from=("approved",))
        return len(expired), len(expired) == limit
