import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class G2PPaymentBatchTag(models.Model):
    """How automatic batching cuts the entitlements of a cycle: which, in what order, how many."""

    _name = "g2p.payment.batch.tag"
    _description = "Payment Batch Tag"
    _order = "order asc, id asc"

    name = fields.Char("Batch Tag", required=True)
    order = fields.Integer(help="Tags are tried in this order; an entitlement goes to the first that matches.")
    domain = fields.Text(default="[]", required=True, help="A filter on entitlements, such as [('partner_id.tags_ids.name', '=', 'Urban')].")
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

    def _get_domain(self):
        """Return the tag's filter on entitlements, parsed and never evaluated.

        :raise ValidationError: naming the tag when it is no filter
        """
        return parse_domain(self.env["g2p.entitlement"], self.domain, self.env._("batch tag %s", self.name))


def parse_domain(model, text, where):
    """Parse a filter that somebody typed. Nothing of it is ever evaluated.

    :param model: the recordset's model that the filter is for
    :param str text: a literal list of conditions
    :param str where: which record and field this is, for the message
    :return: a validated ``Domain``
    :raise ValidationError: when it is not a filter of that model
    """
    try:
        domain = Domain(ast.literal_eval((text or "[]").strip() or "[]"))
        domain.validate(model)
    except (ValueError, SyntaxError, TypeError, KeyError, AttributeError, MemoryError, RecursionError) as error:
        raise ValidationError(
            model.env._(
                "The filter of %(where)s cannot be read: %(error)s. "
                "Write a list of conditions on %(model)s, such as [('id', '>', 0)], or [] for all.",
                where=where,
                error=error,
                model=model._description,
            )
        ) from error
    return domain
