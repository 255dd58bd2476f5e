from dataclasses import asdict, replace

from odoo import api, fields, models

from odoo.addons.g2p_programs.dispatch.claim import payment_data
from odoo.addons.g2p_programs.dispatch.rail import PlannedSubmission
from odoo.addons.g2p_programs.dispatch.tokens import TokenCache

from .. import const, cut, row_rules
from ..client import PHEEClient
from ..settings import Credentials, Settings

PHEE = "g2p.program.payment.manager.phee"
#: Longest note of a payment; the hub keeps it in columns of no known width.
NOTE_LENGTH = 60
#: Tokens live in this process's memory and nowhere else.
TOKENS = TokenCache()


class G2PPaymentHubEEManager(models.Model):
    """Pays batches through Payment Hub EE: a file for its bulk processor, questions to its operations app."""

    _name = PHEE
    _description = "Payment Hub EE"
    _inherit = [
        "g2p.program.payment.manager.default",
        "g2p.payment.status.check.mixin",
        "g2p.payment.credentials.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]

    dispatch_paused = fields.Boolean(tracking=True)
    dispatch_paused_reason = fields.Char(tracking=True)

    # -- the hub
    server_version = fields.Selection(
        "_selection_server_version",
        "Version of the Bulk Processor",
        required=True,
        default=const.DEFAULT_VERSION,
        tracking=True,
    )
    auth_endpoint_url = fields.Char("Authentication Endpoint URL", tracking=True)
    payment_endpoint_url = fields.Char("Payment Endpoint URL", required=True, tracking=True)
    status_endpoint_url = fields.Char("Status Endpoint URL", required=True, tracking=True)
    details_endpoint_url = fields.Char("Details Endpoint URL", tracking=True)
    batches_endpoint_url = fields.Char("Batches Endpoint URL", tracking=True)
    oidc_token_url = fields.Char("OpenID Connect Token URL", tracking=True)
    tenant_id = fields.Char("Tenant ID", required=True, tracking=True)
    payment_auth = fields.Selection(
        "_selection_auth", "Payment Host Wants", required=True, default=const.AUTH_NONE, tracking=True
    )
    status_auth = fields.Selection(
        "_selection_auth", "Status Host Wants", required=True, default=const.AUTH_NONE, tracking=True
    )
    username = fields.Char()
    grant_type = fields.Selection(
        [(const.GRANT_PASSWORD, "Password"), (const.GRANT_CLIENT, "Client Credentials")],
        required=True,
        default=lambda self: self._default_grant_type(),
    )
    oidc_client_id = fields.Char("OpenID Connect Client")
    api_key_header = fields.Char("API Key Header", default=const.DEFAULT_API_KEY_HEADER)
    sign_requests = fields.Boolean(
        default=True,
        help="Send X-SIGNATURE. Hubs from v1.8 on refuse what is not signed, unless told otherwise.",
    )
    hub_certificate = fields.Text(
        "Certificate of the Hub",
        help="PEM, or base64 in one line. When it is given, an answer that the hub has not signed settles nothing.",
    )
    batch_request_timeout = fields.Integer(
        default=10, required=True, help="Total time for one call, in seconds."
    )

    # -- what is sent
    payment_mode = fields.Selection("_selection_payment_mode", required=True, tracking=True)
    payer_id_type = fields.Char("Payer ID Type", default=const.ACCOUNT_TYPE)
    payer_id = fields.Char("Payer ID", help="Empty where the hub knows it by institution and program.")
    payee_id_type_to_send = fields.Char(
        "Payee ID Type to Send", help="Empty for what the hub calls it: accountNumber or msisdn."
    )
    account_lookup = fields.Boolean(
        "Hub Looks Payees Up", help="Payees are functional ids, registered with the hub's account mapper."
    )
    batch_type_header = fields.Selection(
        [(const.TYPE_CSV, "CSV"), (const.TYPE_RAW, "RAW (JSON)")],
        "Batch Type",
        required=True,
        default=const.TYPE_CSV,
    )
    csv_columns = fields.Selection(
        [("0", "All that the version takes"), ("10", "10"), ("13", "13"), ("15", "15")],
        "Columns",
        required=True,
        default="0",
    )
    batch_purpose_header = fields.Char("Batch Purpose", required=True, default="G2P Payment")
    registering_institution_id = fields.Char("Registering Institution ID")
    hub_program_id = fields.Char("Program ID of the Hub")
    payee_dfsp_id = fields.Char("Payee DFSP ID", help="Where the payee's bank has no code of its own.")
    program_shortcode = fields.Char()
    file_name_prefix = fields.Char("Filename Prefix", default="ph_ee_")
    minor_unit_digits = fields.Integer(
        "Digits of the Minor Unit",
        default=0,
        help="0: amounts are sent in whole units, and others are refused. 2: 12.50 is sent as 1250. The hub does not "
        "say which one it means: ask whoever runs it.",
    )

    # -- batches
    batch_tag_ids = fields.Many2many(
        "g2p.payment.batch.tag",
        "g2p_pay_batch_tag_pay_manager_phee",
        string="Batch Tags",
        ondelete="restrict",
    )
    max_batch_size = fields.Integer(default=const.MAX_ROWS, required=True)
    max_batch_bytes = fields.Integer(
        "Max File Size (bytes)",
        default=const.MAX_BYTES,
        required=True,
        help="csv.size of the bulk processor.",
    )
    make_csv_at_prepare = fields.Boolean(
        "Make CSV at Prepare",
        help="Make the files as soon as payments are prepared, so that they can be looked at.",
    )

    # ---- Defaults and selections --------------------------------------------------------------------------------
    @api.model
    def _default_grant_type(self):
        # sudo: a setting of the database, no secret
        known = self.env["ir.config_parameter"].sudo().get_param("g2p_payment_phee.grant_type")
        return known if known in const.GRANTS else const.GRANT_PASSWORD

    @api.model
    def _selection_server_version(self):
        return [
            ("v1.4", "v1.4"),
            ("v1.6", "v1.6, v1.7"),
            ("v1.8", "v1.8"),
            ("v1.9", "v1.9, v1.10"),
            ("v1.11", "v1.11, v1.12"),
            ("v1.13", "v1.13"),
        ]

    @api.model
    def _selection_auth(self):
        return [
            (const.AUTH_NONE, self.env._("Nothing")),
            (const.AUTH_HUB, self.env._("Token of the hub")),
            (const.AUTH_OIDC, self.env._("Token of an OpenID Connect provider")),
            (const.AUTH_API_KEY, self.env._("API key")),
        ]

    @api.model
    def _selection_payment_mode(self):
        return [(mode, mode.upper()) for mode in const.PAYMENT_MODES]

    # ---- The rail ---------------------------------------------------------------------------------------------
    def _rail_settings(self):
        self.ensure_one()
        return asdict(self._get_client_settings())

    def _rail_client(self, settings):
        return PHEEClient(
            Settings.from_stored(settings), self._get_credentials(), TOKENS, self._get_reasons()
        )

    def _rail_plan(self, batch):
        payments = batch.payment_ids.filtered(lambda one: one.state == "issued")
        return [
            PlannedSubmission(1, ids) for ids in cut.plan(payment_data(payments), self._get_pinned_of(batch))
        ]

    def _rail_findings(self, payments):
        found = row_rules.row_findings(payments, self._get_client_settings())
        return row_rules.explain(found, self._get_reasons())

    def _rail_deadline_seconds(self):
        return self.batch_request_timeout

    @api.model
    def _rail_pinned_fields(self):
        return [*super()._rail_pinned_fields(), *self._get_pinned_names().values()]

    @api.model
    def _get_pinned_names(self):
        """Return {name in :class:`Settings`: field} of what is pinned as it stands in a field (dict)."""
        same = (
            "server_version", "payment_endpoint_url", "status_endpoint_url", "details_endpoint_url",
            "batches_endpoint_url", "auth_endpoint_url", "oidc_token_url", "tenant_id", "payment_auth", "status_auth",
            "username", "grant_type", "oidc_client_id", "api_key_header", "payment_mode", "payer_id_type", "payer_id",
            "payee_id_type_to_send", "batch_type_header", "csv_columns", "batch_purpose_header",
            "registering_institution_id", "payee_dfsp_id", "program_shortcode", "file_name_prefix", "max_batch_size",
            "max_batch_bytes", "minor_unit_digits", "account_lookup", "sign_requests", "hub_certificate",
        )  # fmt: skip
        return {name: name for name in same} | {"program_id": "hub_program_id"}

    def _get_client_settings(self):
        """Return what the client depends on, without credentials and without what belongs to one batch."""
        values = {}
        for name, field in self._get_pinned_names().items():
            is_text = self._fields[field].type in ("char", "text", "selection")
            values[name] = (self[field] or "").strip() if is_text else self[field]
        values |= {
            name: row_rules.plain_text(values[name]) for name in ("batch_purpose_header", "program_shortcode")
        }
        return Settings(**values | {"csv_columns": int(values["csv_columns"] or 0)})

    def _get_batch_settings(self, batch):
        """Return what a batch that is released now is sent with (dict): also its note, cycle and first day.

        The day is the one on which the batch was made, so that it is the same for everybody who looks at the release.
        """
        # Not in the language of whoever looks: what is signed must be one thing.
        cycle = batch.with_context(lang=None).cycle_id
        note = row_rules.plain_text(f"{cycle.program_id.name} {cycle.name}")[:NOTE_LENGTH]
        settings = replace(
            self._get_client_settings(),
            note=row_rules.plain_text(note),
            cycle=row_rules.plain_text(cycle.name or "")[:NOTE_LENGTH].strip(),
            searched_from=batch.create_date.date().isoformat(),
        )
        return asdict(settings)

    def _get_pinned_of(self, batch):
        """Return the :class:`Settings` that a batch is, or would be, sent with."""
        # sudo: how it is sent is no secret, and is read by whoever may prepare or queue
        return Settings.from_stored(batch.sudo()._get_send_settings()[batch.id])

    def _get_credentials(self):
        # sudo: secrets are readable by administrators only; they go to the client and nowhere else.
        manager = self.sudo()
        secrets = {name: manager[name] or "" for name in self._get_credential_fields()}
        return Credentials(**secrets, callback_url=manager._get_callback_url())

    def _get_batch_size(self, tag):
        return min(filter(None, (tag.max_batch_size, self.max_batch_size)))

    def _needs_bank_code(self):
        return False

    def _get_dfsp_id_and_type(self, payment):
        """Return how the hub is told who is paid.

        :param payment: one ``g2p.payment``
        :return: (type, value), as they are written into the file
        """
        row = row_rules.wire_row(payment_data(payment)[0], self._get_client_settings())
        return row.payee_type, row.payee
