from odoo import fields, models


class GenderType(models.Model):
    _name = "gender.type"
    _inherit = ["g2p.unique.name.mixin"]
    _description = "Gender Type"
    _rec_name = "code"
    _unique_name_fields = ("code", "value")

    code = fields.Char(required=True, help="What people see.")
    value = fields.Char(required=True, help="What is stored on the registrant.")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "EXCLUDE USING btree (lower(btrim(code)) WITH =) DEFERRABLE INITIALLY DEFERRED",
        "This gender code already exists.",
    )
    _value_unique = models.Constraint(
        "EXCLUDE USING btree (lower(btrim(value)) WITH =) DEFERRABLE INITIALLY DEFERRED",
        "This gender value already exists.",
    )
