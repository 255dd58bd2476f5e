from functools import partial

from odoo import models

from ..check import Check, check_connection
from ..settings import Settings
from .payment_manager import PHEE


class G2PPaymentHubEEManager(models.Model):
    """Test Connection: token, both hosts, tenant and signature, without a payment."""

    _name = PHEE
    _inherit = [PHEE, "g2p.payment.connection.mixin"]

    def _prepare_connection_check(self):
        settings = self._rail_settings()
        return partial(check_connection, self._rail_client(settings), Settings.from_stored(settings))

    def _explain_check(self, check: Check):
        """Return one line about one thing that was looked at."""
        names = {
            "settings": self.env._("Settings"),
            "status_host": self.env._("Status host (token, tenant)"),
            "payment_host": self.env._("Payment host (token, signature)"),
        }
        if check.is_good:
            return self.env._("%s: in order", names[check.name])
        return self.env._(
            "%(what)s: %(problem)s", what=names[check.name], problem=self._explain_code(check.code)
        )

    def _explain_code(self, code):
        known = self._get_setting_texts() | self.env["g2p.payment.submission"]._get_hub_texts()
        unreachable = self.env._("no connection: check the address, and that it can be reached from here")
        known |= dict.fromkeys(("not_sent", "ConnectionError", "TimeoutError", "gaierror"), unreachable)
        known |= {
            "SSLError": self.env._("its certificate cannot be trusted: nothing was sent"),
            "timeout": self.env._("no answer in time"),
            "tenant.unknown": self.env._("the hub does not know the tenant (tenant.unknown)"),
            "http.401": self.env._("it does not take our credentials (HTTP 401)"),
            "accepted": self.env._("it took a file that it should have refused: tell its operator"),
        }
        # Settings are found wrong by several words at once; others come as one.
        words = code.split() if all(word in known for word in code.split()) else [code]
        return "; ".join(known.get(word, word) for word in words)
