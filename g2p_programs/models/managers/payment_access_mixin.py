from datetime import UTC

from odoo import api, fields, models

from ...dispatch import access
from ...dispatch.tls import TlsOptions, find_tls_faults
from ...dispatch.tokens import TOKEN

ADMIN_ONLY = {"copy": False, "exportable": False, "groups": "base.group_system"}
SECRETS = ("auth_password", "bearer_token", "oauth2_client_secret", "auth_header_value", "tls_client_key")
#: What goes with a submission for as long as it is open. Certificates do not: they end, and are renewed meanwhile.
PINNED = (
    "auth_type", "auth_username", "oauth2_token_url", "oauth2_client_id", "oauth2_scope", "oauth2_client_auth",
    "auth_header_name",
)  # fmt: skip
#: What each kind of authentication needs, besides its secret.
NEEDED = {
    access.AUTH_BASIC: ("auth_username",),
    access.AUTH_OAUTH2: ("oauth2_token_url", "oauth2_client_id"),
    access.AUTH_HEADER: ("auth_header_name",),
}
NEEDED_SECRET = {
    access.AUTH_BASIC: "auth_password",
    access.AUTH_BEARER: "bearer_token",
    access.AUTH_OAUTH2: "oauth2_client_secret",
    access.AUTH_HEADER: "auth_header_value",
}
#: What whoever fills in a certificate can mend at once; the rest needs the key, or comes with time.
CERTIFICATE_FAULTS = ("ca", "ca_secret", "certificate", "certificate_secret")


