"""A hand scanner: reads the QR codes of a printed page, which here is a picture without a flaw.

Only what a flawless picture needs is here: no perspective, and no correction of errors.
"""

import io

from pypdf import PdfReader
from qrcode.base import rs_blocks
from qrcode.util import mask_func, pattern_position

_FORMAT_MASK = 0x5412
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NUMBERS, _LETTERS, _BYTES = 1, 2, 4


def read_codes(pdf, page=0):
    """Return the texts of all QR codes on one page, in the order in which the page holds them.

    :param bytes pdf: the document
    :param int page: counted from 0
    """
    images = PdfReader(io.BytesIO(pdf)).pages[page].images
    return [read_code(image.image) for image in images]


def read_code(picture):
    """Return the text of one QR code.

    :param picture: PIL.Image, upright and sharp
    """
    grid = _find_modules(picture.convert("L"))
    size = len(grid)
    # The two bits above the mask's number are the error correction level, as the library numbers them.
    level, mask = divmod(_read_format(grid) >> 10, 8)
    version = (size - 17) // 4
    bits = _read_bits(grid, _make_function_map(size, version), mask_func(mask))
    return _decode(_Bits(_put_in_order(bits, rs_blocks(version, level))), version)


def _find_modules(picture):
    """Return the picture as rows of booleans, one per module, without the border."""
    left, top, right, _bottom = picture.point(lambda value: 255 if value < 128 else 0).getbbox()
    line = [picture.getpixel((x, top)) < 128 for x in range(left, right)]
    # The finder pattern in the corner begins with seven dark modules.
    module = line.index(False) / 7
    size = round((right - left) / module)
    places = [int((index + 0.5) * module) for index in range(size)]
    return [[picture.getpixel((left + x, top + y)) < 128 for x in places] for y in places]


def _read_format(grid):
    size = len(grid)
    bits = 0
    for number in range(15):
        row = number if number < 6 else number + 1 if number < 8 else size - 15 + number
        bits |= grid[row][8] << number
    return bits ^ _FORMAT_MASK


def _make_function_map(size, version):
    """Return which modules carry no data."""
    taken = [[row == 6 or col == 6 for col in range(size)] for row in range(size)]
    corners = [(0, 0, 9, 9), (0, size - 8, 9, size), (size - 8, 0, size, 9)]
    if version >= 7:
        corners += [(0, size - 11, 6, size - 8), (size - 11, 0, size - 8, 6)]
    places = pattern_position(version)
    for row in places:
        for col in places:
            if (row, col) not in ((6, 6), (6, size - 7), (size - 7, 6)):
                corners.append((row - 2, col - 2, row + 3, col + 3))
    for top, left, bottom, right in corners:
        for row in range(top, bottom):
            taken[row][left:right] = [True] * (right - left)
    return taken


def _read_bits(grid, taken, is_masked):
    """Return the data bits, in the zigzag from the lower right corner."""
    size = len(grid)
    bits, rows = [], range(size - 1, -1, -1)
    for right in range(size - 1, 0, -2):
        right -= right <= 6
        for row in rows:
            for col in (right, right - 1):
                if not taken[row][col]:
                    bits.append(grid[row][col] ^ is_masked(row, col))
        rows = rows[::-1]
    return bits


def _put_in_order(bits, blocks):
    """Return the data bytes, which are dealt to the blocks one by one; those that correct errors are left out."""
    stream = iter(
        sum(bit << (7 - place) for place, bit in enumerate(bits[start : start + 8]))
        for start in range(0, len(bits), 8)
    )
    dealt = [[] for _block in blocks]
    for number in range(max(block.data_count for block in blocks)):
        for block, mine in zip(blocks, dealt, strict=True):
            if number < block.data_count:
                mine.append(next(stream))
    return [byte for mine in dealt for byte in mine]


class _Bits:
    """Data bytes, read bit by bit."""

    def __init__(self, data):
        self._value = int.from_bytes(bytes(data))
        self._left = len(data) * 8

    def take(self, count):
        """Return the next ``count`` bits as a number; 0 at the end."""
        if self._left < count:
            return 0
        self._left -= count
        return self._value >> self._left & (1 << count) - 1


def _decode(bits, version):
    """Return the text of all segments."""
    result = bytearray()
    step = (version > 9) + (version > 26)
    while mode := bits.take(4):
        if mode == _BYTES:
            count = bits.take((8, 16, 16)[step])
            result += bytes(bits.take(8) for _byte in range(count))
        elif mode == _LETTERS:
            result += _read_letters(bits, bits.take((9, 11, 13)[step]))
        elif mode == _NUMBERS:
            result += _read_numbers(bits, bits.take((10, 12, 14)[step]))
        else:
            raise ValueError(f"mode {mode} of a QR code is not read here")
    return result.decode()


def _read_letters(bits, count):
    text = ""
    for _pair in range(count // 2):
        first, second = divmod(bits.take(11), 45)
        text += _ALPHANUMERIC[first] + _ALPHANUMERIC[second]
    if count % 2:
        text += _ALPHANUMERIC[bits.take(6)]
    return text.encode()


def _read_numbers(bits, count):
    text = "".join(f"{bits.take(10):03}" for _group in range(count // 3))
    if rest := count % 3:
        text += f"{bits.take(3 * rest + 1):0{rest}}"
    return text.encode()
