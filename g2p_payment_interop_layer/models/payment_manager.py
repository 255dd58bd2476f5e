from dataclasses import asdict

from odoo import api, fields, models

from odoo.addons.g2p_programs.dispatch.claim import payment_data
from odoo.addons.g2p_programs.dispatch.rail import PlannedSubmission
from odoo.addons.g2p_programs.dispatch.tokens import TokenCache

from .. import const, cut, identifiers, row_rules
from ..client import InteropClient
from ..settings import Settings
from .constants import INTEROP

#: Longest note of a transfer, in characters.
NOTE_LENGTH = 128
#: Tokens live in this process's memory and nowhere else.
TOKENS = TokenCache()


class G2PPaymentInteropLayerManager(models.Model):
    """Pays through a Payments Interoperability Layer, list by list, or through a scheme adapter, one by one."""

    _name = INTEROP
    _description = "Payments Interoperability Layer"
    _inherit = [
        "g2p.program.payment.manager.default",
        "g2p.payment.status.check.mixin",
        "g2p.payment.access.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]

    dispatch_paused = fields.Boolean(tracking=True)
    dispatch_paused_reason = fields.Char(tracking=True)

    # -- who is called
    mode = fields.Selection(
        [
            (const.MODE_PIL, "Payments Interoperability Layer"),
            (const.MODE_SDK, "Mojaloop SDK Scheme Adapter, Direct"),
        ],
        required=True,
        default=const.MODE_PIL,
        tracking=True,
        help="The layer takes a list of payees and answers when all of them are through. The scheme adapter takes one "
        "transfer at a time; many are sent at once.",
    )
    payment_endpoint_url = fields.Char(
        "Payment Endpoint URL",
        required=True,
        tracking=True,
        help="Full address of POST /disbursement of the layer, or of POST /transfers of the scheme adapter.",
    )
    status_endpoint_url = fields.Char(
        "Status Endpoint URL",
        tracking=True,
        help="Our id is appended when we ask what became of it. Empty: the Payment Endpoint URL.",
    )
    check_endpoint_url = fields.Char(
        "Payee Check URL",
        tracking=True,
        help="Full address of POST /disbursementCheck of the layer, or of /parties of the scheme adapter. Empty: made "
        "from the Payment Endpoint URL.",
    )
    api_timeout = fields.Integer(
        "Time-out (seconds)",
        default=const.TRANSFER_SECONDS,
        required=True,
        help="Total time for one call to the scheme adapter. What is not answered by then is asked about.",
    )
    transfers_at_once = fields.Integer(
        default=8,
        required=True,
        help="So many transfers are under way to the scheme adapter at the same time.",
    )

    # -- what is sent
    payee_id_type_to_send = fields.Selection(
        [(kind, kind) for kind in const.ID_TYPES],
        "Payee ID Type to Send",
        compute="_compute_payee_id_type_to_send",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="What Mojaloop calls the payee's identifier. It follows the Payee ID Type; choose another one afterwards "
        "where the payees' banks have registered them so.",
    )
    phone_format = fields.Selection(
        [(const.PHONE_DIGITS, "Digits Only"), (const.PHONE_E164, "With a Leading +")],
        required=True,
        default=const.PHONE_DIGITS,
        help="How phone numbers are written; always with the country code.",
    )
    send_bank_code_as_fsp_id = fields.Boolean(
        "Bank Code Is the FSP ID",
        help="Send the code of the payee's bank as the scheme's id of it.",
    )
    payer_id_type = fields.Selection([(kind, kind) for kind in const.ID_TYPES], "Payer ID Type")
    payer_id_value = fields.Char("Payer ID")
    payer_name = fields.Char(help="As the payees' banks see it.")
    payer_type = fields.Selection(
        [(kind, kind.capitalize()) for kind in const.PARTY_TYPES], default="BUSINESS", required=True
    )
    amount_type = fields.Selection(
        [
            (const.AMOUNT_RECEIVE, "The payee receives the amount; fees come on top"),
            (const.AMOUNT_SEND, "The amount is what leaves us; fees are taken from it"),
        ],
        required=True,
        default=const.AMOUNT_RECEIVE,
        tracking=True,
        help="Where fees are taken from it, the payee gets less than the entitlement says: such a payment is disputed, "
        "and finance decides.",
    )
    accept_parties = fields.Boolean(
        "Accept Payees",
        default=True,
        help="Where the scheme adapter stops and asks whether this is the payee that was meant.",
    )
    accept_quotes = fields.Boolean(
        default=True,
        help="Where the scheme adapter stops and asks whether the fees are accepted.",
    )
    trust_aborted = fields.Boolean(
        "ABORTED Proves That Nothing Was Paid",
        copy=False,
        tracking=True,
        help="Only with the operator's word for it, and for administrators to switch on: the reference layer says "
        "ABORTED also of transfers that were paid after a time-out. While this is off, such payments stay open until "
        "two people of finance have confirmed what became of them.",
    )
    validate_before_sending = fields.Boolean(
        "Check Payees before Sending",
        tracking=True,
        help="Payees are looked up when payments are prepared, and nothing is released or sent to a payee that the "
        "payment system has not confirmed.",
    )

    # -- batches
    batch_tag_ids = fields.Many2many(
        "g2p.payment.batch.tag",
        "g2p_pay_batch_tag_pay_manager_interop_layer",
        string="Batch Tags",
        ondelete="restrict",
    )
    max_batch_size = fields.Integer(
        default=const.DEFAULT_BATCH_SIZE,
        required=True,
        help="Payees in one call. The layer takes about a second for each, and answers when all are through.",
    )

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("payee_id_type")
    def _compute_payee_id_type_to_send(self):
        for manager in self:
            manager.payee_id_type_to_send = const.DEFAULT_ID_TYPES.get(manager.payee_id_type)

    # ---- The rail ---------------------------------------------------------------------------------------------
    def _rail_settings(self):
        self.ensure_one()
        return asdict(self._get_client_settings())

    def _rail_client(self, settings):
        return InteropClient(
            Settings.from_stored(settings), self._get_access_secrets(), TOKENS, self._get_reasons()
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
        if self.mode == const.MODE_SDK:
            return self.api_timeout
        return self.max_batch_size * const.SECONDS_PER_LINE + const.BASE_SECONDS

    def _rail_settle_seconds(self):
        """Wait as long as the first call may live on: only then "no such transfer" begins to mean something."""
        return const.SETTLE_SECONDS

    def _rail_at_once(self):
        return self.transfers_at_once if self.mode == const.MODE_SDK else 1

    def _rail_check_payload(self, submission):
        self._check_addresses_stand(submission)
        self._check_payees_known(submission)
        return super()._rail_check_payload(submission)

    @api.model
    def _rail_pinned_fields(self):
        return [*super()._rail_pinned_fields(), *self._get_pinned_names()]

    @api.model
    def _get_pinned_names(self):
        """Return the fields that stand in :class:`Settings` under their own name (tuple)."""
        return (
            "mode", "payment_endpoint_url", "status_endpoint_url", "check_endpoint_url", "payee_id_type",
            "payee_id_type_to_send", "phone_format", "send_bank_code_as_fsp_id", "payer_id_type", "payer_id_value",
            "payer_name", "payer_type", "amount_type", "accept_parties", "accept_quotes", "trust_aborted",
            "max_batch_size",
        )  # fmt: skip

    @api.model
    def _get_endpoint_fields(self):
        own = ["payment_endpoint_url", "status_endpoint_url", "check_endpoint_url"]
        return [*own, *super()._get_endpoint_fields()]

    def _get_client_settings(self):
        """Return what the client depends on, without secrets and without what belongs to one batch."""
        values = {}
        for name in self._get_pinned_names():
            is_text = self._fields[name].type in ("char", "text", "selection")
            values[name] = (self[name] or "").strip() if is_text else self[name]
        return Settings(**values, access=self._get_access_settings())

    def _get_batch_settings(self, batch):
        """Return what a batch that is released now is sent with (dict): also its note."""
        # Not in the language of whoever looks: what is signed must be one thing.
        cycle = batch.with_context(lang=None).cycle_id
        text = "".join(one if one.isprintable() else " " for one in f"{cycle.program_id.name} {cycle.name}")
        note = " ".join(text.split())[:NOTE_LENGTH].strip()
        return self._rail_settings() | {"note": note}

    def _get_pinned_of(self, batch):
        """Return the :class:`Settings` that a batch is, or would be, sent with."""
        # sudo: how it is sent is no secret, and is read by whoever may prepare or queue
        return Settings.from_stored(batch.sudo()._get_send_settings()[batch.id])

    def _get_batch_size(self, tag):
        if self.mode == const.MODE_SDK:
            return super()._get_batch_size(tag)
        return min(filter(None, (tag.max_batch_size, self.max_batch_size)))

    def _needs_bank_code(self):
        return self.mode == const.MODE_SDK and self.send_bank_code_as_fsp_id

    def _get_dfsp_id_and_type(self, payment):
        """Return how the payment system is told who is paid.

        :param payment: one ``g2p.payment``
        :return: (type, value), as they are sent
        """
        settings = self._get_client_settings()
        value = identifiers.wire_identifier(payment.payee_id_type, payment.payee_id_value or "", settings)
        return settings.payee_id_type_to_send, value
