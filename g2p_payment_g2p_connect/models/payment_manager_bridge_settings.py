from functools import partial

from odoo import models

from ..bridge import check, row_rules
from .constants import G2P_CONNECT


class G2PConnectPaymentManager(models.Model):
    """What is wrong with the settings of a bridge, all at once, with the remedy; and its Test Connection."""

    _inherit = G2P_CONNECT

    # ---- Settings ---------------------------------------------------------------------------------------------
    def _get_needed_urls(self):
        urls = super()._get_needed_urls()
        if not self._is_bridge():
            return urls
        further = [name for name in ("envelope_amend_url", "envelope_cancel_url") if self[name]]
        return ["envelope_creation_url", *urls, "envelope_status_url", *further]

    def _find_mode_problems(self):
        if not self._is_bridge():
            return super()._find_mode_problems()
        problems = []
        if self.schedule_days_ahead < 0:
            problems.append(self.env._("%s: Days Ahead cannot be below 0.", self.name))
        if not self.schedule_date_source:
            problems.append(self.env._("%s: choose the day that envelopes are Paid On.", self.name))
        if self.reversal_watch_days < 0:
            problems.append(
                self.env._("%s: Watch for Reversals cannot be below 0 days. 0 watches for none.", self.name)
            )
        return problems

    def _find_whole_problems(self):
        if not self._is_bridge():
            return super()._find_whole_problems()
        texts = self._get_bridge_setting_texts()
        # Addresses are looked at by themselves, with their own reason; but for those that follow from another one.
        told = set(self._get_needed_urls())
        if self._find_url_problem("envelope_creation_url"):
            told |= {"envelope_amend_url", "envelope_cancel_url"}
        found = row_rules.setting_findings(self._get_client_settings(), self._get_protection())
        return [
            self.env._("%(name)s: %(problem)s", name=self.name, problem=texts[key])
            for key in found
            if key not in told
        ]

    def _find_size_problems(self):
        # A request has its own limit, so that every answer can be read, however large the batch is.
        return [] if self._is_bridge() else super()._find_size_problems()

    # ---- Test Connection --------------------------------------------------------------------------------------
    def _prepare_connection_check(self):
        if not self._is_bridge():
            return super()._prepare_connection_check()
        settings = self._rail_settings()
        return partial(check.check_connection, self._rail_client(settings), self._read_settings(settings))

    def _get_setting_texts(self):
        texts = super()._get_setting_texts()
        return texts | self._get_bridge_setting_texts() if self._is_bridge() else texts

    def _get_check_code_texts(self):
        texts = super()._get_check_code_texts()
        return texts | self._get_bridge_check_texts() if self._is_bridge() else texts
