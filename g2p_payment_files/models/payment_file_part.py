import base64

from odoo import fields, models
from odoo.orm.models import NO_ACCESS

from ..documents.errors import DocumentError
from ..documents.facts import FileFacts
from ..documents.layout import Layout
from .ir_attachment import UNINDEXED


class G2PPaymentFilePart(models.Model):
    """One slice of a document: made by one job, alone, and again if need be, until the parts are joined."""

    _name = "g2p.payment.file.part"
    _description = "Part of a Payment File"
    _inherit = ["g2p.guarded.mixin"]
    _order = "file_id, number"

    file_id = fields.Many2one(
        "g2p.payment.file", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True)
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    first_line = fields.Integer(required=True, readonly=True, aggregator=None)
    id_from = fields.Integer("First Payment", required=True, readonly=True, aggregator=None)
    id_to = fields.Integer("Last Payment", required=True, readonly=True, aggregator=None)
    payments_count = fields.Integer("Payments", readonly=True)
    done = fields.Boolean(readonly=True)
    problem = fields.Text(readonly=True)
    content = fields.Binary(attachment=True, readonly=True, copy=False, groups=NO_ACCESS)

    _number_unique = models.UniqueIndex("(file_id, number)", "A document has each part once.")

    def _get_guarded_fields(self):
        return (*self._all_stored_fields_but(), "content")

    def _job_make(self):
        """Job: make this part; what is made already is left alone, so that a repeated job costs nothing."""
        self.ensure_one()
        if self.done or self.file_id.state != "making":
            return
        file = self.file_id
        layout = Layout.from_stored(file.layout)
        domain = [*file._get_payments_domain(), ("id", ">=", self.id_from), ("id", "<=", self.id_to)]
        payments = self.env["g2p.payment"].search(domain, order="id")
        vals = {"done": True, "payments_count": len(payments)}
        try:
            facts = payments._get_document_facts(
                payments, layout, file.encryption_provider_id, first_number=self.first_line
            )
            data = self.env["g2p.payment.file.config"]._make_part(
                layout, FileFacts.from_stored(file.head), facts
            )
            vals["content"] = base64.b64encode(data)
        except DocumentError as error:
            vals["problem"] = file._explain(error)
        self.with_context(**{UNINDEXED: True})._guarded_write(vals)

    def _read_content(self):
        return base64.b64decode(self.with_context(bin_size=False).content or b"")
