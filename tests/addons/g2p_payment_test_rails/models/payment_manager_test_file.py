from odoo import fields, models

from ..client import ScriptedClient


class TestFilePaymentManager(models.Model):
    """A rail whose payments a person carries away: claimed by hand, and nobody can be asked."""

    _name = "g2p.program.payment.manager.test.file"
    _description = "Paid by File Test Rail"
    _inherit = ["g2p.program.payment.manager.default", "g2p.payment.dispatch.mixin"]

    batch_tag_ids = fields.Many2many("g2p.payment.batch.tag", "g2p_pay_batch_tag_pay_manager_test_file")

    def _pays_by_file(self):
        return True

    def _rail_settings(self):
        return {}

    def _rail_client(self, settings):
        return ScriptedClient(settings)
