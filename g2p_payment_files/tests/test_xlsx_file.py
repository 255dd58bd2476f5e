"""Workbooks, read back with another library than the one that wrote them."""

import io
import zipfile
from datetime import datetime

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..documents.errors import DocumentError
from ..documents.formats import FORMATS
from ..documents.layout import Column, Layout
from ..documents.xlsx_file import is_exact_number
from .document_common import make_file, make_head, make_payment

NAME_AND_AMOUNT = (Column("payee_name", "Payee"), Column("amount", "Amount"))


def read(data):
    """Return the cells of the sheet, row by row."""
    return list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows())


class TestXlsx(BaseCase):
    def test_sheet_has_bold_header_rows_and_totals(self):
        rows = read(make_file("xlsx", [make_payment(1), make_payment(2, amount="0.05")]))
        self.assertEqual([cell.value for cell in rows[0]], ["No", "Reference", "Payee", "Account", "Amount"])
        self.assertTrue(all(cell.font.bold for cell in rows[0]))
        self.assertEqual([cell.value for cell in rows[3]], [2, "TOTAL", None, None, 1250.05])

    def test_amounts_are_numbers_with_the_currencys_digits(self):
        for amount, pattern in (("1250.00", "0.00"), ("1.250", "0.000"), ("1250", "0")):
            cell = read(make_file("xlsx", [make_payment(amount=amount)]))[1][4]
            self.assertEqual((cell.data_type, cell.number_format), ("n", pattern))
            self.assertEqual(cell.value, float(amount))

    def test_amount_that_a_spreadsheet_cannot_hold_is_text(self):
        cell = read(make_file("xlsx", [make_payment(amount="12345678901234567.89")]))[1][4]
        self.assertEqual((cell.data_type, cell.value), ("s", "12345678901234567.89"))

    def test_minor_units_are_whole_numbers(self):
        cell = read(make_file("xlsx", [make_payment()], minor_units=True))[1][4]
        self.assertEqual((cell.value, cell.number_format), (125000, "0"))

    def test_accounts_stay_text_with_their_zeros(self):
        cell = read(make_file("xlsx", [make_payment()]))[1][3]
        self.assertEqual((cell.data_type, cell.value), ("s", "0000000001"))

    def test_formulas_and_links_are_plain_text(self):
        for text in ("=1+1", "{=1}", "+1", "http://example.org", "mailto:a@example.org", "internal:A1"):
            with self.subTest(text):
                cell = read(make_file("xlsx", [make_payment(payee_name=text)]))[1][2]
                self.assertEqual((cell.data_type, cell.value, cell.hyperlink), ("s", text, None))

    def test_no_formula_is_in_the_file_at_all(self):
        data = make_file("xlsx", [make_payment(payee_name="=1+1")])
        sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
        self.assertNotIn(b"<f>", sheet)

    def test_workbook_is_dated_by_the_file(self):
        properties = openpyxl.load_workbook(io.BytesIO(make_file("xlsx", [make_payment()]))).properties
        self.assertEqual(properties.created, datetime(2026, 1, 2, 3, 4, 5))

    def test_control_characters_and_endless_texts_are_refused(self):
        for text in ("a\nb", "a\x01b", "x" * 32_768):
            with self.subTest(text[:5]), self.assertRaises(DocumentError) as caught:
                make_file("xlsx", [make_payment(payee_name=text)])
            self.assertEqual(len(caught.exception.findings), 1)

    def test_more_rows_than_a_sheet_holds_are_refused_before_writing(self):
        head = make_head([make_payment()], count=1_048_575)
        stream = io.BytesIO()
        with self.assertRaisesRegex(DocumentError, "several batches"):
            FORMATS["xlsx"].join(Layout("xlsx", columns=NAME_AND_AMOUNT), head, [], stream)
        self.assertFalse(stream.getvalue())

    @settings(max_examples=25, deadline=None)
    @given(
        st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp")), max_size=30),
        st.decimals(min_value=0, max_value=10**12, places=2).map(lambda one: f"{one:.2f}"),
    )
    def test_whatever_is_written_reads_back(self, name, amount):
        row = read(
            make_file("xlsx", [make_payment(payee_name=name, amount=amount)], columns=NAME_AND_AMOUNT)
        )[1]
        self.assertEqual(row[0].value or "", name)
        self.assertEqual(f"{row[1].value:.2f}", amount)

    @given(st.decimals(min_value=0, max_value=10**17, places=3).map(lambda one: f"{one:.3f}"))
    def test_number_is_exact_or_not_a_number(self, amount):
        if is_exact_number(amount):
            self.assertEqual(f"{float(f'{float(amount):.16G}'):.3f}", amount)
