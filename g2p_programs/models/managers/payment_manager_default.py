from odoo import fields, models


class DefaultPaymentManager(models.Model):
    """Prepares payments and cuts them into batches. It sends nothing: rails build on it."""

    _name = "g2p.program.payment.manager.default"
    _description = "Default Payment Manager"
    _inherit = ["g2p.payment.preparation.mixin", "g2p.manager.source.mixin"]

    batch_tag_ids = fields.Many2many(
        "g2p.payment.batch.tag",
        "g2p_pay_batch_tag_pay_manager_def",
        string="Batch Tags",
        ondelete="restrict",
    )
