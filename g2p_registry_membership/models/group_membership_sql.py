from odoo import api, models
from odoo.tools import SQL


class G2PGroupMembership(models.Model):
    """Questions about memberships that are answered for whole sets, in SQL."""

    _inherit = "g2p.group.membership"

    @api.model
    def _get_column(self, alias, fname):
        return SQL("%s.%s", SQL.identifier(alias), SQL.identifier(fname, to_flush=self._fields[fname]))

    @api.model
    def _get_current_condition(self, alias="membership"):
        """Return the SQL condition that a membership has not ended, by the clock of the database.

        :param str alias: alias of the table of memberships
        :return: SQL
        """
        ended_date = self._get_column(alias, "ended_date")
        return SQL(
            "(%s IS NULL OR %s > statement_timestamp() AT TIME ZONE 'UTC')",
            ended_date,
            ended_date,
        )

    @api.model
    def _get_begun_condition(self, alias="membership"):
        """Return the SQL condition that a membership has begun, by the date of the database.

        Days, not seconds: the clocks of the server and of the database need not agree.

        :param str alias: alias of the table of memberships
        :return: SQL
        """
        return SQL(
            "(%(start)s IS NULL"
            " OR %(start)s < date_trunc('day', statement_timestamp() AT TIME ZONE 'UTC') + interval '1 day')",
            start=self._get_column(alias, "start_date"),
        )

    @api.model
    def _get_enabled_join(self):
        """Return the SQL join that leaves only members who are neither disabled nor archived."""
        partner_fields = self.env["res.partner"]._fields
        return SQL(
            "JOIN res_partner member ON member.id = %s AND member.active AND member.disabled IS NULL",
            self._get_column("membership", "individual"),
            to_flush=[partner_fields["active"], partner_fields["disabled"]],
        )

    def _lock_out_other_holders(self):
        """Make transactions that give a unique kind in the same group follow one another.

        No constraint can say that a kind is held once at a time. An update of the group that
        changes nothing can: of two transactions at once the second fails on it, Odoo repeats
        it, and then it sees what the first one wrote.
        """
        groups = self.filtered(lambda membership: any(kind.is_unique for kind in membership.kind)).group
        if groups:
            self.env.cr.execute(
                SQL("UPDATE res_partner SET write_date = write_date WHERE id IN %s", tuple(groups.ids))
            )

    def _get_duplicate_errors(self):
        """Return a text for each individual who is twice a current member of a group of this set."""
        if not self:
            return []
        rows = self.env.execute_query(
            SQL(
                "SELECT %(group)s, %(individual)s FROM g2p_group_membership membership"
                " WHERE %(group)s IN %(groups)s AND %(current)s"
                " GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1, 2",
                group=self._get_column("membership", "group"),
                individual=self._get_column("membership", "individual"),
                groups=tuple(self.group.ids),
                current=self._get_current_condition(),
            )
        )
        partners = self.env["res.partner"].sudo()
        return [
            self.env._(
                "%(group)s: Duplication of Member is not allowed: %(individual)s is already a member. "
                "End the other membership first.",
                group=partners.browse(group).display_name,
                individual=partners.browse(individual).display_name,
            )
            for group, individual in rows
        ]

    @api.model
    def _get_unique_kind_errors(self, groups=None, kinds=None):
        """Return a text for each group that has several current members of a unique kind.

        Disabled members do not count: a head who died can be disabled and followed by another.

        :param groups: res.partner, only these groups
        :param kinds: g2p.group.membership.kind, only these kinds
        :return: list of str
        """
        kind_field = self._fields["kind"]
        conditions = [self._get_current_condition()]
        if groups is not None:
            if not groups:
                return []
            conditions.append(SQL("%s IN %s", self._get_column("membership", "group"), tuple(groups.ids)))
        if kinds is not None:
            conditions.append(SQL("kind.id IN %s", tuple(kinds.ids)))
        rows = self.env.execute_query(
            SQL(
                "SELECT %(group)s, kind.id FROM g2p_group_membership membership"
                " JOIN %(rel)s rel ON rel.%(rel_membership)s = membership.id"
                " JOIN g2p_group_membership_kind kind ON kind.id = rel.%(rel_kind)s AND kind.is_unique"
                " %(enabled)s WHERE %(conditions)s"
                " GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1, 2",
                group=self._get_column("membership", "group"),
                rel=SQL.identifier(kind_field.relation, to_flush=kind_field),
                rel_membership=SQL.identifier(kind_field.column1),
                rel_kind=SQL.identifier(kind_field.column2),
                enabled=self._get_enabled_join(),
                conditions=SQL(" AND ").join(conditions),
                to_flush=self.env["g2p.group.membership.kind"]._fields["is_unique"],
            )
        )
        return [
            self.env._(
                "%(group)s: Only one %(kind)s is allowed per group. End the other membership first.",
                group=self.env["res.partner"].sudo().browse(group).display_name,
                kind=self.env["g2p.group.membership.kind"].browse(kind).name,
            )
            for group, kind in rows
        ]
