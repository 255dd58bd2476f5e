"""Lines of fixed width, as older bank systems read them. Nothing is ever cut: what does not fit is refused."""

from .cells import AMOUNT_SOURCES, find_encoding, format_cell, get_label, get_text_problems
from .errors import DocumentError
from .parts import pack, unpack
from .tables import check_columns, check_decimal_mark, make_rows, place_totals, raise_if_unfit


class FixedWidthFormat:
    """Plain text with fields of fixed width, filled up with the column's own character.

    No spreadsheet reads it, so nothing is neutralised: a bank must find the account number as it is.
    """

    extension = "txt"
    mimetype = "text/plain"

    def check(self, layout):
        """Return what is wrong with a layout, as a list of sentences; empty where it can be used."""
        problems = check_columns(layout) + check_decimal_mark(layout)
        if layout.line_end not in ("\r\n", "\n", "\r"):
            problems.append("Lines must end with CRLF, LF or CR.")
        try:
            encoding = find_encoding(layout)
        except DocumentError as error:
            problems.append(error.text)
            encoding = None
        for place, column in enumerate(layout.columns, 1):
            name = f"Column {place} ({get_label(column)})"
            problems += [f"{name}: {problem}" for problem in _get_column_problems(column)]
            if encoding and len(column.fill) == 1:
                problems += [
                    f"{name}: its header or filling cannot be written: {problem}."
                    for problem in get_text_problems(
                        column.header + column.fill, encoding.name, allow_tab=False
                    )
                ]
            if layout.header and column.width < len(column.header):
                problems.append(
                    f"{name}: the header {column.header!r} is longer than {column.width} characters; "
                    "shorten it, or switch the header line off."
                )
        return problems

    def part(self, layout, head, payments):
        """Return the lines of some payments.

        :raises DocumentError: naming every payment that cannot be written, and why
        """
        raise_if_unfit(self.check(layout))
        encoding = find_encoding(layout)

        def write(column, cell):
            text = format_cell(cell, layout)
            problems = get_text_problems(text, encoding.name, allow_tab=False)
            if len(text) > column.width:
                problems.append(
                    f"it has {len(text)} characters, the column {column.width}; shorten it or widen the column"
                )
            return _fill_up(column, text), problems

        rows = make_rows(layout, head, payments, write)
        text = "".join("".join(row) + layout.line_end for row in rows)
        return pack(payments, text.encode(encoding.name))

    def join(self, layout, head, parts, stream):
        """Write the whole file: mark, header, all parts, totals.

        :param parts: iterable of bytes; only one is held at a time
        :param stream: binary stream
        """
        raise_if_unfit(self.check(layout))
        trailer = _make_trailer(layout, head) if layout.totals else ""
        encoding = find_encoding(layout)
        stream.write(encoding.mark)
        if layout.header:
            line = "".join(column.header.ljust(column.width) for column in layout.columns)
            stream.write((line + layout.line_end).encode(encoding.name))
        for body in unpack(parts, head):
            stream.write(body)
        stream.write(trailer.encode(encoding.name))


def _get_column_problems(column):
    problems = []
    if column.width <= 0:
        problems.append("its width must be at least one character.")
    if len(column.fill) != 1:
        problems.append("its filling must be one character.")
    elif column.fill.isalnum() and column.source != "empty":
        # 12.5 filled up to 12.500 is the same to a reader, 125 filled up to 125000 is not.
        if column.fill != "0" or column.align != "right":
            problems.append(
                "letters and digits may not fill a field up, except zeros on the left: they alter it."
            )
    elif column.fill in "+-.,'" and column.source in AMOUNT_SOURCES:
        problems.append("signs and marks may not fill an amount up: they alter it.")
    if column.align not in ("left", "right"):
        problems.append("it must be aligned left or right.")
    return problems


def _fill_up(column, text):
    if column.align == "right":
        return text.rjust(column.width, column.fill)
    return text.ljust(column.width, column.fill)


def _make_trailer(layout, head):
    cells, homeless = place_totals(
        layout, head, lambda column, cell: len(format_cell(cell, layout)) <= column.width
    )
    if homeless:
        raise DocumentError(
            text="No column is wide enough for the totals line: add columns for line number and amount that hold "
            f"{head.count} and {head.total}, or switch the totals line off."
        )
    texts = [format_cell(cell, layout) for cell in cells]
    fields = zip(layout.columns, texts, strict=True)
    return "".join(_fill_up(column, text) for column, text in fields) + layout.line_end
