import io

from lxml import etree
from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from ..documents.errors import DocumentError
from ..documents.layout import Layout
from ..documents.sample import sample_file, sample_payments
from .config_case import GOOD_BODY, ConfigCase

PRIVATE = ("render_and_store", "render_template", "render_html", "render_pdf", "render_csv")
READY_MADE = ("bank_csv", "pain001", "voucher_sheet", "pay_point_list")
CODE = {"name": "v", "body_string": "{{ object.name }}"}
WITH_CODE = "<p t-out=\"object.qrcode_ids.get_by_name('v').data\"/>"


class Store:
    """A document store as upstream's addons have it."""

    def __init__(self):
        self.files = []

    def add_file(self, data, name=None, extension=None, **_more):
        self.files.append((data, extension))
        return len(self.files)


class TestReadyMade(ConfigCase):
    def make(self, name, count=21):
        config = self.env.ref(f"g2p_payment_files.payment_file_config_{name}")
        layout = config._get_layout()
        payments = config._fill_codes(layout, sample_payments(count), config._get_default_provider())
        head = sample_file(payments, message_id="0" * 32)
        stream = io.BytesIO()
        parts = [
            config._make_part(layout, head, payments[:20]),
            config._make_part(layout, head, payments[20:]),
        ]
        config._join_parts(layout, head, parts, stream)
        return stream.getvalue()

    def test_all_of_them_are_in_order(self):
        for name in READY_MADE:
            config = self.env.ref(f"g2p_payment_files.payment_file_config_{name}")
            self.assertEqual(config._get_problems(), [], name)
            self.assertFalse(config.company_id)

    def test_bank_csv_has_each_payment_and_the_sum(self):
        lines = self.make("bank_csv").decode().splitlines()
        self.assertEqual(len(lines), 1 + 21 + 1)
        self.assertIn("1,00000000000040008000000000000001,Amina Diallo,", lines[1])
        self.assertIn("23887.50", lines[-1])

    def test_pain001_counts_and_sums(self):
        root = etree.fromstring(self.make("pain001"))
        texts = {etree.QName(one).localname: one.text for one in root.iter() if one.text}
        self.assertEqual((texts["NbOfTxs"], texts["CtrlSum"]), ("21", "23887.50"))

    def test_voucher_sheet_has_eight_to_a_page(self):
        pages = PdfReader(io.BytesIO(self.make("voucher_sheet", 24))).pages
        # twenty in the first part, four in the second
        self.assertEqual([len(page.images) for page in pages], [8, 8, 4, 4])
        text = pages[0].extract_text()
        self.assertIn("Amina Diallo", text)
        self.assertIn("1,012.50", text)
        self.assertIn("31 Mar 2030", text)

    def test_pay_point_list_has_the_total_once_at_its_end(self):
        pages = PdfReader(io.BytesIO(self.make("pay_point_list"))).pages
        texts = [page.extract_text() for page in pages]
        self.assertEqual(len(texts), 2)
        self.assertNotIn("Total:", texts[0])
        self.assertIn("23,887.50", texts[1])
        self.assertGreater(float(pages[0].mediabox.width), float(pages[0].mediabox.height))


