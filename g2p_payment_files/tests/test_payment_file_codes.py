from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .config_case import ConfigCase

CODE = {"name": "v", "body_string": "{{ object.name }}"}


class TestCodes(ConfigCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.batch = cls.make_batch()
        cls.payments = cls.batch.payment_ids.sorted("id")
        cls.provider = cls.env.ref("g2p_payment_files.encryption_provider_default")
        token = {
            "name": "token",
            "data_type": "jwt",
            "body_string": '{"reference": "{{ object.name }}", "payee_name": "{{ object.payee_name }}"}',
        }
        cls.config = cls.make_config(
            purpose="voucher", qrcode_config_ids=[Command.create(CODE), Command.create(token)]
        )

    def render(self, user=None):
        codes = self.config.qrcode_config_ids.with_user(user or self.officer)
        return codes.render_datas_and_store("g2p.payment", self.payments.ids, self.provider)

    def test_each_payment_has_each_code(self):
        rows = self.render()
        self.assertEqual(len(rows), 6)
        mine = self.payments[0].with_user(self.officer).qrcode_ids
        self.assertEqual(mine.get_by_name("v").data, self.payments[0].name)
        self.assertIsNone(mine.get_by_name("w"))
        self.assertTrue(mine.get_by_name("v").content_htmlsafe.startswith("data:image/svg+xml;base64,"))
        self.assertTrue(mine.get_by_name("v").content_htmlsafe.endswith(mine.get_by_name("v").content_base64))

    def test_token_is_signed_with_the_name_as_it_is(self):
        evil = '", "amount": "1", "x": "'
        self.payments[0]._guarded_write({"payee_name": evil})
        self.render()
        token = self.payments[0].with_user(self.officer).qrcode_ids.get_by_name("token").data
        claims = self.provider.jwt_verify(token)
        self.assertEqual(claims["payee_name"], evil)
        self.assertNotIn("amount", claims)

    def test_rows_are_seen_by_who_made_them(self):
        rows = self.render()
        with self.assertRaises(AccessError):
            rows.with_user(self.g2padmin).read(["data"])
        with self.assertRaises(AccessError):
            rows.with_user(self.nobody).read(["data"])
        self.assertFalse(self.payments[0].with_user(self.g2padmin).qrcode_ids)

    def test_batch_has_codes_too(self):
        code = self.config.qrcode_config_ids[0]
        row = code.render_datas_and_store("g2p.payment.batch", self.batch.ids, self.provider)
        self.assertEqual((row.payment_batch_id, row.data), (self.batch, self.batch.name))

    def test_no_provider_is_an_error(self):
        with self.assertRaises(UserError) as caught:
            self.config.qrcode_config_ids.render_datas_and_store(
                "g2p.payment", self.payments.ids, self.env["g2p.encryption.provider"]
            )
        self.assertIn("encryption provider", str(caught.exception))

    def test_token_of_a_finished_document_is_signed(self):
        config = self.make_config(
            purpose="voucher",
            body_string="<p t-out=\"object.qrcode_ids.get_by_name('t').data\"/>",
            qrcode_config_ids=[
                Command.create(
                    {"name": "t", "data_type": "jwt", "body_string": '{"reference": "{{ object.name }}"}'}
                )
            ],
        )
        text = config.render_html("g2p.payment", self.payments[0].id)
        token = text.partition("<p>")[2].partition("</p>")[0]
        self.assertEqual(self.provider.jwt_verify(token)["reference"], self.payments[0].name)
