from odoo import api, fields, models

from odoo.addons.g2p_programs.dispatch.access import AUTH_BEARER

from .. import const
from .constants import G2P_CONNECT


class G2PConnectPaymentManager(models.Model):
    """The manager's secrets: an administrator enters them for one address, and they leave this database for no other.

    The static token keeps the name that it has upstream; ``bearer_token``, as rails share it, is the same.
    """

    _inherit = G2P_CONNECT

    # Every operation of the API asks for a bearer token.
    auth_type = fields.Selection(default=AUTH_BEARER)
    api_token = fields.Char("Bearer Token", copy=False, exportable=False, groups="base.group_system")
    bearer_token = fields.Char("Static Token", related="api_token", readonly=False)
    has_token = fields.Boolean("Token Is Set", compute="_compute_has_token", compute_sudo=True)

    @api.depends("api_token")
    def _compute_has_token(self):
        for manager in self:
            manager.has_token = bool(manager.api_token)

    @api.model
    def _get_credential_fields(self):
        names = [name for name in super()._get_credential_fields() if name != "bearer_token"]
        # A signature says who we are just as a token does.
        return ["api_token", *names, "signing_key"]

    @api.model
    def _get_endpoint_fields(self):
        return ["payment_endpoint_url", "status_endpoint_url", *super()._get_endpoint_fields()]

    @api.model
    def _get_access_label(self, name):
        return super()._get_access_label("api_token" if name == "bearer_token" else name)

    @api.model
    def _get_loopback_parameter(self):
        return const.LOOPBACK_PARAMETER

    def _rail_check_payload(self, submission):
        self._check_addresses_stand(submission)
        return super()._rail_check_payload(submission)

    def _find_losing_credentials(self, vals):
        # Whoever may write a token enters it together with its address.
        entered = {"api_token", "bearer_token"} & set(vals)
        return self.browse() if entered else super()._find_losing_credentials(vals)
