"""Results in workbooks, hostile ones too; and the export that people fill in."""

import csv
import io
import tracemalloc
import zipfile
from datetime import date, datetime
from decimal import Decimal
from unittest import mock

import openpyxl
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..documents import result_tables
from ..documents.results import OpenPayment, ReadOptions, ResultTable, read_results, write_template

HEADER = ["Reference", "Status", "Amount", "Date"]


def make_workbook(*rows, **sheets):
    """Return a workbook with a header and rows; further sheets by name."""
    workbook = openpyxl.Workbook()
    for row in (HEADER, *rows):
        workbook.active.append(row)
    for name, more in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in more:
            sheet.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def change_part(data, name, change):
    """Return a workbook with one part changed by a function."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content) if part == name else content)
    return stream.getvalue()


def make_shared_workbook(*texts):
    """Return a workbook with reference, status and reason whose texts are kept in a part of their own."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"strings_to_formulas": False})
    sheet = workbook.add_worksheet()
    for line, row in enumerate((("Reference", "Status", "Reason"), texts)):
        for place, text in enumerate(row):
            sheet.write_string(line, place, text)
    workbook.close()
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


class TestWorkbooks(BaseCase):
    def test_cells_are_read_exactly(self):
        table = read_results(
            make_workbook(
                ["R1", "paid", 1250.1, datetime(2026, 1, 31)], [], [42, "failed", "1.234,50", "2026-02-01"]
            )
        )
        self.assertEqual(table.errors, [])
        self.assertEqual(
            [(row.line, row.reference, row.status, row.amount, row.date) for row in table.rows],
            [
                (2, "R1", "paid", Decimal("1250.1"), date(2026, 1, 31)),
                (4, "42", "failed", Decimal("1234.50"), date(2026, 2, 1)),
            ],
        )

    def test_formulas_errors_and_wrong_kinds_are_refused_by_cell(self):
        table = read_results(
            make_workbook(
                ["=A1", "paid", 1],
                ["R2", "paid", "=1+1"],
                ["R3", "paid", "#N/A"],
                ["R4", True, 1],
                ["R5", "paid", datetime(2026, 1, 1)],
                ["R6", "paid", 1, 46000],
                [1234567890123456789, "paid", 1],
            )
        )
        self.assertEqual(
            [(error.line, error.column) for error in table.errors],
            [
                (2, "Reference"),
                (3, "Amount"),
                (4, "Amount"),
                (5, "Status"),
                (6, "Amount"),
                (7, "Date"),
                (8, "Reference"),
            ],
        )
        self.assertIn("formula", table.errors[0].message)

    def test_text_that_looks_like_a_formula_is_text(self):
        table = read_results(make_shared_workbook("R1", "failed", "=1+1"))
        self.assertEqual((table.errors, table.rows[0].reason), ([], "=1+1"))

    def test_one_sheet_counts(self):
        rows = [HEADER, ["R9", "paid"]]
        self.assertEqual(len(read_results(make_workbook(["R1", "paid"], Empty=[])).rows), 1)
        self.assertIn("2 sheets", read_results(make_workbook(["R1", "paid"], More=rows)).errors[0].message)

    def test_cells_beside_the_table_are_refused(self):
        table = read_results(make_workbook(["R1", "paid", 1, None, None, "Amina"]))
        self.assertEqual([(error.line, error.value_shown) for error in table.errors], [(2, "")])

    def test_other_packages_are_refused(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as package:
            package.writestr("results.csv", "Reference,Status\n")
        self.assertIn("unpack", read_results(stream.getvalue()).errors[0].message)

    def test_no_number_of_a_workbook_is_endless(self):
        data = make_workbook(["R1", "paid", 77777])
        for number in (b"1e999", b"-1", b"NaN", b"9" * 5000):
            with self.subTest(number[:5]):
                table = read_results(
                    change_part(data, SHEET, lambda xml, new=number: xml.replace(b"77777", new))
                )
                self.assertEqual(len(table.errors), 1)


class TestHostileWorkbooks(BaseCase):
    def assert_refused(self, data, expected="too large"):
        tracemalloc.start()
        try:
            table = read_results(data)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        self.assertEqual([error.line for error in table.errors], [0])
        self.assertIn(expected, table.errors[0].message)
        self.assertLess(peak, 64 * 1024 * 1024)

    def test_bomb_in_one_row_is_refused(self):
        data = change_part(
            make_workbook(["R1", "paid"]),
            SHEET,
            lambda xml: xml.replace(b"</row>", b"<c/>" * 3_000_000 + b"</row>", 1),
        )
        self.assertLess(len(data), 200_000)
        self.assert_refused(data)

    def test_bomb_of_many_rows_is_refused(self):
        with mock.patch.object(result_tables, "_MAX_ELEMENTS", 100_000):
            data = change_part(
                make_workbook(["R1", "paid"]),
                SHEET,
                lambda xml: xml.replace(b"</sheetData>", b"<row></row>" * 200_000 + b"</sheetData>"),
            )
            self.assert_refused(data)

    def test_bomb_in_the_texts_is_refused(self):
        data = change_part(
            make_shared_workbook("R1", "paid"),
            "xl/sharedStrings.xml",
            lambda xml: xml + b" " * 5 * 1024 * 1024,
        )
        self.assert_refused(data)

    def test_package_that_says_it_is_huge_is_refused(self):
        with mock.patch.object(result_tables, "_MAX_UNPACKED", 1000):
            self.assert_refused(make_workbook(["R1", "paid"]))

    def test_entities_are_refused(self):
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        for part in (
            SHEET,
            "xl/workbook.xml",
            "xl/sharedStrings.xml",
            "[Content_Types].xml",
            "xl/styles.xml",
        ):
            with self.subTest(part):
                self.assert_refused(
                    change_part(make_shared_workbook("R1", "paid"), part, lambda xml: bomb + xml)
                )

    def test_row_far_below_is_read_in_time(self):
        data = change_part(
            make_workbook(["R1", "paid"], ["R2", "failed"]),
            SHEET,
            lambda xml: xml.replace(b'r="3"', b'r="1048576"'),
        )
        table = read_results(data)
        self.assertEqual([row.line for row in table.rows], [2, 1_048_576])

    def test_row_beyond_all_sheets_is_not_waited_for(self):
        data = change_part(
            make_workbook(["R1", "paid"], ["R2", "failed"]),
            SHEET,
            lambda xml: xml.replace(b'r="3"', b'r="99999999999"'),
        )
        self.assertEqual(len(read_results(data).rows), 1)

    # Made once: it says when it was made, and what is drawn depends on its length.
    workbook = make_workbook(["R1", "paid", 5])

    @settings(max_examples=40, deadline=None)
    @given(st.data())
    def test_no_damage_makes_it_fail(self, data):
        workbook = self.workbook
        name = data.draw(st.sampled_from([SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"]))
        piece = data.draw(st.binary(max_size=20))

        def damage(xml):
            start = data.draw(st.integers(0, len(xml)))
            return xml[:start] + piece + xml[start + data.draw(st.integers(0, 20)) :]

        self.assertIsInstance(read_results(change_part(workbook, name, damage)), ResultTable)
        cut = data.draw(st.integers(4, len(workbook)))
        self.assertIsInstance(read_results(workbook[:cut]), ResultTable)


class TestTemplate(BaseCase):
    def setUp(self):
        super().setUp()
        self.open = [
            OpenPayment("3fa85f64-5717-4562-b3fc-000000000001", "=Amina", "1250.00", "KES", "B/1"),
            OpenPayment("3fa85f64-5717-4562-b3fc-000000000002", "Ngũgĩ\nwa", "1.250", "KWD", "B/1"),
            OpenPayment("3fa85f64-5717-4562-b3fc-000000000003", "x", "12345678901234567.89", "KES", "B/1"),
        ]

    def _write(self, kind, rows=None):
        stream = io.BytesIO()
        write_template(self.open if rows is None else rows, kind, stream)
        return stream.getvalue()

    def test_empty_template_says_nothing_yet(self):
        for kind in ("csv", "xlsx"):
            with self.subTest(kind):
                table = read_results(self._write(kind))
                self.assertEqual((table.errors, table.ignored), ([], ["Payee", "Batch"]))
                for row, payment in zip(table.rows, self.open, strict=True):
                    self.assertEqual((row.reference, row.status), (payment.reference, "pending"))
                    self.assertEqual((row.amount, row.currency), (Decimal(payment.amount), payment.currency))

    def test_template_without_payments_is_an_empty_table(self):
        for kind in ("csv", "xlsx"):
            self.assertEqual(read_results(self._write(kind, [])).rows, [])

    def test_same_payments_give_the_same_bytes(self):
        for kind in ("csv", "xlsx"):
            self.assertEqual(self._write(kind), self._write(kind))

    def test_formulas_are_harmless_in_both(self):
        self.assertIn(b",'=Amina,", self._write("csv"))
        cell = openpyxl.load_workbook(io.BytesIO(self._write("xlsx"))).active["B2"]
        self.assertEqual((cell.data_type, cell.value), ("s", "=Amina"))

    def test_other_kinds_are_refused(self):
        with self.assertRaises(ValueError):
            self._write("pdf")

    def test_memory_does_not_grow_with_payments(self):
        for kind in ("csv", "xlsx"):
            self._measure(kind, 100)
            with self.subTest(kind):
                self.assertLess(self._measure(kind, 10_000), self._measure(kind, 2_000) + 128 * 1024)

    def _measure(self, kind, count):
        rows = (OpenPayment(f"R-{number}", "Payee", "1250.00", "KES", "B/1") for number in range(count))
        with open("/dev/null", "wb") as stream:
            tracemalloc.start()
            try:
                write_template(rows, kind, stream)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    filled = st.lists(
        st.tuples(
            st.uuids().map(str),
            st.text(max_size=10),
            st.tuples(st.integers(0, 10**14), st.sampled_from([0, 2, 3])),
            st.sampled_from(["paid", "failed", "pending", ""]),
            st.dates(date(2000, 1, 1), date(2100, 1, 1)),
            st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=10),
        ),
        max_size=4,
        unique_by=lambda one: one[0],
    )

    @settings(max_examples=40, deadline=None)
    @given(filled)
    def test_filled_in_csv_is_read_as_it_was_filled_in(self, said):
        rows = list(
            csv.reader(io.StringIO(self._write("csv", _make_open(said)).decode("utf-8-sig"), newline=""))
        )
        for row, (_reference, _payee, _amount, status, day, reason) in zip(rows[1:], said, strict=True):
            row[5:9] = [
                status,
                day.isoformat(),
                "",
                "'" + reason if reason[:1] in "=+-@" and reason else reason,
            ]
        stream = io.StringIO(newline="")
        csv.writer(stream).writerows(rows)
        self._check(read_results(stream.getvalue().encode()), said)

    @settings(max_examples=20, deadline=None)
    @given(filled)
    def test_filled_in_workbook_is_read_as_it_was_filled_in(self, said):
        workbook = openpyxl.load_workbook(io.BytesIO(self._write("xlsx", _make_open(said))))
        for line, (_reference, _payee, _amount, status, day, _reason) in enumerate(said, 2):
            workbook.active.cell(line, 6).value = status
            workbook.active.cell(line, 7).value = day
        stream = io.BytesIO()
        workbook.save(stream)
        self._check(read_results(stream.getvalue(), ReadOptions()), said)

    def _check(self, table, said):
        self.assertEqual(table.errors, [])
        for row, (reference, _payee, amount, status, day, _reason) in zip(table.rows, said, strict=True):
            self.assertEqual((row.reference, row.status, row.date), (reference, status or "pending", day))
            self.assertEqual(row.amount, Decimal(amount[0]).scaleb(-amount[1]))


def _make_open(said):
    return [
        OpenPayment(reference, payee, f"{Decimal(units).scaleb(-digits):f}", "KES", "B/1")
        for reference, payee, (units, digits), *_rest in said
    ]
