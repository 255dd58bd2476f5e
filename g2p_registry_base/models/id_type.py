import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class G2PIDType(models.Model):
    _name = "g2p.id.type"
    _inherit = ["g2p.unique.name.mixin"]
    _description = "ID Type"
    _order = "name ASC"

    name = fields.Char(required=True)
    id_validation = fields.Char(
        "ID Validation",
        help="A regular expression that the whole ID must match, for example [0-9]{10}. "
        "Leave it empty to accept any text.",
    )
    unique_value = fields.Boolean(
        "One Registrant per Value",
        help="When ticked, no two registrants may hold the same ID of this type, whichever company "
        "they belong to. Leave it unticked for IDs that families share, such as a ration card.",
    )

    _name_unique = models.Constraint(
        "EXCLUDE USING btree (lower(btrim(name)) WITH =) DEFERRABLE INITIALLY DEFERRED",
        "This ID type already exists.",
    )

    @api.constrains("id_validation")
    def _check_id_validation(self):
        errors = []
        for id_type in self.filtered("id_validation"):
            try:
                re.compile(id_type.id_validation)
            except re.error as error:
                errors.append(
                    self.env._(
                        'ID type "%(name)s": the validation "%(pattern)s" is not a regular expression '
                        "(%(error)s). Correct it or leave it empty.",
                        name=id_type.name,
                        pattern=id_type.id_validation,
                        error=error,
                    )
                )
        if errors:
            raise ValidationError("\n".join(errors))

    @api.constrains("unique_value")
    def _check_existing_values_unique(self):
        """Refuse to demand unique values of a type while registrants share one."""
        id_types = self.filtered("unique_value")
        if not id_types:
            return
        Ids = self.env["g2p.reg.id"]
        rows = self.env.execute_query(
            SQL(
                "SELECT id_type, count(*) FROM ("
                "  SELECT %(id_type)s AS id_type, %(value)s FROM g2p_reg_id"
                "  WHERE id_type IN %(ids)s AND value <> ''"
                "  GROUP BY id_type, value HAVING count(*) > 1"
                ") AS shared GROUP BY id_type ORDER BY id_type",
                id_type=SQL.identifier("id_type", to_flush=Ids._fields["id_type"]),
                value=SQL.identifier("value", to_flush=Ids._fields["value"]),
                ids=tuple(id_types.ids),
            )
        )
        if rows:
            raise ValidationError(
                "\n".join(
                    self.env._(
                        'ID type "%(name)s": %(count)s values are held by more than one registrant. '
                        "Correct those IDs first, then ask for one registrant per value.",
                        name=self.browse(id_type).name,
                        count=count,
                    )
                    for id_type, count in rows
                )
            )
