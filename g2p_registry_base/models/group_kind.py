from odoo import fields, models


class G2PGroupKind(models.Model):
    _name = "g2p.group.kind"
    _inherit = ["g2p.unique.name.mixin"]
    _description = "Group Kind"
    _order = "id desc"

    name = fields.Char("Kind", required=True)

    _name_unique = models.Constraint(
        "EXCLUDE USING btree (lower(btrim(name)) WITH =) DEFERRABLE INITIALLY DEFERRED",
        "This group kind already exists.",
    )
