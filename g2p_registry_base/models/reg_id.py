import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class G2PRegistrantID(models.Model):
    _name = "g2p.reg.id"
    _description = "Registrant ID"
    _order = "id desc"
    _rec_names_search = ["partner_id"]

    partner_id = fields.Many2one(
        "res.partner",
        "Registrant",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_registrant", "=", True)],
    )
    id_type = fields.Many2one("g2p.id.type", "ID Type", required=True, ondelete="restrict")
    value = fields.Char(size=100)
    expiry_date = fields.Date()
    id_type_as_str = fields.Char(related="id_type.name", string="ID Type Name")
    status = fields.Selection([("invalid", "Invalid"), ("valid", "Valid")])
    description = fields.Char()
    unique_key = fields.Char(
        compute="_compute_unique_key",
        store=True,
        help="The value, where its type allows one registrant per value.",
    )

    _type_value_index = models.Index("(id_type, value)")
    # Deferred: the Python checks speak first and name every culprit; these refuse
    # what two transactions do at the same time.
    _one_per_type = models.Constraint(
        "UNIQUE (partner_id, id_type) DEFERRABLE INITIALLY DEFERRED",
        "A registrant has at most one ID of each type.",
    )
    _one_holder = models.Constraint(
        "UNIQUE (id_type, unique_key) DEFERRABLE INITIALLY DEFERRED",
        "This ID is already held by another registrant.",
    )

    @api.constrains("value", "id_type", "partner_id")
    def _check_ids(self):
        """Check format and uniqueness of all IDs, and report every error at once."""
        errors = self._get_format_errors() + self._get_type_errors() + self._get_holder_errors()
        if errors:
            raise ValidationError("\n".join(errors))

    def _get_format_errors(self):
        patterns = {
            id_type: re.compile(id_type.id_validation) for id_type in self.id_type if id_type.id_validation
        }
        return [
            self.env._(
                "%(partner)s: The provided %(type)s ID '%(value)s' is invalid. "
                "It must match %(pattern)s as a whole.",
                partner=reg_id.partner_id.display_name,
                type=reg_id.id_type.name,
                value=reg_id.value,
                pattern=reg_id.id_type.id_validation,
            )
            for reg_id in self
            if reg_id.value
            and reg_id.id_type in patterns
            and not patterns[reg_id.id_type].fullmatch(reg_id.value)
        ]

    def _get_type_errors(self):
        if not self:
            return []
        rows = self.env.execute_query(
            SQL(
                "SELECT %(partner)s, %(id_type)s FROM g2p_reg_id WHERE partner_id IN %(partners)s"
                " GROUP BY partner_id, id_type HAVING count(*) > 1 ORDER BY partner_id, id_type",
                partner=SQL.identifier("partner_id", to_flush=self._fields["partner_id"]),
                id_type=SQL.identifier("id_type", to_flush=self._fields["id_type"]),
                partners=tuple(self.partner_id.ids),
            )
        )
        return [
            self.env._(
                "%(partner)s: ID Type must be unique. There is more than one ID of type %(type)s; keep one.",
                partner=self.env["res.partner"].browse(partner).display_name,
                type=self.env["g2p.id.type"].browse(id_type).name,
            )
            for partner, id_type in rows
        ]

    def _get_holder_errors(self):
        checked = self.filtered(lambda reg_id: reg_id.value and reg_id.id_type.unique_value)
        if not checked:
            return []
        # Only that somebody holds the value is told, not who: it may be a registrant
        # that this user may not see.
        rows = self.env.execute_query(
            SQL(
                "SELECT %(id_type)s, %(value)s FROM g2p_reg_id WHERE id_type IN %(types)s"
                " AND value IN %(values)s GROUP BY id_type, value HAVING count(*) > 1",
                id_type=SQL.identifier("id_type", to_flush=self._fields["id_type"]),
                value=SQL.identifier("value", to_flush=self._fields["value"]),
                types=tuple(checked.id_type.ids),
                values=tuple(checked.mapped("value")),
            )
        )
        shared = set(rows)
        return [
            self.env._(
                "%(partner)s: the %(type)s ID '%(value)s' is held by another registrant. "
                "Correct the ID, or look for the registrant who has it.",
                partner=reg_id.partner_id.display_name,
                type=reg_id.id_type.name,
                value=reg_id.value,
            )
            for reg_id in checked
            if (reg_id.id_type.id, reg_id.value) in shared
        ]

    @api.depends("value", "id_type.unique_value")
    def _compute_unique_key(self):
        for reg_id in self:
            reg_id.unique_key = reg_id.id_type.unique_value and reg_id.value

    @api.depends("partner_id.name")
    def _compute_display_name(self):
        for reg_id in self:
            reg_id.display_name = reg_id.partner_id.name or ""

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._strip_value(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._strip_value(vals))

    @api.model
    def _strip_value(self, vals):
        if isinstance(vals.get("value"), str):
            vals = {**vals, "value": vals["value"].strip()}
        return vals
