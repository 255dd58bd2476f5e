"""The credit transfer initiation: the standard's schema, what banks take, and what they must not be given."""

import importlib.resources
import io
from datetime import datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from odoo.tests import BaseCase

from ..documents.bank_text import is_plain, transliterate
from ..documents.errors import DocumentError
from ..documents.formats import FORMATS
from ..documents.layout import Layout
from ..documents.pain001 import NAMESPACE
from .document_common import IBAN, make_file, make_head, make_payment

PAIN = FORMATS["pain001"]


def read(data):
    """Return the root of a message after checking it against the schema, in one go and by another way than ours."""
    schema = importlib.resources.files("sepaxml") / "schemas" / "pain.001.001.09.xsd"
    root = etree.fromstring(data)
    etree.XMLSchema(etree.fromstring(schema.read_bytes())).assertValid(root)
    return root


def find(root, path):
    """Return the texts at a path of element names."""
    steps = "/".join(f"p:{step}" for step in path.split("/"))
    return [one.text for one in root.findall(f".//{steps}", {"p": NAMESPACE})]


def make(payments=None, head=None, **layout):
    """Return the root of a message."""
    return read(make_file("pain001", payments or [make_payment()], head, **layout))


def get_findings(*payments, head=None, **layout):
    """Return what is wrong with payments."""
    try:
        PAIN.part(Layout("pain001", **layout), head or make_head(list(payments)), list(payments))
    except DocumentError as error:
        return error.findings
    return {}


class TestMessage(BaseCase):
    def test_head_counts_and_adds_up(self):
        root = make([make_payment(1), make_payment(2, amount="0.05"), make_payment(3)])
        for path, expected in (
            ("GrpHdr/MsgId", ["MSG-0001"]),
            ("GrpHdr/CreDtTm", ["2026-01-02T03:04:05Z"]),
            ("NbOfTxs", ["3", "3"]),
            ("CtrlSum", ["2500.05", "2500.05"]),
            ("InitgPty/Nm", ["Ministry"]),
            ("PmtInf/PmtMtd", ["TRF"]),
            ("PmtInf/BtchBookg", ["true"]),
            ("ReqdExctnDt/Dt", ["2026-01-09"]),
            ("Dbtr/Nm", ["Ministry"]),
            ("DbtrAcct/Id/IBAN", [IBAN]),
            ("DbtrAgt/FinInstnId/BICFI", ["COBADEFF"]),
            ("PmtInf/ChrgBr", ["SLEV"]),
        ):
            with self.subTest(path):
                self.assertEqual(find(root, path), expected)

    def test_each_payment_is_a_transaction_in_order(self):
        payments = [make_payment(number, amount=f"{number}.10") for number in range(1, 6)]
        root = make(payments)
        self.assertEqual(find(root, "CdtTrfTxInf/PmtId/EndToEndId"), [one.end_to_end_id for one in payments])
        self.assertEqual(find(root, "CdtTrfTxInf/Amt/InstdAmt"), [one.amount for one in payments])
        self.assertEqual(find(root, "Cdtr/Nm"), [one.payee_name for one in payments])
        self.assertEqual(find(root, "RmtInf/Ustrd"), ["Program One / Cycle 1"] * 5)
        amounts = root.findall(f".//{{{NAMESPACE}}}InstdAmt")
        self.assertEqual({one.get("Ccy") for one in amounts}, {"KES"})

    def test_settings_of_the_layout_are_there(self):
        root = make(charge_bearer="SHAR", service_level="SEPA", category_purpose="GOVT", batch_booking=False)
        self.assertEqual(find(root, "ChrgBr"), ["SHAR"])
        self.assertEqual(find(root, "PmtTpInf/SvcLvl/Cd"), ["SEPA"])
        self.assertEqual(find(root, "PmtTpInf/CtgyPurp/Cd"), ["GOVT"])
        self.assertEqual(find(root, "BtchBookg"), ["false"])

    def test_execution_date_falls_back_on_the_day_of_the_file(self):
        payments = [make_payment()]
        root = make(payments, make_head(payments, execution_date=None))
        self.assertEqual(find(root, "ReqdExctnDt/Dt"), ["2026-01-02"])

    def test_accounts_are_given_as_what_they_are(self):
        for kind, value, path, expected in (
            ("bank_acc_iban", "de89 3704 0044 0532 0130 00", "CdtrAcct/Id/IBAN", IBAN),
            ("bank_acc_no", IBAN, "CdtrAcct/Id/IBAN", IBAN),
            ("bank_acc_no", "0012345", "CdtrAcct/Id/Othr/Id", "0012345"),
            ("bank_acc_no", "0012345", "CdtrAcct/Id/Othr/SchmeNm/Cd", "BBAN"),
            ("phone", "+254700000001", "CdtrAcct/Id/Othr/Id", "+254700000001"),
            ("phone", "+254700000001", "CdtrAcct/Id/Othr/SchmeNm/Prtry", "phone"),
            ("email", "a_b@example.org", "CdtrAcct/Id/Othr/Id", "a_b@example.org"),
            ("reg_id", IBAN, "CdtrAcct/Id/Othr/Id", IBAN),
        ):
            with self.subTest(kind=kind, value=value):
                root = make([make_payment(payee_id_type=kind, payee_id_value=value)])
                self.assertEqual(find(root, path), [expected])

    def test_banks_are_given_by_bic_or_clearing_number(self):
        for code, path, expected in (
            ("COBADEFF", "CdtrAgt/FinInstnId/BICFI", "COBADEFF"),
            ("cobadeffxxx", "CdtrAgt/FinInstnId/BICFI", "COBADEFFXXX"),
            ("01234", "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", "01234"),
        ):
            with self.subTest(code):
                self.assertEqual(find(make([make_payment(payee_bank_code=code)]), path), [expected])

    def test_iban_needs_no_bank_code(self):
        payment = make_payment(payee_id_type="bank_acc_iban", payee_id_value=IBAN, payee_bank_code="")
        payments = [payment]
        root = make(payments, make_head(payments, payer_bank_code=""))
        self.assertEqual(find(root, "CdtrAgt/FinInstnId/BICFI"), [])
        self.assertEqual(find(root, "DbtrAgt/FinInstnId/Othr/Id"), ["NOTPROVIDED"])

    def test_payer_may_have_a_domestic_account(self):
        payments = [make_payment()]
        root = make(payments, make_head(payments, payer_account="0099", payer_bank_code="077"))
        self.assertEqual(find(root, "DbtrAcct/Id/Othr/Id"), ["0099"])
        self.assertEqual(find(root, "DbtrAgt/FinInstnId/ClrSysMmbId/MmbId"), ["077"])

    def test_each_transaction_is_one_line(self):
        data = make_file("pain001", [make_payment(number) for number in range(1, 4)])
        self.assertEqual(sum(line.startswith(b"<CdtTrfTxInf>") for line in data.splitlines()), 3)

    def test_text_cannot_break_out_of_its_element(self):
        payment = make_payment(payee_name="A</Nm></Cdtr></CdtTrfTxInf><CdtTrfTxInf>&<![CDATA[")
        root = make([payment])
        self.assertEqual(len(find(root, "CdtTrfTxInf")), 1)


