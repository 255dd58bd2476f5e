from odoo import api, fields, models
from odoo.exceptions import ValidationError


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

    @api.constrains("batch_tag_ids", "program_id")
    def _check_batch_tag_companies(self):
        """Refuse tags that the people of the program's company could not see or would not know of.

        :raise ValidationError: naming managers and tags
        """
        problems = []
        # sudo: the tags of another company are what this is about
        for manager in self.sudo():
            company = manager.program_id.company_id
            wrong = manager.batch_tag_ids.filtered(
                lambda tag, company=company: tag.company_id not in (company, company.browse())
            )
            if wrong:
                problems.append(
                    self.env._(
                        "%(manager)s: batch tags %(ids)s belong to another company than the program. Choose tags of "
                        "its company, or ones without a company.",
                        manager=manager.name,
                        ids=", ".join(map(str, wrong.ids)),
                    )
                )
        if problems:
            raise ValidationError("\n".join(problems))
