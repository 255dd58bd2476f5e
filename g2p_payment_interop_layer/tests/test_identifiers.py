from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import const
from ..identifiers import find_problems, wire_identifier
from .common import PIL, thorough

IBAN = "DE89370400440532013000"


def sending(kind, sent_as, **changes):
    return replace(PIL, payee_id_type=kind, payee_id_type_to_send=sent_as, **changes)


@tagged("post_install", "-at_install")
class TestIdentifiers(BaseCase):
    def test_default_types_are_those_of_mojaloop(self):
        expected = {
            "bank_acc_no": "ACCOUNT_ID",
            "bank_acc_iban": "IBAN",
            "phone": "MSISDN",
            "email": "EMAIL",
            "reg_id": "PERSONAL_ID",
        }
        self.assertEqual(const.DEFAULT_ID_TYPES, expected)
        self.assertEqual(len(const.ID_TYPES), 8)
        self.assertLessEqual(set(expected.values()), set(const.ID_TYPES))

    def test_identifiers_are_sent_without_what_is_for_reading(self):
        table = (
            ("phone", "MSISDN", " +91 (98765) 432-10 ", "919876543210"),
            ("bank_acc_no", "ACCOUNT_ID", "5002 1000 4417", "500210004417"),
            ("bank_acc_iban", "IBAN", "de89 3704 0044 0532 0130 00", IBAN),
            ("bank_acc_iban", "ACCOUNT_ID", "DE89-3704-0044-0532-0130-00", IBAN),
            ("email", "EMAIL", " a.b@example.org ", "a.b@example.org"),
            ("reg_id", "PERSONAL_ID", " 5000-0000 1234 ", "5000-0000 1234"),
            ("phone", "ALIAS", "+91 98765 43210", "919876543210"),
        )
        for kind, sent_as, held, sent in table:
            with self.subTest(kind=kind, sent_as=sent_as):
                settings = sending(kind, sent_as)
                self.assertEqual(wire_identifier(kind, held, settings), sent)
                self.assertEqual(find_problems(kind, held, settings), ())

    def test_phone_can_be_sent_with_a_plus(self):
        settings = sending("phone", "MSISDN", phone_format="e164")
        for held in ("+91 98765 43210", "919876543210"):
            self.assertEqual(wire_identifier("phone", held, settings), "+919876543210")
            self.assertEqual(find_problems("phone", held, settings), ())

    def test_nothing_never_leaves(self):
        """Upstream fault 8: False was paid as the party "false"."""
        for kind, sent_as in const.DEFAULT_ID_TYPES.items():
            for phone_format in const.PHONE_FORMATS:
                settings = sending(kind, sent_as, phone_format=phone_format)
                for held in (
                    "",
                    " ",
                    "False",
                    "false",
                    " FALSE ",
                    "None",
                    "none",
                    "null",
                    "NULL",
                    "NaN",
                    "+",
                    "\t",
                ):
                    with self.subTest(kind=kind, held=held):
                        self.assertIn("payee", find_problems(kind, held, settings))

    def test_identifiers_are_checked_by_type(self):
        table = (
            ("phone", "MSISDN", "payee_phone", ("123456", "1" * 16, "98765a4321", "0987654321")),
            ("phone", "MSISDN", "payee_phone", ("++9876543210", "９８７６５４３２１", "9876543210x7")),
            ("bank_acc_iban", "IBAN", "payee_iban", ("DE88370400440532013000", "DE89", "XX", IBAN + "1")),
            ("email", "EMAIL", "payee_email", ("a", "a@b", "@b.org", "a@b@c.org", "a b@c.org", "a@c..", "a@.")),
            ("reg_id", "PERSONAL_ID", "payee_text", ("x" * 129, "a\x00b", "a\nb", "a\ud800", "a\u202eb")),
            ("reg_id", "MSISDN", "payee_phone", ("ID-77",)),
            ("bank_acc_no", "IBAN", "payee_iban", ("500210004417",)),
            ("bank_acc_no", "EMAIL", "payee_email", ("500210004417",)),
        )  # fmt: skip
        for kind, sent_as, reason, held in table:
            for one in held:
                with self.subTest(sent_as=sent_as, held=one):
                    self.assertEqual(find_problems(kind, one, sending(kind, sent_as)), (reason,))

    def test_other_kind_than_that_of_the_manager_is_refused(self):
        found = find_problems("reg_id", "9876543210", sending("phone", "MSISDN"))
        self.assertIn("payee_kind", found)

    @thorough
    @given(
        st.sampled_from([*const.DEFAULT_ID_TYPES, "odd"]),
        st.sampled_from(const.ID_TYPES),
        st.sampled_from(const.PHONE_FORMATS),
        st.text(max_size=140),
    )
    def test_what_has_no_problem_is_something_printable(self, kind, sent_as, phone_format, held):
        settings = sending(kind, sent_as, phone_format=phone_format)
        if not find_problems(kind, held, settings):
            sent = wire_identifier(kind, held, settings)
            self.assertTrue(sent.isprintable() and 0 < len(sent) <= 128 and sent == sent.strip())
            self.assertNotIn(sent.casefold(), {"false", "none", "null", "nan", "undefined"})
