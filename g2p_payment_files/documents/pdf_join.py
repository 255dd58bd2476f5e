"""Many PDF parts to one, page by page: one part at a time is in memory, and the same parts give the same bytes."""

import base64
import gc
import hashlib
import io
import zlib
from array import array

from PIL import Image
from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

#: What a page may take over from the tree it hangs in.
INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
#: A picture is black and white when hardly anything of it is grey, as where JPEG has blurred its edges.
GREYS, MAX_GREY = slice(80, 176), 0.03
_CATALOG, _PAGES, _INFO = 1, 2, 3


def join(parts, stream, title="", created_at=None, shrink=False):
    """Write the pages of all parts as one document.

    :param parts: iterable of bytes, each a PDF
    :param stream: binary file, written from its beginning to its end
    :param str title: title of the document
    :param datetime created_at: UTC; the only time that the document knows
    :param bool shrink: make black and white of pictures that are nothing else, such as codes
    """
    _Joiner(stream, shrink).join(parts, title, created_at)


class _Joiner:
    def __init__(self, stream, shrink):
        self.stream = stream
        self.shrink = shrink
        self.written = 0
        self.digest = hashlib.sha256()
        self.offsets = array("Q", [0])
        self.next_number = _INFO + 1
        self.pages = []

    def join(self, parts, title, created_at):
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        for part in parts:
            self._add(PdfReader(io.BytesIO(part)))
            # A reader and its objects hold each other, and the collector does not see how large they are.
            gc.collect(1)
        self._finish(title, created_at)

    def _add(self, reader):
        """Write what the pages of one part need, under new numbers."""
        numbers, todo = {}, []

        def renumber(reference):
            key = reference.idnum
            if key not in numbers:
                numbers[key] = self.next_number
                self.next_number += 1
                todo.append(reference)
            return IndirectObject(numbers[key], 0, None)

        for page in reader.pages:
            number = self.next_number
            self.next_number += 1
            if page.indirect_reference is not None:
                numbers[page.indirect_reference.idnum] = number
            self._write_object(number, self._prepare_page(page, renumber))
            self.pages.append(number)
        while todo:
            reference = todo.pop()
            found = reference.get_object()
            if isinstance(found, DictionaryObject) and found.get("/Type") in ("/Pages", "/Catalog"):
                found = DictionaryObject()
            self._write_object(numbers[reference.idnum], _copy(found, renumber))

    def _prepare_page(self, page, renumber):
        values = DictionaryObject()
        for name, value in page.items():
            if name not in ("/Parent", "/Annots", "/B", "/AA"):
                values[NameObject(name)] = _copy(value, renumber)
        for name in INHERITED:
            if name not in values:
                above = _find_above(page, name)
                if above is not None:
                    values[NameObject(name)] = _copy(above, renumber)
        values[NameObject("/Parent")] = IndirectObject(_PAGES, 0, None)
        return values

    def _finish(self, title, created_at):
        kids = ArrayObject(IndirectObject(number, 0, None) for number in self.pages)
        self._write_object(_PAGES, _dictionary(Type="/Pages", Kids=kids, Count=NumberObject(len(self.pages))))
        self._write_object(_CATALOG, _dictionary(Type="/Catalog", Pages=IndirectObject(_PAGES, 0, None)))
        info = _dictionary(Title=TextStringObject(title), Producer=TextStringObject("G2P Payment Files"))
        if created_at:
            moment = TextStringObject(created_at.strftime("D:%Y%m%d%H%M%SZ"))
            info[NameObject("/CreationDate")] = info[NameObject("/ModDate")] = moment
        self._write_object(_INFO, info)
        start, size = self.written, self.next_number
        rows = "".join(f"{self.offsets[number]:010} 00000 n \n" for number in range(1, size))
        self._write(f"xref\n0 {size}\n0000000000 65535 f \n{rows}".encode())
        identity = ByteStringObject(self.digest.digest()[:16])
        trailer = _dictionary(
            Size=NumberObject(size),
            Root=IndirectObject(_CATALOG, 0, None),
            Info=IndirectObject(_INFO, 0, None),
            ID=ArrayObject([identity, identity]),
        )
        self._write(b"trailer\n" + _get_bytes(trailer) + f"\nstartxref\n{start}\n%%EOF\n".encode())

    def _write_object(self, number, value):
        if self.shrink and isinstance(value, StreamObject) and value.get("/Subtype") == "/Image":
            value = _make_bilevel(value) or value
        self.offsets.extend([0] * (number + 1 - len(self.offsets)))
        self.offsets[number] = self.written
        self._write(f"{number} 0 obj\n".encode() + _get_bytes(value) + b"\nendobj\n")

    def _write(self, data):
        self.stream.write(data)
        self.digest.update(data)
        self.written += len(data)


