from odoo import fields, models

from .payment_manager import PHEE
from .payment_manager_credentials import DEFAULTS


class ResConfigSettings(models.TransientModel):
    """What new Payment Hub EE managers begin with. The addon itself brings nobody's hub."""

    _inherit = "res.config.settings"

    default_auth_endpoint_url = fields.Char("Authentication Endpoint URL", default_model=PHEE)
    default_payment_endpoint_url = fields.Char("Payment Endpoint URL", default_model=PHEE)
    default_status_endpoint_url = fields.Char("Status Endpoint URL", default_model=PHEE)
    default_details_endpoint_url = fields.Char("Details Endpoint URL", default_model=PHEE)
    default_tenant_id = fields.Char("Tenant ID", default_model=PHEE)
    # Credentials are no defaults of Odoo's, which everybody may read.
    phee_username = fields.Char("Hub Username", config_parameter=DEFAULTS["username"])
    phee_password = fields.Char("Hub Password", config_parameter=DEFAULTS["password"])
    phee_grant_type = fields.Selection(
        [("password", "Password"), ("client_credentials", "Client Credentials")],
        "Hub Grant Type",
        config_parameter=DEFAULTS["grant_type"],
    )
    phee_authorization = fields.Char("Hub Authorization", config_parameter=DEFAULTS["authorization"])
