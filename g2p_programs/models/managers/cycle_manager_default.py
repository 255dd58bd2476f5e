from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

from ...notify import notification
from ...sets import SLICE, set_insert, set_update
from ...slices import iter_slices, range_domain
from .. import constants

#: What checking and preparing read of a cycle membership.
_READ = ("partner_id", "cycle_id", "state")


class DefaultCycleManager(models.Model):
    _name = "g2p.cycle.manager.default"
    _description = "Default Cycle Manager"
    _inherit = ["g2p.base.cycle.manager", "g2p.cycle.recurrence.mixin", "g2p.manager.source.mixin"]

    name = fields.Char("Manager Name", required=True)

    @api.private
    def new_cycle(self, name, new_start_date, sequence):
        """Open a cycle at the first occurrence of the recurrence.

        :param str name: its name
        :param date new_start_date: the earliest day on which it may begin
        :param int sequence: its number
        :return: g2p.cycle record
        """
        self.ensure_one()
        start, end = self._get_cycle_dates(new_start_date)
        return self.env["g2p.cycle"].create(
            {
                "name": name,
                "program_id": self.program_id.id,
                "sequence": sequence,
                "start_date": start,
                "end_date": end,
            }
        )

    @api.private
    def on_start_date_change(self, cycle):
        """Set the end that goes with the cycle's start."""
        for one in cycle.filtered("start_date"):
            after = self._build_rrule(one.start_date).after(fields.Datetime.to_datetime(one.start_date))
            one.end_date = fields.Date.subtract(after.date(), days=1)

    # ---- members ----
    @api.private
    def copy_beneficiaries_from_program(self, cycle, state="enrolled"):
        """Add the program's members in ``state`` that are not in the draft cycle yet; in jobs when they are many.

        :return: dict notification
        """
        self._ensure_can_edit_cycle(cycle)
        domain = Domain("program_id", "=", cycle.program_id.id) & Domain("state", "=", state)
        query = self.env["g2p.program_membership"]._search(domain)
        title = self.env._("Beneficiaries")
        if self._is_long(len(query)):
            self._in_jobs(
                cycle,
                query,
                self.env._("Copying beneficiaries from the program started."),
                "root.root_program.cycle",
                lambda job, low, high: job._copy_range(cycle, state, low, high),
                lambda job: job.mark_import_as_done(cycle, self.env._("Beneficiaries copied.")),
            )
            started = self.env._("Copying %s beneficiaries started.", len(query))
            return notification(title, started, kind="info", sticky=True)
        cycle._take_lock(self.env._("Copying beneficiaries"))
        added = self._copy_range(cycle, state)
        cycle._release_lock()
        return notification(title, self.env._("%s beneficiaries added.", added))

    def _copy_range(self, cycle, state, id_from=None, id_to=None):
        """Copy the program memberships of an id range; returns how many."""
        domain = Domain("program_id", "=", cycle.program_id.id) & Domain("state", "=", state)
        added = 0
        domain &= range_domain(id_from, id_to)
        for members in iter_slices(self.env["g2p.program_membership"], domain, fnames=["partner_id"]):
            added += self._add_beneficiaries(cycle, members.partner_id.ids, "enrolled")
        return added

    @api.private
    def add_beneficiaries(self, cycle, beneficiaries, state="draft"):
        """Add members of the program to a draft cycle; whoever is no member, or disabled, is left out.

        :param list beneficiaries: ids of res.partner
        :param str state: cycle membership state to give
        :return: dict notification
        """
        self._ensure_can_edit_cycle(cycle)
        ids = getattr(beneficiaries, "ids", beneficiaries)
        cycle._take_lock(self.env._("Adding beneficiaries"))
        added = sum(self._add_beneficiaries(cycle, part, state) for part in split_every(SLICE, ids, list))
        cycle._release_lock()
        return notification(
            self.env._("Beneficiaries"),
            self.env._(
                "%(added)s beneficiaries added, %(left)s left out: they are in the cycle already, or are not members "
                "of the program that may be added.",
                added=added,
                left=len(ids) - added,
            ),
        )

    def _add_beneficiaries(self, cycle, partner_ids, state="draft", do_count=False):
        """Add one slice of partners to a cycle, in one statement.

        :param cycle: g2p.cycle record
        :param list partner_ids: ids of res.partner
        :param str state: cycle membership state to give
        :param bool do_count: kept for its callers; counters are never stored
        :return: int, how many were added
        """
        program = cycle.program_id
        if state == "enrolled":
            allowed = program._get_enrolled_partner_ids(partner_ids)
        else:
            found = self.env["g2p.program_membership"].search(
                [("program_id", "=", program.id), ("partner_id", "in", list(partner_ids))]
            )
            allowed = set(found.partner_id.ids)
        allowed -= cycle._get_member_partner_ids(partner_ids)
        today = fields.Date.context_today(self)
        rows = [(id_, cycle.id, state, today) for id_ in dict.fromkeys(partner_ids) if id_ in allowed]
        columns = ["partner_id", "cycle_id", "state", "enrollment_date"]
        return len(set_insert(self.env["g2p.cycle.membership"], columns, rows))

    @api.private
    def check_eligibility(self, cycle, beneficiaries=None):
        """Check the members of a draft cycle again; those not eligible lose their entitlement of it.

        :param cycle: g2p.cycle record
        :param beneficiaries: g2p.cycle.membership records to look at; None for all
        :return: dict notification
        """
        self._ensure_can_edit_cycle(cycle)
        domain = self._get_check_domain(cycle)
        title = self.env._("Eligibility")
        query = self.env["g2p.cycle.membership"]._search(domain)
        if beneficiaries is None and self._is_long(len(query)):
            self._in_jobs(
                cycle,
                query,
                self.env._("Eligibility check of beneficiaries started."),
                "root.root_program.cycle",
                lambda job, low, high: job._check_eligibility(cycle, id_from=low, id_to=high),
                lambda job: job.mark_check_eligibility_as_done(cycle),
            )
            return notification(title, self.env._("Eligibility check started."), kind="info", sticky=True)
        cycle._take_lock(self.env._("Eligibility check"))
        eligible, refused = self._check_eligibility(cycle, beneficiaries)
        cycle._release_lock()
        message = self.env._("%(yes)s beneficiaries eligible, %(no)s not eligible.", yes=eligible, no=refused)
        return notification(title, message, kind="warning" if refused else "success")

    def _get_check_domain(self, cycle):
        return Domain("cycle_id", "=", cycle.id) & Domain("state", "in", constants.ENROLLABLE_STATES)

    def _check_eligibility(self, cycle, beneficiaries=None, id_from=None, id_to=None, do_count=False):
        """Check the cycle memberships of an id range, or the given ones.

        :param cycle: g2p.cycle record
        :param beneficiaries: g2p.cycle.membership records, None for all of the range
        :param int id_from: first cycle membership id, None for the first there is
        :param int id_to: last cycle membership id, None for the last there is
        :param bool do_count: kept for its callers; counters are never stored
        :return: (int eligible, int not eligible)
        """
        domain = self._get_check_domain(cycle) & range_domain(id_from, id_to)
        if beneficiaries is not None:
            domain &= Domain("id", "in", beneficiaries.ids)
        yes = no = 0
        for members in iter_slices(self.env["g2p.cycle.membership"], domain, fnames=_READ):
            eligible = members._filter_enrolled_in_program()
            for manager in cycle.program_id.get_managers(constants.MANAGER_ELIGIBILITY):
                eligible = manager.verify_cycle_eligibility(cycle, eligible)
            refused = members - eligible
            set_update(eligible.filtered(lambda m: m.state != "enrolled"), {"state": "enrolled"})
            set_update(refused.filtered(lambda m: m.state != "not_eligible"), {"state": "not_eligible"})
            self._cancel_of_refused(cycle, refused)
            yes += len(eligible)
            no += len(refused)
        return yes, no

    def _cancel_of_refused(self, cycle, refused):
        manager = refused and cycle.program_id.get_manager(constants.MANAGER_ENTITLEMENT)
        if manager:
            owed = Domain("cycle_id", "=", cycle.id) & Domain("partner_id", "in", refused.partner_id.ids)
            owed &= Domain("state", "in", ("draft", "pending_validation", "approved"))
            manager._cancel_entitlements(self.env["g2p.entitlement"].search(owed))

    # ---- entitlements ----
    @api.private
    def prepare_entitlements(self, cycle):
        """Prepare what each enrolled member of a draft cycle is owed; in jobs when they are many.

        :return: dict notification
        """
        self._ensure_can_edit_cycle(cycle)
        cycle.program_id._require_manager(constants.MANAGER_ENTITLEMENT)
        query = self.env["g2p.cycle.membership"]._search(self._get_prepare_domain(cycle))
        title = self.env._("Entitlements")
        if self._is_long(len(query)):
            self._in_jobs(
                cycle,
                query,
                self.env._("Preparation of entitlements started."),
                "root.root_program.cycle",
                lambda job, low, high: job._prepare_entitlements(cycle, low, high),
                lambda job: job.mark_prepare_entitlement_as_done(cycle, self.env._("Entitlements prepared.")),
            )
            started = self.env._("Preparation of entitlements for %s beneficiaries started.", len(query))
            return notification(title, started, kind="info", sticky=True)
        cycle._take_lock(self.env._("Preparation of entitlements"))
        prepared = self._prepare_entitlements(cycle)
        cycle._release_lock()
        blocked = cycle._count_members_without_entitlement()
        if not blocked:
            return notification(title, self.env._("%s entitlements prepared.", prepared))
        message = self.env._(
            "%(prepared)s entitlements prepared; %(blocked)s beneficiaries have none: "
            "the messages below the cycle say why.",
            prepared=prepared,
            blocked=blocked,
        )
        return notification(title, message, kind="warning", sticky=True)

    def _get_prepare_domain(self, cycle):
        return Domain("cycle_id", "=", cycle.id) & Domain("state", "=", "enrolled")

    def _prepare_entitlements(self, cycle, id_from=None, id_to=None, do_count=False):
        """Prepare the entitlements of the cycle memberships of an id range.

        :param cycle: g2p.cycle record
        :param int id_from: first cycle membership id, None for the first there is
        :param int id_to: last cycle membership id, None for the last there is
        :param bool do_count: kept for its callers; counters are never stored
        :return: int, how many were prepared
        """
        manager = cycle.program_id._require_manager(constants.MANAGER_ENTITLEMENT)
        domain = self._get_prepare_domain(cycle) & range_domain(id_from, id_to)
        prepared = 0
        for members in iter_slices(self.env["g2p.cycle.membership"], domain, fnames=_READ):
            prepared += len(manager.prepare_entitlements(cycle, members) or ())
        return prepared
