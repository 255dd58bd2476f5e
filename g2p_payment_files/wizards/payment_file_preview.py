import base64
import io
from dataclasses import replace
from html import escape

import openpyxl

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..documents import page, pdf
from ..documents.cells import find_encoding
from ..documents.errors import DocumentError
from ..documents.sample import sample_file, sample_payments

MARK = "PREVIEW – NOT FOR PAYMENT"
MESSAGE_ID = "PREVIEW"
#: What is shown is enough to judge by, and quickly made.
MAX_PAYMENTS = 50
MAX_LINES = 200
TABLE_STYLE = "table { font-size: 9pt; } td { border: 1px solid #bbb; padding: 1px 6px; }"
BANNER = '<div style="background: #b00020; color: #fff; text-align: center; font-weight: bold; padding: 4px;">{}</div>'


class G2PPaymentFilePreview(models.TransientModel):
    """What documents of a configuration look like, of made-up payments or of some that the user may read."""

    _name = "g2p.payment.file.preview"
    _description = "Payment File Preview"

    config_id = fields.Many2one("g2p.payment.file.config", required=True, readonly=True, ondelete="cascade")
    type = fields.Selection(related="config_id.type")
    batch_id = fields.Many2one("g2p.payment.batch", ondelete="cascade", help="Empty for made-up payments.")
    payment_id = fields.Many2one("g2p.payment", ondelete="cascade", domain="[('batch_id', '=?', batch_id)]")
    sample_count = fields.Integer("Made-up Payments", default=10, aggregator=None)
    html_content = fields.Text(readonly=True)
    pdf_content = fields.Binary(attachment=False, readonly=True)
    problem = fields.Text(readonly=True)

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_show(self):
        """Make the preview anew.

        :return: act_window of this dialog
        """
        self.ensure_one()
        self.check_access("write")
        return self._open()

    # ---- Business ---------------------------------------------------------------------------------------------
    def _open(self):
        self._refresh()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview of %s", self.config_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _refresh(self):
        values = {"html_content": False, "pdf_content": False, "problem": False}
        try:
            values.update(self._make())
        except DocumentError as error:
            values["problem"] = error.get_message()
        self.write(values)

    def _make(self):
        """Return the fields that show the document, marked as what it is."""
        layout = replace(self.config_id._get_layout(), openpgp_key="")
        head, payments = self._get_facts(layout)
        stream = io.BytesIO()
        self.config_id._join_parts(layout, head, [self.config_id._make_part(layout, head, payments)], stream)
        data = stream.getvalue()
        if layout.type == "pdf":
            return {"pdf_content": base64.b64encode(pdf.stamp(data, MARK))}
        if layout.type == "html":
            body = f"<body>{BANNER.format(MARK)}"
            return {"html_content": data.decode().replace("<body>", body, 1)}
        return {"html_content": self._frame(self._show_table(layout, data))}

    def _get_facts(self, layout):
        """Return (head, payments) to show; nobody signs them, and their message id is none."""
        configs = self.env["g2p.payment.file.config"]
        if not self.batch_id and not self.payment_id:
            payments = configs._fill_codes(
                layout, sample_payments(min(max(self.sample_count, 1), MAX_PAYMENTS))
            )
            return sample_file(payments, message_id=MESSAGE_ID), payments
        record = self.payment_id or self.batch_id
        record.check_access("read")
        payments = configs._get_payments_of(record)[:MAX_PAYMENTS]
        if not payments:
            raise DocumentError(text=self.env._("%s has no payments to show.", record.display_name))
        facts = payments._get_document_facts(payments, layout)
        more = {"message_id": MESSAGE_ID, **self._get_payer_facts()}
        if self.payment_id:
            return record._get_file_facts(**more), facts
        return record._get_file_facts(payments, **more), facts

    def _get_payer_facts(self):
        """Return who pays, where the payment manager of the chosen batch says so."""
        batch = self.batch_id or self.payment_id.batch_id
        # sudo: the payer is printed in each file that this user may take; managers are not readable by all of them
        manager = batch.sudo()._get_manager() if batch else None
        return manager._get_payer_facts() if hasattr(manager, "_get_payer_facts") else {}

    @api.model
    def _show_table(self, layout, data):
        """Return the beginning of a table as HTML."""
        if layout.type == "xlsx":
            sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).active
            rows = sheet.iter_rows(max_row=MAX_LINES, values_only=True)
            cells = ("".join(f"<td>{escape(_text(one))}</td>" for one in row) for row in rows)
            return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
        encoding = "utf-8" if layout.type == "pain001" else find_encoding(layout).name
        lines = data.decode(encoding).lstrip("\ufeff").splitlines()[:MAX_LINES]
        return f"<pre>{escape(chr(10).join(lines))}</pre>"

    @api.model
    def _frame(self, body):
        layout = self.config_id._get_layout()
        opened = page.open_page(layout, MARK, TABLE_STYLE)
        return f"{opened}{BANNER.format(MARK)}{body}{page.CLOSE_PAGE}"

    @api.constrains("batch_id", "payment_id")
    def _check_readable(self):
        for preview in self:
            for record in (preview.batch_id, preview.payment_id):
                if record and not record.has_access("read"):
                    raise UserError(self.env._("You may not read what this preview would show."))


def _text(value):
    return "" if value is None else str(value)
