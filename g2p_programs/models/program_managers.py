from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..sets import set_insert_select
from . import constants


class G2PProgram(models.Model):
    """The managers of a program: who decides what."""

    _inherit = "g2p.program"

    @api.private
    @api.model
    def create_default_managers(self, program_id):
        """Create the managers that every new program has.

        :param int program_id: id of g2p.program
        :return: dict {field of g2p.program: commands that link the wrapper}
        """
        values = {}
        for field, wrappers in constants.MANAGER_MODELS.items():
            for wrapper, concrete in wrappers.items():
                values[field] = [(4, self._create_manager(program_id, wrapper, concrete, {}).id)]
        return values

    @api.model
    def _create_manager(self, program_id, wrapper, concrete, vals):
        """Create one manager and its wrapper; returns the wrapper."""
        manager = self.env[concrete].create({"name": self.env._("Default"), "program_id": program_id, **vals})
        reference = f"{concrete},{manager.id}"
        return self.env[wrapper].create({"program_id": program_id, "manager_ref_id": reference})

    @api.private
    def get_manager(self, kind):
        """Return the manager of a kind that a program has one of.

        :param int kind: MANAGER_CYCLE, MANAGER_PROGRAM, MANAGER_ENTITLEMENT or MANAGER_PAYMENT
        :return: the concrete manager record, or None
        :raise ValueError: for another kind
        """
        self.ensure_one()
        if kind not in constants.SINGLE_MANAGER_FIELDS:
            raise ValueError(f"no single manager of kind {kind}")
        wrapper = self[constants.SINGLE_MANAGER_FIELDS[kind]]
        if not wrapper:
            return None
        wrapper.ensure_one()
        return wrapper.manager_ref_id or None

    @api.private
    def get_managers(self, kind):
        """Return the managers of a kind that all run, in their order.

        :param int kind: MANAGER_ELIGIBILITY (other kinds are added by addons)
        :return: list of concrete manager records
        :raise ValueError: for another kind
        """
        self.ensure_one()
        if kind not in constants.MULTIPLE_MANAGER_FIELDS:
            raise ValueError(f"no managers of kind {kind}")
        wrappers = self[constants.MULTIPLE_MANAGER_FIELDS[kind]]
        return [wrapper.manager_ref_id for wrapper in wrappers if wrapper.manager_ref_id]

    def _require_manager(self, kind):
        """Return the manager of a kind, or say that there is none.

        :raise UserError: naming the program and the kind
        """
        manager = self.get_manager(kind)
        if manager is None:
            raise UserError(self._explain_no_manager(kind))
        return manager

    def _explain_no_manager(self, kind):
        messages = {
            constants.MANAGER_CYCLE: self.env._("%s: No Cycle Manager defined.", self.display_name),
            constants.MANAGER_PROGRAM: self.env._("%s: No Program Manager defined.", self.display_name),
            constants.MANAGER_ENTITLEMENT: self.env._(
                "%s: No Entitlement Manager defined.", self.display_name
            ),
            constants.MANAGER_PAYMENT: self.env._("%s: No Payment Manager defined.", self.display_name),
        }
        return messages[kind]

    def _run_on_program_manager(self, method, *args):
        result = None
        for program in self:
            result = getattr(program._require_manager(constants.MANAGER_PROGRAM), method)(*args)
        return result

    def _get_manager_fields(self):
        """Return the names of the fields that hold wrappers."""
        fields_ = [*constants.MULTIPLE_MANAGER_FIELDS.values(), *constants.SINGLE_MANAGER_FIELDS.values()]
        fields_ += ["deduplication_managers", "notification_managers"]
        return [name for name in fields_ if name in self._fields]

    # ---- members ----
    def _leave_out_members(self, query):
        """Narrow a query of res.partner to those that are no members of the program; returns it."""
        self.ensure_one()
        query.add_where(
            SQL(
                "NOT EXISTS (SELECT 1 FROM g2p_program_membership AS member"
                " WHERE member.partner_id = %s AND member.program_id = %s)",
                SQL.identifier(query.table, "id"),
                self.id,
            )
        )
        return query

    def _insert_members(self, query, state):
        """Make what a query of res.partner finds members of the program, in one statement.

        :param Query query: of res.partner, without those that are members
        :param str state: draft or enrolled
        :return: list of ids of the new memberships
        """
        # In the order of their registration, which payments and batches follow, and not as they happen to lie on disk.
        query.order = SQL.identifier(query.table, "id")
        select = query.select(
            SQL.identifier(query.table, "id"),
            SQL("%s::int", self.id),
            SQL("%s::varchar", state),
            SQL("%s::timestamp", self.env.cr.now() if state == "enrolled" else None),
        )
        columns = ["partner_id", "program_id", "state", "enrollment_date"]
        return set_insert_select(self.env["g2p.program_membership"], columns, select)

    def _get_enrolled_partner_ids(self, partner_ids):
        """Return those of these partners that are enrolled in the program and not disabled.

        One table a query, here and in the cycle: right after thousands of rows were written, PostgreSQL has no
        statistics yet and joins them row by row.

        :param list partner_ids: ids of res.partner
        :return: set of ids
        """
        self.ensure_one()
        self.env.flush_all()
        enrolled = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM g2p_program_membership"
                " WHERE program_id = %s AND state = 'enrolled' AND partner_id = ANY(%s)",
                self.id,
                list(partner_ids),
            )
        )
        able = self.env.execute_query(
            SQL(
                "SELECT id FROM res_partner WHERE disabled IS NULL AND id = ANY(%s)",
                [row[0] for row in enrolled],
            )
        )
        return {row[0] for row in able}
