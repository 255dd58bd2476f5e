"""Files that come back, as lines of cells: which kind a file is shows its content, never its name.

Whatever is in them, reading ends with lines or with a sentence for a person, within bounded memory.
"""

import codecs
import csv
import io
import re
import warnings
import zipfile
from dataclasses import dataclass

import openpyxl
from openpyxl.cell.read_only import EMPTY_CELL

# About styles that nobody reads here, and about cells that come as errors anyway, with their values in the text.
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")

MAX_BYTES = 50 * 1024 * 1024
MAX_ROWS = 250_000
MAX_COLUMNS = 100

# Of the unpacked parts of a workbook. A sheet of the most rows that are read stays well below.
_MAX_UNPACKED = 400 * 1024 * 1024
_MAX_PARTS = 2_000
_MAX_SHEET_ROWS = 1_048_576
# Rows that tell whether a sheet holds anything.
_LOOK_AT = 100
_MAX_GAP = 4 * 1024 * 1024
_MAX_ELEMENTS = 3_000_000
_SMALL_PART = 1024 * 1024
_CHUNK = 256 * 1024
_OVERLAP = 64
_ELEMENT = re.compile(rb"<(?:\w+:)?(?:row|si)[\s>/]")

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAX_HEADER = 64 * 1024
DELIMITERS = (",", ";", "\t", "|")


class FileError(Exception):
    """A file, or the rest of it, cannot be read: its text is for a person.

    :param int line: where, 0 for the file as a whole
    """

    def __init__(self, text, line=0):
        self.text = text
        self.line = line
        super().__init__(text)


@dataclass(frozen=True)
class Broken:
    """A cell of a workbook that holds no plain value.

    :param str reason: what it holds, and what to do
    """

    reason: str


def iter_lines(data, options, count_known):
    """Yield (line number, list of cells) of a CSV or XLSX file; blank lines are left out.

    Cells are str, and in workbooks also int, float, bool, date, datetime, time, None and :class:`Broken`.

    :param bytes data: the file
    :param ReadOptions options: how people said that it is to be read
    :param count_known: ``count_known(cells) -> int``: how many headers a line holds, to find the delimiter by
    :raises FileError: where it cannot be read
    """
    if not data:
        raise FileError("The file is empty: choose another.")
    if len(data) > MAX_BYTES:
        raise FileError(f"The file has more than {MAX_BYTES // 1024 // 1024} MB: split it.")
    if data.startswith(_OLE):
        raise FileError(
            "This is a workbook of the old kind (.xls) or one with a password: save it as .xlsx without a password."
        )
    if data.startswith(b"%PDF"):
        raise FileError("This is a PDF: ask for the results as CSV or XLSX.")
    lines = _iter_xlsx(data) if data.startswith(_ZIP) else _iter_csv(data, options, count_known)
    count = 0
    for line, cells in lines:
        if all(cell is None or cell == "" or isinstance(cell, str) and not cell.strip() for cell in cells):
            continue
        count += 1
        # The header is one more.
        if count > MAX_ROWS + 1:
            raise FileError(f"The file has more than {MAX_ROWS} lines: split it.")
        yield line, cells


