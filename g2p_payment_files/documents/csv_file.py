"""Lines with a delimiter, as most banks and all spreadsheets read them."""

import csv
import io

from .cells import find_encoding, format_cell, get_header, get_text_problems, neutralise
from .errors import DocumentError
from .parts import pack, unpack
from .tables import check_columns, check_decimal_mark, make_rows, place_totals, raise_if_unfit


class CsvFormat:
    """CSV by the layout's encoding, delimiter, quotes, line ends and decimal mark.

    A spreadsheet may open it: texts that it would take for formulas get an apostrophe; amounts are left as they are.
    """

    extension = "csv"
    mimetype = "text/csv"

    def check(self, layout):
        """Return what is wrong with a layout, as a list of sentences; empty where it can be used."""
        problems = check_columns(layout) + check_decimal_mark(layout)
        if len(layout.delimiter) != 1 or not layout.delimiter.isprintable() and layout.delimiter != "\t":
            problems.append("The delimiter must be one character.")
        elif layout.delimiter.isalnum() or layout.delimiter in "\"'+-.@":
            problems.append(
                "The delimiter must not be a letter, digit, quote, sign or point: values hold them."
            )
        if layout.line_end not in ("\r\n", "\n", "\r"):
            problems.append("Lines must end with CRLF, LF or CR.")
        try:
            encoding = find_encoding(layout)
        except DocumentError as error:
            return [*problems, error.text]
        if get_text_problems(layout.delimiter, encoding.name):
            problems.append(f"The encoding {encoding.name} cannot write the delimiter: choose another.")
        for column in layout.columns:
            problems += [
                f"The header {column.header!r}: {problem}."
                for problem in get_text_problems(get_header(column), encoding.name)
            ]
        return problems

    def part(self, layout, head, payments):
        """Return the lines of some payments.

        :raises DocumentError: naming every payment that cannot be written, and why
        """
        raise_if_unfit(self.check(layout))
        encoding = find_encoding(layout)

        def write(column, cell):
            text = format_cell(cell, layout)
            return _neutralise_text(cell, text), get_text_problems(text, encoding.name)

        rows = make_rows(layout, head, payments, write)
        return pack(payments, _write_lines(layout, rows).encode(encoding.name))

    def join(self, layout, head, parts, stream):
        """Write the whole file: mark, header, all parts, totals.

        :param parts: iterable of bytes; only one is held at a time
        :param stream: binary stream
        """
        raise_if_unfit(self.check(layout))
        encoding = find_encoding(layout)
        stream.write(encoding.mark)
        if layout.header:
            headers = [neutralise(get_header(column)) for column in layout.columns]
            stream.write(_write_lines(layout, [headers]).encode(encoding.name))
        for body in unpack(parts, head):
            stream.write(body)
        if layout.totals:
            cells, homeless = place_totals(layout, head)
            texts = [_neutralise_text(cell, format_cell(cell, layout)) for cell in cells + homeless]
            stream.write(_write_lines(layout, [texts]).encode(encoding.name))


def _neutralise_text(cell, text):
    return neutralise(text) if cell.kind == "text" else text


def _write_lines(layout, rows):
    buffer = io.StringIO(newline="")
    csv.writer(
        buffer,
        delimiter=layout.delimiter,
        lineterminator=layout.line_end,
        quoting=csv.QUOTE_ALL if layout.quote_all else csv.QUOTE_MINIMAL,
    ).writerows(rows)
    return buffer.getvalue()
