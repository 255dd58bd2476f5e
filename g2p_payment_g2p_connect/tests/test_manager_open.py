"""While money may be on its way, what it was sent with stays as it is."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.payment_manager_bridge import BRIDGE_URLS, DATE_FIELDS
from .common import MODEL, TOKEN, G2PConnectManagerCase

#: What decides who is asked, who pays and where the money goes.
PINNED = {
    "payment_endpoint_url": "https://other.example.org/disburse",
    "status_endpoint_url": "https://other.example.org/status",
    "sender_id": "other",
    "receiver_id": "other",
    "payer_fa": "account:1@other-bank",
    "payee_prefix": "token:",
    "payee_suffix": "@other-bank",
    "api_mode": "async",
    "cash_transfer_bridge": True,
    "auth_type": "none",
    "oauth2_token_url": "https://other.example.org/token",
}


@tagged("post_install", "-at_install")
class TestManagerWithOpenSubmission(G2PConnectManagerCase):
    def test_pinned_settings_cannot_be_written_and_the_submission_is_named(self):
        _cycle, manager, submission = self.make_open()
        for name, value in PINNED.items():
            for user in (self.officer, self.g2padmin):
                with self.subTest(name, user=user.login), self.assertRaisesRegex(UserError, submission.name):
                    manager.with_user(user).write({name: value})
        with self.assertRaises(UserError):
            manager.write({"program_id": self.make_program(name="T Other").id})

    def test_everything_that_the_client_depends_on_is_pinned_or_harmless(self):
        manager = self.make_manager(self.make_program())
        # What refusals mean can be declared while some are open: those are read as they were sent.
        harmless = {"payer_name", "locale", "note", "purpose", "status_action", "final_refusal_codes"}
        settings = manager._rail_settings()
        of_the_step = {"scheduled_timestamp"}
        depends = (set(settings) - harmless - of_the_step - {"access"}) | set(settings["access"])
        # Certificates end and are renewed: they go with today's secrets.
        depends -= {"tls_ca", "tls_client_certificate"}
        of_the_bridge = {*BRIDGE_URLS, *DATE_FIELDS, "benefit_program_mnemonic", "disbursement_frequency"}
        self.assertEqual(depends | of_the_bridge, set(manager._rail_pinned_fields()) - {"program_id"})

    def test_the_same_value_the_token_and_harmless_settings_can_be_written(self):
        _cycle, manager, _submission = self.make_open()
        manager.with_user(self.officer).write(
            {"payment_endpoint_url": manager.payment_endpoint_url, "api_timeout": 20, "note": "Cash transfer"}
        )
        manager.write({"api_token": "renewed"})
        self.assertEqual((manager.api_timeout, manager.api_token), (20, "renewed"))

    def test_settings_are_free_again_when_nothing_is_open(self):
        cycle, manager, submission = self.make_open()
        cycle.payment_batch_ids.with_user(self.releaser).withdraw_release()
        self.assertEqual(submission.state, "cancelled")
        manager.callback_base_url = "https://odoo.example.org"
        manager.with_user(self.officer).write(PINNED)
        self.assertEqual(manager.sender_id, "other")

    def test_manager_wrapper_and_program_cannot_go(self):
        cycle, manager, submission = self.make_open()
        program = cycle.program_id.sudo()
        wrapper = program.payment_managers
        other = self.env[MODEL].create(self.manager_vals(program, name="T Other"))
        for what, attempt in {
            "manager": manager.unlink,
            "wrapper": wrapper.unlink,
            "replaced": lambda: wrapper.write({"manager_ref_id": f"{MODEL},{other.id}"}),
        }.items():
            with self.subTest(what), self.assertRaisesRegex(UserError, submission.name):
                attempt()
        with self.subTest("program"), self.assertRaises(UserError), self.env.cr.savepoint():
            program.unlink()
        self.assertTrue(manager.exists() and wrapper.exists() and program.exists())

    def test_manager_can_go_when_nothing_is_open(self):
        manager = self.make_manager(self.make_program())
        cron = manager.status_check_cron_id
        manager.unlink()
        self.assertFalse(cron.exists(), "its scheduled action goes with it")

    def test_submission_is_built_with_what_is_pinned(self):
        _cycle, manager, submission = self.make_open()
        settings = manager._rail_settings()
        self.assertEqual(settings["payer_fa"], "account:7001002003@central-bank")
        self.assertNotIn(TOKEN, str(settings))
        self.assertEqual(submission.manager_res_id, manager.id)
