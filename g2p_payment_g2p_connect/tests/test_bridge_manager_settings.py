"""The third mode on the form: its own fields, all that is wrong at once, and secrets that stay where they are."""

from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, PaymentData

from .. import const
from ..bridge import const as bridge
from ..bridge.client import BridgeClient
from ..bridge.settings import BridgeSettings
from ..check import Check
from ..client import G2PConnectClient
from .bridge_manager_case import URLS, BridgeManagerCase, answer
from .common import MODEL, G2PConnectManagerCase


@tagged("post_install", "-at_install")
class TestBridgeManagerSettings(BridgeManagerCase):
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

    # ---- what is wrong ----------------------------------------------------------------------------------------
    def test_right_settings_are_taken_without_payer_and_locale(self):
        self.assertEqual(self.problems(), "")

    def test_all_errors_are_told_at_once_with_the_manager_and_the_remedy(self):
        text = self.problems(
            envelope_creation_url="http://bridge.example.org/create",
            envelope_status_url=False,
            envelope_amend_url="ftp://bridge.example.org",
            api_timeout=91,
            benefit_program_mnemonic=" T ",
            disbursement_frequency=False,
            schedule_date_source=False,
            schedule_days_ahead=-1,
            reversal_watch_days=-1,
            payee_prefix="no prefix",
            payee_id_type="reg_id",
        )
        self.assertEqual(len(text.splitlines()), 11, text)
        self.assertEqual(text.count("T Connect"), 11, text)
        for part in (
            "Envelope Creation URL must begin with https://",
            "Envelope Status URL is not a web address",
            "Envelope Amendment URL is not a web address",
            "time-out of 91 seconds",
            "Program Mnemonic is missing, or has blanks",
            "Frequency is missing",
            "choose the day that envelopes are Paid On",
            "Days Ahead cannot be below 0",
            "Watch for Reversals cannot be below 0",
            "Payee Prefix is not one",
            "choose the Payee DFSP ID Type",
        ):
            self.assertIn(part, text)

    def test_addresses_that_follow_from_another_are_asked_for_only_where_they_do_not(self):
        text = self.problems(envelope_creation_url="https://bridge.example.org/v2/envelopes")
        self.assertEqual(len(text.splitlines()), 2, text)
        self.assertIn("Envelope Amendment URL is missing", text)
        self.assertIn("Envelope Cancellation URL is missing", text)
        self.assertEqual(
            self.problems(
                envelope_creation_url="https://bridge.example.org/v2/envelopes",
                envelope_amend_url="https://bridge.example.org/v2/amend",
                envelope_cancel_url="https://bridge.example.org/v2/cancel",
            ),
            "",
        )

    def test_a_bridge_reads_nothing_encrypted(self):
        text = self.problems(encrypts=True)
        self.assertIn("the bridge reads no encrypted messages", text)

    def test_what_only_the_other_modes_need_is_still_needed_there(self):
        for mode in const.OFFICIAL_MODES:
            text = self.problems(api_mode=mode, callback_base_url="https://odoo.example.org")
            self.assertIn("Locale  is not ISO 639-3", text)
            self.assertIn("Payer Financial Address  is not one", text)

    def test_what_only_the_bridge_needs_is_not_needed_elsewhere(self):
        vals = G2PConnectManagerCase.manager_vals(
            self.program, schedule_date_source=False, disbursement_frequency=False, schedule_days_ahead=-1
        )
        manager = self.env[MODEL].create(vals)
        self.assertFalse(manager.envelope_creation_url)
        with self.assertRaisesRegex(ValidationError, "(?s)Envelope Creation URL.*Program Mnemonic"):
            manager.api_mode = "bridge"

    def test_any_size_of_a_batch_can_be_read(self):
        tags = self.tags({"name": "T Huge", "max_batch_size": 10 * const.MAX_PAYMENTS_PER_BATCH})
        self.assertEqual(self.problems(batch_tag_ids=tags), "")

    def test_every_key_of_the_client_has_a_text_for_people(self):
        manager = self.make_manager(self.program)
        self.assertEqual(set(manager._get_bridge_reasons()), {*bridge.ROW_REASONS, *bridge.REQUEST_REASONS})
        self.assertEqual(set(manager._get_bridge_setting_texts()), set(bridge.SETTING_REASONS))
        self.assertEqual(set(manager._get_attention_texts()), set(bridge.ATTENTIONS))
        self.assertEqual(
            {key for key, _label in manager._fields["disbursement_frequency"].selection},
            set(bridge.FREQUENCIES),
        )
        texts = [*manager._get_bridge_reasons().values(), *manager._get_attention_texts().values()]
        self.assertFalse([text for text in texts if "%s" in text])

    # ---- what the form shows ----------------------------------------------------------------------------------
    def shown(self, mode):
        """Return the fields that an administrator sees in a mode, where nothing is set that only others have."""
        view = self.env[MODEL].get_view(view_type="form")
        tree = etree.fromstring(view["arch"])
        values = {
            "api_mode": mode, "id": 1, "signer": "none", "encrypts": False, "has_decryption_key": False,
            "auth_type": "none", "payee_id_type": "phone", "create_batch": True, "final_refusal_codes": "x",
            "tls_client_certificate": False, "has_tls_client_key": False, "dispatch_paused": False,
            "connection_is_good": False, "connection_result": False, "access_problems": False,
        }  # fmt: skip
        shown = set()
        for node in tree.iter("field"):
            hidden = [one.get("invisible", "False") for one in (node, *node.iterancestors())]
            if not any(eval(rule, {}, values) for rule in hidden):
                shown.add(node.get("name"))
        return shown

    def test_each_mode_shows_its_own_fields_only(self):
        sync, asynchronous, bridged = (self.shown(mode) for mode in const.API_MODES)
        own = {
            "envelope_creation_url", "envelope_status_url", "envelope_amend_url", "envelope_cancel_url",
            "benefit_program_mnemonic", "disbursement_frequency", "schedule_date_source", "schedule_days_ahead",
            "reversal_watch_days",
        }  # fmt: skip
        self.assertEqual(bridged - sync, own)
        foreign = {
            "payer_fa", "payer_name", "locale", "status_action", "refuses_repeated_key", "final_refusal_codes",
            "signer", "clock_skew", "encrypts", "decryption_key", "decryption_key_id", "has_decryption_key",
        }  # fmt: skip
        self.assertLessEqual(foreign - {"status_action"}, sync)
        self.assertFalse(foreign & bridged)
        callbacks = {"callback_base_url", "callback_url", "callback_token", "has_callback_token"}
        self.assertEqual(asynchronous - sync, callbacks)
        self.assertFalse(callbacks & bridged)

    def test_the_form_demands_what_the_mode_needs(self):
        manager = self.make_manager(self.program)
        with Form(manager) as form:
            form.benefit_program_mnemonic = "OTHER"
        for name in ("envelope_creation_url", "benefit_program_mnemonic"):
            form = Form(manager)
            form[name] = False
            with self.subTest(name), self.assertRaises(AssertionError):
                form.save()
        form = Form(manager)
        form.api_mode = "sync"
        with self.assertRaises(AssertionError):
            form.save()

    # ---- what is pinned ---------------------------------------------------------------------------------------
    def test_what_is_pinned_makes_the_client_of_its_mode(self):
        manager = self.make_manager(self.program, note="Cash", schedule_days_ahead=2)
        settings = manager._rail_settings()
        self.assertEqual(
            (settings["api_mode"], settings["narrative"], settings["schedule_days_ahead"]),
            ("bridge", "Cash", 2),
        )
        self.assertEqual({name: settings[name] for name in URLS}, URLS)
        self.assertIsInstance(manager._rail_client(settings), BridgeClient)
        official = {name: value for name, value in settings.items() if name != "api_mode"}
        self.assertIsInstance(manager._rail_client(official), G2PConnectClient)

    def test_everything_that_the_client_depends_on_is_pinned(self):
        manager = self.make_manager(self.program)
        settings = manager._rail_settings()
        known = set(BridgeSettings().__dataclass_fields__) | {"schedule_date_source", "schedule_days_ahead"}
        self.assertEqual(set(settings), known)
        of_the_step = {
            "cycle_code_mnemonic", "disbursement_schedule_date", "disbursement_envelope_id",
            "disbursements_before", "amount_before", "disbursements_perhaps", "amount_perhaps", "in_doubt",
            "carried_beneficiaries", "carried_disbursements", "carried_amount",
        }  # fmt: skip
        depends = (set(settings) - of_the_step - {"access", "narrative"}) | set(settings["access"])
        depends -= {"tls_ca", "tls_client_certificate"}
        self.assertLessEqual(depends, set(manager._rail_pinned_fields()))

    def test_settings_cannot_change_while_an_envelope_is_open(self):
        _cycle, manager, submissions = self.make_open()
        for name, value in {
            "envelope_creation_url": "https://other.example.org/create_disbursement_envelope",
            "envelope_cancel_url": "https://other.example.org/cancel_disbursement_envelope",
            "benefit_program_mnemonic": "OTHER",
            "disbursement_frequency": "Daily",
            "schedule_days_ahead": 3,
            "schedule_date_source": "cycle_end",
            "api_mode": "sync",
        }.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, submissions[0].name):
                manager.with_user(self.officer).write({name: value})
        manager.with_user(self.officer).write({"reversal_watch_days": 5, "note": "Cash"})

    # ---- secrets ----------------------------------------------------------------------------------------------
    def test_secrets_go_to_no_address_that_an_administrator_has_not_seen(self):
        other = "https://other.example.org/create_disbursement_envelope"
        for name in (
            "envelope_creation_url",
            "envelope_status_url",
            "envelope_amend_url",
            "envelope_cancel_url",
        ):
            manager = self.make_manager(self.program, auth_type="bearer", api_token="canary")
            manager.with_user(self.officer).write({name: other})
            with self.subTest(name):
                self.assertFalse(manager.api_token)

    def test_secrets_are_gone_when_somebody_else_changes_to_or_from_the_bridge(self):
        """The other mode's addresses were not on the form when an administrator entered the secrets."""
        hidden = self.env[MODEL].create(G2PConnectManagerCase.manager_vals(self.program, api_token=False))
        bridge_vals = {name: URLS[name] for name in ("envelope_creation_url", "envelope_status_url")}
        hidden.with_user(self.officer).write({**bridge_vals, "benefit_program_mnemonic": "T"})
        hidden.api_token = "canary"
        hidden.with_user(self.officer).api_mode = "bridge"
        self.assertFalse(hidden.api_token)
        hidden.api_token = "canary"
        hidden.with_user(self.officer).api_mode = "bridge"
        self.assertTrue(hidden.api_token, "nothing changed")
        hidden.with_user(self.officer).api_mode = "sync"
        self.assertFalse(hidden.api_token)
        hidden.api_token = "canary"
        hidden.api_mode = "bridge"
        self.assertTrue(hidden.api_token, "an administrator has seen the addresses")

    def test_secrets_of_today_do_not_go_to_addresses_of_yesterday(self):
        """Where something is watched for reversals, the addresses may have changed meanwhile."""
        manager = self.make_manager(self.program, auth_type="bearer", api_token="canary")
        pinned = manager._rail_settings()
        self.assertEqual(manager._rail_client(pinned)._credentials.secrets.bearer_token, "canary")
        for change in (
            {"status_endpoint_url": "https://other.example.org/get_disbursement_status"},
            {"envelope_amend_url": "https://other.example.org/amend_disbursement_envelope"},
            {"api_mode": "sync", "payer_fa": "account:1@b", "locale": "eng"},
        ):
            with self.subTest(change), self.env.cr.savepoint() as savepoint:
                manager.write(change)
                self.assertFalse(manager._rail_client(pinned)._credentials.secrets.bearer_token)
                savepoint.rollback()
                manager.invalidate_recordset()

    # ---- test connection --------------------------------------------------------------------------------------
    def test_connection_test_asks_about_an_envelope_that_there_never_was(self):
        manager = self.make_manager(self.program)
        look = manager._prepare_connection_check()
        self.bridge.answers = [
            answer(None, "DISBURSEMENT_ENVELOPE_NOT_FOUND", sent_at=fields.Datetime.now().isoformat())
        ]
        with patch("socket.getaddrinfo", return_value=[]):
            checks = look(self.bridge, "7d3c-never-used")
        self.assertEqual(
            [self.bridge.requests[0][0], self.bridge.last_message],
            ["get_disbursement_envelope_status", "7d3c-never-used"],
        )
        self.assertEqual([one.code for one in checks if not one.is_good], [])
        self.assertTrue(all(manager._explain_check(one) for one in checks))

    def test_connection_test_puts_into_words_what_is_wrong(self):
        manager = self.make_manager(self.program)
        look = manager._prepare_connection_check()
        self.bridge.answers = [
            Answer(status=404, body='{"errors":[{"code":"G2P-REQ-404","message":"Not Found"}]}')
        ]
        with patch("socket.getaddrinfo", return_value=[]):
            checks = look(self.bridge, "7d3c-never-used")
        (wrong,) = [one for one in checks if not one.is_good]
        self.assertIn("nothing is at this address", manager._explain_check(wrong))
        settings = Check("settings", "mnemonic envelope_amend_url")
        self.assertIn("Program Mnemonic", manager._explain_check(settings))
        self.assertIn("Envelope Amendment URL", manager._explain_check(settings))

    # ---- what stands in the way of payments -------------------------------------------------------------------
    def test_reasons_name_what_the_bridge_cannot_take(self):
        manager = self.make_manager(self.program)
        reasons = manager._get_bridge_reasons()
        data = [
            PaymentData(1, "PAY-1", "bank_acc_no", "1", "ABCD", "Fatu", "21.50", "SLE"),
            PaymentData(2, "PAY-2", "bank_acc_no", "1/2", "ABCD", "", "2147483648.00", "SLE"),
            PaymentData(3, "PAY-3", "bank_acc_no", "3", "ABCD", "Fatu", "21.00", "SLE"),
        ]
        found = manager._rail_findings(data)
        self.assertEqual(set(found), {"PAY-1", "PAY-2"})
        self.assertEqual(found["PAY-1"], reasons["amount_fraction"])
        for key in ("beneficiary", "name", "amount"):
            self.assertIn(reasons[key], found["PAY-2"])

    def test_currency_that_is_not_allowed_is_told_here_too(self):
        manager = self.make_manager(self.program)
        manager.allowed_currencies = self.env.ref("base.EUR")
        data = PaymentData(1, "PAY-1", "bank_acc_no", "1", "ABCD", "Fatu", "21.00", "SLE")
        self.assertIn("does not pay in SLE", manager._rail_findings([data])["PAY-1"])

    def test_batch_that_adds_up_to_too_much_is_refused_when_it_is_sent(self):
        cycle, _manager = self.make_payable(3, fund=10_000_000_000.0, amount_per_cycle=900_000_000.0)
        cycle.prepare_payment()
        batches = self.release(cycle)
        with self.assertRaisesRegex(UserError, "adds up to more than"):
            batches.send_payment()
        self.assertFalse(self.submissions(cycle))
