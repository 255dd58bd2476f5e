"""The screens of officers and administrators open, and show what is theirs."""

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import signing_key
from .manager_case import MODEL, PHEEManagerCase

SECRETS = (
    "password",
    "authorization",
    "oidc_client_secret",
    "payment_api_key",
    "status_api_key",
    "signing_key",
)


@tagged("post_install", "-at_install")
class TestManagerScreens(PHEEManagerCase):
    def test_officer_sets_a_manager_up_and_sees_no_field_of_a_secret(self):
        program = self.make_program()
        form = Form(self.env[MODEL].with_user(self.officer).with_context(default_program_id=program.id))
        form.name = "T Form"
        form.payment_endpoint_url = "https://bulk.example.org/batchtransactions"
        form.status_endpoint_url = "https://ops.example.org/api/v1/batch"
        form.tenant_id = "gorilla"
        form.payment_mode = "closedloop"
        form.payer_id = "900100007781"
        manager = form.save()
        for name in SECRETS:
            self.assertNotIn(name, form._view["fields"])
            self.assertIn(f"has_{name}", form._view["fields"])
        self.assertIn("Signing Key is missing", manager.missing_secrets)
        self.assertEqual((manager.max_batch_size, manager.batch_request_timeout), (500, 10))
        self.assertEqual((manager.file_name_prefix, manager.batch_purpose_header), ("ph_ee_", "G2P Payment"))

    def test_administrator_enters_secrets_as_passwords(self):
        manager = self.make_manager(self.make_program(), signing_key=False)
        arch = self.env[MODEL].with_user(self.administrator).get_view(view_type="form")["arch"]
        for name in SECRETS:
            self.assertRegex(arch, f'<field name="{name}"[^>]*password="True"')
        with Form(manager.with_user(self.administrator)) as form:
            form.signing_key = signing_key()[0]
        self.assertTrue(manager.has_signing_key)

    def test_settings_page_is_for_administrators(self):
        form = Form(self.env["res.config.settings"].with_user(self.administrator))
        form.default_tenant_id = "gorilla"
        form.phee_username = "officer"
        form.save().execute()
        self.assertEqual(self.env[MODEL].default_get(["tenant_id"]), {"tenant_id": "gorilla"})
        for user in (self.officer, self.g2padmin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["res.config.settings"].with_user(user).create({})

    def test_lists_and_searches_open_for_everybody_who_reads_managers(self):
        for user in (self.officer, self.validator, self.finance, self.releaser, self.auditor, self.g2padmin):
            for kind in ("list", "form", "search"):
                with self.subTest(user.login, kind=kind):
                    self.assertTrue(self.env[MODEL].with_user(user).get_view(view_type=kind)["arch"])

    def test_batch_page_shows_files_and_the_hubs_ids(self):
        _manager, batches, _submissions = self.make_open(manager={"make_csv_at_prepare": True})
        form = Form(batches.with_user(self.officer))
        self.assertTrue(form.pays_by_hub)
        self.assertEqual(len(form.hub_file_ids), 1)
