"""ISO 20022 pain.001.001.09, the credit transfer initiation that banks take.

Libraries, and why each: **pyiso20022** carries dataclasses generated from the official schema and **xsdata** writes
them, so that names, order and types of elements are the standard's, and accounts that are no IBANs are possible
(``sepaxml``'s own writer knows IBANs only). **sepaxml** carries the official schema, which pyiso20022 does not.
**lxml**, which Odoo has, checks the finished file against it as a stream. **schwifty** tells IBANs and BICs from other
numbers, and **text-unidecode** writes names in Latin letters; both come with sepaxml.
"""

import functools
import importlib.resources
import re

from lxml import etree
from pyiso20022.pain.pain_001_001_09 import pain_001_001_09 as iso
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig

from .errors import DocumentError, Findings
from .pain001_message import make_document, make_transaction
from .parts import pack, unpack
from .tables import raise_if_unfit

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

_OPEN, _CLOSE = b"<CdtTrfTxInf>", b"</CdtTrfTxInf>"
_CHARGE_BEARERS = ("", "SLEV", "SHAR", "DEBT", "CRED")
_CODE = re.compile("[A-Z0-9]{1,4}")


class Pain001Format:
    """One message with one payment instruction, checked against the standard's schema while it is written.

    A bank reads it, no spreadsheet: nothing is neutralised. Names are written in the characters that banks take.
    """

    extension = "xml"
    mimetype = "application/xml"

    def check(self, layout):
        """Return what is wrong with a layout, as a list of sentences; empty where it can be used."""
        problems = []
        if layout.charge_bearer not in _CHARGE_BEARERS:
            problems.append("Charges must be borne as SLEV, SHAR, DEBT or CRED.")
        for label, code in (
            ("service level", layout.service_level),
            ("category purpose", layout.category_purpose),
        ):
            if code and not _CODE.fullmatch(code):
                problems.append(f"The {label} must be a code of at most four capital letters or digits.")
        return problems

    def part(self, layout, head, payments):
        """Return the transactions of some payments as XML, one a line.

        :raises DocumentError: naming every payment that cannot be written, and why
        """
        raise_if_unfit(self.check(layout))
        findings = Findings()
        transactions = [make_transaction(layout, head, payment, findings) for payment in payments]
        findings.raise_if_any()
        if not transactions:
            return pack([], b"")
        text = _serialise(make_document(layout, head, transactions))
        _raise_if_invalid(text, payments)
        _before, lines, _after = _split(text)
        return pack(payments, lines)

    def join(self, layout, head, parts, stream):
        """Write the whole file, and check it against the schema on the way.

        :param parts: iterable of bytes; only one is held at a time
        :param stream: binary stream; worth nothing where an error was raised
        """
        raise_if_unfit(self.check(layout))
        before, _sample, after = _split(_serialise(make_document(layout, head, [_make_sample(head)])))
        with _Validator() as validator:
            for piece in _put_around(before, unpack(parts, head), after):
                stream.write(piece)
                validator.feed(piece)


def _put_around(before, bodies, after):
    yield before
    yield from bodies
    yield after


def _make_sample(head):
    """Return a transaction that only marks the place where the real ones go."""
    return iso.CreditTransferTransaction34(
        pmt_id=iso.PaymentIdentification6(end_to_end_id="-"),
        amt=iso.AmountType4Choice(
            instd_amt=iso.ActiveOrHistoricCurrencyAndAmount(value=1, ccy=head.currency),
        ),
    )


def _serialise(document):
    serializer = XmlSerializer(config=SerializerConfig(xml_declaration=False))
    text = serializer.render(document, ns_map={None: NAMESPACE})
    # For people's eyes and for line numbers in errors; no text can hold these marks, they would be escaped.
    text = text.replace("<CdtTrfTxInf>", "\n<CdtTrfTxInf>").replace("<PmtInf>", "\n<PmtInf>")
    text = text.replace("</CdtTrfTxInf></PmtInf>", "</CdtTrfTxInf>\n</PmtInf>")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _split(text):
    """Return what stands before the first transaction, the transactions as whole lines, and what stands after."""
    start = text.index(_OPEN)
    end = text.rindex(_CLOSE) + len(_CLOSE) + 1
    return text[:start], text[start:end], text[end:]


@functools.cache
def _read_schema():
    file = importlib.resources.files("sepaxml") / "schemas" / "pain.001.001.09.xsd"
    return etree.fromstring(file.read_bytes())


def _raise_if_invalid(text, payments):
    """Say which payments break the schema: its own messages hold values, ours only the element's name."""
    schema = etree.XMLSchema(_read_schema())
    if schema.validate(etree.fromstring(text)):
        return
    first = text[: text.index(_OPEN)].count(b"\n") + 1
    findings = Findings()
    for error in schema.error_log:
        reason = f"The schema of pain.001.001.09 refuses {_get_element(error.message)}; correct it."
        place = error.line - first
        if 0 <= place < len(payments):
            findings.add(payments[place].reference, reason)
        else:
            findings.add_text(reason)
    findings.raise_if_any()


def _get_element(message):
    named = re.search(r"\{[^}]*\}([A-Za-z0-9]+)", message)
    return f"the element {named.group(1)}" if named else "the file"


class _Validator:
    """Checks a file against the schema while it passes by; what was checked is forgotten at once."""

    def __enter__(self):
        self.parser = etree.XMLPullParser(
            events=("end",),
            tag=f"{{{NAMESPACE}}}CdtTrfTxInf",
            schema=etree.XMLSchema(_read_schema()),
            resolve_entities=False,
            no_network=True,
        )
        return self

    def feed(self, piece):
        """Take the next bytes."""
        try:
            self.parser.feed(piece)
        except etree.XMLSyntaxError as error:
            raise _get_refusal(error) from None
        for _event, element in self.parser.read_events():
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]

    def __exit__(self, kind, _error, _trace):
        if kind is not None:
            return
        try:
            self.parser.close()
        except etree.XMLSyntaxError as error:
            raise _get_refusal(error) from None


def _get_refusal(error):
    """Return what to say instead of the parser's own error, which holds values of payees."""
    return DocumentError(
        text=f"The file breaks the schema of pain.001.001.09 at {_get_element(str(error))}: it was not written. Make "
        "it again from the start; if that does not help, tell your administrator."
    )
