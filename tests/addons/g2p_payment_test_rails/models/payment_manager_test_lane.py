from odoo import fields, models

from odoo.addons.g2p_programs.dispatch.rail import PlannedSubmission

from ..http_client import HttpClient


class TestLanePaymentManager(models.Model):
    """A rail that pays one by one over HTTP, many at once."""

    _name = "g2p.program.payment.manager.test.lane"
    _description = "Many at Once Test Rail"
    _inherit = ["g2p.program.payment.manager.default", "g2p.payment.dispatch.mixin"]

    batch_tag_ids = fields.Many2many("g2p.payment.batch.tag", "g2p_pay_batch_tag_pay_manager_test_lane")
    endpoint = fields.Char()
    at_once = fields.Integer(default=4)
    seconds = fields.Integer(default=20)

    def _rail_plan(self, batch):
        return [PlannedSubmission(1, (payment_id,)) for payment_id in batch.payment_ids.ids]

    def _rail_settings(self):
        return {"endpoint": self.endpoint}

    def _rail_client(self, settings):
        return HttpClient(settings)

    def _rail_at_once(self):
        return self.at_once

    def _rail_deadline_seconds(self):
        return self.seconds

    def _rail_settle_seconds(self):
        return 0

    def _rail_pinned_fields(self):
        return [*super()._rail_pinned_fields(), "endpoint"]
