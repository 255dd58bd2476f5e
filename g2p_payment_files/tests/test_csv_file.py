"""CSV as banks and spreadsheets read it."""

import csv
import io
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..documents.errors import DocumentError
from ..documents.formats import FORMATS
from ..documents.layout import Column, Layout
from .document_common import make_file, make_head, make_payment

NAME_AND_AMOUNT = (Column("payee_name", "Payee"), Column("amount", "Amount"))

#: What may stand in a database and in one line of a file.
LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40)
AMOUNT = st.decimals(min_value=0, max_value=10**15, places=2).map(lambda one: f"{one:.2f}")


def read(data, encoding="utf-8", **options):
    """Return the rows of a file."""
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), **options))


class TestCsv(BaseCase):
    def test_file_has_header_rows_and_totals(self):
        payments = [make_payment(1), make_payment(2, amount="0.05")]
        rows = read(make_file("csv", payments))
        self.assertEqual(rows[0], ["No", "Reference", "Payee", "Account", "Amount"])
        self.assertEqual(rows[1], ["1", payments[0].reference, "Payee 1", "0000000001", "1250.00"])
        self.assertEqual(rows[3], ["2", "TOTAL", "", "", "1250.05"])

    def test_totals_without_columns_of_their_own_are_not_lost(self):
        rows = read(make_file("csv", [make_payment()], columns=(Column("payee_name"),)))
        self.assertEqual(rows[-1], ["TOTAL", "1", "1250.00"])

    def test_header_and_totals_can_be_switched_off(self):
        rows = read(make_file("csv", [make_payment()], header=False, totals=False))
        self.assertEqual(len(rows), 1)

    def test_header_falls_back_on_the_name_of_what_is_shown(self):
        columns = (Column("amount"), Column("empty"), Column("constant", text="KE"))
        rows = read(make_file("csv", [make_payment()], columns=columns))
        self.assertEqual(rows[:2], [["Amount", "", ""], ["1250.00", "", "KE"]])

    def test_amounts_are_written_as_the_bank_wants_them(self):
        for layout, expected in (
            ({"decimal_mark": "."}, "1250.00"),
            ({"decimal_mark": ","}, "1250,00"),
            ({"minor_units": True}, "125000"),
        ):
            with self.subTest(layout):
                rows = read(make_file("csv", [make_payment()], columns=NAME_AND_AMOUNT, **layout))
                self.assertEqual([rows[1][1], rows[2][1]], [expected, expected])

    def test_minor_units_keep_small_amounts_and_currencies_without_digits(self):
        for amount, expected in (("0.05", "5"), ("0.00", "0"), ("1.250", "1250"), ("1250", "1250")):
            rows = read(
                make_file("csv", [make_payment(amount=amount)], columns=NAME_AND_AMOUNT, minor_units=True)
            )
            self.assertEqual(rows[1][1], expected)

    def test_dates_have_the_layouts_form(self):
        columns = (Column("valid_from"), Column("valid_until"), Column("created_at"))
        rows = read(make_file("csv", [make_payment()], columns=columns, date_format="%d/%m/%Y"))
        self.assertEqual(rows[1], ["31/01/2026", "", "02/01/2026"])

    def test_delimiter_quotes_and_line_end_are_the_layouts(self):
        data = make_file(
            "csv",
            [make_payment()],
            columns=NAME_AND_AMOUNT,
            delimiter=";",
            quote_all=True,
            line_end="\n",
            totals=False,
        )
        self.assertEqual(data, b'"Payee";"Amount"\n"Payee 1";"1250.00"\n')

    def test_quotes_and_delimiters_within_a_text_are_quoted(self):
        payment = make_payment(payee_name='O"Brien, "Pat"; x')
        self.assertEqual(read(make_file("csv", [payment], columns=NAME_AND_AMOUNT))[1][0], payment.payee_name)

    def test_byte_order_mark_comes_once_at_the_start(self):
        payments = [make_payment(number) for number in range(1, 5)]
        for encoding, mark in (
            ("utf-8", b"\xef\xbb\xbf"),
            ("utf-16", b"\xff\xfe"),
            ("utf-16-be", b"\xfe\xff"),
        ):
            with self.subTest(encoding):
                data = make_file("csv", payments, encoding=encoding, bom=True)
                self.assertTrue(data.startswith(mark))
                text = data.decode({"utf-8": "utf-8-sig", "utf-16-be": "utf-16"}.get(encoding, encoding))
                self.assertNotIn("\ufeff", text)
                self.assertEqual(len(text.splitlines()), 6)

    def test_text_is_written_in_the_banks_encoding(self):
        payment = make_payment(payee_name="Zoë Müller")
        data = make_file("csv", [payment], columns=NAME_AND_AMOUNT, encoding="cp1252")
        self.assertIn("Zoë Müller".encode("cp1252"), data)

    def test_characters_that_the_encoding_lacks_are_named_with_their_payments(self):
        payments = [make_payment(1, payee_name="Ngũgĩ"), make_payment(2), make_payment(3, payee_name="Ωmega")]
        with self.assertRaises(DocumentError) as caught:
            make_file("csv", payments, encoding="cp1252", slice_size=5)
        findings = caught.exception.findings
        self.assertEqual(set(findings), {payments[0].reference, payments[2].reference})
        for part in ("'Payee'", "U+0169 (ũ)", "U+0129 (ĩ)", "utf-8"):
            self.assertIn(part, findings[payments[0].reference])

    def test_line_breaks_and_control_characters_are_refused(self):
        for text in ("a\nb", "a\rb", "a\u2028b", "a\x0bb", "a\x00b", "a\x1bb"):
            with self.subTest(text), self.assertRaises(DocumentError) as caught:
                make_file("csv", [make_payment(payee_name=text)])
            self.assertIn("'Payee'", next(iter(caught.exception.findings.values())))

    def test_formulas_are_neutralised_also_in_headers_and_constants(self):
        columns = (Column("payee_name", "=H"), Column("constant", "x", text="@c"), Column("amount", "Amount"))
        rows = read(
            make_file("csv", [make_payment(payee_name="=cmd|' /C calc'!A0")], columns=columns, totals=False)
        )
        self.assertEqual(rows, [["'=H", "x", "Amount"], ["'=cmd|' /C calc'!A0", "'@c", "1250.00"]])

    def test_senseless_layouts_are_refused(self):
        for wrong in (
            {"encoding": "klingon"},
            {"encoding": "rot13"},
            {"encoding": "idna"},
            {"encoding": "utf-7"},
            {"encoding": "cp1252", "bom": True},
            {"encoding": "a\x00b"},
            {"delimiter": ""},
            {"delimiter": ";;"},
            {"delimiter": '"'},
            {"delimiter": "."},
            {"delimiter": "\n"},
            {"delimiter": "¦", "encoding": "ascii"},
            {"decimal_mark": ""},
            {"decimal_mark": "-"},
            {"line_end": ""},
        ):
            with self.subTest(wrong):
                self.assertTrue(FORMATS["csv"].check(Layout("csv", columns=NAME_AND_AMOUNT, **wrong)))

    def test_header_that_the_encoding_lacks_is_refused(self):
        layout = Layout("csv", columns=(Column("amount", "Ωmega"),), encoding="cp1252")
        self.assertIn("Ω", "".join(FORMATS["csv"].check(layout)))

    @given(st.lists(st.tuples(LINE, AMOUNT), min_size=1, max_size=5), st.sampled_from([",", ";", "\t", "|"]))
    def test_whatever_is_written_reads_back(self, said, delimiter):
        payments = [
            make_payment(place, payee_name=name, amount=amount)
            for place, (name, amount) in enumerate(said, 1)
        ]
        head = make_head(payments)
        data = make_file("csv", payments, head, columns=NAME_AND_AMOUNT, delimiter=delimiter, quote_all=True)
        rows = read(data, delimiter=delimiter)
        self.assertEqual(len(rows), len(said) + 2)
        for row, (name, amount) in zip(rows[1:-1], said, strict=True):
            self.assertIn(row[0], (name, f"'{name}"))
            self.assertEqual(row[1], amount)
        self.assertEqual(Decimal(rows[-1][1]), sum(Decimal(amount) for _name, amount in said))
