"""Settings that can pay nobody are refused, all at once and with their reasons."""

from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools.translate import code_translations

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData, SubmissionData
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from .. import const
from .common import LOOPBACK, MODEL, TOKEN, G2PConnectManagerCase


@tagged("post_install", "-at_install")
class TestManagerSettings(G2PConnectManagerCase):
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
            payment_endpoint_url="http://pay.example.org",
            status_endpoint_url="no address",
            api_timeout=91,
            locale="en",
            payer_fa="7001002003",
            payee_id_type="reg_id",
            send_payments_domain="[('name', '=',",
        )
        self.assertEqual(len(text.splitlines()), 7, text)
        self.assertEqual(text.count("T Connect"), 7)
        for part in (
            "Payment Endpoint URL must begin with https://",
            "Status Endpoint URL is not a web address",
            "time-out of 91 seconds",
            "Locale en is not ISO 639-3",
            "Payer Financial Address 7001002003 is not one",
            "choose the Payee DFSP ID Type",
            "The filter of Filter Batches to Send of T Connect cannot be read",
        ):
            self.assertIn(part, text)

    def test_endpoints_are_https_or_on_this_machine_where_a_developer_says_so(self):
        table = [
            ("https://pay.example.org/disburse", True, True),
            ("https://pay.example.org:8443/x", True, True),
            ("http://pay.example.org/disburse", False, False),
            ("http://127.0.0.1:8080/disburse", False, True),
            ("http://localhost:8080", False, True),
            ("http://[::1]:8080", False, True),
            ("http://localhost.example.org", False, False),
            ("http://127.0.0.1.example.org", False, False),
            ("http://127.0.0.1@pay.example.org", False, False),
            ("https://user:secret@pay.example.org", False, False),
            ("ftp://pay.example.org", False, False),
            ("file:///etc/passwd", False, False),
            ("pay.example.org", False, False),
            ("https://", False, False),
            ("https://pay.example.org:99999999", False, False),
            ("https://[::1", False, False),
        ]
        for switch, column in ((False, 1), (True, 2)):
            self.env["ir.config_parameter"].set_param(LOOPBACK, switch and "True")
            for row in table:
                for name in ("payment_endpoint_url", "status_endpoint_url"):
                    with self.subTest(row[0], switch=switch, field=name):
                        self.assertEqual(not self.problems(**{name: row[0]}), row[column])

    def test_password_in_an_address_is_not_repeated_in_the_message(self):
        self.assertNotIn(
            "hunter2", self.problems(payment_endpoint_url="https://user:hunter2@pay.example.org")
        )

    def test_time_out_fits_the_job_host_or_is_refused_with_both_numbers(self):
        self.assertEqual(self.problems(api_timeout=90), "")
        text = self.problems(api_timeout=91)
        for number in ("91", "limit_time_real 120", "Use at most 90"):
            self.assertIn(number, text)
        for seconds in (0, -1):
            self.assertIn("at least 1 second", self.problems(api_timeout=seconds))

    def test_filter_is_parsed_and_never_evaluated(self):
        self.assertEqual(self.problems(send_payments_domain="[('name', 'like', 'Batch')]"), "")
        for text in (
            "[('name', '=',",
            "[('no_such_field', '=', 1)]",
            "[('id', '=', __import__('os').getpid())]",
            "[('create_uid', '=', uid)]",
            "name = 1",
            "1",
            "[1]",
        ):
            with self.subTest(text):
                self.assertIn("Filter Batches to Send of T Connect", self.problems(send_payments_domain=text))

    def test_write_is_checked_as_create_is(self):
        manager = self.make_manager(self.program)
        with self.assertRaisesRegex(ValidationError, "(?s)https://.*ISO 639-3"):
            manager.with_user(self.officer).write(
                {"payment_endpoint_url": "http://pay.example.org", "locale": "english"}
            )

    def test_last_batch_tag_must_take_all_that_is_left(self):
        with self.assertRaisesRegex(ValidationError, "T Narrow"):
            self.make_manager(
                self.program, batch_tag_ids=self.tags({"name": "T Narrow", "domain": "[('id', '=', 1)]"})
            )

    def test_prefix_follows_the_kind_of_payee(self):
        form = Form(self.make_manager(self.program))
        for kind, prefix in const.PREFIXES.items():
            if kind == form.payee_id_type:
                continue
            with self.subTest(kind):
                form.payee_id_type = kind
                self.assertEqual(form.payee_prefix or "", prefix)

    # ---- how much at a time -----------------------------------------------------------------------------------
    def test_batch_tag_whose_answer_could_not_be_read_is_refused_by_name(self):
        most = const.MAX_PAYMENTS_PER_BATCH
        tags = self.tags(
            {"name": "T Huge", "max_batch_size": most + 1, "domain": "[('id', '=', 1)]"},
            {"name": "T Endless", "max_batch_size": 10 * most, "domain": "[('id', '=', 1)]"},
            {"name": "T Large", "max_batch_size": most},
        )
        text = self.problems(batch_tag_ids=tags, locale="en")
        for part in ("T Huge", "T Endless", str(most), "T Connect", "Locale en"):
            self.assertIn(part, text)
        self.assertNotIn("T Large", text)
        self.assertEqual(self.problems(batch_tag_ids=tags, create_batch=False), "")

    def test_batch_tag_that_grew_later_stops_preparing_by_name(self):
        tags = self.tags({"name": "T Grows"})
        cycle, manager = self.make_payable(1, {"batch_tag_ids": tags})
        manager.batch_tag_ids.max_batch_size = const.MAX_PAYMENTS_PER_BATCH + 1
        with self.assertRaisesRegex(UserError, "T Grows.*10001.*10000"):
            cycle.prepare_payment()
        self.assertFalse(cycle.sudo().payment_batch_ids)
        manager.batch_tag_ids.max_batch_size = const.MAX_PAYMENTS_PER_BATCH
        cycle.prepare_payment()
        self.assertEqual(len(cycle.sudo().payment_batch_ids), 1)

    def test_batch_that_grew_by_hand_is_not_queued(self):
        cycle, _manager = self.make_payable(3)
        cycle.prepare_payment()
        batches = self.release(cycle)
        with (
            patch.object(const, "MAX_PAYMENTS_PER_BATCH", 2),
            self.assertRaisesRegex(UserError, "3 payments"),
        ):
            batches.send_payment()
        self.assertFalse(self.submissions(cycle))
        with patch.object(const, "MAX_PAYMENTS_PER_BATCH", 3):
            batches.send_payment()
        self.assertEqual(len(self.submissions(cycle)), 1)

    # ---- what stands in the way -------------------------------------------------------------------------------
    def test_every_reason_has_a_text_for_people(self):
        manager = self.make_manager(self.program)
        reasons = manager._get_reasons()
        self.assertEqual(set(reasons), set(const.REASONS))
        data = PaymentData(1, "PAY-1", "bank_acc_no", "1/2", "ABCD", "Fatu", "0", "SLE")
        found = manager._rail_findings([data])
        self.assertEqual(found, {"PAY-1": f"{reasons['address']}; {reasons['amount']}"})
        submission = SubmissionData("BATCH-1", 1, "", {}, ("PAY-1",))
        with self.assertRaises(RailRefusal) as caught:
            manager._rail_client(manager._rail_settings()).build(submission, [data])
        self.assertEqual(caught.exception.findings, found)

    def test_reasons_are_told_in_the_language_of_who_reads(self):
        manager = self.make_manager(self.program)
        source = manager._get_reasons()["payer"]
        self.env["res.lang"]._activate_lang("fr_FR")
        translated = {"g2p_payment_g2p_connect": {source: "adresse du payeur"}}
        with patch.object(
            code_translations, "get_python_translations", lambda module, lang: translated.get(module, {})
        ):
            self.assertEqual(manager.with_context(lang="fr_FR")._get_reasons()["payer"], "adresse du payeur")

    # ---- what is pinned ---------------------------------------------------------------------------------------
    def test_settings_of_another_version_of_this_addon_make_a_client(self):
        manager = self.make_manager(self.program)
        settings = manager._rail_settings()
        older = {name: value for name, value in settings.items() if name != "final_refusal_codes"}
        for stored in (older, settings | {"signer": "jws"}, older | {"note": None}, {}):
            with self.subTest(stored=sorted(set(stored) ^ set(settings))):
                rail = manager._rail_client(stored)
                self.assertEqual(rail._credentials.secrets.bearer_token, TOKEN)
                self.assertEqual(rail._settings.final_refusal_codes, "")
                self.assertEqual(rail._settings.payer_fa, stored.get("payer_fa", ""))
