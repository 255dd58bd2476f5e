"""The scanner reads whatever the library of the product draws."""

import pytest
import qrcode

from .scanner import read_code

TEXTS = [
    "A",
    "eyJhbGciOiJFUzI1NiJ9." + "aZ0-_" * 60,
    "1234567890" * 9,
    "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG 0123456789" * 3,
    "Größe €12.50 ñ",
    "x" * 1200,
    "12345678901234567890123AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAaaaa",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_code_is_read_as_it_was_drawn(text, level):
    constant = getattr(qrcode.constants, f"ERROR_CORRECT_{level}")
    drawing = qrcode.QRCode(error_correction=constant, box_size=3, border=2)
    drawing.add_data(text.encode())
    drawing.make()
    assert read_code(drawing.make_image().get_image()) == text


@pytest.mark.parametrize("version", [1, 6, 7, 9, 10, 26, 27, 40])
def test_every_size_is_read(version):
    drawing = qrcode.QRCode(version=version, box_size=2)
    drawing.add_data(b"voucher")
    drawing.make(fit=False)
    assert read_code(drawing.make_image().get_image()) == "voucher"


def test_another_picture_gives_another_text():
    first, second = (qrcode.make(text, border=1).get_image() for text in ("one", "two"))
    assert (read_code(first), read_code(second)) == ("one", "two")
