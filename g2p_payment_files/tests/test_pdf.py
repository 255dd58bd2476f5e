"""Pages: what is on them, what may not be, and joining them without holding them."""

import base64
import io
import os
import stat
import sys
import tempfile
import tracemalloc
from dataclasses import replace
from unittest import TestCase

from PIL import Image
from pypdf import PdfReader

from ..documents import codes, fonts, page, pdf, pdf_join
from ..documents.errors import DocumentError
from ..documents.layout import Code, Layout
from ..documents.sample import sample_file, sample_payments

LAYOUT = Layout("pdf")
TWO_PAGES = '<p>first žluťoučký Ивана</p><p style="page-break-before: always">second <b>bold</b></p>'
#: Stands for wkhtmltopdf: keeps what it was asked, and answers with a page of a hundred millimetres' zoom.
PROGRAM = """#!{python}
import sys, io
if "--version" in sys.argv:
    print("wkhtmltopdf 0.12.6 (with patched qt)")
    sys.exit()
text = sys.stdin.read()
open({log!r}, "a").write(repr(sys.argv[1:]) + chr(10) + text + chr(10))
if "refuse" in text:
    sys.exit(1)
from reportlab.pdfgen.canvas import Canvas
stream = io.BytesIO()
canvas = Canvas(stream, pagesize=(595, 842))
canvas.drawString(10, 800, "A")
canvas.drawString(10, 800 - 50 / 25.4 * 72, "B")
canvas.save()
sys.stdout.buffer.write(stream.getvalue())
"""


def get_pages(data):
    return PdfReader(io.BytesIO(data), strict=True).pages


def join(parts, **more):
    stream = io.BytesIO()
    pdf_join.join(parts, stream, **more)
    return stream.getvalue()


class TestPages(TestCase):
    def test_text_is_on_its_page(self):
        pages = get_pages(pdf.render(TWO_PAGES, LAYOUT))
        self.assertEqual(len(pages), 2)
        self.assertIn("žluťoučký Ивана", pages[0].extract_text())
        self.assertIn("second", pages[1].extract_text())

    def test_page_is_as_large_as_asked(self):
        for layout, size in (
            (LAYOUT, (210, 297)),
            (replace(LAYOUT, landscape=True), (297, 210)),
            (replace(LAYOUT, page_format="A6", margins=(5, 5, 5, 5)), (105, 148)),
        ):
            box = get_pages(pdf.render("<p>x</p>", layout))[0].mediabox
            for got, wanted in zip((box.width, box.height), size, strict=True):
                self.assertAlmostEqual(float(got) / 72 * 25.4, wanted, delta=0.5)

    def test_same_input_gives_same_bytes(self):
        self.assertEqual(pdf.render(TWO_PAGES, LAYOUT), pdf.render(TWO_PAGES, LAYOUT))

    def test_code_is_kept_black_and_white_and_whole(self):
        drawn = codes.draw(Code("a", box_size=3), "x" * 100, paper=True)
        markup = f'<img style="width: 30mm; height: 30mm" src="{drawn.content_htmlsafe}"/>'
        picture = get_pages(pdf.render(markup, LAYOUT))[0].images[0].image
        self.assertEqual(picture.mode, "1")
        grid = drawn._grid
        self.assertEqual(picture.size, (3 * len(grid), 3 * len(grid)))
        self.assertEqual(
            [
                [picture.getpixel((3 * x + 1, 3 * y + 1)) == 0 for x in range(len(grid))]
                for y in range(len(grid))
            ],
            grid,
        )

    def test_coloured_picture_stays_coloured(self):
        stream = io.BytesIO()
        Image.new("RGB", (20, 20), (200, 100, 50)).save(stream, "PNG")
        source = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
        picture = get_pages(pdf.render(f'<img src="{source}"/>', LAYOUT))[0].images[0].image
        self.assertEqual(picture.convert("RGB").getpixel((5, 5)), (200, 100, 50))

    def test_nothing_is_fetched(self):
        with tempfile.NamedTemporaryFile(suffix=".png") as secret:
            Image.new("RGB", (9, 9), (1, 2, 3)).save(secret, "PNG")
            secret.flush()
            for source in (secret.name, f"file://{secret.name}", "http://127.0.0.1:9/x.png"):
                data = pdf.render(f'<p>x</p><img src="{source}"/>', LAYOUT)
                self.assertFalse(list(get_pages(data)[0].images), source)

    def test_preview_is_stamped_on_each_page(self):
        for one in get_pages(pdf.stamp(pdf.render(TWO_PAGES, LAYOUT), "NOT FOR PAYMENT")):
            self.assertIn("NOT FOR PAYMENT", one.extract_text())