class G2PPaymentAccessMixin(models.AbstractModel):
    """How a rail is told who we are: none, basic, bearer, OAuth2 or a header, and TLS of one's own."""

    _name = "g2p.payment.access.mixin"
    _description = "Payment Access"
    # The second only so that what is pinned here is added to what is pinned there, whatever the rail inherits first.
    _inherit = ["g2p.payment.credentials.mixin", "g2p.payment.dispatch.mixin"]

    auth_type = fields.Selection(
        "_selection_auth_type", "Authentication", required=True, default=access.AUTH_NONE, tracking=True
    )
    auth_username = fields.Char("User Name", tracking=True)
    auth_password = fields.Char("Password", **ADMIN_ONLY)
    bearer_token = fields.Char(**ADMIN_ONLY)
    oauth2_token_url = fields.Char("Token URL", tracking=True)
    oauth2_client_id = fields.Char("Client ID", tracking=True)
    oauth2_client_secret = fields.Char("Client Secret", **ADMIN_ONLY)
    oauth2_scope = fields.Char(
        "Scope", tracking=True, help="Several with spaces between; empty where the server asks for none."
    )
    oauth2_client_auth = fields.Selection(
        [
            (access.CLIENT_BASIC, "In a header (client_secret_basic)"),
            (access.CLIENT_POST, "In the form (client_secret_post)"),
        ],
        "Client Secret Is Sent",
        required=True,
        default=access.CLIENT_BASIC,
        help="Every server takes the header; some older ones want the form.",
    )
    auth_header_name = fields.Char("Header Name", tracking=True, help="Such as X-API-Key.")
    auth_header_value = fields.Char("Header Value", **ADMIN_ONLY)
    tls_ca = fields.Text(
        "Own Certificate Authority",
        help="PEM, one or more certificates. When it is given, these alone are trusted, also by the token URL; when "
        "it is empty, the public ones are.",
        **ADMIN_ONLY,
    )
    tls_client_certificate = fields.Text(
        "Client Certificate",
        help="PEM: our certificate, followed by those between it and its authority.",
        **ADMIN_ONLY,
    )
    tls_client_key = fields.Text(
        "Client Key", help="PEM: private key of the client certificate, without a passphrase.", **ADMIN_ONLY
    )
    has_auth_password = fields.Boolean(
        "Password Is Set", compute="_compute_has_access_secrets", compute_sudo=True
    )
    has_bearer_token = fields.Boolean(
        "Bearer Token Is Set", compute="_compute_has_access_secrets", compute_sudo=True
    )
    has_oauth2_client_secret = fields.Boolean(
        "Client Secret Is Set", compute="_compute_has_access_secrets", compute_sudo=True
    )
    has_auth_header_value = fields.Boolean(
        "Header Value Is Set", compute="_compute_has_access_secrets", compute_sudo=True
    )
    has_tls_client_key = fields.Boolean(
        "Client Key Is Set", compute="_compute_has_access_secrets", compute_sudo=True
    )

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends(*SECRETS)
    def _compute_has_access_secrets(self):
        for manager in self:
            for name in SECRETS:
                manager[f"has_{name}"] = bool(manager[name])

    @api.model
    def _selection_auth_type(self):
        return [
            (access.AUTH_NONE, self.env._("None")),
            (access.AUTH_BASIC, self.env._("User name and password (Basic)")),
            (access.AUTH_BEARER, self.env._("Token that never changes (Bearer)")),
            (access.AUTH_OAUTH2, self.env._("OAuth 2.0 client credentials")),
            (access.AUTH_HEADER, self.env._("Key in a header")),
        ]

    @api.model
    def _valid_field_parameter(self, field, name):
        # The rails are threads, and this mixin is none.
        return name == "tracking" or super()._valid_field_parameter(field, name)

    # ---- What a rail says -------------------------------------------------------------------------------------
    @api.model
    def _get_credential_fields(self):
        return [*super()._get_credential_fields(), *SECRETS]

    @api.model
    def _get_endpoint_fields(self):
        return [*super()._get_endpoint_fields(), "oauth2_token_url"]

    @api.model
    def _rail_pinned_fields(self):
        return [*super()._rail_pinned_fields(), *PINNED]

    def _get_pinned_addresses(self, settings):
        # Rails keep what belongs to access together.
        return (settings.get("access") or {}) | super()._get_pinned_addresses(settings)

    # ---- Access -----------------------------------------------------------------------------------------------
    def _get_access_settings(self):
        """Return what a submission of one manager is pinned to (:class:`AccessSettings`); no secret is in it.

        The certificates are not either: they end, and are renewed while submissions are open.
        """
        self.ensure_one()
        return access.AccessSettings(**{name: (self[name] or "").strip() for name in PINNED})

    def _get_access_secrets(self):
        """Return today's secrets and certificates of one manager (:class:`AccessSecrets`), for its client only."""
        self.ensure_one()
        # sudo: readable by administrators only; they go to the client and nowhere else.
        manager = self.sudo()
        names = (*SECRETS, "tls_ca", "tls_client_certificate")
        values = {name: manager[name] or "" for name in names}
        # A password may end with a blank; what is pasted from a letter only seems to.
        return access.AccessSecrets(
            **{name: value if name == "auth_password" else value.strip() for name, value in values.items()}
        )

    # ---- Problems ---------------------------------------------------------------------------------------------
    def _find_access_problems(self):
        """Return everything because of which one manager could not authenticate (list of texts).

        With what an administrator has still to enter, and with certificates that are over.
        """
        settings, secrets = self._get_access_settings(), self._get_access_secrets()
        problems = self._find_access_setting_problems()
        wanted = NEEDED_SECRET.get(settings.auth_type)
        if wanted and not getattr(secrets, wanted):
            problems.append(
                self.env._(
                    "%(name)s: %(field)s is missing. An administrator checks all endpoints and enters it.",
                    name=self.name,
                    field=self._get_access_label(wanted),
                )
            )
        elif wanted and not self._can_be_sent(wanted, getattr(secrets, wanted)):
            problems.append(
                self.env._(
                    "%(name)s: %(field)s has a character that cannot be sent, such as a line break. An administrator "
                    "enters it again.",
                    name=self.name,
                    field=self._get_access_label(wanted),
                )
            )
        found = [code for code in self._find_tls_faults() if code not in CERTIFICATE_FAULTS]
        return problems + [self._explain_tls_fault(code) for code in found]

    def _find_access_setting_problems(self):
        """Return what is wrong with the settings themselves (list of texts), for a constraint.

        No secret is missed here: officers fill in settings before an administrator enters secrets.
        """
        self.ensure_one()
        settings = self._get_access_settings()
        problems = [
            self.env._(
                "%(name)s: %(field)s is missing. Fill it in, or choose another Authentication.",
                name=self.name,
                field=self._get_access_label(name),
            )
            for name in NEEDED.get(settings.auth_type, ())
            if not getattr(settings, name)
        ]
        if settings.oauth2_token_url and (problem := self._find_url_problem("oauth2_token_url")):
            problems.append(problem)
        problems += self._find_character_problems(settings)
        found = [code for code in self._find_tls_faults() if code in CERTIFICATE_FAULTS]
        return problems + [self._explain_tls_fault(code) for code in found]

    def _find_character_problems(self, settings):
        """Return which texts cannot be sent as they are (list of texts)."""
        problems = []
        if settings.auth_header_name and not access.is_header_name(settings.auth_header_name):
            problems.append(
                self.env._(
                    "%(name)s: Header Name is not one that a key can be sent in. Use the name that the payment system "
                    "gave you, such as X-API-Key: letters, digits and hyphens, and none that HTTP itself needs.",
                    name=self.name,
                )
            )
        if not access.is_basic_user(settings.auth_username):
            problems.append(
                self.env._(
                    "%(name)s: User Name has a colon or a line break, which cannot be sent. Correct it.",
                    name=self.name,
                )
            )
        return problems

    @api.model
    def _can_be_sent(self, name, value):
        """Return whether a secret has only characters that can stand where it goes."""
        patterns = {
            "auth_password": access.BASIC_TEXT,
            "bearer_token": TOKEN,
            "auth_header_value": access.HEADER_VALUE,
        }
        return name not in patterns or bool(patterns[name].fullmatch(value))

    def _find_tls_faults(self):
        secrets = self._get_access_secrets()
        options = TlsOptions(secrets.tls_ca, secrets.tls_client_certificate, secrets.tls_client_key)
        return find_tls_faults(options, fields.Datetime.now().replace(tzinfo=UTC))

    def _explain_tls_fault(self, code):
        """Return a fault of the certificates with its remedy.

        :param str code: key of ``dispatch.tls.TLS_FAULTS``
        """
        texts = self._get_tls_texts()
        return self.env._("%(name)s: %(problem)s", name=self.name, problem=texts[code])

    @api.model
    def _get_tls_texts(self):
        pem = self.env._("Paste it as PEM, with its lines -----BEGIN …----- and -----END …-----.")
        texts = {
            "ca": self.env._("Own Certificate Authority cannot be read. %s", pem),
            "ca_over": self.env._(
                "Own Certificate Authority has a certificate that is over. Ask the payment system for its present one."
            ),
            "certificate": self.env._("Client Certificate cannot be read. %s", pem),
            "certificate_over": self.env._(
                "Client Certificate is over. Have it renewed, and enter it together with its key."
            ),
            "certificate_early": self.env._(
                "Client Certificate is not valid yet. Wait, use the one before it, or correct this server's clock."
            ),
            "certificate_missing": self.env._(
                "Client Key is set without a Client Certificate. Enter both, or remove the key."
            ),
            "key": self.env._("Client Key cannot be read. Enter a private key without a passphrase, as PEM."),
            "key_missing": self.env._(
                "Client Certificate is set without a Client Key. An administrator checks all endpoints and enters the "
                "key, or removes the certificate."
            ),
            "pair": self.env._(
                "Client Key is not the key of Client Certificate. Enter the two that belong together, our own "
                "certificate first."
            ),
        }
        for code, name in (("ca_secret", "tls_ca"), ("certificate_secret", "tls_client_certificate")):
            texts[code] = self.env._(
                "%s holds a private key. Take it out: it belongs into Client Key only.",
                self._get_access_label(name),
            )
        return texts

    @api.model
    def _get_access_label(self, name):
        return self._fields[name]._description_string(self.env)
