"""The formats that need no environment, by their name in :attr:`~.layout.Layout.type`."""

from .csv_file import CsvFormat
from .fixed_width import FixedWidthFormat
from .pain001 import Pain001Format
from .xlsx_file import XlsxFormat

#: Each has ``extension``, ``mimetype``, ``check(layout)``, ``part(layout, head, payments)`` and
#: ``join(layout, head, parts, stream)``.
FORMATS = {
    "csv": CsvFormat(),
    "xlsx": XlsxFormat(),
    "text": FixedWidthFormat(),
    "pain001": Pain001Format(),
}