class TestFindings(BaseCase):
    def test_wrong_payments_are_named_with_the_remedy(self):
        for more, expected in (
            ({"amount": "0.00"}, "greater than zero"),
            ({"amount": "1.000001"}, "5 digits after the mark"),
            ({"amount": "123456789012345678.90"}, "18 digits"),
            ({"currency": "UGX"}, "split them"),
            ({"end_to_end_id": "x" * 36}, "end-to-end ID"),
            ({"end_to_end_id": "Ω"}, "end-to-end ID"),
            ({"payee_name": ""}, "name is missing"),
            ({"payee_name": "???"}, "not readable"),
            ({"payee_name": "x" * 141}, "141 Latin letters"),
            (
                {"payee_id_type": "bank_acc_iban", "payee_id_value": "DE00370400440532013000"},
                "not a valid IBAN",
            ),
            ({"payee_id_type": "bank_acc_iban", "payee_id_value": ""}, "not a valid IBAN"),
            ({"payee_id_value": ""}, "account is missing"),
            ({"payee_id_value": "1" * 35}, "more than 34"),
            ({"payee_id_value": "12\u00a034"}, "do not take"),
            ({"payee_bank_code": ""}, "bank code is missing"),
            ({"payee_bank_code": "x" * 36}, "longer than 35"),
            ({"payee_bank_code": "Ω"}, "not one that banks take"),
        ):
            with self.subTest(more):
                wrong, right = make_payment(1, **more), make_payment(2)
                findings = get_findings(wrong, right, head=make_head([right, right]))
                self.assertEqual(list(findings), [wrong.reference])
                self.assertIn(expected, findings[wrong.reference])

    def test_all_that_is_wrong_with_one_payment_is_said(self):
        wrong = make_payment(payee_name="", payee_id_value="", payee_bank_code="")
        findings = get_findings(wrong, head=make_head([make_payment()]))
        self.assertEqual(len(findings[wrong.reference].splitlines()), 3)

    def test_names_are_shorter_in_sepa(self):
        payment = make_payment(payee_name="x" * 71)
        self.assertFalse(get_findings(payment))
        self.assertTrue(get_findings(payment, service_level="SEPA"))

    def test_head_that_lacks_something_is_refused_with_all_of_it(self):
        payments = [make_payment()]
        head = make_head(
            payments, message_id="", payer_name="", company="", payer_account="", payer_bank_code=""
        )
        with self.assertRaises(DocumentError) as caught:
            PAIN.part(Layout("pain001"), head, payments)
        self.assertEqual(len(caught.exception.text.splitlines()), 4)

    def test_long_program_names_are_refused(self):
        payments = [make_payment()]
        with self.assertRaisesRegex(DocumentError, "140 characters"):
            PAIN.part(Layout("pain001"), make_head(payments, program="x" * 100, cycle="y" * 100), payments)

    def test_file_without_payments_is_refused(self):
        with self.assertRaisesRegex(DocumentError, "no payment"):
            PAIN.join(Layout("pain001"), make_head([]), [], io.BytesIO())

    def test_settings_that_the_schema_refuses_are_said_before(self):
        for wrong in ({"charge_bearer": "ALL"}, {"service_level": "TOOLONG"}, {"category_purpose": "a b"}):
            with self.subTest(wrong):
                self.assertTrue(PAIN.check(Layout("pain001", **wrong)))

    def test_part_that_breaks_the_schema_stops_the_file_without_naming_values(self):
        payments = [make_payment()]
        layout, head = Layout("pain001"), make_head(payments)
        part = PAIN.part(layout, head, payments).replace(
            b"<Nm>Payee 1</Nm>", b"<Nm>" + b"Amina" * 40 + b"</Nm>"
        )
        with self.assertRaisesRegex(DocumentError, "the element Nm") as caught:
            PAIN.join(layout, head, [part], io.BytesIO())
        self.assertNotIn("Amina", caught.exception.get_message())
        self.assertIsNone(caught.exception.__cause__)
        self.assertTrue(caught.exception.__suppress_context__)

    def test_part_that_is_no_xml_stops_the_file(self):
        payments = [make_payment()]
        layout, head = Layout("pain001"), make_head(payments)
        part = PAIN.part(layout, head, payments).replace(b"</Cdtr>", b"")
        with self.assertRaises(DocumentError):
            PAIN.join(layout, head, [part], io.BytesIO())


