"""Settings that can pay nobody are refused, all at once, and secrets stay with administrators."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

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

    # ---- the token --------------------------------------------------------------------------------------------
    def test_token_is_neither_read_nor_found_nor_exported_nor_written_by_others(self):
        manager = self.make_manager(self.program)
        export = self.env.ref("base.group_allow_export")
        for user in (self.officer, self.g2padmin, self.finance, self.releaser, self.validator):
            user.group_ids |= export
            mine = manager.with_user(user)
            with self.subTest(user.login):
                self.assertNotIn("api_token", mine.fields_get())
                self.assertNotIn("api_token", mine.read()[0])
                self.assertNotIn(TOKEN, str(mine.read()))
                for attempt in (
                    lambda mine=mine: mine.read(["api_token"]),
                    lambda mine=mine: mine.export_data(["api_token"]),
                    lambda mine=mine: mine.search([("api_token", "like", "canary%")]),
                    lambda mine=mine: mine.search([], order="api_token"),
                    lambda mine=mine: mine.formatted_read_group([], ["api_token"], ["__count"]),
                    lambda mine=mine: mine.write({"api_token": "x"}),
                ):
                    with self.assertRaises(AccessError):
                        attempt()
        self.assertEqual(manager.api_token, TOKEN)

    def test_token_is_not_copied(self):
        manager = self.make_manager(self.program)
        self.assertFalse(manager.copy().api_token)
        self.assertNotIn("api_token", manager.copy_data()[0])

    def test_token_shows_in_no_representation(self):
        manager = self.make_manager(self.program)
        client = manager._rail_client(manager._rail_settings())
        self.assertNotIn(TOKEN, repr(client._credentials) + repr(client) + str(manager._rail_settings()))
