from odoo.exceptions import ValidationError
from odoo.fields import Command

from .config_case import ConfigCase


class TestBatchTagFiles(ConfigCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env(user=cls.officer)["g2p.payment.batch.tag"].create({"name": "T Tag"})
        cls.bank = cls.env.ref("g2p_payment_files.payment_file_config_bank_csv")
        cls.pain = cls.env.ref("g2p_payment_files.payment_file_config_pain001")

    def test_officer_chooses_files(self):
        config = self.make_config()
        self.tag.file_config_ids = config | self.bank
        self.tag.render_files_per_payment = True
        self.assertEqual(self.tag.file_config_ids, config | self.bank)

    def test_files_are_one_for_each_batch_unless_said(self):
        self.assertFalse(self.tag.render_files_per_payment)

    def test_two_instructions_refused(self):
        self.tag.file_config_ids = self.bank
        with self.assertRaises(ValidationError) as caught:
            self.tag.file_config_ids = [Command.link(self.pain.id)]
        for name in (self.tag.name, self.bank.name, self.pain.name):
            self.assertIn(name, str(caught.exception))

    def test_files_of_another_company_refused(self):
        config = self.make_config()
        config.sudo().company_id = self.env["res.company"].create({"name": "T Other"})
        with self.assertRaises(ValidationError):
            self.tag.sudo().file_config_ids = config

    def test_shared_tag_takes_shared_files_only(self):
        own = self.make_config()
        shared = self.tag.with_user(self.g2padmin).sudo(False)
        shared.write({"company_id": False, "file_config_ids": [Command.set(self.bank.ids)]})
        with self.assertRaises(ValidationError):
            shared.file_config_ids = own

    def test_tags_show_their_files(self):
        for view in ("tree", "form"):
            view = self.env.ref(f"g2p_programs.view_payment_batch_tag_{view}")
            arch = self.tag.get_view(view.id, "list" if view.type == "list" else "form")["arch"]
            self.assertIn("file_config_ids", arch)
            self.assertIn("render_files_per_payment", arch)
