from odoo import api, fields, models

from ...dispatch import question
from ...dispatch.cursors import run_in_own_transaction
from ...dispatch.follow_up import open_submissions


class G2PPaymentStatusCheckMixin(models.AbstractModel):
    """A manager's own scheduled status check: a convenience beside the engine's sweeper, which asks anyway."""

    _name = "g2p.payment.status.check.mixin"
    _description = "Payment Status Check"
    _inherit = "g2p.payment.dispatch.mixin"

    status_check_cron_id = fields.Many2one(
        "ir.cron", "Status Check", readonly=True, copy=False, ondelete="set null"
    )
    status_check_cron_active = fields.Boolean(
        "Status Check Runs", compute="_compute_status_check_cron_active", compute_sudo=True
    )
    status_cron_job_interval_minutes = fields.Integer(
        "Check Status Every (minutes)", default=1, required=True
    )

    _interval_positive = models.Constraint(
        "CHECK (status_cron_job_interval_minutes > 0)",
        "The interval of the status check must be at least 1 minute.",
    )

    @api.depends("status_check_cron_id.active")
    def _compute_status_check_cron_active(self):
        for manager in self:
            manager.status_check_cron_active = manager.status_check_cron_id.active

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        managers = super().create(vals_list)
        for manager in managers:
            # sudo: officers make managers, and may not make scheduled actions in any other way.
            manager.sudo().status_check_cron_id = (
                self.env["ir.cron"].sudo().create(manager._prepare_status_cron_vals())
            )
        return managers

    def write(self, vals):
        result = super().write(vals)
        if "status_cron_job_interval_minutes" in vals:
            # sudo: as in create
            self.sudo().status_check_cron_id.write(
                {"interval_number": vals["status_cron_job_interval_minutes"]}
            )
        return result

    def unlink(self):
        crons = self.sudo().status_check_cron_id  # sudo: as in create
        result = super().unlink()
        crons.unlink()
        return result

    # ---- Business ---------------------------------------------------------------------------------------------
    def payments_status_check(self, id_):
        """Ask about every open submission of a manager now; called by its scheduled action.

        Nothing is asked inside this transaction: jobs do it, and they are left in one of the engine's own, as the
        scheduler would not repeat what could not be serialized. When nothing is open the scheduled action stops.

        :param int id_: id of the manager
        :return: number of submissions that will be asked about (int)
        """
        manager = self.browse(id_).exists()
        manager.check_access("read")
        submissions = open_submissions(self.env, manager)
        if submissions:
            run_in_own_transaction(self.env.registry, question.make_due, submissions.ids)
        if not submissions and manager:
            manager.stop_status_check_cron()
        return len(submissions)

    def stop_status_check_cron(self):
        """Stop the scheduled action of these managers; the next batch starts it again.

        Within a run of that very action it is switched off when the run ends: writing a running one raises.

        :return: True
        """
        self.check_access("write")
        crons = self.sudo().status_check_cron_id  # sudo: as in create
        if self.env.context.get("cron_id") in crons.ids:
            self.env["ir.cron"]._commit_progress(deactivate=True)
            return True
        return crons.filtered("active").write({"active": False})

    def _queue_batches(self, batches):
        submissions = super()._queue_batches(batches)
        if submissions:
            self._start_status_check_cron()
        return submissions

    def _start_status_check_cron(self):
        # sudo: as in create
        idle = self.sudo().status_check_cron_id.filtered(lambda cron: not cron.active)
        idle.write({"active": True})

    def _prepare_status_cron_vals(self):
        return {
            "name": self.env._("Payment status check: %s", self.name),
            "model_id": self.env["ir.model"]._get_id(self._name),
            "state": "code",
            "code": f"model.payments_status_check({self.id})",
            "interval_number": self.status_cron_job_interval_minutes,
            "interval_type": "minutes",
            "active": False,
            "user_id": self.env.ref("base.user_root").id,
        }

    def _unlink_crons(self):
        self.sudo().status_check_cron_id.unlink()  # sudo: as in create
        return super()._unlink_crons()
