from odoo import models


class G2PPaymentDecision(models.Model):
    _inherit = "g2p.payment.decision"

    def _confirm(self, user):
        """When two people know that nothing of a file was executed, the file is void: another may take its place."""
        result = super()._confirm(user)
        submission = self.submission_id
        if self.verdict == "never_executed" and "paid" not in submission.payment_ids.mapped("status"):
            files = submission.payment_file_ids.filtered(lambda one: submission.state in ("done", "rejected"))
            files.filtered(lambda one: one.state != "void")._void("never_executed")
        return result
