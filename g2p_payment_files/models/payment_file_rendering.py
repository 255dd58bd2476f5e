import io
from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import split_every
from odoo.tools.misc import file_path

from odoo.addons.base.models.ir_actions_report import _wkhtml
from odoo.addons.base.models.ir_qweb import QWebError

from ..documents import codes, inline, page, parts, pdf, pdf_join, sandbox, shown
from ..documents.errors import DocumentError
from ..documents.formats import FORMATS

#: Upstream's interface renders whole batches at once; they are cut here too.
SLICE = 200
MIMETYPES = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}
FONTS = "web/static/fonts/sign"


class G2PPaymentFileConfig(models.Model):
    """Making documents: HTML and PDF by Odoo's QWeb on checked templates, everything else in plain Python."""

    _inherit = "g2p.payment.file.config"

    # ---- Parts ------------------------------------------------------------------------------------------------
    @api.model
    def _make_part(self, layout, head, payments):
        """Return one slice of a document, which is kept until all of them are joined.

        :param layout: :class:`~..documents.layout.Layout`
        :param head: :class:`~..documents.facts.FileFacts`
        :param payments: list of :class:`~..documents.facts.PaymentFacts`, codes filled in
        :return: bytes
        :raise DocumentError: naming every payment that cannot be shown, and why
        """
        if layout.type in FORMATS:
            return FORMATS[layout.type].part(layout, head, payments)
        markup = self._render_markup(layout, head, payments)
        if layout.type == "html":
            return parts.pack(payments, markup.encode())
        data = pdf.render(
            markup,
            layout,
            payments,
            program=self._find_wkhtmltopdf(),
            title=head.batch,
            font_folders=self._get_font_folders(),
        )
        return parts.pack(payments, data)

    @api.model
    def _join_parts(self, layout, head, contents, stream):
        """Write the whole document; beside what is written, one part at a time is in memory.

        :param contents: iterable of bytes that :meth:`_make_part` returned
        :param stream: binary file
        :raise DocumentError: when the parts are not what the head says
        """
        if layout.type in FORMATS:
            FORMATS[layout.type].join(layout, head, contents, stream)
        elif layout.type == "pdf":
            pdf_join.join(parts.unpack(contents, head), stream, head.batch, head.created_at)
        else:
            stream.write(page.open_page(layout, head.batch).encode())
            for number, body in enumerate(parts.unpack(contents, head)):
                if number:
                    stream.write(f'<div style="{page.PAGE_BREAK}"></div>'.encode())
                stream.write(body)
            stream.write(page.CLOSE_PAGE.encode())

    @api.model
    def _get_extension(self, layout):
        """Return a file name's end, without the point."""
        return FORMATS[layout.type].extension if layout.type in FORMATS else layout.type

    @api.model
    def _get_mimetype(self, layout):
        """Return what the file is called on the wire."""
        return FORMATS[layout.type].mimetype if layout.type in FORMATS else MIMETYPES[layout.type]

    @api.model
    def _fill_codes(self, layout, payments, provider=None):
        """Return payments with what their codes carry, signed where that is asked for.

        :param payments: list of :class:`~..documents.facts.PaymentFacts`
        :param provider: ``g2p.encryption.provider`` that signs; None for a preview: signed codes say that they are not
        :return: list of :class:`~..documents.facts.PaymentFacts`
        :raise DocumentError: naming every payment and code that cannot be made
        """
        texts = inline.make_codes(layout, payments, provider)
        return [replace(facts, codes=found) for facts, found in zip(payments, texts, strict=True)]

    # ---- Templates --------------------------------------------------------------------------------------------
    @api.model
    def _render_markup(self, layout, head, payments):
        """Return what the template shows, without the page around it (str)."""
        template = sandbox.read_template(layout.body, [code.name for code in layout.codes])
        if template.problems:
            # It was checked when it was saved; rules may have become stricter since.
            problems = (f"Line {problem.line}: {problem.message}" for problem in template.problems)
            raise DocumentError(text="\n".join(problems))
        drawn = codes.draw_all(layout, payments)
        payments = [shown.ShownPayment(one, head, own) for one, own in zip(payments, drawn, strict=True)]
        values = {
            **shown.get_helpers(layout),
            "payments": payments,
            "file": shown.ShownFile(head),
            "object": shown.ShownBatch(head, payments, self._draw_head_codes(layout, head)),
        }
        try:
            # The least of values: no env, no request, no record. What is in the template was checked above.
            return str(
                self.env["ir.qweb"]._render(page.prepare_tree(template), values, minimal_qcontext=True)
            )
        except QWebError as error:
            raise DocumentError(
                text=f"The template cannot be filled in at {error.qweb.element or 'its beginning'}: something that it "
                "needs is not known of a payment. Ask for it with t-if first."
            ) from None

    @api.model
    def _draw_head_codes(self, layout, head):
        texts = inline.make_head_codes(layout, head)
        return codes.draw_all(layout, [replace(head, codes={**texts, **head.codes})])[0]

    @api.model
    def _find_wkhtmltopdf(self):
        """Return the path of a wkhtmltopdf that Odoo could use itself, else an empty string."""
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() != "ok":
            return ""
        return _wkhtml().bin

    @api.model
    def _get_font_folders(self):
        try:
            return (file_path(FONTS),)
        except FileNotFoundError:
            return ()

    # ---- Upstream's interface ---------------------------------------------------------------------------------
    @api.private
    def render_and_store(self, res_model, res_ids, document_store=None):
        """Make a document of each record, and keep it.

        :param str res_model: ``g2p.payment`` or ``g2p.payment.batch``
        :param list res_ids: ids
        :param document_store: has ``add_file(data, extension=…)``; attachments of the records are made without one
        :return: list of what the store returned, or of ``ir.attachment`` records, in the order of the ids
        :raise UserError: naming every payment that cannot be shown, and why
        """
        self.ensure_one()
        extension = "." + self._get_extension(self._get_layout())
        made = []
        for res_id in res_ids:
            data = self.render_template(res_model, res_id)
            if document_store is not None:
                made.append(document_store.add_file(data, extension=extension))
                continue
            record = self.env[res_model].browse(res_id)
            made.append(
                self.env["ir.attachment"].create(self._prepare_attachment_vals(record, data, extension))
            )
        return made

    def _prepare_attachment_vals(self, record, data, extension):
        return {
            "name": f"{record.display_name}{extension}",
            "res_model": record._name,
            "res_id": record.id,
            "raw": data,
            "mimetype": self._get_mimetype(self._get_layout()).partition(";")[0],
        }

    @api.private
    def render_template(self, res_model, res_id):
        """Make a document of one record.

        :param str res_model: ``g2p.payment`` or ``g2p.payment.batch``
        :param int res_id: id
        :return: bytes
        :raise UserError: naming every payment that cannot be shown, and why
        """
        return self._render_as(self.type, res_model, res_id)

    @api.private
    def render_html(self, res_model, res_id):
        """Make the HTML of one record, whatever this configuration's type (see :meth:`render_template`)."""
        return self._render_as("html", res_model, res_id).decode()

    @api.private
    def render_pdf(self, res_model, res_id):
        """Make the PDF of one record, whatever this configuration's type (see :meth:`render_template`)."""
        return self._render_as("pdf", res_model, res_id)

    @api.private
    def render_csv(self, res_model, res_id):
        """Make the CSV of one record by the columns, whatever the type (see :meth:`render_template`)."""
        return self._render_as("csv", res_model, res_id)

    def _render_as(self, type_, res_model, res_id):
        self.ensure_one()
        record = self.env[res_model].browse(res_id)
        record.check_access("read")
        layout = replace(self._get_layout(), type=type_, body=self.body_string or "")
        try:
            return self._render_record(layout, record)
        except DocumentError as error:
            raise UserError(error.get_message()) from None

    def _render_record(self, layout, record, provider=None, **head_values):
        """Return a whole document of one payment or batch (bytes)."""
        payments = self._get_payments_of(record)
        provider = self._get_default_provider() if provider is None else provider
        head = record._get_file_facts(**head_values)
        slices = split_every(SLICE, payments.ids)
        contents = (
            self._make_part(
                layout,
                head,
                payments._get_document_facts(
                    payments.browse(ids), layout, provider, first_number=1 + number * SLICE
                ),
            )
            for number, ids in enumerate(slices)
        )
        stream = io.BytesIO()
        self._join_parts(layout, head, contents, stream)
        return stream.getvalue()

    @api.model
    def _get_payments_of(self, record):
        if record._name == "g2p.payment":
            return record
        if record._name == "g2p.payment.batch":
            return self.env["g2p.payment"].search(
                [("batch_id", "=", record.id), ("state", "!=", "cancelled")], order="id"
            )
        raise UserError(
            self.env._("Files are made of payments and of payment batches, not of %s.", record._description)
        )

    @api.model
    def _get_default_provider(self):
        """Return who signs where no payment manager says so."""
        provider = self.env.ref("g2p_payment_files.encryption_provider_default", raise_if_not_found=False)
        # sudo: whoever may make documents has codes signed, and reads no key
        return (provider or self.env["g2p.encryption.provider"]).sudo()