class TestBankText(BaseCase):
    def test_names_become_latin(self):
        for text, expected in (
            ("Wanjirũ Ngũgĩ", "Wanjiru Ngugi"),
            ("Zoë Müller-Lüdenscheidt", "Zoe Muller-Ludenscheidt"),
            ("Ελένη", "Elene"),
            ("N'Guessan & Co_1", "N'Guessan + Co-1"),
            ("  a \t b  ", "a b"),
            ("//a//b/", "a/b"),
            ("!?", ""),
            ("", ""),
        ):
            with self.subTest(text):
                self.assertEqual(transliterate(text), expected)

    @given(st.text())
    def test_result_is_always_what_banks_take(self, text):
        plain = transliterate(text)
        self.assertTrue(plain == "" or is_plain(plain), plain)
        self.assertEqual(transliterate(plain), plain)

    @settings(max_examples=50, deadline=None)
    @given(
        st.builds(
            make_payment,
            payee_name=st.text(max_size=20),
            payee_id_type=st.sampled_from(["bank_acc_no", "bank_acc_iban", "phone", "email", "reg_id"]),
            payee_id_value=st.one_of(st.text(max_size=40), st.just(IBAN)),
            payee_bank_code=st.text(max_size=12),
            amount=st.decimals(min_value=0, max_value=10**15, places=2).map(lambda one: f"{one:.2f}"),
        )
    )
    def test_any_payment_is_valid_or_named(self, payment):
        head = make_head([payment], created_at=datetime(2026, 1, 1))
        findings = get_findings(payment, head=head)
        if findings:
            self.assertEqual(list(findings), [payment.reference])
        else:
            root = make([payment], head)
            self.assertEqual(Decimal(find(root, "InstdAmt")[0]), Decimal(payment.amount))
