from odoo import fields, models


class G2PPaymentBatchTag(models.Model):
    _inherit = "g2p.payment.batch.tag"

    render_files_per_payment = fields.Boolean(
        "A File for Each Payment",
        help="Instead of one for the whole batch. Only documents that instruct nobody.",
    )
    file_config_ids = fields.Many2many(
        "g2p.payment.file.config",
        "g2p_pay_file_config_pay_batch_tag",
        "batch_tag_id",
        "file_config_id",
        "Files",
        help="Made of each batch with this tag.",
    )
