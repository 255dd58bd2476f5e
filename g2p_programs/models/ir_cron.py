from odoo import api, models

from ..dispatch import sweep


class IrCron(models.Model):
    """The permanent sweeper and the check of the books."""

    _inherit = "ir.cron"

    @api.model
    def _g2p_sweep_submissions(self):
        """Scheduled action: finish what a kill, a lost job or a sleeping payment system left."""
        done = sweep.sweep(self.env.registry)
        self._commit_progress(sum(done.values()))

    @api.model
    def _g2p_check_conservation(self):
        """Scheduled action: issued = paid + failed + cancelled + open, and nothing grows old unseen."""
        self.env["g2p.payment.batch"]._check_conservation()
        self.env["g2p.payment.batch"]._tell_of_old_submissions()
        self._commit_progress(1)
