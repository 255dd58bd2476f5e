from odoo import models


class G2PCycle(models.Model):
    _inherit = "g2p.cycle"

    def action_export_open_payments(self):
        """Take the open payments of all batches of these cycles as XLSX.

        :return: act_url
        :raise UserError: when the user may not, or nothing is open
        """
        return self.payment_batch_ids.action_export_open_payments()

    def action_export_open_payments_csv(self):
        """Take the open payments of all batches of these cycles as CSV.

        :return: act_url
        :raise UserError: see action_export_open_payments
        """
        return self.payment_batch_ids.action_export_open_payments_csv()
