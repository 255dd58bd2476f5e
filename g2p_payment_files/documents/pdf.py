"""Pages: by wkhtmltopdf where it is installed, else by xhtml2pdf, which is pure Python. Neither may fetch anything."""

import io
import logging
import subprocess
import unicodedata

from pypdf import PdfReader, PdfWriter
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import RenderLimitError, ResourceAccessPolicy

from . import fonts, page
from .errors import DocumentError

#: One part of a document has that long.
TIME_LIMIT = 180
MAX_BYTES = 60 * 1024 * 1024

# The library warns of CSS that it does not know; the person who wrote it sees the preview.
logging.getLogger("xhtml2pdf").setLevel(logging.ERROR)


def render(markup, layout, payments=(), program="", title="", font_folders=()):
    """Return what a template shows, as PDF.

    :param str markup: rendered HTML, without a page around it
    :param Layout layout: page format and margins
    :param payments: list of :class:`~.facts.PaymentFacts` in it, for naming what cannot be shown
    :param str program: path of wkhtmltopdf; empty for xhtml2pdf
    :param str title: title of the document
    :param font_folders: more folders with fonts for xhtml2pdf
    :return: bytes
    :raise DocumentError: when there are characters without a glyph, or no page can be made
    """
    markup = unicodedata.normalize("NFC", markup)
    text = page.get_text(markup)
    if program:
        fonts.refuse_missing(fonts.find_missing_in_system(text), payments)
        return _run_wkhtmltopdf(program, f"{page.open_page(layout, title)}{markup}{page.CLOSE_PAGE}", layout)
    families = fonts.find_families(*font_folders)
    fonts.refuse_missing(fonts.find_missing(text, families), payments)
    style = "".join(family.get_style() for family in families)
    return _run_xhtml2pdf(f"{page.open_page(layout, title, style)}{markup}{page.CLOSE_PAGE}", families)


def _run_xhtml2pdf(document, families):
    folders = tuple({path.rpartition("/")[0] for family in families for path in family.files})
    policy = ResourceAccessPolicy.server(
        allow_remote=False, extra_roots=folders, max_render_seconds=TIME_LIMIT, max_document_bytes=MAX_BYTES
    )
    stream = io.BytesIO()
    try:
        result = pisa.CreatePDF(document, dest=stream, encoding="utf-8", resource_policy=policy)
    except RenderLimitError:
        raise DocumentError(text=_TOO_LARGE) from None
    if result.err:
        raise DocumentError(text="The pages cannot be made of this template: simplify its tables and styles.")
    return stream.getvalue()


_TOO_LARGE = "The pages of this document take too long or are too large: let the template show less."


def _run_wkhtmltopdf(program, document, layout):
    width, height = page.get_size(layout)
    top, right, bottom, left = layout.margins
    arguments = [
        program, "--quiet", "--encoding", "utf-8", "--disable-javascript", "--disable-local-file-access",
        "--disable-plugins", "--proxy", "http://127.0.0.1:9", "--page-width", f"{width}mm",
        "--page-height", f"{height}mm", "--margin-top", f"{top}mm", "--margin-right", f"{right}mm",
        "--margin-bottom", f"{bottom}mm", "--margin-left", f"{left}mm", "-", "-",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            arguments, input=document.encode(), capture_output=True, timeout=TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        raise DocumentError(text=_TOO_LARGE) from None
    except OSError:
        raise DocumentError(text="wkhtmltopdf cannot be started on the server: install it again.") from None
    if not done.stdout.startswith(b"%PDF"):
        raise DocumentError(
            text="wkhtmltopdf makes no pages of this template: simplify its tables and styles."
        )
    return done.stdout


def stamp(data, text):
    """Return a PDF with a text across each of its pages, such as what it must not be taken for.

    :param bytes data: PDF
    :param str text: what to write
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    for one in writer.pages:
        width, height = float(one.mediabox.width), float(one.mediabox.height)
        stream = io.BytesIO()
        canvas = Canvas(stream, pagesize=(width, height))
        canvas.setFillColor(Color(0.8, 0, 0, alpha=0.35))
        size = min(width, height) / (0.55 * len(text))
        canvas.setFont("Helvetica-Bold", size)
        canvas.translate(width / 2, height / 2)
        canvas.rotate(35)
        canvas.drawCentredString(0, 0, text)
        canvas.save()
        one.merge_page(PdfReader(stream).pages[0])
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
