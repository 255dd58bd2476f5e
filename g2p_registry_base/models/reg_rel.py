from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class G2PRegistrantRelationship(models.Model):
    _name = "g2p.reg.rel"
    _inherit = ["mail.thread"]
    _description = "Registrant Relationship"
    _order = "id desc"
    _rec_names_search = ["source", "destination"]

    source = fields.Many2one(
        "res.partner",
        "Registrant 1",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_registrant", "=", True)],
        tracking=True,
    )
    destination = fields.Many2one(
        "res.partner",
        "Registrant 2",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_registrant", "=", True)],
        tracking=True,
    )
    relation = fields.Many2one("g2p.relationship", ondelete="restrict", tracking=True)
    relation_as_str = fields.Char(related="relation.name", string="Relation Name")
    disabled = fields.Datetime("Date Disabled", tracking=True)
    disabled_by = fields.Many2one("res.users", readonly=True)
    start_date = fields.Datetime(tracking=True)
    end_date = fields.Datetime(tracking=True)

    @api.constrains("source", "destination", "relation", "start_date", "end_date", "disabled")
    def _check_relations(self):
        """Check all relations of the set and report every error at once."""
        errors = []
        for relation in self:
            errors += [
                self.env._("%(relation)s: %(error)s", relation=relation.display_name, error=error)
                for error in relation._get_errors()
            ]
        errors += self._get_overlap_errors()
        if errors:
            raise ValidationError("\n".join(errors))

    def _get_errors(self):
        errors = []
        if self.source == self.destination:
            errors.append(self.env._("Registrant 1 and Registrant 2 cannot be the same. Choose another one."))
        if self.start_date and self.end_date and self.start_date > self.end_date:
            errors.append(self.env._("The starting date cannot be after the ending date."))
        sides = ((self.source, self.relation.source_type), (self.destination, self.relation.destination_type))
        for partner, wanted in sides:
            kind = "g" if partner.is_group else "i"
            if not partner.is_registrant or (wanted and wanted != kind):
                errors.append(
                    self.env._(
                        "This registrant is not applicable for this relation type: %(partner)s.",
                        partner=partner.display_name,
                    )
                )
        return errors

    def _get_overlap_errors(self):
        names = ("source", "destination", "relation", "start_date", "end_date", "disabled")
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT greatest(a.id, b.id) FROM g2p_reg_rel a JOIN g2p_reg_rel b"
                " ON a.id <> b.id AND a.source = b.source AND a.destination = b.destination"
                " AND a.relation IS NOT DISTINCT FROM b.relation"
                " WHERE a.id IN %(ids)s AND a.disabled IS NULL AND b.disabled IS NULL"
                " AND coalesce(a.start_date, '-infinity') <= coalesce(b.end_date, 'infinity')"
                " AND coalesce(b.start_date, '-infinity') <= coalesce(a.end_date, 'infinity')",
                ids=tuple(self.ids),
                to_flush=[self._fields[name] for name in names],
            )
        )
        return [
            self.env._(
                "%(relation)s: There is already a similar relation with overlapping dates. "
                "End or disable the other one first.",
                relation=relation.display_name,
            )
            for relation in self.browse(sorted(row[0] for row in rows))
        ]

    @api.depends("source.name", "destination.name")
    def _compute_display_name(self):
        for relation in self:
            relation.display_name = f"{relation.source.name or ''} / {relation.destination.name or ''}"

    def disable_relationship(self):
        """Disable the relations that are not disabled yet (button; needs write access).

        :return: True
        """
        return self.filtered(lambda relation: not relation.disabled).write(
            {"disabled": fields.Datetime.now(), "disabled_by": self.env.uid}
        )

    def enable_relationship(self):
        """Enable the disabled relations again (button; needs write access).

        :return: True
        """
        return self.filtered("disabled").write({"disabled": False, "disabled_by": False})

    def open_relationship1_form(self):
        """Return the action that shows the first registrant in a dialog."""
        self.ensure_one()
        is_group = self.source.is_group
        title = self.env._("Related Group") if is_group else self.env._("Related Registrant")
        return self.source._get_registrant_form_action(title)

    def open_relationship2_form(self):
        """Return the action that shows the second registrant in a dialog."""
        self.ensure_one()
        is_group = self.destination.is_group
        title = self.env._("Other Related Group") if is_group else self.env._("Other Related Registrant")
        return self.destination._get_registrant_form_action(title)
