"""Pages: by wkhtmltopdf where it is installed, else by xhtml2pdf, which is pure Python. Neither may fetch anything."""

import functools
import io
import logging
import subprocess
import unicodedata

from pypdf import PdfReader, PdfWriter
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import RenderLimitError, ResourceAccessPolicy

from . import fonts, page, pdf_join
from .errors import DocumentError
from .layout import Layout

_logger = logging.getLogger(__name__)

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
        opened = page.open_page(layout, title, f"html {{ zoom: {_find_zoom(program)}; }}\n")
        return _tidy(_run_wkhtmltopdf(program, f"{opened}{markup}{page.CLOSE_PAGE}", layout))
    families = fonts.fit(fonts.find_families(*font_folders), text)
    fonts.refuse_missing(fonts.find_missing(text, families), payments)
    style = "".join(family.get_style() for family in families)
    return _tidy(_run_xhtml2pdf(f"{page.open_page(layout, title, style)}{markup}{page.CLOSE_PAGE}", families))


def _tidy(data):
    """Return a PDF without its maker's time stamps, and with small pictures."""
    stream = io.BytesIO()
    pdf_join.join([data], stream, shrink=True)
    return stream.getvalue()


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
    except Exception as error:
        # Only the type: what does not fit on a page is in the text of the exception, and it may be a payee.
        _logger.info("xhtml2pdf made no pages: %s", type(error).__name__)
        raise DocumentError(text=_NO_PAGES) from None
    if result.err:
        raise DocumentError(text=_NO_PAGES)
    return stream.getvalue()


_NO_PAGES = "The pages cannot be made of this template: simplify tables and styles; nothing may be taller than a page."
_TOO_LARGE = "The pages of this document take too long or are too large: let the template show less."


def _run_wkhtmltopdf(program, document, layout):
    width, height = page.get_size(layout)
    top, right, bottom, left = layout.margins
    arguments = [
        program, "--quiet", "--encoding", "utf-8", "--disable-javascript", "--disable-local-file-access",
        "--disable-plugins", "--proxy", "http://127.0.0.1:9", "--page-width", f"{width}mm",
        "--page-height", f"{height}mm", "--margin-top", f"{top}mm", "--margin-right", f"{right}mm",
        "--margin-bottom", f"{bottom}mm", "--margin-left", f"{left}mm", *_find_arguments(program), "-", "-",
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


@functools.cache
def _find_arguments(program):
    """Return the arguments that only wkhtmltopdf's own build of Qt understands."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return ("--disable-smart-shrinking", "--dpi", "96") if b"with patched qt" in done.stdout else ()


@functools.cache
def _find_zoom(program):
    """Return by how much millimetres must grow to become millimetres: builds of wkhtmltopdf differ in this."""
    document = (
        "<!DOCTYPE html><html><body style='margin: 0'><div style='position: absolute; top: 0'>A</div>"
        "<div style='position: absolute; top: 100mm'>B</div></body></html>"
    )
    places = {}

    def see(text, matrix, text_matrix, _font, _size):
        for letter in set("AB") & set(text):
            x, y = text_matrix[4], text_matrix[5]
            places[letter] = (x * matrix[1] + y * matrix[3] + matrix[5]) / 72 * 25.4

    data = _run_wkhtmltopdf(program, document, Layout("pdf"))
    PdfReader(io.BytesIO(data)).pages[0].extract_text(visitor_text=see)
    measured = places.get("A", 0) - places.get("B", 0)
    return round(100 / measured, 3) if 30 < measured < 300 else 1


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
