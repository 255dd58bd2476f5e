from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .. import const
from ..row_rules import setting_findings
from .constants import G2P_CONNECT
from .payment_manager_protection import PROTECTION_FIELDS


class G2PConnectPaymentManager(models.Model):
    """What is wrong with a manager's settings, all at once, with the remedy."""

    _inherit = G2P_CONNECT

    access_problems = fields.Text(compute="_compute_access_problems", compute_sudo=True)

    # ---- Constraints ------------------------------------------------------------------------------------------
    @api.constrains(lambda self: [*self._rail_pinned_fields(), *self._get_further_checked()])
    def _check_settings(self):
        problems = [problem for manager in self for problem in manager._find_setting_problems()]
        if problems:
            raise ValidationError("\n".join(problems))

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends(lambda self: self._get_security_fields())
    def _compute_access_problems(self):
        for manager in self:
            problems = manager._find_access_problems() + manager._find_protection_problems()
            manager.access_problems = "\n".join(dict.fromkeys(problems)) or False

    @api.model
    def _get_security_fields(self):
        """Return the fields that decide whether messages are taken and believed (list)."""
        beginnings = ("auth_", "oauth2_", "tls_", "api_token", *PROTECTION_FIELDS)
        return [name for name in self._fields if name.startswith(beginnings)]

    @api.model
    def _get_further_checked(self):
        return (
            "api_timeout", "locale", "send_payments_domain", "payee_id_type", "reg_id_type_for_payee_id",
            "create_batch", "batch_tag_ids", "callback_base_url", "tls_ca", "tls_client_certificate",
            "tls_client_key", "reversal_watch_days", *PROTECTION_FIELDS,
        )  # fmt: skip

    # ---- Business ---------------------------------------------------------------------------------------------
    def _find_setting_problems(self):
        """Return everything that is wrong with one manager's settings (list of texts)."""
        problems = [problem for name in self._get_needed_urls() if (problem := self._find_url_problem(name))]
        if self.api_timeout < 1:
            problems.append(self.env._("%s: API Timeout must be at least 1 second.", self.name))
        elif problem := self._check_host_limit(self.name, self.api_timeout):
            problems.append(problem)
        problems += self._find_mode_problems()
        if self.payee_id_type == "reg_id" and not self.reg_id_type_for_payee_id:
            problems.append(
                self.env._("%s: choose the Payee DFSP ID Type to pay by registrant ID.", self.name)
            )
        try:
            self._get_batch_filter()
        except ValidationError as error:
            problems.append(str(error))
        problems += self._find_size_problems() + self._find_whole_problems() + self._find_callback_problems()
        return problems + self._find_access_setting_problems() + self._find_protection_setting_problems()

    def _get_needed_urls(self):
        """Return the fields whose addresses the manager's mode cannot do without."""
        return ["payment_endpoint_url", "status_endpoint_url"]

    def _find_mode_problems(self):
        """Return what is wrong with the fields that not every mode has (list of texts)."""
        problems = []
        if not const.LOCALE.fullmatch(self.locale or ""):
            problems.append(
                self.env._("%(name)s: Locale %(value)s is not ISO 639-3. Use three small letters, such as eng.",
                  name=self.name, value=self.locale or "")
            )  # fmt: skip
        if not const.FINANCIAL_ADDRESS.fullmatch(self.payer_fa or ""):
            problems.append(
                self.env._("%(name)s: Payer Financial Address %(value)s is not one. Write it as account:number@bank.",
                  name=self.name, value=self.payer_fa or "")
            )  # fmt: skip
        return problems

    def _find_whole_problems(self):
        """Return what is wrong with the settings as a whole (list of texts)."""
        texts = self._get_setting_texts()
        # Where we are called back is looked at by itself, with its own reason.
        found = [key for key in setting_findings(self._get_client_settings()) if key != "sender_uri"]
        return [self.env._("%(name)s: %(problem)s", name=self.name, problem=texts[key]) for key in found]

    def _find_size_problems(self):
        """Return which batch tags make batches whose answer could not be read (list of texts)."""
        too_large = self.batch_tag_ids.filtered(lambda tag: tag.max_batch_size > const.MAX_PAYMENTS_PER_BATCH)
        return [
            self.env._(
                "%(manager)s: batch tag %(tag)s makes batches of up to %(size)s payments. An answer about more than "
                "%(most)s is too large to be read. Lower Max Batch Size of the tag.",
                manager=self.name,
                tag=tag.name,
                size=tag.max_batch_size,
                most=const.MAX_PAYMENTS_PER_BATCH,
            )
            for tag in too_large
            if self.create_batch
        ]

    def _configuration_problems(self):
        # A tag may have been changed since it was chosen here.
        problems = super()._configuration_problems() + self._find_size_problems()
        return list(dict.fromkeys(problems + self._find_access_problems() + self._find_protection_problems()))
