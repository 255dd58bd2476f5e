"""Text as banks take it: the Latin characters that every bank of the SEPA area must accept.

Source: European Payments Council, EPC217-08, "SEPA Requirements for an Extended Character Set": the basic set.
"""

import re
import unicodedata

from text_unidecode import unidecode

_REFUSED = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_IN_PLACE = str.maketrans({"&": "+", "_": "-", "@": "(at)", "#": " ", "*": ".", '"': "'", ";": ",", "!": "."})


def transliterate(text):
    """Return a text in the characters that banks take, e.g. ``Ngũgĩ`` as ``Ngugi``, ``Ωmega`` as ``Omega``.

    :return: the text; empty where nothing readable remains although there was something to read
    """
    plain = unidecode(unicodedata.normalize("NFC", text)).translate(_IN_PLACE)
    plain = re.sub(r"\s+", " ", _REFUSED.sub(" ", plain)).strip()
    # Two slashes, or one at the ends, mean something else to older bank systems.
    plain = re.sub(r"/{2,}", "/", plain).strip("/ ")
    return plain if any(one.isalnum() for one in plain) else ""


def is_plain(text):
    """Tell whether an identifier can be given to a bank as it is: an identifier is never transliterated."""
    if not text or _REFUSED.search(text) or text != text.strip():
        return False
    return not (text.startswith("/") or text.endswith("/") or "//" in text)
