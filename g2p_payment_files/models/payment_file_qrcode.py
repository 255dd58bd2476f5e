import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..documents import codes

#: Who makes codes; nobody else reads what they carry.
CODE_GROUPS = "g2p_registry_base.group_g2p_admin,g2p_programs.g2p_program_manager"


# No dialog, but rows that vanish. pylint: disable-next=no-wizard-in-models
class G2PPaymentFileQRCode(models.TransientModel):
    """What one code of one payment or batch carries: seen by who made it, and gone soon."""

    _name = "g2p.payment.file.qrcode"
    _description = "Payment File QR Code"
    _order = "id desc"

    qrcode_config_id = fields.Many2one("g2p.payment.file.qrcode.config", required=True, ondelete="cascade")
    data = fields.Char(required=True)
    content_base64 = fields.Char(compute="_compute_content")
    content_htmlsafe = fields.Char(compute="_compute_content")
    payment_id = fields.Many2one("g2p.payment", index="btree_not_null", ondelete="cascade")
    payment_batch_id = fields.Many2one("g2p.payment.batch", index="btree_not_null", ondelete="cascade")

    @api.depends("data", "qrcode_config_id")
    def _compute_content(self):
        for record in self:
            try:
                svg = codes.draw(record.qrcode_config_id._get_codes()[0], record.data).get_svg()
            except codes.CodeError as error:
                raise UserError(
                    self.env._(
                        "Code %(name)s of %(record)s: %(problem)s",
                        name=record.qrcode_config_id.name,
                        record=record.payment_id.name or record.payment_batch_id.name or "",
                        problem=error,
                    )
                ) from None
            record.content_base64 = base64.b64encode(svg.encode()).decode()
            record.content_htmlsafe = f"data:image/svg+xml;base64,{record.content_base64}"

    @api.private
    def get_by_name(self, name):
        """Return the first of these codes whose configuration has that name, or None.

        :param str name: name of the code's configuration
        """
        return next((record for record in self if record.qrcode_config_id.name == name), None)
