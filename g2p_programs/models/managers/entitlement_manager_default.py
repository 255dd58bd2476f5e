from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import split_every

from ...notify import notification
from ...sets import SLICE, check_rows, set_insert, set_update
from ...slices import range_domain

_OPEN = ("draft", "pending_validation")
_CANCELLABLE = (*_OPEN, "approved")


class DefaultEntitlementManager(models.Model):
    _name = "g2p.program.entitlement.manager.default"
    _description = "Default Entitlement Manager"
    _inherit = ["g2p.base.program.entitlement.manager", "g2p.manager.source.mixin"]

    amount_per_cycle = fields.Monetary(default=0.0)
    amount_per_individual_in_group = fields.Monetary(default=0.0)
    max_individual_in_group = fields.Integer(
        default=0, string="Maximum number of individual in group", help="0 means no limit"
    )
    transfer_fee_pct = fields.Float("Transfer Fee(%)", digits=(5, 2), default=0.0)
    transfer_fee_amt = fields.Monetary("Transfer Fee Amount", default=0.0)
    currency_id = fields.Many2one("res.currency", related="program_id.currency_id")

    @api.constrains(
        "amount_per_cycle",
        "amount_per_individual_in_group",
        "max_individual_in_group",
        "transfer_fee_pct",
        "transfer_fee_amt",
    )
    def _check_amounts(self):
        names = (
            "amount_per_cycle",
            "amount_per_individual_in_group",
            "max_individual_in_group",
            "transfer_fee_pct",
            "transfer_fee_amt",
        )
        for manager in self:
            if negative := [self._fields[name].string for name in names if manager[name] < 0]:
                raise ValidationError(
                    self.env._(
                        "%(name)s: these cannot be negative: %(fields)s.",
                        name=manager.display_name,
                        fields=", ".join(negative),
                    )
                )
            if manager.transfer_fee_pct and manager.transfer_fee_amt:
                raise ValidationError(
                    self.env._(
                        "%s: give the transfer fee as a percentage or as an amount.", manager.display_name
                    )
                )

    @api.onchange("transfer_fee_pct")
    def on_transfer_fee_pct_change(self):
        """A percentage takes the place of a fixed fee."""
        if self.transfer_fee_pct > 0:
            self.transfer_fee_amt = 0.0

    @api.onchange("transfer_fee_amt")
    def on_transfer_fee_amt_change(self):
        """A fixed fee takes the place of a percentage."""
        if self.transfer_fee_amt > 0:
            self.transfer_fee_pct = 0.0

    # ---- preparing ----
    @api.private
    def prepare_entitlements(self, cycle, beneficiaries):
        """Prepare the entitlements of those members that have none alive, and say in the chatter who got none and why.

        :param cycle: g2p.cycle record, a draft
        :param beneficiaries: g2p.cycle.membership records of the cycle
        :return: g2p.entitlement records created, or None
        """
        self.ensure_one()
        cycle._check_draft()
        created, blocked = [], []
        for part in split_every(SLICE, beneficiaries.ids, list):
            partners = self._get_partners_to_entitle(cycle, part)
            rows, refused = self._prepare_rows(cycle, partners)
            blocked += refused
            created += set_insert(self.env["g2p.entitlement"], self._get_entitlement_columns(), rows)
        if blocked:
            cycle._post_blocked(blocked)
        return self.env["g2p.entitlement"].browse(created) if created else None

    def _get_partners_to_entitle(self, cycle, membership_ids):
        """Return the partners of these cycle memberships that may be entitled and are not.

        :param cycle: g2p.cycle record
        :param list membership_ids: ids of g2p.cycle.membership
        :return: res.partner records
        """
        members = self.env["g2p.cycle.membership"].browse(membership_ids)
        ids = [member.partner_id.id for member in members if member.cycle_id == cycle]
        wanted = cycle._get_payable_partner_ids(ids) - cycle._get_entitled_partner_ids(ids)
        return self.env["res.partner"].browse([id_ for id_ in ids if id_ in wanted])

    def _get_entitlement_columns(self):
        """Return the columns of a new entitlement, in the order of :meth:`_prepare_entitlement_row`."""
        return [
            "cycle_id",
            "program_id",
            "company_id",
            "journal_id",
            "currency_id",
            "valid_from",
            "valid_until",
            "is_cash_entitlement",
            "state",
            "prepared_by",
            "partner_id",
            "code",
            "initial_amount",
            "transfer_fee",
        ]

    def _prepare_rows(self, cycle, partners):
        """Return (rows to insert, [(partner id, reason)] of those that cannot be entitled)."""
        program = cycle.program_id
        constant = (
            cycle.id,
            program.id,
            program.company_id.id,
            program.journal_id.id,
            program.currency_id.id,
            cycle.start_date,
            cycle.end_date,
            self.IS_CASH_ENTITLEMENT,
            "draft",
            self.env.uid,
        )
        counts = self._get_member_counts(partners)
        generate = self.env["g2p.entitlement"]._generate_code
        checked = {}
        rows, blocked = [], []
        for partner in partners:
            amount = self._calculate_amount(partner, counts.get(partner.id, 0))
            if amount not in checked:
                fee = self._calculate_fee(amount, program.currency_id)
                checked[amount] = fee, self._explain_bad_amount(amount, fee, program.currency_id)
            fee, problem = checked[amount]
            if problem:
                blocked.append((partner.id, problem))
            else:
                rows.append((*constant, partner.id, generate(), amount, fee))
        return rows, blocked

    def _get_member_counts(self, partners):
        """Return {group id: number of members}, empty where the amount does not depend on it."""
        if self.program_id.target_type != "group" or not self.amount_per_individual_in_group:
            return {}
        return partners._g2p_member_counts()

    def _calculate_amount(self, beneficiary, num_individuals):
        """Return what a beneficiary is owed in one cycle.

        :param beneficiary: res.partner record
        :param int num_individuals: members of the group, 0 for an individual
        :return: float, in the program's currency
        """
        amount = Decimal(str(self.amount_per_cycle))
        if num_individuals:
            if self.max_individual_in_group:
                num_individuals = min(num_individuals, self.max_individual_in_group)
            amount += Decimal(str(self.amount_per_individual_in_group)) * num_individuals
        return float(amount)

    def _calculate_fee(self, amount, currency):
        """Return the fee of a transfer of ``amount``: the programme's cost, on top of what the payee receives."""
        if self.transfer_fee_pct:
            exact = Decimal(str(amount)) * Decimal(str(self.transfer_fee_pct)) / 100
            return currency.round(float(exact))
        return self.transfer_fee_amt

    def _explain_bad_amount(self, amount, fee, currency):
        """Return why this cannot be paid, or ""."""
        return self.env["g2p.entitlement"]._explain_bad_amount(amount, fee, currency)

    # ---- submitting ----
    @api.private
    def set_pending_validation_entitlements(self, cycle):
        """Submit the cycle's draft entitlements: the caller has checked who submits.

        :param cycle: g2p.cycle record
        """
        self._set_pending_validation_entitlements(cycle.get_entitlements(["draft"]))

    def _set_pending_validation_entitlements(self, entitlements):
        set_update(entitlements, {"state": "pending_validation"}, legal_from=("draft",))

    # ---- approving ----
    @api.private
    def validate_entitlements(self, cycle):
        """Approve what the cycle has waiting, or nothing when the fund is too small; in jobs when it is much.

        :param cycle: g2p.cycle record
        :return: dict notification
        """
        self._check_may_approve()
        cycle._check_not_locked()
        title = self.env._("Entitlements")
        query = self.env["g2p.entitlement"]._search(cycle._get_entitlement_domain(list(_OPEN)))
        if self._is_long(len(query)):
            return self._validate_entitlements_async(cycle, query)
        entitlements = cycle.get_entitlements(list(_OPEN))
        if not entitlements:
            return notification(title, self.env._("Nothing is waiting for approval."), kind="info")
        err, message = self._validate_entitlements(entitlements)
        if err:
            return notification(title, message, kind="danger", sticky=True)
        return notification(title, self.env._("%s entitlements approved.", len(entitlements)))

    def _validate_entitlements(self, entitlements):
        return self.approve_entitlements(entitlements)

    def _validate_entitlements_async(self, cycle, query):
        """Cut an approval into jobs, after looking once whether the fund can carry all of it."""
        title = self.env._("Entitlements")
        waiting = cycle._get_entitlement_domain(list(_OPEN))
        mine = self.env["g2p.entitlement"].search(waiting & Domain("prepared_by", "=", self.env.uid), limit=1)
        self._check_not_preparer(mine)
        needed = cycle.program_id._sum_entitlements(waiting)
        if message := cycle.program_id._explain_shortage(needed):
            return notification(title, message, kind="danger", sticky=True)
        self._in_jobs(
            cycle,
            query,
            self.env._("Approval of entitlements started."),
            "root.root_program.cycle",
            lambda job, low, high: job._validate_range(cycle, low, high),
            lambda job: job.mark_job_as_done(cycle, self.env._("Entitlements Validated and Approved.")),
        )
        started = self.env._("Approval of %s entitlements started.", len(query))
        return notification(title, started, kind="info", sticky=True)

    def _validate_range(self, cycle, id_from, id_to):
        """Approve the waiting entitlements of an id range: the work of one job."""
        domain = cycle._get_entitlement_domain(list(_OPEN)) & range_domain(id_from, id_to)
        err, message = self._validate_entitlements(self.env["g2p.entitlement"].search(domain))
        if err:
            cycle.sudo().message_post(body=message)  # sudo: approvers need no right to write on cycles
        return message

    @api.private
    def approve_entitlements(self, entitlements):
        """Approve entitlements and reserve their money: all that can be approved, or none when the fund is too small.

        :param entitlements: g2p.entitlement records of one program
        :return: (int not approved, str message)
        :raise AccessError: when the user may not approve here
        :raise UserError: when the user prepared some of them
        """
        self._check_may_approve()
        if not entitlements:
            return 0, ""
        check_rows(entitlements, "read")
        # The version of every fund moves on before anything is read: of two approvals at once, one is run again.
        program = entitlements.sudo().program_id
        program._claim_fund()
        problems = entitlements._explain_not_approvable()
        good = entitlements.browse([id_ for id_ in entitlements.ids if id_ not in problems])
        self._check_not_preparer(good)
        needed = {one: one._sum_entitlements([("id", "in", good.ids)]) for one in program}
        shortages = [text for one in program if (text := one._explain_shortage(needed[one]))]
        if shortages:
            return len(entitlements), " ".join(shortages)
        # sudo: approving is a right of its own, checked above; approvers need no right to write.
        good._set_approved()
        return len(problems), entitlements._format_problems(problems)

    # ---- cancelling ----
    @api.private
    def cancel_entitlements(self, cycle):
        """Cancel what the cycle still owes.

        :param cycle: g2p.cycle record
        :raise UserError: when a payment of it is on its way or made
        """
        self._cancel_entitlements(cycle.get_entitlements(list(_CANCELLABLE)))

    def _cancel_entitlements(self, entitlements):
        """Cancel entitlements, and with them their payments that nobody has sent yet."""
        entitlements._set_cancelled()

    # ---- screens ----
    @api.private
    def open_entitlements_form(self, cycle):
        """Open the cycle's entitlements.

        :param cycle: g2p.cycle record
        :return: dict action
        """
        return {
            "name": self.env._("Cycle Entitlements"),
            "type": "ir.actions.act_window",
            "res_model": "g2p.entitlement",
            "view_mode": "list,form",
            "views": [
                (self.env.ref("g2p_programs.view_entitlement_tree").id, "list"),
                (self.env.ref("g2p_programs.view_entitlement_form").id, "form"),
            ],
            "domain": [("cycle_id", "=", cycle.id)],
            "context": {"create": False, "default_cycle_id": cycle.id},
        }

    @api.private
    def open_entitlement_form(self, rec):
        """Open one entitlement.

        :param rec: g2p.entitlement record
        :return: dict action
        """
        return {
            "name": self.env._("Entitlement"),
            "type": "ir.actions.act_window",
            "res_model": "g2p.entitlement",
            "res_id": rec.id,
            "view_mode": "form",
            "views": [(self.env.ref("g2p_programs.view_entitlement_form").id, "form")],
            "target": "new",
        }
