from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..notify import notification
from . import constants


class G2PProgram(models.Model):
    _name = "g2p.program"
    _description = "Program"
    _inherit = ["mail.thread", "mail.activity.mixin", "job.relate.mixin", "g2p.guarded.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _guarded_fields = ("state", "date_ended", "locked", "locked_reason", "job_graph_uuid", "fund_version")

    MANAGER_ELIGIBILITY = constants.MANAGER_ELIGIBILITY
    MANAGER_CYCLE = constants.MANAGER_CYCLE
    MANAGER_PROGRAM = constants.MANAGER_PROGRAM
    MANAGER_ENTITLEMENT = constants.MANAGER_ENTITLEMENT
    MANAGER_DEDUPLICATION = constants.MANAGER_DEDUPLICATION
    MANAGER_NOTIFICATION = constants.MANAGER_NOTIFICATION
    MANAGER_PAYMENT = constants.MANAGER_PAYMENT
    MANAGER_MODELS = constants.MANAGER_MODELS

    name = fields.Char(required=True, tracking=True)
    description = fields.Text()
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    target_type = fields.Selection(
        [("group", "Group"), ("individual", "Individual")], default="group", required=True, tracking=True
    )
    state = fields.Selection(
        [("active", "Active"), ("ended", "Ended")], default="active", readonly=True, copy=False, tracking=True
    )
    date_ended = fields.Date(readonly=True, copy=False)
    separate_duties = fields.Boolean(
        default=True,
        tracking=True,
        help="Whoever prepared a cycle or an entitlement cannot approve it. Switching this off is written in the log.",
    )

    eligibility_managers = fields.Many2many("g2p.eligibility.manager", copy=False)
    program_managers = fields.Many2many("g2p.program.manager", copy=False)
    cycle_managers = fields.Many2many("g2p.cycle.manager", copy=False)
    entitlement_managers = fields.Many2many("g2p.program.entitlement.manager", copy=False)
    reconciliation_managers = fields.Selection([])

    program_membership_ids = fields.One2many("g2p.program_membership", "program_id", "Program Memberships")
    cycle_ids = fields.One2many("g2p.cycle", "program_id", "Cycles")
    have_members = fields.Boolean(compute="_compute_beneficiary_counts")
    eligible_beneficiaries_count = fields.Integer(
        "# Eligible Beneficiaries", compute="_compute_beneficiary_counts"
    )
    beneficiaries_count = fields.Integer("# Beneficiaries", compute="_compute_beneficiary_counts")
    duplicate_membership_count = fields.Integer("# Duplicates", compute="_compute_beneficiary_counts")
    cycles_count = fields.Integer("# Cycles", compute="_compute_cycles_count", store=True)

    # ---- constraints ----
    @api.constrains(*constants.SINGLE_MANAGER_FIELDS.values())
    def check_managers_limit(self):
        """Refuse a second manager where a program has one.

        :raise UserError: naming the programs and fields
        """
        wrong = [
            (program.display_name, self._fields[name].string)
            for program in self
            for name in constants.SINGLE_MANAGER_FIELDS.values()
            if name in self._fields and len(program[name]) > 1
        ]
        if wrong:
            lines = ", ".join(f"{program}: {field}" for program, field in wrong)
            raise UserError(self.env._("A program has only one manager of these kinds: %s.", lines))

    @api.constrains("target_type")
    def _check_target_type(self):
        for program in self:
            kind = program.target_type == "group"
            domain = [("program_id", "=", program.id), ("partner_id.is_group", "!=", kind)]
            if self.env["g2p.program_membership"].search_count(domain, limit=1):
                raise ValidationError(
                    self.env._(
                        "%s has members already, so its target type stays as it is.", program.display_name
                    )
                )

    # ---- compute ----
    def _compute_beneficiary_counts(self):
        groups = self.env["g2p.program_membership"]._read_group(
            [("program_id", "in", self.ids)], ["program_id", "state"], ["__count"]
        )
        counts = {}
        for program, state, count in groups:
            counts.setdefault(program.id, {})[state] = count
        for program in self:
            states = counts.get(program.id, {})
            program.beneficiaries_count = sum(states.values())
            program.eligible_beneficiaries_count = states.get("enrolled", 0)
            program.duplicate_membership_count = states.get("duplicated", 0)
            program.have_members = bool(states)

    @api.depends("cycle_ids")
    def _compute_cycles_count(self):
        for program in self:
            program.cycles_count = len(program.cycle_ids)

    # ---- CRUD ----
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_may_join_duties(vals)
        programs = super().create(vals_list)
        for program in programs:
            program._guarded_write(program.create_default_managers(program.id))
        return programs

    def write(self, vals):
        self._check_may_join_duties(vals)
        if vals.get("active") is False:
            self.filtered("active")._cancel_open_cycles()
        return super().write(vals)

    def unlink(self):
        for program in self:
            wrappers = [program[name] for name in program._get_manager_fields()]
            for manager in [wrapper.manager_ref_id for found in wrappers for wrapper in found]:
                if manager:
                    manager.exists().unlink()
            for found in wrappers:
                found.exists().unlink()
        return super().unlink()

    # ---- buttons ----
    def import_eligible_registrants(self):
        """Add every registrant that the eligibility managers accept, as drafts, to be enrolled next.

        :return: dict notification
        :raise UserError: without an eligibility manager, or when the program has ended or is locked
        """
        count = 0
        for program in self:
            managers = program.get_managers(constants.MANAGER_ELIGIBILITY)
            if not managers:
                raise UserError(self.env._("%s: No Eligibility Manager defined.", program.display_name))
            count += sum(manager.import_eligible_registrants("draft") or 0 for manager in managers)
        title = self.env._("Import")
        if self.filtered("locked"):
            return notification(title, self.env._("Import of %s registrants started.", count), kind="info")
        return notification(title, self.env._("%s registrants imported.", count))

    def enroll_eligible_registrants(self):
        """Enrol the members that are eligible.

        :return: dict notification
        :raise UserError: without members, or without a program manager
        """
        self._check_has_members(self.env._("No Registrants Added to Program"))
        return self._run_on_program_manager("enroll_eligible_registrants")

    def verify_eligibility(self):
        """Check enrolled and not eligible members again.

        :return: dict notification
        :raise UserError: without members, or without a program manager
        """
        self._check_has_members(self.env._("No Registrants Added to Program"))
        return self._run_on_program_manager("enroll_eligible_registrants", ["enrolled", "not_eligible"])

    def create_new_cycle(self):
        """Open the next cycle, with the members that are enrolled.

        :return: dict notification; the new cycle's form follows
        :raise UserError: without members or managers, or when the program has ended
        """
        self.check_access("write")
        self._check_active()
        self._check_has_members(self.env._("No Registrants Added to Program"))
        cycles = self.env["g2p.cycle"]
        for program in self:
            program._require_manager(constants.MANAGER_CYCLE)
            cycles |= program._require_manager(constants.MANAGER_PROGRAM).new_cycle()
        message = self.env._("New cycle %s created.", ", ".join(cycles.mapped("name")))
        then = cycles.open_cycle_form() if len(cycles) == 1 else None
        return notification(self.env._("Cycle"), message, then=then)

    def end_program(self):
        """End active programs: nobody is enrolled or entitled in them any more.

        :return: dict notification when some are not active, else True
        """
        return self._switch_state("active", "ended", fields.Date.context_today(self))

    def reactivate_program(self):
        """Make ended programs active again.

        :return: dict notification when some are not ended, else True
        """
        return self._switch_state("ended", "active", False)

    def open_eligible_beneficiaries_form(self):
        """Open the members of the program.

        :return: dict action
        """
        return self._open_children(self.env._("Beneficiaries"), "g2p.program_membership", [])

    def open_duplicate_membership_form(self):
        """Open the members marked as duplicates.

        :return: dict action
        """
        return self._open_children(
            self.env._("Duplicate Beneficiaries"), "g2p.program_membership", [("state", "=", "duplicated")]
        )

    def open_cycles_form(self):
        """Open the cycles of the program.

        :return: dict action
        """
        return self._open_children(self.env._("Cycles"), "g2p.cycle", [])

    # ---- business ----
    def get_beneficiaries(self, state=None, offset=0, limit=None, order=None, count=False):
        """Return the program's memberships.

        :param state: state or list of states, None for all
        :param int offset: how many to leave out
        :param int limit: how many at most
        :param str order: as in search
        :param bool count: return their number instead
        :return: g2p.program_membership records, or int
        """
        domain = [("program_id", "in", self.ids)]
        if state:
            domain.append(("state", "in", [state] if isinstance(state, str) else state))
        members = self.env["g2p.program_membership"]
        if count:
            return members.search_count(domain, limit=limit)
        return members.search(domain, offset=offset, limit=limit, order=order)

    def count_beneficiaries(self, state=None):
        """Return how many memberships the program has.

        :param state: state or list of states, None for all
        :return: dict {"value": int}
        """
        return {"value": self.get_beneficiaries(state, count=True)}

    def _cancel_open_cycles(self):
        """Cancel what an archived program still owes.

        :raise UserError: when a payment of it is on its way or made
        """
        states = (constants.STATE_DRAFT, constants.STATE_TO_APPROVE, constants.STATE_APPROVED)
        cycles = self.env["g2p.cycle"].search([("program_id", "in", self.ids), ("state", "in", states)])
        if cycles:
            cycles.mark_cancelled()

    def _check_may_join_duties(self, vals):
        """Refuse to let preparers approve, except to administrators: it would be the preparer who decides it.

        :raise AccessError: naming who may
        """
        if vals.get("separate_duties", True) or self.env.su:
            return
        if not self.env.user.has_group("g2p_registry_base.group_g2p_admin"):
            raise AccessError(
                self.env._(
                    "Only a G2P Administrator may let the same person prepare and approve in a program."
                )
            )

    def _switch_state(self, source, target, ended_on):
        programs = self or self.browse(self.env.context.get("active_ids", []))
        programs.check_access("write")
        right = programs.filtered(lambda program: program.state == source)
        right._guarded_write({"state": target, "date_ended": ended_on})
        if wrong := programs - right:
            message = self.env._(
                "These programs are not %(state)s: %(names)s.", state=source, names=wrong._get_names()
            )
            return notification(self.env._("Program"), message, kind="danger")
        return True

    def _get_names(self):
        return ", ".join(self.mapped("display_name"))

    def _check_active(self):
        """Refuse to work on programs that have ended or are archived.

        :raise UserError: naming them
        """
        if wrong := self.filtered(lambda program: program.state != "active" or not program.active):
            raise UserError(
                self.env._(
                    "These programs have ended or are archived: %s. Re-activate them first.",
                    wrong._get_names(),
                )
            )

    def _check_has_members(self, message):
        if any(not program.get_beneficiaries(count=True, limit=1) for program in self):
            raise UserError(message)

    def _open_children(self, title, model, domain):
        self.ensure_one()
        return {
            "name": title,
            "type": "ir.actions.act_window",
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("program_id", "=", self.id), *domain],
            "context": {"create": False, "default_program_id": self.id, "target_type": self.target_type},
        }
