import sys

from odoo import api, fields, models

from ..documents.cells import COLUMN_SOURCES
from ..documents.layout import Column

_ALIGNS = [("left", "Left"), ("right", "Right")]


class G2PPaymentFileColumn(models.Model):
    """One column of a table, or one field of a fixed-width line."""

    _name = "g2p.payment.file.column"
    _description = "Payment File Column"
    _order = "sequence, id"

    config_id = fields.Many2one("g2p.payment.file.config", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    source = fields.Selection(list(COLUMN_SOURCES.items()), "Shows", required=True, default="reference")
    header = fields.Char(help="What stands above it; empty for its usual name.")
    text = fields.Char("Fixed Text")
    width = fields.Integer(help="Characters of the field, in text of fixed width.", aggregator=None)
    align = fields.Selection(_ALIGNS, required=True, default="left")
    fill = fields.Char(
        "Fill With", size=1, help="The one character that fills the field up; empty for a blank."
    )

    @api.constrains("source", "header", "text", "width", "align", "fill")
    def _check_config(self):
        self.config_id._check_usable()

    def write(self, vals):
        result = super().write(vals)
        if "config_id" in vals:
            # Rules were asked about the configuration it was in; they hold for the one it is in now, too.
            self.check_access("write")
        return result

    def unlink(self):
        configs = self.config_id
        result = super().unlink()
        configs.exists()._check_usable()
        return result

    def _get_columns(self):
        """Return these columns in their order.

        :return: tuple of :class:`~..documents.layout.Column`
        """
        return tuple(
            Column(
                source=column.source or "",
                header=column.header or "",
                text=column.text or "",
                width=column.width,
                align=column.align,
                fill=column.fill or " ",
            )
            for column in self.sorted(lambda column: (column.sequence, column._origin.id or sys.maxsize))
        )
