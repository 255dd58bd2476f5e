from functools import partial

from odoo import models

from ..check import check_connection
from ..settings import Settings
from .constants import INTEROP


class G2PPaymentInteropLayerManager(models.Model):
    """Test Connection: settings, credentials, certificate and address, without a payment."""

    _name = INTEROP
    _inherit = [INTEROP, "g2p.payment.connection.mixin"]

    def _prepare_connection_check(self):
        settings = self._rail_settings()
        return partial(check_connection, self._rail_client(settings), Settings.from_stored(settings))

    def _explain_check(self, check):
        names = {
            "settings": self.env._("Settings"),
            "service": self.env._("It runs"),
            "status": self.env._("It takes our credentials, and can be asked about payments"),
        }
        what = names.get(check.name, check.name)
        if check.is_good:
            return self.env._("%s: in order", what)
        return self.env._("%(what)s: %(problem)s", what=what, problem=self._explain_check_code(check.code))

    def _explain_check_code(self, code):
        """Return what a code of a connection test means to people; several may stand in one, between blanks."""
        known = self._get_setting_texts() | self._get_connection_texts()
        return "; ".join(known.get(word) or self._explain_codes(word) or word for word in code.split())
