from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...notify import notification
from ...sets import set_update
from ...slices import iter_slices, range_domain
from .. import constants


class ProgramManager(models.Model):
    _name = "g2p.program.manager"
    _description = "Program Manager"
    _inherit = "g2p.manager.mixin"

    program_id = fields.Many2one("g2p.program", ondelete="cascade", index=True)

    @api.model
    def _selection_manager_ref_id(self):
        selection = super()._selection_manager_ref_id()
        new = ("g2p.program.manager.default", self.env._("Default"))
        return selection if new in selection else [*selection, new]


class BaseProgramManager(models.AbstractModel):
    """Enrols members and opens cycles."""

    _name = "g2p.base.program.manager"
    _description = "Base Program Manager"
    _inherit = "base.programs.manager"

    name = fields.Char("Manager Name", required=True)
    program_id = fields.Many2one("g2p.program", required=True, ondelete="cascade", index=True)

    @api.private
    def last_cycle(self):
        """Return the program's cycle with the highest sequence.

        :return: g2p.cycle record, or None when there is none
        """
        cycles = self.env["g2p.cycle"].search(
            [("program_id", "=", self.program_id.id)], order="sequence desc, id desc", limit=1
        )
        return cycles or None

    @api.private
    def new_cycle(self):
        """Open the next cycle, with the members that are enrolled now.

        :return: g2p.cycle record
        """
        return self.env["g2p.cycle"]

    def enroll_eligible_registrants(self, state=None):
        """Enrol the members that are eligible, and mark those that are not.

        :param state: program membership state or states to look at; None for the enrollable ones
        :return: dict notification
        """
        return {}

    @api.private
    def mark_enroll_eligible_as_done(self):
        """Release the program when the last part of an enrolment is done."""
        self.ensure_one()
        self.program_id.check_access("write")
        self.program_id._release_lock(self.env._("Eligibility check finished."))


class DefaultProgramManager(models.Model):
    _name = "g2p.program.manager.default"
    _description = "Default Program Manager"
    _inherit = ["g2p.base.program.manager", "g2p.manager.source.mixin"]

    number_of_cycles = fields.Integer(default=1)
    copy_last_cycle_on_new_cycle = fields.Boolean(string="Copy previous cycle", default=True)

    @api.private
    def new_cycle(self):
        """Open the next cycle, the day after the last one ends, with the members that are enrolled now.

        :return: g2p.cycle record
        :raise UserError: without a cycle manager
        """
        self.ensure_one()
        cycle_manager = self.program_id._require_manager(constants.MANAGER_CYCLE)
        last = self.last_cycle()
        sequence = last.sequence + 1 if last else 1
        start = last.end_date + timedelta(days=1) if last else fields.Date.context_today(self)
        cycle = cycle_manager.new_cycle(self._get_cycle_name(sequence), start, sequence)
        cycle_manager.copy_beneficiaries_from_program(cycle)
        return cycle

    def _get_cycle_name(self, sequence):
        """Return a name that no cycle of the program has, also when people renamed theirs."""
        taken = set(self.env["g2p.cycle"].search([("program_id", "=", self.program_id.id)]).mapped("name"))
        name = self.env._("Cycle %s", sequence)
        number = 2
        while name in taken:
            name = self.env._("Cycle %(sequence)s (%(number)s)", sequence=sequence, number=number)
            number += 1
        return name

    def enroll_eligible_registrants(self, state=None):
        """Enrol the members that are eligible, and mark those that are not; in jobs when they are many.

        Members that somebody paused, let exit or marked as duplicates are left alone.

        :param state: program membership state or states to look at; None for draft, enrolled and not eligible
        :return: dict notification
        :raise UserError: without an eligibility manager, or while the program is locked
        """
        self.ensure_one()
        program = self.program_id
        program.check_access("write")
        program._check_active()
        if not program.get_managers(constants.MANAGER_ELIGIBILITY):
            raise UserError(self.env._("No Eligibility Manager defined."))
        states = [state] if isinstance(state, str) else list(state or constants.ENROLLABLE_STATES)
        members = self.env["g2p.program_membership"]
        query = members._search(self._get_enrol_domain(states))
        count = len(query)
        title = self.env._("Enrollment")
        if self._is_long(count):
            self._enroll_eligible_registrants_async(query, states)
            started = self.env._("Eligibility check of %s beneficiaries started.", count)
            return notification(title, started, kind="info", sticky=True)
        program._take_lock(self.env._("Eligibility check"))
        enrolled, refused = self._enroll_eligible_registrants(states)
        program._release_lock()
        if not enrolled and not refused:
            return notification(title, self.env._("No new beneficiaries enrolled."), kind="info")
        message = self.env._(
            "Enrolled Beneficiaries: %(enrolled)s successfully and %(refused)s unsuccessfully.",
            enrolled=enrolled,
            refused=refused,
        )
        return notification(title, message, kind="warning" if refused else "success")

    def _get_enrol_domain(self, states):
        return Domain("program_id", "=", self.program_id.id) & Domain("state", "in", states)

    def _enroll_eligible_registrants_async(self, query, states):
        """Cut an enrolment into jobs."""
        self._in_jobs(
            self.program_id,
            query,
            self.env._("Eligibility check of beneficiaries started."),
            "root.root_program.program_manager",
            lambda job, low, high: job._enroll_eligible_registrants(states, low, high),
            lambda job: job.mark_enroll_eligible_as_done(),
        )

    def _enroll_eligible_registrants(self, states, id_from=None, id_to=None, do_count=False):
        """Enrol the eligible members of an id range, and mark the others.

        :param list states: program membership states to look at
        :param int id_from: first membership id, None for the first there is
        :param int id_to: last membership id, None for the last there is
        :param bool do_count: kept for its callers; counters are never stored
        :return: (int newly enrolled, int newly not eligible)
        """
        managers = self.program_id.get_managers(constants.MANAGER_ELIGIBILITY)
        domain = self._get_enrol_domain(states) & range_domain(id_from, id_to)
        enrolled = refused = 0
        fnames = ["partner_id", "program_id", "state"]
        for members in iter_slices(self.env["g2p.program_membership"], domain, fnames=fnames):
            eligible = members
            for manager in managers:
                eligible = manager.enroll_eligible_registrants(eligible)
            enrolled += members._enrol(eligible)
            refused += set_update(
                (members - eligible).filtered(lambda m: m.state != "not_eligible"), {"state": "not_eligible"}
            )
        return enrolled, refused
