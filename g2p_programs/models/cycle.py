from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from . import constants


class G2PCycle(models.Model):
    _name = "g2p.cycle"
    _description = "Cycle"
    _inherit = ["mail.thread", "mail.activity.mixin", "job.relate.mixin", "g2p.guarded.mixin"]
    _order = "sequence asc, id asc"
    _check_company_auto = True
    _guarded_fields = (
        "state",
        "approved_date",
        "approved_by",
        "prepared_by",
        "submitted_by",
        "auto_approve_entitlements",
        "currency_id",
        "company_id",
        "locked",
        "locked_reason",
        "job_graph_uuid",
    )
    #: What may be changed in a draft only.
    _draft_fields = ("name", "program_id", "start_date", "end_date")

    STATE_DRAFT = constants.STATE_DRAFT
    STATE_TO_APPROVE = constants.STATE_TO_APPROVE
    STATE_APPROVED = constants.STATE_APPROVED
    STATE_CANCELED = constants.STATE_CANCELLED
    STATE_DISTRIBUTED = constants.STATE_DISTRIBUTED
    STATE_ENDED = constants.STATE_ENDED

    name = fields.Char(required=True, tracking=True)
    program_id = fields.Many2one(
        "g2p.program", required=True, ondelete="restrict", index=True, check_company=True
    )
    company_id = fields.Many2one("res.company", compute="_compute_from_program", store=True, precompute=True)
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_from_program", store=True, precompute=True
    )
    auto_approve_entitlements = fields.Boolean(compute="_compute_from_program", store=True, precompute=True)
    sequence = fields.Integer(required=True, readonly=True, default=1)
    start_date = fields.Date(required=True, tracking=True)
    end_date = fields.Date(required=True, tracking=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", "To Approve"),
            ("approved", "Approved"),
            ("distributed", "Distributed"),
            ("cancelled", "Canceled"),
            ("ended", "Ended"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    prepared_by = fields.Many2one(
        "res.users", readonly=True, copy=False, default=lambda self: self.env.user, ondelete="restrict"
    )
    submitted_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    approved_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    approved_date = fields.Datetime(readonly=True, copy=False)

    cycle_membership_ids = fields.One2many("g2p.cycle.membership", "cycle_id", "Cycle Memberships")
    entitlement_ids = fields.One2many("g2p.entitlement", "cycle_id", "Entitlements")
    members_count = fields.Integer("# Beneficiaries", compute="_compute_members_count")
    entitlements_count = fields.Integer("# Entitlements", compute="_compute_entitlement_sums")
    total_amount = fields.Monetary(
        compute="_compute_entitlement_sums",
        help="What beneficiaries receive, of all entitlements that are alive.",
    )
    total_fee = fields.Monetary("Total Transfer Fees", compute="_compute_entitlement_sums")
    total_amount_in_words = fields.Char(compute="_compute_total_amount_in_words")
    show_approve_entitlements_button = fields.Boolean(
        compute="_compute_entitlement_sums", help="Nothing waits for approval: the button is hidden."
    )

    can_approve = fields.Boolean(compute="_compute_can_approve")
    can_approve_entitlements = fields.Boolean(compute="_compute_can_approve")

    _unique_name = models.Constraint(
        "UNIQUE (name, program_id)", "The name of a cycle is unique in its program."
    )

    # ---- constraints ----
    @api.constrains("start_date", "end_date")
    def _check_dates(self):
        if wrong := self.filtered(lambda cycle: cycle.end_date < cycle.start_date):
            raise ValidationError(
                self.env._("These cycles end before they begin: %s.", ", ".join(wrong.mapped("display_name")))
            )

    # ---- compute ----
    @api.depends("program_id")
    def _compute_from_program(self):
        for cycle in self:
            # sudo: the program's settings hold for the cycle whoever opens it.
            program = cycle.program_id.sudo()
            cycle.company_id = program.company_id
            cycle.currency_id = program.currency_id
            manager = program and program.get_manager(constants.MANAGER_CYCLE)
            cycle.auto_approve_entitlements = bool(manager and manager.auto_approve_entitlements)

    def _compute_members_count(self):
        counts = dict(
            self.env["g2p.cycle.membership"]._read_group(
                [("cycle_id", "in", self.ids), ("state", "=", "enrolled")], ["cycle_id"], ["__count"]
            )
        )
        for cycle in self:
            cycle.members_count = counts.get(cycle._origin, 0)

    def _compute_entitlement_sums(self):
        groups = self.env["g2p.entitlement"]._read_group(
            [("cycle_id", "in", self.ids), ("state", "not in", constants.ENTITLEMENT_DEAD_STATES)],
            ["cycle_id", "state"],
            ["__count", "initial_amount:sum", "transfer_fee:sum"],
        )
        sums = {}
        for cycle, state, count, amount, fee in groups:
            sums.setdefault(cycle.id, []).append((state, count, amount or 0.0, fee or 0.0))
        for cycle in self:
            rows = sums.get(cycle._origin.id, [])
            cycle.entitlements_count = sum(row[1] for row in rows)
            cycle.total_amount = sum(row[2] for row in rows)
            cycle.total_fee = sum(row[3] for row in rows)
            waiting = any(row[0] in ("draft", "pending_validation") for row in rows)
            cycle.show_approve_entitlements_button = bool(rows) and not waiting

    @api.model
    def _get_sum_fields(self):
        """Return the names of what is summed over the rows of a cycle."""
        names = ["members_count", "entitlements_count", "total_amount", "total_fee", "total_amount_in_words"]
        return [*names, "show_approve_entitlements_button"]

    @api.depends("total_amount", "currency_id")
    def _compute_total_amount_in_words(self):
        for cycle in self:
            currency = cycle.currency_id
            cycle.total_amount_in_words = currency.amount_to_text(cycle.total_amount) if currency else ""

    @api.depends_context("uid")
    def _compute_can_approve(self):
        """Say which buttons to show; approving checks again."""
        for cycle in self:
            program = cycle.program_id
            manager = program and program.get_manager(constants.MANAGER_CYCLE)
            cycle.can_approve = bool(manager) and manager._may_approve_cycles()
            manager = program and program.get_manager(constants.MANAGER_ENTITLEMENT)
            cycle.can_approve_entitlements = bool(manager) and manager._may_approve()

    @api.onchange("start_date")
    def on_start_date_change(self):
        """Set the end that goes with the start."""
        manager = self.program_id and self.program_id.get_manager(constants.MANAGER_CYCLE)
        if manager:
            manager.on_start_date_change(self)

    # ---- CRUD ----
    @api.model_create_multi
    def create(self, vals_list):
        cycles = super().create(vals_list)
        cycles.program_id._check_active()
        return cycles

    def write(self, vals):
        if not self._is_guarded_call() and any(name in vals for name in self._draft_fields):
            self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        """Refuse to delete cycles in which something has happened.

        :raise ValidationError: naming them, each with its reason
        """
        problems = []
        owed = (
            self.env["g2p.entitlement"]
            .sudo()
            ._read_group([("cycle_id", "in", self.ids)], ["cycle_id"], ["state:array_agg"])
        )
        # sudo: what stands in the way does so whoever asks.
        states = {cycle.id: set(found) for cycle, found in owed}
        members = (
            self.env["g2p.cycle.membership"].sudo()._read_group([("cycle_id", "in", self.ids)], ["cycle_id"])
        )
        filled = {cycle.id for (cycle,) in members}
        for cycle in self:
            if states.get(cycle.id, set()) - {"draft", "pending_validation"}:
                text = self.env._("A cycle for which entitlements have been approved cannot be deleted.")
            elif states.get(cycle.id):
                text = self.env._("Cycle cannot be deleted when Entitlements have been added to the cycle.")
            elif cycle.state == constants.STATE_APPROVED:
                text = self.env._("Once a cycle has been approved, it cannot be deleted.")
            elif cycle.state != constants.STATE_DRAFT:
                text = self.env._("Delete only draft cycles with no approved entitlements.")
            elif cycle.id in filled:
                text = self.env._("Cycle cannot be deleted when beneficiaries are present in the cycle.")
            else:
                continue
            problems.append(f"{cycle.display_name}: {text}")
        if problems:
            raise ValidationError("\n".join(problems))

    # ---- business ----
    def get_beneficiaries(self, state=None, offset=0, limit=None, order=None, count=False):
        """Return the cycle's memberships.

        :param state: state or list of states, None for all
        :param int offset: how many to leave out
        :param int limit: how many at most
        :param str order: as in search
        :param bool count: return their number instead
        :return: g2p.cycle.membership records, or int
        """
        domain = Domain("cycle_id", "in", self.ids)
        if state:
            domain &= Domain("state", "in", [state] if isinstance(state, str) else state)
        members = self.env["g2p.cycle.membership"]
        if count:
            return members.search_count(domain, limit=limit)
        return members.search(domain, offset=offset, limit=limit, order=order)

    def get_entitlements(
        self, state=None, entitlement_model="g2p.entitlement", offset=0, limit=None, order=None, count=False
    ):
        """Return what the cycle owes.

        :param state: state or list of states, None for all
        :param str entitlement_model: model to search, for entitlements that are not money
        :param int offset: how many to leave out
        :param int limit: how many at most
        :param str order: as in search
        :param bool count: return their number instead
        :return: records of that model, or int
        """
        domain = self._get_entitlement_domain([state] if isinstance(state, str) else state)
        if count:
            return self.env[entitlement_model].search_count(domain, limit=limit)
        return self.env[entitlement_model].search(domain, offset=offset, limit=limit, order=order)

    def _get_entitlement_domain(self, states=None):
        domain = Domain("cycle_id", "in", self.ids)
        return domain & Domain("state", "in", list(states)) if states else domain

    def _get_member_partner_ids(self, partner_ids, state=None):
        """Return those of these partners that are members of the cycle, in ``state`` if given, as a set of ids."""
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM g2p_cycle_membership WHERE cycle_id = %s AND partner_id = ANY(%s)%s",
                self.id,
                list(partner_ids),
                SQL(" AND state = %s", state) if state else SQL(),
            )
        )
        return {row[0] for row in rows}

    def _get_entitled_partner_ids(self, partner_ids):
        """Return those of these partners that have a live entitlement of the cycle, as a set of ids."""
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM g2p_entitlement"
                " WHERE cycle_id = %s AND state NOT IN %s AND partner_id = ANY(%s)",
                self.id,
                constants.ENTITLEMENT_DEAD_STATES,
                list(partner_ids),
            )
        )
        return {row[0] for row in rows}

    def _get_payable_partner_ids(self, partner_ids):
        """Return those of these partners that may be owed something of the cycle, as a set of ids.

        They are enrolled in the program and in the cycle, and not disabled.
        """
        return self.program_id._get_enrolled_partner_ids(
            self._get_member_partner_ids(partner_ids, "enrolled")
        )

    def _count_members_without_entitlement(self):
        """Return how many enrolled members of the cycle have no live entitlement of it."""
        members = self.get_beneficiaries("enrolled", count=True)
        alive = Domain("cycle_id", "in", self.ids) & Domain(
            "state", "not in", constants.ENTITLEMENT_DEAD_STATES
        )
        return max(members - self.env["g2p.entitlement"].search_count(alive), 0)

    def _post_blocked(self, blocked):
        """Say in the chatter who could not be entitled, and why.

        :param list blocked: (id of res.partner, str reason)
        """
        shown = 100
        names = self.env["res.partner"].browse([id_ for id_, _reason in blocked[:shown]])
        lines = [
            f"{partner.display_name}: {reason}"
            for partner, (_id, reason) in zip(names, blocked, strict=False)
        ]
        if len(blocked) > shown:
            lines.append(self.env._("… and %s more.", len(blocked) - shown))
        head = self.env._("%s beneficiaries have no entitlement:", len(blocked))
        self._post_lines(head, lines)

    def _check_draft(self):
        """Refuse to change cycles that are no drafts.

        :raise UserError: naming them
        """
        if wrong := self.filtered(lambda cycle: cycle.state != constants.STATE_DRAFT):
            raise UserError(
                self.env._(
                    "The Cycle is not in draft mode: %s. Reset it to draft first.",
                    ", ".join(wrong.mapped("display_name")),
                )
            )
