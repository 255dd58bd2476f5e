from odoo import api, fields, models

from .payment_manager_settings import ENDPOINTS

SECRET = {"copy": False, "exportable": False, "groups": "base.group_system"}
#: Settings of the whole database that a new manager takes, and where only administrators find them.
DEFAULTS = {
    "username": "g2p_payment_phee.username",
    "password": "g2p_payment_phee.password",
    "grant_type": "g2p_payment_phee.grant_type",
    "authorization": "g2p_payment_phee.authorization",
}


class G2PPaymentHubEEManager(models.Model):
    """The hub's credentials: an administrator enters them for the addresses he has seen, and they go to no others."""

    _inherit = "g2p.program.payment.manager.phee"

    password = fields.Char(**SECRET)
    authorization = fields.Char(help="Of the hub's token endpoint, such as Basic Y2xpZW50Og==", **SECRET)
    oidc_client_secret = fields.Char("OpenID Connect Secret", **SECRET)
    payment_api_key = fields.Char("API Key of the Payment Host", **SECRET)
    status_api_key = fields.Char("API Key of the Status Host", **SECRET)
    signing_key = fields.Text(
        help="RSA private key, PEM or base64 of PKCS#8; its certificate is the tenant's at the hub.", **SECRET
    )
    has_password = fields.Boolean("Password Is Set", compute="_compute_has_secrets", compute_sudo=True)
    has_authorization = fields.Boolean(
        "Authorization Is Set", compute="_compute_has_secrets", compute_sudo=True
    )
    has_oidc_client_secret = fields.Boolean(
        "OpenID Connect Secret Is Set", compute="_compute_has_secrets", compute_sudo=True
    )
    has_payment_api_key = fields.Boolean(
        "API Key of the Payment Host Is Set", compute="_compute_has_secrets", compute_sudo=True
    )
    has_status_api_key = fields.Boolean(
        "API Key of the Status Host Is Set", compute="_compute_has_secrets", compute_sudo=True
    )
    has_signing_key = fields.Boolean("Signing Key Is Set", compute="_compute_has_secrets", compute_sudo=True)
    missing_secrets = fields.Text(compute="_compute_has_secrets", compute_sudo=True)

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends(
        lambda self: [
            *self._get_credential_fields(), "username", "grant_type", "payment_auth", "status_auth", "sign_requests",
            "server_version",
        ]
    )  # fmt: skip
    def _compute_has_secrets(self):
        for manager in self:
            for name in self._get_credential_fields():
                manager[f"has_{name}"] = bool(manager[name])
            manager.missing_secrets = "\n".join(manager._find_missing_secrets()) or False

    @api.model
    def _get_credential_fields(self):
        return [
            "password", "authorization", "oidc_client_secret", "payment_api_key", "status_api_key", "signing_key",
        ]  # fmt: skip

    @api.model
    def _get_endpoint_fields(self):
        return list(ENDPOINTS)

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        managers = super().create(vals_list)
        managers._take_default_credentials()
        return managers

    # ---- Business ---------------------------------------------------------------------------------------------
    def _take_default_credentials(self):
        """Give new managers the database's own credentials, where they go to no address but the database's own."""
        # sudo: administrators have entered them for new managers, whoever makes those
        parameters, defaults = self.env["ir.config_parameter"].sudo(), self.env["ir.default"].sudo()
        known = {name: parameters.get_param(where) for name, where in DEFAULTS.items()}
        own = {name: defaults._get(self._name, name) or "" for name in ENDPOINTS}
        is_system = self.env.user._is_system()
        for manager in self.sudo():
            if not is_system and any((manager[name] or "") != address for name, address in own.items()):
                continue
            missing = {name: value for name, value in known.items() if value and not manager[name]}
            if missing:
                manager.write(missing)
