from odoo import api, fields, models
from odoo.exceptions import ValidationError


class G2PRelationship(models.Model):
    _name = "g2p.relationship"
    _description = "Relationship"
    _order = "id desc"

    name = fields.Char(translate=True, required=True)
    name_inverse = fields.Char(translate=True, required=True, help="How the second registrant would put it.")
    bidirectional = fields.Boolean(help="The relationship reads the same from both sides.")
    source_type = fields.Selection(selection="get_partner_types")
    destination_type = fields.Selection(selection="get_partner_types")

    @api.constrains("name")
    def _check_name(self):
        if any(not (relationship.name or "").strip() for relationship in self):
            raise ValidationError(self.env._("A relationship has no name. Enter one."))

    @api.model
    def get_partner_types(self):
        """Return the kinds of registrants that a relationship may link.

        :return: list of (key, label)
        """
        return [("g", self.env._("Group")), ("i", self.env._("Individual"))]
