import base64
import io

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..wizards.payment_file_preview import MARK, MAX_PAYMENTS
from .config_case import ConfigCase

TOKEN = {"name": "t", "data_type": "jwt", "body_string": '{"reference": "{{ object.name }}"}'}


class TestPreview(ConfigCase):
    def show(self, config, user=None, **vals):
        action = config.with_user(user or self.officer).action_preview()
        preview = self.env(user=user or self.officer)[action["res_model"]].browse(action["res_id"])
        if vals:
            preview.write(vals)
            preview.action_show()
        return preview

    def read_pdf(self, preview):
        data = base64.b64decode(preview.with_context(bin_size=False).pdf_content)
        return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]

    def test_sample_is_shown_at_once(self):
        preview = self.show(self.make_config())
        self.assertIn("Amina Diallo", preview.html_content)
        self.assertFalse(preview.problem)

    def test_each_type_says_what_it_is(self):
        for name in ("bank_csv", "pain001"):
            preview = self.show(self.env.ref(f"g2p_payment_files.payment_file_config_{name}"))
            self.assertFalse(preview.problem)
            self.assertIn(MARK, preview.html_content)
            self.assertIn("<pre>", preview.html_content)
        self.assertIn("Amina Diallo", self.show(self.make_table("payee_name", type="xlsx")).html_content)
        columns = [Command.create({"source": "payee_name", "width": 60})]
        text = self.make_config(type="text", body_string=False, column_ids=columns, has_totals=False)
        self.assertIn("Amina Diallo", self.show(text).html_content)
        for name in ("voucher_sheet", "pay_point_list"):
            preview = self.show(
                self.env.ref(f"g2p_payment_files.payment_file_config_{name}"), sample_count=30
            )
            texts = self.read_pdf(preview)
            self.assertGreater(len(texts), 1)
            for text in texts:
                self.assertIn("NOT FOR PAYMENT", text)

    def test_there_is_no_message_id_to_pay_by(self):
        preview = self.show(self.env.ref("g2p_payment_files.payment_file_config_pain001"))
        self.assertIn("&lt;MsgId&gt;PREVIEW&lt;/MsgId&gt;", preview.html_content.replace(" ", ""))

    def test_nothing_is_signed(self):
        config = self.make_config(
            purpose="voucher",
            body_string="<p t-out=\"object.qrcode_ids.get_by_name('t').data\"/>",
            qrcode_config_ids=[Command.create(TOKEN)],
        )
        self.assertIn("PREVIEW.NOT-SIGNED.", self.show(config).html_content)

    def test_chosen_batch_and_payment_are_shown(self):
        batch = self.make_batch()
        payment = batch.payment_ids.sorted("id")[1]
        preview = self.show(self.make_config(), batch_id=batch.id)
        self.assertEqual([preview.html_content.count(f"Payee {n}<") for n in (1, 2, 3)], [1, 1, 1])
        preview = self.show(self.make_table("payee_name", "total"), payment_id=payment.id)
        self.assertIn("Payee 2", preview.html_content)
        self.assertNotIn("Payee 1", preview.html_content)

    def test_large_batch_is_shown_in_part(self):
        batch = self.make_batch(MAX_PAYMENTS + 5)
        preview = self.show(self.make_table("payee_name", has_totals=False), batch_id=batch.id)
        self.assertEqual(preview.html_content.count("Payee "), MAX_PAYMENTS + 1)

    def test_empty_batch_says_so(self):
        batch = self.make_batch(1)
        batch.payment_ids._guarded_write({"state": "cancelled"})
        preview = self.show(self.make_config(), batch_id=batch.id)
        self.assertIn(batch.name, preview.problem)

    def test_what_cannot_be_shown_is_a_problem_not_a_crash(self):
        preview = self.show(self.make_table("payee_name", encoding="ascii"))
        self.assertIn("00000000-0000-4000-8000-000000000003", preview.problem)
        self.assertFalse(preview.html_content)

    def test_others_cannot_see_it(self):
        preview = self.show(self.make_config())
        with self.assertRaises(AccessError):
            preview.with_user(self.g2padmin).read(["html_content"])
        with self.assertRaises(AccessError):
            preview.with_user(self.finance).read(["html_content"])

    def test_payments_of_another_company_are_refused(self):
        batch = self.make_batch()
        preview = self.show(self.make_config())
        batch._guarded_write({"company_id": self.env["res.company"].create({"name": "T Other"}).id})
        with self.assertRaises(UserError):
            preview.write({"batch_id": batch.id})
            preview.action_show()

    def test_name_cannot_leave_the_frame(self):
        batch = self.make_batch(1)
        batch.payment_ids._guarded_write({"payee_name": "</pre><script>alert(1)</script>"})
        for config in (
            self.make_config(),
            self.make_table("payee_name"),
            self.make_table("payee_name", type="xlsx"),
        ):
            content = self.show(config, batch_id=batch.id).html_content
            self.assertNotIn("<script", content)
            self.assertIn("&lt;script&gt;", content)
            self.assertIn("default-src 'none'", content)
