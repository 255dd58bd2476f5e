"""How a document was asked to look, apart from what it shows: frozen when a file is begun, so that parts which are
made later, by another worker or after a restart, look like the first ones."""

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Column:
    """One column of a table, or one field of a fixed-width line.

    :param source: name of a :class:`~.facts.PaymentFacts` or :class:`~.facts.FileFacts` field, or ``constant`` or
        ``empty``
    :param header: what stands above it
    :param text: what a ``constant`` column holds
    :param width: characters, in fixed-width lines only
    :param align: ``left`` or ``right``
    :param fill: the one character that fills a fixed-width field up
    """

    source: str
    header: str = ""
    text: str = ""
    width: int = 0
    align: str = "left"
    fill: str = " "


@dataclass(frozen=True)
class Code:
    """One QR or bar code.

    :param name: how a template calls it
    :param kind: ``qrcode`` or ``code-128-barcode``
    :param version: 1 to 40, 0 for the smallest that fits
    :param error_correct: ``L``, ``M``, ``Q`` or ``H``
    """

    name: str
    kind: str = "qrcode"
    data_type: str = "string"
    body: str = ""
    version: int = 0
    error_correct: str = "M"
    box_size: int = 10
    border: int = 4


@dataclass(frozen=True)
class Layout:
    """All of it. Every format reads its own part.

    :param type: ``csv``, ``xlsx``, ``text``, ``pain001``, ``html`` or ``pdf``
    :param minor_units: amounts as whole numbers of the currency's smallest unit, without a mark
    :param header: whether a first line names the columns
    :param totals: whether a last line gives count and control sum
    :param body: the template of ``html`` and ``pdf``
    :param margins: top, right, bottom, left, in millimetres
    """

    type: str
    columns: tuple[Column, ...] = ()
    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ","
    quote_all: bool = False
    decimal_mark: str = "."
    minor_units: bool = False
    date_format: str = "%Y-%m-%d"
    line_end: str = "\r\n"
    header: bool = True
    totals: bool = True
    charge_bearer: str = "SLEV"
    service_level: str = ""
    category_purpose: str = ""
    batch_booking: bool = True
    body: str = ""
    page_format: str = "A4"
    landscape: bool = False
    margins: tuple[int, int, int, int] = (10, 10, 10, 10)
    codes: tuple[Code, ...] = ()
    openpgp_key: str = ""

    def to_stored(self):
        """Return it as JSON-able dict."""
        return asdict(self)

    @classmethod
    def from_stored(cls, stored):
        """Make it again of what :meth:`to_stored` gave; what an older version stored more is left out."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        values["columns"] = tuple(Column(**one) for one in values.get("columns", ()))
        values["codes"] = tuple(Code(**one) for one in values.get("codes", ()))
        if "margins" in values:
            values["margins"] = tuple(values["margins"])
        return cls(**values)
