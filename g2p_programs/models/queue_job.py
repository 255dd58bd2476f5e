from odoo import models


class QueueJob(models.Model):
    _inherit = "queue.job"

    #: Models whose records are locked while a graph of jobs works on them.
    _G2P_LOCKING_MODELS = ("g2p.program", "g2p.cycle")

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("failed", "cancelled"):
            self._g2p_release_locks()
        return result

    def _g2p_release_locks(self):
        """A job that will not finish must not keep a program or a cycle locked for ever."""
        uuids = [uuid for uuid in self.mapped("graph_uuid") if uuid]
        if not uuids:
            return
        for name in self._G2P_LOCKING_MODELS:
            # sudo: the lock belongs to the work, not to whoever cancels or watches a job.
            locked = self.env[name].sudo().search([("job_graph_uuid", "in", uuids), ("locked", "=", True)])
            if locked:
                locked._release_lock(
                    self.env._(
                        "A part of the work failed or was cancelled; the finished parts are kept. Look at the jobs, "
                        "remove the cause, and start the work again: what is done is not done twice."
                    )
                )
