"""Pictures that stand in a template: inside of it, of few kinds, and small once they are unpacked."""

import base64
import io
import re

from PIL import Image

MAX_PIXELS = 4_000_000
ONLY_INSIDE = "src holds the picture itself, on <img>: data:image/png;base64,…; nothing is fetched."
_DATA = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
_KINDS = ("PNG", "JPEG", "GIF")


def find_problem(source):
    """Return what is wrong with the ``src`` of a picture, or an empty string.

    :param str source: data URL; only the picture's head is read
    """
    if not _DATA.fullmatch(source):
        return ONLY_INSIDE
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])), formats=_KINDS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return "src is no picture that can be read: take a PNG, JPEG or GIF."
    if picture.width * picture.height > MAX_PIXELS:
        return f"The picture has more than {MAX_PIXELS:,} pixels: make it smaller."
    return ""
