from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...slices import range_domain


class EligibilityManager(models.Model):
    _name = "g2p.eligibility.manager"
    _description = "Eligibility Manager"
    _inherit = "g2p.manager.mixin"

    program_id = fields.Many2one("g2p.program", ondelete="cascade", index=True)

    @api.model
    def _selection_manager_ref_id(self):
        selection = super()._selection_manager_ref_id()
        new = ("g2p.program_membership.manager.default", self.env._("Default Eligibility"))
        return selection if new in selection else [*selection, new]


class BaseEligibilityManager(models.AbstractModel):
    """Who may be enrolled. The name is upstream's, and dependent addons inherit it."""

    _name = "g2p.program_membership.manager"
    _description = "Base Eligibility"
    _inherit = "base.programs.manager"

    name = fields.Char("Manager Name", required=True)
    program_id = fields.Many2one("g2p.program", required=True, ondelete="cascade", index=True)

    @api.private
    def enroll_eligible_registrants(self, program_memberships):
        """Return those of the program memberships whose registrants are eligible; write nothing.

        :param program_memberships: g2p.program_membership records
        :return: g2p.program_membership records
        """
        return program_memberships

    @api.private
    def verify_cycle_eligibility(self, cycle, membership):
        """Return those of the cycle memberships whose registrants are eligible; write nothing.

        :param cycle: g2p.cycle record
        :param membership: g2p.cycle.membership records
        :return: g2p.cycle.membership records of that cycle only
        """
        return membership.filtered(lambda m: m.cycle_id == cycle)

    def import_eligible_registrants(self, state=None):
        """Add every eligible registrant that is no member yet.

        :param str state: program membership state to give, "draft" when empty
        :return: int, how many were added or are being added by jobs
        """
        return 0


class DefaultEligibilityManager(models.Model):
    _name = "g2p.program_membership.manager.default"
    _description = "Default Eligibility"
    _inherit = ["g2p.program_membership.manager", "g2p.manager.source.mixin"]

    eligibility_domain = fields.Text(string="Domain", default="[]", required=True)

    @api.constrains("eligibility_domain")
    def _check_eligibility_domain(self):
        for manager in self:
            manager._parse_domain(manager.eligibility_domain, "res.partner")

    def import_eligible_registrants(self, state=None):
        """Add every eligible registrant that is no member yet, in jobs when they are many.

        :param str state: program membership state to give: draft (default) or enrolled
        :return: int, how many were added or are being added by jobs
        :raise AccessError: when the user may not create program memberships
        :raise UserError: when the program is locked or ended, or the state cannot be given
        """
        self.ensure_one()
        state = state or "draft"
        memberships = self.env["g2p.program_membership"]
        memberships.check_access("create")
        self.program_id.check_access("write")
        self.program_id._check_active()
        if state not in ("draft", "enrolled"):
            raise UserError(self.env._("Registrants are added as draft or enrolled, not as %s.", state))
        self.program_id._check_not_locked()
        query = self._query_importable()
        count = self.env.execute_query(query.select(SQL("COUNT(*)")))[0][0]
        if self._is_long(count):
            self._import_registrants_async(query, state)
            return count
        return len(self.program_id._insert_members(query, state))

    @api.private
    def mark_import_as_done(self):
        """Release the program when the last part of an import is done."""
        self.ensure_one()
        self.program_id.check_access("write")
        self.program_id._release_lock(self.env._("Import finished."))

    @api.private
    def enroll_eligible_registrants(self, program_memberships):
        """Return the memberships of this manager's program whose registrants are eligible.

        :param program_memberships: g2p.program_membership records
        :return: g2p.program_membership records
        """
        eligible = set(self._verify_eligibility(program_memberships))
        return program_memberships.filtered(
            lambda m: m.partner_id.id in eligible and m.program_id == self.program_id
        )

    @api.private
    def verify_cycle_eligibility(self, cycle, membership):
        """Return the memberships of this cycle whose registrants are eligible.

        :param cycle: g2p.cycle record
        :param membership: g2p.cycle.membership records
        :return: g2p.cycle.membership records of that cycle only
        """
        membership = super().verify_cycle_eligibility(cycle, membership)
        eligible = set(self._verify_eligibility(membership))
        return membership.filtered(lambda m: m.partner_id.id in eligible)

    def _prepare_eligible_domain(self, membership=None):
        """Return the domain of eligible partners, among those of ``membership`` when given.

        :param membership: records with a partner_id
        :return: Domain on res.partner
        """
        domain = Domain("is_registrant", "=", True) & Domain("disabled", "=", False)
        domain &= Domain("is_group", "=", self.program_id.target_type == "group")
        if company := self.program_id.company_id:
            domain &= Domain("company_id", "=", False) | Domain("company_id", "parent_of", company.id)
        if membership is not None:
            domain &= Domain("id", "in", membership.partner_id.ids)
        return domain & self._parse_domain(self.eligibility_domain, "res.partner")

    def _verify_eligibility(self, membership):
        """Return the ids of the eligible partners of ``membership``.

        :param membership: records with a partner_id
        :return: list of int
        """
        return self.env["res.partner"].search(self._prepare_eligible_domain(membership)).ids

    def _query_importable(self, domain=Domain.TRUE):
        """Return the query of the eligible partners that are no members yet.

        :param domain: further domain on res.partner
        :return: Query
        """
        query = self.env["res.partner"]._search(self._prepare_eligible_domain() & Domain(domain))
        return self.program_id._leave_out_members(query)

    def _import_registrants_async(self, query, state="draft"):
        """Cut the import of what ``query`` finds into jobs."""
        self._in_jobs(
            self.program_id,
            query,
            self.env._("Import of registrants started."),
            "root.root_program.eligibility_manager",
            lambda job, low, high: job._import_range(state, low, high),
            lambda job: job.mark_import_as_done(),
        )

    def _import_range(self, state, id_from, id_to):
        """Import the eligible partners of an id range: the work of one job."""
        return len(
            self.program_id._insert_members(self._query_importable(range_domain(id_from, id_to)), state)
        )

    def _import_registrants(self, partners, state="draft", do_count=False):
        """Add the eligible ones of ``partners``.

        :param partners: res.partner records
        :param str state: draft or enrolled
        :param bool do_count: kept for its callers; counters are never stored
        :return: int, how many were added
        """
        return len(
            self.program_id._insert_members(self._query_importable([("id", "in", partners.ids)]), state)
        )
