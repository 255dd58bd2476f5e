"""QR codes and Code 128 bars as pictures: SVG for screens, PNG for pages, both from the library's own modules.

Pictures are drawn from the grid of modules here, because the same grid has to become two kinds of picture, always with
the same bytes.
"""

import base64
import io

import qrcode
from barcode import Code128
from barcode.errors import BarcodeError
from PIL import Image
from qrcode.exceptions import DataOverflowError

from .errors import Findings

QR, CODE_128 = "qrcode", "code-128-barcode"
LEVELS = {
    "L": qrcode.constants.ERROR_CORRECT_L,
    "M": qrcode.constants.ERROR_CORRECT_M,
    "Q": qrcode.constants.ERROR_CORRECT_Q,
    "H": qrcode.constants.ERROR_CORRECT_H,
}
#: More modules than that, and no hand scanner reads the bars.
MAX_BAR_TEXT = 80
BAR_HEIGHT = 50
#: Bars want ten modules of white on either side.
BAR_BORDER = 10


class CodeError(ValueError):
    """Why a code cannot be drawn, for the person who wants it."""


class DrawnCode:
    """A code with its picture.

    :param str name: how a template calls it
    :param str data: what it carries
    :param grid: rows of booleans, dark ones true, the white border included
    :param int box_size: pixels of a module
    :param bool paper: whether the picture is for a page (PNG) instead of a screen (SVG)
    """

    __slots__ = ("_box_size", "_grid", "_paper", "data", "name")

    def __init__(self, name, data, grid, box_size=10, paper=False):
        self.name = name
        self.data = data
        self._grid = grid
        self._box_size = box_size
        self._paper = paper

    @property
    def content_htmlsafe(self):
        """The picture as data URL, for ``t-att-src``."""
        if self._paper:
            return "data:image/png;base64," + base64.b64encode(self.get_png()).decode()
        return "data:image/svg+xml;base64," + self.content_base64

    @property
    def content_base64(self):
        """The picture as SVG, in base64."""
        return base64.b64encode(self.get_svg().encode()).decode()

    def get_svg(self):
        """Return the picture as SVG text."""
        width, height = len(self._grid[0]), len(self._grid)
        path, y = "", 0
        while y < height:
            # Bars are the same row over and over
            rows = next(
                (more for more in range(1, height - y) if self._grid[y + more] != self._grid[y]), height - y
            )
            path += "".join(
                f"M{start} {y}h{length}v{rows}h-{length}z" for start, length in _find_runs(self._grid[y])
            )
            y += rows
        size = self._box_size
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * size}" height="{height * size}" '
            f'viewBox="0 0 {width} {height}" shape-rendering="crispEdges">'
            f'<path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/><path d="{path}"/></svg>'
        )

    def get_png(self):
        """Return the picture as PNG bytes, black and white."""
        width, height = len(self._grid[0]), len(self._grid)
        picture = Image.new("1", (width, height), 1)
        picture.putdata([0 if dark else 255 for row in self._grid for dark in row])
        picture = picture.resize((width * self._box_size, height * self._box_size), Image.Resampling.NEAREST)
        stream = io.BytesIO()
        picture.save(stream, "PNG", optimize=True)
        return stream.getvalue()


def _find_runs(row):
    """Yield (start, length) of each run of dark modules."""
    start = None
    for x, dark in enumerate((*row, False)):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None


def draw(code, text, paper=False):
    """Draw one code.

    :param Code code: how it looks
    :param str text: what it carries
    :param bool paper: whether it is for a page instead of a screen
    :return: :class:`DrawnCode`
    :raise CodeError: when the text does not fit
    """
    grid = _draw_bars(text) if code.kind == CODE_128 else _draw_qr(code, text)
    return DrawnCode(code.name, text, grid, code.box_size, paper)


def _draw_qr(code, text):
    if not text:
        raise CodeError("there is nothing to carry. Fill in what it shows.")
    drawing = qrcode.QRCode(
        version=code.version or None,
        error_correction=LEVELS[code.error_correct],
        box_size=code.box_size,
        border=code.border,
    )
    try:
        drawing.add_data(text.encode())
        drawing.make(fit=not code.version)
    except (DataOverflowError, ValueError):
        size = f"version {code.version}" if code.version else "the largest QR code"
        raise CodeError(
            f"{len(text.encode())} bytes do not fit into {size} with error correction {code.error_correct}. "
            "Carry less, leave the version empty, or take a lower error correction."
        ) from None
    return drawing.get_matrix()


def _draw_bars(text):
    if not text:
        raise CodeError("there is nothing to carry. Fill in what it shows.")
    if len(text) > MAX_BAR_TEXT:
        raise CodeError(
            f"{len(text)} characters are too many for bars ({MAX_BAR_TEXT} at most). Use a QR code."
        )
    if not text.isascii() or not text.isprintable():
        raise CodeError("bars carry plain letters, digits and signs only (ASCII). Use a QR code.")
    try:
        modules = Code128(text).build()[0]
    except (BarcodeError, KeyError):
        raise CodeError("bars cannot carry this text. Use a QR code.") from None
    row = [False] * BAR_BORDER + [one == "1" for one in modules] + [False] * BAR_BORDER
    return [row] * BAR_HEIGHT


def draw_all(layout, payments):
    """Draw the codes of payments.

    :param Layout layout: with the codes; its type says whether they are for paper
    :param payments: list of :class:`~.facts.PaymentFacts` (or one :class:`~.facts.FileFacts`), codes filled in
    :return: list of lists of :class:`DrawnCode`, in the order of the payments
    :raise DocumentError: naming every payment and code where that cannot be done
    """
    findings, result = Findings(), []
    kinds = {code.name: code for code in layout.codes}
    for facts in payments:
        drawn = []
        for name, text in facts.codes.items():
            try:
                drawn.append(draw(kinds[name], text, layout.type == "pdf"))
            except CodeError as error:
                findings.add(getattr(facts, "reference", "") or facts.batch, f"Code {name}: {error}")
        result.append(drawn)
    findings.raise_if_any()
    return result
