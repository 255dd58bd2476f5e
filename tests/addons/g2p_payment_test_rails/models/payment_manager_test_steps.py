from odoo import fields, models

from odoo.addons.g2p_programs.dispatch.rail import PlannedSubmission

from ..client import ScriptedClient


class TestStepsPaymentManager(models.Model):
    """A rail of two steps: an envelope that carries no payment, then the payments."""

    _name = "g2p.program.payment.manager.test.steps"
    _description = "Two Step Test Rail"
    _inherit = ["g2p.program.payment.manager.default", "g2p.payment.dispatch.mixin"]

    batch_tag_ids = fields.Many2many("g2p.payment.batch.tag", "g2p_pay_batch_tag_pay_manager_test_steps")
    endpoint = fields.Char(default="loopback")
    secret = fields.Char(groups="base.group_system", copy=False)

    def _rail_plan(self, batch):
        return [PlannedSubmission(1, ()), PlannedSubmission(2, tuple(batch.payment_ids.ids))]

    def _rail_settings(self):
        return {"endpoint": self.endpoint}

    def _rail_client(self, settings):
        return ScriptedClient(settings)

    def _rail_settle_seconds(self):
        return 0

    def _rail_pinned_fields(self):
        return [*super()._rail_pinned_fields(), "endpoint"]
