from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...dispatch.cursors import run_in_own_transaction
from ...dispatch.facts import is_neutralized
from ...dispatch.transport import Transport

#: Longest time for the whole look, in seconds: somebody waits for it.
LONGEST_LOOK = 30


class G2PPaymentConnectionMixin(models.AbstractModel):
    """Test Connection: whatever can be looked at without a payment, outside any transaction."""

    _name = "g2p.payment.connection.mixin"
    _description = "Payment Connection Test"
    _inherit = ["g2p.base.program.payment.manager", "g2p.guarded.mixin"]

    connection_checked_at = fields.Datetime("Connection Tested At", readonly=True, copy=False)
    connection_result = fields.Text(readonly=True, copy=False)
    connection_is_good = fields.Boolean(readonly=True, copy=False)

    @api.model
    def _get_guarded_fields(self):
        own = ("connection_checked_at", "connection_result", "connection_is_good")
        return (*super()._get_guarded_fields(), *own)

    # ---- What a rail says -------------------------------------------------------------------------------------
    def _prepare_connection_check(self):
        """Return how a connection is looked at, with everything that this takes from the database.

        :return: function (:class:`~...dispatch.transport.Transport`, key that is used for nothing else) -> list of
            checks, which is called while no transaction is open. Each check has ``is_good``.
        """
        raise UserError(self.env._("%s is not connected to a payment system.", self.name))

    def _explain_check(self, check):
        """Return one line about one thing that was looked at.

        :param check: of what :meth:`_prepare_connection_check`'s function returned
        """
        return self.env._("in order") if check.is_good else self.env._("not in order")

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_test_connection(self):
        """Leave a job that looks whether the payment system can be reached and takes our credentials; it pays nobody.

        :return: notification action (dict)
        :raise UserError: on a neutralized copy
        """
        self.ensure_one()
        self.check_access("write")
        if is_neutralized(self.env):
            raise UserError(
                self.env._("This database is a neutralized copy: no payment system is called from it.")
            )
        manager = self.sudo()  # sudo: the right was checked; jobs run for the system
        manager._guarded_write(
            {"connection_checked_at": False, "connection_result": self.env._("Being tested …")}
            | {"connection_is_good": False}
        )
        manager.with_delay(
            channel="root.g2p_dispatch",
            description=self.env._("Test the connection of %s", self.name),
            identity_key=f"g2p_test_connection_{self._name}_{self.id}",
        )._job_test_connection()
        return self._notify(
            self.env._(
                "The payment system is being called. The result shows here in some seconds: reload the page."
            ),
            "info",
        )

    # ---- Job --------------------------------------------------------------------------------------------------
    def _job_test_connection(self):
        """Job: read the settings, call, write the result; the calls are made while no transaction is open."""
        registry = self.env.registry
        for manager_id in self.ids:
            connection = run_in_own_transaction(registry, _read_connection, self._name, manager_id)
            if connection is None:
                continue
            look, seconds = connection
            key = str(uuid4())
            checks = look(Transport(seconds, key), key)
            run_in_own_transaction(registry, _write_connection, self._name, manager_id, checks)


def _read_connection(env, model, manager_id):
    """Return (how to look, seconds), None where the payment system must not be called."""
    manager = env[model].browse(manager_id).exists()
    if not manager or is_neutralized(env):
        return None
    return manager._prepare_connection_check(), min(manager._rail_deadline_seconds(), LONGEST_LOOK)


def _write_connection(env, model, manager_id, checks):
    manager = env[model].browse(manager_id).exists()
    manager._guarded_write(
        {
            "connection_checked_at": fields.Datetime.now(),
            "connection_result": "\n".join(manager._explain_check(check) for check in checks),
            "connection_is_good": all(check.is_good for check in checks),
        }
    )
