from odoo import api, fields, models
from odoo.exceptions import UserError


class G2PGroupMembershipKind(models.Model):
    _name = "g2p.group.membership.kind"
    _inherit = ["g2p.unique.name.mixin"]
    _description = "Group Membership Kind"
    _order = "id desc"

    name = fields.Char("Kind", required=True)
    is_unique = fields.Boolean("Unique", help="A group has at most one current member of this kind.")

    _name_unique = models.Constraint(
        "EXCLUDE USING btree (lower(btrim(name)) WITH =) DEFERRABLE INITIALLY DEFERRED",
        "This kind of membership already exists.",
    )

    @api.constrains("is_unique")
    def _check_existing_holders(self):
        """Refuse to make a kind unique while a group has several members of it."""
        unique = self.filtered("is_unique")
        if unique:
            Memberships = self.env["g2p.group.membership"]
            Memberships._raise_errors(Memberships._get_unique_kind_errors(kinds=unique))

    def write(self, vals):
        if vals:
            self._refuse_protected(self.env._("Can't edit default kinds"))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_protected(self):
        self._refuse_protected(self.env._("Can't delete default kinds"))

    def _refuse_protected(self, message):
        """Raise when one of these kinds is among those the suite relies on."""
        protected = self & self._get_protected_kinds()
        if protected:
            raise UserError(
                self.env._(
                    "%(message)s: %(names)s. Add a kind of your own instead.",
                    message=message,
                    names=", ".join(protected.mapped("name")),
                )
            )

    @api.model
    def _get_protected_kinds(self):
        # sudo: external ids are not readable by ordinary users
        data = (
            self.env["ir.model.data"]
            .sudo()
            .search([("model", "=", self._name), ("name", "in", self._get_protected_external_identifier())])
        )
        return self.browse(data.mapped("res_id"))

    @api.model
    def _get_protected_external_identifier(self):
        """Return the names of the external ids of kinds that nobody may change; for extending addons."""
        return ["group_membership_kind_head"]
