"""Results that come back as a file: what is read exactly, what is refused, and that nothing is guessed."""

from datetime import date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..documents import results
from ..documents.result_cells import STATUSES, CellProblem, read_amount, read_date, read_status
from ..documents.result_tables import MAX_ROWS
from ..documents.results import ReadOptions, ResultTable, read_results


def read(text, written="utf-8", **options):
    """Read a CSV file that was written in an encoding."""
    return read_results(text.encode(written), ReadOptions(**options))


def get_messages(table):
    """Return errors as (line, column, message)."""
    return [(error.line, error.column, error.message) for error in table.errors]


class TestRows(BaseCase):
    def test_row_is_read_whole(self):
        table = read(
            "Reference,Status,Amount,Currency,Date,Code,Reason,Bank Reference\r\n"
            "R-1,paid,1250.00,kes,2026-01-31,00,All well,TX9\r\n"
        )
        self.assertEqual(table.errors, [])
        self.assertEqual(
            table.rows,
            [
                results.ResultRow(
                    2, "R-1", "paid", Decimal("1250.00"), "KES", date(2026, 1, 31), "00", "All well", "TX9"
                )
            ],
        )

    def test_headers_are_found_by_any_of_their_names_in_any_order(self):
        for header in (
            "status,REFERENCE",
            "TxSts,EndToEndId",
            "Payment Status;End-to-End ID",
            "result|e2e id",
        ):
            with self.subTest(header):
                delimiter = next(one for one in ",;|" if one in header)
                table = read(f"{header}\npaid{delimiter}R1\n")
                self.assertEqual(table.errors, [])
                self.assertEqual((table.rows[0].reference, table.rows[0].status), ("R1", "paid"))

    def test_columns_that_are_not_read_are_listed(self):
        table = read("Payee,Reference,Status,,Notes\nAmina,R1,paid,,\n")
        self.assertEqual((table.ignored, len(table.rows)), (["Payee", "Notes"], 1))

    def test_file_without_its_columns_is_refused(self):
        for text, expected in (
            ("a,b\n1,2\n", "Reference"),
            ("Reference,Amount\nR1,5\n", "Status"),
            ("Reference,Status,status\nR1,paid,failed\n", "leave only one"),
            ("\n\n", "no table"),
            ("", "empty"),
        ):
            with self.subTest(text):
                table = read(text)
                self.assertIn(expected, table.errors[0].message)

    def test_only_a_header_is_an_empty_table(self):
        self.assertEqual(read("Reference,Status\n"), ResultTable())

    def test_line_numbers_count_blank_lines_and_lines_within_quotes(self):
        table = read('Reference,Status,Reason\n\nR1,paid,"two\nlines"\n\nR2,failed,\n')
        self.assertEqual([(row.line, row.reason) for row in table.rows], [(3, "two\nlines"), (6, "")])

    def test_separator_line_of_a_spreadsheet_is_taken(self):
        table = read("sep=;\r\nReference;Status\r\nR1;paid\r\n")
        self.assertEqual([(row.line, row.reference) for row in table.rows], [(3, "R1")])

    def test_neutralised_texts_are_restored(self):
        table = read("Reference,Status,Reason\n'-R1,paid,'=1+1\n")
        self.assertEqual((table.rows[0].reference, table.rows[0].reason), ("-R1", "=1+1"))

    def test_all_wrong_cells_come_at_once(self):
        table = read(
            "Reference,Status,Amount,Currency,Date,Payee\n"
            "R1,mystery,x,Euro,31.01.2026,Amina\n"
            "R2,paid,5.00,EUR,2026-01-31,Juma\n"
            ",paid,-5,,2026-02-30,Zawadi\n"
        )
        self.assertEqual(
            [(error.line, error.column, error.value_shown) for error in table.errors],
            [
                (2, "Status", "mystery"),
                (2, "Amount", "x"),
                (2, "Currency", "Euro"),
                (2, "Date", "31.01.2026"),
                (4, "Reference", ""),
                (4, "Amount", "-5"),
                (4, "Date", "2026-02-30"),
            ],
        )
        self.assertEqual([row.reference for row in table.rows], ["R2"])

    def test_payees_are_in_no_error(self):
        table = read("Payee,Reference,Status,Amount\nAmina,,hm,x\nAmina,R1,paid,5,Amina\nAmina,R2\n")
        self.assertGreater(len(table.errors), 4)
        self.assertNotIn("Amina", repr(table.errors))

    def test_line_of_another_length_is_refused(self):
        table = read("Reference,Status,Reason\nR1,paid,a,b\nR2,paid\nR3,paid,,,\n")
        self.assertEqual([error.line for error in table.errors], [2, 3])
        self.assertEqual([row.reference for row in table.rows], ["R3"])

    def test_reference_and_end_to_end_id_must_agree(self):
        table = read("Reference,EndToEndId,Status\nAB-1,ab1,paid\n,AB2,paid\nAB-3,,paid\nAB-4,AB5,paid\n")
        self.assertEqual([row.reference for row in table.rows], ["AB-1", "AB2", "AB-3"])
        self.assertEqual([(error.line, error.column) for error in table.errors], [(5, "EndToEndId")])

    def test_same_line_twice_counts_once(self):
        table = read("Reference,Status,Amount\nAB-1,paid,5\nab1,ok,5.00\n")
        self.assertEqual((len(table.rows), table.repeated, table.errors), (1, 1, []))

    def test_line_that_contradicts_an_earlier_one_is_refused(self):
        for second in ("AB1,failed,5", "AB-1,paid,6", "AB-1,paid,"):
            with self.subTest(second):
                table = read(f"Reference,Status,Amount\nAB-1,paid,5\n{second}\n")
                self.assertEqual(table.errors[0].line, 3)
                self.assertIn("Line 2 names the same payment", table.errors[0].message)

    def test_errors_are_bounded(self):
        table = read("Reference,Status\n" + "R,hm\n" * (results.MAX_ERRORS + 50))
        self.assertEqual(len(table.errors), results.MAX_ERRORS + 1)
        self.assertIn("more errors", table.errors[-1].message)


