"""Filters that people type: parsed as literals and checked against the model, never evaluated."""

import ast

from odoo.exceptions import ValidationError
from odoo.fields import Domain


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
    except (
        ValueError,
        SyntaxError,
        TypeError,
        KeyError,
        AttributeError,
        MemoryError,
        RecursionError,
    ) as error:
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
