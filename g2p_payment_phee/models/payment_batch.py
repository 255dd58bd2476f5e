from odoo import api, fields, models

from .payment_manager import PHEE


class G2PPaymentBatch(models.Model):
    """The hub's side of a batch: its files, and what it is sent with."""

    _inherit = "g2p.payment.batch"

    hub_file_ids = fields.One2many(
        "g2p.payment.phee.file", "batch_id", string="Files for the Hub", readonly=True
    )
    pays_by_hub = fields.Boolean(compute="_compute_pays_by_hub", help="It is paid through Payment Hub EE.")

    @api.depends("manager_model")
    def _compute_pays_by_hub(self):
        for batch in self:
            batch.pays_by_hub = batch.manager_model == PHEE

    @api.model
    def _get_guarded_fields(self):
        return (*super()._get_guarded_fields(), "hub_file_ids")

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.ondelete(at_uninstall=False)
    def _unlink_hub_files(self):
        # sudo: files go with the batch that was never released; nobody may delete them in any other way
        self.sudo().hub_file_ids.unlink()

    # ---- Release ----------------------------------------------------------------------------------------------
    def release_payments(self, digests=None):
        """Release these batches; files that were made before and are not what is released are made again."""
        result = super().release_payments(digests)
        self._renew_hub_files()
        return result

    def _get_send_settings(self):
        found = super()._get_send_settings()
        for batch in self.filtered(lambda one: one.manager_model == PHEE and not one.released):
            manager = batch._get_manager()
            if manager is not None:
                found[batch.id] = manager._get_batch_settings(batch)
        return found

    def _remember_editor(self):
        result = super()._remember_editor()
        self._renew_hub_files()
        return result

    def _renew_hub_files(self):
        """Make those files again that somebody's change has made stale; where there are none, none are made."""
        # sudo: who changes payments may have no right to read managers
        batches = self.sudo().exists().filtered(lambda one: one.manager_model == PHEE and one.hub_file_ids)
        for manager, mine in batches.grouped(lambda one: one._get_manager()).items():
            if manager is not None:
                manager._renew_files(mine)
