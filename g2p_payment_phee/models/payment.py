from odoo import models


class G2PPayment(models.Model):
    _inherit = "g2p.payment"

    def unlink(self):
        batches = self.batch_id
        result = super().unlink()
        # Only now they are out of the files.
        batches._renew_hub_files()
        return result
