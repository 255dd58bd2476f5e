from functools import partial

from odoo import models

from ..check import check_connection
from .constants import G2P_CONNECT


class G2PConnectPaymentManager(models.Model):
    """Test Connection: name, TLS, token, signatures and clocks, without a payment."""

    _name = G2P_CONNECT
    _inherit = [G2P_CONNECT, "g2p.payment.connection.mixin"]

    def _prepare_connection_check(self):
        settings = self._rail_settings()
        return partial(check_connection, self._rail_client(settings), self._read_settings(settings))

    def _explain_check(self, check):
        what = self._get_check_texts().get(check.name, check.name)
        if check.host:
            what = self.env._("%(what)s (%(host)s)", what=what, host=check.host)
        if check.is_good:
            said = self.env._("in order")
        else:
            said = self._explain_check_code(check.name, check.code)
        if check.seconds is not None:
            said = self.env._(
                "%(said)s; it differs by %(count)s seconds", said=said, count=abs(check.seconds)
            )
        if check.milliseconds is not None:
            said = self.env._("%(said)s; it took %(count)s ms", said=said, count=check.milliseconds)
        return self.env._("%(what)s: %(said)s", what=what, said=said)

    def _explain_check_code(self, name, code):
        """Return what is wrong and what is to be done.

        :param str name: of what was looked at
        :param str code: several for settings and keys, with spaces between
        """
        if name == "settings":
            texts = self._get_setting_texts()
            return "; ".join(texts.get(word, word) for word in code.split())
        if name == "keys":
            found = [(word.partition(":")[0], word.partition(":")[2]) for word in code.split()]
            texts = self._get_protection_texts()
            return "; ".join(
                f"{texts.get(key, key)} ({key_id})" if key_id else texts.get(key, key)
                for key, key_id in found
            )
        return self._get_check_code_texts().get(code, code)
