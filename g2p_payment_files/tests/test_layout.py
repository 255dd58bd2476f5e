"""What is stored of a layout and a file, and what all formats have in common."""

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..documents.cells import COLUMN_SOURCES, HEAD_SOURCES, looks_like_formula, neutralise, restore
from ..documents.errors import DocumentError, Findings
from ..documents.facts import FileFacts, PaymentFacts
from ..documents.formats import FORMATS
from ..documents.layout import Code, Column, Layout
from ..documents.parts import pack
from .document_common import COLUMNS, make_file, make_head, make_payment, measure_join

TABLES = ("csv", "xlsx", "text")
WIDE = tuple(Column(one.source, one.header, width=40) for one in COLUMNS)


class TestLayout(BaseCase):
    def test_layout_comes_back_from_json_as_it_was(self):
        layout = Layout(
            "pdf",
            columns=(Column("amount", "A", width=3),),
            codes=(Code("q"),),
            margins=(1, 2, 3, 4),
            body="<p/>",
        )
        self.assertEqual(Layout.from_stored(json.loads(json.dumps(layout.to_stored()))), layout)

    def test_file_comes_back_from_json_as_it_was(self):
        head = make_head([make_payment()], replaces=("A", "B"), codes={"q": "x"})
        self.assertEqual(FileFacts.from_stored(json.loads(json.dumps(head.to_stored()))), head)

    def test_every_source_is_a_fact(self):
        for source in set(COLUMN_SOURCES) - {"constant", "empty"}:
            owner = FileFacts if source in HEAD_SOURCES else PaymentFacts
            self.assertIn(source, owner.__dataclass_fields__)

    def test_every_fact_can_be_shown(self):
        facts = {*PaymentFacts.__dataclass_fields__, *FileFacts.__dataclass_fields__} - {"codes"}
        self.assertEqual(facts, set(COLUMN_SOURCES) - {"constant", "empty"})

    def test_every_source_can_be_written_by_every_table(self):
        columns = tuple(Column(source, "h", text="t", width=40) for source in COLUMN_SOURCES)
        for kind in TABLES:
            with self.subTest(kind):
                self.assertTrue(make_file(kind, [make_payment()], columns=columns))


class TestErrors(BaseCase):
    def test_error_text_names_no_payment(self):
        findings = Findings()
        findings.add("REF-1", "Column 'Payee': Amina")
        with self.assertRaises(DocumentError) as caught:
            findings.raise_if_any()
        self.assertNotIn("REF-1", str(caught.exception))
        self.assertNotIn("Amina", repr(caught.exception))
        self.assertEqual(caught.exception.get_message(), "REF-1: Column 'Payee': Amina")

    def test_message_counts_what_it_does_not_name(self):
        error = DocumentError({f"R{number}": "wrong" for number in range(60)}, "All of it.")
        self.assertEqual(len(error.get_message().splitlines()), 52)
        self.assertTrue(error.get_message().endswith("... and 10 more."))

    def test_nothing_found_raises_nothing(self):
        self.assertIsNone(Findings().raise_if_any())


class TestAllFormats(BaseCase):
    def setUp(self):
        super().setUp()
        self.payments = [make_payment(number) for number in range(1, 6)]
        self.head = make_head(self.payments)

    def _layout(self, kind):
        return Layout(kind, columns=WIDE)

    def test_same_payments_give_the_same_bytes(self):
        for kind in FORMATS:
            with self.subTest(kind):
                first = make_file(kind, self.payments, columns=WIDE)
                self.assertEqual(first, make_file(kind, self.payments, columns=WIDE))

    def test_slices_of_any_size_give_the_same_bytes(self):
        for kind in FORMATS:
            with self.subTest(kind):
                first = make_file(kind, self.payments, columns=WIDE, slice_size=5)
                self.assertEqual(first, make_file(kind, self.payments, columns=WIDE, slice_size=1))

    def test_missing_or_repeated_part_is_refused(self):
        for kind, maker in FORMATS.items():
            layout = self._layout(kind)
            part = maker.part(layout, self.head, self.payments[:3])
            rest = maker.part(layout, self.head, self.payments[3:])
            for parts in ([part], [part, part, rest], [part, rest, rest]):
                with self.subTest(kind), self.assertRaisesRegex(DocumentError, "parts hold"):
                    maker.join(layout, self.head, parts, io.BytesIO())

    def test_wrong_control_sum_is_refused(self):
        for kind, maker in FORMATS.items():
            layout, head = self._layout(kind), make_head(self.payments, total="6250.01")
            parts = [maker.part(layout, head, self.payments)]
            with self.subTest(kind), self.assertRaisesRegex(DocumentError, "6250.01"):
                maker.join(layout, head, parts, io.BytesIO())

    def test_foreign_currency_is_refused_by_name(self):
        wrong = make_payment(9, currency="UGX")
        for kind, maker in FORMATS.items():
            with self.subTest(kind), self.assertRaises(DocumentError) as caught:
                maker.part(self._layout(kind), self.head, [*self.payments, wrong])
            self.assertEqual(list(caught.exception.findings), [wrong.reference])

    def test_all_payments_that_cannot_be_written_are_named_at_once(self):
        wrong = [make_payment(7, amount="12,50"), make_payment(8, amount="-1"), make_payment(9, amount="")]
        for kind, maker in FORMATS.items():
            with self.subTest(kind), self.assertRaises(DocumentError) as caught:
                maker.part(self._layout(kind), self.head, [*wrong, *self.payments])
            self.assertEqual(set(caught.exception.findings), {one.reference for one in wrong})

    def test_unknown_column_and_no_column_are_refused(self):
        for kind in TABLES:
            for columns in ((), (Column("partner_id", width=3),)):
                layout = Layout(kind, columns=columns)
                with self.subTest(kind=kind, columns=columns):
                    self.assertTrue(FORMATS[kind].check(layout))
                    with self.assertRaises(DocumentError):
                        FORMATS[kind].part(layout, self.head, self.payments)

    def test_good_layout_has_no_problems(self):
        for kind, maker in FORMATS.items():
            self.assertEqual(maker.check(self._layout(kind)), [], kind)

    def test_memory_of_joining_does_not_grow_with_payments(self):
        for kind in FORMATS:
            with self.subTest(kind):
                measure_join(kind, 200, columns=WIDE)
                small = measure_join(kind, 1_000, columns=WIDE)
                large = measure_join(kind, 10_000, columns=WIDE)
                self.assertLess(large, small + 128 * 1024)

    def test_no_payments_make_an_empty_part(self):
        for kind, maker in FORMATS.items():
            part = maker.part(self._layout(kind), self.head, [])
            self.assertEqual(part, pack([], b""), kind)


class TestFormulas(BaseCase):
    def test_texts_that_spreadsheets_run_are_neutralised(self):
        for text in (
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "\u00a0=1",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "'=1",
        ):
            with self.subTest(text):
                self.assertEqual(neutralise(text), f"'{text}")

    def test_other_texts_stay(self):
        for text in ("", "Amina", "1-2", "a=b", "'tis", "0012"):
            self.assertEqual(neutralise(text), text)

    @given(st.text())
    def test_neutralised_text_is_harmless_and_comes_back(self, text):
        written = neutralise(text)
        self.assertEqual(restore(written), text)
        self.assertTrue(written.startswith("'") or not looks_like_formula(written))
