from dataclasses import asdict, replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.g2p_programs.dispatch.claim import payment_data
from odoo.addons.g2p_programs.dispatch.tokens import TokenCache
from odoo.addons.g2p_programs.domains import parse_domain

from .. import client, const
from ..addresses import payee_fa
from ..row_rules import explain, findings
from ..settings import Credentials, Settings
from .constants import G2P_CONNECT

#: Tokens live in this process's memory and nowhere else.
TOKENS = TokenCache()


class G2PConnectPaymentManager(models.Model):
    """Pays batches through a system that speaks G2P Connect's disburse core API 1.0.0, or through a G2P Bridge."""

    _name = G2P_CONNECT
    _description = "G2P Connect Payment Manager"
    _inherit = [
        "g2p.program.payment.manager.file",
        "g2p.payment.status.check.mixin",
        "g2p.payment.access.mixin",
        "g2p.payment.callback.mixin",
    ]

    api_mode = fields.Selection(
        [
            (const.MODE_SYNC, "1.0.0, Synchronous: answers say what became of payments"),
            (const.MODE_ASYNC, "1.0.0, Asynchronous: we are called back"),
            (const.MODE_BRIDGE, "OpenG2P G2P Bridge 1.0: envelopes and disbursements"),
        ],
        "API",
        required=True,
        default=const.MODE_SYNC,
        tracking=True,
        help="What the payment system speaks: one of the two halves of G2P Connect's API, or the API of OpenG2P's G2P "
        "Bridge. Each is asked about what it did not tell.",
    )

    batch_tag_ids = fields.Many2many(
        "g2p.payment.batch.tag",
        "g2p_pay_batch_tag_pay_manager_g2p_connect",
        string="Batch Tags",
        ondelete="restrict",
    )
    payment_file_config_ids = fields.Many2many(
        "g2p.payment.file.config",
        "g2p_pay_file_config_pay_manager_g2pconnect",
        string="Documents",
        ondelete="restrict",
        help="Made of each batch whose tag has none of its own, for people; the payment system gets none of them.",
    )
    create_batch = fields.Boolean(default=True)
    payment_endpoint_url = fields.Char("Payment Endpoint URL", required=True, tracking=True)
    status_endpoint_url = fields.Char("Status Endpoint URL", required=True, tracking=True)
    api_timeout = fields.Integer(
        "API Timeout", default=10, required=True, help="Total time for one call, in seconds."
    )
    sender_id = fields.Char("Sender ID", required=True, help="Our id, as registered with the payment system.")
    receiver_id = fields.Char("Receiver ID", help="The payment system's id.")
    # This and the locale are needed in two of the three modes: a constraint sees to it.
    payer_fa = fields.Char(
        "Payer Financial Address",
        help="The account that pays, such as account:7001002003@central-bank.",
    )
    payer_name = fields.Char(help="Shown to payees; the program's name when empty.")
    payee_prefix = fields.Char(help="Before the payee's identifier, such as account: or mobile:.")
    payee_suffix = fields.Char(
        help="The provider, after the payee's identifier, where there is no bank code."
    )
    locale = fields.Char(default="eng", help="Language of messages, ISO 639-3 (three letters).")
    note = fields.Char(help="For the payee's statement, at most 99 characters.")
    status_action = fields.Char(
        required=True, default="txn-status", help="The action named in the header of a status question."
    )
    allowed_currencies = fields.Many2many(
        "res.currency",
        "g2p_connect_manager_currency_rel",
        help="What the payment system pays in; empty for any.",
    )
    send_payments_domain = fields.Text(
        "Filter Batches to Send", default="[]", required=True, help="Only batches that match are sent."
    )

    # ---- Onchange ---------------------------------------------------------------------------------------------
    @api.onchange("payee_id_type")
    def _onchange_payee_id_type(self):
        self.payee_prefix = const.PREFIXES.get(self.payee_id_type, "")

    # ---- The rail ---------------------------------------------------------------------------------------------
    def _rail_settings(self):
        self.ensure_one()
        settings = asdict(self._get_client_settings())
        # Our address is a secret of its own, and what is pinned is shown to many.
        del settings["sender_uri"]
        return settings

    def _rail_client(self, settings):
        return client.G2PConnectClient(
            self._read_settings(settings), self._get_credentials(), self._get_reasons(), TOKENS
        )

    def _read_settings(self, settings):
        """Return pinned settings (:class:`Settings`), with where we are called back now."""
        pinned = Settings.from_stored(settings)
        return replace(pinned, sender_uri=self._get_callback_url()) if pinned.is_async else pinned

    def _get_credentials(self):
        return Credentials(access=self._get_access_secrets(), protection=self._get_protection())

    def _rail_plan(self, batch):
        plan = super()._rail_plan(batch)
        for planned in plan:
            if len(planned.payment_ids) > const.MAX_PAYMENTS_PER_BATCH:
                raise UserError(
                    self.env._(
                        "Batch %(batch)s has %(count)s payments. An answer about more than %(most)s is too large to "
                        "be read: move some of them to another batch.",
                        batch=batch.name,
                        count=len(planned.payment_ids),
                        most=const.MAX_PAYMENTS_PER_BATCH,
                    )
                )
        return plan

    def _rail_findings(self, payments):
        texts = self._find_row_problems(payments)
        # A currency that was archived later must not turn "only these" into "any".
        allowed = set(self.with_context(active_test=False).allowed_currencies.mapped("name"))
        for payment in payments:
            if allowed and payment.currency not in allowed:
                texts[payment.reference] = self.env._(
                    "The payment system does not pay in %(currency)s. Allowed: %(allowed)s.",
                    currency=payment.currency,
                    allowed=", ".join(sorted(allowed)),
                )
        return texts

    def _find_row_problems(self, payments):
        """Return why payments cannot be put into this API's messages (dict {reference: text})."""
        return explain(findings(payments, self._get_client_settings()), self._get_reasons())

    def _rail_deadline_seconds(self):
        return self.api_timeout

    @api.model
    def _rail_pinned_fields(self):
        return [
            *super()._rail_pinned_fields(),
            "payment_endpoint_url",
            "status_endpoint_url",
            "sender_id",
            "receiver_id",
            "payer_fa",
            "payee_prefix",
            "payee_suffix",
            "api_mode",
        ]

    def _get_client_settings(self):
        """Return what the client depends on, without credentials."""
        return Settings(
            payment_endpoint_url=self.payment_endpoint_url,
            status_endpoint_url=self.status_endpoint_url,
            sender_id=self.sender_id,
            receiver_id=self.receiver_id or "",
            payer_fa=self.payer_fa or "",
            payer_name=self.payer_name or self.program_id.name,
            locale=self.locale or "",
            note=self.note or "",
            purpose=self.program_id.name,
            status_action=self.status_action,
            payee_prefix=self.payee_prefix or "",
            payee_suffix=self.payee_suffix or "",
            final_refusal_codes=" ".join(self._get_final_refusal_codes()),
            api_mode=self.api_mode,
            sender_uri=self._get_callback_url(),
            access=self._get_access_settings(),
        )

    def _get_reasons(self):
        """Return what stands in the way of a payment, for officers; no payee and no account in it.

        :return: dict {key of const.REASONS: text}
        """
        return {
            "transaction": self.env._(
                "the transaction's key is longer than the 99 characters that the API allows"
            ),
            "reference": self.env._(
                "it has no reference, or one that another payment of the batch has too: prepare it again"
            ),
            "address": self.env._(
                "there is no valid financial address of the payee: check the kind of account, its bank code, and "
                "prefix and suffix of the payment manager"
            ),
            "amount": self.env._(
                "the amount cannot be carried: it must be above 0, have at most 13 digits before the point and at "
                "most 2 behind it"
            ),
            "currency": self.env._("the currency has no three-letter ISO 4217 code: correct the currency"),
            "payer": self.env._(
                "the payer's financial address is not one: correct it in the payment manager"
            ),
            "locale": self.env._(
                "the locale is not ISO 639-3: use three small letters in the payment manager"
            ),
        }

    def _needs_bank_code(self):
        return not self.payee_suffix

    def _get_payee_fa(self, payment):
        """Return the financial address that a payment goes to.

        :param payment: one ``g2p.payment``
        :return: str
        """
        return payee_fa(payment_data(payment)[0], self._get_client_settings())

    # ---- Sending ----------------------------------------------------------------------------------------------
    def _get_batch_filter(self):
        where = self.env._("Filter Batches to Send of %s", self.name)
        return parse_domain(self.env["g2p.payment.batch"], self.send_payments_domain, where)

    def _filter_batches_to_send(self, batches):
        return batches.filtered_domain(self._get_batch_filter())