class TestConstraints(ConfigCase):
    def assertRefused(self, *texts, **vals):
        with self.assertRaises(ValidationError) as caught:
            self.make_config(**vals)
        for text in texts:
            self.assertIn(text, str(caught.exception))

    def test_template_problem_told_with_its_line(self):
        self.assertRefused("Template, line 2: ", "“env”", body_string='<p>x</p>\n<p t-out="env"/>')

    def test_all_problems_told_at_once(self):
        self.assertRefused(
            "line 1", "line 2", "Margins", "Date Format", "T Config",
            body_string='<p t-out="env"/>\n<script/>', margin_left=150, margin_right=150, date_format="%99999d",
        )  # fmt: skip

    def test_what_shows_only_when_filled_in_is_told_too(self):
        self.assertRefused(
            "Template: ", "t-if",
            body_string='<t t-if="object.number == 0"><t t-set="a" t-value="1"/></t><p t-out="object.number + a"/>',
        )  # fmt: skip
        self.assertRefused(
            "Code v",
            "do not fit",
            body_string=WITH_CODE,
            qrcode_config_ids=[Command.create({**CODE, "qrcode_version": 1})],
        )

    def test_empty_template_refused(self):
        self.assertRefused("empty", body_string=False)

    def test_writing_is_checked_like_making(self):
        config = self.make_config()
        with self.assertRaises(ValidationError):
            config.body_string = '<p t-out="request"/>'

    def test_table_needs_columns(self):
        self.assertRefused("no columns", type="csv", body_string=False)

    def test_fixed_width_needs_widths(self):
        with self.assertRaises(ValidationError):
            self.make_table("reference", type="text")
        columns = [Command.create({"source": "reference", "width": 36})]
        self.assertTrue(
            self.make_config(type="text", body_string=False, column_ids=columns, has_header=False)
        )

    def test_last_column_stays(self):
        config = self.make_table("reference", "amount")
        config.column_ids[:1].unlink()
        with self.assertRaises(ValidationError):
            config.column_ids.unlink()

    def test_purpose_fits_the_type(self):
        self.assertRefused("pain.001", type="pain001", body_string=False)
        with self.assertRaises(ValidationError):
            self.make_table("reference", purpose="voucher")

    def test_code_the_template_needs_stays(self):
        config = self.make_config(body_string=WITH_CODE, qrcode_config_ids=[Command.create(CODE)])
        with self.assertRaises(ValidationError) as caught:
            config.qrcode_config_ids.unlink()
        self.assertIn("“v”", str(caught.exception))
        with self.assertRaises(ValidationError):
            config.qrcode_config_ids.name = "w"

    def test_code_and_template_can_change_together(self):
        config = self.make_config(body_string=WITH_CODE, qrcode_config_ids=[Command.create(CODE)])
        config.write(
            {
                "body_string": WITH_CODE.replace("'v'", "'w'"),
                "qrcode_config_ids": [Command.update(config.qrcode_config_ids.id, {"name": "w"})],
            }
        )
        self.assertEqual(config.qrcode_config_ids.name, "w")

    def test_wrong_code_refused(self):
        for vals, text in (
            (
                {"type": "code-128-barcode", "data_type": "json", "body_string": "{}"},
                "bars carry a String only",
            ),
            ({"body_string": False}, "empty"),
            ({"body_string": "{{ env }}"}, "“env”"),
            ({"data_type": "jwt", "body_string": "[1]"}, "JSON object"),
            ({"qrcode_version": 41}, "version"),
            ({"qrcode_box_size": 0}, "box size"),
            ({"qrcode_border": 21}, "border"),
        ):
            with self.subTest(**vals):
                self.assertRefused("Code v", text, qrcode_config_ids=[Command.create({**CODE, **vals})])

    def test_document_carries_no_signed_code(self):
        for data_type in ("jwt", "cwt"):
            code = {**CODE, "data_type": data_type, "body_string": '{"reference": "{{ object.name }}"}'}
            with self.subTest(data_type):
                self.assertRefused("carries no such code", qrcode_config_ids=[Command.create(code)])
                self.make_config(purpose="voucher", qrcode_config_ids=[Command.create(code)])

    def test_key_that_is_none_refused(self):
        self.assertRefused("OpenPGP key", openpgp_key="-----BEGIN PGP PUBLIC KEY BLOCK-----")

    def test_subject_says_what_it_is_printed_for(self):
        self.assertEqual(self.make_config().subject, "batch")
        self.assertEqual(self.make_config(body_string='<p t-out="object.payee_name"/>').subject, "payment")
        self.assertFalse(self.make_table("reference").subject)


