"""Settings that can pay nobody are refused, all at once and with their reasons."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import config
from odoo.tools.translate import code_translations

from .. import const
from ..settings import Settings
from .manager_case import LOOPBACK, MODEL, URLS, InteropManagerCase


@tagged("post_install", "-at_install")
class TestManagerSettings(InteropManagerCase):
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

    def test_right_settings_are_taken_in_both_modes(self):
        self.assertEqual((self.problems(), self.problems(mode="sdk")), ("", ""))

    def test_all_errors_are_told_at_once_with_the_manager_and_the_remedy(self):
        text = self.problems(
            payment_endpoint_url="http://layer.example.org/disbursement",
            status_endpoint_url="no address",
            check_endpoint_url="ftp://x",
            max_batch_size=1001,
            payee_id_type="reg_id",
            refuses_repeated_key=True,
        )
        self.assertEqual(text.count("T Layer"), len(text.splitlines()), text)
        for part in (
            "Payment Endpoint URL must begin with https://",
            "Status Endpoint URL is not a web address",
            "Payee Check URL is not a web address",
            "Max Batch Size is not 1 to 1000",
            "needs 1031 seconds",
            "choose the Payee DFSP ID Type",
            "cannot be switched on",
        ):
            self.assertIn(part, text)

    def test_direct_mode_has_limits_of_its_own(self):
        text = self.problems(mode="sdk", api_timeout=91, transfers_at_once=33, payer_id_value=False)
        for part in (
            "time-out of 91 seconds",
            "Transfers at Once is 33. Use 1 to 32",
            "Payer ID or its type",
        ):
            self.assertIn(part, text)
        self.assertIn("at least 1 second", self.problems(mode="sdk", api_timeout=0))
        self.assertIn("Transfers at Once is 0", self.problems(mode="sdk", transfers_at_once=0))
        # What the layer has no use for does not stand in its way.
        self.assertEqual(self.problems(api_timeout=9999, transfers_at_once=0, payer_id_value=False), "")

    def test_batch_must_fit_the_job_host_and_the_form_says_both_numbers(self):
        self.assertEqual(self.problems(max_batch_size=60), "", "60 s and 30 s are the 90 s that are there")
        text = self.problems(max_batch_size=61)
        for part in ("61 needs 91 seconds", "allows 90", "limit_time_real 120", "at most 60"):
            self.assertIn(part, text)
        config["limit_time_real"] = 0
        self.addCleanup(config.__setitem__, "limit_time_real", 120)
        self.assertEqual(self.problems(max_batch_size=1000), "", "this host has no limit")

    def test_endpoints_are_https_or_on_this_machine_where_a_developer_says_so(self):
        table = [
            ("https://layer.example.org:8443/x", True, True),
            ("http://layer.example.org/x", False, False),
            ("http://127.0.0.1:8080/x", False, True),
            ("http://127.0.0.1.example.org", False, False),
            ("http://127.0.0.1@layer.example.org", False, False),
            ("https://user:hunter2@layer.example.org", False, False),
            ("file:///etc/passwd", False, False),
            ("https://", False, False),
        ]
        for switch, column in ((False, 1), (True, 2)):
            self.env["ir.config_parameter"].set_param(LOOPBACK, switch and "True")
            for row in table:
                for name in URLS[:3]:
                    with self.subTest(row[0], switch=switch, field=name):
                        text = self.problems(**{name: row[0]})
                        self.assertEqual(not text, row[column])
                        self.assertNotIn("hunter2", text)

    def test_repeated_key_is_never_taken_for_proof(self):
        for mode in const.MODES:
            self.assertIn(
                "takes a repeated id for a new one", self.problems(mode=mode, refuses_repeated_key=True)
            )
        manager = self.make_manager(self.program)
        with self.assertRaisesRegex(ValidationError, "cannot be switched on"):
            manager.with_user(self.administrator).refuses_repeated_key = True
        self.env["ir.default"].set(MODEL, "refuses_repeated_key", True)
        self.assertIn("takes a repeated id", self.problems())

    def test_only_an_administrator_declares_that_aborted_proves_something(self):
        manager = self.make_manager(self.program)
        for user in (self.officer, self.g2padmin):
            for sudo in (False, True):
                with self.subTest(user.login, sudo=sudo):
                    mine = manager.with_user(user).sudo(sudo)
                    with self.assertRaisesRegex(AccessError, "only an administrator"):
                        mine.trust_aborted = True
                    with self.assertRaisesRegex(AccessError, "only an administrator"):
                        mine.create(self.manager_vals(self.program, trust_aborted=True))
        self.env["ir.default"].with_user(self.officer).set(MODEL, "trust_aborted", True, user_id=True)
        with self.assertRaises(AccessError):
            manager.with_user(self.officer).create(self.manager_vals(self.program))
        self.assertFalse(manager.trust_aborted)
        manager.with_user(self.administrator).trust_aborted = True
        manager.with_user(self.officer).write({"trust_aborted": True, "name": "T Other"})
        manager.with_user(self.officer).trust_aborted = False
        self.assertFalse(manager.copy_data()[0].get("trust_aborted"))

    # ---- kinds of identifiers ---------------------------------------------------------------------------------
    def test_type_to_send_follows_the_type_of_the_registry(self):
        defaults = {
            "bank_acc_no": "ACCOUNT_ID",
            "bank_acc_iban": "IBAN",
            "phone": "MSISDN",
            "email": "EMAIL",
            "reg_id": "PERSONAL_ID",
        }
        kind = self.env["g2p.id.type"].create({"name": "T Kind"})
        manager = self.make_manager(self.program, reg_id_type_for_payee_id=kind.id)
        self.assertEqual(manager.payee_id_type_to_send, "ACCOUNT_ID")
        for payee_id_type, sent in defaults.items():
            manager.payee_id_type = payee_id_type
            self.assertEqual(manager.payee_id_type_to_send, sent)
        manager.payee_id_type_to_send = "ALIAS"
        self.assertEqual(manager.payee_id_type_to_send, "ALIAS")
        manager.write({"payee_id_type": "email", "payee_id_type_to_send": "PERSONAL_ID"})
        self.assertEqual(manager.payee_id_type_to_send, "PERSONAL_ID")
        chosen = self.env[MODEL].fields_get(["payee_id_type_to_send"])["payee_id_type_to_send"]["selection"]
        self.assertEqual([key for key, _label in chosen], list(const.ID_TYPES))

    def test_type_to_send_is_none_but_the_eight(self):
        with self.assertRaises(ValueError):
            self.make_manager(self.program, payee_id_type_to_send="AADHAAR")
        self.assertIn("none of the eight", self.problems(payee_id_type_to_send=False))

    # ---- what is pinned ---------------------------------------------------------------------------------------
    def test_every_setting_of_the_client_is_pinned_but_what_belongs_to_the_batch(self):
        texts = ("auth_username", "oauth2_client_id", "oauth2_scope", "auth_header_name")
        manager = self.make_manager(
            self.program, oauth2_token_url="https://id.example.org/token", **dict.fromkeys(texts, "X-Key")
        )
        settings = manager._rail_settings()
        self.assertEqual(set(settings) - {"note", "access"}, set(manager._get_pinned_names()))
        pinned = {
            *manager._get_pinned_names(),
            *(name for name, value in settings["access"].items() if value),
        }
        self.assertLessEqual(pinned, set(manager._rail_pinned_fields()))
        self.assertEqual(Settings.from_stored(settings), manager._get_client_settings())

    def test_pinned_fields_stay_while_a_batch_is_open(self):
        manager, _batches, submissions = self.make_open()
        for name, value in (
            ("mode", "sdk"),
            ("payment_endpoint_url", "https://other.example.org/disbursement"),
            ("check_endpoint_url", "https://other.example.org/disbursementCheck"),
            ("payee_id_type", "phone"),
            ("payee_id_type_to_send", "ALIAS"),
            ("trust_aborted", True),
            ("max_batch_size", 10),
            ("auth_type", "basic"),
            ("oauth2_token_url", "https://other.example.org/token"),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, submissions.name):
                manager.with_user(self.administrator).write({name: value})
        manager.with_user(self.officer).write({"api_timeout": 20, "transfers_at_once": 4})

    def test_release_form_shows_the_same_digest_to_everybody(self):
        _cycle, manager, batches = self.prepare()
        first = batches.get_release_summary()
        self.env["res.lang"]._activate_lang("fr_FR")
        other = batches.with_user(self.releaser).with_context(lang="fr_FR", tz="Asia/Tokyo")
        self.assertEqual(other.get_release_summary(), first)
        settings = manager._get_pinned_of(batches)
        self.release(batches)
        self.assertEqual(manager._get_pinned_of(batches), settings)

    def test_note_is_one_line_of_at_most_128_characters(self):
        program = self.make_program(
            self.make_registrants(1, accounts=True), fund=1000, name="Aide\n\t«é» " + "long " * 40
        )
        cycle = self.make_cycle(program, "approved")
        manager = self.make_manager(program)
        cycle.prepare_payment()
        note = manager._get_pinned_of(cycle.sudo().payment_batch_ids).note
        self.assertTrue(note.startswith("Aide «é» long"), note)
        self.assertTrue(note.isprintable())
        self.assertLessEqual(len(note), 128)

    # ---- what stands in the way -------------------------------------------------------------------------------
    def test_every_finding_has_a_text_for_people(self):
        manager = self.make_manager(self.program)
        self.assertEqual(set(manager._get_setting_texts()), set(const.SETTING_REASONS))
        self.assertEqual(set(manager._get_row_texts()), set(const.ROW_REASONS))

    def test_missing_secrets_stop_preparing_by_name_and_are_shown(self):
        cycle, manager = self.make_payable(1, {"auth_type": "basic", "auth_username": "officer"})
        self.assertIn("Password", manager.with_user(self.officer).access_problems)
        with self.assertRaisesRegex(UserError, "Password"):
            cycle.prepare_payment()
        manager.auth_password = "secret"
        self.assertFalse(manager.access_problems)
        cycle.prepare_payment()
        self.assertTrue(cycle.sudo().payment_batch_ids)

    def test_registrants_that_cannot_be_paid_are_found_with_their_reasons(self):
        people = self.make_registrants(3, accounts=True)
        people[0].bank_ids.acc_number = "x" * 130
        people[1].bank_ids.acc_number = "False"
        cycle, _manager = self.make_payable(people)
        cycle.prepare_payment()
        self.assertEqual(cycle.sudo().payment_batch_ids.payment_ids.partner_id, people[2])
        said = self.findings(cycle)
        self.assertIn("more than 128 characters", said[people[0]])
        self.assertIn("is empty", said[people[1]])

    def test_currency_that_the_scheme_lacks_is_found_before_with_a_clear_text(self):
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "SLE")])
        currency = currency or self.env["res.currency"].create({"name": "SLE", "symbol": "Le"})
        currency.active = True
        program = self.make_program(
            self.make_registrants(1, accounts=True), fund=1000, currency_id=currency.id
        )
        cycle = self.make_cycle(program, "approved")
        self.make_manager(program)
        cycle.prepare_payment()
        self.assertFalse(cycle.sudo().payment_batch_ids)
        self.assertIn("of 2015 and lacks this one", " ".join(self.findings(cycle).values()))

    # ---- screens ----------------------------------------------------------------------------------------------
    def test_form_shows_what_matters_to_the_mode(self):
        form = Form(self.make_manager(self.program).with_user(self.administrator))
        for name in ("api_timeout", "transfers_at_once"):
            self.assertTrue(form._get_modifier(name, "invisible"), name)
        self.assertFalse(form._get_modifier("max_batch_size", "invisible"))
        self.assertFalse(form._get_modifier("trust_aborted", "invisible"))
        form.mode = "sdk"
        for name in ("max_batch_size", "trust_aborted"):
            self.assertTrue(form._get_modifier(name, "invisible"), name)
        self.assertFalse(form._get_modifier("transfers_at_once", "invisible"))
        self.assertTrue(form._get_modifier("payer_id_value", "required"))
        for auth, shown in (
            ("basic", "auth_password"),
            ("bearer", "bearer_token"),
            ("header", "auth_header_name"),
        ):
            self.assertTrue(form._get_modifier(shown, "invisible"))
            form.auth_type = auth
            self.assertFalse(form._get_modifier(shown, "invisible"))
        form.payee_id_type = "phone"
        self.assertEqual(form.payee_id_type_to_send, "MSISDN")
        self.assertFalse(form._get_modifier("phone_format", "invisible"))

    # ---- what officers and other addons call ------------------------------------------------------------------
    def test_program_offers_the_layer(self):
        kinds = dict(self.env["g2p.program.payment.manager"]._selection_manager_ref_id())
        self.assertEqual(kinds[MODEL], "Payments Interoperability Layer")

    def test_payee_is_told_as_it_is_sent(self):
        _cycle, manager, batches = self.prepare(members=1)
        payment = batches.payment_ids
        self.assertEqual(manager._get_dfsp_id_and_type(payment), ("ACCOUNT_ID", payment.payee_id_value))

    def test_deadline_follows_the_lines_by_the_layer_and_the_field_direct(self):
        manager = self.make_manager(self.program, max_batch_size=20, api_timeout=7, transfers_at_once=5)
        self.assertEqual((manager._rail_deadline_seconds(), manager._rail_at_once()), (50, 1))
        manager.write({"mode": "sdk", "payer_id_type": "ALIAS", "payer_id_value": "x"})
        self.assertEqual((manager._rail_deadline_seconds(), manager._rail_at_once()), (7, 5))
        self.assertGreaterEqual(manager._rail_settle_seconds(), 3 * 30)

    def test_batches_are_as_large_as_manager_and_tag_allow(self):
        _cycle, _manager, batches = self.prepare(members=5, manager={"max_batch_size": 2})
        self.assertEqual(sorted(batches.mapped("stats_issued_transactions")), [1, 2, 2])

    def test_batch_of_a_larger_tag_is_cut_into_disbursements(self):
        tag = self.env["g2p.payment.batch.tag"].create({"name": "T All", "max_batch_size": 400})
        _cycle, manager, batches = self.prepare(
            members=5, manager={"max_batch_size": 2, "batch_tag_ids": [(4, tag.id)]}
        )
        sizes = [len(one.payment_ids) for batch in batches for one in manager._rail_plan(batch)]
        self.assertEqual(sorted(sizes), [1, 2, 2])

    def test_direct_each_payment_is_a_submission_of_its_own(self):
        _manager, batches, submissions = self.make_open(members=5, manager={"mode": "sdk"})
        self.assertEqual(len(batches), 1, "max_batch_size is the layer's")
        self.assertEqual(submissions.mapped("payments_count"), [1] * 5)

    def test_payees_with_the_same_account_and_amount_go_into_different_disbursements(self):
        people = self.make_registrants(3, accounts=True)
        people[:2].bank_ids.write({"acc_number": "T-SHARED"})
        _cycle, manager, batches = self.prepare(members=people)
        self.assertEqual(len(batches), 1)
        self.assertEqual(sorted(len(one.payment_ids) for one in manager._rail_plan(batches)), [1, 2])

    def test_translations_of_this_addon_can_be_loaded(self):
        self.assertEqual(code_translations.get_python_translations("g2p_payment_interop_layer", "en_US"), {})
