from uuid import uuid4

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction
from odoo.addons.g2p_programs.dispatch.facts import is_neutralized
from odoo.addons.g2p_programs.dispatch.transport import Transport

from ..check import Check, check_connection
from ..settings import Settings
from .payment_manager import PHEE


class G2PPaymentHubEEManager(models.Model):
    """Test Connection: token, both hosts, tenant and signature, without a payment and outside any transaction."""

    _inherit = "g2p.program.payment.manager.phee"

    connection_checked_at = fields.Datetime("Connection Tested At", readonly=True, copy=False)
    connection_result = fields.Text(readonly=True, copy=False)
    connection_is_good = fields.Boolean(readonly=True, copy=False)

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_test_connection(self):
        """Leave a job that looks whether the hub can be reached and takes our credentials; no payment is made.

        :return: notification action (dict)
        :raise UserError: on a neutralized copy
        """
        self.ensure_one()
        self.check_access("write")
        if is_neutralized(self.env):
            raise UserError(self.env._("This database is a neutralized copy: no hub is called from it."))
        manager = self.sudo()  # sudo: the right was checked; jobs run for the system
        manager.write({"connection_checked_at": False, "connection_result": self.env._("Being tested …")})
        manager.with_delay(
            channel="root.g2p_dispatch",
            description=self.env._("Test the connection of %s", self.name),
            identity_key=f"g2p_payment_phee_test_{self.id}",
        )._job_test_connection()
        return self._notify(
            self.env._("The hub is being called. The result shows here in some seconds: reload the page."),
            "info",
        )

    # ---- Job --------------------------------------------------------------------------------------------------
    def _job_test_connection(self):
        """Job: read the settings, call, write the result; the calls are made while no transaction is open."""
        for manager_id in self.ids:
            registry = self.env.registry
            connection = run_in_own_transaction(registry, _read_connection, manager_id)
            if connection is None:
                continue
            settings, client, seconds = connection
            key = str(uuid4())
            checks = check_connection(client, settings, Transport(seconds, key), key)
            run_in_own_transaction(registry, _write_connection, manager_id, checks)

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


def _read_connection(env, manager_id):
    """Return what is needed to call the hub, None where it must not be called."""
    manager = env[PHEE].browse(manager_id).exists()
    if not manager or is_neutralized(env):
        return None
    settings = manager._rail_settings()
    return Settings.from_stored(settings), manager._rail_client(settings), manager._rail_deadline_seconds()


def _write_connection(env, manager_id, checks):
    manager = env[PHEE].browse(manager_id).exists()
    manager.write(
        {
            "connection_checked_at": fields.Datetime.now(),
            "connection_result": "\n".join(manager._explain_check(check) for check in checks),
            "connection_is_good": all(check.is_good for check in checks),
        }
    )
