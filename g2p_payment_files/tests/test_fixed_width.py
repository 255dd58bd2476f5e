"""Lines of fixed width: nothing is cut, nothing is altered."""

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..documents.errors import DocumentError
from ..documents.formats import FORMATS
from ..documents.layout import Column, Layout
from .document_common import make_file, make_payment

COLUMNS = (
    Column("number", "No", width=6, align="right", fill="0"),
    Column("payee_name", "Payee", width=12),
    Column("payee_id_value", "Account", width=14, align="right", fill="0"),
    Column("amount", "Amount", width=12, align="right", fill="0"),
    Column("constant", text="X", width=2, fill="*"),
)


def make(payments, columns=COLUMNS, **layout):
    """Return the lines of a file."""
    return make_file("text", payments, columns=columns, **layout).decode().split("\r\n")


class TestFixedWidth(BaseCase):
    def test_lines_have_header_fields_and_trailer(self):
        lines = make([make_payment(1), make_payment(2, amount="0.05")], minor_units=True)
        self.assertEqual(lines[0], "No    Payee       Account       Amount        ")
        self.assertEqual(lines[1], "000001Payee 1     00000000000001000000125000X*")
        self.assertEqual(lines[3], "000002TOTAL       00000000000000000000125005**")
        self.assertEqual(lines[4:], [""])

    def test_too_long_text_is_refused_by_payment_and_column(self):
        payments = [make_payment(1), make_payment(2, payee_name="Thirteen char")]
        with self.assertRaises(DocumentError) as caught:
            make(payments)
        self.assertEqual(list(caught.exception.findings), [payments[1].reference])
        self.assertIn("'Payee': it has 13 characters, the column 12", caught.exception.get_message())

    def test_too_large_amount_is_refused(self):
        with self.assertRaises(DocumentError):
            make([make_payment(amount="12345678901.00")])

    def test_nothing_is_neutralised(self):
        self.assertTrue(make([make_payment(payee_name="=1+1")])[1].startswith("000001=1+1 "))

    def test_tabs_line_breaks_and_missing_characters_are_refused(self):
        for name in ("a\tb", "a\nb", "Ωmega"):
            with self.subTest(name), self.assertRaises(DocumentError):
                make([make_payment(payee_name=name)], encoding="cp1252")

    def test_filling_that_alters_a_value_is_refused(self):
        for column in (
            Column("amount", width=9, align="left", fill="0"),
            Column("amount", width=9, align="right", fill="1"),
            Column("amount", width=9, align="right", fill="-"),
            Column("payee_id_value", width=9, align="left", fill="0"),
            Column("payee_name", width=9, align="right", fill="x"),
            Column("payee_name", width=9, fill=""),
            Column("payee_name", width=9, fill="  "),
            Column("payee_name", width=0),
            Column("payee_name", width=9, align="middle"),
            Column("payee_name", width=9, fill="\n"),
        ):
            with self.subTest(column):
                self.assertTrue(FORMATS["text"].check(Layout("text", columns=(column,), header=False)))

    def test_header_that_is_too_long_is_refused(self):
        layout = Layout("text", columns=(Column("number", "Number", width=3),))
        self.assertIn("'Number'", "".join(FORMATS["text"].check(layout)))

    def test_trailer_without_room_is_refused(self):
        with self.assertRaisesRegex(DocumentError, "No column is wide enough"):
            make([make_payment()], columns=(Column("payee_name", width=8),), header=False)

    def test_total_that_does_not_fit_its_column_is_refused(self):
        columns = (Column("number", width=3), Column("amount", width=7))
        with self.assertRaisesRegex(DocumentError, "2500.00|12500.00"):
            make([make_payment(number) for number in range(1, 11)], columns=columns, header=False)

    @given(
        st.lists(
            st.tuples(
                st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12),
                st.integers(0, 10**9),
            ),
            min_size=1,
            max_size=5,
        )
    )
    def test_every_field_is_found_at_its_place(self, said):
        payments = [
            make_payment(place, payee_name=name, amount=f"{cents // 100}.{cents % 100:02}")
            for place, (name, cents) in enumerate(said, 1)
        ]
        lines = make(payments, minor_units=True, header=False)
        self.assertEqual({len(line) for line in lines[:-1]}, {46})
        for line, (name, cents) in zip(lines, said, strict=False):
            self.assertEqual(line[6:18], name.ljust(12))
            self.assertEqual(int(line[32:44]), cents)
        self.assertEqual(int(lines[len(said)][32:44]), sum(cents for _name, cents in said))
