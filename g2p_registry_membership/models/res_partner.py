from odoo import api, fields, models
from odoo.tools import SQL


class ResPartner(models.Model):
    _inherit = "res.partner"

    group_membership_ids = fields.One2many("g2p.group.membership", "group", "Group Members")
    individual_membership_ids = fields.One2many("g2p.group.membership", "individual", "Membership to Groups")

    @api.constrains("disabled", "active")
    def _check_unique_kinds(self):
        """Refuse to bring back a member whose unique kind somebody else has taken over."""
        returned = self.filtered(lambda p: p.is_registrant and not p.is_group and p.active and not p.disabled)
        if not returned:
            return
        # sudo: which memberships exist does not depend on who looks
        Memberships = self.env["g2p.group.membership"].sudo()
        groups = Memberships.search([("individual", "in", returned.ids)]).group
        Memberships._raise_errors(Memberships._get_unique_kind_errors(groups=groups))

    def _g2p_group_heads(self):
        """Return who is the head of each of these groups, in one query.

        A head counts while the membership has begun and not ended, by the clock of the
        database, and while the person is neither disabled nor archived. It checks no
        access rights: callers do.

        :return: dict of group id to individual id; groups without a head are not in it
        """
        if not self.ids:
            return {}
        return dict(self.env.execute_query(self._g2p_group_heads_sql(self._g2p_ids_sql())))

    def _g2p_member_counts(self):
        """Return how many members each of these groups has, in one query.

        Each person counts once, whatever the kinds of the membership; who has ended, is
        disabled or archived does not count. It checks no access rights: callers do.

        :return: dict of group id to number, with 0 for groups without members
        """
        counts = dict.fromkeys(self.ids, 0)
        if counts:
            counts.update(self.env.execute_query(self._g2p_member_counts_sql(self._g2p_ids_sql())))
        return counts

    def _g2p_ids_sql(self):
        return SQL("SELECT unnest(%s::integer[])", list(self.ids))

    @api.model
    def _g2p_group_heads_sql(self, group_ids=None):
        """Return a query of (group_id, individual_id), for statements that join it.

        :param SQL group_ids: a query of group ids, or None for all groups
        :return: SQL; a group has one row at most
        """
        Memberships = self.env["g2p.group.membership"]
        head_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "g2p_registry_membership.group_membership_kind_head", raise_if_not_found=True
        )
        kind_field = Memberships._fields["kind"]
        return SQL(
            "SELECT DISTINCT ON (%(group)s) %(group)s AS group_id, %(individual)s AS individual_id"
            " FROM g2p_group_membership membership"
            " JOIN %(rel)s rel ON rel.%(rel_membership)s = membership.id AND rel.%(rel_kind)s = %(head)s"
            " %(enabled)s WHERE %(conditions)s"
            " ORDER BY %(group)s, membership.id",
            group=Memberships._get_column("membership", "group"),
            individual=Memberships._get_column("membership", "individual"),
            rel=SQL.identifier(kind_field.relation, to_flush=kind_field),
            rel_membership=SQL.identifier(kind_field.column1),
            rel_kind=SQL.identifier(kind_field.column2),
            head=head_id,
            enabled=Memberships._get_enabled_join(),
            conditions=self._g2p_membership_conditions(group_ids),
        )

    @api.model
    def _g2p_member_counts_sql(self, group_ids=None):
        """Return a query of (group_id, n), for statements that join it.

        :param SQL group_ids: a query of group ids, or None for all groups
        :return: SQL; groups without members have no row
        """
        Memberships = self.env["g2p.group.membership"]
        return SQL(
            "SELECT %(group)s AS group_id, count(DISTINCT %(individual)s) AS n"
            " FROM g2p_group_membership membership %(enabled)s WHERE %(conditions)s GROUP BY %(group)s",
            group=Memberships._get_column("membership", "group"),
            individual=Memberships._get_column("membership", "individual"),
            enabled=Memberships._get_enabled_join(),
            conditions=self._g2p_membership_conditions(group_ids),
        )

    @api.model
    def _g2p_membership_conditions(self, group_ids):
        Memberships = self.env["g2p.group.membership"]
        conditions = [Memberships._get_current_condition(), Memberships._get_begun_condition()]
        if group_ids is not None:
            conditions.append(SQL("%s IN (%s)", Memberships._get_column("membership", "group"), group_ids))
        return SQL(" AND ").join(conditions)
