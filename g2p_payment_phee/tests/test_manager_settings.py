"""Settings that can pay nobody are refused, all at once and with their reasons."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools.translate import code_translations

from .. import const
from ..settings import Settings
from .manager_case import LOOPBACK, MODEL, PHEEManagerCase

URLS = (
    "auth_endpoint_url",
    "payment_endpoint_url",
    "status_endpoint_url",
    "details_endpoint_url",
    "batches_endpoint_url",
    "oidc_token_url",
)


@tagged("post_install", "-at_install")
class TestManagerSettings(PHEEManagerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.make_program()

    def problems(self, **vals):
        """Return what is said of a manager with these settings; an empty text when it is taken."""
        try:
            with self.env.cr.savepoint():
                self.env[MODEL].create(self.manager_vals(self.program, **vals)).flush_recordset()
        except ValidationError as error:
            return str(error)
        return ""

    def test_right_settings_are_taken(self):
        self.assertEqual(self.problems(), "")

    def test_all_errors_are_told_at_once_with_the_manager_and_the_remedy(self):
        text = self.problems(
            payment_endpoint_url="http://bulk.example.org",
            status_endpoint_url="no address",
            batch_request_timeout=91,
            tenant_id="żyrafa",
            payer_id_type=False,
            batch_purpose_header="سند",
            file_name_prefix="a/b",
            max_batch_size=0,
            payee_id_type="reg_id",
            hub_certificate="none",
        )
        self.assertEqual(text.count("T Hub"), len(text.splitlines()), text)
        for part in (
            "Payment Endpoint URL must begin with https://",
            "Status Endpoint URL is not a web address",
            "time-out of 91 seconds",
            "Tenant ID is missing or is no plain text",
            "Payer ID and its type are incomplete",
            "Batch Purpose is empty",
            "Filename Prefix may have",
            "Max Batch Size and Max File Size must be above 0",
            "choose the Payee DFSP ID Type",
            "Fill in Payee ID Type to Send",
            "Certificate of the Hub cannot be read",
        ):
            self.assertIn(part, text)

    def test_endpoints_are_https_or_on_this_machine_where_a_developer_says_so(self):
        table = [
            ("https://hub.example.org:8443/x", True, True),
            ("http://hub.example.org/x", False, False),
            ("http://127.0.0.1:8080/x", False, True),
            ("http://[::1]:8080", False, True),
            ("http://127.0.0.1.example.org", False, False),
            ("http://127.0.0.1@hub.example.org", False, False),
            ("https://user:hunter2@hub.example.org", False, False),
            ("file:///etc/passwd", False, False),
            ("https://", False, False),
            ("https://[::1", False, False),
        ]
        for switch, column in ((False, 1), (True, 2)):
            self.env["ir.config_parameter"].set_param(LOOPBACK, switch and "True")
            for row in table:
                for name in URLS:
                    with self.subTest(row[0], switch=switch, field=name):
                        text = self.problems(**{name: row[0]})
                        self.assertEqual(not text, row[column])
                        self.assertNotIn("hunter2", text)

    def test_repeated_key_is_never_taken_for_proof(self):
        self.assertIn("takes a repeated key for a new batch", self.problems(refuses_repeated_key=True))
        manager = self.make_manager(self.program)
        with self.assertRaisesRegex(ValidationError, "cannot be switched on"):
            manager.with_user(self.administrator).refuses_repeated_key = True
        self.env["ir.default"].set(MODEL, "refuses_repeated_key", True)
        self.assertIn("takes a repeated key for a new batch", self.problems())

    def test_versions_take_what_they_know_and_nothing_else(self):
        table = [
            ("v1.4", {"batch_type_header": "RAW"}, "pays nobody with RAW"),
            ("v1.6", {"csv_columns": "13"}, "does not take that many columns"),
            ("v1.8", {"csv_columns": "15"}, "does not take that many columns"),
            ("v1.11", {"csv_columns": "13"}, ""),
            ("v1.13", {"csv_columns": "15"}, ""),
            ("v1.13", {"batch_type_header": "RAW"}, ""),
        ]
        for version, vals, said in table:
            with self.subTest(version, **vals):
                text = self.problems(server_version=version, **vals)
                self.assertTrue(said in text if said else not text, text)

    def test_authentication_must_be_whole(self):
        for vals, is_whole in (
            ({"payment_auth": "hub"}, False),
            ({"payment_auth": "hub", "auth_endpoint_url": "https://ops.example.org/oauth/token"}, True),
            ({"status_auth": "oidc", "oidc_token_url": "https://id.example.org/token"}, False),
            (
                {
                    "status_auth": "oidc",
                    "oidc_token_url": "https://id.example.org/token",
                    "oidc_client_id": "g",
                },
                True,
            ),
            ({"status_auth": "api_key", "api_key_header": "bad header"}, False),
            ({"status_auth": "api_key"}, True),
        ):
            with self.subTest(**vals):
                text = self.problems(**vals)
                self.assertEqual("authentication is incomplete" not in text, is_whole, text)

    def test_payer_may_be_left_to_institution_and_program(self):
        vals = {"payer_id": False, "payer_id_type": False, "registering_institution_id": "123"}
        self.assertIn("Payer ID and its type are incomplete", self.problems(**vals))
        self.assertEqual(self.problems(**vals, hub_program_id="SocialWelfare"), "")

    def test_every_version_mode_and_kind_of_authentication_can_be_chosen(self):
        chosen = self.env[MODEL].fields_get(
            ["server_version", "payment_mode", "payment_auth", "status_auth", "csv_columns"]
        )
        keys = {name: [key for key, _label in one["selection"]] for name, one in chosen.items()}
        self.assertEqual(keys["server_version"], list(const.PROFILES))
        self.assertEqual(keys["payment_mode"], list(const.PAYMENT_MODES))
        self.assertEqual(keys["payment_auth"], list(const.AUTHS))
        self.assertEqual(keys["status_auth"], list(const.AUTHS))
        self.assertEqual(keys["csv_columns"], ["0", *map(str, const.COLUMNS)])

    # ---- what is pinned ---------------------------------------------------------------------------------------
    def test_every_setting_of_the_client_is_pinned_but_what_belongs_to_the_batch(self):
        manager = self.make_manager(self.program)
        of_batch = {"note", "cycle", "searched_from"}
        pinned = set(manager._rail_settings()) - of_batch
        self.assertEqual(pinned, set(manager._get_pinned_names()))
        self.assertLessEqual(set(manager._get_pinned_names().values()), set(manager._rail_pinned_fields()))
        self.assertEqual(Settings.from_stored(manager._rail_settings()), manager._get_client_settings())

    def test_pinned_fields_stay_while_a_batch_is_open(self):
        manager, _batches, submissions = self.make_open()
        for name, value in (
            ("payment_endpoint_url", "https://other.example.org/x"),
            ("tenant_id", "rhino"),
            ("payment_mode", "slcb"),
            ("csv_columns", "10"),
            ("hub_program_id", "X"),
            ("max_batch_bytes", 5000),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, submissions.name):
                manager.with_user(self.officer).write({name: value})
        manager.with_user(self.officer).write({"batch_request_timeout": 20, "tenant_id": "gorilla"})

    def test_release_form_shows_the_same_digest_to_everybody_and_on_every_day(self):
        _cycle, manager, batches = self.prepare()
        first = batches.get_release_summary()
        self.env["res.lang"]._activate_lang("fr_FR")
        other = batches.with_user(self.releaser).with_context(lang="fr_FR", tz="Asia/Tokyo")
        self.assertEqual(other.get_release_summary(), first)
        settings = manager._get_pinned_of(batches)
        self.assertEqual(settings.searched_from, batches.create_date.date().isoformat())
        self.release(batches)
        self.assertEqual(manager._get_pinned_of(batches), settings)

    def test_note_purpose_and_cycle_are_plain_text_whatever_the_program_is_called(self):
        program = self.make_program(self.make_registrants(1, accounts=True), fund=1000, name='=Aide "é", ملف')
        cycle = self.make_cycle(program, "approved")
        manager = self.make_manager(program, batch_purpose_header="Aide, sociale é")
        cycle.prepare_payment()
        settings = manager._get_pinned_of(cycle.sudo().payment_batch_ids)
        self.assertTrue(settings.note.startswith("Aide e"), settings.note)
        self.assertEqual(settings.batch_purpose_header, "Aide sociale e")
        for text in (settings.note, settings.cycle, settings.batch_purpose_header):
            self.assertTrue(text.isascii() and not set(text) & set(',"\n'), text)

    # ---- what stands in the way -------------------------------------------------------------------------------
    def test_every_finding_has_a_text_for_people(self):
        manager = self.make_manager(self.program)
        self.assertEqual(set(manager._get_setting_texts()), set(const.SETTING_REASONS))
        self.assertEqual(set(manager._get_row_texts()), set(const.ROW_REASONS))

    def test_missing_secrets_stop_preparing_by_name_and_are_shown(self):
        cycle, manager = self.make_payable(
            1,
            {
                "payment_auth": "hub",
                "status_auth": "api_key",
                "auth_endpoint_url": "https://ops.example.org/oauth/token",
                "signing_key": False,
            },
        )
        missing = manager.with_user(self.officer).missing_secrets
        for label in ("Username", "Password", "API Key of the Status Host", "Signing Key"):
            self.assertIn(f"{label} is missing", missing)
        with self.assertRaisesRegex(UserError, "(?s)Password is missing.*Signing Key is missing"):
            cycle.prepare_payment()
        manager.signing_key = "no key"
        self.assertIn("Signing Key cannot be read", manager.missing_secrets)
        manager.write({"server_version": "v1.6", "payment_auth": "none", "status_auth": "none"})
        self.assertFalse(manager.missing_secrets, "this version signs nothing")
        cycle.prepare_payment()
        self.assertTrue(cycle.sudo().payment_batch_ids)

    def test_registrants_that_cannot_be_paid_are_found_with_their_reasons(self):
        people = self.make_registrants(3, accounts=True)
        people[0].bank_ids.acc_number = "Żółw"
        people[1].bank_ids.acc_number = "False"
        cycle, _manager = self.make_payable(people)
        cycle.prepare_payment()
        self.assertEqual(cycle.sudo().payment_batch_ids.payment_ids.partner_id, people[2])
        findings = self.env["g2p.payment.finding"].search([("cycle_id", "=", cycle.id)])
        said = {one.partner_id: one.message for one in findings}
        self.assertIn("another alphabet", said[people[0]])
        self.assertIn("is empty", said[people[1]])

    def test_form_shows_what_matters_to_version_and_authentication(self):
        form = Form(self.make_manager(self.program).with_user(self.administrator))
        for name in ("auth_endpoint_url", "password", "oidc_token_url", "payment_api_key"):
            self.assertTrue(form._get_modifier(name, "invisible"), name)
        form.payment_auth = "hub"
        self.assertFalse(form._get_modifier("password", "invisible"))
        self.assertTrue(form._get_modifier("auth_endpoint_url", "required"))
        form.server_version = "v1.6"
        self.assertTrue(form._get_modifier("csv_columns", "invisible"))

    # ---- what officers and other addons call ------------------------------------------------------------------
    def test_program_offers_the_hub(self):
        kinds = dict(self.env["g2p.program.payment.manager"]._selection_manager_ref_id())
        self.assertEqual(kinds[MODEL], "Payment Hub EE")

    def test_payee_is_told_as_it_is_written_into_the_file(self):
        _cycle, manager, batches = self.prepare(members=1)
        payment = batches.payment_ids
        self.assertEqual(manager._get_dfsp_id_and_type(payment), ("accountNumber", payment.payee_id_value))

    def test_batches_are_as_large_as_manager_and_tag_allow(self):
        _cycle, _manager, batches = self.prepare(members=5, manager={"max_batch_size": 2})
        self.assertEqual(sorted(batches.mapped("stats_issued_transactions")), [1, 2, 2])

    def test_payees_with_the_same_account_and_amount_go_into_different_files(self):
        people = self.make_registrants(3, accounts=True)
        people[:2].bank_ids.write({"acc_number": "T-SHARED"})
        _cycle, manager, batches = self.prepare(members=people)
        self.assertEqual(len(batches), 1)
        self.assertEqual([len(one.payment_ids) for one in manager._rail_plan(batches)], [2, 1])

    def test_translations_of_this_addon_can_be_loaded(self):
        self.assertEqual(code_translations.get_python_translations("g2p_payment_phee", "en_US"), {})
