"""Attacks on configurations, templates, codes and files that come back."""

import io
import logging
import zipfile

import openpyxl

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import BaseCase

from ..documents import inline, pdf
from ..documents.errors import DocumentError
from ..documents.inline import Inline, InlineError
from ..documents.layout import Layout
from ..documents.results import read_results
from ..documents.sandbox import check_template
from .config_case import ConfigCase

SIGNED = ("jwt", "cwt")


class TestSignedClaims(BaseCase):
    def test_claims_about_a_payment_are_only_what_is_on_record(self):
        for data_type in SIGNED:
            for body in (
                '{"reference": "{{ object.name }}", "amount": "999999.00"}',
                '{"reference": "{{ object.name }}", "amount": 999999}',
                '{"reference": "{{ object.name }}", "Amount": "{{ object.payment_fee }}"}',
                '{"reference": "{{ object.name }}", "amount": "9{{ object.amount }}"}',
                '{"reference": "{{ object.name }}", "amount": ["9"]}',
                '{"reference": "{{ object.name }}", "payee_name": "{{ object.currency }}"}',
                """{"reference": "{{ 'another' }}"}""",
                '{"end_to_end_id": "0123456789abcdef0123456789abcdef"}',
                '{"sub": "another"}',
                '{"message_id": "one that was seen", "amount": "{{ object.amount }}"}',
            ):
                with self.subTest(body, data_type=data_type), self.assertRaisesRegex(InlineError, "signed"):
                    Inline(body, data_type)

    def test_own_claims_and_what_is_not_signed_are_free(self):
        for data_type in SIGNED:
            Inline(
                '{"iss": "The Office", "sub": "{{object.name}}", "amount": "{{ object.amount_issued }}"}',
                data_type,
            )
        Inline('{"amount": "1"}', "json")

    def test_every_claim_that_a_verifier_shows_is_held_to_the_record(self):
        shown = {
            "reference",
            "amount",
            "currency",
            "payee_name",
            "end_to_end_id",
            "sub",
            "message_id",
            "total",
        }
        self.assertLessEqual({name.replace("_", "") for name in shown}, set(inline.FACTS))


class TestPages(BaseCase):
    def test_what_does_not_fit_on_a_page_is_told_without_the_payee(self):
        for markup in (
            '<p style="line-height: 9000pt">Zebediah</p>',
            '<div style="padding: 900mm">Zebediah</div>',
            '<table cellpadding="99999999"><tr><td>Zebediah</td></tr></table>',
        ):
            with self.subTest(markup), self.assertRaises(DocumentError) as caught:
                with self.assertLogs("odoo.addons.g2p_payment_files.documents.pdf", logging.INFO) as logs:
                    pdf.render(markup, Layout("pdf"))
            self.assertNotIn("Zebediah", f"{caught.exception.get_message()} {logs.output}")
            self.assertIsNone(caught.exception.__cause__)

    def test_cells_do_not_reach_over_more_than_a_page_can_hold(self):
        for span in ('colspan="100"', 'rowspan="100000000"', 'colspan="-1"', 't-att-colspan="object.number"'):
            with self.subTest(span):
                self.assertTrue(check_template(f"<table><tr><td {span}>a</td></tr></table>"))
        self.assertTrue(
            check_template('<table><tr><td t-attf-rowspan="9{{ object.number }}">a</td></tr></table>')
        )
        self.assertTrue(check_template('<table><colgroup><col span="1000"/></colgroup></table>'))
        self.assertFalse(check_template('<table><tr><td colspan="99" rowspan="2">a</td></tr></table>'))


class TestResults(BaseCase):
    def test_line_of_blanks_is_read_at_once(self):
        self.assertTrue(read_results(b" " * 20_000_000).errors)

    def test_entities_behind_a_long_comment_are_refused(self):
        stream = io.BytesIO()
        book = openpyxl.Workbook()
        book.active.append(["Reference", "Status"])
        book.save(stream)
        changed = io.BytesIO()
        with zipfile.ZipFile(stream) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                content = old.read(name)
                if name == "xl/worksheets/sheet1.xml":
                    start = content.index(b"<worksheet")
                    evil = b"<!--" + b"x" * 300_000 + b'--><!DOCTYPE worksheet [<!ENTITY a "b">]>'
                    content = content[:start] + evil + content[start:]
                new.writestr(name, content)
        self.assertIn("too large", read_results(changed.getvalue()).errors[0].message)


class TestSharedConfigurations(ConfigCase):
    def setUp(self):
        super().setUp()
        self.shared = self.env.ref("g2p_payment_files.payment_file_config_bank_csv")
        self.own = self.make_table("reference", "amount")

    def test_officer_moves_no_column_into_a_file_of_all_companies(self):
        with self.assertRaises(AccessError):
            self.own.column_ids[0].config_id = self.shared.id
        with self.assertRaises(AccessError):
            self.own.write(
                {"column_ids": [Command.update(self.own.column_ids[0].id, {"config_id": self.shared.id})]}
            )

    def test_officer_moves_no_code_into_a_file_of_all_companies(self):
        sheet = self.env.ref("g2p_payment_files.payment_file_config_voucher_sheet")
        own = self.make_config(
            qrcode_config_ids=[Command.create({"name": "c", "body_string": "{{ object.name }}"})]
        )
        with self.assertRaises(AccessError):
            own.qrcode_config_ids.payment_config_id = sheet.id

    def test_officer_makes_no_file_one_of_all_companies(self):
        with self.assertRaises(AccessError):
            self.own.company_id = False

    def test_wrong_claims_are_told_where_they_are_typed(self):
        code = {"name": "c", "data_type": "jwt", "body_string": '{"amount": "1"}'}
        with self.assertRaisesRegex(ValidationError, "signed"):
            self.make_config(qrcode_config_ids=[Command.create(code)])

    def test_template_that_comes_to_too_much_for_many_payments_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "would come to"):
            self.make_config(body_string=f"<p>{'x' * 390_000}</p>")
