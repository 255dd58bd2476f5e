from odoo import api, fields, models

from .. import const


class G2PConnectPaymentManager(models.Model):
    """The manager's token: an administrator enters it for one address, and it leaves this database for no other."""

    _name = "g2p.program.payment.manager.g2p.connect"
    _inherit = ["g2p.program.payment.manager.g2p.connect", "g2p.payment.credentials.mixin"]

    api_token = fields.Char("Bearer Token", copy=False, exportable=False, groups="base.group_system")
    has_token = fields.Boolean("Token Is Set", compute="_compute_has_token", compute_sudo=True)

    @api.depends("api_token")
    def _compute_has_token(self):
        for manager in self:
            manager.has_token = bool(manager.api_token)

    @api.model
    def _get_credential_fields(self):
        return ["api_token"]

    @api.model
    def _get_endpoint_fields(self):
        return ["payment_endpoint_url", "status_endpoint_url"]

    @api.model
    def _get_loopback_parameter(self):
        return const.LOOPBACK_PARAMETER

    def _rail_check_payload(self, submission):
        self._check_addresses_stand(submission)
        return super()._rail_check_payload(submission)

    def _find_losing_credentials(self, vals):
        # Whoever may write a token enters it together with its address.
        return self.browse() if "api_token" in vals else super()._find_losing_credentials(vals)
