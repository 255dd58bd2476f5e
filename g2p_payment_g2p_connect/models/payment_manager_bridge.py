from dataclasses import asdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.g2p_programs.dispatch.claim import payment_data
from odoo.addons.g2p_programs.dispatch.rail import WHEN_SENT, PlannedSubmission

from .. import const
from ..bridge import const as bridge
from ..bridge import cut, payload, row_rules
from ..bridge.client import BridgeClient
from ..bridge.settings import BridgeSettings
from ..row_rules import explain
from ..settings import Credentials
from .constants import G2P_CONNECT
from .payment_manager import TOKENS

#: Upstream's names, which a bridge's answers fill.
DETAIL_FIELDS = (
    "remittance_reference_number", "remittance_statement_id", "remittance_entry_sequence", "remittance_entry_date",
    "reversal_statement_id", "reversal_entry_sequence", "reversal_entry_date", "reversal_reason",
)  # fmt: skip
#: What decides about the schedule date: signed with the rest, the client knows nothing of it.
DATE_FIELDS = ("schedule_date_source", "schedule_days_ahead")
BRIDGE_URLS = ("envelope_creation_url", "envelope_status_url", "envelope_amend_url", "envelope_cancel_url")


class G2PConnectPaymentManager(models.Model):
    """The third mode: an OpenG2P G2P Bridge. A batch is an envelope, and requests with its disbursements."""

    _inherit = G2P_CONNECT

    envelope_creation_url = fields.Char("Envelope Creation URL", tracking=True)
    envelope_status_url = fields.Char("Envelope Status URL", tracking=True)
    envelope_amend_url = fields.Char(
        "Envelope Amendment URL",
        tracking=True,
        help="Empty: beside Envelope Creation URL, where that ends in create_disbursement_envelope.",
    )
    envelope_cancel_url = fields.Char(
        "Envelope Cancellation URL",
        tracking=True,
        help="Empty: beside Envelope Creation URL, where that ends in create_disbursement_envelope.",
    )
    benefit_program_mnemonic = fields.Char(
        "Program Mnemonic",
        tracking=True,
        help="What the bridge calls this program: it knows its account and its bank by it.",
    )
    disbursement_frequency = fields.Selection(
        [
            ("Daily", "Daily"),
            ("Weekly", "Weekly"),
            ("Fortnightly", "Fortnightly"),
            ("Monthly", "Monthly"),
            ("BiMonthly", "Every Two Months"),
            ("Quarterly", "Quarterly"),
            ("SemiAnnually", "Half-Yearly"),
            ("Annually", "Yearly"),
            ("OnDemand", "On Demand"),
        ],
        "Frequency",
        default="OnDemand",
    )
    schedule_date_source = fields.Selection(
        [
            ("sending_day", "The day it is sent"),
            ("cycle_start", "The cycle's first day"),
            ("cycle_end", "The cycle's last day"),
        ],
        "Paid On",
        default="cycle_start",
        help="The only day on which the bridge pays what is in an envelope. Never before the day it is sent.",
    )
    schedule_days_ahead = fields.Integer(
        "Days Ahead",
        default=1,
        help="So many days after it is sent, at the earliest, so that everything declared can arrive before.",
    )
    reversal_watch_days = fields.Integer(
        "Watch for Reversals (days)",
        default=30,
        help="For so long after everything is paid the bridge is asked whether money came back.",
    )

    # ---- The rail ---------------------------------------------------------------------------------------------
    def _is_bridge(self):
        return self.api_mode == const.MODE_BRIDGE

    def _rail_settings(self):
        if not self._is_bridge():
            return super()._rail_settings()
        return asdict(self._get_client_settings()) | {name: self[name] for name in DATE_FIELDS}

    def _rail_client(self, settings):
        if settings.get("api_mode") != const.MODE_BRIDGE:
            return super()._rail_client(settings)
        reasons = self._get_bridge_reasons() | self._get_attention_texts()
        # What is watched for reversals is asked where it was sent; today's secrets are for today's addresses.
        credentials = Credentials() if self._has_moved(settings) else self._get_credentials()
        return BridgeClient(self._read_settings(settings), credentials, reasons, TOKENS)

    def _has_moved(self, settings):
        """Return whether today's addresses are others than those of pinned settings."""
        pinned = self._get_pinned_addresses(settings)
        return not self._is_bridge() or any(
            name in pinned and (pinned[name] or "").strip() != (self[name] or "").strip()
            for name in self._get_endpoint_fields()
        )

    def _read_settings(self, settings):
        if settings.get("api_mode") != const.MODE_BRIDGE:
            return super()._read_settings(settings)
        return BridgeSettings.from_stored(settings)

    def _rail_plan(self, batch):
        """An envelope first, then requests one after the other; see :mod:`..bridge.cut`."""
        released = batch.released_settings or self._rail_settings()
        self._check_released_mode(batch, released)
        if not self._is_bridge():
            return super()._rail_plan(batch)
        idle = self.env["g2p.payment"].search(
            [("batch_id", "=", batch.id), ("state", "=", "issued")], order="id"
        )
        payments = payment_data(idle)
        self._check_envelope(batch, payments)
        requests = cut.plan(payments, self._read_settings(released))
        return [
            PlannedSubmission(1, (), purpose=bridge.ENVELOPE, lasts=True),
            *(
                PlannedSubmission(step, tuple(ids), bridge.DISBURSEMENTS, WHEN_SENT)
                for step, ids in enumerate(requests, 2)
            ),
        ]

    def _rail_is_stale(self, submission):
        if submission.purpose not in (bridge.ENVELOPE, bridge.AMENDMENT):
            return super()._rail_is_stale(submission)
        if submission.purpose == bridge.ENVELOPE and self._declares_otherwise(submission):
            return True
        return self._is_day_over(submission)

    def _rail_settle_seconds(self):
        return bridge.SETTLE_SECONDS if self._is_bridge() else super()._rail_settle_seconds()

    @api.model
    def _rail_detail_fields(self):
        return [*super()._rail_detail_fields(), *DETAIL_FIELDS]

    def _rail_watch_days(self):
        return self.reversal_watch_days if self._is_bridge() else super()._rail_watch_days()

    @api.model
    def _rail_pinned_fields(self):
        further = ("benefit_program_mnemonic", "disbursement_frequency", *DATE_FIELDS)
        return [*super()._rail_pinned_fields(), *BRIDGE_URLS, *further]

    # ---- Settings ---------------------------------------------------------------------------------------------
    def _get_client_settings(self):
        if not self._is_bridge():
            return super()._get_client_settings()
        return BridgeSettings(
            envelope_creation_url=self.envelope_creation_url or "",
            envelope_status_url=self.envelope_status_url or "",
            payment_endpoint_url=self.payment_endpoint_url,
            status_endpoint_url=self.status_endpoint_url,
            envelope_amend_url=self.envelope_amend_url or "",
            envelope_cancel_url=self.envelope_cancel_url or "",
            sender_id=self.sender_id,
            receiver_id=self.receiver_id or "",
            payee_prefix=self.payee_prefix or "",
            payee_suffix=self.payee_suffix or "",
            benefit_program_mnemonic=self.benefit_program_mnemonic or "",
            disbursement_frequency=self.disbursement_frequency or "",
            narrative=self.note or "",
            access=self._get_access_settings(),
        )

    @api.model
    def _get_endpoint_fields(self):
        return [*super()._get_endpoint_fields(), *BRIDGE_URLS]

    def _find_losing_credentials(self, vals):
        losing = super()._find_losing_credentials(vals)
        if "api_mode" not in vals or self.env.user._is_system():
            return losing
        # The other mode's addresses were not on the form that an administrator has looked at.
        switched = self.filtered(
            lambda manager: (
                const.MODE_BRIDGE in (manager.api_mode, vals["api_mode"])
                and manager.api_mode != vals["api_mode"]
                and manager._has_credentials()
            )
        )
        return losing | switched

    # ---- Payments ---------------------------------------------------------------------------------------------
    def _find_row_problems(self, payments):
        if not self._is_bridge():
            return super()._find_row_problems(payments)
        found = row_rules.findings(payments, self._get_client_settings())
        return explain(found, self._get_bridge_reasons())

    def _check_released_mode(self, batch, released):
        """Refuse to cut a batch for a bridge and send it to another system, or the other way round.

        What is sent is what was released; cut for the other mode, each step of it would carry everything.
        """
        modes = {released.get("api_mode"), self.api_mode}
        if len(modes) > 1 and const.MODE_BRIDGE in modes:
            raise UserError(
                self.env._(
                    "API of %(manager)s changed after the release of %(batch)s. Withdraw the release of the batch, "
                    "look at it and release it again.",
                    manager=self.name,
                    batch=batch.name,
                )
            )

    def _check_envelope(self, batch, payments):
        """Refuse a batch that no envelope can hold."""
        found = row_rules.envelope_findings(payments)
        if found:
            texts = self._get_bridge_reasons()
            raise UserError(
                self.env._(
                    "Batch %(batch)s cannot be an envelope of the bridge: %(problems)s.",
                    batch=batch.name,
                    problems="; ".join(texts[key] for key in found),
                )
            )

    def _needs_bank_code(self):
        return not self._is_bridge() and super()._needs_bank_code()

    def _get_payee_fa(self, payment):
        if not self._is_bridge():
            return super()._get_payee_fa(payment)
        return payload.beneficiary_id(payment_data(payment)[0], self._get_client_settings())
