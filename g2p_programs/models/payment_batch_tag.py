from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..domains import parse_domain


class G2PPaymentBatchTag(models.Model):
    """How automatic batching cuts the entitlements of a cycle: which, in what order, how many."""

    _name = "g2p.payment.batch.tag"
    _description = "Payment Batch Tag"
    _order = "order asc, id asc"

    name = fields.Char("Batch Tag", required=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty for a tag that all companies may use; only administrators make and change those.",
    )
    order = fields.Integer(
        help="Tags are tried in this order; an entitlement goes to the first that matches."
    )
    domain = fields.Text(
        default="[]",
        required=True,
        help="A filter on entitlements, such as [('partner_id.tags_ids.name', '=', 'Urban')].",
    )
    max_batch_size = fields.Integer(default=500, required=True, help="Payments per batch.")

    _max_batch_size_positive = models.Constraint(
        "CHECK (max_batch_size > 0)", "The largest number of payments in a batch must be above 0."
    )

    @api.constrains("domain")
    def _check_domain(self):
        problems = []
        for tag in self:
            try:
                tag._get_domain()
            except ValidationError as error:
                problems.append(str(error))
        if problems:
            raise ValidationError("\n".join(problems))

    @api.constrains("company_id")
    def _check_company_of_managers(self):
        mixin = self.env.registry["g2p.payment.preparation.mixin"]
        # sudo: who uses a tag must be known whoever moves it, also where its users are of another company
        for name, model in self.env.registry.items():
            if issubclass(model, mixin) and not model._abstract:
                self.env[name].sudo().search([("batch_tag_ids", "in", self.ids)])._check_batch_tag_companies()

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            # Rules were asked about the company it had; they hold for the one it has now, too.
            self.check_access("write")
        return result

    def _get_domain(self):
        """Return the tag's filter on entitlements, parsed and never evaluated.

        :raise ValidationError: naming the tag when it is no filter
        """
        return parse_domain(self.env["g2p.entitlement"], self.domain, self.env._("batch tag %s", self.name))