class TestText(BaseCase):
    def test_encodings_are_found_out(self):
        text = "Reference,Status,Reason\nR1,failed,Zoë\n"
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
            with self.subTest(encoding):
                self.assertEqual(read(text, encoding).rows[0].reason, "Zoë")

    def test_encoding_that_was_chosen_is_used(self):
        table = read("Reference,Status,Reason\nR1,failed,Ж\n", "cp1251", encoding="cp1251")
        self.assertEqual(table.rows[0].reason, "Ж")

    def test_wrong_or_unknown_encodings_are_refused(self):
        for data, encoding in (
            ("Reference,Status\nZoë,paid".encode("cp1252"), "utf-8"),
            (b"Reference,Status", "klingon"),
            (b"Reference,Status", "base64"),
            (b"Reference,Status", "a\x00"),
            ("Reference,Status\nR,paid".encode("utf-16-le"), ""),
            (b"\x81\x8d\x8f", ""),
        ):
            with self.subTest(data=data, encoding=encoding):
                table = read_results(data, ReadOptions(encoding=encoding))
                self.assertEqual([error.line for error in table.errors], [0])

    def test_delimiters_are_found_out_by_the_headers(self):
        for delimiter in ",;\t|":
            others = "".join(one for one in ",;\t|" if one != delimiter) * 3
            text = "\n".join(
                delimiter.join(cells) for cells in (["Reference", "Status", others], ["R1", "paid", ""])
            )
            with self.subTest(delimiter):
                self.assertEqual([row.status for row in read(text).rows], ["paid"])

    def test_delimiter_that_was_chosen_is_used(self):
        self.assertEqual(len(read("Reference^Status\nR1^paid\n", delimiter="^").rows), 1)
        for wrong in (";;", '"', "\n"):
            self.assertTrue(read("Reference,Status\n", delimiter=wrong).errors)

    def test_open_quote_does_not_swallow_the_rest(self):
        table = read('Reference,Status,Reason\nR1,paid,ok\nR2,paid,"never closed\nR3,failed,x\n')
        self.assertEqual([error.line for error in table.errors], [3])
        self.assertEqual([row.reference for row in table.rows], ["R1"])

    def test_other_kinds_of_files_are_called_by_their_name(self):
        for data, expected in (
            (b"%PDF-1.7", "PDF"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls"),
            (b"\x89PNG\r\n\x1a\n\x00\x00", "encoding"),
            (b"x" * (50 * 1024 * 1024 + 1), "50 MB"),
        ):
            with self.subTest(expected):
                self.assertIn(expected, read_results(data).errors[0].message)

    def test_too_many_lines_are_refused(self):
        data = b"Reference,Status\n" + b"R,\n" * (MAX_ROWS + 1)
        self.assertIn("250000 lines", read_results(data).errors[-1].message)

    @settings(max_examples=300)
    @given(st.binary(max_size=300))
    def test_no_bytes_make_it_fail(self, data):
        self.assertIsInstance(read_results(data), ResultTable)

    @given(st.text(max_size=200), st.text(max_size=3), st.text(max_size=8), st.text(max_size=4))
    def test_no_text_and_no_options_make_it_fail(self, text, delimiter, date_format, decimal_mark):
        options = ReadOptions(delimiter=delimiter, date_format=date_format, decimal_mark=decimal_mark)
        for encoding in ("utf-8", "utf-16"):
            data = f"Reference,Status,Date,Amount\n{text}\nR,paid,{text},{text}\n".encode(encoding, "ignore")
            self.assertIsInstance(read_results(data, options), ResultTable)


class TestAmounts(BaseCase):
    def test_amounts_that_mean_one_thing_are_read(self):
        for text, mark, expected in (
            ("1250.00", "", "1250.00"),
            ("1250,00", "", "1250.00"),
            ("1,234.56", "", "1234.56"),
            ("1.234,56", "", "1234.56"),
            ("1,234,567", "", "1234567"),
            ("1.234.567", "", "1234567"),
            ("1,23,456.70", "", "123456.70"),
            ("1 234,56", "", "1234.56"),
            ("1\u202f234\u00a0567,8", "", "1234567.8"),
            ("1'234.56", "", "1234.56"),
            ("0.125", "", "0.125"),
            ("1234.567", "", "1234.567"),
            ("1.2500", "", "1.25"),
            (".5", "", "0.5"),
            ("007", "", "7"),
            ("1.234", ".", "1.234"),
            ("1.234", ",", "1234"),
            ("1,234", ".", "1234"),
            ("1,234", ",", "1.234"),
            (1250, "", "1250"),
            (0.1, "", "0.1"),
            (1250.1, ",", "1250.1"),
            (float("1250.0999999999999"), "", "1250.1"),
        ):
            with self.subTest(text=text, mark=mark):
                self.assertEqual(read_amount(text, mark)[0], Decimal(expected))

    def test_nothing_says_nothing(self):
        for nothing in ("", "  ", None):
            self.assertEqual(read_amount(nothing), (None, ""))

    def test_amounts_that_mean_two_things_need_a_mark(self):
        for text in ("1.234", "1,234", "12.345", "999,999"):
            with self.subTest(text), self.assertRaisesRegex(CellProblem, "choose the decimal mark"):
                read_amount(text)

    def test_what_is_no_amount_is_refused(self):
        for value in (
            "x", "1250.00 KES", "1e3", "1.2.3", "1,2,3", "1.234,56,7", "1,234.56.7", "12,34.5", "1.", ",", "--1", "-1",
            "(1)", "+1", "0x1", "١٢", "1.2345,67", "9" * 19, "0.123456789", "NaN", "Infinity", "1_000", True, -1, -0.5,
            float("nan"), float("inf"), 0.1 + 0.2, 1e19, datetime(2026, 1, 1),
        ):  # fmt: skip
            with self.subTest(value), self.assertRaises(CellProblem):
                read_amount(value)

    def test_chosen_mark_is_not_guessed_away(self):
        for text, mark in (("1.234,56", "."), ("1,234.56", ","), ("1250,00", "."), ("1250.00", ",")):
            with self.subTest(text=text, mark=mark), self.assertRaises(CellProblem):
                read_amount(text, mark)

    def test_two_marks_in_one_file_are_refused(self):
        table = read("Reference;Status;Amount\nR1;paid;1.50\nR2;paid;1,50\n")
        self.assertEqual([(error.line, error.column) for error in table.errors], [(3, "Amount")])
        self.assertIn("line 2", table.errors[0].message)

    @given(st.decimals(min_value=0, max_value=10**17, places=2), st.sampled_from([(".", ","), (",", ".")]))
    def test_any_amount_comes_back_from_any_way_of_writing(self, amount, marks):
        mark, group = marks
        plain = f"{amount:.2f}".replace(".", mark)
        grouped = f"{amount:,.2f}".replace(",", "_").replace(".", mark).replace("_", group)
        for text in (plain, grouped):
            self.assertEqual(read_amount(text)[0], amount)
            self.assertEqual(read_amount(text, mark)[0], amount)

    @given(st.decimals(min_value=0, max_value=10**12, places=2))
    def test_any_number_of_a_spreadsheet_is_exact(self, amount):
        self.assertEqual(read_amount(float(amount))[0], amount)

    @given(st.text(max_size=12), st.sampled_from(["", ".", ","]))
    def test_any_text_is_an_amount_or_refused(self, text, mark):
        try:
            amount, _mark = read_amount(text, mark)
        except CellProblem:
            return
        self.assertTrue(amount is None or amount.is_finite() and amount >= 0)


class TestDatesAndStatuses(BaseCase):
    def test_dates_are_read(self):
        for value, form in (
            ("2026-01-31", ""),
            ("2026/01/31", ""),
            ("20260131", ""),
            ("2026-01-31T10:00:00Z", ""),
            ("2026-01-31 10:00", ""),
            ("31/01/2026", "%d/%m/%Y"),
            ("01/31/2026", "%m/%d/%Y"),
            (date(2026, 1, 31), "%d/%m/%Y"),
            (datetime(2026, 1, 31, 23, 59), ""),
        ):
            with self.subTest(value):
                self.assertEqual(read_date(value, form), date(2026, 1, 31))
        self.assertIsNone(read_date(""))

    def test_what_is_no_sure_date_is_refused(self):
        for value, form in (
            ("31/01/2026", ""),
            ("01/02/2026", ""),
            ("2026-02-30", ""),
            ("2026-01/31", ""),
            ("2026-01-31", "%d/%m/%Y"),
            ("yesterday", ""),
            (46000, ""),
            ("x", "%"),
            ("x", "%Q"),
        ):
            with self.subTest(value), self.assertRaises(CellProblem):
                read_date(value, form)

    def test_statuses_are_a_closed_list(self):
        for value, expected in (
            ("PAID", "paid"), ("Executed", "paid"), ("ok", "paid"), ("ACSC", "paid"), ("accc", "paid"),
            ("Failed", "failed"), ("RJCT", "failed"), ("returned", "failed"), ("not paid", "failed"),
            ("", "pending"), (None, "pending"), ("ACSP", "pending"), ("in progress", "pending"),
        ):  # fmt: skip
            with self.subTest(value):
                self.assertEqual(read_status(value), expected)
        for value in ("maybe", "paidx", "?", "-", "1", 1, True, "unpaid", "error"):
            with self.subTest(value), self.assertRaises(CellProblem):
                read_status(value)

    def test_no_status_means_two_things(self):
        names = [name for names in STATUSES.values() for name in names]
        self.assertEqual(len(names), len(set(names)))

    def test_no_header_means_two_things(self):
        names = [name for names in results.HEADERS.values() for name in names]
        self.assertEqual(len(names), len(set(names)))
