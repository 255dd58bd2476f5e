"""Codes are drawn as the libraries say, and what does not fit is named."""

import base64
import io
import re
from dataclasses import replace
from unittest import TestCase

import qrcode
from barcode import Code128
from PIL import Image

from ..documents import codes
from ..documents.codes import BAR_BORDER, CodeError, draw, draw_all
from ..documents.errors import DocumentError
from ..documents.layout import Code, Layout
from ..documents.sample import sample_payments

TEXT = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


def read_png(data):
    """Return (picture, rows of booleans) of PNG bytes."""
    picture = Image.open(io.BytesIO(data)).convert("1")
    return picture, [
        [picture.getpixel((x, y)) == 0 for x in range(picture.width)] for y in range(picture.height)
    ]


def read_svg(text):
    """Return the set of dark places of an SVG of ours."""
    path = re.search(r'<path d="([^"]*)"', text).group(1)
    dark = set()
    for x, y, width, height in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", path):
        dark |= {
            (int(x) + right, int(y) + down) for right in range(int(width)) for down in range(int(height))
        }
    return dark


class TestQR(TestCase):
    def test_picture_is_the_libraries_grid(self):
        library = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=3)
        library.add_data(TEXT.encode())
        library.make()
        expected = library.get_matrix()
        drawn = draw(Code("a", error_correct="Q", box_size=4, border=3), TEXT)
        picture, pixels = read_png(drawn.get_png())
        self.assertEqual(picture.size, (4 * len(expected), 4 * len(expected)))
        self.assertEqual([row[2::4] for row in pixels[2::4]], expected)
        self.assertEqual(
            read_svg(drawn.get_svg()),
            {(x, y) for y, row in enumerate(expected) for x, dark in enumerate(row) if dark},
        )

    def test_version_and_border_are_honoured(self):
        for version, border in ((5, 0), (10, 4)):
            grid = draw(Code("a", version=version, border=border), TEXT)._grid
            self.assertEqual(len(grid), 17 + 4 * version + 2 * border)

    def test_error_correction_makes_it_larger(self):
        sizes = [len(draw(Code("a", error_correct=level), TEXT)._grid) for level in "LMQH"]
        self.assertEqual(sizes, sorted(sizes))
        self.assertLess(sizes[0], sizes[-1])

    def test_too_much_is_refused_with_a_remedy(self):
        for code, text in (
            (Code("a", version=1), TEXT),
            (Code("a"), "x" * 5000),
            (Code("a"), ""),
        ):
            with self.assertRaises(CodeError) as caught:
                draw(code, text)
            self.assertRegex(str(caught.exception), r"Carry less|Fill in")

    def test_screen_gets_svg_and_paper_png(self):
        screen = draw(Code("a"), TEXT).content_htmlsafe
        paper = draw(Code("a"), TEXT, paper=True).content_htmlsafe
        self.assertTrue(
            base64.b64decode(screen.removeprefix("data:image/svg+xml;base64,")).startswith(b"<svg")
        )
        self.assertTrue(base64.b64decode(paper.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG"))

    def test_same_text_gives_same_bytes(self):
        self.assertEqual(draw(Code("a"), TEXT).get_png(), draw(Code("a"), TEXT).get_png())


class TestBars(TestCase):
    def test_bars_are_the_libraries(self):
        drawn = draw(Code("a", kind=codes.CODE_128, box_size=2), "ABC-123456")
        bars = Code128("ABC-123456").build()[0]
        expected = [False] * BAR_BORDER + [one == "1" for one in bars] + [False] * BAR_BORDER
        _picture, pixels = read_png(drawn.get_png())
        self.assertEqual(pixels[0][1::2], expected)
        self.assertEqual(
            {x for x, _y in read_svg(drawn.get_svg())}, {x for x, dark in enumerate(expected) if dark}
        )

    def test_what_no_scanner_reads_is_refused(self):
        for text in ("", "é", "a\nb", "x" * 200):
            with self.subTest(text), self.assertRaises(CodeError):
                draw(Code("a", kind=codes.CODE_128), text)


class TestAllOfThem(TestCase):
    def test_payment_and_code_are_named(self):
        layout = Layout("pdf", codes=(Code("small", version=1), Code("bars", kind=codes.CODE_128)))
        payments = [
            replace(payment, codes={"small": text, "bars": text})
            for payment, text in zip(sample_payments(3), ("ok", "x" * 100, "ä"), strict=True)
        ]
        with self.assertRaises(DocumentError) as caught:
            draw_all(layout, payments)
        findings = caught.exception.findings
        self.assertEqual(set(findings), {payments[1].reference, payments[2].reference})
        self.assertIn("Code small", findings[payments[1].reference])
        self.assertIn("Code bars", findings[payments[1].reference])
        self.assertNotIn("Code small", findings[payments[2].reference])