class TestFonts(TestCase):
    def test_character_without_glyph_is_refused_by_payment(self):
        payments = sample_payments(3, names=["Amina", "আমিনা", "Amina 𓀀"])
        markup = "".join(f"<p>{payment.payee_name}</p>" for payment in payments)
        with self.assertRaises(DocumentError) as caught:
            pdf.render(markup, LAYOUT, payments)
        findings = caught.exception.findings
        self.assertEqual(set(findings), {payments[1].reference, payments[2].reference})
        self.assertIn("payee name", findings[payments[1].reference])
        self.assertIn("U+13000", findings[payments[2].reference])
        self.assertIn("apt install", findings[payments[2].reference])

    def test_what_is_not_shown_does_not_matter(self):
        payments = sample_payments(1, names=["আমিনা"])
        self.assertTrue(pdf.render("<p>x</p>", LAYOUT, payments))

    def test_right_to_left_is_refused(self):
        for text in ("أمينة", "עמינה"):
            with self.assertRaises(DocumentError):
                pdf.render(f"<p>{text}</p>", LAYOUT)

    def test_template_itself_is_named(self):
        with self.assertRaises(DocumentError) as caught:
            pdf.render("<p>𓀀</p>", LAYOUT, sample_payments(1))
        self.assertFalse(caught.exception.findings)
        self.assertIn("U+13000", caught.exception.text)

    def test_accents_in_any_form_are_shown(self):
        text = get_pages(pdf.render("<p>Ade\u0301ba\u0301yo\u0323\u0300 Nguye\u0302\u0303n</p>", LAYOUT))[
            0
        ].extract_text()
        self.assertIn("Nguyễn", text)

    def test_face_without_letters_stands_back(self):
        families = fonts.find_families()
        fitted = fonts.fit(families, "Amina")
        self.assertEqual(fitted, families)
        lacking = fonts.Family("serif", (families[0].files[0], "/nowhere/none.ttf"))
        with tempfile.NamedTemporaryFile(suffix=".ttf") as empty:
            lacking = fonts.Family("serif", (empty.name,))
            self.assertEqual(fonts.fit((families[0], lacking), "Amina")[1].files, (families[0].files[0],))


class TestWkhtmltopdf(TestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = os.path.join(folder.name, "log")
        self.program = os.path.join(folder.name, "wkhtmltopdf")
        with open(self.program, "w") as file:
            file.write(PROGRAM.format(python=sys.executable, log=self.log))
        os.chmod(self.program, stat.S_IRWXU)

    def test_may_read_and_run_nothing(self):
        pdf.render("<p>Amina</p>", LAYOUT, program=self.program)
        with open(self.log) as file:
            asked = file.read()
        for argument in (
            "--disable-javascript",
            "--disable-local-file-access",
            "--disable-plugins",
            "--proxy",
        ):
            self.assertIn(argument, asked)
        self.assertIn("--disable-smart-shrinking", asked)
        self.assertIn(page.POLICY, asked)

    def test_a_millimetre_is_made_a_millimetre(self):
        pdf.render("<p>Amina</p>", LAYOUT, program=self.program)
        with open(self.log) as file:
            self.assertIn("html { zoom: 2.0; }", file.read())

    def test_no_page_is_an_error_without_its_words(self):
        with self.assertRaises(DocumentError) as caught:
            pdf.render("<p>refuse secret</p>", LAYOUT, program=self.program)
        self.assertNotIn("secret", str(caught.exception))

    def test_missing_program_is_an_error(self):
        with self.assertRaises(DocumentError):
            pdf.render("<p>x</p>", LAYOUT, program="/nowhere/wkhtmltopdf")


class TestJoining(TestCase):
    def test_all_pages_in_order(self):
        parts = [pdf.render(f"<p>part {number}</p>", LAYOUT) for number in range(3)]
        texts = [one.extract_text().strip() for one in get_pages(join([*parts, parts[0]]))]
        self.assertEqual(texts, ["part 0", "part 1", "part 2", "part 0"])

    def test_only_time_is_the_files(self):
        head = sample_file()
        data = join([pdf.render("<p>x</p>", LAYOUT)], title="BATCH/1", created_at=head.created_at)
        metadata = PdfReader(io.BytesIO(data)).metadata
        self.assertEqual((metadata.title, metadata.creation_date_raw), ("BATCH/1", "D:20300101080000Z"))
        self.assertEqual(data.count(b"CreationDate"), 1)

    def test_joined_again_is_the_same(self):
        part = pdf.render(TWO_PAGES, LAYOUT)
        self.assertEqual(join([part, part]), join([part, part]))
        self.assertEqual(len(get_pages(join([join([part, part]), part]))), 6)

    def test_memory_holds_one_part(self):
        part = pdf.render("<p>x</p>" * 20, LAYOUT)

        def get_peak(count):
            with tempfile.TemporaryFile() as stream:
                tracemalloc.start()
                pdf_join.join((part for _number in range(count)), stream)
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
            return peak

        few, many = get_peak(40), get_peak(160)
        self.assertLess(many - few, 0.1 * 120 * len(part))
