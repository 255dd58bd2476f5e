from odoo import fields, models

from odoo.addons.g2p_programs.dispatch.rail import WHEN_SENT, PlannedSubmission, RailRefusal

from ..client import ScriptedClient

PER_REQUEST = 2


class TestEnvelopePaymentManager(models.Model):
    """A rail that announces a batch, then sends it in requests, one at a time, and says later what came back."""

    _name = "g2p.program.payment.manager.test.envelope"
    _description = "Envelope Test Rail"
    _inherit = ["g2p.program.payment.manager.default", "g2p.payment.dispatch.mixin"]

    batch_tag_ids = fields.Many2many("g2p.payment.batch.tag", "g2p_pay_batch_tag_pay_manager_test_envelope")
    endpoint = fields.Char(default="loopback")
    stale_word = fields.Char(help="A payload with this word in it is stale.")
    word = fields.Char(default="first", help="Pinned with each step.")
    watch_days = fields.Integer()
    adds_closing = fields.Boolean(help="Add a closing step when fewer payments are sent than were announced.")

    def _rail_plan(self, batch):
        ids = batch.payment_ids.filtered(lambda one: one.state == "issued").ids
        parts = [tuple(ids[start : start + PER_REQUEST]) for start in range(0, len(ids), PER_REQUEST)]
        requests = [
            PlannedSubmission(number, part, "request", WHEN_SENT)
            for number, part in enumerate(parts, start=2)
        ]
        return [PlannedSubmission(1, (), "envelope", lasts=True), *requests]

    def _rail_steps_to_add(self, batch):
        added = []
        for opener in batch.submission_ids.filtered(lambda one: one.lasts and one.state == "sent"):
            opened = opener.opened_ids
            gone = opened.filtered(lambda one: one.state == "cancelled")
            idle = all(one.state in ("sent", "done", "cancelled") for one in opened)
            if self.adds_closing and gone and idle and "closing" not in opened.mapped("purpose"):
                added.append(PlannedSubmission(9, (), "closing", WHEN_SENT, opener_id=opener.id))
        return added

    def _rail_step_settings(self, submission):
        if submission.purpose == "request" and not submission.opener_id.correlation:
            raise RailRefusal({submission.name: "the envelope has no id"})
        return {"word": self.word, "envelope": submission.opener_id.correlation or ""}

    def _rail_is_stale(self, submission):
        return bool(self.stale_word) and self.stale_word in submission.payload

    def _rail_settings(self):
        return {"endpoint": self.endpoint}

    def _rail_client(self, settings):
        return ScriptedClient(settings)

    def _rail_settle_seconds(self):
        return 0

    def _rail_watch_days(self):
        return self.watch_days

    def _rail_detail_fields(self):
        return ["status_reason"]

    def _rail_pinned_fields(self):
        return [*super()._rail_pinned_fields(), "endpoint"]