# ---- CSV -----------------------------------------------------------------------------------------------------
def _iter_csv(data, options, count_known):
    text = _decode(data, options.encoding)
    skipped, delimiter, text = _take_separator_line(text)
    delimiter = options.delimiter or delimiter or _find_delimiter(text, count_known)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise FileError("The delimiter must be one character: choose another.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = skipped + 1
    try:
        for cells in reader:
            yield line, cells
            line = skipped + reader.line_num + 1
    except csv.Error:
        raise FileError(
            "The quotes are not closed as they should be, or a cell is far too long: from here on nothing can be "
            "read. Save the table as CSV again.",
            line,
        ) from None


def _decode(data, encoding):
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decode_strictly(data, name)
    if encoding:
        return _decode_strictly(data, encoding)
    try:
        return _decode_strictly(data, "utf-8")
    except FileError:
        return _decode_strictly(data, "cp1252")


def _decode_strictly(data, encoding):
    try:
        text = data.decode(encoding)
    except (UnicodeError, LookupError, ValueError, TypeError):
        raise FileError(f"The file cannot be read in the encoding {encoding}: choose another.") from None
    if not isinstance(text, str) or "\x00" in text:
        raise FileError("This is no text file, or one in another encoding, e.g. UTF-16: choose the encoding.")
    return text.removeprefix("\ufeff")


def _take_separator_line(text):
    """Spreadsheets write ``sep=;`` as a first line of their own; return (lines taken, delimiter, the rest)."""
    found = re.match(r'"?sep=([^\r\n"])"?(\r\n|\n|\r)', text, re.IGNORECASE)
    return (1, found.group(1), text[found.end() :]) if found else (0, "", text)


def _find_delimiter(text, count_known):
    """Return the delimiter that makes most headers of the first line that is not blank."""
    # Step by step: one pattern for all of it would take hours for a line of a million blanks.
    start = re.search(r"\S", text)
    if not start:
        return DELIMITERS[0]
    begin = 1 + max(text.rfind(end, 0, start.start()) for end in "\r\n")
    first = re.compile(r"[^\r\n]*").match(text, begin).group()
    if len(first) > _MAX_HEADER:
        raise FileError("The first line is too long to name columns: is this the right file?")
    best = {}
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            cells = []
        best[delimiter] = (count_known(cells), len(cells))
    return max(DELIMITERS, key=best.get)


# ---- XLSX ----------------------------------------------------------------------------------------------------
def _iter_xlsx(data):
    try:
        _check_package(data)
        yield from _iter_sheet(data)
    except FileError:
        raise
    except MemoryError:
        raise FileError("The workbook is too large: copy only the table into a new one.") from None
    except Exception:
        # What a damaged or hostile workbook raises has no end of kinds, and its text may hold payees.
        raise FileError("The workbook is damaged: open it, and save it as .xlsx again.") from None


def _check_package(data):
    """Refuse what is no workbook, and what unpacks to more than it may, before anything is unpacked whole."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = package.infolist()
        names = {part.filename for part in parts}
        if any(part.flag_bits & 1 for part in parts):
            raise FileError("This file is locked by a password: save it without one.")
        if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
            raise FileError(
                "This is no XLSX workbook: unpack a ZIP file first, and save other workbooks as .xlsx or CSV."
            )
        too_large = FileError("The workbook is too large: copy only the table into a new one.")
        if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
            raise too_large
        for part in parts:
            with package.open(part) as stream:
                if not _is_harmless(stream, part.file_size):
                    raise too_large


def _is_harmless(stream, size):
    """Tell whether a part can be read row by row: no entities, and no row or text that is a whole book."""
    chunk = stream.read(_CHUNK)
    if chunk[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"):
        return False
    gap = count = 0
    rest = b""
    while chunk:
        seen = rest + chunk
        # Comments of any length may stand before them.
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
            return False
        found = len(_ELEMENT.findall(seen))
        count += found
        gap = 0 if found else gap + len(chunk)
        if size > _SMALL_PART and (gap > _MAX_GAP or count > _MAX_ELEMENTS):
            return False
        rest = chunk[-_OVERLAP:]
        chunk = stream.read(_CHUNK)
    return True


def _iter_sheet(data):
    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    sheets = [one for one in workbook.worksheets if one.sheet_state == "visible" and _has_content(one)]
    if not sheets:
        raise FileError("The workbook has no visible sheet with a table: put it on the first one.")
    if len(sheets) > 1:
        raise FileError(
            f"The workbook has {len(sheets)} sheets, and nobody can tell which one counts: leave only the one with "
            "the results."
        )
    for line, cells in enumerate(_iter_cells(sheets[0], _MAX_SHEET_ROWS), 1):
        yield line, [None if cell is EMPTY_CELL else _get_value(cell) for cell in cells]


def _has_content(sheet):
    return any(cell.value is not None for cells in _iter_cells(sheet, _LOOK_AT) for cell in cells)


def _iter_cells(sheet, max_row):
    """Yield the cells of each row, none for a row that is missing; what stands far to the right is not read."""
    blank = None
    for cells in sheet.iter_rows(max_col=MAX_COLUMNS, max_row=max_row):
        # Rows that are missing are one and the same tuple, and there can be a million of them.
        if cells is not blank and all(cell is EMPTY_CELL for cell in cells):
            blank = cells
        yield () if cells is blank else cells


def _get_value(cell):
    if cell.data_type == "f":
        return Broken("it holds a formula; paste its value instead")
    if cell.data_type == "e":
        return Broken("it holds an error of the spreadsheet; write the value")
    return cell.value