class TestLayout(ConfigCase):
    def test_layout_is_what_was_set(self):
        config = self.make_table(
            "reference", "amount", csv_delimiter="tab", encoding="utf-8-sig", line_end="lf", decimal_mark=",",
            has_totals=False,
        )  # fmt: skip
        layout = config._get_layout()
        self.assertEqual(
            (
                layout.delimiter,
                layout.encoding,
                layout.bom,
                layout.line_end,
                layout.decimal_mark,
                layout.totals,
            ),
            ("\t", "utf-8", True, "\n", ",", False),
        )
        self.assertEqual([column.source for column in layout.columns], ["reference", "amount"])

    def test_columns_come_in_the_order_of_dragging(self):
        config = self.make_table("reference", "amount")
        config.column_ids[0].sequence = 99
        self.assertEqual([column.source for column in config._get_layout().columns], ["amount", "reference"])

    def test_frozen_layout_comes_back_whole(self):
        config = self.make_config(body_string=WITH_CODE, qrcode_config_ids=[Command.create(CODE)])
        layout = config._get_layout()
        self.assertEqual(Layout.from_stored(layout.to_stored()), layout)

    def test_encodings_are_all_known(self):
        config = self.make_table("reference")
        for encoding, _label in config._fields["encoding"].selection:
            config.encoding = encoding
            self.assertEqual(config._get_problems(), [], encoding)

    def test_columns_are_shown_while_they_are_edited(self):
        with Form(self.make_table("payee_name")) as form:
            self.assertIn("Amina Diallo", form.columns_preview)
            with form.column_ids.new() as line:
                line.source = "amount"
            form.csv_delimiter = "semicolon"
            self.assertIn("Amina Diallo;1012.50", form.columns_preview)
            form.encoding = "ascii"
            self.assertIn("00000000-0000-4000-8000-000000000003", form.columns_preview)
        self.assertFalse(self.make_config().columns_preview)

    def test_problems_are_shown_while_it_is_edited(self):
        config = self.make_config()
        form = Form(config)
        self.assertFalse(form.problems)
        form.body_string = f'<p t-out="object.secret"/>\n{GOOD_BODY}'
        self.assertIn("Template, line 1:", form.problems)
        form.body_string = GOOD_BODY
        self.assertFalse(form.problems)
        self.assertFalse(Form(self.configs).problems, "nothing is wrong before somebody has begun")
        self.assertFalse(config.problems)

    def test_copy_has_its_own_columns_and_codes(self):
        config = self.make_config(body_string=WITH_CODE, qrcode_config_ids=[Command.create(CODE)])
        copy = config.copy()
        self.assertEqual(copy.name, "T Config (copy)")
        self.assertEqual(copy.qrcode_config_ids.name, "v")
        self.assertNotEqual(copy.qrcode_config_ids, config.qrcode_config_ids)
        self.assertEqual(self.make_table("reference").copy().column_ids.source, "reference")


class TestRights(ConfigCase):
    def test_officer_changes_own_but_not_shared(self):
        self.make_config().name = "Other"
        shared = self.env.ref("g2p_payment_files.payment_file_config_bank_csv")
        officers = shared.with_user(self.officer)
        self.assertTrue(officers.name)
        for change in (
            lambda: officers.write({"name": "Other"}),
            lambda: officers.column_ids[0].write({"header": "Other"}),
            lambda: officers.column_ids.unlink(),
            lambda: officers.write({"column_ids": [Command.create({"source": "empty"})]}),
        ):
            with self.assertRaises(AccessError):
                change()
        shared.with_user(self.g2padmin).name = "Other"

    def test_own_copy_of_shared_can_be_changed(self):
        shared = self.env.ref("g2p_payment_files.payment_file_config_bank_csv").with_user(self.officer)
        copy = shared.copy()
        self.assertEqual(copy.company_id, self.env.company)
        copy.name = "Ours"
        copy.column_ids[0].header = "Line"

    def test_officer_deletes_none(self):
        with self.assertRaises(AccessError):
            self.make_config().unlink()

    def test_others_read_only(self):
        config = self.make_config()
        for user in (self.finance, self.releaser):
            theirs = config.with_user(user)
            self.assertTrue(theirs.name)
            with self.assertRaises(AccessError):
                theirs.name = "x"
        portal = new_test_user(self.env, "t_portal_files", groups="base.group_portal")
        for user in (self.nobody, portal):
            with self.assertRaises(AccessError):
                config.with_user(user).read(["name"])

    def test_other_companies_are_hidden(self):
        other = self.env["res.company"].create({"name": "T Other"})
        config = self.make_config()
        config.sudo().company_id = other
        self.assertFalse(self.configs.search([("id", "=", config.id)]))

    def test_makers_of_bytes_are_off_rpc(self):
        for name in PRIVATE:
            self.assertTrue(getattr(getattr(type(self.configs), name), "_api_private", False), name)


