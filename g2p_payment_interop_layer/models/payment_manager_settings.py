from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import config

from odoo.addons.g2p_programs.models.managers.payment_dispatch_mixin import HOST_MARGIN

from .. import const, row_rules
from .constants import INTEROP

LOOPBACK_PARAMETER = "g2p_payment_interop_layer.allow_loopback_http"
ENDPOINTS = ("payment_endpoint_url", "status_endpoint_url", "check_endpoint_url")
MOST_AT_ONCE = 32


class G2PPaymentInteropLayerManager(models.Model):
    """What is wrong with a manager's settings, all at once, with the remedy."""

    _inherit = INTEROP

    access_problems = fields.Text(compute="_compute_access_problems", compute_sudo=True)

    # ---- Constraints ------------------------------------------------------------------------------------------
    @api.constrains(lambda self: [*self._rail_pinned_fields(), *self._get_further_checked()])
    def _check_settings(self):
        problems = [problem for manager in self for problem in manager._find_setting_problems()]
        if problems:
            raise ValidationError("\n".join(problems))

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends(lambda self: [*self._get_access_fields()])
    def _compute_access_problems(self):
        for manager in self:
            manager.access_problems = "\n".join(manager._find_access_problems()) or False

    @api.model
    def _get_access_fields(self):
        """Return the fields that decide whether the payment system takes us (list)."""
        return [name for name in self._fields if name.startswith(("auth_", "oauth2_", "tls_", "bearer_"))]

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        managers = super().create(vals_list)
        managers.filtered("trust_aborted")._check_may_trust()
        return managers

    def write(self, vals):
        if vals.get("trust_aborted"):
            self.filtered(lambda one: not one.trust_aborted)._check_may_trust()
        return super().write(vals)

    def _check_may_trust(self):
        """Refuse that anybody else than an administrator declares that ABORTED proves something.

        :raise AccessError: naming the managers
        """
        # Who asks decides, not the mode: a flow that writes for an officer as the superuser is the officer's.
        if self and not self.env.user._is_system():
            raise AccessError(
                self.env._(
                    "%(names)s: only an administrator may switch “%(field)s” on: it lets payments be paid again. Ask "
                    "one, with the operator's word for it.",
                    names=", ".join(self.mapped("name")),
                    field=self._fields["trust_aborted"]._description_string(self.env),
                )
            )

    # ---- Business ---------------------------------------------------------------------------------------------
    @api.model
    def _get_further_checked(self):
        return (
            "api_timeout", "transfers_at_once", "reg_id_type_for_payee_id", "refuses_repeated_key", "tls_ca",
            "tls_client_certificate", "tls_client_key",
        )  # fmt: skip

    def _find_setting_problems(self):
        """Return everything that is wrong with one manager's settings (list of texts)."""
        problems = [problem for name in ENDPOINTS if self[name] and (problem := self._find_url_problem(name))]
        texts = self._get_setting_texts()
        if problems:
            del texts["url"]  # which one, and why, is said already
        found = row_rules.setting_findings(self._get_client_settings())
        problems += [f"{self.name}: {texts[key]}" for key in found if key in texts]
        problems += (
            self._find_direct_problems() if self.mode == const.MODE_SDK else self._find_batch_size_problems()
        )
        if self.payee_id_type == "reg_id" and not self.reg_id_type_for_payee_id:
            problems.append(
                self.env._("%s: choose the Payee DFSP ID Type to pay by registrant ID.", self.name)
            )
        return problems + self._find_access_setting_problems() + self._find_key_problems()

    def _find_direct_problems(self):
        """Return what is wrong with the limits of paying one by one (list of texts)."""
        problems = []
        if self.api_timeout < 1:
            problems.append(self.env._("%s: Time-out must be at least 1 second.", self.name))
        elif problem := self._check_host_limit(self.name, self.api_timeout):
            problems.append(problem)
        if not 1 <= self.transfers_at_once <= MOST_AT_ONCE:
            problems.append(
                self.env._(
                    "%(name)s: Transfers at Once is %(count)s. Use 1 to %(most)s.",
                    name=self.name,
                    count=self.transfers_at_once,
                    most=MOST_AT_ONCE,
                )
            )
        return problems

    def _find_batch_size_problems(self):
        """Return why a call with so many lines would outlast the job's host (list of texts)."""
        limit, seconds = config["limit_time_real"], self._rail_deadline_seconds()
        if not limit or seconds <= limit - HOST_MARGIN:
            return []
        most = (limit - HOST_MARGIN - const.BASE_SECONDS) // const.SECONDS_PER_LINE
        return [
            self.env._(
                "%(name)s: a Max Batch Size of %(size)s needs %(seconds)s seconds for one call (%(per_line)s a line "
                "and %(base)s more), and the job host allows %(allowed)s (limit_time_real %(limit)s less %(margin)s). "
                "Use at most %(most)s, or raise limit_time_real.",
                name=self.name,
                size=self.max_batch_size,
                seconds=seconds,
                per_line=const.SECONDS_PER_LINE,
                base=const.BASE_SECONDS,
                allowed=max(limit - HOST_MARGIN, 0),
                limit=limit,
                margin=HOST_MARGIN,
                most=max(most, 0),
            )
        ]

    def _find_key_problems(self):
        """Return why a repeated key is never proof here (list of texts)."""
        # sudo: the switch is for system administrators; whether it is set must be known whoever saves
        if not self.sudo().refuses_repeated_key:
            return []
        return [
            self.env._(
                "%s: the layer takes a repeated id for a new one and pays it again. “Payment System Refuses a Repeated "
                "Key” cannot be switched on here.",
                self.name,
            )
        ]

    def _configuration_problems(self):
        problems = super()._configuration_problems() + self._find_setting_problems()
        return list(dict.fromkeys(problems + self._find_access_problems()))

    @api.model
    def _get_loopback_parameter(self):
        return LOOPBACK_PARAMETER
