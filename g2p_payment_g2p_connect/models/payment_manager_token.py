from odoo import api, fields, models
from odoo.exceptions import UserError


class G2PConnectPaymentManager(models.Model):
    """The manager's token: an administrator enters it for one address, and it leaves this database for no other."""

    _inherit = "g2p.program.payment.manager.g2p.connect"

    api_token = fields.Char("Bearer Token", copy=False, exportable=False, groups="base.group_system")
    has_token = fields.Boolean("Token Is Set", compute="_compute_has_token", compute_sudo=True)

    @api.depends("api_token")
    def _compute_has_token(self):
        for manager in self:
            manager.has_token = bool(manager.api_token)

    # ---- CRUD -------------------------------------------------------------------------------------------------
    def write(self, vals):
        losing = self._find_losing_token(vals)
        result = super().write(vals)
        if losing:
            losing._forget_token()
        return result

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        # "exportable" keeps a field out of the dialog only.
        named = {path[0] for path in fields if path} & set(self._fields)
        hidden = [self._fields[name] for name in sorted(named) if not self._fields[name].exportable]
        if hidden:
            labels = [field._description_string(self.env) for field in hidden]
            raise UserError(self.env._("%s cannot be exported. Leave it out.", ", ".join(labels)))
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)

    # ---- Business ---------------------------------------------------------------------------------------------
    def _find_losing_token(self, vals):
        """Return the managers whose token would go to an address that no administrator has chosen."""
        # Who asks decides, not the mode: a flow that writes for an officer as the superuser is the officer's.
        if "api_token" in vals or self.env.user._is_system():
            return self.browse()
        names = [name for name in ("payment_endpoint_url", "status_endpoint_url") if name in vals]
        return self.filtered(
            lambda manager: (
                manager.has_token and any((manager[name] or "") != (vals[name] or "") for name in names)
            )
        )

    def _forget_token(self):
        # sudo: nobody but administrators may write it, and taking it away is the point.
        self.sudo().write({"api_token": False})
        for manager in self:
            manager.message_post(
                body=self.env._(
                    "The bearer token was removed, as %(user)s changed where it is sent to. Nothing is sent until an "
                    "administrator has checked both endpoints and entered the token again.",
                    user=self.env.user.name,
                )
            )