class TestDocuments(ConfigCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.batch = cls.make_batch()
        cls.payments = cls.batch.payment_ids.sorted("id")

    def test_batch_as_html(self):
        text = self.make_config().render_html("g2p.payment.batch", self.batch.id)
        self.assertEqual([text.count(f"Payee {number}<") for number in (1, 2, 3)], [1, 1, 1])
        self.assertIn("Content-Security-Policy", text)

    def test_payment_as_pdf(self):
        config = self.make_config(body_string='<p t-out="object.payee_name"/>', type="pdf")
        data = config.render_template("g2p.payment", self.payments[1].id)
        self.assertEqual(PdfReader(io.BytesIO(data)).pages[0].extract_text().strip(), "Payee 2")

    def test_batch_of_single_documents_has_a_page_each(self):
        config = self.make_config(body_string='<p t-out="object.payee_name"/>', type="pdf")
        pages = PdfReader(io.BytesIO(config.render_pdf("g2p.payment.batch", self.batch.id))).pages
        self.assertEqual([page.extract_text().strip() for page in pages], ["Payee 1", "Payee 2", "Payee 3"])

    def test_batch_as_csv(self):
        data = self.make_table("number", "payee_name", "amount").render_csv(
            "g2p.payment.batch", self.batch.id
        )
        lines = data.decode().splitlines()
        self.assertEqual(lines[1:4], ["1,Payee 1,101.00", "2,Payee 2,102.00", "3,Payee 3,103.00"])
        self.assertIn("306.00", lines[4])

    def test_stored_as_attachments_in_order(self):
        config = self.make_table("payee_name")
        made = config.sudo().render_and_store("g2p.payment", self.payments.ids[::-1])
        self.assertEqual([one.res_id for one in made], self.payments.ids[::-1])
        self.assertIn(b"Payee 3", made[0].raw)
        self.assertTrue(made[0].name.endswith(".csv"))

    def test_stored_in_a_document_store(self):
        store = Store()
        config = self.make_table("payee_name")
        self.assertEqual(config.render_and_store("g2p.payment.batch", [self.batch.id], store), [1])
        self.assertEqual(store.files[0][1], ".csv")

    def test_other_models_refused(self):
        with self.assertRaises(UserError):
            self.make_config().render_html("res.partner", self.officer.partner_id.id)

    def test_what_cannot_be_shown_is_named(self):
        config = self.make_table("payee_name", encoding="ascii")
        self.payments[1]._guarded_write({"payee_name": "Zoë"})
        with self.assertRaises(UserError) as caught:
            config.render_template("g2p.payment.batch", self.batch.id)
        self.assertIn(self.payments[1].name, str(caught.exception))

    def test_template_that_cannot_be_filled_in_says_where(self):
        config = self.make_config()
        layout = config._get_layout()
        payments = sample_payments(1)
        body = GOOD_BODY.replace("payment.payee_name", "payment.number + amount")
        layout = Layout("html", body=f'<t t-if="not payments" ><t t-set="amount" t-value="1"/></t>{body}')
        with self.assertRaises(DocumentError) as caught:
            config._render_markup(layout, sample_file(payments), payments)
        self.assertIn("t-if", caught.exception.text)
