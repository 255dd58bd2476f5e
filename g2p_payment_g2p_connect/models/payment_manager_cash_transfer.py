from dataclasses import replace
from datetime import UTC

from odoo import api, fields, models

from .. import const
from .constants import G2P_CONNECT


class G2PConnectPaymentManager(models.Model):
    """What the synchronous mode does for OpenG2P's Cash Transfer Bridge, which reads more strictly than the API."""

    _inherit = G2P_CONNECT

    cash_transfer_bridge = fields.Boolean(
        "OpenG2P Cash Transfer Bridge",
        tracking=True,
        help="It refuses messages that the API allows. So an empty signature is sent where messages are not signed, "
        "and each payment names the moment at which it was first sent as the time to pay it.",
    )

    # ---- The rail ---------------------------------------------------------------------------------------------
    def _rail_step_settings(self, submission):
        settings = super()._rail_step_settings(submission)
        released = submission.batch_id.released_settings or {}
        if released.get("api_mode") == const.MODE_SYNC and released.get("cash_transfer_bridge"):
            # Part of the payload, so every try names the same moment.
            now = fields.Datetime.now().replace(tzinfo=UTC)
            settings = settings | {"scheduled_timestamp": now.isoformat(timespec="seconds")}
        return settings

    @api.model
    def _rail_pinned_fields(self):
        return [*super()._rail_pinned_fields(), "cash_transfer_bridge"]

    # ---- Settings ---------------------------------------------------------------------------------------------
    def _is_cash_transfer_bridge(self):
        return self.cash_transfer_bridge and self.api_mode == const.MODE_SYNC

    def _get_client_settings(self):
        settings = super()._get_client_settings()
        return replace(settings, cash_transfer_bridge=True) if self._is_cash_transfer_bridge() else settings

    @api.model
    def _get_further_checked(self):
        return (*super()._get_further_checked(), "refuses_repeated_key")

    def _find_mode_problems(self):
        problems = super()._find_mode_problems()
        if not self._is_cash_transfer_bridge():
            return problems
        # sudo: the switch is for system administrators; whether it is set must be known whoever saves
        if self.sudo().refuses_repeated_key:
            problems.append(
                self.env._(
                    "%s: a Cash Transfer Bridge takes a repeated payment for a new one and pays it again. “Payment "
                    "System Refuses a Repeated Key” cannot be switched on here.",
                    self.name,
                )
            )
        if self._get_protection().encrypts:
            problems.append(
                self.env._(
                    "%s: a Cash Transfer Bridge cannot decrypt messages. Switch Encryption off.", self.name
                )
            )
        return problems
