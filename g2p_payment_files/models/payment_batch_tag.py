from odoo import api, fields, models
from odoo.exceptions import ValidationError


class G2PPaymentBatchTag(models.Model):
    _inherit = "g2p.payment.batch.tag"

    render_files_per_payment = fields.Boolean(
        "A File for Each Payment", help="Instead of one for the whole batch. For documents that pay nothing."
    )
    file_config_ids = fields.Many2many(
        "g2p.payment.file.config",
        "g2p_pay_file_config_pay_batch_tag",
        "batch_tag_id",
        "file_config_id",
        "Files",
        help="Made of each batch with this tag, instead of the payment manager's.",
    )

    @api.constrains("file_config_ids", "company_id")
    def _check_file_configs(self):
        problems = []
        for tag in self:
            # sudo: what another company's configuration is used for must be known whoever changes the tag
            configs = tag.sudo().file_config_ids
            foreign = configs.filtered(
                lambda one, tag=tag: one.company_id and one.company_id != tag.company_id
            )
            if foreign:
                problems.append(
                    self.env._(
                        "Batch tag %(tag)s: %(files)s are of another company. Choose its own files, or shared ones.",
                        tag=tag.name,
                        files=", ".join(foreign.mapped("name")),
                    )
                )
            instructions = configs.filtered(lambda one: one.purpose == "instruction")
            if len(instructions) > 1:
                problems.append(
                    self.env._(
                        "Batch tag %(tag)s: %(files)s would each have the same payments made. Keep one payment "
                        "instruction.",
                        tag=tag.name,
                        files=", ".join(instructions.mapped("name")),
                    )
                )
        if problems:
            raise ValidationError("\n".join(problems))
