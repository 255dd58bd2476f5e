from odoo import fields, models


class ResPartner(models.Model):
    """What is known of a group, such as a household."""

    _inherit = "res.partner"

    kind = fields.Many2one("g2p.group.kind", ondelete="restrict", index="btree_not_null")
    kind_as_str = fields.Char(related="kind.name", string="Kind Name")
    is_partial_group = fields.Boolean("Partial Group")
