from random import randint

from odoo import fields, models


class G2PRegistrantTags(models.Model):
    _name = "g2p.registrant.tags"
    _inherit = ["g2p.unique.name.mixin"]
    _description = "Registrant Tags"

    name = fields.Char("Tags", required=True)
    color = fields.Integer(default=lambda self: randint(1, 11))
    active = fields.Boolean(default=True, help="Archived tags are hidden, but stay on their registrants.")

    _name_unique = models.Constraint(
        "EXCLUDE USING btree (lower(btrim(name)) WITH =) DEFERRABLE INITIALLY DEFERRED",
        "This tag already exists.",
    )