def _make_bilevel(picture):
    """Return a picture as black and white, a tenth of its size, or None when it is more than that."""
    if picture.get("/BitsPerComponent") != 8 or "/SMask" in picture or "/Mask" in picture:
        return None
    grey = _read_picture(picture)
    if grey is None or sum(grey.histogram()[GREYS]) > MAX_GREY * grey.width * grey.height:
        return None
    data = grey.point(lambda level: 255 * (level > 127)).convert("1", dither=Image.Dither.NONE).tobytes()
    small = StreamObject()
    small._data = zlib.compress(data, 9)
    small.update(
        _dictionary(
            Type="/XObject",
            Subtype="/Image",
            ColorSpace="/DeviceGray",
            Filter="/FlateDecode",
            Width=NumberObject(grey.width),
            Height=NumberObject(grey.height),
            BitsPerComponent=NumberObject(1),
        )
    )
    return small


def _read_picture(picture):
    """Return a picture in grey, or None when it is of an unusual kind."""
    size = (int(picture["/Width"]), int(picture["/Height"]))
    mode = {"/DeviceRGB": "RGB", "/DeviceGray": "L"}.get(picture.get("/ColorSpace"))
    filters = picture.get("/Filter")
    filters = list(filters) if isinstance(filters, ArrayObject) else [filters]
    if filters == ["/DCTDecode"]:
        return Image.open(io.BytesIO(picture._data)).convert("L")
    if mode is None or not set(filters) <= {"/FlateDecode", "/ASCII85Decode"} or "/DecodeParms" in picture:
        return None
    data = picture._data
    if "/ASCII85Decode" in filters:
        data = base64.a85decode(data.strip().removeprefix(b"<~").removesuffix(b"~>"))
    data = zlib.decompress(data) if "/FlateDecode" in filters else data
    if len(data) != size[0] * size[1] * len(mode):
        return None
    return Image.frombytes(mode, size, data).convert("L")


def _dictionary(**values):
    return DictionaryObject(
        {
            NameObject(f"/{name}"): NameObject(value) if type(value) is str else value
            for name, value in values.items()
        }
    )


def _get_bytes(value):
    stream = io.BytesIO()
    value.write_to_stream(stream)
    return stream.getvalue()


def _find_above(page, name):
    node = page.get("/Parent")
    for _level in range(50):
        if node is None:
            return None
        node = node.get_object()
        if name in node:
            return node.raw_get(name)
        node = node.get("/Parent")
    return None


def _copy(value, renumber):
    """Return a value with its references renumbered; streams keep their bytes as they are."""
    if isinstance(value, IndirectObject):
        return renumber(value)
    if isinstance(value, ArrayObject):
        return ArrayObject(_copy(one, renumber) for one in list.__iter__(value))
    if isinstance(value, DictionaryObject):
        copied = StreamObject() if isinstance(value, StreamObject) else DictionaryObject()
        for name in value:
            if name != "/Length":
                copied[NameObject(name)] = _copy(value.raw_get(name), renumber)
        if isinstance(value, StreamObject):
            copied._data = value._data
        return copied
    return value
